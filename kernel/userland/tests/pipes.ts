// Pipes: order, end of file, SIGPIPE, blocking and not, atomic writes, sizes, readiness.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, fcntl, Fcntl, ioctl, Open, pipe, read, readFully, write, writeFully } from '../lib/file';
import { setHandler } from '../lib/handler';
import { malloc } from '../lib/malloc';
import { fork, getpid } from '../lib/process';
import { Disposition, kill, setDisposition, Signal } from '../lib/signal';
import { fstat, FileType, Stat } from '../lib/stat';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, checkKilled, finishAll, testInChild, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

const PIPE_BUF: usize = 4096;
const CAPACITY: usize = 65536;
const FIONREAD: u64 = 0x541b;
const SET_SIZE: u32 = 1031;
const GET_SIZE: u32 = 1032;
const POLLIN: u32 = 1;
const POLLOUT: u32 = 4;
const POLLERR: u32 = 8;
const POLLHUP: u32 = 16;
const MILLISECOND: i64 = 1000000;

const ends = memory.data(8, 4);
let block: usize = 0;
const word = memory.data(8, 8);
let reader: i32 = 0;
let writer: i32 = 0;

function open(): void {
  checkEqual(pipe(ends), 0, 'pipe');
  reader = load<i32>(ends);
  writer = load<i32>(ends, 4);
}

function setNonBlocking(fd: i32): void {
  checkEqual(fcntl(fd, 4, Open.nonBlocking), 0, 'F_SETFL');
}

/** revents of one descriptor, without waiting. */
function ready(fd: i32, events: u32): u32 {
  const list = memory.data(8, 4);
  store<i32>(list, fd);
  store<u32>(list, events, 4);
  checkEqual(syscall(Sys.poll, list, 1, 0) >= 0 ? 0 : 1, 0, 'poll');
  return load<u16>(list, 6);
}

function order(): void {
  open();
  check(reader == 3 && writer == 4, 'the lowest descriptors, reading end first');
  checkEqual(write(writer, block, 0), 0, 'a write of nothing');
  for (let i: usize = 0; i < 300; i++) store<u8>(block + i, <u8>i);
  checkEqual(write(writer, block, 100), 100, 'write');
  checkEqual(write(writer, block + 100, 200), 200, 'another write');
  checkEqual(ioctl(reader, FIONREAD, word), 0, 'FIONREAD');
  checkEqual(load<i32>(word), 300, 'bytes in the pipe');
  memory.fill(block, 0, 300);
  checkEqual(read(reader, block, 250), 250, 'read over the seam');
  checkEqual(read(reader, block + 250, 250), 50, 'what is left');
  for (let i: usize = 0; i < 300; i++) checkEqual(load<u8>(block + i), i & 255, 'a byte');
  checkError(read(writer, block, 1), Errno.BADF, 'read of the writing end');
  checkError(write(reader, block, 1), Errno.BADF, 'write to the reading end');
  checkError(syscall(Sys.lseek, reader, 0, 1), Errno.SPIPE, 'lseek');
  checkError(syscall(Sys.pread64, reader, block, 1, 0), Errno.SPIPE, 'pread');
  close(writer);
  checkEqual(read(reader, block, 10), 0, 'end of file');
  checkEqual(read(reader, block, 10), 0, 'end of file, again');
}

function identity(): void {
  open();
  const one = changetype<Stat>(memory.data(144, 8));
  const other = changetype<Stat>(memory.data(144, 8));
  checkEqual(fstat(reader, one), 0, 'fstat');
  checkEqual(fstat(writer, other), 0, 'fstat');
  checkEqual(one.mode & FileType.mask, 0o010000, 'the type');
  checkEqual(one.inode, other.inode, 'one inode for both ends');
  checkEqual(fcntl(reader, Fcntl.getStatus, 0) & 3, 0, 'access mode of the reading end');
  checkEqual(fcntl(writer, Fcntl.getStatus, 0) & 3, 1, 'access mode of the writing end');
  checkEqual(syscall(Sys.pipe2, ends, Open.closeOnExec | Open.nonBlocking), 0, 'pipe2');
  checkEqual(fcntl(load<i32>(ends), Fcntl.getFlags, 0), 1, 'close-on-exec');
  checkEqual(
    fcntl(load<i32>(ends, 4), Fcntl.getStatus, 0) & Open.nonBlocking,
    Open.nonBlocking,
    'O_NONBLOCK',
  );
  checkError(syscall(Sys.pipe2, ends, 1), Errno.INVAL, 'pipe2 with a flag that is none');
  const next = load<i32>(ends, 4) + 1;
  checkError(pipe(8), Errno.FAULT, 'pipe with a bad address');
  checkEqual(syscall(Sys.dup, 0), next, 'and no descriptor was left open');
}

function broken(): i32 {
  open();
  close(reader);
  write(writer, block, 1);
  return 0;
}

function brokenPipes(): void {
  checkKilled(broken, Signal.PIPE, 'a write without a reader');
  setDisposition(Signal.PIPE, Disposition.ignore);
  open();
  close(reader);
  checkError(write(writer, block, 1), Errno.PIPE, 'a write without a reader, SIGPIPE ignored');
  checkError(write(writer, block, CAPACITY * 2), Errno.PIPE, 'a large one');
  checkEqual(write(writer, block, 0), 0, 'nothing, without a reader');
  open();
  const pid = fork();
  if (pid == 0) {
    close(writer);
    readFully(reader, block, 100);
    exit(0);
  }
  close(reader);
  checkError(writeFully(writer, block, CAPACITY * 4), Errno.PIPE, 'the reader leaves while a writer sleeps');
  checkEqual(waitStatus(pid), 0, 'the reader');
}

function nonBlocking(): void {
  open();
  setNonBlocking(reader);
  setNonBlocking(writer);
  checkError(read(reader, block, 1), Errno.AGAIN, 'read of an empty pipe');
  checkEqual(write(writer, block, CAPACITY - 100), CAPACITY - 100, 'almost full');
  checkError(write(writer, block, PIPE_BUF), Errno.AGAIN, 'PIPE_BUF bytes that do not fit');
  checkEqual(write(writer, block, 100), 100, 'what fits');
  checkError(write(writer, block, 1), Errno.AGAIN, 'a full pipe');
  checkError(write(writer, block, CAPACITY), Errno.AGAIN, 'a full pipe, a large write');
  checkEqual(read(reader, block, PIPE_BUF * 2), PIPE_BUF * 2, 'room again');
  checkEqual(write(writer, block, CAPACITY), PIPE_BUF * 2, 'a part of a large write');
  checkEqual(read(reader, block, CAPACITY * 2), CAPACITY, 'everything');
  checkError(read(reader, block, 1), Errno.AGAIN, 'empty again');
  close(writer);
  checkEqual(read(reader, block, 1), 0, 'end of file although non-blocking');
}

function blocking(): void {
  open();
  const pid = fork();
  if (pid == 0) {
    close(writer);
    let sum: u64 = 0;
    for (;;) {
      const n = read(reader, block, 5000);
      if (n <= 0) break;
      for (let i: usize = 0; i < <usize>n; i++) sum += load<u8>(block + i);
      sleepNs(MILLISECOND / 4);
    }
    exit(sum == 3 * <u64>(CAPACITY * 4) ? 0 : 1);
  }
  close(reader);
  memory.fill(block, 3, CAPACITY * 4);
  checkEqual(write(writer, block, CAPACITY * 4), CAPACITY * 4, 'a write larger than the pipe');
  close(writer);
  checkEqual(waitStatus(pid), 0, 'what arrived');
}

/** Four writers of whole records; the reader sees no mixed one. */
function atomicity(): void {
  open();
  const size: usize = 1000;
  for (let n = 0; n < 4; n++) {
    if (fork() == 0) {
      memory.fill(block, <u8>(n + 1), size);
      for (let i = 0; i < 200; i++) if (write(writer, block, size) != size) exit(1);
      exit(0);
    }
  }
  close(writer);
  let records = 0;
  while (readFully(reader, block, size) == size) {
    const first = load<u8>(block);
    for (let i: usize = 1; i < size; i++) checkEqual(load<u8>(block + i), first, 'one record, one writer');
    records++;
  }
  checkEqual(records, 800, 'records');
}

function vectors(): void {
  open();
  const list = memory.data(48, 8);
  store<u64>(list, block);
  store<u64>(list, 3, 8);
  store<u64>(list, block + 100, 16);
  store<u64>(list, 0, 24);
  store<u64>(list, block + 200, 32);
  store<u64>(list, 4, 40);
  store<u8>(block, 97);
  store<u8>(block + 1, 98);
  store<u8>(block + 2, 99);
  store<u32>(block + 200, 0x67666564);
  checkEqual(syscall(Sys.writev, writer, list, 3), 7, 'writev');
  store<u64>(list, 2, 8);
  store<u64>(list, 100, 24);
  store<u64>(list, 100, 40);
  checkEqual(syscall(Sys.readv, reader, list, 3), 7, 'readv does not wait for all pieces to be filled');
  checkEqual(load<u8>(block + 1), 98, 'first piece');
  checkEqual(load<u32>(block + 100), 0x66656463, 'second piece');
}

function sizes(): void {
  open();
  checkEqual(fcntl(reader, GET_SIZE, 0), CAPACITY, 'F_GETPIPE_SZ');
  checkEqual(fcntl(writer, SET_SIZE, 100), PIPE_BUF, 'F_SETPIPE_SZ gives at least a page');
  setNonBlocking(writer);
  checkEqual(write(writer, block, CAPACITY), PIPE_BUF, 'the small pipe');
  checkEqual(fcntl(writer, SET_SIZE, 5 * PIPE_BUF), 8 * PIPE_BUF, 'rounded up');
  checkEqual(write(writer, block, CAPACITY), 7 * PIPE_BUF, 'room after growing');
  checkError(fcntl(writer, SET_SIZE, PIPE_BUF), Errno.BUSY, 'smaller than what is in it');
  checkEqual(read(reader, block, 7 * PIPE_BUF), 7 * PIPE_BUF, 'read');
  checkEqual(fcntl(writer, SET_SIZE, PIPE_BUF), PIPE_BUF, 'smaller');
  checkEqual(read(reader, block, CAPACITY), PIPE_BUF, 'the rest is still there');
  checkError(fcntl(0, GET_SIZE, 0) >= 0 ? -Errno.BADF : fcntl(0, GET_SIZE, 0), Errno.BADF, 'of no pipe');
}

function readiness(): void {
  open();
  checkEqual(ready(reader, POLLIN), 0, 'an empty pipe');
  checkEqual(ready(writer, POLLOUT), POLLOUT, 'room');
  write(writer, block, 1);
  checkEqual(ready(reader, POLLIN), POLLIN, 'a byte');
  setNonBlocking(writer);
  write(writer, block, CAPACITY);
  checkEqual(ready(writer, POLLOUT), 0, 'full');
  close(writer);
  checkEqual(ready(reader, POLLIN), POLLIN | POLLHUP, 'data, no writer');
  read(reader, block, CAPACITY);
  checkEqual(ready(reader, POLLIN), POLLHUP, 'nothing, no writer');
  open();
  close(reader);
  checkEqual(ready(writer, POLLOUT), POLLOUT | POLLERR, 'no reader');
}

let came = 0;

function count(_signal: i32): void {
  came++;
}

function interrupted(): void {
  open();
  setHandler(Signal.USR1, count, 0);
  const parent = getpid();
  let pid = fork();
  if (pid == 0) {
    sleepNs(30 * MILLISECOND);
    kill(parent, Signal.USR1);
    exit(0);
  }
  checkError(read(reader, block, 1), Errno.INTR, 'a signal ends a read');
  checkEqual(came, 1, 'the handler ran');
  waitStatus(pid);
  setHandler(Signal.USR1, count, 0x10000000);
  pid = fork();
  if (pid == 0) {
    sleepNs(30 * MILLISECOND);
    kill(parent, Signal.USR1);
    sleepNs(30 * MILLISECOND);
    exit(write(writer, block, 5) == 5 ? 0 : 1);
  }
  checkEqual(read(reader, block, 100), 5, 'with SA_RESTART it goes on');
  checkEqual(came, 2, 'the handler ran again');
  waitStatus(pid);
  pid = fork();
  if (pid == 0) {
    sleepNs(30 * MILLISECOND);
    kill(parent, Signal.USR1);
    exit(0);
  }
  setHandler(Signal.USR1, count, 0);
  checkEqual(write(writer, block, CAPACITY * 2), CAPACITY, 'a signal after a part was written');
  waitStatus(pid);
}

function faults(): void {
  open();
  checkError(write(writer, 8, 10), Errno.FAULT, 'write from nowhere');
  write(writer, block, 10);
  checkError(read(reader, 8, 10), Errno.FAULT, 'read to nowhere');
  checkEqual(read(reader, block, 100), 10, 'and nothing was lost');
}

/** A round trip of one byte, many times: wake-ups between two processes. */
function pingPong(): void {
  open();
  const toChild = writer;
  const childReads = reader;
  open();
  const pid = fork();
  if (pid == 0) {
    for (let i = 0; i < 1000; i++) {
      if (read(childReads, block, 1) != 1) exit(1);
      if (write(writer, block, 1) != 1) exit(2);
    }
    exit(0);
  }
  for (let i = 0; i < 1000; i++) {
    store<u8>(block, <u8>i);
    checkEqual(write(toChild, block, 1), 1, 'write');
    checkEqual(read(reader, block, 1), 1, 'read');
    checkEqual(load<u8>(block), i & 255, 'the same byte');
  }
  checkEqual(waitStatus(pid), 0, 'the other side');
}

export function main(): i32 {
  block = malloc(CAPACITY * 4);
  const hint = 'POSIX pipe(), read(), write(); Linux pipe(7)';
  testInChild('pipe_order', hint, order);
  testInChild('pipe_identity', hint, identity);
  testInChild('pipe_broken', hint, brokenPipes);
  testInChild('pipe_nonblocking', hint, nonBlocking);
  testInChild('pipe_blocking', hint, blocking);
  testInChild('pipe_atomicity', hint, atomicity);
  testInChild('pipe_vectors', hint, vectors);
  testInChild('pipe_sizes', hint, sizes);
  testInChild('pipe_readiness', hint, readiness);
  testInChild('pipe_interrupted', hint, interrupted);
  testInChild('pipe_faults', hint, faults);
  testInChild('pipe_ping_pong', hint, pingPong);
  return finishAll();
}
