/** tty1: the screen and the keyboard. */
import { consoleColumns, consolePresent, consoleRows, consoleStart, consoleWrite } from '../console/console';
import { keyboardInit, keyboardWake } from '../ps2/keyboard';
import { Cflag } from './termios';
import { TtyDriver } from './tty-driver';
import { Tty, ttyCreate } from './tty';

/** The screen takes everything at once. */
const ROOM: u32 = 4096;

const driver = changetype<TtyDriver>(memory.data(offsetof<TtyDriver>(), 8));
let first: Tty | null = null;

function send(_argument: usize, bytes: usize, count: u32): void {
  consoleWrite(bytes, count);
}

function room(_argument: usize): u32 {
  return ROOM;
}

function drained(_argument: usize): void {
  keyboardWake();
}

/** The terminal of a console; null when there is no such, or no screen. */
export function virtualConsole(n: u32): Tty | null {
  return n == 1 ? first : null;
}

export function virtualConsoleShown(): u32 {
  return 1;
}

export function screenTtyInit(): void {
  if (!consolePresent()) return;
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = send;
  driver.send = sendFunction.index;
  const roomFunction: (argument: usize) => u32 = room;
  driver.room = roomFunction.index;
  const drainedFunction: (argument: usize) => void = drained;
  driver.drained = drainedFunction.index;
  const tty = ttyCreate(driver, Cflag.B38400, 0);
  if (tty == null) return;
  tty.rows = <u16>consoleRows();
  tty.columns = <u16>consoleColumns();
  keyboardInit(tty);
  const wake: () => void = keyboardWake;
  consoleStart(wake.index);
  first = tty;
}
