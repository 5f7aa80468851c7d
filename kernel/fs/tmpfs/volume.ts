/**
 * A mounted tmpfs: how much it may hold and how much it holds, and its options.
 *
 * - Pages and inodes are counted under a spinlock of the volume; a limit of 0 is none.
 */
import { EINVAL } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { totalFrameCount } from '../../mm/frames';
import { PAGE_SHIFT } from '../../mm/layout';

@unmanaged
export class TmpVolume {
  lock: u32;
  rootMode: u32;
  rootUid: u32;
  rootGid: u32;
  maxPages: u64;
  usedPages: u64;
  maxInodes: u64;
  usedInodes: u64;
  /** Number of the newest inode. */
  lastNumber: u64;
}

function lockOf(v: TmpVolume): usize {
  return changetype<usize>(v);
}

/** Linux's defaults: half of the memory, and an inode for each of its pages; root directory 1777. */
export function tmpVolumeDefaults(v: TmpVolume): void {
  v.rootMode = 0o1777;
  v.maxPages = totalFrameCount() / 2;
  v.maxInodes = totalFrameCount() / 2;
}

/** Takes a page of the volume's share; false when there is none left. */
export function tmpChargePage(v: TmpVolume): bool {
  const flags = lockIrqSave(lockOf(v));
  const good = v.maxPages == 0 || v.usedPages < v.maxPages;
  if (good) v.usedPages++;
  unlockIrqRestore(lockOf(v), flags);
  return good;
}

export function tmpUnchargePages(v: TmpVolume, count: u64): void {
  const flags = lockIrqSave(lockOf(v));
  v.usedPages -= count;
  unlockIrqRestore(lockOf(v), flags);
}

/** A number for a new inode; 0 when there are as many as there may be. */
export function tmpChargeInode(v: TmpVolume): u64 {
  const flags = lockIrqSave(lockOf(v));
  const good = v.maxInodes == 0 || v.usedInodes < v.maxInodes;
  if (good) {
    v.usedInodes++;
    v.lastNumber++;
  }
  const number = v.lastNumber;
  unlockIrqRestore(lockOf(v), flags);
  return good ? number : 0;
}

export function tmpUnchargeInode(v: TmpVolume): void {
  const flags = lockIrqSave(lockOf(v));
  v.usedInodes--;
  unlockIrqRestore(lockOf(v), flags);
}

/** Where the parser stands. */
let at: usize = 0;

function isDigit(c: u8, radix: u32): bool {
  return c >= 0x30 && c < <u8>(0x30 + radix);
}

/** A number with k, m, g or % behind it; ~0 when there is none, or something else follows. */
function parseNumber(radix: u32, withUnits: bool): u64 {
  let value: u64 = 0;
  if (!isDigit(load<u8>(at), radix)) return ~(<u64>0);
  while (isDigit(load<u8>(at), radix)) value = value * radix + (load<u8>(at++) - 0x30);
  if (withUnits) {
    const unit = load<u8>(at) | 0x20;
    if (unit == 0x6b) value <<= 10;
    else if (unit == 0x6d) value <<= 20;
    else if (unit == 0x67) value <<= 30;
    else if (load<u8>(at) == 0x25) value = ((totalFrameCount() << PAGE_SHIFT) / 100) * value;
    else at--;
    at++;
  }
  const end = load<u8>(at);
  return end == 0 || end == 0x2c ? value : ~(<u64>0);
}

/** Whether the option at the parser is `name=`; it stands behind that then. */
function takes(name: string): bool {
  for (let i = 0; i < name.length; i++) if (load<u8>(at + i) != <u8>name.charCodeAt(i)) return false;
  if (load<u8>(at + name.length) != 0x3d) return false;
  at += name.length + 1;
  return true;
}

function parseOption(v: TmpVolume): bool {
  let value: u64 = 0;
  const none = ~(<u64>0);
  if (takes('size')) {
    value = parseNumber(10, true);
    if (value != none) v.maxPages = (value + 4095) >> PAGE_SHIFT;
  } else if (takes('nr_blocks')) {
    value = parseNumber(10, true);
    if (value != none) v.maxPages = value;
  } else if (takes('nr_inodes')) {
    value = parseNumber(10, true);
    if (value != none) v.maxInodes = value;
  } else if (takes('mode')) {
    value = parseNumber(8, false);
    if (value != none) v.rootMode = (<u32>value) & 0o7777;
  } else if (takes('uid')) {
    value = parseNumber(10, false);
    if (value != none) v.rootUid = <u32>value;
  } else if (takes('gid')) {
    value = parseNumber(10, false);
    if (value != none) v.rootGid = <u32>value;
  } else return false;
  return value != none;
}

/**
 * Reads mount options (tmpfs(5)): size, nr_blocks, nr_inodes, mode, uid, gid; comma separated, NUL-terminated. 0 or
 * -EINVAL. One caller at a time (mounting is serialised).
 */
export function tmpParseOptions(v: TmpVolume, options: usize): i32 {
  at = options;
  while (load<u8>(at) != 0) {
    if (load<u8>(at) == 0x2c) at++;
    else if (!parseOption(v)) return -EINVAL;
  }
  return 0;
}
