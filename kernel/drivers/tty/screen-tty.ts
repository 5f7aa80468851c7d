/** tty1: the screen and the keyboard. */
import { consoleColumns, consolePresent, consoleRows, consoleStart, consoleWrite } from '../console/console';
import { keyboardInit, keyboardWake } from '../ps2/keyboard';
import { Cflag } from './termios';
import { Tty, ttyCreate } from './tty';

/** The screen takes everything at once. */
const ROOM: u32 = 4096;

function send(_argument: usize, bytes: usize, count: u32): void {
  consoleWrite(bytes, count);
}

function room(_argument: usize): u32 {
  return ROOM;
}

function drained(_argument: usize): void {
  keyboardWake();
}

/** The terminal on the screen; null when there is no screen. */
export function screenTtyInit(): Tty | null {
  if (!consolePresent()) return null;
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = send;
  const roomFunction: (argument: usize) => u32 = room;
  const drainedFunction: (argument: usize) => void = drained;
  const tty = ttyCreate(Cflag.B38400, sendFunction.index, roomFunction.index, drainedFunction.index, 0);
  if (tty == null) return null;
  tty.rows = <u16>consoleRows();
  tty.columns = <u16>consoleColumns();
  keyboardInit(tty);
  const wake: () => void = keyboardWake;
  consoleStart(wake.index);
  return tty;
}
