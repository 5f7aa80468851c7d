// Who is logged in: /var/run/utmp, records of 384 bytes, one for each terminal. Source: utmp(5); the layout is glibc's on
// x86-64, so that busybox' w and who read it, too.
//
// Rules: init begins the file at boot and marks the dead, login adds who came. A system whose disk cannot be written goes
// without: nobody is kept from logging in by an error here.

import { byteLength, bytesEqual } from './bytes';
import { close, lseek, open, Open, readFully, Seek, writeFully } from './file';
import { literal } from './literal';
import { Sys, syscall } from './syscall';
import { Clock, clockTime } from './time';

export const enum UtmpType {
  bootTime = 2,
  userProcess = 7,
  deadProcess = 8,
}

const RECORD: usize = 384;
const LINE: usize = 8;
const ID: usize = 40;
const USER: usize = 44;
const SESSION: usize = 336;
const SECONDS: usize = 340;
const FIELD_BYTES: usize = 32;
const ID_BYTES: usize = 4;
const LOCK_EX: u64 = 2;

const record = memory.data(384, 8);

function utmpPath(): usize {
  return literal('/var/run/utmp');
}

/** `text` into a field that may end without a NUL. */
function putField(at: usize, room: usize, text: usize): void {
  memory.fill(at, 0, room);
  memory.copy(at, text, min(byteLength(text), room));
}

function fill(type: UtmpType, pid: i32, line: usize, user: usize): void {
  memory.fill(record, 0, RECORD);
  store<i16>(record, <i16>type);
  store<i32>(record, pid, 4);
  putField(record + LINE, FIELD_BYTES, line);
  // The last letters tell terminals apart: tyS0, ty1.
  const length = byteLength(line);
  putField(record + ID, ID_BYTES, length > ID_BYTES ? line + length - ID_BYTES : line);
  putField(record + USER, FIELD_BYTES, user);
  store<i32>(record + SESSION, pid);
  const now = clockTime(Clock.realtime);
  store<i32>(record + SECONDS, <i32>(now / 1000000000));
  store<i32>(record + SECONDS, <i32>((now / 1000) % 1000000), 4);
}

/** At boot: an empty file with the time in it. */
export function utmpBegin(): void {
  const fd = open(utmpPath(), Open.writeOnly | Open.create | Open.truncate | Open.closeOnExec, 0o644);
  if (fd < 0) return;
  fill(UtmpType.bootTime, 0, literal('~'), literal('reboot'));
  writeFully(fd, record, RECORD);
  close(fd);
}

/** Opens the file for changing it, alone; negative errno. */
function openLocked(): i32 {
  const fd = open(utmpPath(), Open.readWrite | Open.closeOnExec);
  if (fd >= 0) syscall(Sys.flock, fd, LOCK_EX);
  return fd;
}

const present = memory.data(384, 8);

/** `user` has logged in on the terminal `line` (ttyS0); `pid` is the first process of his session. */
export function utmpLogin(pid: i32, line: usize, user: usize): void {
  const fd = openLocked();
  if (fd < 0) return;
  let at: i64 = 0;
  while (readFully(fd, present, RECORD) == <i64>RECORD && !bytesEqual(present + LINE, line))
    at += <i64>RECORD;
  fill(UtmpType.userProcess, pid, line, user);
  lseek(fd, at, Seek.set);
  writeFully(fd, record, RECORD);
  close(fd);
}

/** The process `pid` has ended. */
export function utmpLogout(pid: i32): void {
  const fd = openLocked();
  if (fd < 0) return;
  for (let at: i64 = 0; readFully(fd, present, RECORD) == <i64>RECORD; at += <i64>RECORD) {
    if (load<i32>(present, 4) != pid || load<i16>(present) != UtmpType.userProcess) continue;
    store<i16>(present, <i16>UtmpType.deadProcess);
    memory.fill(present + USER, 0, FIELD_BYTES);
    lseek(fd, at, Seek.set);
    writeFully(fd, present, RECORD);
  }
  close(fd);
}

let reading: i32 = -1;
const word = memory.data(40, 8);

/** Begins reading the records: 0 or negative errno. */
export function utmpOpen(path: usize): i32 {
  reading = open(path ? path : utmpPath(), Open.readOnly | Open.closeOnExec);
  return min(reading, 0);
}

/** The next record's type, -1 at the end; the other functions tell of it. */
export function utmpNext(): i32 {
  if (readFully(reading, present, RECORD) == <i64>RECORD) return load<i16>(present);
  close(reading);
  return -1;
}

export function utmpPid(): i32 {
  return load<i32>(present, 4);
}

/** Seconds since 1970 of the login. */
export function utmpSeconds(): i64 {
  return load<u32>(present + SECONDS);
}

/** A byte string that lasts until the next record. */
export function utmpLine(): usize {
  store<u8>(present + LINE + FIELD_BYTES - 1, 0);
  return present + LINE;
}

/** As utmpLine(), until the next call. */
export function utmpUser(): usize {
  memory.copy(word, present + USER, FIELD_BYTES);
  return word;
}
