/**
 * Scheduling policies and nice values of threads (sched(7), setpriority(2)): who may set what, and what children inherit.
 *
 * The caller of a function whose name ends in Locked holds processLock.
 */
import { EACCES, EINVAL, EPERM } from '../lib/errno';
import { reschedule } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import {
  NICE_MAX,
  NICE_MIN,
  SCHED_BATCH,
  SCHED_FIFO,
  SCHED_IDLE,
  SCHED_OTHER,
  SCHED_RR,
  isRealTimePolicy,
  threadSetWeight,
} from '../sched/weight';
import { currentCredentials, isSuperuser } from './credentials';
import { futexLentPriority, futexWaiterChanged } from './futex-pi';
import { RLIMIT_NICE, RLIMIT_RTPRIO, limitOf } from './limits';
import { mayTune } from './permission';
import { Process } from './process';

export const PRIORITY_MAX: i32 = 99;

/** Lowest and highest sched_priority of a policy as `low << 8 | high`; -EINVAL for none. */
export function priorityRange(policy: u32): i32 {
  if (isRealTimePolicy(policy)) return (1 << 8) | PRIORITY_MAX;
  if (policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE) return 0;
  return -EINVAL;
}

/** May the caller give `t` this? 0, -EINVAL or -EPERM. */
function mayHave(t: Thread, policy: u32, priority: i32, resetOnFork: bool): i32 {
  const range = priorityRange(policy);
  if (range < 0) return range;
  if (isRealTimePolicy(policy) ? priority < 1 || priority > PRIORITY_MAX : priority != 0) return -EINVAL;
  if (isSuperuser(currentCredentials())) return 0;
  const p = changetype<Process>(t.process);
  if (!mayTune(p)) return -EPERM;
  const limit = limitOf(p, RLIMIT_RTPRIO);
  const raises = policy != t.policy || priority > <i32>t.ownPriority;
  if (isRealTimePolicy(policy) && raises && (limit == 0 || <u64>priority > limit)) return -EPERM;
  if (t.resetOnFork != 0 && !resetOnFork) return -EPERM;
  // Leaving SCHED_IDLE is a raise as of nice.
  return t.policy == SCHED_IDLE && policy != SCHED_IDLE && !mayNice(p, t.nice) ? -EPERM : 0;
}

/** sched_setscheduler: 0, -EINVAL or -EPERM. The thread goes behind its new equals. */
export function setPolicyLocked(t: Thread, policy: u32, priority: i32, resetOnFork: bool): i32 {
  const result = mayHave(t, policy, priority, resetOnFork);
  if (result != 0) return result;
  t.policy = policy;
  t.resetOnFork = resetOnFork ? 1 : 0;
  setOwnPriority(t, <u32>priority, false);
  return 0;
}

function setOwnPriority(t: Thread, priority: u32, first: bool): void {
  t.ownPriority = priority;
  reschedule(t, max(priority, futexLentPriority(t)), first);
  futexWaiterChanged(t);
}

/**
 * sched_setparam, which C libraries make pthread_setschedprio of: as setPolicyLocked with the policy that the thread has,
 * but a thread whose priority stays keeps its place, and one that is lowered goes before its new equals (POSIX 2.8.4).
 */
export function setPriorityLocked(t: Thread, priority: i32): i32 {
  const result = mayHave(t, t.policy, priority, t.resetOnFork != 0);
  if (result == 0 && <u32>priority != t.ownPriority)
    setOwnPriority(t, <u32>priority, <u32>priority < t.ownPriority);
  return result;
}

/** setpriority: 0, -EPERM (another user's), -EACCES (higher than allowed). Values out of range are brought into it. */
export function setNiceLocked(t: Thread, wanted: i32): i32 {
  const nice = max(NICE_MIN, min(NICE_MAX, wanted));
  const p = changetype<Process>(t.process);
  if (!mayTune(p)) return -EPERM;
  if (nice < t.nice && !mayNice(p, nice)) return -EACCES;
  t.nice = nice;
  reschedule(t, t.priority, false);
  return 0;
}

/** RLIMIT_NICE: 20 - limit is the lowest nice value allowed (getrlimit(2)). */
function mayNice(p: Process, nice: i32): bool {
  return isSuperuser(currentCredentials()) || <u64>(20 - nice) <= limitOf(p, RLIMIT_NICE);
}

/** For a new thread. */
export function inheritScheduling(t: Thread, from: Thread): void {
  t.nice = from.nice;
  if (from.resetOnFork != 0) {
    t.nice = max(0, from.nice);
  } else {
    t.policy = from.policy;
    t.ownPriority = from.ownPriority;
    t.priority = from.ownPriority;
  }
  t.vruntime = from.vruntime;
  threadSetWeight(t);
}

export { SCHED_FIFO, SCHED_RR };
