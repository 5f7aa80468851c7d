/**
 * Terminals: a line discipline between a driver (serial port, or keyboard and screen) and the programs that have the
 * terminal open.
 *
 * - The tty's spinlock guards all of its state; the driver's send function is called with it held and must not sleep.
 * - Input comes from kernel tasks through ttyInput(); ttyHasRoom() says when to stop: the driver keeps the rest, and
 *   `drained` is called when there is room again.
 * - Signals from the keyboard are sent after the lock is given up.
 */
import { kfree, kmalloc } from '../../mm/kmalloc';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { signalGroup } from '../../proc/signal';
import { WaitQueue, wakeAll } from '../../sched/wait-queue';
import {
  LINE_BUFFER_BYTES,
  LineBuffer,
  lineBufferHasLine,
  lineBufferInit,
  lineBufferRoom,
} from './line-buffer';
import { LineDiscipline, lineDisciplineInput } from './line-discipline';
import { TTY_OUTPUT_STAGE_BYTES, TtyOutput, ttyOutputFlush } from './output';
import { Lflag, TERMIOS_SIZE, Termios, termiosDefaults } from './termios';

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
  /** Session whose controlling terminal this is, and its foreground process group; 0: none. */
  session: i32;
  foreground: i32;
  /** Signals to send once the lock is free: bit n is signal n. */
  pendingSignals: u32;
  /** The driver was told to wait. */
  throttled: bool;
  ld: LineDiscipline;
  readers: WaitQueue;
  writers: WaitQueue;
  /** (argument: usize) => u32: bytes that `send` takes now. */
  room: u32;
  /** (argument: usize) => void: the driver may call ttyInput() again. */
  drained: u32;
  argument: usize;
}

export function ttyLock(tty: Tty): usize {
  return changetype<usize>(tty) + offsetof<Tty>('lock');
}

function onSignal(argument: usize, signal: i32): void {
  changetype<Tty>(argument).pendingSignals |= 1 << signal;
}

/**
 * A terminal on a driver. `send`: (argument: usize, bytes: usize, count: u32) => void; `room` and `drained` as in Tty;
 * all function indices. null when out of memory.
 */
export function ttyCreate(baud: u32, send: u32, room: u32, drained: u32, argument: usize): Tty | null {
  const fixed =
    offsetof<Tty>() +
    offsetof<LineDiscipline>() +
    offsetof<LineBuffer>() +
    offsetof<TtyOutput>() +
    2 * offsetof<WaitQueue>() +
    64;
  const memory = kmalloc(fixed);
  if (memory == 0) return null;
  const buffers = kmalloc(2 * LINE_BUFFER_BYTES + TTY_OUTPUT_STAGE_BYTES + TERMIOS_SIZE);
  if (buffers == 0) {
    kfree(memory);
    return null;
  }
  const tty = changetype<Tty>(memory);
  let at = align(memory + offsetof<Tty>());
  tty.readers = changetype<WaitQueue>(at);
  tty.writers = changetype<WaitQueue>(at + offsetof<WaitQueue>());
  at = align(at + 2 * offsetof<WaitQueue>());
  const ld = changetype<LineDiscipline>(at);
  at = align(at + offsetof<LineDiscipline>());
  ld.input = changetype<LineBuffer>(at);
  at = align(at + offsetof<LineBuffer>());
  ld.output = changetype<TtyOutput>(at);
  lineBufferInit(ld.input, buffers);
  ld.output.stage = buffers + 2 * LINE_BUFFER_BYTES;
  ld.termios = changetype<Termios>(ld.output.stage + TTY_OUTPUT_STAGE_BYTES);
  termiosDefaults(ld.termios, baud);
  ld.output.termios = ld.termios;
  ld.output.send = send;
  ld.output.argument = argument;
  const signalFunction: (argument: usize, signal: i32) => void = onSignal;
  ld.signal = signalFunction.index;
  ld.argument = memory;
  tty.ld = ld;
  tty.room = room;
  tty.drained = drained;
  tty.argument = argument;
  return tty;
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

/** False when input should wait: the buffer is nearly full, and a reader can empty it. The driver is told when. */
export function ttyHasRoom(tty: Tty): bool {
  const flags = lockIrqSave(ttyLock(tty));
  const input = tty.ld.input;
  const canEmpty = (tty.ld.termios.lflag & Lflag.ICANON) == 0 || lineBufferHasLine(input);
  tty.throttled = canEmpty && lineBufferRoom(input) < THROTTLE_ROOM;
  const hasRoom = !tty.throttled;
  unlockIrqRestore(ttyLock(tty), flags);
  return hasRoom;
}

/** One byte from the line or the keyboard. Not from an interrupt handler. */
export function ttyInput(tty: Tty, byte: u8): void {
  const flags = lockIrqSave(ttyLock(tty));
  const wasStopped = tty.ld.stopped;
  const readable = lineDisciplineInput(tty.ld, byte);
  ttyOutputFlush(tty.ld.output);
  const signals = tty.pendingSignals;
  tty.pendingSignals = 0;
  const restarted = wasStopped && !tty.ld.stopped;
  unlockIrqRestore(ttyLock(tty), flags);
  if (readable) wakeAll(tty.readers);
  if (restarted) wakeAll(tty.writers);
  if (signals != 0) deliverSignals(tty, signals);
}

/** The driver can take more output. */
export function ttyOutputDrained(tty: Tty): void {
  wakeAll(tty.writers);
}
