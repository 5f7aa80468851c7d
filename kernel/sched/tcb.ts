/**
 * The thread control block. scheduler.ts runs threads, thread.ts and proc/ make them.
 *
 * A thread belongs to one run queue while it is runnable, and to at most one wait queue while it sleeps. Its kernel
 * stack and control block are freed by whoever runs next after it died (finishSwitch).
 */
import { freePid } from '../lib/ids';
import { allocKernelStack, freeKernelStack } from '../mm/kernel-stacks';
import { alloc, kfree } from '../mm/kmalloc';
import { runQueue, runQueueReserve } from './run-queue';
import { threadSetWeight } from './weight';

export const THREAD_RUNNABLE: u32 = 0;
export const THREAD_RUNNING: u32 = 1;
export const THREAD_SLEEPING: u32 = 2;
export const THREAD_DEAD: u32 = 3;
/** Stopped by a signal until SIGCONT. */
export const THREAD_STOPPED: u32 = 4;

/** FXSAVE's area (arch/x86_64/fpu.ts); the scratch bytes follow it. */
const FPU_BYTES: usize = 512;

/** Thread.interruptible while it sleeps. */
export const SLEEP_UNINTERRUPTIBLE: u32 = 0;
export const SLEEP_INTERRUPTIBLE: u32 = 1;
/** Only by a signal that kills it. */
export const SLEEP_KILLABLE: u32 = 2;

/** A signal, a stop or the end may be due: proc/deliver.ts finds out. */
export const WORK_SIGNAL: u32 = 1;
/** The call's result is one of the ERESTART numbers. */
export const WORK_RESTART: u32 = 2;
export const WORK_RESTORE_MASK: u32 = 4;

/** Bytes of threadScratch. */
export const SCRATCH_SIZE: usize = 512;

/** Ticks a round-robin thread may run while others of its priority wait. */
export const QUANTUM_TICKS: u64 = 10;

@unmanaged
export class Thread {
  /** Saved stack pointer while it does not run. */
  rsp: u64;
  id: i32;
  state: u32;
  /** WORK_…: what has to be looked at before the next return to user code. The assembly knows its place (trap-frame.h). */
  work: u32;
  /** Page faults of the kernel on user addresses are not resolved: they fail at once (user-copy.ts). */
  noFaults: u32;
  /** Run queue links. */
  next: usize;
  previous: usize;
  stackTop: u64;
  /** Process of a user thread, 0 for a kernel thread. */
  process: usize;
  /** PML4 of a user thread, 0 for a kernel thread: it runs on whatever is loaded. */
  cr3: u64;
  fpuState: usize;
  fsBase: u64;
  gsBase: u64;
  /** When its turn began; the time that it has had, and that weighted by nice (scheduler.ts). */
  sliceStartNs: u64;
  runNs: u64;
  vruntime: u64;
  inverseWeight: u64;
  weight: u32;
  nice: i32;
  /** Place in the heap of a run queue, 0 when not there; 1: in a run queue. */
  heapPlace: u32;
  queued: u32;
  /** Where the sums of its process's threads are (proc/process.ts, groupRunNs), 0 for a kernel thread. */
  groupTime: usize;
  switchesVoluntary: u64;
  switchesInvoluntary: u64;
  /** Page faults that memory answered, and that a disk was waited for (mm/fault.ts). */
  minorFaults: u64;
  majorFaults: u64;
  /** CPU whose registers held its x87 and SSE state last. */
  fpuCpu: u32;
  /** 1: children start with SCHED_OTHER and nice 0 at most (SCHED_RESET_ON_FORK). */
  resetOnFork: u32;
  /**
   * PR_SET_TIMERSLACK: by how many nanoseconds its timers might be late, and what 0 sets. 0: 50 us. Told and inherited
   * only: no timer here is delayed to meet another.
   */
  timerSlack: u64;
  timerSlackDefault: u64;
  /** 1: its priority was set while it ran: it goes behind the others of that priority (POSIX sched_setparam). */
  givesWay: u32;
  cpu: u32;
  /** Real-time priority in force: 1 to 99 for SCHED_FIFO and SCHED_RR, 0 otherwise. */
  priority: u32;
  /** The same without what waiters for its PI futexes lend it. */
  ownPriority: u32;
  policy: u32;
  /** 1 from when a CPU picks it until that CPU has saved its registers. */
  onCpu: u32;
  /** SLEEP_…: what may wake it besides that for which it sleeps. */
  interruptible: u32;
  /** Wait queue it is on, and its links there: a WaitEntry (wait-queue.ts). */
  waitQueue: usize;
  waitNext: usize;
  waitPrevious: usize;
  waitFunction: u64;
  userTicks: u64;
  systemTicks: u64;
  /** Timer (timer.ts) of a sleep with a deadline: 48 bytes. */
  timer0: u64;
  timer1: u64;
  timer2: u64;
  timer3: u64;
  timer4: u64;
  timer5: u64;
  /** For sleepUntil: a lock and a queue of its own. */
  sleepLock: u32;
  padding: u32;
  sleepQueue0: u64;
  sleepQueue1: u64;
  sleepQueue2: u64;
  /** Threads of the same process (proc/thread-group.ts), and the chain of the table by number. */
  groupNext: usize;
  groupPrevious: usize;
  hashNext: usize;
  /** Blocked signals, bit n-1 is signal n; never SIGKILL or SIGSTOP. */
  blocked: u64;
  /** What `blocked` becomes again after the signal that ends a sigsuspend or ppoll (WORK_RESTORE_MASK). */
  savedBlocked: u64;
  /** Signals that sigtimedwait waits for: they end a sleep although they are blocked. */
  awaited: u64;
  /** Signals for this thread alone: bits, and a list of QueuedSignal (proc/signal-queue.ts). */
  pending: u64;
  pendingHead: usize;
  pendingTail: usize;
  /** sigaltstack(2); size 0: none. */
  altStack: u64;
  altSize: u64;
  altFlags: u32;
  /** 1: it counts in its process's stoppedThreads. */
  stopCounted: u32;
  /** set_tid_address, set_robust_list: user addresses, 0 for none. */
  clearTid: u64;
  robustList: u64;
  /** While it waits for a futex (proc/futex.ts): what for, and its place among those that wait. */
  futexKey: u64;
  futexSpace: usize;
  futexBits: u32;
  futexQueued: u32;
  futexNext: usize;
  futexPrevious: usize;
  /** Owner of the PI futex that it waits for (proc/futex-pi.ts), 0 for another futex. */
  piOwner: usize;
  /** How many wait for PI futexes that it owns; 1: it has passed futexThreadExit. */
  piWaiters: u32;
  futexDead: u32;
  /** The last fault that became a signal: vector, error code, address (ucontext's trapno, err, cr2). */
  faultVector: u64;
  faultError: u64;
  faultAddress: u64;
  /** restart_syscall(2): function index and what it needs. */
  restartCall: u32;
  restartClock: u32;
  restart0: u64;
  restart1: u64;
  restart2: u64;
  /** NUL-terminated. */
  name0: u64;
  name1: u64;
  name2: u64;
  name3: u64;
}

/**
 * SCRATCH_SIZE bytes, 16-byte aligned, of a user thread for what a system call copies from or to user memory: nobody
 * else uses them until the handler returns, but every function that it calls may.
 */
export function threadScratch(thread: Thread): usize {
  return thread.fpuState + FPU_BYTES;
}

export function threadName(thread: Thread): usize {
  return changetype<usize>(thread) + offsetof<Thread>('name0');
}

/** How many there are, kernel threads included: the run queues have room for all. */
let threads: u32 = 0;

export function threadCount(): u32 {
  return threads;
}

/** A thread with a stack, not yet runnable; null when out of memory. */
export function threadCreate(id: i32): Thread {
  const thread = alloc<Thread>();
  if (changetype<usize>(thread) == 0) return thread;
  thread.id = id;
  threadSetWeight(thread);
  if (runQueueReserve(runQueue(0), ++threads)) thread.stackTop = allocKernelStack();
  if (thread.stackTop != 0) return thread;
  threads--;
  kfree(changetype<usize>(thread));
  return changetype<Thread>(<usize>0);
}

/** The thread must not be running or queued anywhere. A user thread's number was freed with its group's (thread-group.ts). */
export function threadFree(thread: Thread): void {
  threads--;
  if (thread.process == 0) freePid(thread.id);
  kfree(thread.fpuState);
  freeKernelStack(thread.stackTop);
  kfree(changetype<usize>(thread));
}
