/**
 * madvise, mincore and msync over areas.
 */
import { File, fileRelease, fileRetain } from '../fs/file';
import { inodeMutex } from '../fs/inode';
import { EACCES, EBUSY, EFAULT, EINVAL, ENOMEM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { AddressSpace, presentPage, spaceLock, spaceTree, tableLock } from './address-space';
import { areaJoin, areasFree, areasSplit, takeEnded } from './areas';
import { PAGE_SHIFT } from './layout';
import { pageCacheFlush, pageFindReady, pageGet, pagePut } from './page-cache';
import { spaceTouch } from './fault';
import { releasePages } from './user-pages';
import {
  PROT_WRITE,
  VMA_DEVICE,
  VMA_DONT_DUMP,
  VMA_DONT_FORK,
  VMA_LOCKED,
  VMA_NO_HUGE,
  VMA_RANDOM,
  VMA_SEQUENTIAL,
  VMA_SHARED,
  VMA_WIPE_ON_FORK,
  Vma,
  isNullVma,
  vmaFind,
  vmaFrom,
} from './vma';

const enum Advice {
  Normal = 0,
  Random = 1,
  Sequential = 2,
  WillNeed = 3,
  DontNeed = 4,
  Free = 8,
  Remove = 9,
  DontFork = 10,
  DoFork = 11,
  Mergeable = 12,
  Unmergeable = 13,
  HugePage = 14,
  NoHugePage = 15,
  DontDump = 16,
  DoDump = 17,
  WipeOnFork = 18,
  KeepOnFork = 19,
  Cold = 20,
  PageOut = 21,
  PopulateRead = 22,
  PopulateWrite = 23,
  DontNeedLocked = 24,
}

const FALLOC_PUNCH_HOLE_KEEP_SIZE: u32 = 3;

export function isAdvice(advice: i32): bool {
  // Equal pages of different programs are not merged (madvise(2): EINVAL without CONFIG_KSM).
  if (advice == Advice.Mergeable || advice == Advice.Unmergeable) return false;
  return (advice >= 0 && advice <= 4) || (advice >= 8 && advice <= 24);
}

/** Flags of an area after advice that is remembered; -1 when it does not apply to the area. */
function flagsAfter(area: Vma, advice: i32): i64 {
  const flags = area.flags;
  const anonymous = area.file == 0 && (flags & (VMA_SHARED | VMA_DEVICE)) == 0;
  switch (advice) {
    case Advice.Normal:
      return flags & ~(VMA_RANDOM | VMA_SEQUENTIAL);
    case Advice.Random:
      return (flags & ~VMA_SEQUENTIAL) | VMA_RANDOM;
    case Advice.Sequential:
      return (flags & ~VMA_RANDOM) | VMA_SEQUENTIAL;
    case Advice.DontFork:
      return flags | VMA_DONT_FORK;
    case Advice.DoFork:
      return (flags & VMA_DEVICE) != 0 ? -1 : <i64>(flags & ~VMA_DONT_FORK);
    case Advice.NoHugePage:
      return flags | VMA_NO_HUGE;
    case Advice.HugePage:
      return flags & ~VMA_NO_HUGE;
    case Advice.DontDump:
      return flags | VMA_DONT_DUMP;
    case Advice.DoDump:
      return flags & ~VMA_DONT_DUMP;
    case Advice.WipeOnFork:
      return anonymous ? <i64>(flags | VMA_WIPE_ON_FORK) : -1;
    case Advice.KeepOnFork:
      return flags & ~VMA_WIPE_ON_FORK;
    default:
      return flags;
  }
}

/** One area's part of [start, end): 0 or a negative errno. The lock is held. */
function adviseArea(space: AddressSpace, area: Vma, start: u64, end: u64, advice: i32): i32 {
  if (advice == Advice.DontNeed || advice == Advice.Free || advice == Advice.DontNeedLocked) {
    if ((area.flags & VMA_DEVICE) != 0) return -EINVAL;
    if ((area.flags & VMA_LOCKED) != 0 && advice != Advice.DontNeedLocked) return -EINVAL;
    if (advice == Advice.Free && (area.file != 0 || (area.flags & VMA_SHARED) != 0)) return -EINVAL;
    const tables = lockIrqSave(tableLock(space));
    releasePages(space, start, end);
    unlockIrqRestore(tableLock(space), tables);
    return 0;
  }
  const flags = flagsAfter(area, advice);
  if (flags < 0) return -EINVAL;
  if (<u32>flags == area.flags) return 0;
  if (!areasSplit(space, start, end)) return -ENOMEM;
  const part = vmaFind(spaceTree(space), start);
  part.flags = <u32>flags;
  areaJoin(space, part);
  return 0;
}

/** Goes through the areas of the range; a hole is -ENOMEM at the end, after all others (madvise(2)). */
function adviseRange(space: AddressSpace, start: u64, end: u64, advice: i32): i32 {
  let result: i32 = 0;
  const f = lockIrqSave(spaceLock(space));
  let va = start;
  while (va < end) {
    const area = vmaFrom(spaceTree(space), va);
    if (isNullVma(area) || area.start >= end) {
      result = -ENOMEM;
      break;
    }
    if (area.start > va) {
      result = -ENOMEM;
      va = area.start;
    }
    const stop = min(area.end, end);
    const error = adviseArea(space, area, va, stop, advice);
    if (error != 0) {
      result = error;
      break;
    }
    va = stop;
  }
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  return result;
}

/** What an area of a file shows, kept while nothing is locked. */
@unmanaged
export class Part {
  /** The File with a reference, 0 without one. */
  file: usize;
  flags: u32;
  prot: u32;
  /** End of this part, and the byte of the file at its start. */
  end: u64;
  offset: u64;
}

/** Describes the area at `va`; false when there is none. The caller releases the file. */
function partAt(space: AddressSpace, va: u64, end: u64, out: Part): bool {
  const f = lockIrqSave(spaceLock(space));
  const area = vmaFind(spaceTree(space), va);
  const found = !isNullVma(area);
  if (found) {
    out.file = area.file;
    out.flags = area.flags;
    out.prot = area.prot;
    out.end = min(area.end, end);
    out.offset = area.offset + (va - area.start);
    if (area.file != 0) fileRetain(changetype<File>(area.file));
  }
  unlockIrqRestore(spaceLock(space), f);
  return found;
}

/** First address from `va` on that is mapped, at most `end`. */
function nextMapped(space: AddressSpace, va: u64, end: u64): u64 {
  const f = lockIrqSave(spaceLock(space));
  const area = vmaFrom(spaceTree(space), va);
  const start = isNullVma(area) ? end : min(area.start, end);
  unlockIrqRestore(spaceLock(space), f);
  return max(start, va);
}

/** Reads a part of a file ahead: errors are nobody's business. */
function readAhead(part: Part, length: u64): void {
  const inode = changetype<File>(part.file).inode;
  if (inode.ops.readPages == 0) return;
  let index = part.offset >> PAGE_SHIFT;
  const end = min(part.offset + length, inode.size);
  for (; index << PAGE_SHIFT < end; index++) {
    const page = pageGet(inode, index, <u32>min((end >> PAGE_SHIFT) - index + 1, <u64>32));
    if (page < 0) return;
    pagePut(<u64>page);
  }
}

/** MADV_REMOVE: a hole in the file of a shared writable mapping. */
function removePart(part: Part, length: u64): i32 {
  if ((part.flags & VMA_LOCKED) != 0 || part.file == 0) return -EINVAL;
  const inode = changetype<File>(part.file).inode;
  if ((part.flags & VMA_SHARED) == 0 || (part.prot & PROT_WRITE) == 0) return -EACCES;
  if (inode.ops.allocate == 0) return -EINVAL;
  mutexLock(inodeMutex(inode));
  const error = call_indirect<i32>(
    inode.ops.allocate,
    inode,
    FALLOC_PUNCH_HOLE_KEEP_SIZE,
    part.offset,
    length,
  );
  mutexUnlock(inodeMutex(inode));
  return error;
}

/** One part of sleeping advice. */
function advisePart(space: AddressSpace, va: u64, part: Part, advice: i32): i32 {
  if (advice == Advice.WillNeed) {
    if (part.file == 0) return 0;
    readAhead(part, part.end - va);
    return 0;
  }
  if (advice == Advice.Remove) return removePart(part, part.end - va);
  const write = advice == Advice.PopulateWrite;
  if (part.prot == 0 || (write && (part.prot & PROT_WRITE) == 0)) return -EINVAL;
  for (let page = va; page < part.end; page += 4096) {
    const error = spaceTouch(space, page, write);
    if (error != 0) return error == -ENOMEM ? -ENOMEM : -EFAULT;
  }
  return 0;
}

function adviseSleeping(space: AddressSpace, start: u64, end: u64, advice: i32, part: Part): i32 {
  let result: i32 = 0;
  let va = start;
  while (va < end) {
    if (!partAt(space, va, end, part)) {
      if (advice == Advice.PopulateRead || advice == Advice.PopulateWrite) return -ENOMEM;
      result = -ENOMEM;
      va = nextMapped(space, va, end);
      continue;
    }
    const error = advisePart(space, va, part, advice);
    if (part.file != 0) fileRelease(changetype<File>(part.file));
    if (error != 0) return error;
    va = part.end;
  }
  return result;
}

/** madvise(2) over [start, end), whole pages, with a known advice; `part` is scratch. May sleep. */
export function spaceAdvise(space: AddressSpace, start: u64, end: u64, advice: i32, part: Part): i32 {
  if (
    advice == Advice.WillNeed ||
    advice == Advice.Remove ||
    advice == Advice.PopulateRead ||
    advice == Advice.PopulateWrite
  ) {
    return adviseSleeping(space, start, end, advice, part);
  }
  return adviseRange(space, start, end, advice);
}

/** One byte a page for mincore(2) at `out`: 1 in memory. -ENOMEM when something of [start, end) is not mapped. */
export function spaceInCore(space: AddressSpace, start: u64, end: u64, out: usize): i32 {
  const f = lockIrqSave(spaceLock(space));
  let result: i32 = 0;
  let at = out;
  for (let va = start; va < end; va += 4096) {
    const area = vmaFind(spaceTree(space), va);
    if (isNullVma(area)) {
      result = -ENOMEM;
      break;
    }
    let present = presentPage(space, va) != 0;
    if (!present && area.file != 0 && (area.flags & VMA_DEVICE) == 0) {
      const inode = changetype<File>(area.file).inode;
      const page = pageFindReady(inode, (area.offset + (va - area.start)) >> PAGE_SHIFT);
      present = page != 0;
      if (present) pagePut(page);
    }
    store<u8>(at++, present ? 1 : 0);
  }
  unlockIrqRestore(spaceLock(space), f);
  return result;
}

/** Writes what was changed in a file and lets the file system do its part: fsync(2). */
function syncFile(file: File): i32 {
  const inode = file.inode;
  let error = pageCacheFlush(inode);
  if (error == 0 && inode.ops.sync != 0) error = call_indirect<i32>(inode.ops.sync, inode, <u32>1);
  return error;
}

/** msync(2) over [start, end): with `wait` MS_SYNC, with `invalidate` MS_INVALIDATE; `part` is scratch. May sleep. */
export function spaceSync(
  space: AddressSpace,
  start: u64,
  end: u64,
  wait: bool,
  invalidate: bool,
  part: Part,
): i32 {
  let result: i32 = 0;
  let va = start;
  while (va < end) {
    if (!partAt(space, va, end, part)) {
      result = -ENOMEM;
      va = nextMapped(space, va, end);
      continue;
    }
    let error: i32 = 0;
    if (invalidate && (part.flags & VMA_LOCKED) != 0) error = -EBUSY;
    else if (wait && part.file != 0 && (part.flags & (VMA_SHARED | VMA_DEVICE)) == VMA_SHARED) {
      error = syncFile(changetype<File>(part.file));
    }
    if (part.file != 0) fileRelease(changetype<File>(part.file));
    if (error != 0) return error;
    va = part.end;
  }
  return result;
}
