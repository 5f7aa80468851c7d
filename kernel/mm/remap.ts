/**
 * mremap(2): areas that grow, shrink and move with their pages.
 */
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceLock, spaceTree, tableLock } from './address-space';
import {
  areaAlloc,
  areaCopy,
  areaEnter,
  areaJoin,
  areaResize,
  areasFree,
  areasSplit,
  isData,
  takeEnded,
} from './areas';
import { commit, uncommit } from './commit';
import { USER_END, USER_MMAP_TOP, USER_START } from './layout';
import { RLIMIT_AS, RLIMIT_MEMLOCK, memoryLimit } from './limits';
import { isAccountable, isValidRange, unmapLocked } from './map';
import { spacePopulate } from './populate';
import { movePages } from './user-pages';
import {
  VMA_ACCOUNTED,
  VMA_DEVICE,
  VMA_LOCKED,
  VMA_LOCK_ON_FAULT,
  VMA_SHARED,
  Vma,
  isNullVma,
  vmaAt,
  vmaFind,
  vmaFindFree,
} from './vma';

export const MREMAP_MAYMOVE: u64 = 1;
export const MREMAP_FIXED: u64 = 2;
export const MREMAP_DONTUNMAP: u64 = 4;

/** Whether `area` can become so much longer: 0 or the errno. */
function checkGrowth(space: AddressSpace, area: Vma, bytes: u64): i32 {
  if (space.sizeBytes + bytes > memoryLimit(RLIMIT_AS)) return -ENOMEM;
  if ((area.flags & VMA_LOCKED) != 0) {
    if ((space.lockedPages << 12) + bytes > memoryLimit(RLIMIT_MEMLOCK)) return -EAGAIN;
  }
  return 0;
}

function countGrowth(space: AddressSpace, area: Vma, bytes: u64): void {
  space.sizeBytes += bytes;
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages += bytes >> 12;
  if (isData(area.prot, area.flags)) space.dataPages += bytes >> 12;
}

/** Extends an area that ends at `oldEnd` where it is; false when there is no room or no memory. */
function growInPlace(space: AddressSpace, area: Vma, oldEnd: u64, bytes: u64): bool {
  if (area.end != oldEnd || oldEnd + bytes > USER_END) return false;
  if (area.next != 0 && vmaAt(area.next).start < oldEnd + bytes) return false;
  if ((area.flags & VMA_ACCOUNTED) != 0 && !commit(bytes >> 12)) return false;
  areaResize(space, area, area.start, oldEnd + bytes);
  countGrowth(space, area, bytes);
  areaJoin(space, area);
  return true;
}

/** Moves [old, old + oldLength), which is one area's, to `target`, where it is `newLength` bytes long. The lock is held. */
function moveLocked(
  space: AddressSpace,
  area: Vma,
  old: u64,
  oldLength: u64,
  target: u64,
  newLength: u64,
  keepOld: bool,
): i64 {
  const copy = areaAlloc();
  if (isNullVma(copy)) return -ENOMEM;
  const counted = isAccountable(area.prot, area.flags) || (area.flags & VMA_ACCOUNTED) != 0;
  areaCopy(area, copy);
  copy.start = target;
  copy.end = target + newLength;
  if (area.file != 0) copy.offset = area.offset + (old - area.start);
  if ((area.flags & VMA_DEVICE) != 0) copy.segment = area.segment + <usize>(old - area.start);
  copy.flags &= ~VMA_ACCOUNTED;
  let good = !counted || commit(newLength >> 12);
  if (good && counted) copy.flags |= VMA_ACCOUNTED;
  good = good && areaEnter(space, copy);
  if (!good) {
    if ((copy.flags & VMA_ACCOUNTED) != 0) uncommit(newLength >> 12);
    copy.segment = 0;
    copy.left = space.ended;
    space.ended = changetype<usize>(copy);
    return -ENOMEM;
  }
  const length = min(oldLength, newLength);
  if (length != 0) {
    const tables = lockIrqSave(tableLock(space));
    const moved = movePages(space, old, target, length);
    if (!moved) movePages(space, target, old, length);
    unlockIrqRestore(tableLock(space), tables);
    if (!moved) {
      unmapLocked(space, target, target + newLength);
      return -ENOMEM;
    }
  }
  if (oldLength != 0 && !keepOld) unmapLocked(space, old, old + oldLength);
  areaJoin(space, copy);
  return <i64>target;
}

/** The lock is held. */
function remapLocked(
  space: AddressSpace,
  old: u64,
  oldLength: u64,
  newLength: u64,
  flags: u64,
  wanted: u64,
): i64 {
  const tree = spaceTree(space);
  let area = vmaFind(tree, old);
  if (isNullVma(area)) return -EFAULT;
  // An old length of 0 makes a second mapping of shared pages.
  if (oldLength == 0 && (area.flags & VMA_SHARED) == 0) return -EINVAL;
  if ((flags & MREMAP_DONTUNMAP) != 0 && (area.file != 0 || (area.flags & VMA_SHARED) != 0)) return -EINVAL;
  if (old + oldLength > area.end) return -EFAULT;
  const fixed = (flags & MREMAP_FIXED) != 0;
  const keepOld = (flags & MREMAP_DONTUNMAP) != 0;
  if (!fixed && !keepOld) {
    if (newLength <= oldLength && oldLength != 0) {
      if (newLength < oldLength && unmapLocked(space, old + newLength, old + oldLength) != 0) return -ENOMEM;
      return <i64>old;
    }
    const refused = checkGrowth(space, area, newLength - oldLength);
    if (refused != 0) return refused;
    if (oldLength != 0 && growInPlace(space, area, old + oldLength, newLength - oldLength)) return <i64>old;
    if ((flags & MREMAP_MAYMOVE) == 0) return -ENOMEM;
  } else if (newLength > oldLength) {
    const refused = checkGrowth(space, area, newLength - oldLength);
    if (refused != 0) return refused;
  }
  let target = wanted;
  if (fixed) {
    if (unmapLocked(space, wanted, wanted + newLength) != 0) return -ENOMEM;
  } else {
    target = vmaFindFree(tree, newLength, USER_START, USER_MMAP_TOP);
    if (target == 0) target = vmaFindFree(tree, newLength, USER_START, USER_END);
    if (target == 0) return -ENOMEM;
  }
  if (oldLength != 0) {
    // What is longer than the new length ends; the rest becomes an area of its own.
    if (newLength < oldLength) {
      if (unmapLocked(space, old + newLength, old + oldLength) != 0) return -ENOMEM;
      return remapShort(space, old, newLength, target, keepOld);
    }
    if (!areasSplit(space, old, old + oldLength)) return -ENOMEM;
  }
  area = vmaFind(tree, old);
  return moveLocked(space, area, old, oldLength, target, newLength, keepOld);
}

function remapShort(space: AddressSpace, old: u64, length: u64, target: u64, keepOld: bool): i64 {
  if (!areasSplit(space, old, old + length)) return -ENOMEM;
  return moveLocked(space, vmaFind(spaceTree(space), old), old, length, target, length, keepOld);
}

/** Whether a program may ask for this: 0, or the errno. Lengths are whole pages. */
function check(old: u64, oldLength: u64, newLength: u64, flags: u64, wanted: u64): i32 {
  const known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  if ((flags & ~known) != 0 || (old & 4095) != 0 || newLength == 0) return -EINVAL;
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 && (flags & MREMAP_MAYMOVE) == 0) return -EINVAL;
  if ((flags & MREMAP_DONTUNMAP) != 0 && oldLength != newLength) return -EINVAL;
  if ((flags & MREMAP_FIXED) != 0) {
    if (!isValidRange(wanted, newLength)) return -EINVAL;
    if (wanted < old + oldLength && old < wanted + newLength) return -EINVAL;
  }
  if (newLength > USER_END) return -EINVAL;
  return old < USER_END && oldLength <= USER_END - old ? 0 : -EINVAL;
}

/** mremap(2) with lengths rounded up to pages. The new address or a negative errno. May sleep. */
export function spaceRemap(
  space: AddressSpace,
  old: u64,
  oldLength: u64,
  newLength: u64,
  flags: u64,
  wanted: u64,
): i64 {
  const refused = check(old, oldLength, newLength, flags, wanted);
  if (refused != 0) return refused;
  const f = lockIrqSave(spaceLock(space));
  const result = remapLocked(space, old, oldLength, newLength, flags, wanted);
  let locked = false;
  if (result >= 0) {
    const area = vmaFind(spaceTree(space), <u64>result);
    locked = (area.flags & (VMA_LOCKED | VMA_LOCK_ON_FAULT)) == VMA_LOCKED;
  }
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  if (locked && newLength > oldLength) spacePopulate(space, <u64>result + oldLength, <u64>result + newLength);
  return result;
}
