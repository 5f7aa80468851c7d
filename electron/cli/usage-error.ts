/** Something the user can put right: printed as one line, exit status 2, and nothing has been written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
