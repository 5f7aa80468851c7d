// Traps, and what the shell does with signals. Source: POSIX trap, 2.11 (signals), sh (asynchronous events).
//
// Rules: a handler only notes the signal; runTraps() runs the actions between commands. A signal that was ignored when a
// shell that is not interactive began stays ignored (POSIX trap).

import { Restart, setHandler } from '../lib/handler';
import { duplicateBytes } from '../lib/bytes';
import { free, mustAllocate } from '../lib/malloc';
import { Disposition, setDisposition, Signal, SIGNAL_COUNT, isIgnored } from '../lib/signal';
import { evaluateText } from './script';
import {
  inChild,
  interactive,
  lastStatus,
  Leaving,
  leaving,
  Option,
  option,
  setLastStatus,
  setLeaving,
  levels,
} from './state';

/** The action of each signal, 0 for EXIT: 0 none, an empty string to ignore it. */
const actions = memory.data(256, 8);
const caught = memory.data(64);
const ignoredAtStart = memory.data(64);
/** In a subshell that has set no trap yet: the actions of the shell that it comes from. */
const actionsBefore = memory.data(256, 8);
let tellsBefore = false;
/** Something of `caught` is set. */
let anyCaught = false;
/** ^C in an interactive shell. */
export let interrupted = false;
let running = false;

function actionAt(signal: i32): usize {
  return load<usize>(actions + ((<usize>signal) << 3));
}

/** What `trap` tells. In a subshell these are the actions from before it, until it sets one (POSIX trap). */
export function trapAction(signal: i32): usize {
  return tellsBefore ? load<usize>(actionsBefore + ((<usize>signal) << 3)) : actionAt(signal);
}

export function clearInterrupted(): void {
  interrupted = false;
}

/** Called once. */
export function startTraps(): void {
  for (let signal = 1; signal < SIGNAL_COUNT; signal++) {
    if (isIgnored(signal)) store<u8>(ignoredAtStart + <usize>signal, 1);
  }
}

function onTrapped(signal: i32): void {
  store<u8>(caught + <usize>signal, 1);
  anyCaught = true;
}

function onInterrupt(_signal: i32): void {
  interrupted = true;
}

/** Whether a signal with an action has come. */
export function trapPending(): bool {
  return anyCaught || interrupted;
}

/** The signal that has come and has an action, 0 for none. */
export function caughtSignal(): i32 {
  for (let signal = 1; signal < SIGNAL_COUNT; signal++) if (load<u8>(caught + <usize>signal)) return signal;
  return interrupted ? Signal.INT : 0;
}

/** Makes the system do with the signal what traps and options say. */
export function updateSignal(signal: i32): void {
  if (signal == 0 || signal == Signal.KILL || signal == Signal.STOP) return;
  const action = actionAt(signal);
  if (action) {
    if (load<u8>(action)) setHandler(signal, onTrapped, Restart.never);
    else setDisposition(signal, Disposition.ignore);
    return;
  }
  if (!inChild && interactive && signal == Signal.INT) {
    setHandler(signal, onInterrupt, Restart.never);
    return;
  }
  const isJobSignal = signal == Signal.TSTP || signal == Signal.TTIN || signal == Signal.TTOU;
  const ignored =
    (!inChild && interactive && (signal == Signal.QUIT || signal == Signal.TERM)) ||
    (!inChild && isJobSignal && option(Option.monitor)) ||
    (load<u8>(ignoredAtStart + <usize>signal) != 0 && !(isJobSignal && option(Option.monitor)));
  setDisposition(signal, ignored ? Disposition.ignore : Disposition.standard);
}

/** After a change of `interactive` or `set -m`. */
export function updateSignals(): void {
  updateSignal(Signal.INT);
  updateSignal(Signal.QUIT);
  updateSignal(Signal.TERM);
  updateSignal(Signal.TSTP);
  updateSignal(Signal.TTIN);
  updateSignal(Signal.TTOU);
}

/** Sets the action (copied), or with 0 the default. */
export function setTrap(signal: i32, action: usize): void {
  if (signal && load<u8>(ignoredAtStart + <usize>signal) && !interactive) return;
  tellsBefore = false;
  const copy = action ? mustAllocate(duplicateBytes(action)) : 0;
  free(actionAt(signal));
  store<usize>(actions + ((<usize>signal) << 3), copy);
  updateSignal(signal);
}

/** In a subshell: signals with an action get their default again; those that are ignored stay so. */
export function forgetTraps(): void {
  memory.fill(caught, 0, 64);
  anyCaught = false;
  interrupted = false;
  for (let signal = 0; signal < SIGNAL_COUNT; signal++)
    store<usize>(actionsBefore + ((<usize>signal) << 3), trapAction(signal));
  tellsBefore = true;
  for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
    const action = actionAt(signal);
    if (!action || !load<u8>(action)) continue;
    store<usize>(actions + ((<usize>signal) << 3), 0);
    updateSignal(signal);
  }
}

/** In a background job without job control. */
export function ignoreKeys(): void {
  setDisposition(Signal.INT, Disposition.ignore);
  setDisposition(Signal.QUIT, Disposition.ignore);
  store<u8>(ignoredAtStart + <usize>Signal.INT, 1);
  store<u8>(ignoredAtStart + <usize>Signal.QUIT, 1);
}

/** Whether an action is set: the shell cannot be replaced by its last command then. */
export function hasTraps(): bool {
  for (let signal = 0; signal < SIGNAL_COUNT; signal++) {
    const action = actionAt(signal);
    if (action && load<u8>(action)) return true;
  }
  return false;
}

/** Runs the actions of the signals that have come. */
export function runTraps(): void {
  if (interrupted && interactive && leaving != Leaving.toPrompt) {
    setLastStatus(128 + Signal.INT);
    setLeaving(Leaving.toPrompt, 0);
  }
  if (!anyCaught || running) return;
  anyCaught = false;
  for (let signal = 1; signal < SIGNAL_COUNT; signal++) {
    if (!load<u8>(caught + <usize>signal)) continue;
    store<u8>(caught + <usize>signal, 0);
    runAction(actionAt(signal));
  }
}

function runAction(action: usize): void {
  if (!action || !load<u8>(action)) return;
  const status = lastStatus;
  const text = mustAllocate(duplicateBytes(action));
  running = true;
  const outerLeaving = leaving;
  const outerLevels = levels;
  setLeaving(Leaving.nothing, 0);
  evaluateText(text);
  running = false;
  free(text);
  if (leaving == Leaving.nothing) {
    setLeaving(outerLeaving, outerLevels);
    setLastStatus(status);
  }
}

/** Before the shell ends; the action may call exit. */
export function runExitTrap(): void {
  const action = actionAt(0);
  if (!action) return;
  store<usize>(actions, 0);
  running = false;
  const status = lastStatus;
  setLeaving(Leaving.nothing, 0);
  if (load<u8>(action)) evaluateText(action);
  setLastStatus(status);
}
