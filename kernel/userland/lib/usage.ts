// Processor time that processes have used, and how `time` tells it. Source: POSIX getrusage(), time -p.

import { stderr } from './stream';
import { Sys, syscall } from './syscall';

/** In milliseconds. */
@unmanaged
@final
export class Usage {
  userMs: i64;
  systemMs: i64;
}

/** struct rusage: ru_utime and ru_stime come first, 16 bytes each. */
export const RUSAGE_BYTES: i32 = 144;
const SELF: i64 = 0;
const CHILDREN: i64 = -1;
const rusage = memory.data(RUSAGE_BYTES, 8);

/** Reads struct rusage at `from`. */
export function usageOf(from: usize, to: Usage): void {
  to.userMs = load<i64>(from) * 1000 + load<i64>(from, 8) / 1000;
  to.systemMs = load<i64>(from, 16) * 1000 + load<i64>(from, 24) / 1000;
}

/** This process, all of its threads. */
export function ownUsage(to: Usage): void {
  syscall(Sys.getrusage, SELF, rusage);
  usageOf(rusage, to);
}

/** The children that have been waited for, and theirs. */
export function childrenUsage(to: Usage): void {
  syscall(Sys.getrusage, CHILDREN, rusage);
  usageOf(rusage, to);
}

function line(name: string, milliseconds: i64): void {
  const hundredths = milliseconds / 10;
  stderr
    .text(name)
    .byte(0x20)
    .unsigned(hundredths / 100)
    .byte(0x2e);
  if (hundredths % 100 < 10) stderr.byte(0x30);
  stderr.unsigned(hundredths % 100).newline();
}

/** On the standard error, in seconds with two digits. */
export function printTimes(realMs: i64, usage: Usage): void {
  line('real', realMs);
  line('user', usage.userMs);
  line('sys', usage.systemMs);
}
