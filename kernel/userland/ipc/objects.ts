// System V message queues, shared memory and semaphores: what there is, as /proc/sysvipc lists it; making and removing.
//
// Rules: a table is the text of one file; ipcRow() steps through its rows, ipcValue() reads a column by its name.
// Source: Linux svipc(7), proc(5); POSIX ipcs, msgctl(), shmctl(), semctl().

import { literal } from '../lib/literal';
import { parseHexadecimal, parseInteger, parsed, scanDigits } from '../lib/number';
import { procError, readProcFile } from '../lib/proc-file';
import { syscall } from '../lib/syscall';

export const enum Facility {
  queues,
  memory,
  semaphores,
}

export const FACILITIES: i32 = 3;

/** Linux's x86-64 system calls. */
const SHMGET: u64 = 29;
const SHMCTL: u64 = 31;
const SEMGET: u64 = 64;
const SEMCTL: u64 = 66;
const MSGGET: u64 = 68;
const MSGCTL: u64 = 71;
const IPC_REMOVE: u64 = 0;
const IPC_STAT: u64 = 2;
const IPC_CREATE: u64 = 0o1000;
const IPC_EXCLUSIVE: u64 = 0o2000;

function file(facility: i32): usize {
  if (facility == Facility.queues) return literal('/proc/sysvipc/msg');
  return facility == Facility.memory ? literal('/proc/sysvipc/shm') : literal('/proc/sysvipc/sem');
}

/** The column with the identifiers. */
export function identifierName(facility: i32): string {
  if (facility == Facility.queues) return 'msqid';
  return facility == Facility.memory ? 'shmid' : 'semid';
}

/** The facility's table, which the caller frees; 0 when there is none (ipcError()). */
export function ipcTable(facility: i32): usize {
  return readProcFile(file(facility));
}

export function ipcError(): i32 {
  return procError();
}

/** The row behind `row` (the table itself: the first one); 0 behind the last. */
export function ipcRow(row: usize): usize {
  while (load<u8>(row) && load<u8>(row) != 0x0a) row++;
  return load<u8>(row) && load<u8>(row, 1) ? row + 1 : 0;
}

function skipBlanks(at: usize): usize {
  while (load<u8>(at) == 0x20) at++;
  return at;
}

function skipWord(at: usize): usize {
  while (load<u8>(at) > 0x20) at++;
  return at;
}

function startsWord(at: usize, name: string): bool {
  for (let i = 0; i < name.length; i++) if (load<u8>(at + <usize>i) != <u8>name.charCodeAt(i)) return false;
  return load<u8>(at + <usize>name.length) <= 0x20;
}

/** What stands in the row below the heading `name`; -1 when there is no such column. */
export function ipcValue(table: usize, row: usize, name: string): i64 {
  let heading = skipBlanks(table);
  let at = skipBlanks(row);
  while (load<u8>(heading) > 0x20) {
    if (startsWord(heading, name)) {
      const negative = load<u8>(at) == 0x2d;
      scanDigits(negative ? at + 1 : at);
      return negative ? -parsed() : parsed();
    }
    heading = skipBlanks(skipWord(heading));
    at = skipBlanks(skipWord(at));
  }
  return -1;
}

/** The permissions, and in memory's the flags above them: they stand there as octal digits. */
export function ipcMode(table: usize, row: usize): u32 {
  let mode: u32 = 0;
  for (let digits = <u32>ipcValue(table, row, 'perms'), shift: u32 = 0; digits; digits /= 10, shift += 3)
    mode |= (digits % 10) << shift;
  return mode;
}

/** The bytes that a queue may hold; -1 when it cannot be asked. */
export function queueLimit(id: i64): i64 {
  // struct msqid64_ds: msg_qbytes behind 48 bytes of permissions, three times, two counters.
  const status = memory.data(120, 8);
  return syscall(MSGCTL, id, IPC_STAT, status) < 0 ? -1 : load<i64>(status, 88);
}

/** A key or an identifier: decimal, or hexadecimal behind 0x; the result is in parsed(). */
export function parseIpcNumber(word: usize): bool {
  if (load<u8>(word) != 0x30 || (load<u8>(word, 1) | 0x20) != 0x78) return parseInteger(word);
  return parseHexadecimal(word + 2);
}

/** 0 or negative errno. */
export function removeIpc(facility: i32, id: i64): i32 {
  if (facility == Facility.queues) return <i32>syscall(MSGCTL, id, IPC_REMOVE, 0);
  if (facility == Facility.memory) return <i32>syscall(SHMCTL, id, IPC_REMOVE, 0);
  return <i32>syscall(SEMCTL, id, 0, IPC_REMOVE);
}

/** The identifier of what has the key, or negative errno. */
export function findIpc(facility: i32, key: i64): i64 {
  if (facility == Facility.queues) return syscall(MSGGET, key, 0);
  return syscall(facility == Facility.memory ? SHMGET : SEMGET, key, 0, 0);
}

/** A new one, of `size` bytes or semaphores; its identifier or negative errno. */
export function makeIpc(facility: i32, key: i64, size: u64, mode: u64): i64 {
  const flags = IPC_CREATE | IPC_EXCLUSIVE | mode;
  if (facility == Facility.queues) return syscall(MSGGET, key, flags);
  return syscall(facility == Facility.memory ? SHMGET : SEMGET, key, size, flags);
}
