/**
 * The keyboard controller of the PC (IBM PS/2 Hardware Interface Technical Reference; Intel 8042).
 *
 * - i8042Init() brings the controller into a known state with the keyboard alone on; all of its waits are bounded.
 * - Bytes from the keyboard go to `receive` in interrupt context; bytes to it go through i8042Send().
 */
import { registerIrq } from '../arch/x86_64/irq';
import { pause } from '../arch/x86_64/cpu';
import { inb, outb } from '../arch/x86_64/ports';
import { nowNs } from '../sched/clock';

const DATA: u16 = 0x60;
/** Read: status. Written: commands. */
const STATUS: u16 = 0x64;
const COMMAND: u16 = 0x64;
const KEYBOARD_IRQ: u32 = 1;

const OUTPUT_FULL: u8 = 0x01;
const INPUT_FULL: u8 = 0x02;
/** The byte is the mouse's. */
const FROM_AUXILIARY: u8 = 0x20;
/** No controller: a floating bus. */
const ABSENT: u8 = 0xff;

const enum Command {
  ReadConfiguration = 0x20,
  WriteConfiguration = 0x60,
  DisableAuxiliary = 0xa7,
  SelfTest = 0xaa,
  DisableKeyboard = 0xad,
  EnableKeyboard = 0xae,
}

const SELF_TEST_PASSED: i32 = 0x55;
const CONFIG_KEYBOARD_IRQ: u8 = 0x01;
const CONFIG_AUXILIARY_IRQ: u8 = 0x02;
const CONFIG_KEYBOARD_OFF: u8 = 0x10;
const CONFIG_AUXILIARY_OFF: u8 = 0x20;
/** The controller turns the keyboard's own codes into set 1. */
const CONFIG_TRANSLATE: u8 = 0x40;

const KEYBOARD_ENABLE: u8 = 0xf4;
const TIMEOUT_NS: u64 = 100_000_000;
/** More bytes than the controller and the keyboard can hold: a device that never stops is ignored. */
const MAX_BYTES: u32 = 64;

/** Function index of (byte: u8) => void. */
let receive: u32 = 0;

function waitWritable(): bool {
  const deadline = nowNs() + TIMEOUT_NS;
  while (inb(STATUS) & INPUT_FULL) {
    if (nowNs() > deadline) return false;
    pause();
  }
  return true;
}

/** The next byte, or -1 when none comes in time. */
function readByte(): i32 {
  const deadline = nowNs() + TIMEOUT_NS;
  while (!(inb(STATUS) & OUTPUT_FULL)) {
    if (nowNs() > deadline) return -1;
    pause();
  }
  return inb(DATA);
}

function command(code: i32): bool {
  if (!waitWritable()) return false;
  outb(COMMAND, <u8>code);
  return true;
}

function discard(): void {
  for (let i: u32 = 0; i < MAX_BYTES && (inb(STATUS) & OUTPUT_FULL) != 0; i++) inb(DATA);
}

/** Sends a byte to the keyboard; its answer comes through `receive`. False when the controller does not take it. */
export function i8042Send(byte: u8): bool {
  if (!waitWritable()) return false;
  outb(DATA, byte);
  return true;
}

function onInterrupt(_line: u32): void {
  for (let i: u32 = 0; i < MAX_BYTES; i++) {
    const status = inb(STATUS);
    if (!(status & OUTPUT_FULL)) return;
    const byte = inb(DATA);
    if (!(status & FROM_AUXILIARY)) call_indirect<void>(receive, byte);
  }
}

function configure(): bool {
  if (!command(Command.ReadConfiguration)) return false;
  const config = readByte();
  if (config < 0) return false;
  const wanted =
    ((<u8>config) | CONFIG_KEYBOARD_IRQ | CONFIG_TRANSLATE | CONFIG_AUXILIARY_OFF) &
    ~CONFIG_AUXILIARY_IRQ &
    ~CONFIG_KEYBOARD_OFF;
  if (!command(Command.WriteConfiguration) || !waitWritable()) return false;
  outb(DATA, wanted);
  return true;
}

/**
 * Starts the controller and the keyboard on it; `receiver` is a function index of (byte: u8) => void. False when there is
 * no controller, or it does not work.
 */
export function i8042Init(receiver: u32): bool {
  if (inb(STATUS) == ABSENT) return false;
  if (!command(Command.DisableKeyboard) || !command(Command.DisableAuxiliary)) return false;
  discard();
  if (!command(Command.SelfTest) || readByte() != SELF_TEST_PASSED) return false;
  if (!configure() || !command(Command.EnableKeyboard)) return false;
  receive = receiver;
  registerIrq(KEYBOARD_IRQ, onInterrupt);
  return i8042Send(KEYBOARD_ENABLE);
}
