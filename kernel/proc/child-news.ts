/**
 * What a parent hears of its children: SIGCHLD with what happened, and the wake-up of those that wait for it.
 * The caller holds processLock.
 */
import { wakeAll } from '../sched/wait-queue';
import { Process, childWaitQueue } from './process';
import { SA_NOCLDSTOP, SIG_IGN, SA_NOCLDWAIT, signalAction } from './signal-actions';
import { CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SignalInfo, signalInfoSet } from './signal-info';
import { SIGCHLD } from './signal-numbers';
import { sendLocked } from './signal';
import { processSystemNs, processUserNs } from './cpu-time';
import { credentialsOf } from './credentials';
import { Thread } from '../sched/tcb';

/** times(2) and siginfo_t count in hundredths of a second. */
const NS_PER_CLOCK_TICK: u64 = 10_000_000;
const info = changetype<SignalInfo>(memory.data(48, 8));

/** The child stopped or went on: `code` CLD_STOPPED or CLD_CONTINUED, and by which signal. */
export function notifyParentLocked(p: Process, code: i32, status: i32): void {
  if (p.parent == 0) return;
  const parent = changetype<Process>(p.parent);
  const action = signalAction(parent, SIGCHLD);
  const quiet = changetype<usize>(action) != 0 && (action.flags & SA_NOCLDSTOP) != 0;
  if (!quiet || (code != CLD_STOPPED && code != CLD_CONTINUED)) tell(parent, p, SIGCHLD, code, status);
  wakeAll(childWaitQueue(parent));
}

/** The child has ended with `exitStatus`: true when nobody will wait for it, so that it goes at once. */
export function notifyParentOfEndLocked(p: Process): bool {
  if (p.parent == 0) return true;
  const parent = changetype<Process>(p.parent);
  const killed = (p.exitStatus & 0x7f) != 0;
  const status = killed ? p.exitStatus & 0x7f : (p.exitStatus >> 8) & 0xff;
  const action = signalAction(parent, SIGCHLD);
  let reap = false;
  let silent = p.exitSignal == 0;
  if (p.exitSignal == SIGCHLD && changetype<usize>(action) != 0) {
    // POSIX sigaction: with SIG_IGN or SA_NOCLDWAIT children do not become zombies.
    reap = action.handler == SIG_IGN || (action.flags & SA_NOCLDWAIT) != 0;
    if (action.handler == SIG_IGN) silent = true;
  }
  if (!silent) tell(parent, p, p.exitSignal, killed ? CLD_KILLED : CLD_EXITED, status);
  // Also when it goes at once: who waits for it finds that there is none left.
  wakeAll(childWaitQueue(parent));
  return reap;
}

function tell(parent: Process, child: Process, signal: i32, code: i32, status: i32): void {
  signalInfoSet(info, signal, code, child.pid, credentialsOf(child).uid);
  info.value = <u64>(<u32>status);
  info.userTime = processUserNs(child) / NS_PER_CLOCK_TICK;
  info.systemTime = processSystemNs(child) / NS_PER_CLOCK_TICK;
  sendLocked(parent, changetype<Thread>(<usize>0), info);
}
