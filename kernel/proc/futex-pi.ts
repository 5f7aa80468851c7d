/**
 * PI futexes (futex(2), "Priority-inheritance futexes"): the word holds the owner's thread number; the kernel passes
 * ownership on and lends the owner the priority of the most urgent waiter.
 *
 * Waiters stand in the ordinary queues with `piOwner` set. Owners are looked up under processLock, which is let go once
 * the futex lock is held: a thread passes futexThreadExit (which takes it) before it goes.
 */
import { EAGAIN, EDEADLK, EFAULT, EINTR, EPERM, ERESTARTNOINTR, ESRCH } from '../lib/errno';
import { acquire, lockIrqSave, release, unlockIrqRestore } from '../lib/spinlock';
import { boostPriority, threadPriority } from '../sched/priority';
import { currentThread } from '../sched/scheduler';
import { Thread, threadScratch } from '../sched/tcb';
import { wakeAll } from '../sched/wait-queue';
import { Deadline } from '../sched/deadline';
import { exchangeQuietly, fetchWritablePage, loadQuietly, loadedWord, sleepQueued } from './futex';
import { FutexKey, futexKeyOf } from './futex-key';
import {
  futexDequeue,
  futexEnqueue,
  futexFirst,
  futexLock,
  futexNextOf,
  futexWaiterOf,
  futexWaiters,
} from './futex-queue';
import { processLock } from './process';
import { threadFindLocked, threadQueue } from './thread-group';

export const FUTEX_WAITERS: u32 = 0x8000_0000;
export const FUTEX_OWNER_DIED: u32 = 0x4000_0000;
export const FUTEX_TID_MASK: u32 = 0x3fff_ffff;
const KEY: usize = 16;
/** Not an errno: the word changed meanwhile, look again. */
const AGAIN: i32 = 1;
const FAULTED: i32 = 2;

/** Takes the lock, waiting for it unless `tryOnly`: 0 or a negative errno. */
export function futexLockPi(address: u64, isPrivate: bool, tryOnly: bool, until: Deadline): i32 {
  const t = currentThread();
  let result = AGAIN;
  while (result > 0) {
    const key = changetype<FutexKey>(threadScratch(t) + KEY);
    const error = futexKeyOf(address, isPrivate, key);
    if (error < 0) return error;
    if (result == FAULTED && fetchWritablePage(t, address) < 0) return -EFAULT;
    const flags = lockIrqSave(processLock());
    const seen = loadQuietly(t, address) == 0 ? loadedWord(t) & FUTEX_TID_MASK : 0;
    const owner = threadFindLocked(<i32>seen);
    acquire(futexLock());
    release(processLock());
    result = attempt(t, address, key, seen, owner, tryOnly, until);
    unlockIrqRestore(futexLock(), flags);
  }
  return result == -EINTR ? -ERESTARTNOINTR : result;
}

/** One look at the word with the futex lock held: 0, a negative errno, AGAIN or FAULTED. */
function attempt(
  t: Thread,
  address: u64,
  key: FutexKey,
  seen: u32,
  owner: Thread,
  tryOnly: bool,
  until: Deadline,
): i32 {
  if (loadQuietly(t, address) < 0) return FAULTED;
  const word = loadedWord(t);
  const holder = word & FUTEX_TID_MASK;
  if (holder == <u32>t.id) return -EDEADLK;
  if (holder != seen) return AGAIN;
  if (holder == 0) {
    const waiters = changetype<usize>(futexFirst(key)) != 0 ? FUTEX_WAITERS : 0;
    const mine = (<u32>t.id) | (word & FUTEX_OWNER_DIED) | waiters;
    return exchanged(t, address, word, mine);
  }
  if (tryOnly) return -EAGAIN;
  if (changetype<usize>(owner) == 0 || owner.futexDead != 0) return -ESRCH;
  for (let o = owner; o.futexQueued != 0 && o.piOwner != 0; o = changetype<Thread>(o.piOwner)) {
    if (o.piOwner == changetype<usize>(t)) return -EDEADLK;
  }
  if ((word & FUTEX_WAITERS) == 0) {
    const result = exchanged(t, address, word, word | FUTEX_WAITERS);
    if (result != 0) return result;
  }
  t.futexBits = 0;
  t.piOwner = changetype<usize>(owner);
  owner.piWaiters++;
  futexEnqueue(t, key);
  lend(owner, threadPriority(t));
  const result = sleepQueued(t, until);
  if (result < 0) {
    const lender = changetype<Thread>(t.piOwner);
    lender.piWaiters--;
    t.piOwner = 0;
    settlePriority(lender);
  }
  return result;
}

function exchanged(t: Thread, address: u64, old: u32, value: u32): i32 {
  if (exchangeQuietly(t, address, old, value) < 0) return FAULTED;
  return loadedWord(t) == old ? 0 : AGAIN;
}

/** Gives the lock to the most urgent waiter, or to nobody: 0, -EPERM when the caller does not hold it, -EFAULT. */
export function futexUnlockPi(address: u64, isPrivate: bool): i32 {
  const t = currentThread();
  let result = AGAIN;
  while (result > 0) {
    const key = changetype<FutexKey>(threadScratch(t) + KEY);
    const error = futexKeyOf(address, isPrivate, key);
    if (error < 0) return error;
    if (result == FAULTED && fetchWritablePage(t, address) < 0) return -EFAULT;
    const flags = lockIrqSave(futexLock());
    if (loadQuietly(t, address) < 0) result = FAULTED;
    else if ((loadedWord(t) & FUTEX_TID_MASK) != <u32>t.id) result = -EPERM;
    else result = handOver(t, t, address, key, 0);
    unlockIrqRestore(futexLock(), flags);
  }
  return result;
}

/** The word, which is in scratch, gets the next owner, and `extra` bits. 0, AGAIN or FAULTED. */
function handOver(me: Thread, owner: Thread, address: u64, key: FutexKey, extra: u32): i32 {
  const word = loadedWord(me);
  const next = futexFirst(key);
  if (changetype<usize>(next) == 0) return exchanged(me, address, word, extra);
  const more = changetype<usize>(futexNextOf(next, key)) != 0 ? FUTEX_WAITERS : 0;
  const result = exchanged(me, address, word, (<u32>next.id) | more | extra);
  if (result != 0) return result;
  pass(owner, next, key);
  return 0;
}

/** `next` owns the futex now, and those that wait for it wait for `next`. */
function pass(owner: Thread, next: Thread, key: FutexKey): void {
  futexDequeue(next);
  next.piOwner = 0;
  owner.piWaiters--;
  let urgent: u32 = 0;
  for (let w = futexFirst(key); changetype<usize>(w) != 0; w = futexNextOf(w, key)) {
    w.piOwner = changetype<usize>(next);
    owner.piWaiters--;
    next.piWaiters++;
    urgent = max(urgent, threadPriority(w));
  }
  if (urgent != 0) lend(next, urgent);
  settlePriority(owner);
  wakeAll(threadQueue(next));
}

/** The owner, and those that it waits for in turn, become at least as urgent. */
function lend(owner: Thread, priority: u32): void {
  let o = owner;
  while (threadPriority(o) < priority) {
    boostPriority(o, priority);
    if (o.futexQueued == 0) return;
    const key = changetype<FutexKey>(threadScratch(currentThread()) + KEY + 16);
    key.at = o.futexKey;
    key.space = o.futexSpace;
    futexDequeue(o);
    futexEnqueue(o, key);
    if (o.piOwner == 0) return;
    o = changetype<Thread>(o.piOwner);
  }
}

/** What waiters still lend. */
function settlePriority(owner: Thread): void {
  boostPriority(owner, owner.piWaiters == 0 ? 0 : futexWaiters(changetype<usize>(owner)));
}

/** The priority that waiters lend to `t`, 0 when none does. */
export function futexLentPriority(t: Thread): u32 {
  if (t.piWaiters == 0) return 0;
  const flags = lockIrqSave(futexLock());
  const lent = futexWaiters(changetype<usize>(t));
  unlockIrqRestore(futexLock(), flags);
  return lent;
}

/** The priority of `t` was set: if it waits for a PI futex, it has another place, and its owner another priority. */
export function futexWaiterChanged(t: Thread): void {
  if (t.futexQueued == 0 || t.piOwner == 0) return;
  const flags = lockIrqSave(futexLock());
  if (t.futexQueued != 0 && t.piOwner != 0) {
    const key = changetype<FutexKey>(threadScratch(currentThread()) + KEY);
    key.at = t.futexKey;
    key.space = t.futexSpace;
    futexDequeue(t);
    futexEnqueue(t, key);
    settlePriority(changetype<Thread>(t.piOwner));
    lend(changetype<Thread>(t.piOwner), threadPriority(t));
  }
  unlockIrqRestore(futexLock(), flags);
}

/** The thread ends: PI futexes that others wait for go to the next, marked (FUTEX_OWNER_DIED). */
export function futexPiExit(t: Thread): void {
  const flags = lockIrqSave(futexLock());
  t.futexDead = 1;
  while (t.piWaiters != 0) {
    const first = futexWaiterOf(changetype<usize>(t));
    if (changetype<usize>(first) == 0) break;
    const key = changetype<FutexKey>(threadScratch(t) + KEY);
    key.at = first.futexKey;
    key.space = first.futexSpace;
    const private_ = key.space != 0;
    if (private_ && loadQuietly(t, key.at) == 0 && (loadedWord(t) & FUTEX_TID_MASK) == <u32>t.id) {
      if (handOver(t, t, key.at, key, FUTEX_OWNER_DIED) == 0) continue;
    }
    pass(t, first, key);
  }
  unlockIrqRestore(futexLock(), flags);
}
