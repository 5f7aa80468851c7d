/**
 * madvise, mincore, msync, mlock and its kin (Linux man pages of the same names).
 */
import { EINVAL, EFAULT, ENOMEM } from '../../lib/errno';
import { Part, isAdvice, spaceAdvise, spaceInCore, spaceSync } from '../../mm/advise';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { USER_END } from '../../mm/layout';
import {
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  spaceLockAll,
  spaceLockPages,
  spaceUnlockPages,
} from '../../mm/lock-pages';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { copyToUser, isUserRange } from '../user-copy';

const MS_ASYNC: u64 = 1;
const MS_INVALIDATE: u64 = 2;
const MS_SYNC: u64 = 4;
const MLOCK_ONFAULT: u64 = 1;
/** Pages that mincore looks at between copies. */
const CORE_BATCH: u64 = 2048;

/** End of a range of bytes, rounded up to pages; 0 when it wraps. */
function endOf(start: u64, length: u64): u64 {
  const end = (start + length + 4095) & ~4095;
  return length > USER_END || end < start ? 0 : end;
}

export function sysMadvise(a: SyscallArgs): i64 {
  const advice = <i32>a.a2;
  if (!isAdvice(advice) || (a.a0 & 4095) != 0) return -EINVAL;
  if (a.a1 == 0) return 0;
  const end = endOf(a.a0, a.a1);
  if (end == 0) return -EINVAL;
  const part = alloc<Part>();
  if (changetype<usize>(part) == 0) return -ENOMEM;
  const result = spaceAdvise(currentProcess().space, a.a0, end, advice, part);
  kfree(changetype<usize>(part));
  return result;
}

export function sysMincore(a: SyscallArgs): i64 {
  if ((a.a0 & 4095) != 0) return -EINVAL;
  const end = endOf(a.a0, a.a1);
  if ((end == 0 && a.a1 != 0) || end > USER_END) return -ENOMEM;
  if (!isUserRange(a.a2, a.a1 == 0 ? 0 : (end - a.a0) >> 12)) return -EFAULT;
  if (a.a1 == 0) return 0;
  const buffer = kmalloc(<usize>CORE_BATCH);
  if (buffer == 0) return -ENOMEM;
  let error: i32 = 0;
  for (let at = a.a0; at < end && error == 0; at += CORE_BATCH << 12) {
    const stop = min(end, at + (CORE_BATCH << 12));
    error = spaceInCore(currentProcess().space, at, stop, buffer);
    if (error == 0) error = copyToUser(a.a2 + ((at - a.a0) >> 12), buffer, <usize>((stop - at) >> 12));
  }
  kfree(buffer);
  return error;
}

export function sysMsync(a: SyscallArgs): i64 {
  const flags = a.a2;
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 || (a.a0 & 4095) != 0) return -EINVAL;
  if ((flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC)) return -EINVAL;
  if (a.a1 == 0) return 0;
  const end = endOf(a.a0, a.a1);
  if (end == 0 || end > USER_END) return -ENOMEM;
  const part = alloc<Part>();
  if (changetype<usize>(part) == 0) return -ENOMEM;
  const wait = (flags & MS_SYNC) != 0;
  const invalidate = (flags & MS_INVALIDATE) != 0;
  const result = spaceSync(currentProcess().space, a.a0, end, wait, invalidate, part);
  kfree(changetype<usize>(part));
  return result;
}

function lockRange(start: u64, length: u64, onFault: bool): i64 {
  const from = start & ~4095;
  if (length == 0) return 0;
  const end = endOf(from, length + (start - from));
  if (end == 0) return -EINVAL;
  return spaceLockPages(currentProcess().space, from, end, onFault);
}

export function sysMlock(a: SyscallArgs): i64 {
  return lockRange(a.a0, a.a1, false);
}

export function sysMlock2(a: SyscallArgs): i64 {
  if ((a.a2 & ~MLOCK_ONFAULT) != 0) return -EINVAL;
  return lockRange(a.a0, a.a1, (a.a2 & MLOCK_ONFAULT) != 0);
}

export function sysMunlock(a: SyscallArgs): i64 {
  const from = a.a0 & ~4095;
  if (a.a1 == 0) return 0;
  const end = endOf(from, a.a1 + (a.a0 - from));
  return end == 0 ? -EINVAL : spaceUnlockPages(currentProcess().space, from, end);
}

export function sysMlockall(a: SyscallArgs): i64 {
  const flags = a.a0;
  if (flags == 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0 || flags == MCL_ONFAULT)
    return -EINVAL;
  return spaceLockAll(currentProcess().space, flags);
}

export function sysMunlockall(_a: SyscallArgs): i64 {
  return spaceLockAll(currentProcess().space, 0);
}
