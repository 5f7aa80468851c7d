/**
 * Reading and changing a terminal's settings: struct termios (TCGETS), termios2 with speeds in baud, and the older termio
 * of System V (TCGETA), as Linux's asm-generic/termbits.h and termios.h lay them out.
 */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import { wakeAll } from '../../sched/wait-queue';
import { ttyCheckChange } from './job-control';
import { lineBufferClear, lineBufferReleaseAll } from './line-buffer';
import {
  Cc,
  Cflag,
  INPUT_SPEED_OFFSET,
  Iflag,
  Lflag,
  OUTPUT_SPEED_OFFSET,
  TERMIOS2_SIZE,
  TERMIOS_SIZE,
  Termios,
  controlChar,
  speedCode,
  termiosNoteSpeeds,
} from './termios';
import { TTY_EVENT_DO_STOP, TTY_EVENT_FLUSH_READ, TTY_EVENT_NO_STOP } from './tty-driver';
import { ttyDrain } from './tty-io';
import { Tty, ttyEvent, ttyInputDrained, ttyLock } from './tty';

/** When a change takes effect: the argument of tcsetattr(). */
export const enum When {
  Now = 0,
  /** After all output has gone out. */
  Drained = 1,
  /** And input that nobody has read is thrown away. */
  Flushed = 2,
}

/** Layout of the settings in user memory. */
export const enum Layout {
  Termios = 0,
  Termios2 = 1,
  Termio = 2,
}

/** struct termio: four u16 flags, c_line, 8 control characters. */
const TERMIO_SIZE: usize = 18;
const TERMIO_CHARACTERS: u32 = 8;
const CONTROL_S: u8 = 0x13;
const CONTROL_Q: u8 = 0x11;

export function ttyClearInput(tty: Tty): void {
  const flags = lockIrqSave(ttyLock(tty));
  lineBufferClear(tty.ld.input);
  ttyEvent(tty, TTY_EVENT_FLUSH_READ);
  const release = tty.throttled;
  unlockIrqRestore(ttyLock(tty), flags);
  if (release) ttyInputDrained(tty);
}

function stopsByKeys(t: Termios): bool {
  return (
    (t.iflag & Iflag.IXON) != 0 &&
    controlChar(t, Cc.VSTOP) == CONTROL_S &&
    controlChar(t, Cc.VSTART) == CONTROL_Q
  );
}

/** New settings; what was typed before a change of mode stays readable. */
function apply(tty: Tty, settings: usize): void {
  const flags = lockIrqSave(ttyLock(tty));
  const t = tty.ld.termios;
  const before = t.lflag;
  const lineBefore = t.cflag;
  const speedBefore = load<u32>(changetype<usize>(t) + OUTPUT_SPEED_OFFSET);
  const keysBefore = stopsByKeys(t);
  memory.copy(changetype<usize>(t), settings, TERMIOS2_SIZE);
  const modeChanged = ((before ^ t.lflag) & Lflag.ICANON) != 0;
  if (modeChanged) lineBufferReleaseAll(tty.ld.input);
  // Without IXON no key could release the output any more.
  const restart = tty.ld.stopped && (t.iflag & Iflag.IXON) == 0;
  if (restart) tty.ld.stopped = false;
  if (keysBefore != stopsByKeys(t)) ttyEvent(tty, keysBefore ? TTY_EVENT_NO_STOP : TTY_EVENT_DO_STOP);
  const speed = load<u32>(changetype<usize>(t) + OUTPUT_SPEED_OFFSET);
  const lineChanged = lineBefore != t.cflag || speedBefore != speed;
  unlockIrqRestore(ttyLock(tty), flags);
  // A reader that sleeps for a line has to wait for bytes now, or the other way round.
  if (modeChanged) wakeAll(tty.readers);
  if (restart) wakeAll(tty.writers);
  if (lineChanged && tty.driver.configure != 0)
    call_indirect<void>(tty.driver.configure, tty.argument, changetype<usize>(t));
}

/** termio's low halves and eight characters into `settings`, which holds the present ones. */
function mergeTermio(settings: usize, termio: usize): void {
  for (let i: u32 = 0; i < 4; i++) store<u16>(settings + i * 4, load<u16>(termio + i * 2));
  const t = changetype<Termios>(settings);
  t.line = load<u8>(termio, 8);
  memory.copy(settings + offsetof<Termios>('cc0'), termio + 9, TERMIO_CHARACTERS);
}

/** `buffer` has room for 2 * TERMIOS2_SIZE. */
export function ttySetTermios(tty: Tty, layout: i32, when: i32, argument: u64, buffer: usize): i32 {
  const given = buffer + TERMIOS2_SIZE;
  const size =
    layout == Layout.Termio ? TERMIO_SIZE : layout == Layout.Termios2 ? TERMIOS2_SIZE : TERMIOS_SIZE;
  const error = copyFromUser(given, argument, size);
  if (error != 0) return error;
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  if (when != When.Now) {
    const interrupted = ttyDrain(tty);
    if (interrupted != 0) return interrupted;
  }
  if (when == When.Flushed) ttyClearInput(tty);
  memory.copy(buffer, changetype<usize>(tty.ld.termios), TERMIOS2_SIZE);
  const t = changetype<Termios>(buffer);
  if (layout == Layout.Termio) mergeTermio(buffer, given);
  else memory.copy(buffer, given, size);
  if (layout == Layout.Termios2 && (t.cflag & Cflag.CBAUD) == Cflag.BOTHER) {
    // A speed that has a code is reported by it.
    const code = speedCode(load<u32>(buffer + OUTPUT_SPEED_OFFSET));
    t.cflag = (t.cflag & ~Cflag.CBAUD) | code;
    store<u32>(buffer + INPUT_SPEED_OFFSET, load<u32>(buffer + OUTPUT_SPEED_OFFSET));
  }
  if ((t.cflag & Cflag.CBAUD) != Cflag.BOTHER) termiosNoteSpeeds(t);
  apply(tty, buffer);
  return 0;
}

export function ttyGetTermios(tty: Tty, layout: i32, argument: u64, buffer: usize): i32 {
  const flags = lockIrqSave(ttyLock(tty));
  memory.copy(buffer, changetype<usize>(tty.ld.termios), TERMIOS2_SIZE);
  unlockIrqRestore(ttyLock(tty), flags);
  if (layout == Layout.Termios) return copyToUser(argument, buffer, TERMIOS_SIZE);
  if (layout == Layout.Termios2) return copyToUser(argument, buffer, TERMIOS2_SIZE);
  const termio = buffer + TERMIOS2_SIZE;
  for (let i: u32 = 0; i < 4; i++) store<u16>(termio + i * 2, load<u16>(buffer + i * 4));
  store<u8>(termio, changetype<Termios>(buffer).line, 8);
  memory.copy(termio + 9, buffer + offsetof<Termios>('cc0'), TERMIO_CHARACTERS);
  store<u8>(termio, 0, 17);
  return copyToUser(argument, termio, TERMIO_SIZE);
}
