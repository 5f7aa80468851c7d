/**
 * ttyS0 and ttyS1: terminals on the serial ports. Received bytes go from the interrupt handler through the port's queue
 * to a kernel task, which feeds the line discipline.
 */
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { Uart, UART_COUNT, uart, uartReceive, uartSend, uartSendRoom, uartStart } from '../uart16550';
import { Cflag } from './termios';
import { Tty, ttyCreate, ttyHasRoom, ttyInput, ttyOutputDrained } from './tty';

/** A serial terminal tells nobody its size; 80 by 24 is what a VT100 has. */
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
/** Writers are woken when the queue is at least half empty, not for each byte that leaves. */
const WAKE_ROOM: u32 = 2048;
/** Bytes handled in one poll of the task. */
const POLL_BYTES: u32 = 256;

/** Per port: the Tty and the number of its task. */
const ttys = memory.data(8 * 2, 8);
const tasks = memory.data(4 * 2, 4);

/** Terminal of port `n`; null when there is no such port. */
export function serialTty(n: u32): Tty | null {
  return changetype<Tty | null>(load<usize>(ttys + n * 8));
}

function taskOf(port: usize): i32 {
  return load<i32>(tasks + port * 4);
}

function wake(port: usize): void {
  wakeTask(taskOf(port));
}

function poll(port: usize): i32 {
  const tty = changetype<Tty>(load<usize>(ttys + port * 8));
  if (changetype<usize>(tty) == 0) return TASK_PENDING;
  const u = uart(<u32>port);
  if (uartSendRoom(u) >= WAKE_ROOM) ttyOutputDrained(tty);
  for (let n: u32 = 0; ttyHasRoom(tty); n++) {
    if (n == POLL_BYTES) {
      wake(port);
      break;
    }
    const byte = uartReceive(u);
    if (byte < 0) break;
    ttyInput(tty, <u8>byte);
  }
  return TASK_PENDING;
}

function send(port: usize, bytes: usize, count: u32): void {
  // ttyWrite() asked for the room; echo on a full queue is lost, as on any terminal.
  uartSend(uart(<u32>port), bytes, count);
}

function room(port: usize): u32 {
  return uartSendRoom(uart(<u32>port));
}

function start(n: u32, u: Uart): void {
  const sendFunction: (port: usize, bytes: usize, count: u32) => void = send;
  const roomFunction: (port: usize) => u32 = room;
  const wakeFunction: (port: usize) => void = wake;
  const tty = ttyCreate(Cflag.B115200, sendFunction.index, roomFunction.index, wakeFunction.index, n);
  if (tty == null) return;
  tty.rows = ROWS;
  tty.columns = COLUMNS;
  const task = spawnTask(poll, n);
  if (task < 0) return;
  store<i32>(tasks + n * 4, task);
  store<usize>(ttys + n * 8, changetype<usize>(tty));
  uartStart(u, wakeFunction.index, n);
}

export function serialTtyInit(): void {
  for (let n: u32 = 0; n < UART_COUNT; n++) if (uart(n).present) start(n, uart(n));
}
