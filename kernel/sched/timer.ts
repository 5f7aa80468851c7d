/**
 * One-shot timers on a hierarchical timing wheel: four levels of 64 slots, 1 ms apart on the lowest
 * (Varghese and Lauck, SOSP 1987, scheme 7). Starting and cancelling are O(1).
 *
 * A timer is embedded in its owner (TIMER_SIZE zeroed bytes). Its function runs in the timer interrupt: short, no
 * sleeping; it may start the timer again. The owner must stay alive until the timer has fired or been cancelled.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { pause } from '../arch/x86_64/cpu';
import { NS_PER_MS, nowNs, realtimeNs } from './clock';

export { nowNs, realtimeNs };

@unmanaged
export class Timer {
  next: usize;
  previous: usize;
  /** Millisecond in which it fires. */
  dueMs: u64;
  argument: usize;
  callback: u32;
  active: u32;
  slot: usize;
}

export const TIMER_SIZE: usize = 48;

const LEVELS: u32 = 4;
const SLOT_BITS: u32 = 6;
const SLOTS: u32 = 64;
const SLOT_MASK: u64 = 63;
/** Farther deadlines wait in the last slot of the highest level and are sorted in again from there. */
const HORIZON_MS: u64 = (<u64>1) << (LEVELS * SLOT_BITS);

const lock = memory.data(4, 4);
/** List heads by level and slot. */
const wheel = memory.data(4 * 64 * 8, 8);
let wheelMs: u64 = 0;
/** Address of the timer whose function runs, or 0. */
const running = memory.data(8, 8);

/** Fires once `nowNs()` has reached `deadlineNs`, at the next tick. An active timer is moved. */
export function timerStart(timer: Timer, deadlineNs: u64, callback: u32, argument: usize): void {
  const flags = lockIrqSave(lock);
  if (timer.active != 0) remove(timer);
  timer.dueMs = (deadlineNs + NS_PER_MS - 1) / NS_PER_MS;
  timer.callback = callback;
  timer.argument = argument;
  insert(timer, wheelMs + 1);
  unlockIrqRestore(lock, flags);
}

/** True when it had not fired yet. */
export function timerCancel(timer: Timer): bool {
  const flags = lockIrqSave(lock);
  const was = timer.active != 0;
  if (was) remove(timer);
  unlockIrqRestore(lock, flags);
  return was;
}

/** As timerCancel, and its function does not run any more when this returns. Not from that function. */
export function timerCancelSync(timer: Timer): void {
  timerCancel(timer);
  while (atomic.load<usize>(running) == changetype<usize>(timer)) pause();
}

/** From the timer interrupt: runs what is due. */
export function timersRun(): void {
  const now = nowNs() / NS_PER_MS;
  let flags = lockIrqSave(lock);
  while (wheelMs < now) {
    wheelMs++;
    cascade();
    const head = wheel + <usize>(wheelMs & SLOT_MASK) * 8;
    while (load<usize>(head) != 0) {
      const timer = changetype<Timer>(load<usize>(head));
      remove(timer);
      const callback = timer.callback;
      const argument = timer.argument;
      atomic.store<usize>(running, changetype<usize>(timer));
      unlockIrqRestore(lock, flags);
      call_indirect<void>(callback, argument);
      flags = lockIrqSave(lock);
      atomic.store<usize>(running, 0);
    }
  }
  unlockIrqRestore(lock, flags);
}

/** Moves the timers of each higher slot that has just begun down to where they belong now. */
function cascade(): void {
  for (let level: u32 = 1; level < LEVELS; level++) {
    if ((wheelMs & (((<u64>1) << (level * SLOT_BITS)) - 1)) != 0) return;
    const head = slotHead(level, wheelMs);
    let at = load<usize>(head);
    store<usize>(head, 0);
    while (at != 0) {
      const timer = changetype<Timer>(at);
      at = timer.next;
      insert(timer, wheelMs);
    }
  }
}

/** `earliest`: the next millisecond whose slot has not been emptied yet. */
function insert(timer: Timer, earliest: u64): void {
  let due = max(timer.dueMs, earliest);
  let distance = due - wheelMs;
  if (distance >= HORIZON_MS) {
    due = wheelMs + HORIZON_MS - 1;
    distance = HORIZON_MS - 1;
  }
  let level: u32 = 0;
  while (distance >= (<u64>SLOTS) << (level * SLOT_BITS)) level++;
  const head = slotHead(level, due);
  timer.slot = head;
  timer.active = 1;
  timer.previous = 0;
  timer.next = load<usize>(head);
  if (timer.next != 0) changetype<Timer>(timer.next).previous = changetype<usize>(timer);
  store<usize>(head, changetype<usize>(timer));
}

function remove(timer: Timer): void {
  if (timer.previous != 0) changetype<Timer>(timer.previous).next = timer.next;
  else store<usize>(timer.slot, timer.next);
  if (timer.next != 0) changetype<Timer>(timer.next).previous = timer.previous;
  timer.active = 0;
}

function slotHead(level: u32, ms: u64): usize {
  return wheel + <usize>(level * SLOTS + <u32>((ms >> (level * SLOT_BITS)) & SLOT_MASK)) * 8;
}
