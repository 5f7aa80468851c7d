/**
 * The table of system calls: number, name, kinds of its arguments, handler, and what is missing of it. The SYSCALL gate
 * takes Linux x86-64 numbers (arch/x86/entry/syscalls/syscall_64.tbl), INT 0x80 Breenix's own. The rows stand in rows/,
 * one file an area; docs/SYSCALLS.md is made from them.
 *
 * Kinds, one letter an argument: d number, f descriptor, s path or string, p address of a structure or buffer that may
 * be 0. The dispatcher refuses s and p outside of user space before a handler sees them.
 */
import { SyscallArgs } from './arguments';

@unmanaged
export class SyscallRow {
  handler: u32;
  logged: u32;
  name: usize;
  kinds: usize;
  /** Bit n: argument n is an address (s or p). */
  pointers: u32;
  unused: u32;
}

const LINUX_CALLS: u32 = 512;
const BREENIX_CALLS: u32 = 16;
const ROW_SIZE: usize = 32;
export const GATE_TEST: u64 = 0x1234;

const linuxRows = memory.data(512 * 32, 8);
const breenixRows = memory.data(16 * 32, 8);
/** Stands for numbers beyond the tables. */
const unknownRow = memory.data(32, 8);

/** Row of a call number; one without a handler when there is no such call. */
export function linuxRow(number: u64): SyscallRow {
  return changetype<SyscallRow>(number < LINUX_CALLS ? linuxRows + <usize>number * ROW_SIZE : unknownRow);
}

export function breenixRow(number: u64): SyscallRow {
  return changetype<SyscallRow>(number < BREENIX_CALLS ? breenixRows + <usize>number * ROW_SIZE : unknownRow);
}

/** A call that does all that Linux documents of it. */
export function linux(number: u64, name: string, kinds: string, handler: (a: SyscallArgs) => i64): void {
  fill(linuxRow(number), name, kinds, handler.index);
}

/** A call of which `missing`, a phrase for docs/SYSCALLS.md, is not there. */
export function linuxPartial(
  number: u64,
  name: string,
  kinds: string,
  handler: (a: SyscallArgs) => i64,
  missing: string,
): void {
  assert(missing.length > 0);
  fill(linuxRow(number), name, kinds, handler.index);
}

export function breenix(number: u64, name: string, kinds: string, handler: (a: SyscallArgs) => i64): void {
  fill(breenixRow(number), name, kinds, handler.index);
}

function fill(row: SyscallRow, name: string, kinds: string, handler: u32): void {
  row.handler = handler;
  row.name = changetype<usize>(name);
  row.kinds = changetype<usize>(kinds);
  let pointers: u32 = 0;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds.charCodeAt(i);
    if (kind == 0x70 || kind == 0x73) pointers |= 1 << i;
  }
  row.pointers = pointers;
}
