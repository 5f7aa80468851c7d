/** Device control of terminals: the requests of Linux's asm-generic/ioctls.h that shells and editors use. */
import { EINVAL, ENOMEM, ENOTTY } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentProcess } from '../../proc/process';
import { signalGroup } from '../../proc/signal';
import { SIGWINCH } from '../../proc/signal-numbers';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { wakeAll } from '../../sched/wait-queue';
import { lineBufferClear, lineBufferLength, lineBufferReleaseAll } from './line-buffer';
import {
  ttyAcquire,
  ttyCheckChange,
  ttyForeground,
  ttyRelease,
  ttySession,
  ttySetForeground,
} from './job-control';
import { ttyDrain } from './tty-io';
import { Lflag, TERMIOS_SIZE } from './termios';
import { Tty, ttyLock, ttyOutputDrained } from './tty';

const enum Request {
  TCGETS = 0x5401,
  TCSETS = 0x5402,
  TCSETSW = 0x5403,
  TCSETSF = 0x5404,
  TCSBRK = 0x5409,
  TCXONC = 0x540a,
  TCFLSH = 0x540b,
  TIOCSCTTY = 0x540e,
  TIOCGPGRP = 0x540f,
  TIOCSPGRP = 0x5410,
  TIOCGWINSZ = 0x5413,
  TIOCSWINSZ = 0x5414,
  FIONREAD = 0x541b,
  TIOCNOTTY = 0x5422,
  TIOCGSID = 0x5429,
}

/** Rows, columns and two pixel sizes that nobody uses. */
const WINSIZE_BYTES: usize = 8;
/** Output is drained when this much fits. */
const DRAINED_ROOM: u32 = 4096;

function clearInput(tty: Tty): void {
  const flags = lockIrqSave(ttyLock(tty));
  lineBufferClear(tty.ld.input);
  const release = tty.throttled;
  unlockIrqRestore(ttyLock(tty), flags);
  if (release) call_indirect<void>(tty.drained, tty.argument);
}

/** New settings; what was typed before a change of mode stays readable. */
function apply(tty: Tty, settings: usize): void {
  const flags = lockIrqSave(ttyLock(tty));
  const before = tty.ld.termios.lflag;
  memory.copy(changetype<usize>(tty.ld.termios), settings, TERMIOS_SIZE);
  const modeChanged = ((before ^ tty.ld.termios.lflag) & Lflag.ICANON) != 0;
  if (modeChanged) lineBufferReleaseAll(tty.ld.input);
  unlockIrqRestore(ttyLock(tty), flags);
  // A reader that sleeps for a line has to wait for bytes now, or the other way round.
  if (modeChanged) wakeAll(tty.readers);
}

function setTermios(tty: Tty, request: u32, argument: u64, buffer: usize): i32 {
  const error = copyFromUser(buffer, argument, TERMIOS_SIZE);
  if (error != 0) return error;
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  if (request != Request.TCSETS) {
    const interrupted = ttyDrain(tty, DRAINED_ROOM);
    if (interrupted != 0) return interrupted;
  }
  if (request == Request.TCSETSF) clearInput(tty);
  apply(tty, buffer);
  return 0;
}

function getWindowSize(tty: Tty, argument: u64, buffer: usize): i32 {
  store<u64>(buffer, 0);
  store<u16>(buffer, tty.rows);
  store<u16>(buffer, tty.columns, 2);
  return copyToUser(argument, buffer, WINSIZE_BYTES);
}

function setWindowSize(tty: Tty, argument: u64, buffer: usize): i32 {
  const error = copyFromUser(buffer, argument, WINSIZE_BYTES);
  if (error != 0) return error;
  const changed = load<u16>(buffer) != tty.rows || load<u16>(buffer, 2) != tty.columns;
  tty.rows = load<u16>(buffer);
  tty.columns = load<u16>(buffer, 2);
  if (changed && tty.foreground != 0) signalGroup(tty.foreground, SIGWINCH);
  return 0;
}

/** Copies a non-negative answer out as an int; a negative one is the error. */
function giveInt(value: i32, argument: u64, buffer: usize): i32 {
  if (value < 0) return value;
  store<i32>(buffer, value);
  return copyToUser(argument, buffer, 4);
}

/** TCOOFF 0 and TCOON 1 hold and release output; the input forms have no meaning on these lines. */
function flow(tty: Tty, action: u64): i32 {
  if (action > 3) return -EINVAL;
  if (action < 2) tty.ld.stopped = action == 0;
  if (action == 1) ttyOutputDrained(tty);
  return 0;
}

function giveUp(tty: Tty): i32 {
  const session = ttySession(tty);
  if (session < 0) return session;
  const process = currentProcess();
  process.tty = 0;
  if (process.pid == process.sid) ttyRelease(tty, session);
  return 0;
}

function dispatch(tty: Tty, request: u32, argument: u64, buffer: usize): i32 {
  switch (request) {
    case Request.TCGETS:
      return copyToUser(argument, changetype<usize>(tty.ld.termios), TERMIOS_SIZE);
    case Request.TCSETS:
    case Request.TCSETSW:
    case Request.TCSETSF:
      return setTermios(tty, request, argument, buffer);
    case Request.TCSBRK:
      return ttyDrain(tty, DRAINED_ROOM);
    case Request.TCXONC:
      return flow(tty, argument);
    case Request.TCFLSH: {
      if (argument > 2) return -EINVAL;
      if (argument != 1) clearInput(tty);
      return 0;
    }
    case Request.TIOCSCTTY:
      return ttyAcquire(tty);
    case Request.TIOCNOTTY:
      return giveUp(tty);
    case Request.TIOCGPGRP:
      return giveInt(ttyForeground(tty), argument, buffer);
    case Request.TIOCSPGRP: {
      const error = copyFromUser(buffer, argument, 4);
      return error != 0 ? error : ttySetForeground(tty, load<i32>(buffer));
    }
    case Request.TIOCGSID:
      return giveInt(ttySession(tty), argument, buffer);
    case Request.TIOCGWINSZ:
      return getWindowSize(tty, argument, buffer);
    case Request.TIOCSWINSZ:
      return setWindowSize(tty, argument, buffer);
    case Request.FIONREAD:
      return giveInt(<i32>lineBufferLength(tty.ld.input), argument, buffer);
    default:
      return -ENOTTY;
  }
}

/** `argument` is the program's own value: an address in its memory, or a number. */
export function ttyIoctl(tty: Tty, request: u32, argument: u64): i64 {
  const buffer = kmalloc(64);
  if (buffer == 0) return -ENOMEM;
  const result = dispatch(tty, request, argument, buffer);
  kfree(buffer);
  return result;
}
