/**
 * Processes: the control block, the table, and the family tree. A process is a group of threads (thread-group.ts) that
 * share everything here.
 *
 * `processLock` guards the table, the tree (parent, children), states and exit statuses, process groups, the list of
 * threads, and signals: pending, blocked, handlers. A process stays in the table from creation until its parent has
 * waited for it.
 */
import { fsContextRelease } from '../fs/context';
import { allocPid, freePid } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace } from '../mm/address-space';
import { kfree, kmalloc } from '../mm/kmalloc';
import { nowNs } from '../sched/clock';
import { currentThread } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { WaitQueue, waitAbandon } from '../sched/wait-queue';
import { pidHandleForget } from './pidfd';
import { SIGCHLD } from './signal-numbers';

/** Being made: not yet visible to wait and signals. */
export const PROCESS_NEW: u32 = 0;
export const PROCESS_ALIVE: u32 = 1;
export const PROCESS_STOPPED: u32 = 2;
export const PROCESS_ZOMBIE: u32 = 3;

export const PROCESS_NAME_SIZE: usize = 16;

@unmanaged
export class Process {
  pid: i32;
  pgid: i32;
  sid: i32;
  state: u32;
  parent: usize;
  firstChild: usize;
  nextSibling: usize;
  previousSibling: usize;
  /** Hash chain, and the list of all in order of creation. */
  hashNext: usize;
  allNext: usize;
  allPrevious: usize;
  /** The first of its threads (Thread.groupNext): the one with the process's number as long as that lives; 0 once all are gone. */
  thread: usize;
  threadCount: u32;
  /** 1: all threads are ending with `exitStatus`. */
  groupExit: u32;
  /** Thread that executes a program and waits until it is alone. */
  execThread: usize;
  /** Signal that stops all threads as they return to user code, 0 when none; how many stand still. */
  groupStop: i32;
  stoppedThreads: u32;
  /** Signal to the parent at the end, 0 for none. */
  exitSignal: i32;
  /** Signal to it at its parent's end (prctl PR_SET_PDEATHSIG). */
  parentDeathSignal: i32;
  /** Orphans below it become its children (PR_SET_CHILD_SUBREAPER). */
  subreaper: u32;
  /** 1: has executed a program since it was forked. */
  hasExecuted: u32;
  /** Between groupsBeforeExitLocked and groupsAfterExitLocked (groups.ts). */
  wasOrphaned: u32;
  personality: u32;
  noNewPrivileges: u32;
  /** Thread that sleeps in vfork until this process executes or ends. */
  vforkWaiter: usize;
  space: AddressSpace;
  /** fs/fd-table.ts. */
  files: usize;
  /** Root, working directory and umask: fs/context.ts. */
  fs: usize;
  /** The File that it executes (program.ts), 0 for none yet. */
  executable: usize;
  /** Controlling terminal (drivers/tty), 0 when none. */
  tty: usize;
  /** -1000 to 1000 (proc(5)): how much sooner it ends when memory runs out. */
  oomScoreAdjust: i32;
  /** As wait4 reports it; valid for a zombie. */
  exitStatus: i32;
  /** Signal that stopped it and that the parent has not heard of yet, 0 when none. */
  stopSignal: i32;
  /** 1: continued, and the parent has not heard of it. */
  continued: u32;
  /** For any of its threads: bit n-1 is signal n, and a list of QueuedSignal (signal-queue.ts). */
  pendingSignals: u64;
  pendingHead: usize;
  pendingTail: usize;
  ignoredSignals: u64;
  /** Address of the signal handlers (signal-actions.ts), 0 when all are default. */
  signalActions: usize;
  /** Address of a count of the processes with this table (CLONE_SIGHAND), 0 when it is its own. */
  signalActionsUsers: usize;
  startNs: u64;
  userTicks: u64;
  systemTicks: u64;
  /** Sums over all threads, living and dead: time on a CPU in nanoseconds, ticks in user and kernel mode, page faults. In this order (Thread.groupTime). */
  groupRunNs: u64;
  groupUserTicks: u64;
  groupSystemTicks: u64;
  groupMinorFaults: u64;
  groupMajorFaults: u64;
  /** Its time in user and in kernel mode as it was last told (cpu-time.ts). */
  userNs: u64;
  systemNs: u64;
  /** Of children that were waited for. */
  childUserTicks: u64;
  childSystemTicks: u64;
  /** Where its argument strings lie in its own memory, for /proc. */
  argumentsStart: u64;
  argumentsEnd: u64;
  /** Where the auxiliary vector lies. */
  auxiliaryStart: u64;
  /** Parents sleep here in wait4: a WaitQueue. */
  childWait0: u64;
  childWait1: u64;
  childWait2: u64;
  /** Who it is (credentials.ts): 168 bytes. */
  credentials0: u64;
  credentials1: u64;
  credentials2: u64;
  credentials3: u64;
  credentials4: u64;
  credentials5: u64;
  credentials6: u64;
  credentials7: u64;
  credentials8: u64;
  credentials9: u64;
  credentials10: u64;
  credentials11: u64;
  credentials12: u64;
  credentials13: u64;
  credentials14: u64;
  credentials15: u64;
  credentials16: u64;
  credentials17: u64;
  credentials18: u64;
  credentials19: u64;
  credentials20: u64;
  name0: u64;
  name1: u64;
  /** pidfd.ts, 0 until somebody opens one. */
  pidHandle: usize;
  /** process-timers.ts, 0 until it sets one. */
  timers: usize;
  /** 1: something happens at some processor time (cpu-watch.ts). */
  cpuWatch: u32;
  unused2: u32;
  /** Seconds of processor time at which the next SIGXCPU is due. */
  cpuWarned: u64;
  /** Processor time of children that were waited for. */
  childUserNs: u64;
  childSystemNs: u64;
  childMinorFaults: u64;
  childMajorFaults: u64;
  /** Most pages that were resident before its last exec or exit, and the most of any child that was waited for. */
  peakPages: u64;
  childPeakPages: u64;
  /** What is counted for its real user (user-account.ts). */
  account: usize;
  /** Who waits for signals to become pending without taking them (signalfd): a WaitQueue. */
  signalWait0: u64;
  signalWait1: u64;
  signalWait2: u64;
  // Behind it: its resource limits (limits.ts).
}

/** limits.ts: LIMITS_SIZE. */
const LIMITS_BYTES: usize = 256;

const HASH_SIZE: i32 = 64;
const lock = memory.data(4, 4);
const hash = memory.data(64 * 8, 8);
let first: usize = 0;
let last: usize = 0;
let count: u32 = 0;
/** Processes made since the system started. */
let ever: u64 = 0;

export function processLock(): usize {
  return lock;
}

/** The process of the current thread; null in kernel threads. */
export function currentProcess(): Process {
  return changetype<Process>(currentThread().process);
}

export function isNull(p: Process): bool {
  return changetype<usize>(p) == 0;
}

/** NUL-terminated, at most 15 characters. */
export function processName(p: Process): usize {
  return changetype<usize>(p) + offsetof<Process>('name0');
}

/** Takes the last component of a path as the name. */
export function setProcessName(p: Process, path: usize): void {
  let start = path;
  for (let at = path; load<u8>(at) != 0; at++) if (load<u8>(at) == 47) start = at + 1;
  let n: usize = 0;
  for (; n < PROCESS_NAME_SIZE - 1 && load<u8>(start + n) != 0; n++) {
    store<u8>(processName(p) + n, load<u8>(start + n));
  }
  store<u8>(processName(p) + n, 0);
}

export function childWaitQueue(p: Process): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(p) + offsetof<Process>('childWait0'));
}

/** Woken whenever a signal becomes pending for it or one of its threads. */
export function signalWaitQueue(p: Process): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(p) + offsetof<Process>('signalWait0'));
}

/** Some thread of it; null when all have ended. */
export function processThread(p: Process): Thread {
  return changetype<Thread>(p.thread);
}

/** A blank process with a number (`pid` 0: the next free one); null when out of numbers or memory. */
export function processAlloc(pid: i32): Process {
  const p = changetype<Process>(kmalloc(offsetof<Process>() + LIMITS_BYTES));
  if (isNull(p)) return p;
  p.pid = pid != 0 ? pid : allocPid();
  if (p.pid == 0) {
    kfree(changetype<usize>(p));
    return changetype<Process>(<usize>0);
  }
  p.exitSignal = SIGCHLD;
  p.startNs = nowNs();
  return p;
}

/** Undoes processAlloc, or ends a zombie that is out of the table. */
export function processFree(p: Process): void {
  // A signalfd may be watched by an epoll set that lives on in another process.
  waitAbandon(signalWaitQueue(p));
  pidHandleForget(p);
  freePid(p.pid);
  fsContextRelease(p.fs);
  kfree(changetype<usize>(p));
}

/** Makes a process visible, as a child of `parent` (null for the first ones). */
export function processPublish(p: Process, parent: Process): void {
  const flags = lockIrqSave(lock);
  const bucket = hash + <usize>(p.pid % HASH_SIZE) * 8;
  p.hashNext = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(p));
  p.allPrevious = last;
  if (last != 0) changetype<Process>(last).allNext = changetype<usize>(p);
  else first = changetype<usize>(p);
  last = changetype<usize>(p);
  count++;
  ever++;
  p.state = PROCESS_ALIVE;
  if (!isNull(parent)) adoptLocked(parent, p);
  unlockIrqRestore(lock, flags);
}

/** Takes a process out of table and tree; the caller holds the lock and frees it afterwards. */
export function processUnpublishLocked(p: Process): void {
  let link = hash + <usize>(p.pid % HASH_SIZE) * 8;
  while (load<usize>(link) != changetype<usize>(p)) {
    link = load<usize>(link) + offsetof<Process>('hashNext');
  }
  store<usize>(link, p.hashNext);
  if (p.allPrevious != 0) changetype<Process>(p.allPrevious).allNext = p.allNext;
  else first = p.allNext;
  if (p.allNext != 0) changetype<Process>(p.allNext).allPrevious = p.allPrevious;
  else last = p.allPrevious;
  count--;
  if (p.parent != 0) disownLocked(p);
}

export function adoptLocked(parent: Process, child: Process): void {
  child.parent = changetype<usize>(parent);
  child.previousSibling = 0;
  child.nextSibling = parent.firstChild;
  if (parent.firstChild != 0)
    changetype<Process>(parent.firstChild).previousSibling = changetype<usize>(child);
  parent.firstChild = changetype<usize>(child);
}

export function disownLocked(child: Process): void {
  const parent = changetype<Process>(child.parent);
  if (child.previousSibling != 0) changetype<Process>(child.previousSibling).nextSibling = child.nextSibling;
  else parent.firstChild = child.nextSibling;
  if (child.nextSibling != 0) changetype<Process>(child.nextSibling).previousSibling = child.previousSibling;
  child.parent = 0;
}

/** Null when there is none with this number. The caller holds the lock. */
export function processFindLocked(pid: i32): Process {
  if (pid <= 0) return changetype<Process>(<usize>0);
  let at = load<usize>(hash + <usize>(pid % HASH_SIZE) * 8);
  while (at != 0 && changetype<Process>(at).pid != pid) at = changetype<Process>(at).hashNext;
  return changetype<Process>(at);
}

/** First of all processes, oldest first; go on with `allNext`. The caller holds the lock. */
export function processFirstLocked(): Process {
  return changetype<Process>(first);
}

/** Is there a process with this number that has not been waited for? */
export function processExists(pid: i32): bool {
  const flags = lockIrqSave(lock);
  const found = !isNull(processFindLocked(pid));
  unlockIrqRestore(lock, flags);
  return found;
}

export function processesEver(): u64 {
  return ever;
}

export function processCount(): u32 {
  return count;
}

/** Parent's number, 0 without one. The caller holds the lock. */
export function parentPidLocked(p: Process): i32 {
  return p.parent == 0 ? 0 : changetype<Process>(p.parent).pid;
}
