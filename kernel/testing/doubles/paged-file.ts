/** Stands in for fs/paged-file.ts in unit tests, which read and write through their fixture. */
export function pagedReadIndex(): u32 {
  return 0;
}

export function pagedWriteIndex(): u32 {
  return 0;
}
