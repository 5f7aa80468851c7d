/**
 * ttyS0 and ttyS1: terminals on the serial ports. Received bytes go from the interrupt handler through the port's queue
 * to a kernel task, which feeds the line discipline. Without CLOCAL the loss of the carrier hangs the terminal up.
 */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { ENOMEM, ENOTTY, EPERM } from '../../lib/errno';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { copyToUser } from '../../syscall/user-copy';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { uartConfigure, uartModemGet, uartModemSet, uartSetBreak } from '../uart-line';
import { UART_COUNT, Uart, uart } from '../uart-port';
import {
  UART_BREAK,
  UART_GOOD,
  uartDropOutput,
  uartReceive,
  uartReceiveStatus,
  uartSend,
  uartSendPending,
  uartSendRoom,
  uartStart,
} from '../uart16550';
import { Received } from './line-discipline';
import { Cflag, Termios, termiosSpeed } from './termios';
import { TtyDriver } from './tty-driver';
import { Tty, ttyCreate, ttyHangUp, ttyHasRoom, ttyInput, ttyLock, ttyOutputDrained } from './tty';

/** A serial terminal tells nobody its size; 80 by 24 is what a VT100 has. */
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
/** Writers are woken when the queue is at least half empty, not for each byte that leaves. */
const WAKE_ROOM: u32 = 2048;
/** Bytes handled in one poll of the task. */
const POLL_BYTES: u32 = 256;
/** Bytes that go to the line discipline at once. */
const BATCH: u32 = 64;

const TIOCGSERIAL: u32 = 0x541e;
const TIOCSSERIAL: u32 = 0x541f;
/** struct serial_struct: type, line, port, irq, flags, xmit_fifo_size, custom_divisor, baud_base, … */
const SERIAL_STRUCT_BYTES: usize = 72;
const PORT_16550A: i32 = 4;
const BAUD_BASE: i32 = 115200;

/** TIOCM bits (asm-generic/termios.h). */
const TIOCM_DTR: u32 = 0x002;
const TIOCM_RTS: u32 = 0x004;
const TIOCM_CAR: u32 = 0x040;

/** Per port: the Tty and the number of its task. */
const ttys = memory.data(8 * 2, 8);
const tasks = memory.data(4 * 2, 4);
const carriers = memory.data(2);
const batch = memory.data(64);
const driver = changetype<TtyDriver>(memory.data(offsetof<TtyDriver>(), 8));

/** Terminal of port `n`; null when there is no such port. */
export function serialTty(n: u32): Tty | null {
  return changetype<Tty | null>(load<usize>(ttys + n * 8));
}

function ttyOf(port: usize): Tty {
  return changetype<Tty>(load<usize>(ttys + port * 8));
}

function taskOf(port: usize): i32 {
  return load<i32>(tasks + port * 4);
}

function wake(port: usize): void {
  wakeTask(taskOf(port));
}

/** The loss of the carrier: the other end has hung up. */
function watchCarrier(port: usize, tty: Tty): void {
  const carrier: u8 = (uartModemGet(uart(<u32>port)) & TIOCM_CAR) != 0 ? 1 : 0;
  const before = load<u8>(carriers + port);
  store<u8>(carriers + port, carrier);
  if (before != 0 && carrier == 0 && (tty.ld.termios.cflag & Cflag.CLOCAL) == 0) ttyHangUp(tty);
}

/** Gives the discipline what has come, good bytes together; false when there was nothing. */
function feed(tty: Tty, u: Uart): bool {
  let count: u32 = 0;
  let status: u32 = UART_GOOD;
  while (count < BATCH) {
    const byte = uartReceive(u);
    if (byte < 0) break;
    status = uartReceiveStatus(u);
    store<u8>(batch + count, <u8>byte);
    if (status != UART_GOOD) break;
    count++;
  }
  if (tty.ld.termios.cflag & Cflag.CREAD) {
    if (count != 0) ttyInput(tty, batch, count);
    if (status != UART_GOOD)
      ttyInput(tty, batch + count, 1, status == UART_BREAK ? Received.Break : Received.Damaged);
  }
  return count != 0 || status != UART_GOOD;
}

function poll(port: usize): i32 {
  const tty = ttyOf(port);
  if (changetype<usize>(tty) == 0) return TASK_PENDING;
  const u = uart(<u32>port);
  watchCarrier(port, tty);
  if (uartSendRoom(u) >= WAKE_ROOM) ttyOutputDrained(tty);
  for (let n: u32 = 0; ttyHasRoom(tty); n += BATCH) {
    if (n >= POLL_BYTES) {
      wake(port);
      break;
    }
    if (!feed(tty, u)) break;
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

function pending(port: usize): u32 {
  return uartSendPending(uart(<u32>port));
}

function flushOutput(port: usize): void {
  uartDropOutput(uart(<u32>port));
}

/** B0 hangs up: DTR and RTS fall (POSIX XBD 11.2.4); any other speed raises them again. */
function configure(port: usize, termios: usize): void {
  const t = changetype<Termios>(termios);
  const u = uart(<u32>port);
  const baud = termiosSpeed(t);
  const lines = uartModemGet(u);
  if (baud == 0) {
    uartModemSet(u, lines & ~(TIOCM_DTR | TIOCM_RTS));
    return;
  }
  uartConfigure(
    u,
    baud,
    5 + ((t.cflag & Cflag.CSIZE) >> 4),
    (t.cflag & Cflag.CSTOPB) != 0 ? 2 : 1,
    (t.cflag & Cflag.PARENB) == 0 ? 0 : (t.cflag & Cflag.PARODD) != 0 ? 1 : 2,
  );
  if ((lines & TIOCM_DTR) == 0) uartModemSet(u, lines | TIOCM_DTR | TIOCM_RTS);
}

function modemGet(port: usize): u32 {
  return uartModemGet(uart(<u32>port));
}

function modemSet(port: usize, bits: u32): void {
  uartModemSet(uart(<u32>port), bits);
}

function breakControl(port: usize, on: u32): void {
  uartSetBreak(uart(<u32>port), on != 0);
}

/** HUPCL: the last to leave hangs up. The line stays usable: the next open raises DTR again through configure(). */
function lastClose(port: usize): void {
  const tty = ttyOf(port);
  const flags = lockIrqSave(ttyLock(tty));
  const hangUp = (tty.ld.termios.cflag & (Cflag.HUPCL | Cflag.CLOCAL)) == Cflag.HUPCL;
  if (hangUp) modemSet(port, modemGet(port) & ~(TIOCM_DTR | TIOCM_RTS));
  unlockIrqRestore(ttyLock(tty), flags);
}

function ioctl(port: usize, request: u32, argument: u64): i64 {
  // The ports of a PC are where they are: nothing to set, but root may say so again.
  if (request == TIOCSSERIAL) return isSuperuser(currentCredentials()) ? 0 : -EPERM;
  if (request != TIOCGSERIAL) return -ENOTTY;
  const u = uart(<u32>port);
  const answer = kmalloc(SERIAL_STRUCT_BYTES);
  if (answer == 0) return -ENOMEM;
  store<i32>(answer, PORT_16550A);
  store<i32>(answer, <i32>port, 4);
  store<u32>(answer, u.base, 8);
  store<u32>(answer, u.irq, 12);
  store<i32>(answer, 16, 20);
  store<i32>(answer, BAUD_BASE, 28);
  const error = copyToUser(argument, answer, SERIAL_STRUCT_BYTES);
  kfree(answer);
  return error;
}

function setUpDriver(): void {
  const sendFunction: (port: usize, bytes: usize, count: u32) => void = send;
  driver.send = sendFunction.index;
  const roomFunction: (port: usize) => u32 = room;
  driver.room = roomFunction.index;
  const pendingFunction: (port: usize) => u32 = pending;
  driver.pending = pendingFunction.index;
  const flushFunction: (port: usize) => void = flushOutput;
  driver.flushOutput = flushFunction.index;
  const wakeFunction: (port: usize) => void = wake;
  driver.drained = wakeFunction.index;
  const configureFunction: (port: usize, termios: usize) => void = configure;
  driver.configure = configureFunction.index;
  const getFunction: (port: usize) => u32 = modemGet;
  driver.modemGet = getFunction.index;
  const setFunction: (port: usize, bits: u32) => void = modemSet;
  driver.modemSet = setFunction.index;
  const breakFunction: (port: usize, on: u32) => void = breakControl;
  driver.breakControl = breakFunction.index;
  const closeFunction: (port: usize) => void = lastClose;
  driver.lastClose = closeFunction.index;
  const ioctlFunction: (port: usize, request: u32, argument: u64) => i64 = ioctl;
  driver.ioctl = ioctlFunction.index;
}

function start(n: u32, u: Uart): void {
  const tty = ttyCreate(driver, Cflag.B115200, n);
  if (tty == null) return;
  tty.rows = ROWS;
  tty.columns = COLUMNS;
  const task = spawnTask(poll, n);
  if (task < 0) return;
  store<i32>(tasks + n * 4, task);
  store<usize>(ttys + n * 8, changetype<usize>(tty));
  uartStart(u, driver.drained, n);
}

export function serialTtyInit(): void {
  setUpDriver();
  for (let n: u32 = 0; n < UART_COUNT; n++) if (uart(n).present) start(n, uart(n));
}
