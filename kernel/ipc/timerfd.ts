/**
 * Timers read from a descriptor (Linux timerfd_create(2)).
 *
 * `nextNs` is when it expires next, on the timer's own clock; 0 while it is disarmed. Timers on the wall clock with an
 * absolute time are in a list: setting that clock starts them anew, and cancels those that asked for it.
 */
import { File, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { O_NONBLOCK } from '../fs/open-flags';
import { EAGAIN, ECANCELED, EINTR, EINVAL, ERESTARTSYS } from '../lib/errno';
import { POLLIN } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { Timer, nowNs, realtimeNs, timerCancel, timerStart } from '../sched/timer';
import { WaitQueue, sleepOn, wakeAll } from '../sched/wait-queue';

@unmanaged
export class TimerFd {
  lock: u32;
  /** 1: its times are those of the wall clock. */
  realtime: u32;
  /** 1: in the list of those that the setting of the wall clock concerns. */
  listed: u32;
  /** 1: the setting of the wall clock ends it; 2: it did. */
  cancel: u32;
  nextNs: u64;
  intervalNs: u64;
  /** Expirations that were not read. */
  expirations: u64;
  listNext: usize;
  readers0: u64;
  readers1: u64;
  readers2: u64;
  timer0: u64;
  timer1: u64;
  timer2: u64;
  timer3: u64;
  timer4: u64;
  timer5: u64;
}

export const timerFdOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
/** Guards the list; before a timer's own lock. */
const listLock = memory.data(4, 4);
let first: usize = 0;

/** The state of a disarmed timer; 0 when out of memory. */
export function timerFdCreate(realtime: bool): usize {
  const t = alloc<TimerFd>();
  if (changetype<usize>(t) == 0) return 0;
  t.realtime = realtime ? 1 : 0;
  return changetype<usize>(t);
}

export function isTimerFd(file: File): bool {
  return file.ops == timerFdOps;
}

export function timerFdOf(file: File): TimerFd {
  return changetype<TimerFd>(file.data);
}

function lockOf(t: TimerFd): usize {
  return changetype<usize>(t) + offsetof<TimerFd>('lock');
}

function readersOf(t: TimerFd): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(t) + offsetof<TimerFd>('readers0'));
}

function timerOf(t: TimerFd): Timer {
  return changetype<Timer>(changetype<usize>(t) + offsetof<TimerFd>('timer0'));
}

/** The time of the timer's clock. */
function nowOf(t: TimerFd): u64 {
  return t.realtime != 0 ? realtimeNs() : nowNs();
}

/** Counts what has expired. The lock is held. */
function catchUp(t: TimerFd): void {
  const now = nowOf(t);
  if (t.nextNs == 0 || now < t.nextNs) return;
  if (t.intervalNs == 0) {
    t.expirations++;
    t.nextNs = 0;
    return;
  }
  const passed = (now - t.nextNs) / t.intervalNs + 1;
  t.expirations += passed;
  t.nextNs += passed * t.intervalNs;
}

/** Starts the timer for `nextNs`. The lock is held. */
function start(t: TimerFd): void {
  if (t.nextNs == 0) return;
  const now = nowOf(t);
  const expireFunction: (argument: usize) => void = expire;
  const deadline = nowNs() + (t.nextNs > now ? t.nextNs - now : 0);
  timerStart(timerOf(t), deadline, expireFunction.index, changetype<usize>(t));
}

/** In the timer interrupt. */
function expire(argument: usize): void {
  const t = changetype<TimerFd>(argument);
  const flags = lockIrqSave(lockOf(t));
  catchUp(t);
  start(t);
  unlockIrqRestore(lockOf(t), flags);
  wakeAll(readersOf(t));
}

/** Remaining time (0: disarmed) and interval, in ns, as two words at `out`. */
export function timerFdGet(t: TimerFd, out: usize): void {
  const flags = lockIrqSave(lockOf(t));
  putState(t, out);
  unlockIrqRestore(lockOf(t), flags);
}

function putState(t: TimerFd, out: usize): void {
  catchUp(t);
  const now = nowOf(t);
  store<u64>(out, t.nextNs == 0 ? 0 : t.nextNs > now ? t.nextNs - now : 1);
  store<u64>(out, t.intervalNs, 8);
}

/**
 * Arms (`valueNs` 0: disarms) the timer and stores the state before in `old`. `cancelOnSet`: only with an absolute time of
 * the wall clock.
 */
export function timerFdSet(
  t: TimerFd,
  valueNs: u64,
  intervalNs: u64,
  absolute: bool,
  cancelOnSet: bool,
  old: usize,
): void {
  setListed(t, t.realtime != 0 && absolute && valueNs != 0);
  timerCancel(timerOf(t));
  const flags = lockIrqSave(lockOf(t));
  putState(t, old);
  t.expirations = 0;
  t.cancel = cancelOnSet ? 1 : 0;
  t.intervalNs = intervalNs;
  t.nextNs = valueNs == 0 ? 0 : absolute ? valueNs : nowOf(t) + valueNs;
  catchUp(t);
  start(t);
  const ready = t.expirations != 0;
  unlockIrqRestore(lockOf(t), flags);
  if (ready) wakeAll(readersOf(t));
}

function setListed(t: TimerFd, listed: bool): void {
  const at = changetype<usize>(t);
  const flags = lockIrqSave(listLock);
  if (listed && t.listed == 0) {
    t.listNext = first;
    first = at;
    t.listed = 1;
  } else if (!listed && t.listed != 0) {
    if (first == at) first = t.listNext;
    else {
      let before = changetype<TimerFd>(first);
      while (before.listNext != at) before = changetype<TimerFd>(before.listNext);
      before.listNext = t.listNext;
    }
    t.listed = 0;
  }
  unlockIrqRestore(listLock, flags);
}

/** The wall clock was set: absolute times on it are looked at anew. From the call that sets it. */
export function timerFdClockWasSet(): void {
  const flags = lockIrqSave(listLock);
  for (let at = first; at != 0; at = changetype<TimerFd>(at).listNext) {
    const t = changetype<TimerFd>(at);
    const inner = lockIrqSave(lockOf(t));
    if (t.cancel != 0) t.cancel = 2;
    catchUp(t);
    start(t);
    unlockIrqRestore(lockOf(t), inner);
    wakeAll(readersOf(t));
  }
  unlockIrqRestore(listLock, flags);
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count < 8) return -EINVAL;
  const t = timerFdOf(file);
  let error: i32 = 0;
  let value: u64 = 0;
  const flags = lockIrqSave(lockOf(t));
  while (error == 0) {
    catchUp(t);
    if (t.expirations != 0 || t.cancel == 2) break;
    error = file.flags & O_NONBLOCK ? -EAGAIN : sleepOn(readersOf(t), lockOf(t));
  }
  if (error == 0) {
    if (t.cancel == 2) error = -ECANCELED;
    else value = t.expirations;
    t.expirations = 0;
    if (t.cancel == 2) t.cancel = 1;
  }
  unlockIrqRestore(lockOf(t), flags);
  if (error != 0) return error == -EINTR ? -ERESTARTSYS : error;
  store<u64>(buffer, value);
  return 8;
}

function poll(file: File, wait: PollWait | null): u32 {
  const t = timerFdOf(file);
  pollRegister(wait, readersOf(t), POLLIN);
  const flags = lockIrqSave(lockOf(t));
  catchUp(t);
  const ready = t.expirations != 0 || t.cancel == 2;
  unlockIrqRestore(lockOf(t), flags);
  return ready ? POLLIN : 0;
}

function release(file: File): void {
  const t = timerFdOf(file);
  setListed(t, false);
  const flags = lockIrqSave(lockOf(t));
  t.nextNs = 0;
  unlockIrqRestore(lockOf(t), flags);
  timerCancel(timerOf(t));
  kfree(file.data);
}

export function timerFdInit(): void {
  const readFunction: FileTransfer = read;
  timerFdOps.read = readFunction.index;
  const pollFunction: FilePoll = poll;
  timerFdOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  timerFdOps.release = releaseFunction.index;
}
