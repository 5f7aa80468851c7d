// What init waits for: a child that has ended (SIGCHLD), and the request to turn the machine off (SIGUSR2, which the
// kernel sends when the power button is pressed; kernel/proc/shutdown.ts).
//
// Both are blocked and taken by sigtimedwait: one that comes between the last look and the wait is not lost. The handler
// is never called; without one they would be dropped, and the kernel would see that nobody listens.

import { changeMask, MaskChange, Restart, setHandler, signalBit, waitForSignal } from '../lib/handler';
import { Signal } from '../lib/signal';

let asked: bool = false;

function neverCalled(_signal: i32): void {}

function awaited(): u64 {
  return signalBit(Signal.CHLD) | signalBit(Signal.USR2);
}

export function listen(): void {
  changeMask(MaskChange.block, awaited());
  setHandler(Signal.CHLD, neverCalled, Restart.always);
  setHandler(Signal.USR2, neverCalled, Restart.always);
}

/** In a child, before it becomes another program: the mask outlives exec. */
export function stopListening(): void {
  changeMask(MaskChange.unblock, awaited());
}

/** Whether the machine shall be turned off; true once a request. */
export function takePowerOffRequest(): bool {
  const was = asked;
  asked = false;
  return was;
}

/** Returns after an event, after this time in nanoseconds (-1: never), or for no reason. */
export function waitForEvent(nanoseconds: i64): void {
  if (waitForSignal(awaited(), nanoseconds) == Signal.USR2) asked = true;
}
