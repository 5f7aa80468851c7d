/**
 * The serial ports driven by interrupts, for terminals and the log.
 *
 * - uartStart() switches a port to interrupts. Received bytes go to a bounded queue and `wake` is called; while
 *   the queue is full the receive interrupt is off and the chip's own flow control holds the sender, so that
 *   nothing is lost however slow the reader is.
 * - uartSend() queues what fits and returns how much that was; `wake` is called as the queue drains.
 * - All of it takes the port's spinlock; `wake` is called without it, in interrupt context.
 */
import { registerIrq } from '../arch/x86_64/irq';
import { LOG_WARN, logBegin, logDec, logEnd, logStr } from '../lib/log';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kmalloc } from '../mm/kmalloc';
import { ByteQueue, byteQueueLength, byteQueuePop, byteQueuePush, byteQueueRoom } from './byte-queue';
import { logQueueInit, logQueueTakeDropped } from './uart-log-queue';
import { uartKick, uartTransmit, uartWritePolled } from './uart-output';
import {
  Ier,
  Lsr,
  QUEUE_BYTES,
  Reg,
  UART_COUNT,
  Uart,
  readRegister,
  setInterrupts,
  uart,
  uartLock,
  writeRegister,
} from './uart-port';

const IIR_NONE: i32 = 0x01;
/** Clears the transmit FIFO, keeping the rest. */
const FCR_DROP_OUTPUT: i32 = 0xc5;

/** Status of a received byte. */
export const UART_GOOD: u32 = 0;
export const UART_DAMAGED: u32 = 1;
export const UART_BREAK: u32 = 2;

/** No interrupt of one port needs more rounds; a board that keeps asserting must not hang the kernel. */
const MAX_IRQ_ROUNDS: u32 = 256;
/** Some hundred lines. */
const LOG_BYTES: u32 = 32768;

/** Switches the port to interrupts. `wake` is a function index of (argument: usize) => void. */
export function uartStart(u: Uart, wake: u32, argument: usize): void {
  if (!u.present) return;
  u.wake = wake;
  u.wakeArgument = argument;
  u.interruptDriven = true;
  registerIrq(u.irq, onInterrupt);
  const flags = lockIrqSave(uartLock(u));
  readRegister(u, Reg.Data);
  setInterrupts(u, Ier.Receive | Ier.LineStatus | Ier.ModemStatus);
  unlockIrqRestore(uartLock(u), flags);
}

/** From here on lines of the log wait in a queue instead of with interrupts off. Without memory they go on as before. */
export function uartQueueLog(u: Uart): void {
  if (!u.interruptDriven) return;
  const queue = kmalloc(offsetof<ByteQueue>());
  const storage = kmalloc(LOG_BYTES);
  const flags = lockIrqSave(uartLock(u));
  if (queue != 0 && storage != 0) logQueueInit(u.log, changetype<ByteQueue>(queue), storage, LOG_BYTES);
  unlockIrqRestore(uartLock(u), flags);
}

function receive(u: Uart): bool {
  let any = false;
  for (let i: u32 = 0; i < QUEUE_BYTES; i++) {
    const status = readRegister(u, Reg.LineStatus);
    if (status & Lsr.Overrun) u.overruns++;
    if (!(status & Lsr.DataReady)) break;
    if (byteQueueRoom(u.rx) == 0) {
      // Left in the chip's FIFO: uartReceive() turns the interrupt on again.
      setInterrupts(u, u.ier & ~(Ier.Receive | Ier.LineStatus));
      break;
    }
    const byte = <u8>readRegister(u, Reg.Data);
    if (status & Lsr.Damaged) u.lineErrors++;
    byteQueuePush(
      u.rxStatus,
      <u8>((status & Lsr.Damaged) == 0 ? UART_GOOD : (status & Lsr.Break) != 0 ? UART_BREAK : UART_DAMAGED),
    );
    byteQueuePush(u.rx, byte);
    any = true;
  }
  return any;
}

function service(u: Uart): void {
  const flags = lockIrqSave(uartLock(u));
  let progress = false;
  for (let round: u32 = 0; round < MAX_IRQ_ROUNDS; round++) {
    if (readRegister(u, Reg.InterruptId) & IIR_NONE) break;
    if (receive(u)) progress = true;
    if (uartTransmit(u)) progress = true;
    if (readRegister(u, Reg.ModemStatus) & 0x0f) progress = true;
  }
  const dropped = logQueueTakeDropped(u.log);
  unlockIrqRestore(uartLock(u), flags);
  if (dropped != 0) {
    logBegin(LOG_WARN, 'serial');
    logStr('lines dropped here because the port was too slow: ');
    logDec(dropped);
    logEnd();
  }
  if (progress) call_indirect<void>(u.wake, u.wakeArgument);
}

function onInterrupt(line: u32): void {
  for (let n: u32 = 0; n < UART_COUNT; n++) {
    const u = uart(n);
    if (u.interruptDriven && u.irq == line) service(u);
  }
}

/** The next received byte, or -1. Called by one consumer. */
export function uartReceive(u: Uart): i32 {
  const byte = byteQueuePop(u.rx);
  if (byte >= 0) u.lastStatus = byteQueuePop(u.rxStatus);
  if (byte < 0 && u.interruptDriven && !(u.ier & Ier.Receive)) {
    const flags = lockIrqSave(uartLock(u));
    setInterrupts(u, u.ier | Ier.Receive | Ier.LineStatus);
    unlockIrqRestore(uartLock(u), flags);
  }
  return byte;
}

/** Queues as much of `bytes` as fits; returns how much that was. */
export function uartSend(u: Uart, bytes: usize, count: u32): u32 {
  if (!u.present) return count; // a port that does not exist swallows, as an unconnected one does
  if (!u.interruptDriven) {
    uartWritePolled(u, bytes, count);
    return count;
  }
  const flags = lockIrqSave(uartLock(u));
  const n = min(count, byteQueueRoom(u.tx));
  for (let i: u32 = 0; i < n; i++) byteQueuePush(u.tx, load<u8>(bytes + i));
  uartKick(u);
  unlockIrqRestore(uartLock(u), flags);
  return n;
}

export function uartSendRoom(u: Uart): u32 {
  return u.interruptDriven ? byteQueueRoom(u.tx) : QUEUE_BYTES;
}

/** UART_GOOD, UART_DAMAGED or UART_BREAK: of the byte that uartReceive() gave last. */
export function uartReceiveStatus(u: Uart): u32 {
  return u.lastStatus;
}

/**
 * Bytes that have not gone out: those queued, and one while the chip still sends. Unless it is 0, `wake` is called when
 * the chip has taken more: also for what went into the chip at once, for which nobody has asked for an interrupt.
 */
export function uartSendPending(u: Uart): u32 {
  if (!u.present) return byteQueueLength(u.tx);
  const flags = lockIrqSave(uartLock(u));
  let pending = byteQueueLength(u.tx);
  if (pending == 0 && !(readRegister(u, Reg.LineStatus) & Lsr.TransmitEmpty)) {
    pending = 1;
    setInterrupts(u, u.ier | Ier.Transmit);
  }
  unlockIrqRestore(uartLock(u), flags);
  return pending;
}

/** Forgets what the terminal has not sent; lines of the log stay. */
export function uartDropOutput(u: Uart): void {
  if (!u.present) return;
  const flags = lockIrqSave(uartLock(u));
  while (byteQueuePop(u.tx) >= 0);
  if (!u.sendsLog) writeRegister(u, Reg.FifoControl, FCR_DROP_OUTPUT);
  unlockIrqRestore(uartLock(u), flags);
}
