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
  TCSETSW = 0x5403,
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

/** Columns, 80 when the terminal does not say. */
export function terminalColumns(fd: i32): i32 {
  const size = memory.data(8, 8);
  store<u64>(size, 0);
  const columns = ioctl(fd, Request.TIOCGWINSZ, size) < 0 ? 0 : <i32>load<u16>(size, 2);
  return columns ? columns : 80;
}
