/**
 * Device control of terminals: the requests of Linux's asm-generic/ioctls.h (ioctl_tty(2)). A request that is not here
 * goes to the driver: modem lines and virtual consoles have their own.
 */
import { EBUSY, EINVAL, EIO, ENOMEM, ENOTTY, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { sleepUntil, wakeAll } from '../../sched/wait-queue';
import { nowNs } from '../../sched/clock';
import { lineBufferHasLine, lineBufferLength } from './line-buffer';
import {
  ttyAcquire,
  ttyCheckChange,
  ttyForeground,
  ttyRelease,
  ttySession,
  ttySetForeground,
} from './job-control';
import { ttyDrain, ttyPendingOutput } from './tty-io';
import { Cc, Cflag, Lflag } from './termios';
import { Layout, When, ttyClearInput, ttyGetTermios, ttySetTermios } from './tty-settings';
import {
  Tty,
  ttyDropOutput,
  ttyHangUp,
  ttyInput,
  ttyLock,
  ttyOutputDrained,
  ttyResize,
  ttySendFlow,
} from './tty';

const enum Request {
  TCGETS = 0x5401,
  TCSETS = 0x5402,
  TCSETSW = 0x5403,
  TCSETSF = 0x5404,
  TCGETA = 0x5405,
  TCSETA = 0x5406,
  TCSETAW = 0x5407,
  TCSETAF = 0x5408,
  TCSBRK = 0x5409,
  TCXONC = 0x540a,
  TCFLSH = 0x540b,
  TIOCEXCL = 0x540c,
  TIOCNXCL = 0x540d,
  TIOCSCTTY = 0x540e,
  TIOCGPGRP = 0x540f,
  TIOCSPGRP = 0x5410,
  TIOCOUTQ = 0x5411,
  TIOCSTI = 0x5412,
  TIOCGWINSZ = 0x5413,
  TIOCSWINSZ = 0x5414,
  TIOCMGET = 0x5415,
  TIOCMBIS = 0x5416,
  TIOCMBIC = 0x5417,
  TIOCMSET = 0x5418,
  TIOCGSOFTCAR = 0x5419,
  TIOCSSOFTCAR = 0x541a,
  FIONREAD = 0x541b,
  TIOCNOTTY = 0x5422,
  TIOCSETD = 0x5423,
  TIOCGETD = 0x5424,
  TCSBRKP = 0x5425,
  TIOCSBRK = 0x5427,
  TIOCCBRK = 0x5428,
  TIOCGSID = 0x5429,
  TIOCVHANGUP = 0x5437,
  TCGETS2 = 0x802c542a,
  TCSETS2 = 0x402c542b,
  TCSETSW2 = 0x402c542c,
  TCSETSF2 = 0x402c542d,
  TIOCGDEV = 0x80045432,
  TIOCGEXCL = 0x80045440,
}

/** Rows, columns and two pixel sizes: four u16. */
const WINSIZE_BYTES: usize = 8;
const DECISECOND_NS: u64 = 100_000_000;
/** tcsendbreak(0) lasts a quarter of a second. */
const BREAK_NS: u64 = 250_000_000;
const N_TTY: i32 = 0;

function getWindowSize(tty: Tty, argument: u64, buffer: usize): i32 {
  store<u16>(buffer, tty.rows);
  store<u16>(buffer, tty.columns, 2);
  store<u16>(buffer, tty.width, 4);
  store<u16>(buffer, tty.height, 6);
  return copyToUser(argument, buffer, WINSIZE_BYTES);
}

function setWindowSize(tty: Tty, argument: u64, buffer: usize): i32 {
  const error = copyFromUser(buffer, argument, WINSIZE_BYTES);
  if (error != 0) return error;
  ttyResize(tty, load<u16>(buffer), load<u16>(buffer, 2), load<u16>(buffer, 4), load<u16>(buffer, 6));
  return 0;
}

/** Copies a non-negative answer out as an int; a negative one is the error. */
function giveInt(value: i32, argument: u64, buffer: usize): i32 {
  if (value < 0) return value;
  store<i32>(buffer, value);
  return copyToUser(argument, buffer, 4);
}

/** TCOOFF 0, TCOON 1, TCIOFF 2, TCION 3. */
function flow(tty: Tty, action: u64): i32 {
  if (action > 3) return -EINVAL;
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  const flags = lockIrqSave(ttyLock(tty));
  if (action < 2) tty.ld.flowStopped = action == 0;
  else ttySendFlow(tty, action == 2 ? Cc.VSTOP : Cc.VSTART);
  unlockIrqRestore(ttyLock(tty), flags);
  if (action == 1) ttyOutputDrained(tty);
  return 0;
}

/** TCIFLUSH 0, TCOFLUSH 1, TCIOFLUSH 2. */
function flush(tty: Tty, what: u64): i32 {
  if (what > 2) return -EINVAL;
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  if (what != 1) ttyClearInput(tty);
  if (what == 0) return 0;
  const flags = lockIrqSave(ttyLock(tty));
  ttyDropOutput(tty);
  unlockIrqRestore(ttyLock(tty), flags);
  wakeAll(tty.writers);
  return 0;
}

function setBreak(tty: Tty, on: u32): void {
  if (tty.driver.breakControl == 0) return;
  const flags = lockIrqSave(ttyLock(tty));
  call_indirect<void>(tty.driver.breakControl, tty.argument, on);
  unlockIrqRestore(ttyLock(tty), flags);
}

/** Waits for the output and sends a break of this length; 0 as length only waits (tcdrain). */
function sendBreak(tty: Tty, lengthNs: u64): i32 {
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  const interrupted = ttyDrain(tty);
  if (interrupted != 0 || lengthNs == 0 || tty.driver.breakControl == 0) return interrupted;
  setBreak(tty, 1);
  const error = sleepUntil(nowNs() + lengthNs);
  setBreak(tty, 0);
  return error;
}

function giveUp(tty: Tty): i32 {
  const session = ttySession(tty);
  if (session < 0) return session;
  const process = currentProcess();
  process.tty = 0;
  if (process.pid == process.sid) ttyRelease(tty, session);
  return 0;
}

/** As if it had been typed; into a terminal that is not one's own only as the superuser. */
function pretendTyped(tty: Tty, argument: u64, buffer: usize): i32 {
  if (ttySession(tty) < 0 && !isSuperuser(currentCredentials())) return -EPERM;
  const error = copyFromUser(buffer, argument, 1);
  if (error != 0) return error;
  ttyInput(tty, buffer, 1);
  return 0;
}

/** What a read would give at once: in canonical mode nothing before the end of a line. */
function readableBytes(tty: Tty): i32 {
  const flags = lockIrqSave(ttyLock(tty));
  const input = tty.ld.input;
  const canonical = (tty.ld.termios.lflag & Lflag.ICANON) != 0;
  const n = canonical
    ? lineBufferHasLine(input)
      ? <i32>(input.ready - input.tail)
      : 0
    : <i32>lineBufferLength(input);
  unlockIrqRestore(ttyLock(tty), flags);
  return n;
}

function modem(tty: Tty, request: u32, argument: u64, buffer: usize): i32 {
  const driver = tty.driver;
  if (driver.modemGet == 0 || driver.modemSet == 0) return -ENOTTY;
  const error = request == Request.TIOCMGET ? 0 : copyFromUser(buffer, argument, 4);
  if (error != 0) return error;
  const flags = lockIrqSave(ttyLock(tty));
  const now = call_indirect<u32>(driver.modemGet, tty.argument);
  const given = load<u32>(buffer);
  if (request == Request.TIOCMSET) call_indirect<void>(driver.modemSet, tty.argument, given);
  else if (request == Request.TIOCMBIS) call_indirect<void>(driver.modemSet, tty.argument, now | given);
  else if (request == Request.TIOCMBIC) call_indirect<void>(driver.modemSet, tty.argument, now & ~given);
  unlockIrqRestore(ttyLock(tty), flags);
  return request == Request.TIOCMGET ? giveInt(<i32>now, argument, buffer) : 0;
}

/** CLOCAL as an int of its own. */
function softCarrier(tty: Tty, argument: u64, buffer: usize): i32 {
  const error = copyFromUser(buffer, argument, 4);
  if (error != 0) return error;
  const flags = lockIrqSave(ttyLock(tty));
  const t = tty.ld.termios;
  t.cflag = load<i32>(buffer) != 0 ? t.cflag | Cflag.CLOCAL : t.cflag & ~Cflag.CLOCAL;
  unlockIrqRestore(ttyLock(tty), flags);
  return 0;
}

function setDiscipline(argument: u64, buffer: usize): i32 {
  const error = copyFromUser(buffer, argument, 4);
  if (error != 0) return error;
  return load<i32>(buffer) == N_TTY ? 0 : -EINVAL;
}

function hangUpAsSuperuser(tty: Tty): i32 {
  if (!isSuperuser(currentCredentials())) return -EPERM;
  ttyHangUp(tty);
  return 0;
}

function deviceNumber(tty: Tty): i32 {
  return <i32>((tty.minor & 0xff) | (tty.major << 8) | ((tty.minor & 0xfff00) << 12));
}

function dispatch(tty: Tty, request: u32, argument: u64, buffer: usize): i64 {
  switch (request) {
    case Request.TCGETS:
      return ttyGetTermios(tty, Layout.Termios, argument, buffer);
    case Request.TCSETS:
    case Request.TCSETSW:
    case Request.TCSETSF:
      return ttySetTermios(tty, Layout.Termios, request - Request.TCSETS, argument, buffer);
    case Request.TCGETA:
      return ttyGetTermios(tty, Layout.Termio, argument, buffer);
    case Request.TCSETA:
    case Request.TCSETAW:
    case Request.TCSETAF:
      return ttySetTermios(tty, Layout.Termio, request - Request.TCSETA, argument, buffer);
    case Request.TCGETS2:
      return ttyGetTermios(tty, Layout.Termios2, argument, buffer);
    case Request.TCSETS2:
    case Request.TCSETSW2:
    case Request.TCSETSF2:
      return ttySetTermios(tty, Layout.Termios2, request - Request.TCSETS2, argument, buffer);
    case Request.TCSBRK:
      return sendBreak(tty, argument == 0 ? BREAK_NS : 0);
    case Request.TCSBRKP:
      return sendBreak(tty, argument == 0 ? BREAK_NS : argument * DECISECOND_NS);
    case Request.TIOCSBRK:
    case Request.TIOCCBRK: {
      setBreak(tty, request == Request.TIOCSBRK ? 1 : 0);
      return 0;
    }
    case Request.TCXONC:
      return flow(tty, argument);
    case Request.TCFLSH:
      return flush(tty, argument);
    case Request.TIOCEXCL:
    case Request.TIOCNXCL: {
      tty.exclusive = request == Request.TIOCEXCL;
      return 0;
    }
    case Request.TIOCGEXCL:
      return giveInt(tty.exclusive ? 1 : 0, argument, buffer);
    case Request.TIOCSCTTY:
      return ttyAcquire(tty, argument == 1);
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
    case Request.TIOCOUTQ:
      return giveInt(<i32>ttyPendingOutput(tty), argument, buffer);
    case Request.TIOCSTI:
      return pretendTyped(tty, argument, buffer);
    case Request.TIOCGWINSZ:
      return getWindowSize(tty, argument, buffer);
    case Request.TIOCSWINSZ:
      return setWindowSize(tty, argument, buffer);
    case Request.TIOCMGET:
    case Request.TIOCMBIS:
    case Request.TIOCMBIC:
    case Request.TIOCMSET:
      return modem(tty, request, argument, buffer);
    case Request.TIOCGSOFTCAR:
      return giveInt((tty.ld.termios.cflag & Cflag.CLOCAL) != 0 ? 1 : 0, argument, buffer);
    case Request.TIOCSSOFTCAR:
      return softCarrier(tty, argument, buffer);
    case Request.FIONREAD:
      return giveInt(readableBytes(tty), argument, buffer);
    case Request.TIOCSETD:
      return setDiscipline(argument, buffer);
    case Request.TIOCGETD:
      return giveInt(N_TTY, argument, buffer);
    case Request.TIOCGDEV:
      return giveInt(deviceNumber(tty), argument, buffer);
    case Request.TIOCVHANGUP:
      return hangUpAsSuperuser(tty);
    default:
      if (tty.driver.ioctl == 0) return -ENOTTY;
      return call_indirect<i64>(tty.driver.ioctl, tty.argument, request, argument);
  }
}

/** `argument` is the program's own value: an address in its memory, or a number. -EIO after a hang-up. */
export function ttyIoctl(tty: Tty, request: u32, argument: u64, generation: u32): i64 {
  if (tty.generation != generation) return request == Request.TIOCSPGRP ? -ENOTTY : -EIO;
  const buffer = kmalloc(128);
  if (buffer == 0) return -ENOMEM;
  const result = dispatch(tty, request, argument, buffer);
  kfree(buffer);
  return result;
}

/** 0 or why the terminal cannot be opened; counts the new file. */
export function ttyOpened(tty: Tty): i32 {
  const flags = lockIrqSave(ttyLock(tty));
  let error = 0;
  if (tty.closedToOpen) error = -EIO;
  else if (tty.exclusive && tty.opens != 0 && !isSuperuser(currentCredentials())) error = -EBUSY;
  else tty.opens++;
  unlockIrqRestore(ttyLock(tty), flags);
  return error;
}

/** A file on the terminal was closed; the driver hears when it was the last. */
export function ttyClosed(tty: Tty): void {
  const flags = lockIrqSave(ttyLock(tty));
  const last = --tty.opens == 0;
  if (last) tty.exclusive = false;
  unlockIrqRestore(ttyLock(tty), flags);
  if (last && tty.driver.lastClose != 0) call_indirect<void>(tty.driver.lastClose, tty.argument);
}
