/**
 * tty1 to tty6: the virtual consoles with the keyboard as terminals, and the requests that control them (ioctl_console(2)).
 * A console is made when it is opened first.
 *
 * A program that draws itself (VT_PROCESS) is asked before its console is left, by the signal it chose, and answers with
 * VT_RELDISP; it is told by another signal when its console is shown again.
 */
import { EBUSY, EINVAL, ENOMEM, ENOTTY, ENXIO, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { signalPid } from '../../proc/signal';
import { WaitQueue, sleepOn, wakeAll } from '../../sched/wait-queue';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import {
  CONSOLES,
  consoleColumns,
  consoleEnsure,
  consoleIsGraphic,
  consolePresent,
  consoleRows,
  consoleSetGraphic,
  consoleShow,
  consoleShown,
  consoleStart,
  consoleWrite,
} from '../console/console';
import {
  KeyboardMode,
  keyboardAttach,
  keyboardInit,
  keyboardLocks,
  keyboardMode,
  keyboardSetLocks,
  keyboardSetMode,
  keyboardWake,
} from '../ps2/keyboard';
import { ttySession } from './job-control';
import { Cflag } from './termios';
import { TtyDriver } from './tty-driver';
import { Tty, ttyCreate } from './tty';

const enum Request {
  KDGKBTYPE = 0x4b33,
  KDGETLED = 0x4b31,
  KDSETLED = 0x4b32,
  KDSETMODE = 0x4b3a,
  KDGETMODE = 0x4b3b,
  KDGKBMODE = 0x4b44,
  KDSKBMODE = 0x4b45,
  KDGKBLED = 0x4b64,
  KDSKBLED = 0x4b65,
  VT_OPENQRY = 0x5600,
  VT_GETMODE = 0x5601,
  VT_SETMODE = 0x5602,
  VT_GETSTATE = 0x5603,
  VT_RELDISP = 0x5605,
  VT_ACTIVATE = 0x5606,
  VT_WAITACTIVE = 0x5607,
  VT_DISALLOCATE = 0x5608,
}

/** What 101 and 102-key keyboards answer. */
const KB_101: u8 = 2;
const KD_TEXT: u32 = 0;
const KD_GRAPHICS: u32 = 1;
const VT_AUTO: u8 = 0;
const VT_PROCESS: u8 = 1;
/** struct vt_mode: mode, waitv, relsig, acqsig, frsig. */
const VT_MODE_BYTES: usize = 8;
const VT_ACKACQ: u64 = 2;
/** The screen takes everything at once. */
const ROOM: u32 = 4096;

/** Who draws on a console itself. */
@unmanaged
class Switching {
  mode: u8;
  waits: u8;
  releaseSignal: i16;
  acquireSignal: i16;
  forced: i16;
  /** Process to ask, when the mode is VT_PROCESS. */
  pid: i32;
  /** It was asked to let go for this console; 0: not asked. */
  wanted: u32;
}

const SWITCHING_BYTES: usize = 16;
const driver = changetype<TtyDriver>(memory.data(offsetof<TtyDriver>(), 8));
/** By console: its Tty, and a Switching. */
const ttys = memory.data(8 * 8, 8);
const switching = memory.data(16 * 8, 8);
const lock = memory.data(4, 4);
/** Those who wait until a console is shown. */
const switched = changetype<WaitQueue>(memory.data(32, 8));

function switchingOf(n: u32): Switching {
  return changetype<Switching>(switching + <usize>n * SWITCHING_BYTES);
}

function send(n: usize, bytes: usize, count: u32): void {
  consoleWrite(<u32>n, bytes, count);
}

function room(_argument: usize): u32 {
  return ROOM;
}

function drained(_argument: usize): void {
  keyboardWake();
}

function ttyOf(n: u32): Tty {
  return changetype<Tty>(load<usize>(ttys + n * 8));
}

/** The terminal of console `n`, made when it is not there yet; null when there is no such, or no screen or memory. */
export function virtualConsole(n: u32): Tty | null {
  if (!consolePresent() || n < 1 || n > CONSOLES) return null;
  if (load<usize>(ttys + n * 8) != 0) return ttyOf(n);
  if (!consoleEnsure(n)) return null;
  const tty = ttyCreate(driver, Cflag.B38400, n);
  if (tty == null) return null;
  tty.rows = <u16>consoleRows();
  tty.columns = <u16>consoleColumns();
  tty.major = 4;
  tty.minor = n;
  keyboardAttach(n, tty);
  store<usize>(ttys + n * 8, changetype<usize>(tty));
  return tty;
}

export function virtualConsoleShown(): u32 {
  return consoleShown();
}

/** Somebody lives on the first console: log lines stay away. */
function firstIsOwned(): bool {
  return load<usize>(ttys + 8) != 0 && ttyOf(1).session != 0;
}

function finishSwitch(n: u32): void {
  consoleShow(n);
  wakeAll(switched);
  const s = switchingOf(n);
  if (s.mode == VT_PROCESS && s.acquireSignal != 0) signalPid(s.pid, s.acquireSignal);
}

/** Shows console `n`, as soon as whoever draws on the present one agrees. 0 or a negative errno. */
export function virtualConsoleShow(n: u32): i32 {
  if (virtualConsole(n) == null) return -ENXIO;
  const now = consoleShown();
  if (n == now) return 0;
  const s = switchingOf(now);
  if (s.mode == VT_PROCESS) {
    s.wanted = n;
    if (s.releaseSignal == 0 || signalPid(s.pid, s.releaseSignal) == 0) return 0;
    // It is gone without a word.
    s.mode = VT_AUTO;
    consoleSetGraphic(now, false);
  }
  finishSwitch(n);
  return 0;
}

function showFromKeyboard(n: u32): void {
  virtualConsoleShow(n);
}

/** VT_RELDISP: 0 refuses, 1 agrees, 2 confirms that the console was taken over. */
function release(n: u32, answer: u64): i32 {
  const s = switchingOf(n);
  if (s.mode != VT_PROCESS) return -EINVAL;
  if (answer == VT_ACKACQ) return 0;
  const wanted = s.wanted;
  if (wanted == 0) return -EINVAL;
  s.wanted = 0;
  if (answer != 0) finishSwitch(wanted);
  return 0;
}

function waitActive(n: u64): i32 {
  if (n < 1 || n > CONSOLES) return -ENXIO;
  const flags = lockIrqSave(lock);
  let error = 0;
  while (error == 0 && consoleShown() != <u32>n) error = sleepOn(switched, lock);
  unlockIrqRestore(lock, flags);
  return error;
}

/** The first console that nobody has open; -1 as an answer, not as an error, when there is none. */
function findFree(): i32 {
  for (let n: u32 = 1; n <= CONSOLES; n++) {
    if (load<usize>(ttys + n * 8) == 0 || ttyOf(n).opens == 0) return <i32>n;
  }
  return -1;
}

function setMode(n: u32, given: usize): i32 {
  if (load<u8>(given) > VT_PROCESS) return -EINVAL;
  const s = switchingOf(n);
  memory.copy(changetype<usize>(s), given, VT_MODE_BYTES);
  s.forced = 0;
  s.wanted = 0;
  s.pid = currentProcess().pid;
  return 0;
}

function getState(buffer: usize): void {
  store<u16>(buffer, <u16>consoleShown());
  store<u16>(buffer, 0, 2);
  let open: u32 = 1; // bit 0: the shown one can always be opened as tty0
  for (let n: u32 = 1; n <= CONSOLES; n++) {
    if (load<usize>(ttys + n * 8) != 0 && ttyOf(n).opens != 0) open |= 1 << n;
  }
  store<u16>(buffer, <u16>open, 4);
}

function give(argument: u64, buffer: usize, size: usize): i32 {
  return copyToUser(argument, buffer, size);
}

/** Questions: the answer's size, or -ENOTTY. */
function ask(n: u32, request: u32, buffer: usize): i32 {
  switch (request) {
    case Request.KDGKBTYPE:
      store<u8>(buffer, KB_101);
      return 1;
    case Request.KDGETLED:
    case Request.KDGKBLED:
      store<u8>(buffer, <u8>keyboardLocks());
      return 1;
    case Request.KDGETMODE:
      store<u32>(buffer, consoleIsGraphic(n) ? KD_GRAPHICS : KD_TEXT);
      return 4;
    case Request.KDGKBMODE:
      store<u32>(buffer, keyboardMode(n));
      return 4;
    case Request.VT_OPENQRY:
      store<i32>(buffer, findFree());
      return 4;
    case Request.VT_GETMODE:
      memory.copy(buffer, changetype<usize>(switchingOf(n)), VT_MODE_BYTES);
      return <i32>VT_MODE_BYTES;
    case Request.VT_GETSTATE:
      getState(buffer);
      return 6;
    default:
      return -ENOTTY;
  }
}

/** Changes: only from a program on this console, or root. */
function command(n: u32, request: u32, argument: u64, buffer: usize): i32 {
  switch (request) {
    case Request.KDSETLED:
    case Request.KDSKBLED:
      keyboardSetLocks(<u32>argument);
      return 0;
    case Request.KDSETMODE: {
      if (argument > KD_GRAPHICS) return -EINVAL;
      consoleSetGraphic(n, argument == KD_GRAPHICS);
      return 0;
    }
    case Request.KDSKBMODE: {
      if (<u32>argument > <u32>KeyboardMode.Off) return -EINVAL;
      keyboardSetMode(n, <u32>argument);
      return 0;
    }
    case Request.VT_SETMODE: {
      const error = copyFromUser(buffer, argument, VT_MODE_BYTES);
      return error != 0 ? error : setMode(n, buffer);
    }
    case Request.VT_RELDISP:
      return release(n, argument);
    case Request.VT_ACTIVATE:
      return argument > CONSOLES ? -ENXIO : virtualConsoleShow(<u32>argument);
    case Request.VT_DISALLOCATE: {
      // Memory of consoles is kept; what is asked for is that nobody uses it.
      if (argument > CONSOLES) return -ENXIO;
      return argument != 0 && load<usize>(ttys + argument * 8) != 0 && ttyOf(<u32>argument).opens != 0
        ? -EBUSY
        : 0;
    }
    default:
      return -ENOTTY;
  }
}

function isCommand(request: u32): bool {
  return (
    request == Request.KDSETLED ||
    request == Request.KDSKBLED ||
    request == Request.KDSETMODE ||
    request == Request.KDSKBMODE ||
    request == Request.VT_SETMODE ||
    request == Request.VT_RELDISP ||
    request == Request.VT_ACTIVATE ||
    request == Request.VT_DISALLOCATE
  );
}

function ioctl(console: usize, request: u32, argument: u64): i64 {
  const n = <u32>console;
  if (request == Request.VT_WAITACTIVE) return waitActive(argument);
  const buffer = kmalloc(16);
  if (buffer == 0) return -ENOMEM;
  let result = ask(n, request, buffer);
  if (result > 0) result = give(argument, buffer, <usize>result);
  else if (isCommand(request)) {
    const allowed = isSuperuser(currentCredentials()) || ttySession(ttyOf(n)) >= 0;
    result = allowed ? command(n, request, argument, buffer) : -EPERM;
  }
  kfree(buffer);
  return result;
}

/** Nobody has it open any more: text again, and the keyboard as it was. */
function lastClose(console: usize): void {
  const n = <u32>console;
  const s = switchingOf(n);
  s.mode = VT_AUTO;
  if (s.wanted != 0) finishSwitch(s.wanted);
  s.wanted = 0;
  consoleSetGraphic(n, false);
  keyboardSetMode(n, KeyboardMode.Unicode);
}

export function screenTtyInit(): void {
  if (!consolePresent()) return;
  const sendFunction: (n: usize, bytes: usize, count: u32) => void = send;
  driver.send = sendFunction.index;
  const roomFunction: (argument: usize) => u32 = room;
  driver.room = roomFunction.index;
  const drainedFunction: (argument: usize) => void = drained;
  driver.drained = drainedFunction.index;
  const ioctlFunction: (n: usize, request: u32, argument: u64) => i64 = ioctl;
  driver.ioctl = ioctlFunction.index;
  const closeFunction: (n: usize) => void = lastClose;
  driver.lastClose = closeFunction.index;
  const showFunction: (n: u32) => void = showFromKeyboard;
  keyboardInit(showFunction.index);
  virtualConsole(1);
  const wake: () => void = keyboardWake;
  const owned: () => bool = firstIsOwned;
  consoleStart(wake.index, owned.index);
}
