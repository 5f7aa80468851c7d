// Terminals: raw mode, size, the foreground process group.
//
// Rules: whoever makes a terminal raw puts back what it was. Results are negative errno on failure.
// Source: POSIX chapter 11 (general terminal interface), tcgetattr(); Linux asm-generic/termbits.h for the layout.

import { ioctl } from './file';

/** struct termios of the kernel interface (TCGETS), 36 bytes and padding. */
@unmanaged
@final
export class Termios {
  input: u32;
  output: u32;
  control: u32;
  local: u32;
  line: u8;
  interrupt: u8;
  quit: u8;
  erase: u8;
  kill: u8;
  endOfFile: u8;
  time: u8;
  minimum: u8;
  others: u64;
  more: u64;
}

const enum Request {
  TCGETS = 0x5401,
  TCSETS = 0x5402,
  TCSETSW = 0x5403,
  TCSETSF = 0x5404,
  TCSBRK = 0x5409,
  TIOCVHANGUP = 0x5437,
  TIOCSWINSZ = 0x5414,
  TIOCSCTTY = 0x540e,
  TIOCGPGRP = 0x540f,
  TIOCSPGRP = 0x5410,
  TIOCGWINSZ = 0x5413,
}

/** c_iflag */
const enum Input {
  BRKINT = 0o2,
  INLCR = 0o100,
  IGNCR = 0o200,
  ICRNL = 0o400,
  ISTRIP = 0o40,
  IXON = 0o2000,
}

/** c_lflag */
const enum Local {
  ISIG = 0o1,
  ICANON = 0o2,
  ECHO = 0o10,
  IEXTEN = 0o100000,
}

export function getTermios(fd: i32, to: Termios): i32 {
  return <i32>ioctl(fd, Request.TCGETS, changetype<usize>(to));
}

/** Takes effect when all output has been written. */
export function setTermios(fd: i32, from: Termios): i32 {
  return <i32>ioctl(fd, Request.TCSETSW, changetype<usize>(from));
}

/** Takes effect at once. */
export function setTermiosNow(fd: i32, from: Termios): i32 {
  return <i32>ioctl(fd, Request.TCSETS, changetype<usize>(from));
}

/** As setTermios(), and what was typed and not read is thrown away. */
export function setTermiosFlush(fd: i32, from: Termios): i32 {
  return <i32>ioctl(fd, Request.TCSETSF, changetype<usize>(from));
}

/** Waits until everything written has gone out. */
export function drainTerminal(fd: i32): i32 {
  return <i32>ioctl(fd, Request.TCSBRK, 1);
}

/** Takes the terminal from everybody who has it open; the caller opens it anew. For root. */
export function hangUpTerminal(fd: i32): i32 {
  return <i32>ioctl(fd, Request.TIOCVHANGUP, 0);
}

/** Control character `index` (Character) of the settings. */
export function controlCharacter(mode: Termios, index: i32): u8 {
  return load<u8>(changetype<usize>(mode) + 17 + <usize>index);
}

export function setControlCharacter(mode: Termios, index: i32, value: u8): void {
  store<u8>(changetype<usize>(mode) + 17 + <usize>index, value);
}

/** Settings for a person to type at: what Linux's terminals start with; the line's own (speed, size) stay. */
export function makeSane(mode: Termios): void {
  mode.input = (mode.input & 0o10000) | 0o62400; // IXOFF stays; ICRNL IXON IMAXBEL IUTF8
  mode.output = 0o5; // OPOST ONLCR
  mode.control |= 0o260; // CS8 CREAD
  mode.local = 0o105073; // ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN
  mode.interrupt = 3;
  mode.quit = 28;
  mode.erase = 127;
  mode.kill = 21;
  mode.endOfFile = 4;
  mode.time = 0;
  mode.minimum = 1;
  for (let i = 7; i < 19; i++) setControlCharacter(mode, i, load<u8>(saneCharacters + <usize>i));
}

/** VSTART ^Q, VSTOP ^S, VSUSP ^Z, VREPRINT ^R, VWERASE ^W, VLNEXT ^V from index 7 on. */
const saneCharacters = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 17, 19, 26, 0, 18, 0, 23, 22, 0, 0, 0]);

/** Makes `mode` raw: byte by byte, no echo, no signals, no translation of input; output stays as it is. */
export function makeRaw(mode: Termios): void {
  mode.input &= ~(Input.BRKINT | Input.INLCR | Input.IGNCR | Input.ICRNL | Input.ISTRIP | Input.IXON);
  mode.local &= ~(Local.ISIG | Local.ICANON | Local.ECHO | Local.IEXTEN);
  mode.minimum = 1;
  mode.time = 0;
}

/** Makes the terminal this session's; the caller is a session leader without one. */
export function takeTerminal(fd: i32): i32 {
  return <i32>ioctl(fd, Request.TIOCSCTTY, 0);
}

export function foregroundGroup(fd: i32): i32 {
  const group = memory.data(4, 4);
  const error = <i32>ioctl(fd, Request.TIOCGPGRP, group);
  return error < 0 ? error : load<i32>(group);
}

export function setForegroundGroup(fd: i32, group: i32): i32 {
  const room = memory.data(4, 4);
  store<i32>(room, group);
  return <i32>ioctl(fd, Request.TIOCSPGRP, room);
}

/** Rows and columns; false when the terminal does not say. */
export function terminalSize(fd: i32): bool {
  const size = memory.data(8, 8);
  store<u64>(size, 0);
  if (ioctl(fd, Request.TIOCGWINSZ, size) < 0) return false;
  sizeRows = load<u16>(size);
  sizeColumns = load<u16>(size, 2);
  return sizeRows != 0 && sizeColumns != 0;
}

/** What the last terminalSize() found. */
export function sizeOfRows(): i32 {
  return sizeRows;
}

export function sizeOfColumns(): i32 {
  return sizeColumns;
}

let sizeRows: i32 = 0;
let sizeColumns: i32 = 0;

export function setTerminalSize(fd: i32, rows: i32, columns: i32): i32 {
  const size = memory.data(8, 8);
  store<u64>(size, 0);
  store<u16>(size, <u16>rows);
  store<u16>(size, <u16>columns, 2);
  return <i32>ioctl(fd, Request.TIOCSWINSZ, size);
}

/** Columns, 80 when the terminal does not say. */
export function terminalColumns(fd: i32): i32 {
  const size = memory.data(8, 8);
  store<u64>(size, 0);
  const columns = ioctl(fd, Request.TIOCGWINSZ, size) < 0 ? 0 : <i32>load<u16>(size, 2);
  return columns ? columns : 80;
}
