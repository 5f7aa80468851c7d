/**
 * Signals that processes send: kill, tgkill, sigqueue (POSIX kill, sigqueue; rt_sigqueueinfo(2)), with the rules who may.
 */
import { EINVAL, EPERM, ESRCH } from '../lib/errno';
import { PID_INIT } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { currentCredentials } from './credentials';
import { maySignal } from './permission';
import {
  Process,
  currentProcess,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
} from './process';
import { sendLocked } from './signal';
import { SIGCONT, SIGNAL_MAX } from './signal-numbers';
import { SI_KERNEL, SI_TKILL, SI_USER, SignalInfo, signalInfoSet } from './signal-info';
import { threadFindLocked } from './thread-group';

const info = changetype<SignalInfo>(memory.data(48, 8));
const NOBODY = changetype<Thread>(<usize>0);

/** kill(2): `pid` > 0 a process, 0 the caller's group, -1 everybody but init, otherwise group -pid. */
export function killSignal(pid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  if (pid == i32.MIN_VALUE) return -ESRCH;
  const flags = lockIrqSave(processLock());
  const me = currentProcess();
  signalInfoSet(info, signal, SI_USER, me.pid, currentCredentials().uid);
  let result = -ESRCH;
  if (pid > 0) {
    const p = processOfNumber(pid);
    if (!isNull(p)) result = sendIfAllowed(p, NOBODY, info);
  } else {
    const group = pid == 0 ? me.pgid : -pid;
    for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
      if (pid == -1 ? p.pid == PID_INIT || p == me : p.pgid != group) continue;
      const sent = sendIfAllowed(p, NOBODY, info);
      // One that could be reached is enough.
      if (result != 0) result = sent;
    }
  }
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** tgkill(2): one thread, which must be of process `tgid` (-1: of any). */
export function killThread(tgid: i32, tid: i32, signal: i32): i32 {
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  signalInfoSet(info, signal, SI_TKILL, currentProcess().pid, currentCredentials().uid);
  const result = toThread(tgid, tid, info);
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** pidfd_send_signal: `own`: the caller made up what it says. The caller holds processLock. */
export function signalOneLocked(p: Process, what: SignalInfo, own: bool): i32 {
  if (own && !mayPretend(what, p.pid)) return -EPERM;
  return sendIfAllowed(p, NOBODY, what);
}

/** rt_sigqueueinfo: `what` is the caller's, but for the signal. */
export function queueSignal(pid: i32, what: SignalInfo): i32 {
  const flags = lockIrqSave(processLock());
  const p = processOfNumber(pid);
  let result = -ESRCH;
  if (!isNull(p)) result = mayPretend(what, p.pid) ? sendIfAllowed(p, NOBODY, what) : -EPERM;
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** rt_tgsigqueueinfo. */
export function queueThreadSignal(tgid: i32, tid: i32, what: SignalInfo): i32 {
  const flags = lockIrqSave(processLock());
  const result = mayPretend(what, tgid) ? toThread(tgid, tid, what) : -EPERM;
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** A signal that the calling thread brings upon itself: SIGPIPE, SIGXFSZ. */
export function signalSelf(signal: i32): void {
  const flags = lockIrqSave(processLock());
  signalInfoSet(info, signal, SI_KERNEL, 0, 0);
  sendLocked(currentProcess(), currentThread(), info);
  unlockIrqRestore(processLock(), flags);
}

/** Only the kernel and kill say that they are it; a process may tell itself anything (rt_sigqueueinfo(2)). */
function mayPretend(what: SignalInfo, pid: i32): bool {
  return (what.code < 0 && what.code != SI_TKILL) || pid == currentProcess().pid;
}

/** By its own number or that of one of its threads, as Linux looks it up. */
function processOfNumber(pid: i32): Process {
  const p = processFindLocked(pid);
  if (!isNull(p)) return p;
  const t = threadFindLocked(pid);
  return changetype<usize>(t) == 0 ? p : changetype<Process>(t.process);
}

function toThread(tgid: i32, tid: i32, what: SignalInfo): i32 {
  const t = threadFindLocked(tid);
  if (changetype<usize>(t) == 0) return zombieLeader(tgid, tid) ? 0 : -ESRCH;
  const p = changetype<Process>(t.process);
  if (tgid != -1 && p.pid != tgid) return -ESRCH;
  return sendIfAllowed(p, t, what);
}

/** The number of a process of which only the zombie, or other threads, are left. */
function zombieLeader(tgid: i32, tid: i32): bool {
  return (tgid == -1 || tgid == tid) && !isNull(processFindLocked(tid));
}

function sendIfAllowed(p: Process, t: Thread, what: SignalInfo): i32 {
  const mayContinue = what.signal == SIGCONT && p.sid == currentProcess().sid;
  if (!mayContinue && !maySignal(p)) return -EPERM;
  return what.signal == 0 ? 0 : sendLocked(p, t, what);
}
