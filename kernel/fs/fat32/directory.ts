/**
 * Walking a FAT32 directory: entries with their long names (FAT32 specification 1.03, "FAT Directory Structure").
 *
 * - Damage costs the name or the entry that it is in: long-name entries that do not fit their short entry are dropped
 *   as the specification says; a broken chain ends the walk with -EIO.
 * - A directory larger than the specification allows (2 MiB) is a loop: -EIO.
 * - The volume's mutex is held during a walk.
 */
import { EIO } from '../../lib/errno';
import { fatReadBytes } from './read';
import {
  MAX_LONG_ENTRIES,
  UNITS_PER_ENTRY,
  longNameToText,
  shortNameChecksum,
  shortNameToText,
} from './names';
import { fatTimeToUnix } from './time';
import { FatNode, fatClusterAt } from './volume';
import { clusterOffset } from './geometry';

export const ENTRY_BYTES: u32 = 32;
const MAX_DIRECTORY_BYTES: u64 = 2 << 20;
/** Bytes of one fetch: the smallest cluster. */
export const WINDOW_BYTES: u32 = 512;
/** Entries of one fetch. */
const WINDOW_ENTRIES: u32 = WINDOW_BYTES / ENTRY_BYTES;

export const enum Attribute {
  ReadOnly = 0x01,
  VolumeLabel = 0x08,
  Directory = 0x10,
  LongName = 0x0f,
  Archive = 0x20,
  Mask = 0x3f,
}

export const enum Field {
  Attributes = 11,
  CaseBits = 12,
  LongChecksum = 13,
  CreateTime = 14,
  CreateDate = 16,
  AccessDate = 18,
  ClusterHigh = 20,
  ModifyTime = 22,
  ModifyDate = 24,
  ClusterLow = 26,
  Size = 28,
}

export const DELETED: u8 = 0xe5;
export const LAST_LONG_ENTRY: u8 = 0x40;
const SEQUENCE_MASK: u8 = 0x1f;

/** A walk through a directory, and the entry that it has come to. */
@unmanaged
export class FatWalk {
  node: FatNode;
  /** Number of the next 32-byte entry. */
  position: u32;
  /** WINDOW_BYTES of the directory and the number of the first entry in it, plus one (0: nothing fetched). */
  window: usize;
  windowStart: u32;
  /** UTF-16 units of the long name being gathered: MAX_LONG_ENTRIES * UNITS_PER_ENTRY. */
  units: usize;
  /** Sequence number that the next long-name entry must have; 0: none expected. */
  expected: u32;
  longEntries: u32;
  checksum: u8;
  /** NAME_BUFFER_BYTES, NUL-terminated. */
  name: usize;
  nameLength: u32;
  isDirectory: bool;
  isReadOnly: bool;
  firstCluster: u32;
  size: u32;
  /** Seconds since 1970. */
  modified: u64;
  accessed: u64;
  /** Number of the first of its entries: where its long name begins. */
  slotStart: u32;
  longStart: u32;
  /** Byte position of the entry on the volume: unique, never 0. */
  volumeOffset: u64;
  /** Why there is no further entry; 0: the directory ends. */
  failure: i32;
  /** Four bytes for the functions that this one calls. */
  scratch: usize;
}

export const UNITS_BYTES: u32 = MAX_LONG_ENTRIES * UNITS_PER_ENTRY * 2;

/** Address of entry `position`, or 0: the end of the chain, or an error in `failure`. */
function entryAt(w: FatWalk, position: u32): usize {
  w.failure = 0;
  const windowFirst = position & ~(WINDOW_ENTRIES - 1);
  if (w.windowStart != windowFirst + 1) {
    const offset = <u64>windowFirst * ENTRY_BYTES;
    if (offset >= MAX_DIRECTORY_BYTES) {
      w.failure = -EIO;
      return 0;
    }
    const n = fatReadBytes(w.node, offset, w.window, WINDOW_BYTES, true, w.scratch);
    if (n < <i64>WINDOW_BYTES) {
      w.failure = n < 0 ? <i32>n : 0;
      return 0;
    }
    w.windowStart = windowFirst + 1;
  }
  return w.window + (position & (WINDOW_ENTRIES - 1)) * ENTRY_BYTES;
}

/** Copies the 13 units of a long-name entry to their place. */
function gatherLong(w: FatWalk, entry: usize): void {
  const sequence = load<u8>(entry);
  const number: u32 = sequence & SEQUENCE_MASK;
  const checksum = load<u8>(entry, Field.LongChecksum);
  if (sequence & LAST_LONG_ENTRY) {
    w.longStart = w.position;
    w.expected = number;
    w.longEntries = number;
    w.checksum = checksum;
  }
  if (number == 0 || number > MAX_LONG_ENTRIES || number != w.expected || checksum != w.checksum) {
    w.expected = 0;
    w.longEntries = 0;
    return;
  }
  const to = w.units + (number - 1) * UNITS_PER_ENTRY * 2;
  memory.copy(to, entry + 1, 10);
  memory.copy(to + 10, entry + 14, 12);
  memory.copy(to + 22, entry + 28, 4);
  w.expected = number - 1;
}

/** The long name if a whole one with the right checksum stands before the entry, else the short one. */
function takeName(w: FatWalk, entry: usize): void {
  const whole = w.longEntries != 0 && w.expected == 0 && w.checksum == shortNameChecksum(entry);
  w.slotStart = w.position;
  w.nameLength = whole ? longNameToText(w.units, w.longEntries * UNITS_PER_ENTRY, w.name) : 0;
  if (w.nameLength != 0) w.slotStart = w.longStart;
  w.longEntries = 0;
  w.expected = 0;
  if (w.nameLength == 0) w.nameLength = shortNameToText(entry, load<u8>(entry, Field.CaseBits), w.name);
}

function locate(w: FatWalk): i32 {
  const g = w.node.volume.geometry;
  const offset = <u64>w.position * ENTRY_BYTES;
  const error = fatClusterAt(w.node, <u32>(offset >> g.clusterShift), w.scratch);
  if (error != 0) return error;
  w.volumeOffset = clusterOffset(g, load<u32>(w.scratch)) + (offset & (g.clusterBytes - 1));
  return 0;
}

/** Goes to the next file or directory: 1 when there is one, 0 at the end, or -EIO. */
export function fatWalkNext(w: FatWalk): i32 {
  while (true) {
    const entry = entryAt(w, w.position);
    if (entry == 0) return w.failure;
    const first = load<u8>(entry);
    if (first == 0) return 0;
    const attributes = load<u8>(entry, Field.Attributes) & Attribute.Mask;
    if (first == DELETED) {
      w.longEntries = 0;
      w.position++;
      continue;
    }
    if (attributes == Attribute.LongName) {
      gatherLong(w, entry);
      w.position++;
      continue;
    }
    if (attributes & Attribute.VolumeLabel) {
      w.longEntries = 0;
      w.position++;
      continue;
    }
    takeName(w, entry);
    w.isDirectory = (attributes & Attribute.Directory) != 0;
    w.firstCluster =
      (((<u32>load<u16>(entry, Field.ClusterHigh)) & 0x0fff) << 16) | load<u16>(entry, Field.ClusterLow);
    w.isReadOnly = (attributes & Attribute.ReadOnly) != 0;
    w.size = load<u32>(entry, Field.Size);
    w.accessed = fatTimeToUnix(load<u16>(entry, Field.AccessDate), 0);
    w.modified = fatTimeToUnix(load<u16>(entry, Field.ModifyDate), load<u16>(entry, Field.ModifyTime));
    const error = locate(w);
    if (error != 0) return error;
    w.position++;
    if (w.nameLength == 0 || isDots(w)) continue;
    return 1;
  }
}

/** "." and ".." are the file system layer's, which knows parents better than the disk. */
function isDots(w: FatWalk): bool {
  if (load<u8>(w.name) != 0x2e) return false;
  return w.nameLength == 1 || (w.nameLength == 2 && load<u8>(w.name, 1) == 0x2e);
}
