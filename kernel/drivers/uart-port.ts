/**
 * The 16550A serial ports COM1 and COM2 (National Semiconductor PC16550D data sheet): their registers and what the
 * driver keeps of each. Whoever changes a port holds its lock; uartEarlyInit() runs before anything else and alone.
 */
import { inb, outb } from '../arch/x86_64/ports';
import { ByteQueue, byteQueueInit } from './byte-queue';
import { LogQueue } from './uart-log-queue';

export const enum Reg {
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

export const enum Ier {
  Receive = 1,
  Transmit = 2,
  LineStatus = 4,
  ModemStatus = 8,
}

export const enum Lsr {
  DataReady = 0x01,
  Overrun = 0x02,
  /** Parity, framing error or break. */
  Damaged = 0x1c,
  Break = 0x10,
  /** The FIFO is empty. */
  TransmitEmpty = 0x20,
  /** So is the shift register: the last bit has left. */
  TransmitIdle = 0x40,
}

/** 8 data bits, no parity, 1 stop bit. */
const LCR_8N1: i32 = 0x03;
export const LCR_DIVISOR_LATCH: i32 = 0x80;
/** FIFOs on and cleared, receive trigger at 14 bytes (the chip's time-out reports fewer). */
const FCR_ENABLE: i32 = 0xc7;
const MCR_DTR_RTS: i32 = 0x03;
/** On PC boards OUT2 connects the chip's interrupt to the interrupt controller. */
export const MCR_OUT2: i32 = 0x08;
export const MCR_LOOPBACK: i32 = 0x10;
/** Of BASE_BAUD (uart-line.ts): 115200 baud. */
const DIVISOR: i32 = 1;

export const QUEUE_BYTES: u32 = 4096;

@unmanaged
export class Uart {
  /** A spinlock. */
  lock: u32;
  base: i32;
  irq: u32;
  present: bool;
  interruptDriven: bool;
  /** Polled output was given up: nobody takes what the transmitter has. */
  stuck: bool;
  /** What the transmitter got last had text of the log in it. */
  sendsLog: bool;
  ier: i32;
  rx: ByteQueue;
  /** UART_GOOD … of each byte in `rx`. */
  rxStatus: ByteQueue;
  tx: ByteQueue;
  log: LogQueue;
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
const QUEUES: u32 = 3;
const uarts = memory.data(offsetof<Uart>() * 2, 16);
const queues = memory.data(offsetof<ByteQueue>() * 6, 16);
const logQueues = memory.data(offsetof<LogQueue>() * 2, 16);
const queueStorage = memory.data(4096 * 6, 16);

/** Port `n` of UART_COUNT: 0 is COM1. */
export function uart(n: u32): Uart {
  return changetype<Uart>(uarts + n * offsetof<Uart>());
}

export function uartLock(u: Uart): usize {
  return changetype<usize>(u) + offsetof<Uart>('lock');
}

export function readRegister(u: Uart, reg: i32): i32 {
  return inb(<u16>(u.base + reg));
}

export function writeRegister(u: Uart, reg: i32, value: i32): void {
  outb(<u16>(u.base + reg), <u8>value);
}

/** Under the port's lock. */
export function setInterrupts(u: Uart, ier: i32): void {
  if (u.ier == ier) return;
  u.ier = ier;
  writeRegister(u, Reg.InterruptEnable, ier);
}

/** Finds and programs both ports for polled output. */
export function uartEarlyInit(): void {
  setUp(0, 0x3f8, 4);
  setUp(1, 0x2f8, 3);
}

function queue(index: u32): ByteQueue {
  const q = changetype<ByteQueue>(queues + index * offsetof<ByteQueue>());
  byteQueueInit(q, queueStorage + index * QUEUE_BYTES, QUEUE_BYTES);
  return q;
}

function setUp(n: u32, base: i32, irq: u32): void {
  const u = uart(n);
  u.base = base;
  u.irq = irq;
  u.rx = queue(n * QUEUES);
  u.tx = queue(n * QUEUES + 1);
  u.rxStatus = queue(n * QUEUES + 2);
  u.log = changetype<LogQueue>(logQueues + n * offsetof<LogQueue>());
  u.lcr = LCR_8N1;
  u.present = probe(u);
  if (!u.present) return;
  writeRegister(u, Reg.InterruptEnable, 0);
  writeRegister(u, Reg.LineControl, LCR_DIVISOR_LATCH);
  writeRegister(u, Reg.Data, DIVISOR);
  writeRegister(u, Reg.InterruptEnable, DIVISOR >> 8);
  writeRegister(u, Reg.LineControl, LCR_8N1);
  writeRegister(u, Reg.FifoControl, FCR_ENABLE);
  writeRegister(u, Reg.ModemControl, MCR_DTR_RTS | MCR_OUT2);
}

/** In loop-back mode the modem outputs come back as modem inputs; an empty port reads 0xff whatever is written. */
function probe(u: Uart): bool {
  writeRegister(u, Reg.ModemControl, MCR_LOOPBACK | 0x0a);
  const found = (readRegister(u, Reg.ModemStatus) & 0xf0) == 0x90;
  writeRegister(u, Reg.ModemControl, 0);
  return found;
}
