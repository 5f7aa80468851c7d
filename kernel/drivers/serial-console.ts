/**
 * The log on the first serial port: polled from the first instruction on, queued once the port has its interrupt.
 */
import { registerConsole } from '../lib/log';
import { uartDrain, uartLog } from './uart-output';
import { uart, uartEarlyInit } from './uart-port';
import { uartQueueLog } from './uart16550';

const PORT: u32 = 0;

/** Finds the ports. Needs nothing that is set up, but a clock to know how long to wait for a port. */
export function serialConsoleInit(): void {
  uartEarlyInit();
  registerConsole(write, drain);
}

/** The port works by interrupts now. */
export function serialConsoleQueue(): void {
  uartQueueLog(uart(PORT));
}

function write(text: usize, length: usize): void {
  uartLog(uart(PORT), text, <u32>length);
}

function drain(): void {
  uartDrain(uart(PORT));
}
