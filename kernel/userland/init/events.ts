// What init waits for: a child that has ended (SIGCHLD), and requests: SIGUSR2 to turn the machine off (the kernel sends it
// when the power button is pressed; kernel/proc/shutdown.ts), SIGUSR1 to halt, SIGTERM to start it again, SIGINT for
// Ctrl-Alt-Del, SIGHUP to read /etc/inittab again. The numbers are those of busybox's init.
//
// All are blocked and taken by sigtimedwait: one that comes between the last look and the wait is not lost. The handler
// is never called; without one they would be dropped, and the kernel would see that nobody listens.

import { changeMask, MaskChange, Restart, setHandler, signalBit, waitForSignal } from '../lib/handler';
import { Signal } from '../lib/signal';

let asked: i32 = 0;

function neverCalled(_signal: i32): void {}

function requests(): u64 {
  return (
    signalBit(Signal.USR1) |
    signalBit(Signal.USR2) |
    signalBit(Signal.TERM) |
    signalBit(Signal.INT) |
    signalBit(Signal.HUP)
  );
}

function awaited(): u64 {
  return signalBit(Signal.CHLD) | requests();
}

export function listen(): void {
  changeMask(MaskChange.block, awaited());
  for (let signal = 1; signal < 32; signal++) {
    if ((awaited() & signalBit(signal)) != 0) setHandler(signal, neverCalled, Restart.always);
  }
}

/** In a child, before it becomes another program: the mask outlives exec. */
export function stopListening(): void {
  changeMask(MaskChange.unblock, awaited());
}

/** The signal of a request since the last question, or 0. */
export function takeRequest(): i32 {
  const was = asked;
  asked = 0;
  return was;
}

/** Returns after an event, after this time in nanoseconds (-1: never), or for no reason. */
export function waitForEvent(nanoseconds: i64): void {
  const signal = waitForSignal(awaited(), nanoseconds);
  if (signal > 0 && signal != Signal.CHLD) asked = signal;
}
