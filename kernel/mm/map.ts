/**
 * Making and removing mappings: the work behind mmap, munmap and brk.
 *
 * - Ranges are checked here; who may map which file how is the caller's to check (calls/mmap.ts).
 */
import { File, fileRetain } from '../fs/file';
import { EEXIST, EINVAL, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceLock, spaceTree, tableLock } from './address-space';
import { areaAlloc, areaEnd, areaEnter, areaJoin, areasFree, areasSplit, isData, takeEnded } from './areas';
import { commit, uncommit } from './commit';
import { USER_END, USER_MMAP_TOP, USER_START } from './layout';
import { RLIMIT_AS, RLIMIT_DATA, memoryLimit } from './limits';
import { spacePopulate } from './populate';
import { releasePages } from './user-pages';
import {
  PROT_READ,
  PROT_WRITE,
  VMA_ACCOUNTED,
  VMA_GROWS_DOWN,
  VMA_HEAP,
  VMA_LOCKED,
  VMA_LOCK_ON_FAULT,
  VMA_NO_RESERVE,
  VMA_SHARED,
  Vma,
  isNullVma,
  vmaAt,
  vmaFindFree,
  vmaFrom,
  vmaOverlaps,
} from './vma';

/** Areas a space may have (Linux's vm.max_map_count). */
const MAX_AREAS: u32 = 65530;
/** Nothing is mapped so close below a stack that can still grow. */
const STACK_GAP: u64 = 256 << 12;

/** Where a new mapping goes. */
export const enum Place {
  /** At the given address if that is free, else anywhere. */
  Hint,
  /** There or -EEXIST. */
  Exactly,
  /** There, in place of whatever is. */
  Replace,
  /** Below 2 GiB. */
  Low,
}

export function isValidRange(start: u64, length: u64): bool {
  if (((start | length) & 4095) != 0 || length == 0) return false;
  return start >= USER_START && start < USER_END && length <= USER_END - start;
}

/** Whether an area of this kind counts as committed memory. */
export function isAccountable(prot: u32, flags: u32): bool {
  return (prot & PROT_WRITE) != 0 && (flags & (VMA_SHARED | VMA_NO_RESERVE)) == 0;
}

/** The address for a new area, or a negative errno. The lock is held. */
function findPlace(space: AddressSpace, wanted: u64, length: u64, place: Place): i64 {
  const tree = spaceTree(space);
  if (place == Place.Exactly || place == Place.Replace) {
    if (!isValidRange(wanted, length)) return -EINVAL;
    if (place == Place.Exactly) return vmaOverlaps(tree, wanted, wanted + length) ? -EEXIST : <i64>wanted;
    return unmapLocked(space, wanted, wanted + length) == 0 ? <i64>wanted : -ENOMEM;
  }
  const hint = wanted & ~4095;
  const top = place == Place.Low ? <u64>0x8000_0000 : USER_MMAP_TOP;
  if (
    hint >= USER_START &&
    isValidRange(hint, length) &&
    hint + length <= (place == Place.Low ? top : USER_END)
  ) {
    if (!vmaOverlaps(tree, hint, hint + length) && !nearStack(space, hint + length)) return <i64>hint;
  }
  let start = vmaFindFree(tree, length, USER_START, top);
  // Above the usual place there is room, too, for what does not fit below.
  if (start == 0 && place == Place.Hint) start = vmaFindFree(tree, length, USER_START, USER_END);
  return start == 0 ? -ENOMEM : <i64>start;
}

/** Whether a stack begins so close above `end` that it could not grow. */
function nearStack(space: AddressSpace, end: u64): bool {
  const next = vmaFrom(spaceTree(space), end);
  return !isNullVma(next) && (next.flags & VMA_GROWS_DOWN) != 0 && next.start - end < STACK_GAP;
}

/** 0 or -ENOMEM: do the limits of the process allow so much more? */
function checkLimits(space: AddressSpace, length: u64, prot: u32, flags: u32): i32 {
  if (space.sizeBytes + length > memoryLimit(RLIMIT_AS)) return -ENOMEM;
  if (isData(prot, flags) && (space.dataPages << 12) + length > memoryLimit(RLIMIT_DATA)) return -ENOMEM;
  return spaceTree(space).count >= MAX_AREAS ? -ENOMEM : 0;
}

/** Enters `area`, filled but for its place; its address or a negative errno. The lock is held. */
function enterLocked(space: AddressSpace, area: Vma, wanted: u64, length: u64, place: Place): i64 {
  const refused = checkLimits(space, length, area.prot, area.flags);
  if (refused != 0) return refused;
  const counted = isAccountable(area.prot, area.flags);
  if (counted && !commit(length >> 12)) return -ENOMEM;
  const start = findPlace(space, wanted, length, place);
  if (start >= 0) {
    area.start = <u64>start;
    area.end = area.start + length;
    if (counted) area.flags |= VMA_ACCOUNTED;
    if (areaEnter(space, area)) {
      areaJoin(space, area);
      return start;
    }
  }
  if (counted) uncommit(length >> 12);
  return start < 0 ? start : -ENOMEM;
}

/**
 * Maps `length` bytes (whole pages): of `file` (0: anonymous) from byte `offset` on, with the VMA_ flags. The
 * address or -EINVAL, -EEXIST, -ENOMEM. May sleep.
 */
export function spaceMapFile(
  space: AddressSpace,
  wanted: u64,
  length: u64,
  prot: u32,
  flags: u32,
  file: usize,
  offset: u64,
  place: Place,
): i64 {
  const area = areaAlloc();
  if (isNullVma(area)) return -ENOMEM;
  area.prot = prot;
  area.flags = flags;
  area.file = file;
  area.offset = offset;
  if (file != 0) fileRetain(changetype<File>(file));
  return spaceEnter(space, area, wanted, length, place);
}

/** As spaceMapFile with a filled area, which it takes over whatever happens. */
export function spaceEnter(space: AddressSpace, area: Vma, wanted: u64, length: u64, place: Place): i64 {
  const f = lockIrqSave(spaceLock(space));
  area.flags |= space.futureFlags;
  const locked = (area.flags & (VMA_LOCKED | VMA_LOCK_ON_FAULT)) == VMA_LOCKED;
  const result = enterLocked(space, area, wanted, length, place);
  if (result < 0) {
    area.segment = 0; // it was not counted
    area.left = space.ended;
    space.ended = changetype<usize>(area);
  }
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  if (locked && result > 0) spacePopulate(space, <u64>result, <u64>result + length);
  return result;
}

/** Anonymous, private, zero-filled memory at exactly [start, start + length): 0, -EINVAL, -EEXIST or -ENOMEM. */
export function spaceMap(space: AddressSpace, start: u64, length: u64, prot: u32, flags: u32): i32 {
  const result = spaceMapFile(space, start, length, prot, flags, 0, 0, Place.Exactly);
  return result < 0 ? <i32>result : 0;
}

/** As spaceMap at an address that the kernel chooses: the address, or a negative errno. */
export function spaceMapAnywhere(space: AddressSpace, length: u64, prot: u32): i64 {
  return spaceMapFile(space, 0, length, prot, 0, 0, 0, Place.Hint);
}

/** Removes whatever is mapped in the range; ranges without anything are fine. 0, -EINVAL or -ENOMEM. May sleep. */
export function spaceUnmap(space: AddressSpace, start: u64, length: u64): i32 {
  if (!isValidRange(start, length)) return -EINVAL;
  const f = lockIrqSave(spaceLock(space));
  const result = unmapLocked(space, start, start + length);
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  return result;
}

/** The lock is held; the caller frees what ended. */
export function unmapLocked(space: AddressSpace, start: u64, end: u64): i32 {
  const tree = spaceTree(space);
  const first = vmaFrom(tree, start);
  if (isNullVma(first) || first.start >= end) return 0;
  if (!areasSplit(space, start, end)) return -ENOMEM;
  const tables = lockIrqSave(tableLock(space));
  releasePages(space, start, end);
  unlockIrqRestore(tableLock(space), tables);
  let area = vmaFrom(tree, start);
  while (!isNullVma(area) && area.start < end) {
    const next = vmaAt(area.next);
    areaEnd(space, area);
    area = next;
  }
  return 0;
}

/** Where the heap begins: once, by exec. */
export function spaceSetBrk(space: AddressSpace, start: u64): void {
  space.brkStart = (start + 4095) & ~4095;
  space.brk = space.brkStart;
}

/** Linux brk(2): the new break, or the old one when `wanted` cannot be had. */
export function spaceBrk(space: AddressSpace, wanted: u64): u64 {
  const f = lockIrqSave(spaceLock(space));
  const oldEnd = (space.brk + 4095) & ~4095;
  if (wanted < space.brkStart || wanted >= USER_MMAP_TOP) {
    const brk = space.brk;
    unlockIrqRestore(spaceLock(space), f);
    return brk;
  }
  unlockIrqRestore(spaceLock(space), f);
  const newEnd = (wanted + 4095) & ~4095;
  let result: i32 = 0;
  if (newEnd > oldEnd) {
    const prot = PROT_READ | PROT_WRITE;
    result = spaceMap(space, oldEnd, newEnd - oldEnd, prot, VMA_HEAP);
  } else if (newEnd < oldEnd) result = spaceUnmap(space, newEnd, oldEnd - newEnd);
  if (result == 0) space.brk = wanted;
  return space.brk;
}
