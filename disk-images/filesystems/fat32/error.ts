/** Why a file-system operation failed, as a word for programs and a sentence for people. */
export type FatErrorCode =
  | 'corrupt'
  | 'exists'
  | 'invalid-name'
  | 'is-a-directory'
  | 'no-space'
  | 'not-a-directory'
  | 'not-empty'
  | 'not-fat32'
  | 'not-found'
  | 'too-large';

export class FatError extends Error {
  readonly code: FatErrorCode;

  constructor(code: FatErrorCode, message: string) {
    super(message);
    this.name = 'FatError';
    this.code = code;
  }
}
