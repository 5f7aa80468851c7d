/**
 * Gives a new ext2 file system a journal (which makes it what Linux calls ext3): inode 8 holds it, so that a system
 * that loses power replays what it had committed. Source: "Linux Journaling Block Device 2" in the kernel's ext4
 * documentation (on-disk layout), superblock version 2; numbers in a journal are big endian.
 *
 * Rules for callers: the file system was just made, with the feature flag already in its superblock.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { pointerBlocksFor, writeBlockMap } from './block-map.ts';
import { INCOMPATIBLE_REVOKE, JOURNAL_MAGIC, JOURNAL_SUPER, RECORD_TYPE } from './journal-format.ts';
import {
  FILE_TYPE,
  type Inode,
  JOURNAL_INODE,
  POINTERS,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
} from './layout.ts';
import { Volume } from './volume.ts';

/** A smaller one would be full at once; the kernel's documentation names the same number. */
export const MINIMUM_JOURNAL_BLOCKS = 1024;

/** Offsets in the superblock: the journal's inode, and the copy of its pointers that fsck falls back on. */
const JOURNAL_INUM = 224;
const BACKUP_TYPE = 253;
const BACKUP_BLOCKS = 268;
const BACKUP_INODE_BLOCKS = 1;

function journalSuperblock(blockBytes: number, blocks: number, uuid: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(blockBytes);
  const view = new DataView(bytes.buffer);
  const words: readonly (readonly [offset: number, value: number])[] = [
    [0, JOURNAL_MAGIC],
    [4, RECORD_TYPE.superV2],
    [JOURNAL_SUPER.blockBytes, blockBytes],
    [JOURNAL_SUPER.length, blocks],
    [JOURNAL_SUPER.first, 1],
    [JOURNAL_SUPER.sequence, 1],
    [JOURNAL_SUPER.incompatible, INCOMPATIBLE_REVOKE],
    [JOURNAL_SUPER.users, 1],
  ];
  for (const [offset, value] of words) view.setUint32(offset, value);
  bytes.set(uuid.subarray(0, 16), JOURNAL_SUPER.uuid);
  return bytes;
}

/** Allocates, clears and announces a journal of `blocks` blocks; throws an Ext2Error where there is no room. */
export function addJournal(device: SectorDevice, blocks: number, uuid: Uint8Array, now: Date): void {
  if (blocks < MINIMUM_JOURNAL_BLOCKS)
    throw new RangeError(`a journal has ${MINIMUM_JOURNAL_BLOCKS} blocks at least`);
  const volume = new Volume(device);
  const { blockBytes } = volume.superblock;
  const taken = volume.allocateBlocks(blocks + pointerBlocksFor(blocks, blockBytes / 4), 0);
  const data = taken.slice(0, blocks);
  const empty = new Uint8Array(blockBytes);
  for (const block of data) volume.writeBlocks(block, empty);
  volume.writeBlocks(data[0] ?? 0, journalSuperblock(blockBytes, blocks, uuid));
  const time = now.getTime();
  const inode: Inode = {
    mode: FILE_TYPE.regular | 0o600,
    uid: 0,
    gid: 0,
    size: blocks * blockBytes,
    accessed: time,
    changed: time,
    modified: time,
    deleted: 0,
    links: 1,
    sectors: 0,
    flags: 0,
    pointers: Array.from({ length: POINTERS }, () => 0),
  };
  writeBlockMap(volume, inode, data, taken.slice(blocks));
  volume.writeInode(JOURNAL_INODE, inode);
  volume.flush();
  announce(device, inode);
}

/** Writes the journal's place into the first superblock. */
function announce(device: SectorDevice, inode: Inode): void {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  device.read(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(JOURNAL_INUM, JOURNAL_INODE, true);
  view.setUint8(BACKUP_TYPE, BACKUP_INODE_BLOCKS);
  for (const [i, pointer] of inode.pointers.entries()) view.setUint32(BACKUP_BLOCKS + i * 4, pointer, true);
  view.setUint32(BACKUP_BLOCKS + POINTERS * 4, 0, true);
  view.setUint32(BACKUP_BLOCKS + (POINTERS + 1) * 4, inode.size, true);
  device.write(SUPERBLOCK_OFFSET / SECTOR_BYTES, bytes);
}
