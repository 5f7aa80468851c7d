/**
 * wait4, waitid (POSIX wait, waitid; Linux struct rusage).
 */
import { EAGAIN, EBADF, ECHILD, EFAULT, EINVAL, EINTR, ERESTARTSYS, ESRCH } from '../../lib/errno';
import { fileRelease } from '../../fs/file';
import { O_NONBLOCK } from '../../fs/open-flags';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { isPidFd, pidFdProcessLocked } from '../../proc/pidfd';
import { currentProcess, isNull, processLock } from '../../proc/process';
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SIGINFO_SIZE,
  SignalInfo,
  signalInfoSet,
} from '../../proc/signal-info';
import { SIGCHLD } from '../../proc/signal-numbers';
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
  WaitRequest,
  processWait,
} from '../../proc/wait';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyToUser } from '../user-copy';
import { RUSAGE_SIZE, putMemoryUsage, putRusage } from './time';

/** __WNOTHREAD, __WALL, __WCLONE. */
const WNOTHREAD: u32 = 0x20000000;
const WALL: u32 = 0x40000000;
const WCLONE: u32 = 0x80000000;
const REQUEST: usize = 384;

function begin(kind: u32, id: i32, options: u32): WaitRequest {
  const r = changetype<WaitRequest>(threadScratch(currentThread()) + REQUEST);
  memory.fill(changetype<usize>(r), 0, offsetof<WaitRequest>());
  r.kind = kind;
  r.id = id;
  r.options = options;
  return r;
}

function restart(result: i64): i64 {
  return result == -EINTR ? -ERESTARTSYS : result;
}

function giveUsage(r: WaitRequest, address: u64): i64 {
  const usage = threadScratch(currentThread());
  putRusage(usage, r.userNs, r.systemNs);
  putMemoryUsage(usage, r.peakPages, r.minorFaults, r.majorFaults);
  return copyToUser(address, usage, RUSAGE_SIZE);
}

export function sysWait4(a: SyscallArgs): i64 {
  const options = <u32>a.a2;
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE)) != 0) return -EINVAL;
  const pid = <i32>a.a0;
  if (pid == i32.MIN_VALUE) return -ESRCH;
  const kind = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
  const id = pid == 0 ? currentProcess().pgid : pid > 0 ? pid : -pid;
  const r = begin(kind, id, (options & (WNOHANG | WUNTRACED | WCONTINUED | WALL | WCLONE)) | WEXITED);
  const result: i64 = restart(processWait(currentProcess(), r));
  if (result <= 0) return result;
  const word = threadScratch(currentThread());
  store<i32>(word, r.status);
  if (a.a1 != 0 && copyToUser(a.a1, word, 4) < 0) return -EFAULT;
  if (a.a3 != 0 && giveUsage(r, a.a3) < 0) return -EFAULT;
  return result;
}

export function sysWaitid(a: SyscallArgs): i64 {
  const kind = <u32>a.a0;
  const options = <u32>a.a3;
  const wanted = WEXITED | WUNTRACED | WCONTINUED;
  if ((options & ~(WNOHANG | WNOWAIT | wanted | WNOTHREAD | WALL | WCLONE)) != 0 || (options & wanted) == 0)
    return -EINVAL;
  if (kind == P_PIDFD) return waitForPidFd(a, options);
  if (kind != P_ALL && kind != P_PID && kind != P_PGID) return -EINVAL;
  let id = <i32>a.a1;
  if (kind == P_PID && id <= 0) return -EINVAL;
  if (kind == P_PGID && id < 0) return -EINVAL;
  if (kind == P_PGID && id == 0) id = currentProcess().pgid;
  return waitFor(a, begin(kind, id, options));
}

/** P_PIDFD: the process of a descriptor; with O_NONBLOCK the call does not wait (EAGAIN). */
function waitForPidFd(a: SyscallArgs, options: u32): i64 {
  const file = fileOf(a.a1);
  if (isNullFile(file)) return -EBADF;
  let id = -EBADF;
  const nonBlocking = (file.flags & O_NONBLOCK) != 0;
  if (isPidFd(file)) {
    const flags = lockIrqSave(processLock());
    const p = pidFdProcessLocked(file);
    id = isNull(p) ? -ECHILD : p.pid;
    unlockIrqRestore(processLock(), flags);
  }
  fileRelease(file);
  if (id < 0) return id;
  const never = nonBlocking && (options & WNOHANG) == 0;
  const r = begin(P_PID, id, never ? options | WNOHANG : options);
  r.mayNotWait = never ? 1 : 0;
  return waitFor(a, r);
}

function waitFor(a: SyscallArgs, r: WaitRequest): i64 {
  const result: i64 = restart(processWait(currentProcess(), r));
  if (result < 0) return result;
  if (result == 0 && r.mayNotWait != 0) return -EAGAIN;
  if (a.a4 != 0 && giveUsage(r, a.a4) < 0) return -EFAULT;
  if (a.a2 == 0) return 0;
  const out = threadScratch(currentThread());
  memory.fill(out, 0, SIGINFO_SIZE);
  if (result > 0) {
    const info = changetype<SignalInfo>(out);
    signalInfoSet(info, SIGCHLD, codeOf(r.status), <i32>result, r.uid);
    info.value = <u64>(<u32>statusOf(r.status));
  }
  return copyToUser(a.a2, out, SIGINFO_SIZE) < 0 ? -EFAULT : 0;
}

function codeOf(status: i32): i32 {
  if (status == 0xffff) return CLD_CONTINUED;
  if ((status & 0xff) == 0x7f) return CLD_STOPPED;
  return (status & 0x7f) == 0 ? CLD_EXITED : CLD_KILLED;
}

function statusOf(status: i32): i32 {
  const code = codeOf(status);
  if (code == CLD_CONTINUED) return 18;
  return code == CLD_KILLED ? status & 0x7f : (status >> 8) & 0xff;
}
