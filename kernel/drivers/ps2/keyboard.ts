/**
 * The PS/2 keyboard: an asynchronous stream of scan codes from the interrupt handler through a bounded queue to a kernel
 * task, which decodes them and types into the screen's terminal.
 */
import { logWarn } from '../../lib/log';
import { machineRestart } from '../../lib/power';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { ByteQueue, byteQueueInit, byteQueuePop, byteQueuePush } from '../byte-queue';
import { consoleApplicationCursor, consoleReply } from '../console/console';
import { i8042Init, i8042Send } from '../i8042';
import { Tty, ttyHasRoom, ttyInput } from '../tty/tty';
import { KeyboardState, keyboardDecode } from './keyboard-decoder';

const QUEUE_BYTES: u32 = 256;
const COMMAND_LEDS: u8 = 0xed;
const ACKNOWLEDGE: u8 = 0xfa;
const RESEND: u8 = 0xfe;
/** Sent instead of a scan code when the keyboard's own buffer ran over. */
const OVERRUN: u8 = 0xff;

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
const replyByte = memory.data(1);
let task: i32 = -1;
let terminal: Tty = changetype<Tty>(<usize>0);
let leds: i32 = Leds.Idle;
let shownLocks: u32 = 0;

/** In the interrupt handler. A full queue loses keys, as a keyboard's own buffer does. */
function receive(byte: u8): void {
  byteQueuePush(queue, byte);
  wakeTask(task);
}

/** The task has something to do: an answer of the screen, or room in the terminal. */
export function keyboardWake(): void {
  if (task >= 0) wakeTask(task);
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

function type(): void {
  if (state.count != 0) ttyInput(terminal, state.out, state.count);
}

/** Ctrl-Alt-Del: at once, as the BIOS has it. */
function restartNow(): void {
  state.secureAttention = false;
  logWarn('keyboard', 'Ctrl-Alt-Del: restarting');
  machineRestart();
}

function poll(_argument: usize): i32 {
  while (ttyHasRoom(terminal)) {
    const reply = consoleReply();
    if (reply >= 0) {
      store<u8>(replyByte, <u8>reply);
      ttyInput(terminal, replyByte, 1);
      continue;
    }
    const byte = byteQueuePop(queue);
    if (byte < 0) break;
    if (isAnswer(<u8>byte)) continue;
    state.applicationCursor = consoleApplicationCursor();
    keyboardDecode(state, <u8>byte);
    if (state.secureAttention) restartNow();
    type();
  }
  startLeds();
  return TASK_PENDING;
}

/** Starts typing into `tty`. A machine without a keyboard is normal. */
export function keyboardInit(tty: Tty): void {
  terminal = tty;
  byteQueueInit(queue, storage, QUEUE_BYTES);
  state.out = out;
  task = spawnTask(poll, 0);
  const receiver: (byte: u8) => void = receive;
  if (task < 0 || !i8042Init(receiver.index)) logWarn('keyboard', 'no PS/2 keyboard');
}
