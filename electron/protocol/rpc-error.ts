/** An error that the other side is meant to see: a stable code, and a message written for a person. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
