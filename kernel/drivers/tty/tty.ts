/**
 * Terminals: a line discipline between a driver (serial port, keyboard and screen, pty) and the programs that have the
 * terminal open.
 *
 * - The tty's spinlock guards all of its state; the driver's send function is called with it held and must not sleep.
 * - Input comes from kernel tasks or a pty's master through ttyInput(); ttyHasRoom() says when to stop: the driver keeps
 *   the rest, and its `drained` is called when there is room again.
 * - Signals from the keyboard are sent after the lock is given up.
 * - A Tty is never freed: a process may remember it as its controlling terminal.
 */
import { kfree, kmalloc } from '../../mm/kmalloc';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { signalGroup } from '../../proc/signal';
import { SIGCONT, SIGHUP, SIGWINCH } from '../../proc/signal-numbers';
import { WAIT_QUEUE_SIZE, WaitQueue, wakeAll } from '../../sched/wait-queue';
import {
  LINE_BUFFER_BYTES,
  LineBuffer,
  lineBufferClear,
  lineBufferHasLine,
  lineBufferInit,
  lineBufferRoom,
} from './line-buffer';
import { LineDiscipline, Received, lineDisciplineError, lineDisciplineInput } from './line-discipline';
import { TTY_OUTPUT_STAGE_BYTES, TtyOutput, ttyOutputFlush } from './output';
import { Cc, Iflag, Lflag, TERMIOS2_SIZE, Termios, controlChar, termiosDefaults } from './termios';
import { TTY_EVENT_FLUSH_WRITE, TTY_EVENT_START, TTY_EVENT_STOP, TtyDriver } from './tty-driver';

/** Below this much room a driver is asked to wait, as long as a reader can make room. */
const THROTTLE_ROOM: u32 = 256;

@unmanaged
export class Tty {
  /** A spinlock. */
  lock: u32;
  /** Device number: major and minor of the node. */
  major: u32;
  minor: u32;
  rows: u16;
  columns: u16;
  /** Pixels, for programs that ask. */
  width: u16;
  height: u16;
  /** Session whose controlling terminal this is, and its foreground process group; 0: none. */
  session: i32;
  foreground: i32;
  /** Signals to send once the lock is free: bit n is signal n. */
  pendingSignals: u32;
  /** Counts hang-ups: a file that was opened before the last one is dead. */
  generation: u32;
  /** How many open files there are. */
  opens: i32;
  /** The driver was told to wait. */
  throttled: bool;
  /** VSTOP was sent because the buffer is nearly full (IXOFF). */
  stopSent: bool;
  /** TIOCEXCL: nobody else may open it. */
  exclusive: bool;
  /** A pty's slave that is not unlocked yet, or whose master is closed. */
  closedToOpen: bool;
  /** The flow character on its way to the driver. */
  flowByte: u8;
  ld: LineDiscipline;
  readers: WaitQueue;
  writers: WaitQueue;
  driver: TtyDriver;
  argument: usize;
}

export function ttyLock(tty: Tty): usize {
  return changetype<usize>(tty) + offsetof<Tty>('lock');
}

function onSignal(argument: usize, signal: i32): void {
  changetype<Tty>(argument).pendingSignals |= 1 << signal;
}

/** A terminal on a driver; `baud` is a CBAUD code. null when out of memory. */
export function ttyCreate(driver: TtyDriver, baud: u32, argument: usize): Tty | null {
  const fixed =
    offsetof<Tty>() +
    offsetof<LineDiscipline>() +
    offsetof<LineBuffer>() +
    offsetof<TtyOutput>() +
    2 * WAIT_QUEUE_SIZE +
    64;
  const memory = kmalloc(fixed);
  if (memory == 0) return null;
  const buffers = kmalloc(2 * LINE_BUFFER_BYTES + TTY_OUTPUT_STAGE_BYTES + TERMIOS2_SIZE);
  if (buffers == 0) {
    kfree(memory);
    return null;
  }
  const tty = changetype<Tty>(memory);
  let at = align(memory + offsetof<Tty>());
  tty.readers = changetype<WaitQueue>(at);
  tty.writers = changetype<WaitQueue>(at + WAIT_QUEUE_SIZE);
  at = align(at + 2 * WAIT_QUEUE_SIZE);
  const ld = changetype<LineDiscipline>(at);
  at = align(at + offsetof<LineDiscipline>());
  ld.input = changetype<LineBuffer>(at);
  at = align(at + offsetof<LineBuffer>());
  ld.output = changetype<TtyOutput>(at);
  lineBufferInit(ld.input, buffers);
  ld.output.stage = buffers + 2 * LINE_BUFFER_BYTES;
  ld.termios = changetype<Termios>(ld.output.stage + TTY_OUTPUT_STAGE_BYTES);
  ld.output.termios = ld.termios;
  ld.output.send = driver.send;
  ld.output.argument = argument;
  const signalFunction: (argument: usize, signal: i32) => void = onSignal;
  ld.signal = signalFunction.index;
  ld.argument = memory;
  tty.ld = ld;
  tty.driver = driver;
  tty.argument = argument;
  ttyReset(tty, baud);
  return tty;
}

/** As new: for a pty that is used again. */
export function ttyReset(tty: Tty, baud: u32): void {
  const ld = tty.ld;
  termiosDefaults(ld.termios, baud);
  lineBufferClear(ld.input);
  ld.literalNext = false;
  ld.stopped = false;
  ld.flowStopped = false;
  ld.erasing = false;
  ld.startColumn = 0;
  ld.output.column = 0;
  ld.output.staged = 0;
  tty.throttled = false;
  tty.stopSent = false;
  tty.exclusive = false;
  tty.rows = 0;
  tty.columns = 0;
  tty.width = 0;
  tty.height = 0;
}

function align(address: usize): usize {
  return (address + 7) & ~7;
}

/** Sends what the keyboard raised; called without the lock. */
function deliverSignals(tty: Tty, signals: u32): void {
  const group = tty.foreground;
  for (let signal: i32 = 1; signal < 32; signal++) {
    if ((signals & (1 << signal)) != 0 && group != 0) signalGroup(group, signal);
  }
}

/** Tells the other end of a pty in packet mode. The lock is held. */
export function ttyEvent(tty: Tty, event: u32): void {
  if (tty.driver.event != 0) call_indirect<void>(tty.driver.event, tty.argument, event);
}

/** A flow character for the sender, ahead of all output. The lock is held. */
export function ttySendFlow(tty: Tty, index: i32): void {
  const character = controlChar(tty.ld.termios, index);
  if (character == 0) return;
  tty.flowByte = character;
  const at = changetype<usize>(tty) + offsetof<Tty>('flowByte');
  call_indirect<void>(tty.driver.send, tty.argument, at, <u32>1);
}

/** False when input should wait: the buffer is nearly full, and a reader can empty it. The driver is told when. */
export function ttyHasRoom(tty: Tty): bool {
  const flags = lockIrqSave(ttyLock(tty));
  const input = tty.ld.input;
  const canEmpty = (tty.ld.termios.lflag & Lflag.ICANON) == 0 || lineBufferHasLine(input);
  tty.throttled = canEmpty && lineBufferRoom(input) < THROTTLE_ROOM;
  const hasRoom = !tty.throttled;
  if (!hasRoom && !tty.stopSent && (tty.ld.termios.iflag & Iflag.IXOFF) != 0) {
    ttySendFlow(tty, Cc.VSTOP);
    tty.stopSent = true;
  }
  unlockIrqRestore(ttyLock(tty), flags);
  return hasRoom;
}

/** After reading: the sender may go on. Called without the lock. */
export function ttyInputDrained(tty: Tty): void {
  const flags = lockIrqSave(ttyLock(tty));
  const release = tty.throttled && lineBufferRoom(tty.ld.input) >= THROTTLE_ROOM;
  if (release) {
    tty.throttled = false;
    if (tty.stopSent) ttySendFlow(tty, Cc.VSTART);
    tty.stopSent = false;
  }
  unlockIrqRestore(ttyLock(tty), flags);
  if (release && tty.driver.drained != 0) call_indirect<void>(tty.driver.drained, tty.argument);
}

/** Output that has not gone out is thrown away. The lock is held. */
export function ttyDropOutput(tty: Tty): void {
  tty.ld.output.staged = 0;
  if (tty.driver.flushOutput != 0) call_indirect<void>(tty.driver.flushOutput, tty.argument);
  ttyEvent(tty, TTY_EVENT_FLUSH_WRITE);
}

/**
 * Bytes from the line, the keyboard or a pty's master; `what` (Received) holds for all of them. Not from an interrupt
 * handler.
 */
export function ttyInput(tty: Tty, bytes: usize, count: u32, what: i32 = Received.Good): void {
  const flags = lockIrqSave(ttyLock(tty));
  const ld = tty.ld;
  const wasStopped = ld.stopped;
  let readable = false;
  for (let i: u32 = 0; i < count; i++) {
    const byte = load<u8>(bytes + i);
    if (what == Received.Good ? lineDisciplineInput(ld, byte) : lineDisciplineError(ld, byte, what))
      readable = true;
    if (ld.flushOutput) {
      // What waits goes; the echo of the signal character itself is still to be seen.
      ld.flushOutput = false;
      if (tty.driver.flushOutput != 0) call_indirect<void>(tty.driver.flushOutput, tty.argument);
    }
  }
  ttyOutputFlush(ld.output);
  const signals = tty.pendingSignals;
  tty.pendingSignals = 0;
  const restarted = wasStopped && !ld.stopped;
  if (wasStopped != ld.stopped) ttyEvent(tty, ld.stopped ? TTY_EVENT_STOP : TTY_EVENT_START);
  unlockIrqRestore(ttyLock(tty), flags);
  if (readable) wakeAll(tty.readers);
  if (restarted || signals != 0) wakeAll(tty.writers);
  if (signals != 0) deliverSignals(tty, signals);
}

/** The driver can take more output. */
export function ttyOutputDrained(tty: Tty): void {
  wakeAll(tty.writers);
}

/** A new size; the foreground group hears of it when it differs. Pixels may be 0. */
export function ttyResize(tty: Tty, rows: u32, columns: u32, width: u32, height: u32): void {
  const flags = lockIrqSave(ttyLock(tty));
  const changed =
    tty.rows != <u16>rows ||
    tty.columns != <u16>columns ||
    tty.width != <u16>width ||
    tty.height != <u16>height;
  tty.rows = <u16>rows;
  tty.columns = <u16>columns;
  tty.width = <u16>width;
  tty.height = <u16>height;
  const group = tty.foreground;
  unlockIrqRestore(ttyLock(tty), flags);
  if (changed && group != 0) signalGroup(group, SIGWINCH);
}

/**
 * The line is gone (POSIX XBD 11.1.10): the session loses its terminal and its leader and foreground hear SIGHUP;
 * whoever has it open reads the end of the file and writes to EIO. A later open finds a live terminal again.
 */
export function ttyHangUp(tty: Tty): void {
  const flags = lockIrqSave(ttyLock(tty));
  const session = tty.session;
  const group = tty.foreground;
  tty.session = 0;
  tty.foreground = 0;
  tty.generation++;
  lineBufferClear(tty.ld.input);
  ttyDropOutput(tty);
  tty.ld.stopped = false;
  tty.ld.flowStopped = false;
  tty.exclusive = false;
  unlockIrqRestore(ttyLock(tty), flags);
  wakeAll(tty.readers);
  wakeAll(tty.writers);
  // The leader's group has the leader's number.
  if (session != 0) {
    signalGroup(session, SIGHUP);
    signalGroup(session, SIGCONT);
  }
  if (group != 0 && group != session) {
    signalGroup(group, SIGHUP);
    signalGroup(group, SIGCONT);
  }
}
