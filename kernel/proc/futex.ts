/**
 * futex(2): waiting for a word in user memory to change, waking, moving waiters from one word to another.
 *
 * The value is compared and the thread put on the queue under one lock, which a waker takes too: no wake-up is lost. The
 * word is read with page faults off; when its page is not there the lock is dropped, the page is fetched, and all begins
 * anew. PI futexes are in futex-pi.ts.
 */
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOSYS, ERESTARTSYS, ETIMEDOUT } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentThread } from '../sched/scheduler';
import { Thread, threadScratch } from '../sched/tcb';
import { sleepOn, sleepOnDeadline } from '../sched/wait-queue';
import { userExchange32, userLoad32 } from '../syscall/user-access';
import { copyFromUser } from '../syscall/user-copy';
import { Deadline, deadlineNs } from '../sched/deadline';
import { FutexKey, futexKeyOf } from './futex-key';
import {
  futexDequeue,
  futexEnqueue,
  futexFirst,
  futexLock,
  futexNextOf,
  futexWakeLocked,
} from './futex-queue';
import { threadQueue } from './thread-group';

export const FUTEX_BITSET_ANY: u32 = 0xffff_ffff;
/** Offsets in the thread's scratch bytes: a word and two keys. */
const WORD: usize = 0;
const KEY1: usize = 16;
const KEY2: usize = 32;

function keyAt(t: Thread, offset: usize): FutexKey {
  return changetype<FutexKey>(threadScratch(t) + offset);
}

/** The word at `address` without a page fault: 0 and the word in scratch, or -EFAULT. */
export function loadQuietly(t: Thread, address: u64): i32 {
  t.noFaults = 1;
  const error = <i32>userLoad32(<usize>address, threadScratch(t) + WORD);
  t.noFaults = 0;
  return error;
}

/** Makes the page of `address` present for reading: 0 or -EFAULT. No lock may be held. */
export function fetchPage(t: Thread, address: u64): i32 {
  return copyFromUser(threadScratch(t) + WORD, address, 4);
}

/** As loadQuietly for a compare and exchange: what was there is in scratch. */
export function exchangeQuietly(t: Thread, address: u64, old: u32, value: u32): i32 {
  t.noFaults = 1;
  const error = <i32>userExchange32(<usize>address, old, value, threadScratch(t) + WORD);
  t.noFaults = 0;
  return error;
}

/** Makes the page of `address` present and writable: 0 or -EFAULT. */
export function fetchWritablePage(t: Thread, address: u64): i32 {
  return <i32>userExchange32(<usize>address, 0, 0, threadScratch(t) + WORD);
}

export function loadedWord(t: Thread): u32 {
  return load<u32>(threadScratch(t) + WORD);
}

/**
 * Sleeps while the word is `expected`: 0 when woken, -EAGAIN when it is another value, -ETIMEDOUT, -EINTR (the caller
 * makes it a restart number), -EFAULT, -EINVAL.
 */
export function futexWait(address: u64, isPrivate: bool, expected: u32, bits: u32, until: Deadline): i32 {
  if (bits == 0) return -EINVAL;
  const t = currentThread();
  const key = keyAt(t, KEY1);
  const error = futexKeyOf(address, isPrivate, key);
  if (error < 0) return error;
  let flags = lockIrqSave(futexLock());
  while (loadQuietly(t, address) < 0) {
    unlockIrqRestore(futexLock(), flags);
    if (fetchPage(t, address) < 0) return -EFAULT;
    flags = lockIrqSave(futexLock());
  }
  let result: i32 = 0;
  if (loadedWord(t) != expected) {
    result = -EAGAIN;
  } else {
    t.futexBits = bits;
    t.piOwner = 0;
    futexEnqueue(t, key);
    result = sleepQueued(t, until);
  }
  unlockIrqRestore(futexLock(), flags);
  return result;
}

/** Sleeps with the futex lock held until taken off the queue: 0, -ETIMEDOUT, -EINTR. */
export function sleepQueued(t: Thread, until: Deadline): i32 {
  let error: i32 = 0;
  while (t.futexQueued != 0 && error == 0) {
    if (until.kind == 0) error = sleepOn(threadQueue(t), futexLock());
    else error = sleepOnDeadline(threadQueue(t), futexLock(), deadlineNs(until));
  }
  if (t.futexQueued == 0) return 0;
  futexDequeue(t);
  return error;
}

/** How many were woken, -EINVAL, -EFAULT. */
export function futexWake(address: u64, isPrivate: bool, count: i32, bits: u32): i32 {
  if (bits == 0) return -EINVAL;
  const key = keyAt(currentThread(), KEY1);
  const error = futexKeyOf(address, isPrivate, key);
  if (error < 0) return error;
  const flags = lockIrqSave(futexLock());
  const woken = futexWakeLocked(key, count, bits);
  unlockIrqRestore(futexLock(), flags);
  return woken;
}

/**
 * Wakes `count` waiters of the first futex and moves up to `move` others to the second. With `compare` only while the first
 * word is `expected`, otherwise -EAGAIN. How many were woken and moved (FUTEX_REQUEUE: woken).
 */
export function futexRequeue(
  address: u64,
  target: u64,
  isPrivate: bool,
  count: i32,
  move: i32,
  compare: bool,
  expected: u32,
): i32 {
  if (count < 0 || move < 0) return -EINVAL;
  const me = currentThread();
  let from = keyAt(me, KEY1);
  const to = keyAt(me, KEY2);
  let error = futexKeyOf(address, isPrivate, from);
  if (error == 0) error = futexKeyOf(target, isPrivate, to);
  if (error < 0) return error;
  from = keyAt(me, KEY1);
  let flags = lockIrqSave(futexLock());
  while (compare && loadQuietly(me, address) < 0) {
    unlockIrqRestore(futexLock(), flags);
    if (fetchPage(me, address) < 0) return -EFAULT;
    flags = lockIrqSave(futexLock());
  }
  let result: i32 = -EAGAIN;
  if (!compare || loadedWord(me) == expected) {
    result = futexWakeLocked(from, count, FUTEX_BITSET_ANY);
    let moved: i32 = 0;
    let t = futexFirst(from);
    const same = from.at == to.at && from.space == to.space;
    while (changetype<usize>(t) != 0 && moved < move) {
      const next = futexNextOf(t, from);
      if (!same) {
        futexDequeue(t);
        futexEnqueue(t, to);
      }
      moved++;
      t = next;
    }
    if (compare) result += moved;
  }
  unlockIrqRestore(futexLock(), flags);
  return result;
}

/**
 * FUTEX_WAKE_OP: changes the second word as `operation` says, wakes `count` waiters of the first futex and, if the second
 * word was as the operation asks, `count2` of the second. How many were woken.
 */
export function futexWakeOp(
  address: u64,
  second: u64,
  isPrivate: bool,
  count: i32,
  count2: i32,
  operation: u32,
): i32 {
  const me = currentThread();
  const key1 = keyAt(me, KEY1);
  const key2 = keyAt(me, KEY2);
  let error = futexKeyOf(address, isPrivate, key1);
  if (error == 0) error = futexKeyOf(second, isPrivate, key2);
  if (error < 0) return error;
  if (((operation >> 28) & 7) > 4 || ((operation >> 24) & 15) > 5) return -ENOSYS;
  let flags = lockIrqSave(futexLock());
  let old: u32 = 0;
  while (true) {
    error = loadQuietly(me, second);
    if (error == 0) {
      old = loadedWord(me);
      error = exchangeQuietly(me, second, old, operated(old, operation));
      if (error == 0 && loadedWord(me) == old) break;
    }
    if (error == 0) continue;
    unlockIrqRestore(futexLock(), flags);
    if (fetchWritablePage(me, second) < 0) return -EFAULT;
    flags = lockIrqSave(futexLock());
  }
  let woken = futexWakeLocked(key1, count, FUTEX_BITSET_ANY);
  if (compared(<i32>old, operation)) woken += futexWakeLocked(key2, count2, FUTEX_BITSET_ANY);
  unlockIrqRestore(futexLock(), flags);
  return woken;
}

/** Signed 12 bits of the operation at `shift`. */
function field(operation: u32, shift: u32): i32 {
  return (<i32>(operation << (20 - shift))) >> 20;
}

function operated(old: u32, operation: u32): u32 {
  let argument = <u32>field(operation, 12);
  if (operation >> 31 != 0) argument = (<u32>1) << (argument & 31);
  const kind = (operation >> 28) & 7;
  if (kind == 0) return argument;
  if (kind == 1) return old + argument;
  if (kind == 2) return old | argument;
  return kind == 3 ? old & ~argument : old ^ argument;
}

function compared(old: i32, operation: u32): bool {
  const argument = field(operation, 0);
  const kind = (operation >> 24) & 15;
  if (kind == 0) return old == argument;
  if (kind == 1) return old != argument;
  if (kind == 2) return old < argument;
  if (kind == 3) return old <= argument;
  return kind == 4 ? old > argument : old >= argument;
}

/** What futex(2) returns for a wait that a signal ended. */
export function restartOf(result: i32): i32 {
  return result == -EINTR ? -ERESTARTSYS : result == -ETIMEDOUT ? -ETIMEDOUT : result;
}
