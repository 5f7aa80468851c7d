/** Stands in for lib/log.ts in unit tests: what is logged goes to the host import log.text. */
declare function text(line: usize, length: usize): void;

const line = memory.data(1024);
let used: usize = 0;

function put(byte: u8): void {
  if (used < 1024) store<u8>(line + used++, byte);
}

export function logBegin(_level: u32, subsystem: string): void {
  used = 0;
  logStr(subsystem);
  logStr(': ');
}

export function logStr(s: string): void {
  for (let i = 0; i < s.length; i++) put(<u8>s.charCodeAt(i));
}

export function logDec(value: u64): void {
  if (value >= 10) logDec(value / 10);
  put(48 + <u8>(value % 10));
}

export function logHex(value: u64): void {
  logStr('0x');
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const digit = <u8>((value >> shift) & 15);
    if (value >> shift != 0 || shift == 0) put(digit < 10 ? 48 + digit : 87 + digit);
  }
}

export function logBytes(bytes: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) put(load<u8>(bytes + i));
}

export function logCStr(bytes: usize): void {
  for (let p = bytes; load<u8>(p) != 0; p++) put(load<u8>(p));
}

export function logEnd(): void {
  text(line, used);
}

function whole(subsystem: string, message: string): void {
  logBegin(0, subsystem);
  logStr(message);
  logEnd();
}

export function logError(subsystem: string, message: string): void {
  whole(subsystem, message);
}

export function logWarn(subsystem: string, message: string): void {
  whole(subsystem, message);
}

export function logInfo(subsystem: string, message: string): void {
  whole(subsystem, message);
}

export function logDebug(subsystem: string, message: string): void {
  whole(subsystem, message);
}

export const LOG_ERROR: u32 = 3;
export const LOG_WARN: u32 = 4;
export const LOG_INFO: u32 = 6;
export const LOG_DEBUG: u32 = 7;
