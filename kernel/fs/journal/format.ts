/**
 * The journal of ext3 (JBD2) on disk: headers, tags, features. All numbers are big-endian.
 *
 * Source: Linux, Documentation/filesystems/ext4/journal.rst.
 */
export const JOURNAL_MAGIC: u32 = 0xc03b3998;
export const TYPE_DESCRIPTOR: u32 = 1;
export const TYPE_COMMIT: u32 = 2;
export const TYPE_SUPER_V1: u32 = 3;
export const TYPE_SUPER_V2: u32 = 4;
export const TYPE_REVOKE: u32 = 5;

export const enum Header {
  Magic = 0,
  Type = 4,
  Sequence = 8,
}
export const HEADER_BYTES: u32 = 12;

export const enum JournalSuper {
  BlockSize = 12,
  Length = 16,
  First = 20,
  Sequence = 24,
  /** Block of the first transaction to replay; 0: there is none. */
  Start = 28,
  Errno = 32,
  Incompat = 40,
  Uuid = 48,
}

export const JOURNAL_INCOMPAT_REVOKE: u32 = 1;

export const TAG_BYTES: u32 = 8;
export const UUID_BYTES: u32 = 16;
/** The block began with the magic number, which was replaced by 0. */
export const TAG_ESCAPE: u32 = 1;
/** No UUID follows. */
export const TAG_SAME_UUID: u32 = 2;
export const TAG_DELETED: u32 = 4;
export const TAG_LAST: u32 = 8;

/** Bytes of a revoke block that are in use, its header included; then block numbers. */
export const REVOKE_COUNT: u32 = 12;
export const REVOKE_FIRST: u32 = 16;

export function big32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

export function putBig32(at: usize, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}

export function putHeader(at: usize, type: u32, sequence: u32): void {
  putBig32(at + Header.Magic, JOURNAL_MAGIC);
  putBig32(at + Header.Type, type);
  putBig32(at + Header.Sequence, sequence);
}

export function isHeader(at: usize, type: u32, sequence: u32): bool {
  return (
    big32(at + Header.Magic) == JOURNAL_MAGIC &&
    big32(at + Header.Type) == type &&
    big32(at + Header.Sequence) == sequence
  );
}
