// Signal handlers, and the set of blocked signals.
//
// Rules: a handler is a function of this module, takes the signal's number, and may interrupt anything: let it set a
// global and no more. Signal sets have bit n - 1 for signal n. Results are negative errno on failure.
// Source: POSIX sigaction(), sigprocmask(), sigtimedwait(), pause(); Linux rt_sigaction(2) for the structure and the restorer.

import { Sys, syscall } from './syscall';

/** What happens to a call that a handled signal interrupts. */
export const enum Restart {
  /** It fails with EINTR. */
  never = 0,
  /** It goes on, where it can. */
  always = 0x10000000,
}

export const enum MaskChange {
  block = 0,
  unblock = 1,
  set = 2,
}

const SA_RESTORER: u64 = 0x04000000;

/** Defined in imports.h. */
declare function entry(): usize;
declare function restorer(): usize;

/** Function table indices, by signal. */
const handlers = memory.data(256, 4);

/** Lets `handler` be called for the signal; other signals stay unblocked meanwhile. */
export function setHandler(signal: i32, handler: (signal: i32) => void, restart: u32): i32 {
  if (signal < 1 || signal > 63) return <i32>syscall(Sys.rt_sigaction, signal, 0, 0, 8);
  store<u32>(handlers + ((<usize>signal) << 2), handler.index);
  const action = memory.data(32, 8);
  store<usize>(action, entry());
  store<u64>(action, SA_RESTORER | restart, 8);
  store<usize>(action, restorer(), 16);
  store<u64>(action, 0, 24);
  return <i32>syscall(Sys.rt_sigaction, signal, action, 0, 8);
}

/** Called by start.ts when a signal has come. */
export function runHandler(signal: i32): void {
  call_indirect<void>(load<u32>(handlers + ((<usize>signal) << 2)), signal);
}

/** Changes the set of blocked signals. */
export function changeMask(change: u32, signals: u64): i32 {
  const set = memory.data(8, 8);
  store<u64>(set, signals);
  return <i32>syscall(Sys.rt_sigprocmask, change, set, 0, 8);
}

/** The set of blocked signals. */
export function blockedSignals(): u64 {
  const set = memory.data(8, 8);
  return syscall(Sys.rt_sigprocmask, MaskChange.block, 0, set, 8) < 0 ? 0 : load<u64>(set);
}

/**
 * Takes a blocked signal of the set without its handler, or waits for one; `nanoseconds` of -1: for ever. Its number;
 * -EAGAIN when none came in time, -EINTR when another signal did.
 */
export function waitForSignal(signals: u64, nanoseconds: i64): i32 {
  const set = memory.data(8, 8);
  const timeout = memory.data(16, 8);
  store<u64>(set, signals);
  store<i64>(timeout, nanoseconds / 1000000000);
  store<i64>(timeout, nanoseconds % 1000000000, 8);
  return <i32>syscall(Sys.rt_sigtimedwait, set, 0, nanoseconds < 0 ? 0 : timeout, 8);
}

/** Bit of a signal in a set. */
export function signalBit(signal: i32): u64 {
  return (<u64>1) << (<u64>signal - 1);
}
