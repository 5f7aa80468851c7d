/**
 * getrlimit, setrlimit, prlimit64 (getrlimit(2)).
 */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { MAX_DESCRIPTORS } from '../../fs/fd-table';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { cpuWatchUpdateLocked } from '../../proc/cpu-watch';
import { RLIMIT_COUNT, RLIMIT_CPU, RLIMIT_NOFILE, limitPair } from '../../proc/limits';
import { mayTraceProcess } from '../../proc/permission';
import { Process, currentProcess, isNull, processFindLocked, processLock } from '../../proc/process';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

/** Behind the new pair in the scratch bytes. */
const OLD: usize = 16;

export function sysGetrlimit(a: SyscallArgs): i64 {
  return change(0, a.a0, 0, a.a1);
}

export function sysSetrlimit(a: SyscallArgs): i64 {
  return a.a1 == 0 ? -EFAULT : change(0, a.a0, a.a1, 0);
}

export function sysPrlimit64(a: SyscallArgs): i64 {
  return change(<i32>a.a0, a.a1, a.a2, a.a3);
}

/** Sets from user address `set` and stores the old pair at `get`, both 0 for not at all. */
function change(pid: i32, which: u64, set: u64, get: u64): i64 {
  if (which >= <u64>RLIMIT_COUNT) return -EINVAL;
  const resource = <u32>which;
  const pair = threadScratch(currentThread());
  if (set != 0) {
    if (copyFromUser(pair, set, 16) < 0) return -EFAULT;
    if (load<u64>(pair) > load<u64>(pair, 8)) return -EINVAL;
  }
  const flags = lockIrqSave(processLock());
  const p = pid == 0 ? currentProcess() : processFindLocked(pid);
  let error: i32 = isNull(p) ? -ESRCH : mayTraceProcess(p) || p == currentProcess() ? 0 : -EPERM;
  if (error == 0) {
    memory.copy(pair + OLD, limitPair(p, resource), 16);
    if (set != 0) error = setLocked(p, resource, pair);
  }
  unlockIrqRestore(processLock(), flags);
  if (error < 0 || get == 0) return error;
  return copyToUser(get, pair + OLD, 16) < 0 ? -EFAULT : 0;
}

function setLocked(p: Process, resource: u32, pair: usize): i32 {
  const hard = load<u64>(pair, 8);
  if (hard > load<u64>(limitPair(p, resource), 8) && !isSuperuser(currentCredentials())) return -EPERM;
  if (resource == RLIMIT_NOFILE && hard > <u64>MAX_DESCRIPTORS) return -EPERM;
  memory.copy(limitPair(p, resource), pair, 16);
  if (resource == RLIMIT_CPU) {
    p.cpuWarned = 0;
    cpuWatchUpdateLocked(p);
  }
  return 0;
}
