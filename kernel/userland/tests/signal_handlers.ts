// Signal handlers: called with the signal's number, the interrupted code goes on as if nothing had been; blocking; EINTR;
// what fork and exec make of them.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import {
  blockedSignals,
  changeMask,
  MaskChange,
  Restart,
  setHandler,
  signalBit,
  waitForSignal,
} from '../lib/handler';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { holdRegisters } from '../lib/machine';
import { make } from '../lib/malloc';
import { execve, fork, getpid } from '../lib/process';
import { Disposition, kill, setDisposition, Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, checkKilled, checkSucceeds, finish, waitStatus } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

const MILLISECOND: i64 = 1_000_000;
/** How often handle() was called, and with what last: memory, because the optimiser knows nothing of handlers. */
const calls = memory.data(8, 8);

function handle(signal: i32): void {
  atomic.store<u32>(calls, atomic.load<u32>(calls) + 1);
  atomic.store<u32>(calls + 4, signal);
}

function count(): u32 {
  return atomic.load<u32>(calls);
}

function lastSignal(): u32 {
  return atomic.load<u32>(calls + 4);
}

/** Uses every register that the interrupted code may be using. */
function handleBusily(signal: i32): void {
  holdRegisters(0x5555_5555_5555, 1000);
  handle(signal);
}

/** A child that sends this process `signal` every few milliseconds until it is killed. */
function startSender(signal: i32): i32 {
  const target = getpid();
  const pid = fork();
  if (pid == 0) while (kill(target, signal) == 0) sleepNs(2 * MILLISECOND);
  return pid;
}

function stopSender(pid: i32): void {
  kill(pid, Signal.KILL);
  waitStatus(pid);
}

function basics(): i32 {
  setHandler(Signal.USR1, handle, Restart.never);
  kill(getpid(), Signal.USR1);
  return count() == 1 && lastSignal() == Signal.USR1 ? 0 : 1;
}

/** Registers survive handlers that come at any moment. */
function registers(): i32 {
  setHandler(Signal.USR1, handleBusily, Restart.never);
  const sender = startSender(Signal.USR1);
  const end = monotonicNs() + 300 * MILLISECOND;
  let lost = false;
  while (monotonicNs() < end) if (holdRegisters(0x1234_5678_9abc, 200_000)) lost = true;
  stopSender(sender);
  return lost ? 1 : count() > 3 ? 0 : 2;
}

function interruptsSleep(): i32 {
  setHandler(Signal.USR1, handle, Restart.always);
  const sender = startSender(Signal.USR1);
  const pair = memory.data(16, 8);
  store<i64>(pair, 10);
  store<i64>(pair, 0, 8);
  const result = syscall(Sys.nanosleep, pair, pair);
  stopSender(sender);
  if (result != -Errno.INTR) return 1;
  // The time that was left is in the second pair, which is the first; all of it when the signal came at once.
  return load<i64>(pair) >= 8 && load<i64>(pair) <= 10 ? 0 : 2;
}

/** wait() with SA_RESTART goes on; without it, it fails with EINTR. */
function interruptsWait(): i32 {
  setHandler(Signal.USR1, handle, Restart.always);
  const sleeper = fork();
  if (sleeper == 0) {
    sleepNs(150 * MILLISECOND);
    exit(7);
  }
  let sender = startSender(Signal.USR1);
  const status = memory.data(4, 4);
  let result = syscall(Sys.wait4, sleeper, status, 0, 0);
  stopSender(sender);
  if (result != sleeper || load<i32>(status) != 7 << 8 || !count()) return 1;
  setHandler(Signal.USR1, handle, Restart.never);
  const other = fork();
  if (other == 0) {
    sleepNs(20_000 * MILLISECOND);
    exit(7);
  }
  sender = startSender(Signal.USR1);
  result = syscall(Sys.wait4, other, status, 0, 0);
  stopSender(sender);
  kill(other, Signal.KILL);
  waitStatus(other);
  return result == -Errno.INTR ? 0 : 2;
}

function blocking(): i32 {
  setHandler(Signal.USR1, handle, Restart.never);
  setHandler(Signal.USR2, handle, Restart.never);
  changeMask(MaskChange.block, signalBit(Signal.USR1));
  kill(getpid(), Signal.USR1);
  kill(getpid(), Signal.USR1);
  if (count() != 0) return 1;
  kill(getpid(), Signal.USR2);
  if (count() != 1 || lastSignal() != Signal.USR2) return 2;
  if (!(blockedSignals() & signalBit(Signal.USR1))) return 3;
  changeMask(MaskChange.unblock, signalBit(Signal.USR1));
  // Sent twice, delivered once: a classic signal is pending or not.
  if (count() != 2 || lastSignal() != Signal.USR1) return 4;
  changeMask(MaskChange.set, u64.MAX_VALUE);
  return blockedSignals() & (signalBit(Signal.KILL) | signalBit(Signal.STOP)) ? 5 : 0;
}

/** Blocked signals are taken without their handler, one that is pending at once and one that comes later. */
function taken(): i32 {
  setHandler(Signal.USR1, handle, Restart.never);
  setHandler(Signal.USR2, handle, Restart.never);
  const set = signalBit(Signal.USR1);
  changeMask(MaskChange.block, set);
  if (waitForSignal(set, 0) != -Errno.AGAIN || waitForSignal(set, 20 * MILLISECOND) != -Errno.AGAIN) return 1;
  kill(getpid(), Signal.USR1);
  if (waitForSignal(set, -1) != Signal.USR1 || waitForSignal(set, 0) != -Errno.AGAIN) return 2;
  let sender = startSender(Signal.USR1);
  const later = waitForSignal(set, -1);
  stopSender(sender);
  if (later != Signal.USR1 || count() != 0 || blockedSignals() != set) return 3;
  sender = startSender(Signal.USR2);
  const other = waitForSignal(0, -1);
  stopSender(sender);
  return other == -Errno.INTR && count() > 0 && lastSignal() == Signal.USR2 ? 0 : 4;
}

/** Its own signal is blocked while a handler runs, and comes after it. */
function nested(): i32 {
  setHandler(Signal.USR1, handleNested, Restart.never);
  kill(getpid(), Signal.USR1);
  return count() == 2 ? 0 : 1;
}

function handleNested(signal: i32): void {
  handle(signal);
  const before = count();
  if (before == 1) {
    kill(getpid(), Signal.USR1);
    if (count() != 1 || !(blockedSignals() & signalBit(Signal.USR1))) exit(9);
  }
}

function onFault(signal: i32): void {
  exit(signal == Signal.SEGV ? 33 : 34);
}

/** A fault has a handler, which may end the program in order. */
function fault(): i32 {
  setHandler(Signal.SEGV, onFault, Restart.never);
  atomic.store<u32>(0, 1);
  return 1;
}

function faultWhileBlocked(): i32 {
  setHandler(Signal.SEGV, onFault, Restart.never);
  changeMask(MaskChange.block, signalBit(Signal.SEGV));
  atomic.store<u32>(0, 1);
  return 1;
}

/** fork keeps handlers; exec makes them default, and keeps what is ignored. */
function inherited(): i32 {
  setHandler(Signal.USR1, handle, Restart.never);
  setDisposition(Signal.USR2, Disposition.ignore);
  let pid = fork();
  if (pid == 0) {
    kill(getpid(), Signal.USR1);
    exit(count() == 1 ? 0 : 1);
  }
  if (waitStatus(pid) != 0) return 1;
  pid = fork();
  if (pid == 0) {
    const argv = make<List>();
    argv.append(literal('signal_handlers'));
    argv.append(literal('--child'));
    const envp = make<List>();
    envp.append(literal('A=1'));
    execve(argument(0), argv.values, envp.values);
    exit(99);
  }
  return (waitStatus(pid) & 0x7f) == Signal.USR1 ? 0 : 2;
}

function asChild(): i32 {
  kill(getpid(), Signal.USR2);
  kill(getpid(), Signal.USR1);
  return 1;
}

export function main(): i32 {
  if (argumentCount() > 1 && bytesAre(argument(1), '--child')) return asChild();
  checkSucceeds(basics, 'a handler is called');
  checkSucceeds(registers, 'registers survive handlers');
  checkSucceeds(interruptsSleep, 'nanosleep is interrupted and says what is left');
  checkSucceeds(interruptsWait, 'wait4 is interrupted or goes on');
  checkSucceeds(blocking, 'blocked signals wait');
  checkSucceeds(taken, 'sigtimedwait takes blocked signals');
  checkSucceeds(nested, 'the own signal is blocked in its handler');
  const pid = fork();
  if (pid == 0) exit(fault());
  checkEqual(waitStatus(pid), 33 << 8, 'a handler for SIGSEGV');
  checkKilled(faultWhileBlocked, Signal.SEGV, 'a fault whose signal is blocked');
  checkSucceeds(inherited, 'fork keeps handlers, exec does not');
  checkError(setHandler(Signal.KILL, handle, Restart.never), Errno.INVAL, 'a handler for SIGKILL');
  check(setDisposition(Signal.USR1, Disposition.standard) == 0, 'back to the default');
  return finish('signal_handlers', 'rt_sigaction, rt_sigreturn: the frame holds all registers and the mask');
}
