/**
 * The PS/2 keyboard: an asynchronous stream of scan codes from the interrupt handler through a bounded queue to a kernel
 * task, which decodes them and types into the console that is shown, or switches consoles.
 *
 * A program can take the keyboard from the decoder (KDSKBMODE): raw scan codes, key codes, or nothing at all.
 */
import { logWarn } from '../../lib/log';
import { signalPid } from '../../proc/signal';
import { SIGINT } from '../../proc/signal-numbers';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { ByteQueue, byteQueueInit, byteQueuePop, byteQueuePush } from '../byte-queue';
import {
  CONSOLES,
  consoleApplicationCursor,
  consoleExists,
  consoleLookBack,
  consoleReply,
  consoleShown,
} from '../console/console';
import { i8042Init, i8042Send } from '../i8042';
import { Tty, ttyHasRoom, ttyInput } from '../tty/tty';
import { Action, KeyboardState, keyboardDecode } from './keyboard-decoder';

const QUEUE_BYTES: u32 = 256;
const COMMAND_LEDS: u8 = 0xed;
const ACKNOWLEDGE: u8 = 0xfa;
const RESEND: u8 = 0xfe;
/** Sent instead of a scan code when the keyboard's own buffer ran over. */
const OVERRUN: u8 = 0xff;
const PID_INIT: i32 = 1;

/** How the keyboard of a console is read: KDGKBMODE's values (linux/kd.h). */
export const enum KeyboardMode {
  Raw = 0,
  Translate = 1,
  MediumRaw = 2,
  Unicode = 3,
  Off = 4,
}

/** How far the LED command is: the keyboard acknowledges each of its two bytes. */
const enum Leds {
  Idle = 0,
  CommandSent = 1,
  ValueSent = 2,
}

const queue = changetype<ByteQueue>(memory.data(offsetof<ByteQueue>(), 8));
const storage = memory.data(256, 8);
const state = changetype<KeyboardState>(memory.data(offsetof<KeyboardState>(), 8));
const out = memory.data(16, 8);
const single = memory.data(1);
/** By console: its Tty and its KeyboardMode. */
const ttys = memory.data(8 * 8, 8);
const modes = memory.data(8);
let task: i32 = -1;
let leds: i32 = Leds.Idle;
let shownLocks: u32 = 0;
/** Function index of (console: u32) => void: asks for another console. */
let show: u32 = 0;

/** In the interrupt handler. A full queue loses keys, as a keyboard's own buffer does. */
function receive(byte: u8): void {
  byteQueuePush(queue, byte);
  wakeTask(task);
}

/** The task has something to do: an answer of a console, or room in a terminal. */
export function keyboardWake(): void {
  if (task >= 0) wakeTask(task);
}

/** Bits as in KDSETLED: scroll 1, num 2, caps 4. */
export function keyboardLocks(): u32 {
  return state.locks;
}

export function keyboardSetLocks(locks: u32): void {
  state.locks = locks & 7;
  keyboardWake();
}

export function keyboardMode(n: u32): u32 {
  return load<u8>(modes + n);
}

export function keyboardSetMode(n: u32, mode: u32): void {
  store<u8>(modes + n, <u8>mode);
}

function startLeds(): void {
  if (leds != Leds.Idle || shownLocks == state.locks) return;
  shownLocks = state.locks;
  leds = i8042Send(COMMAND_LEDS) ? Leds.CommandSent : Leds.Idle;
}

/** Answers to commands, and what is no scan code; false for scan codes. */
function isAnswer(byte: u8): bool {
  if (byte != ACKNOWLEDGE && byte != RESEND) return byte == OVERRUN || byte == 0;
  if (byte == ACKNOWLEDGE && leds == Leds.CommandSent) {
    leds = i8042Send(<u8>shownLocks) ? Leds.ValueSent : Leds.Idle;
  } else leds = Leds.Idle;
  return true;
}

function ttyOf(n: u32): Tty {
  return changetype<Tty>(load<usize>(ttys + n * 8));
}

/** What nobody reads and nobody has room for is lost, with the line discipline's bell. */
function type(n: u32, bytes: usize, count: u32): void {
  if (count == 0 || load<usize>(ttys + n * 8) == 0 || !ttyHasRoom(ttyOf(n))) return;
  consoleLookBack(0);
  ttyInput(ttyOf(n), bytes, count);
}

/** The nearest console in that direction that somebody uses. */
function neighbour(step: u32): u32 {
  let n = consoleShown();
  for (let i: u32 = 0; i < CONSOLES; i++) {
    n = ((n - 1 + step) % CONSOLES) + 1;
    if (consoleExists(n)) return n;
  }
  return n;
}

function act(action: u32, number: u32): void {
  if (action == Action.ShowConsole) call_indirect<void>(show, number);
  else if (action == Action.PreviousConsole) call_indirect<void>(show, neighbour(CONSOLES - 1));
  else if (action == Action.NextConsole) call_indirect<void>(show, neighbour(1));
  else if (action == Action.LookBack) consoleLookBack(1);
  else if (action == Action.LookForward) consoleLookBack(-1);
}

/** Ctrl-Alt-Del: init ends the system in order (it has asked for SIGINT with a handler). */
function secureAttention(): void {
  state.secureAttention = false;
  logWarn('keyboard', 'Ctrl-Alt-Del');
  signalPid(PID_INIT, SIGINT);
}

function key(byte: u8): void {
  const n = consoleShown();
  const mode = keyboardMode(n);
  state.applicationCursor = consoleApplicationCursor(n);
  keyboardDecode(state, byte);
  if (mode == KeyboardMode.Raw || mode == KeyboardMode.MediumRaw) {
    store<u8>(single, byte);
    type(n, single, 1);
    return;
  }
  if (state.secureAttention) secureAttention();
  else if (state.action != Action.None) act(state.action, state.actionNumber);
  else if (mode != KeyboardMode.Off) type(n, state.out, state.count);
}

/** The consoles' answers go to whoever reads there. */
function passReplies(): void {
  for (let n: u32 = 1; n <= CONSOLES; n++) {
    if (!consoleExists(n) || load<usize>(ttys + n * 8) == 0) continue;
    for (let reply = consoleReply(n); reply >= 0; reply = consoleReply(n)) {
      store<u8>(single, <u8>reply);
      ttyInput(ttyOf(n), single, 1);
    }
  }
}

function poll(_argument: usize): i32 {
  passReplies();
  for (let byte = byteQueuePop(queue); byte >= 0; byte = byteQueuePop(queue)) {
    if (!isAnswer(<u8>byte)) key(<u8>byte);
  }
  startLeds();
  return TASK_PENDING;
}

/** Console `n` is typed into through this terminal. */
export function keyboardAttach(n: u32, tty: Tty): void {
  store<usize>(ttys + n * 8, changetype<usize>(tty));
  store<u8>(modes + n, KeyboardMode.Unicode);
}

/** Starts typing. `showConsole` is a function index of (console: u32) => void. A machine without a keyboard is normal. */
export function keyboardInit(showConsole: u32): void {
  show = showConsole;
  byteQueueInit(queue, storage, QUEUE_BYTES);
  state.out = out;
  task = spawnTask(poll, 0);
  const receiver: (byte: u8) => void = receive;
  if (task < 0 || !i8042Init(receiver.index)) logWarn('keyboard', 'no PS/2 keyboard');
}
