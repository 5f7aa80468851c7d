/** A terminal on a driver that the test plays. */
import { Cflag } from './termios';
import { Tty, ttyCreate, ttyInput } from './tty';

declare function send(bytes: usize, count: u32): void;
declare function room(): u32;
declare function drained(): void;

function driverSend(_argument: usize, bytes: usize, count: u32): void {
  send(bytes, count);
}

function driverRoom(_argument: usize): u32 {
  return room();
}

function driverDrained(_argument: usize): void {
  drained();
}

export function create(): Tty | null {
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = driverSend;
  const roomFunction: (argument: usize) => u32 = driverRoom;
  const drainedFunction: (argument: usize) => void = driverDrained;
  return ttyCreate(Cflag.B38400, sendFunction.index, roomFunction.index, drainedFunction.index, 0);
}

export function type(tty: Tty, bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) ttyInput(tty, load<u8>(bytes + i));
}

export function foregroundOf(tty: Tty): i32 {
  return tty.foreground;
}

export function sessionOf(tty: Tty): i32 {
  return tty.session;
}
