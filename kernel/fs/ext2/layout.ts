/**
 * The ext2 file system on disk: offsets, feature bits, flags.
 *
 * Source: "The Second Extended File System" (D. Poirier, nongnu.org/ext2-doc) and Linux's Documentation/filesystems/ext4,
 * whose older fields ext2 shares. All numbers are little-endian.
 */

export const SUPER_OFFSET: u64 = 1024;
export const SUPER_BYTES: u32 = 1024;
export const EXT2_MAGIC: u16 = 0xef53;

export const enum Super {
  InodesCount = 0,
  BlocksCount = 4,
  ReservedBlocks = 8,
  FreeBlocks = 12,
  FreeInodes = 16,
  FirstDataBlock = 20,
  LogBlockSize = 24,
  BlocksPerGroup = 32,
  InodesPerGroup = 40,
  MountTime = 44,
  WriteTime = 48,
  MountCount = 52,
  MaxMountCount = 54,
  Magic = 56,
  State = 58,
  Errors = 60,
  Revision = 76,
  ReservedUser = 80,
  ReservedGroup = 82,
  FirstInode = 84,
  InodeSize = 88,
  Compat = 92,
  Incompat = 96,
  RoCompat = 100,
  Uuid = 104,
  JournalInode = 224,
  JournalDevice = 228,
  LastOrphan = 232,
}

export const STATE_VALID: u16 = 1;
export const STATE_ERROR: u16 = 2;
/** What to do at an error: s_errors. */
export const ERRORS_CONTINUE: u16 = 1;

export const COMPAT_HAS_JOURNAL: u32 = 0x4;
export const INCOMPAT_FILETYPE: u32 = 0x2;
export const INCOMPAT_RECOVER: u32 = 0x4;
/** Bitmaps and tables may lie in other groups: nothing here assumes they do not. */
export const INCOMPAT_FLEX_BG: u32 = 0x200;
export const INCOMPAT_KNOWN: u32 = INCOMPAT_FILETYPE | INCOMPAT_RECOVER | INCOMPAT_FLEX_BG;
export const RO_COMPAT_SPARSE_SUPER: u32 = 0x1;
export const RO_COMPAT_LARGE_FILE: u32 = 0x2;
/** Inodes promise room for the times' nanoseconds. */
export const RO_COMPAT_EXTRA_ISIZE: u32 = 0x40;
export const RO_COMPAT_KNOWN: u32 = RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE | RO_COMPAT_EXTRA_ISIZE;

export const DESCRIPTOR_BYTES: u32 = 32;
export const enum Group {
  BlockBitmap = 0,
  InodeBitmap = 4,
  InodeTable = 8,
  FreeBlocks = 12,
  FreeInodes = 14,
  Directories = 16,
}

export const ROOT_INODE: u32 = 2;
export const GOOD_OLD_INODE_BYTES: u32 = 128;
export const GOOD_OLD_FIRST_INODE: u32 = 11;

export const enum DiskInode {
  Mode = 0,
  UidLow = 2,
  SizeLow = 4,
  Accessed = 8,
  Changed = 12,
  Modified = 16,
  /** Time of deletion, or the next inode of the orphan list. */
  Deleted = 20,
  GidLow = 24,
  Links = 26,
  /** In units of 512 bytes. */
  Blocks = 28,
  Flags = 32,
  Block = 40,
  Generation = 100,
  FileAcl = 104,
  SizeHigh = 108,
  UidHigh = 120,
  GidHigh = 122,
  /** Of 256-byte inodes. */
  ExtraSize = 128,
  ChangedExtra = 132,
  ModifiedExtra = 136,
  AccessedExtra = 140,
  Created = 144,
  CreatedExtra = 148,
}

export const FLAG_SYNC: u32 = 0x8;
export const FLAG_IMMUTABLE: u32 = 0x10;
export const FLAG_APPEND: u32 = 0x20;
/** The directory has a hash index, which goes stale with the first change by somebody who does not keep it. */
export const FLAG_INDEX: u32 = 0x1000;
/** What a new file inherits of its directory (secrm, unrm, compr, sync, nodump, noatime, dirsync …): EXT2_FL_INHERITED. */
export const FLAGS_INHERITED: u32 = 0x1 | 0x2 | 0x4 | 0x8 | 0x40 | 0x80;

/** Pointers of an inode. */
export const DIRECT_BLOCKS: u32 = 12;
export const INDIRECT: u32 = 12;
export const POINTERS: u32 = 15;
/** A link's target of less than this is in the inode. */
export const FAST_LINK_BYTES: u32 = 60;
export const MAX_LINKS: u32 = 32000;
export const MAX_NAME: u32 = 255;

export const enum Entry {
  Inode = 0,
  Length = 4,
  NameLength = 6,
  Type = 7,
  Name = 8,
}

/** file_type of a directory entry, by the type bits of a mode shifted down by 12. */
export const ENTRY_TYPES = memory.data<u8>([0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0]);
