/**
 * How a serial port's line is set: speed and format of the bytes, breaks, modem lines (PC16550D data sheet).
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import {
  LCR_DIVISOR_LATCH,
  MCR_LOOPBACK,
  MCR_OUT2,
  Reg,
  Uart,
  readRegister,
  uartLock,
  writeRegister,
} from './uart-port';

/** The clock divided by 16: 115200 baud is divisor 1. */
const BASE_BAUD: u32 = 115200;
const LCR_STOP_2: i32 = 0x04;
const LCR_PARITY: i32 = 0x08;
const LCR_EVEN: i32 = 0x10;
const LCR_BREAK: i32 = 0x40;

/** Modem lines as TIOCMGET has them (asm-generic/termios.h): DTR RTS, CTS CAR RNG DSR, OUT1 OUT2 LOOP. */
const TIOCM_OUT1: u32 = 0x2000;
const TIOCM_OUT2: u32 = 0x4000;
const TIOCM_LOOP: u32 = 0x8000;

/** `dataBits` 5 to 8, `stopBits` 1 or 2, `parity` 0 none, 1 odd, 2 even. A speed beyond the chip's is its highest. */
export function uartConfigure(u: Uart, baud: u32, dataBits: u32, stopBits: u32, parity: u32): void {
  if (!u.present || baud == 0) return;
  const divisor = max<u32>(1, min<u32>(0xffff, (BASE_BAUD + baud / 2) / baud));
  const lcr =
    (<i32>(dataBits - 5)) |
    (stopBits == 2 ? LCR_STOP_2 : 0) |
    (parity == 0 ? 0 : parity == 1 ? LCR_PARITY : LCR_PARITY | LCR_EVEN);
  const flags = lockIrqSave(uartLock(u));
  u.lcr = lcr;
  writeRegister(u, Reg.LineControl, lcr | LCR_DIVISOR_LATCH);
  writeRegister(u, Reg.Data, <i32>(divisor & 0xff));
  writeRegister(u, Reg.InterruptEnable, <i32>(divisor >> 8));
  writeRegister(u, Reg.LineControl, lcr);
  unlockIrqRestore(uartLock(u), flags);
}

export function uartSetBreak(u: Uart, on: bool): void {
  if (!u.present) return;
  const flags = lockIrqSave(uartLock(u));
  writeRegister(u, Reg.LineControl, on ? u.lcr | LCR_BREAK : u.lcr);
  unlockIrqRestore(uartLock(u), flags);
}

/** TIOCM bits of all modem lines. */
export function uartModemGet(u: Uart): u32 {
  if (!u.present) return 0;
  const mcr = <u32>readRegister(u, Reg.ModemControl);
  const msr = <u32>readRegister(u, Reg.ModemStatus);
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
  const flags = lockIrqSave(uartLock(u));
  writeRegister(u, Reg.ModemControl, mcr | MCR_OUT2);
  unlockIrqRestore(uartLock(u), flags);
}
