/**
 * Logging: every line goes to the ring buffer and from there to each registered sink (serial line, screen). A sink
 * that registers late first gets what was buffered before it existed.
 *
 * - Callable from any context, before anything is initialised, and with any lock held (the log lock is the innermost).
 * - One line: `logInfo("ata", "no device")`. With values: logBegin, any of logStr/logDec/logHex/logBytes/logCStr, logEnd.
 *   The log lock is held from logBegin to logEnd: nothing else may happen in between.
 */
import { restoreInterrupts, saveAndDisableInterrupts } from '../arch/x86_64/cpu';
import { nowNs } from '../sched/clock';
import { ringAt, ringEnd, ringPut, ringStart } from './log-ring';
import { acquire, release } from './spinlock';

export const LOG_EMERGENCY: u32 = 0;
export const LOG_ERROR: u32 = 3;
export const LOG_WARN: u32 = 4;
export const LOG_INFO: u32 = 6;
export const LOG_DEBUG: u32 = 7;

const MAX_SINKS: u32 = 4;
/** Longer lines reach the sinks in pieces. */
const LINE_MAX: usize = 1024;
const sinks = memory.data(4 * 4, 4);
const drains = memory.data(4 * 4, 4);
const sinkPositions = memory.data(4 * 8, 8);
const lineBuffer = memory.data(1024, 8);
const lock = memory.data(4, 4);

let sinkCount: u32 = 0;
let consoleLevel: u32 = LOG_INFO;
let levelIsFixed: bool = false;
let lineStart: u64 = 0;
let heldFlags: u64 = 0;

/** Lines above `level` go to the ring only. */
export function setConsoleLevel(level: u32): void {
  if (!levelIsFixed) consoleLevel = level;
}

/** `loglevel=` of the command line: programs cannot change it any more. */
export function fixConsoleLevel(level: u32): void {
  consoleLevel = level;
  levelIsFixed = true;
}

/**
 * `write` is called with interrupts off and must not log; what it was given may wait until `drain` is called, without the
 * log's lock. False when there is no room for another sink.
 */
export function registerConsole(write: (text: usize, length: usize) => void, drain: () => void): bool {
  const flags = saveAndDisableInterrupts();
  acquire(lock);
  const room = sinkCount < MAX_SINKS;
  if (room) {
    store<u32>(sinks + <usize>sinkCount * 4, write.index);
    store<u32>(drains + <usize>sinkCount * 4, drain.index);
    store<u64>(sinkPositions + <usize>sinkCount * 8, ringStart());
    sinkCount++;
    flush();
  }
  release(lock);
  restoreInterrupts(flags);
  return room;
}

/** When it returns everything logged so far has left: for those who turn the machine off. */
export function logDrain(): void {
  for (let i: u32 = 0; i < sinkCount; i++) call_indirect<void>(load<u32>(drains + <usize>i * 4));
}

export function logBegin(level: u32, subsystem: string): void {
  const flags = saveAndDisableInterrupts();
  acquire(lock);
  heldFlags = flags;
  beginLine(level, subsystem);
}

export function logEnd(): void {
  ringPut(10);
  flush();
  const flags = heldFlags;
  release(lock);
  restoreInterrupts(flags);
}

export function logStr(text: string): void {
  for (let i = 0; i < text.length; i++) ringPut(<u8>text.charCodeAt(i));
}

export function logBytes(text: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) ringPut(load<u8>(text + i));
}

export function logCStr(text: usize): void {
  for (let p = text; load<u8>(p) != 0; p++) ringPut(load<u8>(p));
}

export function logDec(value: u64): void {
  logPadded(value, 1, 48);
}

export function logHex(value: u64): void {
  ringPut(48);
  ringPut(120);
  let shift: i32 = 60;
  while (shift > 0 && ((value >> shift) & 15) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const digit = <u8>((value >> shift) & 15);
    ringPut(digit < 10 ? 48 + digit : 87 + digit);
  }
}

function logLine(level: u32, subsystem: string, text: string): void {
  logBegin(level, subsystem);
  logStr(text);
  logEnd();
}

export function logError(subsystem: string, text: string): void {
  logLine(LOG_ERROR, subsystem, text);
}

export function logWarn(subsystem: string, text: string): void {
  logLine(LOG_WARN, subsystem, text);
}

export function logInfo(subsystem: string, text: string): void {
  logLine(LOG_INFO, subsystem, text);
}

export function logDebug(subsystem: string, text: string): void {
  logLine(LOG_DEBUG, subsystem, text);
}

/** A line with one number: `text` followed by `value`. */
export function logInfoValue(subsystem: string, text: string, value: u64): void {
  logBegin(LOG_INFO, subsystem);
  logStr(text);
  logDec(value);
  logEnd();
}

/** Copies log text from `offset` bytes after the oldest for dmesg; returns the bytes copied. */
export function logCopy(buffer: usize, offset: u64, length: usize): usize {
  const flags = saveAndDisableInterrupts();
  acquire(lock);
  let position = ringStart() + offset;
  let n: usize = 0;
  while (n < length && position < ringEnd()) store<u8>(buffer + n++, ringAt(position++));
  release(lock);
  restoreInterrupts(flags);
  return n;
}

export function logLength(): u64 {
  return ringEnd() - ringStart();
}

function beginLine(level: u32, subsystem: string): void {
  lineStart = ringEnd();
  ringPut(60);
  ringPut(48 + <u8>level);
  ringPut(62);
  const us = nowNs() / 1000;
  ringPut(91);
  logPadded(us / 1_000_000, 5, 32);
  ringPut(46);
  logPadded(us % 1_000_000, 6, 48);
  ringPut(93);
  ringPut(32);
  logStr(subsystem);
  ringPut(58);
  ringPut(32);
}

function logPadded(value: u64, width: u32, fill: u8): void {
  let divisor: u64 = 1;
  let digits: u32 = 1;
  while (value / divisor >= 10) {
    divisor *= 10;
    digits++;
  }
  for (; digits < width; digits++) ringPut(fill);
  for (; divisor > 0; divisor /= 10) ringPut(48 + <u8>((value / divisor) % 10));
}

/** Gives each sink the complete lines that it has not seen and that are not above the console level. */
function flush(): void {
  for (let i: u32 = 0; i < sinkCount; i++) {
    const slot = sinkPositions + <usize>i * 8;
    let position = load<u64>(slot);
    if (position < ringStart()) position = nextLine(ringStart());
    while (position < ringEnd()) position = writeLine(load<u32>(sinks + <usize>i * 4), position);
    store<u64>(slot, position);
  }
}

function nextLine(from: u64): u64 {
  let position = from;
  while (position < ringEnd() && ringAt(position++) != 10);
  return position;
}

/** Writes the line at `position` without its `<L>`; returns the position of the next line. */
function writeLine(sink: u32, position: u64): u64 {
  const shown = <u32>ringAt(position + 1) - 48 <= consoleLevel;
  let at = position + 3;
  let n: usize = 0;
  while (at < ringEnd()) {
    const byte = ringAt(at++);
    store<u8>(lineBuffer + n++, byte);
    if (n == LINE_MAX || byte == 10) {
      if (shown) call_indirect<void>(sink, lineBuffer, n);
      n = 0;
    }
    if (byte == 10) break;
  }
  return at;
}
