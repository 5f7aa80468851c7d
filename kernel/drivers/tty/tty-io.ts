/**
 * Reading and writing a terminal: what blocks, for how long, and what a signal cuts short (POSIX XBD 11.1.5 to 11.1.8).
 */
import { EAGAIN, EINTR, EIO } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { nowNs } from '../../sched/clock';
import { sleepOn, sleepOnDeadline } from '../../sched/wait-queue';
import { lineBufferHasLine, lineBufferLength, lineBufferReadLine, lineBufferReadRaw } from './line-buffer';
import { TTY_OUTPUT_EXPANSION, ttyOutputBytes, ttyOutputFlush } from './output';
import { ttyCheckChange, ttyCheckRead } from './job-control';
import { Cc, Lflag, controlChar } from './termios';
import { Tty, ttyInputDrained, ttyLock } from './tty';

const DECISECOND_NS: u64 = 100_000_000;
/** Bytes that one pass under the lock handles. */
const MAX_PASS: u32 = 512;

function isCanonical(tty: Tty): bool {
  return (tty.ld.termios.lflag & Lflag.ICANON) != 0;
}

/** Whether the line was hung up since the file was opened. */
function isDead(tty: Tty, generation: u32): bool {
  return tty.generation != generation;
}

/** Waits until a line is there; the lock is held. */
function awaitLine(tty: Tty, nonBlocking: bool, generation: u32): i32 {
  while (isCanonical(tty) && !lineBufferHasLine(tty.ld.input)) {
    if (isDead(tty, generation)) return 0;
    if (nonBlocking) return -EAGAIN;
    const error = sleepOn(tty.readers, ttyLock(tty));
    if (error != 0) return error;
  }
  return 0;
}

/** Waits as MIN and TIME say; the lock is held. 0 also when the time is up: the caller takes what there is. */
function awaitBytes(tty: Tty, count: usize, nonBlocking: bool, generation: u32): i32 {
  const input = tty.ld.input;
  const minimum: u32 = controlChar(tty.ld.termios, Cc.VMIN);
  const time = <u64>controlChar(tty.ld.termios, Cc.VTIME) * DECISECOND_NS;
  const wanted = <u32>min(<usize>max(minimum, <u32>1), count);
  let seen = lineBufferLength(input);
  if (minimum == 0 && time == 0) return 0;
  let deadline = minimum == 0 ? nowNs() + time : 0;
  while (!isCanonical(tty) && lineBufferLength(input) < wanted && !isDead(tty, generation)) {
    if (nonBlocking) return lineBufferLength(input) != 0 ? 0 : -EAGAIN;
    const length = lineBufferLength(input);
    // With both set, TIME runs between bytes, from the first one on.
    if (minimum != 0 && time != 0 && length != 0 && (deadline == 0 || length != seen))
      deadline = nowNs() + time;
    seen = length;
    if (deadline != 0 && nowNs() >= deadline) return 0;
    const error =
      deadline != 0
        ? sleepOnDeadline(tty.readers, ttyLock(tty), deadline)
        : sleepOn(tty.readers, ttyLock(tty));
    if (error == -EINTR) return lineBufferLength(input) != 0 ? 0 : error;
  }
  return 0;
}

/**
 * Bytes read; 0 for an end of file or after a hang-up; -EINTR, -EAGAIN or -EIO (a background process that ignores
 * SIGTTIN or that nobody would continue). `generation` is the terminal's at the time of the open.
 */
export function ttyRead(tty: Tty, buffer: usize, count: usize, nonBlocking: bool, generation: u32): i64 {
  if (isDead(tty, generation)) return 0;
  const refused = ttyCheckRead(tty);
  if (refused != 0) return refused;
  if (count == 0) return 0;
  const flags = lockIrqSave(ttyLock(tty));
  const input = tty.ld.input;
  const max = <u32>min(count, <usize>i32.MAX_VALUE);
  let result: i64 = 0;
  while (true) {
    const canonical = isCanonical(tty);
    const error = canonical
      ? awaitLine(tty, nonBlocking, generation)
      : awaitBytes(tty, count, nonBlocking, generation);
    if (error != 0 || isDead(tty, generation)) {
      result = error;
      break;
    }
    // The mode may have changed while this slept; a line may have gone to another reader.
    if (canonical != isCanonical(tty)) continue;
    result = canonical ? lineBufferReadLine(input, buffer, max) : lineBufferReadRaw(input, buffer, max);
    break;
  }
  const release = tty.throttled && result > 0;
  unlockIrqRestore(ttyLock(tty), flags);
  if (release) ttyInputDrained(tty);
  return result;
}

/** Bytes of output that can be processed now: what the driver takes, divided by the worst expansion. */
function passRoom(tty: Tty): u32 {
  if (tty.ld.stopped || tty.ld.flowStopped) return 0;
  return min(call_indirect<u32>(tty.driver.room, tty.argument) / TTY_OUTPUT_EXPANSION, MAX_PASS);
}

/** Bytes written; all of them unless a signal came (-EINTR when it came before the first). -EIO after a hang-up. */
export function ttyWrite(tty: Tty, bytes: usize, count: usize, nonBlocking: bool, generation: u32): i64 {
  if (isDead(tty, generation)) return -EIO;
  if (tty.ld.termios.lflag & Lflag.TOSTOP) {
    const refused = ttyCheckChange(tty);
    if (refused != 0) return refused;
  }
  const flags = lockIrqSave(ttyLock(tty));
  const output = tty.ld.output;
  let done: usize = 0;
  let error = 0;
  while (done < count) {
    if (isDead(tty, generation)) {
      error = -EIO;
      break;
    }
    const n = <usize>min(<usize>passRoom(tty), count - done);
    if (n == 0) {
      error = nonBlocking ? -EAGAIN : sleepOn(tty.writers, ttyLock(tty));
      if (error != 0) break;
      continue;
    }
    ttyOutputBytes(output, bytes + done, n);
    ttyOutputFlush(output);
    done += n;
    if (done < count) {
      // Interrupts, and other writers, get their turn between the pieces.
      unlockIrqRestore(ttyLock(tty), flags);
      lockIrqSave(ttyLock(tty));
    }
  }
  unlockIrqRestore(ttyLock(tty), flags);
  return done != 0 ? <i64>done : error;
}

/** Bytes that the driver has taken and not sent. */
export function ttyPendingOutput(tty: Tty): u32 {
  return tty.driver.pending == 0 ? 0 : call_indirect<u32>(tty.driver.pending, tty.argument);
}

/** Waits until the driver has sent everything; 0, -EINTR, or -EIO after a hang-up. */
export function ttyDrain(tty: Tty): i32 {
  const generation = tty.generation;
  const flags = lockIrqSave(ttyLock(tty));
  let error = 0;
  while (error == 0 && ttyPendingOutput(tty) != 0) {
    if (isDead(tty, generation)) error = -EIO;
    else error = sleepOn(tty.writers, ttyLock(tty));
  }
  unlockIrqRestore(ttyLock(tty), flags);
  return error;
}

/** Whether a read would give something at once: in raw mode MIN bytes, unless TIME is set (as Linux has it). */
export function ttyReadable(tty: Tty): bool {
  const flags = lockIrqSave(ttyLock(tty));
  const input = tty.ld.input;
  const t = tty.ld.termios;
  const wanted: u32 = controlChar(t, Cc.VTIME) == 0 ? max(<u32>controlChar(t, Cc.VMIN), <u32>1) : 1;
  const readable = isCanonical(tty) ? lineBufferHasLine(input) : lineBufferLength(input) >= wanted;
  unlockIrqRestore(ttyLock(tty), flags);
  return readable;
}

/** Whether a write would take something at once. */
export function ttyWritable(tty: Tty): bool {
  const flags = lockIrqSave(ttyLock(tty));
  const writable = passRoom(tty) != 0;
  unlockIrqRestore(ttyLock(tty), flags);
  return writable;
}
