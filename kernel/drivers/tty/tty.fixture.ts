/** A terminal on a driver that the test plays. */
import { Cflag } from './termios';
import { TtyDriver } from './tty-driver';
import { Tty, ttyCreate, ttyHangUp, ttyInput } from './tty';

declare function send(bytes: usize, count: u32): void;
declare function room(): u32;
declare function drained(): void;
declare function configured(cflag: u32): void;

const driver = changetype<TtyDriver>(memory.data(offsetof<TtyDriver>(), 8));
let modem: u32 = 0;

function driverSend(_argument: usize, bytes: usize, count: u32): void {
  send(bytes, count);
}

function driverRoom(_argument: usize): u32 {
  return room();
}

function driverPending(_argument: usize): u32 {
  return 4096 - room();
}

function driverDrained(_argument: usize): void {
  drained();
}

function driverConfigure(_argument: usize, termios: usize): void {
  configured(load<u32>(termios, 8));
}

function driverModemGet(_argument: usize): u32 {
  return modem;
}

function driverModemSet(_argument: usize, bits: u32): void {
  modem = bits;
}

export function create(): Tty | null {
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = driverSend;
  driver.send = sendFunction.index;
  const roomFunction: (argument: usize) => u32 = driverRoom;
  driver.room = roomFunction.index;
  const pendingFunction: (argument: usize) => u32 = driverPending;
  driver.pending = pendingFunction.index;
  const drainedFunction: (argument: usize) => void = driverDrained;
  driver.drained = drainedFunction.index;
  const configureFunction: (argument: usize, termios: usize) => void = driverConfigure;
  driver.configure = configureFunction.index;
  const getFunction: (argument: usize) => u32 = driverModemGet;
  driver.modemGet = getFunction.index;
  const setFunction: (argument: usize, bits: u32) => void = driverModemSet;
  driver.modemSet = setFunction.index;
  return ttyCreate(driver, Cflag.B38400, 0);
}

export function type(tty: Tty, bytes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) ttyInput(tty, bytes + i, 1);
}

export function hangUp(tty: Tty): void {
  ttyHangUp(tty);
}

export function foregroundOf(tty: Tty): i32 {
  return tty.foreground;
}

export function sessionOf(tty: Tty): i32 {
  return tty.session;
}

export function generationOf(tty: Tty): u32 {
  return tty.generation;
}
