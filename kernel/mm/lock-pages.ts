/**
 * mlock and munlock: areas whose pages are brought in and stay. (Without swap only pages of files are ever taken away; the
 * reclaimer leaves areas that are locked alone.)
 */
import { EAGAIN, EINVAL, ENOMEM, EPERM } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentCredentials, isSuperuser } from '../proc/credentials';
import { AddressSpace, spaceLock, spaceTree } from './address-space';
import { areaJoin, areaPages, areasFree, areasSplit, takeEnded } from './areas';
import { USER_END } from './layout';
import { RLIMIT_MEMLOCK, memoryLimit } from './limits';
import { spacePopulate } from './populate';
import { VMA_DEVICE, VMA_LOCKED, VMA_LOCK_ON_FAULT, Vma, isNullVma, vmaAt, vmaFind } from './vma';

const LOCK_FLAGS: u32 = VMA_LOCKED | VMA_LOCK_ON_FAULT;

export const MCL_CURRENT: u64 = 1;
export const MCL_FUTURE: u64 = 2;
export const MCL_ONFAULT: u64 = 4;

function setArea(space: AddressSpace, area: Vma, lockFlags: u32): void {
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages -= areaPages(area);
  area.flags = (area.flags & ~LOCK_FLAGS) | ((area.flags & VMA_DEVICE) != 0 ? 0 : lockFlags);
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages += areaPages(area);
}

/** Sets the lock flags of [start, end): 0, or -ENOMEM at the first hole. The lock is held. */
function setLocked(space: AddressSpace, start: u64, end: u64, lockFlags: u32): i32 {
  let va = start;
  while (va < end) {
    let area = vmaFind(spaceTree(space), va);
    if (isNullVma(area)) return -ENOMEM;
    const stop = min(area.end, end);
    if ((area.flags & LOCK_FLAGS) != lockFlags) {
      if (!areasSplit(space, va, stop)) return -EAGAIN;
      area = vmaFind(spaceTree(space), va);
      setArea(space, area, lockFlags);
      areaJoin(space, area);
    }
    va = stop;
  }
  return 0;
}

/** Pages of [start, end) that are locked already. The lock is held. */
function lockedIn(space: AddressSpace, start: u64, end: u64): u64 {
  let count: u64 = 0;
  let va = start;
  while (va < end) {
    const area = vmaFind(spaceTree(space), va);
    if (isNullVma(area)) break;
    if ((area.flags & VMA_LOCKED) != 0) count += (min(area.end, end) - va) >> 12;
    va = area.end;
  }
  return count;
}

/** May the caller lock so many pages in all? 0, -EPERM, -ENOMEM. */
function checkLimit(pages: u64): i32 {
  if (isSuperuser(currentCredentials())) return 0;
  const limit = memoryLimit(RLIMIT_MEMLOCK);
  if (limit == 0) return -EPERM;
  return limit == ~(<u64>0) || pages << 12 <= limit ? 0 : -ENOMEM;
}

/** mlock2(2) over [start, end), whole pages: 0 or a negative errno. May sleep. */
export function spaceLockPages(space: AddressSpace, start: u64, end: u64, onFault: bool): i32 {
  if (end < start || end > USER_END) return end < start ? -EINVAL : -ENOMEM;
  const f = lockIrqSave(spaceLock(space));
  const pages = space.lockedPages + ((end - start) >> 12) - lockedIn(space, start, end);
  let result = checkLimit(pages);
  if (result == 0) result = setLocked(space, start, end, onFault ? LOCK_FLAGS : VMA_LOCKED);
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  if (result == 0 && !onFault) {
    const error = spacePopulate(space, start, end);
    // Pages that cannot be had: memory, or the end of a file (mlock(2): ENOMEM, EAGAIN).
    if (error == -ENOMEM) result = -ENOMEM;
  }
  return result;
}

/** munlock(2). */
export function spaceUnlockPages(space: AddressSpace, start: u64, end: u64): i32 {
  if (end < start || end > USER_END) return end < start ? -EINVAL : -ENOMEM;
  const f = lockIrqSave(spaceLock(space));
  const result = setLocked(space, start, end, 0);
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), f);
  if (ended != 0) areasFree(ended);
  return result;
}

/** mlockall(2) with checked flags; munlockall(2) with 0. */
export function spaceLockAll(space: AddressSpace, flags: u64): i32 {
  const wanted = (flags & MCL_ONFAULT) != 0 ? LOCK_FLAGS : VMA_LOCKED;
  const tree = spaceTree(space);
  const f = lockIrqSave(spaceLock(space));
  let result: i32 = 0;
  if ((flags & MCL_CURRENT) != 0) result = checkLimit(space.sizeBytes >> 12);
  else if ((flags & MCL_FUTURE) != 0) result = checkLimit(1);
  if (result == 0) {
    space.futureFlags = (flags & MCL_FUTURE) != 0 ? wanted : 0;
    if (flags == 0 || (flags & MCL_CURRENT) != 0) {
      for (let at = tree.first; at != 0; at = vmaAt(at).next)
        setArea(space, vmaAt(at), flags == 0 ? 0 : wanted);
    }
  }
  unlockIrqRestore(spaceLock(space), f);
  if (result == 0 && (flags & MCL_CURRENT) != 0 && (flags & MCL_ONFAULT) == 0) populateAll(space);
  return result;
}

function populateAll(space: AddressSpace): void {
  let va: u64 = 0;
  while (true) {
    const f = lockIrqSave(spaceLock(space));
    let at = spaceTree(space).first;
    while (at != 0 && vmaAt(at).end <= va) at = vmaAt(at).next;
    const start = at == 0 ? 0 : vmaAt(at).start;
    const end = at == 0 ? 0 : vmaAt(at).end;
    unlockIrqRestore(spaceLock(space), f);
    if (at == 0) return;
    spacePopulate(space, start, end);
    va = end;
  }
}
