/**
 * The 16550A serial ports COM1 and COM2 (National Semiconductor PC16550D data sheet).
 *
 * - uartEarlyInit() and uartWritePolled() work from the first instruction on: no allocation, no interrupts.
 *   Polled output first sends what is queued, so that log lines and program output keep their order.
 * - uartStart() switches a port to interrupts. Received bytes go to a bounded queue and `wake` is called; while
 *   the queue is full the receive interrupt is off and the chip's own flow control holds the sender, so that
 *   nothing is lost however slow the reader is.
 * - uartSend() queues what fits and returns how much that was; `wake` is called as the queue drains.
 * - All of it takes the port's spinlock; `wake` is called without it, in interrupt context.
 */
import { inb, outb } from '../arch/x86_64/ports';
import { registerIrq } from '../arch/x86_64/irq';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import {
  ByteQueue,
  byteQueueInit,
  byteQueueLength,
  byteQueuePop,
  byteQueuePush,
  byteQueueRoom,
} from './byte-queue';

const enum Reg {
  Data = 0,
  InterruptEnable = 1,
  /** Read. */
  InterruptId = 2,
  /** Written. */
  FifoControl = 2,
  LineControl = 3,
  ModemControl = 4,
  LineStatus = 5,
  ModemStatus = 6,
  Scratch = 7,
}

const enum Ier {
  Receive = 1,
  Transmit = 2,
  LineStatus = 4,
  ModemStatus = 8,
}

const enum Lsr {
  DataReady = 0x01,
  Overrun = 0x02,
  /** Parity, framing error or break. */
  Damaged = 0x1c,
  Break = 0x10,
  TransmitEmpty = 0x20,
}

const IIR_NONE: i32 = 0x01;
/** 8 data bits, no parity, 1 stop bit. */
const LCR_8N1: i32 = 0x03;
const LCR_STOP_2: i32 = 0x04;
const LCR_PARITY: i32 = 0x08;
const LCR_EVEN: i32 = 0x10;
const LCR_BREAK: i32 = 0x40;
const LCR_DIVISOR_LATCH: i32 = 0x80;
/** Clears the transmit FIFO, keeping the rest. */
const FCR_DROP_OUTPUT: i32 = 0xc5;
/** FIFOs on and cleared, receive trigger at 14 bytes (the chip's time-out reports fewer). */
const FCR_ENABLE: i32 = 0xc7;
const MCR_DTR_RTS: i32 = 0x03;
/** On PC boards OUT2 connects the chip's interrupt to the interrupt controller. */
const MCR_OUT2: i32 = 0x08;
const MCR_LOOPBACK: i32 = 0x10;
/** The clock divided by 16: 115200 baud is divisor 1. */
const BASE_BAUD: u32 = 115200;
const DIVISOR: i32 = 1;

/** Status of a received byte. */
export const UART_GOOD: u32 = 0;
export const UART_DAMAGED: u32 = 1;
export const UART_BREAK: u32 = 2;

/** Modem lines as TIOCMGET has them (asm-generic/termios.h): DTR RTS, CTS CAR RNG DSR, OUT1 OUT2 LOOP. */
const TIOCM_OUT1: u32 = 0x2000;
const TIOCM_OUT2: u32 = 0x4000;
const TIOCM_LOOP: u32 = 0x8000;
const FIFO_BYTES: u32 = 16;
/** Bytes a sender may wait for a stuck transmitter: no real line is that slow at 115200 baud. */
const POLL_LIMIT: u32 = 200000;
/** No interrupt of one port needs more rounds; a board that keeps asserting must not hang the kernel. */
const MAX_IRQ_ROUNDS: u32 = 256;

const QUEUE_BYTES: u32 = 4096;

@unmanaged
export class Uart {
  /** A spinlock. */
  lock: u32;
  base: i32;
  irq: u32;
  present: bool;
  interruptDriven: bool;
  ier: i32;
  rx: ByteQueue;
  /** UART_GOOD … of each byte in `rx`. */
  rxStatus: ByteQueue;
  tx: ByteQueue;
  /** Status of the byte that uartReceive() gave last. */
  lastStatus: u32;
  lcr: i32;
  /** Function index of (argument: usize) => void, called in interrupt context. */
  wake: u32;
  wakeArgument: usize;
  overruns: u32;
  lineErrors: u32;
}

export const UART_COUNT: u32 = 2;
const uarts = memory.data(offsetof<Uart>() * 2, 16);
const queues = memory.data(offsetof<ByteQueue>() * 6, 16);
const queueStorage = memory.data(4096 * 6, 16);

/** Port `n` of UART_COUNT: 0 is COM1. */
export function uart(n: u32): Uart {
  return changetype<Uart>(uarts + n * offsetof<Uart>());
}

function lockOf(u: Uart): usize {
  return changetype<usize>(u) + offsetof<Uart>('lock');
}

function read(u: Uart, reg: i32): i32 {
  return inb(<u16>(u.base + reg));
}

function write(u: Uart, reg: i32, value: i32): void {
  outb(<u16>(u.base + reg), <u8>value);
}

function setUp(n: u32, base: i32, irq: u32): void {
  const u = uart(n);
  u.base = base;
  u.irq = irq;
  u.rx = changetype<ByteQueue>(queues + n * 3 * offsetof<ByteQueue>());
  u.tx = changetype<ByteQueue>(queues + (n * 3 + 1) * offsetof<ByteQueue>());
  u.rxStatus = changetype<ByteQueue>(queues + (n * 3 + 2) * offsetof<ByteQueue>());
  byteQueueInit(u.rx, queueStorage + n * 3 * QUEUE_BYTES, QUEUE_BYTES);
  byteQueueInit(u.tx, queueStorage + (n * 3 + 1) * QUEUE_BYTES, QUEUE_BYTES);
  byteQueueInit(u.rxStatus, queueStorage + (n * 3 + 2) * QUEUE_BYTES, QUEUE_BYTES);
  u.lcr = LCR_8N1;
  u.present = probe(u);
  if (!u.present) return;
  write(u, Reg.InterruptEnable, 0);
  write(u, Reg.LineControl, LCR_DIVISOR_LATCH);
  write(u, Reg.Data, DIVISOR);
  write(u, Reg.InterruptEnable, DIVISOR >> 8);
  write(u, Reg.LineControl, LCR_8N1);
  write(u, Reg.FifoControl, FCR_ENABLE);
  write(u, Reg.ModemControl, MCR_DTR_RTS | MCR_OUT2);
}

/** In loop-back mode the modem outputs come back as modem inputs; an empty port reads 0xff whatever is written. */
function probe(u: Uart): bool {
  write(u, Reg.ModemControl, MCR_LOOPBACK | 0x0a);
  const found = (read(u, Reg.ModemStatus) & 0xf0) == 0x90;
  write(u, Reg.ModemControl, 0);
  return found;
}

/** Finds and programs both ports for polled output. Before anything else runs. */
export function uartEarlyInit(): void {
  setUp(0, 0x3f8, 4);
  setUp(1, 0x2f8, 3);
}

/** Waits for an empty transmitter and gives it up to a FIFO full of bytes; returns how many it took. */
function fillPolled(u: Uart, bytes: usize, count: u32): u32 {
  let polls: u32 = 0;
  while (!(read(u, Reg.LineStatus) & Lsr.TransmitEmpty)) {
    if (++polls == POLL_LIMIT) return 0;
  }
  const n = min(count, FIFO_BYTES);
  for (let i: u32 = 0; i < n; i++) write(u, Reg.Data, load<u8>(bytes + i));
  return n;
}

function drainPolled(u: Uart): void {
  const one = memory.data(1);
  while (byteQueueLength(u.tx) != 0) {
    store<u8>(one, <u8>byteQueuePop(u.tx));
    if (fillPolled(u, one, 1) == 0) return;
  }
}

/** Sends `count` bytes at once, whatever the state of the system; gives up on a transmitter that is stuck. */
export function uartWritePolled(u: Uart, bytes: usize, count: usize): void {
  if (!u.present) return;
  const flags = lockIrqSave(lockOf(u));
  drainPolled(u);
  let done: usize = 0;
  while (done < count) {
    const n = fillPolled(u, bytes + done, <u32>min(count - done, <usize>FIFO_BYTES));
    if (n == 0) break;
    done += n;
  }
  unlockIrqRestore(lockOf(u), flags);
}

function setInterrupts(u: Uart, ier: i32): void {
  if (u.ier == ier) return;
  u.ier = ier;
  write(u, Reg.InterruptEnable, ier);
}

/** Switches the port to interrupts. `wake` is a function index of (argument: usize) => void. */
export function uartStart(u: Uart, wake: u32, argument: usize): void {
  if (!u.present) return;
  u.wake = wake;
  u.wakeArgument = argument;
  u.interruptDriven = true;
  registerIrq(u.irq, onInterrupt);
  const flags = lockIrqSave(lockOf(u));
  read(u, Reg.Data);
  setInterrupts(u, Ier.Receive | Ier.LineStatus | Ier.ModemStatus);
  unlockIrqRestore(lockOf(u), flags);
}

function receive(u: Uart): bool {
  let any = false;
  for (let i: u32 = 0; i < QUEUE_BYTES; i++) {
    const status = read(u, Reg.LineStatus);
    if (status & Lsr.Overrun) u.overruns++;
    if (!(status & Lsr.DataReady)) break;
    if (byteQueueRoom(u.rx) == 0) {
      // Left in the chip's FIFO: uartReceive() turns the interrupt on again.
      setInterrupts(u, u.ier & ~(Ier.Receive | Ier.LineStatus));
      break;
    }
    const byte = <u8>read(u, Reg.Data);
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

function transmit(u: Uart): bool {
  if (!(read(u, Reg.LineStatus) & Lsr.TransmitEmpty)) return false;
  let n: u32 = 0;
  while (n < FIFO_BYTES) {
    const byte = byteQueuePop(u.tx);
    if (byte < 0) break;
    write(u, Reg.Data, <u8>byte);
    n++;
  }
  const wasWaiting = (u.ier & Ier.Transmit) != 0;
  setInterrupts(u, byteQueueLength(u.tx) ? u.ier | Ier.Transmit : u.ier & ~Ier.Transmit);
  // Polled output may have emptied the queue in between: whoever waits for that must hear of it too.
  return n != 0 || wasWaiting;
}

function service(u: Uart): void {
  const flags = lockIrqSave(lockOf(u));
  let progress = false;
  for (let round: u32 = 0; round < MAX_IRQ_ROUNDS; round++) {
    if (read(u, Reg.InterruptId) & IIR_NONE) break;
    if (receive(u)) progress = true;
    if (transmit(u)) progress = true;
    if (read(u, Reg.ModemStatus) & 0x0f) progress = true;
  }
  unlockIrqRestore(lockOf(u), flags);
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
    const flags = lockIrqSave(lockOf(u));
    setInterrupts(u, u.ier | Ier.Receive | Ier.LineStatus);
    unlockIrqRestore(lockOf(u), flags);
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
  const flags = lockIrqSave(lockOf(u));
  const n = min(count, byteQueueRoom(u.tx));
  for (let i: u32 = 0; i < n; i++) byteQueuePush(u.tx, load<u8>(bytes + i));
  if (n != 0) transmit(u);
  if (byteQueueLength(u.tx) != 0) setInterrupts(u, u.ier | Ier.Transmit);
  unlockIrqRestore(lockOf(u), flags);
  return n;
}

export function uartSendRoom(u: Uart): u32 {
  return u.interruptDriven ? byteQueueRoom(u.tx) : QUEUE_BYTES;
}

/** UART_GOOD, UART_DAMAGED or UART_BREAK: of the byte that uartReceive() gave last. */
export function uartReceiveStatus(u: Uart): u32 {
  return u.lastStatus;
}

/** Bytes that have not gone out: those queued, and one while the chip still sends. */
export function uartSendPending(u: Uart): u32 {
  const queued = byteQueueLength(u.tx);
  if (queued != 0 || !u.present) return queued;
  return (read(u, Reg.LineStatus) & Lsr.TransmitEmpty) != 0 ? 0 : 1;
}

/** Forgets what has not gone out. */
export function uartDropOutput(u: Uart): void {
  if (!u.present) return;
  const flags = lockIrqSave(lockOf(u));
  while (byteQueuePop(u.tx) >= 0);
  write(u, Reg.FifoControl, FCR_DROP_OUTPUT);
  unlockIrqRestore(lockOf(u), flags);
}

/** `dataBits` 5 to 8, `stopBits` 1 or 2, `parity` 0 none, 1 odd, 2 even. A speed beyond the chip's is its highest. */
export function uartConfigure(u: Uart, baud: u32, dataBits: u32, stopBits: u32, parity: u32): void {
  if (!u.present || baud == 0) return;
  const divisor = max<u32>(1, min<u32>(0xffff, (BASE_BAUD + baud / 2) / baud));
  const lcr =
    (<i32>(dataBits - 5)) |
    (stopBits == 2 ? LCR_STOP_2 : 0) |
    (parity == 0 ? 0 : parity == 1 ? LCR_PARITY : LCR_PARITY | LCR_EVEN);
  const flags = lockIrqSave(lockOf(u));
  u.lcr = lcr;
  write(u, Reg.LineControl, lcr | LCR_DIVISOR_LATCH);
  write(u, Reg.Data, <i32>(divisor & 0xff));
  write(u, Reg.InterruptEnable, <i32>(divisor >> 8));
  write(u, Reg.LineControl, lcr);
  unlockIrqRestore(lockOf(u), flags);
}

export function uartSetBreak(u: Uart, on: bool): void {
  if (!u.present) return;
  const flags = lockIrqSave(lockOf(u));
  write(u, Reg.LineControl, on ? u.lcr | LCR_BREAK : u.lcr);
  unlockIrqRestore(lockOf(u), flags);
}

/** TIOCM bits of all modem lines. */
export function uartModemGet(u: Uart): u32 {
  if (!u.present) return 0;
  const mcr = <u32>read(u, Reg.ModemControl);
  const msr = <u32>read(u, Reg.ModemStatus);
  return (
    ((mcr & 0x03) << 1) |
    ((mcr & 0x04) != 0 ? TIOCM_OUT1 : 0) |
    ((mcr & 0x08) != 0 ? TIOCM_OUT2 : 0) |
    ((mcr & 0x10) != 0 ? TIOCM_LOOP : 0) |
    ((msr & 0x10) << 1) |
    ((msr & 0x80) >> 1) |
    ((msr & 0x40) << 1) |
    ((msr & 0x20) << 3)
  );
}

/** Sets DTR, RTS, OUT1 and LOOP from TIOCM bits. OUT2 stays on: it carries the interrupt on PC boards. */
export function uartModemSet(u: Uart, bits: u32): void {
  if (!u.present) return;
  const mcr =
    (<i32>((bits >> 1) & 3)) |
    ((bits & TIOCM_OUT1) != 0 ? 0x04 : 0) |
    ((bits & TIOCM_LOOP) != 0 ? MCR_LOOPBACK : 0);
  const flags = lockIrqSave(lockOf(u));
  write(u, Reg.ModemControl, mcr | MCR_OUT2);
  unlockIrqRestore(lockOf(u), flags);
}
