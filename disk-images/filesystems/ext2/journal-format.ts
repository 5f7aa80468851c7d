/**
 * The journal of ext3 (JBD2) on the disk. Numbers are big endian. Source: "Linux Journaling Block Device 2" in the
 * kernel's ext4 documentation.
 */
export const JOURNAL_MAGIC = 0xc03b_3998;

/** Second word of each of its own blocks, behind the magic number; the third is the transaction. */
export const RECORD_TYPE = { descriptor: 1, commit: 2, superV1: 3, superV2: 4, revoke: 5 } as const;
export const HEADER_BYTES = 12;

/** Offsets in the journal's superblock. `start` is 0 when there is nothing to replay. */
export const JOURNAL_SUPER = {
  blockBytes: 12,
  length: 16,
  first: 20,
  sequence: 24,
  start: 28,
  incompatible: 40,
  uuid: 48,
  users: 64,
} as const;
export const INCOMPATIBLE_REVOKE = 1;

/** A descriptor's tags: the block's number and flags, and a UUID unless a flag says that it is the same. */
export const TAG_BYTES = 8;
export const TAG_UUID_BYTES = 16;
export const TAG = { escaped: 1, sameUuid: 2, deleted: 4, last: 8 } as const;

/** Of a revoke record: how many of its bytes are in use, and where the block numbers begin. */
export const REVOKE_COUNT = 12;
export const REVOKE_FIRST = 16;
