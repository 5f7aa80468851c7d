/** What can go wrong on an ext2 file system, as a code that callers can act upon. */
export type Ext2ErrorCode =
  | 'not-ext2'
  | 'unsupported'
  | 'read-only'
  | 'corrupt'
  | 'not-found'
  | 'exists'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'not-a-link'
  | 'not-empty'
  | 'bad-name'
  | 'no-space'
  | 'too-large';

export class Ext2Error extends Error {
  readonly code: Ext2ErrorCode;

  constructor(code: Ext2ErrorCode, message: string) {
    super(message);
    this.name = 'Ext2Error';
    this.code = code;
  }
}
