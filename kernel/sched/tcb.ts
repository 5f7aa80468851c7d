/**
 * The thread control block. scheduler.ts runs threads, thread.ts and proc/ make them.
 *
 * A thread belongs to one run queue while it is runnable, and to at most one wait queue while it sleeps. Its kernel
 * stack and control block are freed by whoever runs next after it died (finishSwitch).
 */
import { freePid } from '../lib/ids';
import { allocKernelStack, freeKernelStack } from '../mm/kernel-stacks';
import { alloc, kfree } from '../mm/kmalloc';

export const THREAD_RUNNABLE: u32 = 0;
export const THREAD_RUNNING: u32 = 1;
export const THREAD_SLEEPING: u32 = 2;
export const THREAD_DEAD: u32 = 3;
/** Stopped by a signal until SIGCONT. */
export const THREAD_STOPPED: u32 = 4;

/** Ticks a thread may run while others wait. */
export const QUANTUM_TICKS: u64 = 10;

@unmanaged
export class Thread {
  /** Saved stack pointer while it does not run. */
  rsp: u64;
  id: i32;
  state: u32;
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
  /** When its turn ends if others wait. */
  sliceEndNs: u64;
  /** What it had left of its turn when it last gave the CPU away. */
  sliceLeftNs: u64;
  cpu: u32;
  unused: u32;
  /** 1 from when a CPU picks it until that CPU has saved its registers. */
  onCpu: u32;
  /** A signal may wake it. */
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
  /** NUL-terminated. */
  name0: u64;
  name1: u64;
  name2: u64;
  name3: u64;
}

export function threadName(thread: Thread): usize {
  return changetype<usize>(thread) + offsetof<Thread>('name0');
}

/** A thread with a stack, not yet runnable; null when out of memory. */
export function threadCreate(id: i32): Thread {
  const thread = alloc<Thread>();
  if (changetype<usize>(thread) == 0) return thread;
  thread.id = id;
  thread.stackTop = allocKernelStack();
  if (thread.stackTop != 0) return thread;
  kfree(changetype<usize>(thread));
  return changetype<Thread>(<usize>0);
}

/** The thread must not be running or queued anywhere. A user thread's number belongs to its process. */
export function threadFree(thread: Thread): void {
  if (thread.process == 0) freePid(thread.id);
  kfree(thread.fpuState);
  freeKernelStack(thread.stackTop);
  kfree(changetype<usize>(thread));
}
