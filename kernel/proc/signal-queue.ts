/**
 * Pending signals: a set of bits and a list of what each says, for a process (any of its threads) and for each thread.
 *
 * - Signals below SIGNAL_RT_MIN are pending once; real-time signals queue up, first in, first out (POSIX 2.4.2).
 * - The bits are the truth: a signal whose record could not be had (memory, RLIMIT_SIGPENDING) is pending without one
 *   and is then SI_USER from nobody.
 * - A record that belongs to something else (a timer) is not freed: QUEUED_EMBEDDED.
 * - The caller holds processLock.
 */
import { kfree, kmalloc } from '../mm/kmalloc';
import { Thread } from '../sched/tcb';
import { Process } from './process';
import { SIGNAL_INFO_SIZE, SI_USER, SignalInfo, signalInfoSet } from './signal-info';
import { SIGNAL_RT_MIN, SYNCHRONOUS, signalBit } from './signal-numbers';
import { UserAccount, accountMayQueue } from './user-account';

@unmanaged
export class QueuedSignal {
  next: usize;
  /** Whose RLIMIT_SIGPENDING it counts against (user-account.ts); 0 when not counted. */
  account: usize;
  flags: u32;
  /** QUEUED_PENDING of an embedded one: it is in a list. */
  state: u32;
  /** For whoever embeds it: function index called with the record's address when it is taken, 0 for none. */
  onTaken: u32;
  padding: u32;
  info0: u64;
  info1: u64;
  info2: u64;
  info3: u64;
  info4: u64;
  info5: u64;
}

export const QUEUED_EMBEDDED: u32 = 1;
export const QUEUED_PENDING: u32 = 1;

/** Bits, head and tail lie one after the other in Thread and in Process. */
@unmanaged
export class PendingSignals {
  bits: u64;
  head: usize;
  tail: usize;
}

export function pendingOfThread(t: Thread): PendingSignals {
  return changetype<PendingSignals>(changetype<usize>(t) + offsetof<Thread>('pending'));
}

export function pendingOfProcess(p: Process): PendingSignals {
  return changetype<PendingSignals>(changetype<usize>(p) + offsetof<Process>('pendingSignals'));
}

export function queuedInfo(q: QueuedSignal): SignalInfo {
  return changetype<SignalInfo>(changetype<usize>(q) + offsetof<QueuedSignal>('info0'));
}

/**
 * Adds a signal. `info` is copied; null for a signal that has nothing to say. False when a real-time signal could not be
 * queued: it then is pending all the same unless its sender must hear of it (sigqueue: EAGAIN).
 */
export function pendingAdd(
  set: PendingSignals,
  signal: i32,
  info: SignalInfo,
  account: UserAccount,
  limit: u64,
): bool {
  const bit = signalBit(signal);
  if (signal < SIGNAL_RT_MIN && (set.bits & bit) != 0) return true;
  if (changetype<usize>(info) == 0) {
    set.bits |= bit;
    return true;
  }
  const counted = accountMayQueue(account, limit);
  const q = counted
    ? changetype<QueuedSignal>(kmalloc(offsetof<QueuedSignal>()))
    : changetype<QueuedSignal>(<usize>0);
  if (changetype<usize>(q) == 0) {
    if (signal >= SIGNAL_RT_MIN && info.code != SI_USER) return false;
    set.bits |= bit;
    return true;
  }
  q.account = changetype<usize>(account);
  account.queuedSignals++;
  memory.copy(changetype<usize>(queuedInfo(q)), changetype<usize>(info), SIGNAL_INFO_SIZE);
  append(set, q);
  set.bits |= bit;
  return true;
}

/** Adds a record that its owner keeps; false when it is in a list already. */
export function pendingAddEmbedded(set: PendingSignals, q: QueuedSignal): bool {
  if (q.state == QUEUED_PENDING) return false;
  q.flags = QUEUED_EMBEDDED;
  q.state = QUEUED_PENDING;
  append(set, q);
  set.bits |= signalBit(queuedInfo(q).signal);
  return true;
}

/** The signal of `wanted` that is taken next: what the processor raised first, then by number; 0 when there is none. */
export function pendingNext(set: PendingSignals, wanted: u64): i32 {
  let found = set.bits & wanted;
  if (found == 0) return 0;
  if ((found & SYNCHRONOUS) != 0) found &= SYNCHRONOUS;
  return <i32>ctz(found) + 1;
}

/** Takes the oldest record of `signal` out and fills `out`; another of a real-time signal stays pending. */
export function pendingTake(set: PendingSignals, signal: i32, out: SignalInfo): void {
  let previous: usize = 0;
  let at = set.head;
  while (at != 0 && queuedInfo(changetype<QueuedSignal>(at)).signal != signal) {
    previous = at;
    at = changetype<QueuedSignal>(at).next;
  }
  let more = false;
  if (at == 0) {
    signalInfoSet(out, signal, SI_USER, 0, 0);
  } else {
    const q = changetype<QueuedSignal>(at);
    unlink(set, previous, q);
    if (q.onTaken != 0) call_indirect<void>(q.onTaken, at);
    memory.copy(changetype<usize>(out), changetype<usize>(queuedInfo(q)), SIGNAL_INFO_SIZE);
    more = hasRecord(q.next, signal);
    dispose(q);
  }
  if (!more) set.bits &= ~signalBit(signal);
}

/** Drops all signals of `which` (a set), with what they say. */
export function pendingDrop(set: PendingSignals, which: u64): void {
  if ((set.bits & which) == 0) return;
  set.bits &= ~which;
  let previous: usize = 0;
  let at = set.head;
  while (at != 0) {
    const q = changetype<QueuedSignal>(at);
    at = q.next;
    if ((signalBit(queuedInfo(q).signal) & which) == 0) {
      previous = changetype<usize>(q);
      continue;
    }
    unlink(set, previous, q);
    dispose(q);
  }
}

/** Takes an embedded record out of the list that it may be in: before its owner goes. */
export function pendingRemoveEmbedded(set: PendingSignals, q: QueuedSignal): void {
  if (q.state != QUEUED_PENDING) return;
  let previous: usize = 0;
  let at = set.head;
  while (at != 0 && at != changetype<usize>(q)) {
    previous = at;
    at = changetype<QueuedSignal>(at).next;
  }
  if (at == 0) return;
  unlink(set, previous, q);
  q.state = 0;
  const signal = queuedInfo(q).signal;
  if (!hasRecord(set.head, signal)) set.bits &= ~signalBit(signal);
}

function append(set: PendingSignals, q: QueuedSignal): void {
  q.next = 0;
  if (set.tail != 0) changetype<QueuedSignal>(set.tail).next = changetype<usize>(q);
  else set.head = changetype<usize>(q);
  set.tail = changetype<usize>(q);
}

function unlink(set: PendingSignals, previous: usize, q: QueuedSignal): void {
  if (previous != 0) changetype<QueuedSignal>(previous).next = q.next;
  else set.head = q.next;
  if (set.tail == changetype<usize>(q)) set.tail = previous;
}

function hasRecord(from: usize, signal: i32): bool {
  for (let at = from; at != 0; at = changetype<QueuedSignal>(at).next) {
    if (queuedInfo(changetype<QueuedSignal>(at)).signal == signal) return true;
  }
  return false;
}

function dispose(q: QueuedSignal): void {
  if ((q.flags & QUEUED_EMBEDDED) != 0) {
    q.state = 0;
    return;
  }
  if (q.account != 0) changetype<UserAccount>(q.account).queuedSignals--;
  kfree(changetype<usize>(q));
}
