/**
 * The threads of a process: the list, the table of all user threads by number, and making all but one end.
 *
 * The caller of a function whose name ends in Locked holds processLock.
 */
import { freePid } from '../lib/ids';
import { THREAD_STOPPED, Thread, WORK_SIGNAL } from '../sched/tcb';
import { continueThread, makeRunnable } from '../sched/scheduler';
import { WaitQueue } from '../sched/wait-queue';
import { Process } from './process';
import { SIGKILL, signalBit } from './signal-numbers';

const HASH_SIZE: i32 = 256;
const hash = memory.data(256 * 8, 8);

export function isNullThread(t: Thread): bool {
  return changetype<usize>(t) == 0;
}

function bucketOf(tid: i32): usize {
  return hash + <usize>(tid % HASH_SIZE) * 8;
}

/** Makes a thread one of its process's, behind the others, and findable by number. */
export function threadAttachLocked(p: Process, t: Thread): void {
  t.groupNext = 0;
  t.groupPrevious = 0;
  if (p.thread == 0) {
    p.thread = changetype<usize>(t);
  } else {
    // Behind the first: its place tells nothing but who is first.
    const first = changetype<Thread>(p.thread);
    t.groupNext = first.groupNext;
    t.groupPrevious = p.thread;
    if (first.groupNext != 0) changetype<Thread>(first.groupNext).groupPrevious = changetype<usize>(t);
    first.groupNext = changetype<usize>(t);
  }
  p.threadCount++;
  hashInsert(t);
}

/** Takes an ending thread out; its number is free again unless it is the process's. */
export function threadDetachLocked(p: Process, t: Thread): void {
  if (t.groupPrevious != 0) changetype<Thread>(t.groupPrevious).groupNext = t.groupNext;
  else p.thread = t.groupNext;
  if (t.groupNext != 0) changetype<Thread>(t.groupNext).groupPrevious = t.groupPrevious;
  p.threadCount--;
  hashRemove(t);
  if (t.id != p.pid) freePid(t.id);
}

/** The last thread takes the process's number, as execve(2) says. */
export function threadBecomeLeaderLocked(p: Process, t: Thread): void {
  if (t.id == p.pid) return;
  hashRemove(t);
  freePid(t.id);
  t.id = p.pid;
  hashInsert(t);
}

/** Null when there is no user thread with this number. */
export function threadFindLocked(tid: i32): Thread {
  if (tid <= 0) return changetype<Thread>(<usize>0);
  let at = load<usize>(bucketOf(tid));
  while (at != 0 && changetype<Thread>(at).id != tid) at = changetype<Thread>(at).hashNext;
  return changetype<Thread>(at);
}

/** All threads of the process but `survivor` end as soon as they would return to user code. */
export function killOthersLocked(p: Process, survivor: Thread): void {
  for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    const t = changetype<Thread>(at);
    if (t == survivor) continue;
    t.pending |= signalBit(SIGKILL);
    t.work |= WORK_SIGNAL;
    if (t.state == THREAD_STOPPED) continueThread(t);
    else if (t.interruptible != 0) makeRunnable(t);
  }
}

function hashInsert(t: Thread): void {
  const bucket = bucketOf(t.id);
  t.hashNext = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(t));
}

function hashRemove(t: Thread): void {
  let link = bucketOf(t.id);
  while (load<usize>(link) != changetype<usize>(t)) link = load<usize>(link) + offsetof<Thread>('hashNext');
  store<usize>(link, t.hashNext);
}

/** A queue of the thread's own: for what only it waits for. */
export function threadQueue(t: Thread): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(t) + offsetof<Thread>('sleepQueue0'));
}
