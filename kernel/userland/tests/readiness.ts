// poll, select, epoll and eventfd.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, dup, fcntl, open, Open, pipe, read, write } from '../lib/file';
import { setHandler } from '../lib/handler';
import { literal } from '../lib/literal';
import { EpollControl, epollControl, epollCreate, EpollMode, epollWait, Poll, pollOne } from '../lib/poll';
import { fork, getpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finishAll, testInChild, waitStatus } from '../lib/test';
import { monotonicNs, sleepNs } from '../lib/time';

const MILLISECOND: i64 = 1000000;
const EVENTFD2: u64 = 290;
const SEMAPHORE: u64 = 1;

const ends = memory.data(8, 4);
const buffer = memory.data(4096, 8);
const events = memory.data(12 * 32, 8);
let reader: i32 = 0;
let writer: i32 = 0;

function makePipe(): void {
  checkEqual(pipe(ends), 0, 'pipe');
  reader = load<i32>(ends);
  writer = load<i32>(ends, 4);
}

/** A child that does something a little later. */
function later(body: () => void): i32 {
  const pid = fork();
  if (pid == 0) {
    sleepNs(30 * MILLISECOND);
    body();
    exit(0);
  }
  return pid;
}

function writeOne(): void {
  write(writer, buffer, 1);
}

function readMuch(): void {
  read(reader, buffer, 4096);
  read(reader, buffer, 4096);
}

function closeBoth(): void {
  close(reader);
  close(writer);
}

function polling(): void {
  makePipe();
  const list = memory.data(40, 4);
  store<i32>(list, reader);
  store<i32>(list, Poll.input, 4);
  store<i32>(list, -1, 8);
  store<i32>(list, Poll.input, 12);
  store<i32>(list, writer, 16);
  store<i32>(list, Poll.output, 20);
  store<i32>(list, 99, 24);
  store<i32>(list, Poll.input, 28);
  checkEqual(syscall(Sys.poll, list, 3, 0), 1, 'one of three');
  checkEqual(load<u16>(list, 6), 0, 'an empty pipe');
  checkEqual(load<u16>(list, 14), 0, 'a negative descriptor');
  checkEqual(load<u16>(list, 22), Poll.output, 'a pipe with room');
  checkEqual(syscall(Sys.poll, list, 4, 1000), 2, 'a closed descriptor does not wait');
  checkEqual(load<u16>(list, 30), Poll.invalid, 'POLLNVAL');
  checkEqual(syscall(Sys.poll, 0, 0, 0), 0, 'no descriptors');
  checkError(syscall(Sys.poll, 8, 1, 0), Errno.FAULT, 'a bad address');
  checkError(syscall(Sys.poll, list, 0x7fffffff, 0), Errno.INVAL, 'too many');
  const before = monotonicNs();
  checkEqual(pollOne(reader, Poll.input, 50), 0, 'nothing in time');
  const spent = monotonicNs() - before;
  check(spent >= 50 * MILLISECOND && spent < 500 * MILLISECOND, 'the time-out is not kept');
  let pid = later(writeOne);
  checkEqual(pollOne(reader, Poll.input, -1), Poll.input, 'woken by a write');
  waitStatus(pid);
  checkEqual(pollOne(reader, 0x40, 0), 0x40, 'POLLRDNORM');
  fcntl(writer, 4, Open.nonBlocking);
  while (write(writer, buffer, 4096) > 0);
  checkEqual(pollOne(writer, Poll.output, 0), 0, 'a full pipe');
  pid = later(readMuch);
  checkEqual(pollOne(writer, Poll.output, 5000), Poll.output, 'woken by a read');
  waitStatus(pid);
  while (read(reader, buffer, 4096) == 4096);
  pid = later(closeBoth);
  close(writer);
  checkEqual(pollOne(reader, Poll.input, 5000), Poll.hangup, 'woken by the last close');
  waitStatus(pid);
  checkEqual(
    pollOne(open(literal('/bin/true'), Open.readOnly), Poll.input | Poll.output, 0),
    5,
    'a file is always ready',
  );
}

let came = 0;

function count(_signal: i32): void {
  came++;
}

function signals(): void {
  makePipe();
  const parent = getpid();
  setHandler(Signal.USR1, count, 0x10000000);
  const pid = fork();
  if (pid == 0) {
    for (let i = 0; i < 3; i++) {
      sleepNs(30 * MILLISECOND);
      kill(parent, Signal.USR1);
    }
    exit(0);
  }
  checkError(pollOne(reader, Poll.input, -1), Errno.INTR, 'poll, whatever SA_RESTART says');
  const sets = memory.data(8, 8);
  store<u64>(sets, (<u64>1) << (<u64>reader));
  checkError(syscall(23, reader + 1, sets, 0, 0, 0), Errno.INTR, 'select');
  const set = epollCreate();
  checkEqual(epollControl(set, EpollControl.add, reader, Poll.input, 0), 0, 'EPOLL_CTL_ADD');
  checkError(epollWait(set, events, 1, -1), Errno.INTR, 'epoll_wait');
  checkEqual(came, 3, 'the handler');
  waitStatus(pid);
}

function selecting(): void {
  makePipe();
  const sets = memory.data(24, 8);
  const time = memory.data(16, 8);
  const readBit = (<u64>1) << (<u64>reader);
  const writeBit = (<u64>1) << (<u64>writer);
  store<u64>(sets, readBit);
  store<u64>(sets, writeBit, 8);
  store<u64>(sets, readBit, 16);
  checkEqual(syscall(23, writer + 1, sets, sets + 8, sets + 16, 0), 1, 'one bit');
  checkEqual(load<u64>(sets), 0, 'nothing to read');
  checkEqual(load<u64>(sets, 8), writeBit, 'room to write');
  checkEqual(load<u64>(sets, 16), 0, 'nothing exceptional');
  write(writer, buffer, 1);
  store<u64>(sets, readBit);
  checkEqual(syscall(23, writer + 1, sets, sets + 8, 0, 0), 2, 'two bits');
  read(reader, buffer, 1);
  store<u64>(sets, readBit);
  store<u64>(time, 0);
  store<u64>(time, 50000, 8);
  const before = monotonicNs();
  checkEqual(syscall(23, writer + 1, sets, 0, 0, time), 0, 'a time-out');
  check(monotonicNs() - before >= 50 * MILLISECOND, 'select came back early');
  checkEqual(load<u64>(sets), 0, 'the set is cleared');
  checkEqual(load<u64>(time, 8), 0, 'no time is left');
  store<u64>(sets, readBit);
  store<u64>(time, 10);
  const pid = later(writeOne);
  checkEqual(syscall(23, writer + 1, sets, 0, 0, time), 1, 'woken');
  check(load<u64>(time) == 9, 'the time that is left');
  waitStatus(pid);
  store<u64>(sets, (<u64>1) << 50);
  checkError(syscall(23, 51, sets, 0, 0, time), Errno.BADF, 'a closed descriptor');
  checkError(syscall(23, <u64>-1, sets, 0, 0, time), Errno.INVAL, 'a negative number');
  store<i64>(time, -1);
  checkError(syscall(23, 0, 0, 0, 0, time), Errno.INVAL, 'a negative time');
  checkError(syscall(23, 1, 8, 0, 0, 0), Errno.FAULT, 'a bad address');
}

function counters(): void {
  const fd = <i32>syscall(EVENTFD2, 3, 0);
  checkEqual(read(fd, buffer, 8), 8, 'read');
  checkEqual(load<u64>(buffer), 3, 'the initial value');
  checkEqual(pollOne(fd, Poll.input | Poll.output, 0), Poll.output, 'at 0');
  fcntl(fd, 4, Open.nonBlocking);
  checkError(read(fd, buffer, 8), Errno.AGAIN, 'nothing to take');
  store<u64>(buffer, 5);
  checkEqual(write(fd, buffer, 8), 8, 'write');
  checkEqual(write(fd, buffer, 8), 8, 'write');
  checkEqual(pollOne(fd, Poll.input | Poll.output, 0), Poll.input | Poll.output, 'at 10');
  checkError(read(fd, buffer, 7), Errno.INVAL, 'a short read');
  checkEqual(read(fd, buffer, 16), 8, 'a long read');
  checkEqual(load<u64>(buffer), 10, 'the sum');
  store<u64>(buffer, 0xfffffffffffffffe);
  checkEqual(write(fd, buffer, 8), 8, 'the largest value');
  checkEqual(pollOne(fd, Poll.input | Poll.output, 0), Poll.input, 'at the largest value');
  store<u64>(buffer, 1);
  checkError(write(fd, buffer, 8), Errno.AGAIN, 'one more');
  store<u64>(buffer, 0xffffffffffffffff);
  checkError(write(fd, buffer, 8), Errno.INVAL, 'all ones');
  checkError(write(fd, buffer, 4), Errno.INVAL, 'a short write');
  const semaphore = <i32>syscall(EVENTFD2, 2, SEMAPHORE | (<u64>Open.nonBlocking));
  checkEqual(read(semaphore, buffer, 8), 8, 'semaphore');
  checkEqual(load<u64>(buffer), 1, 'takes one');
  read(semaphore, buffer, 8);
  checkError(read(semaphore, buffer, 8), Errno.AGAIN, 'after two');
  checkError(syscall(EVENTFD2, 0, 2), Errno.INVAL, 'a flag that is none');
  reader = <i32>syscall(EVENTFD2, 0, 0);
  writer = reader;
  const pid = fork();
  if (pid == 0) {
    sleepNs(30 * MILLISECOND);
    store<u64>(buffer, 7);
    write(reader, buffer, 8);
    exit(0);
  }
  checkEqual(read(reader, buffer, 8), 8, 'a read that waits');
  checkEqual(load<u64>(buffer), 7, 'what was written');
  waitStatus(pid);
}

function levels(): void {
  makePipe();
  const set = epollCreate();
  checkEqual(epollControl(set, EpollControl.add, reader, Poll.input, 77), 0, 'add');
  checkError(epollControl(set, EpollControl.add, reader, Poll.input, 77), Errno.EXIST, 'add twice');
  checkEqual(epollWait(set, events, 4, 0), 0, 'nothing');
  write(writer, buffer, 2);
  checkEqual(epollWait(set, events, 4, 0), 1, 'ready');
  checkEqual(load<u32>(events), Poll.input, 'events');
  checkEqual(load<u64>(events, 4), 77, 'data');
  checkEqual(epollWait(set, events, 4, 0), 1, 'still ready');
  read(reader, buffer, 2);
  checkEqual(epollWait(set, events, 4, 0), 0, 'not any more');
  checkEqual(epollControl(set, EpollControl.add, writer, Poll.output, 88), 0, 'add the other end');
  checkEqual(epollWait(set, events, 4, 100), 1, 'the other end');
  write(writer, buffer, 2);
  checkEqual(epollWait(set, events, 4, 0), 2, 'both');
  checkEqual(epollWait(set, events, 1, 0), 1, 'one at a time');
  const first = load<u64>(events, 4);
  checkEqual(epollWait(set, events, 1, 0), 1, 'one at a time');
  check(load<u64>(events, 4) != first, 'the same one twice: starvation');
  checkEqual(epollControl(set, EpollControl.modify, writer, 0, 88), 0, 'modify');
  checkEqual(epollWait(set, events, 4, 0), 1, 'the one that is left');
  checkEqual(epollControl(set, EpollControl.remove, reader, 0, 0), 0, 'remove');
  checkError(epollControl(set, EpollControl.remove, reader, 0, 0), Errno.NOENT, 'remove twice');
  checkEqual(epollWait(set, events, 4, 0), 0, 'nothing is left');
  close(reader);
  checkEqual(epollWait(set, events, 4, 0), 1, 'an error is always reported');
  checkEqual(load<u32>(events) & Poll.error, Poll.error, 'EPOLLERR');
}

function edges(): void {
  makePipe();
  const set = epollCreate();
  epollControl(set, EpollControl.add, reader, Poll.input | EpollMode.edge, 1);
  write(writer, buffer, 1);
  checkEqual(epollWait(set, events, 4, 0), 1, 'the edge');
  checkEqual(epollWait(set, events, 4, 0), 0, 'no edge');
  write(writer, buffer, 1);
  checkEqual(epollWait(set, events, 4, 0), 1, 'another one');
  epollControl(set, EpollControl.modify, reader, Poll.input | EpollMode.edge, 2);
  checkEqual(epollWait(set, events, 4, 0), 1, 'modifying looks anew');
  checkEqual(load<u64>(events, 4), 2, 'with the new data');
  epollControl(set, EpollControl.modify, reader, Poll.input | EpollMode.oneShot, 3);
  checkEqual(epollWait(set, events, 4, 0), 1, 'one shot');
  write(writer, buffer, 1);
  checkEqual(epollWait(set, events, 4, 0), 0, 'no second');
  epollControl(set, EpollControl.modify, reader, Poll.input | EpollMode.oneShot, 4);
  checkEqual(epollWait(set, events, 4, 0), 1, 'armed again');
}

function vanishing(): void {
  makePipe();
  const set = epollCreate();
  const copy = dup(reader);
  epollControl(set, EpollControl.add, reader, Poll.input, 1);
  write(writer, buffer, 1);
  close(reader);
  checkEqual(epollWait(set, events, 4, 0), 1, 'watched as long as the file is open');
  close(copy);
  checkEqual(epollWait(set, events, 4, 0), 0, 'gone with the last descriptor');
  makePipe();
  epollControl(set, EpollControl.add, reader, Poll.input, 1);
  epollControl(set, EpollControl.add, writer, Poll.output, 2);
  close(set);
  write(writer, buffer, 1);
  checkEqual(pollOne(reader, Poll.input, 0), Poll.input, 'the files outlive the set');
}

function waking(): void {
  makePipe();
  const set = epollCreate();
  epollControl(set, EpollControl.add, reader, Poll.input, 5);
  let pid = later(writeOne);
  checkEqual(epollWait(set, events, 4, -1), 1, 'woken by a write');
  waitStatus(pid);
  read(reader, buffer, 1);
  const before = monotonicNs();
  checkEqual(epollWait(set, events, 4, 40), 0, 'a time-out');
  check(monotonicNs() - before >= 40 * MILLISECOND, 'early');
  pid = later(writeOne);
  checkEqual(pollOne(set, Poll.input, -1), Poll.input, 'poll of a set');
  waitStatus(pid);
  checkEqual(pollOne(set, Poll.input, 0), Poll.input, 'still');
  read(reader, buffer, 1);
  checkEqual(pollOne(set, Poll.input, 0), 0, 'not any more');
}

function nesting(): void {
  makePipe();
  const inner = epollCreate();
  const outer = epollCreate();
  checkEqual(epollControl(inner, EpollControl.add, reader, Poll.input, 1), 0, 'inner');
  checkEqual(epollControl(outer, EpollControl.add, inner, Poll.input, 2), 0, 'outer');
  checkEqual(epollWait(outer, events, 4, 0), 0, 'nothing');
  const pid = later(writeOne);
  checkEqual(epollWait(outer, events, 4, 2000), 1, 'through both');
  waitStatus(pid);
  checkEqual(load<u64>(events, 4), 2, 'data of the outer');
  read(reader, buffer, 1);
  checkEqual(epollWait(outer, events, 4, 0), 0, 'gone');
  checkError(epollControl(inner, EpollControl.add, outer, Poll.input, 0), Errno.LOOP, 'a loop');
  checkError(epollControl(inner, EpollControl.add, inner, Poll.input, 0), Errno.INVAL, 'itself');
  let top = outer;
  let error = 0;
  for (let i = 0; i < 10 && error == 0; i++) {
    const next = epollCreate();
    error = epollControl(next, EpollControl.add, top, Poll.input, 0);
    top = next;
  }
  checkError(error, Errno.LOOP, 'too deep');
}

function refusals(): void {
  makePipe();
  const set = epollCreate();
  checkError(
    epollControl(set, EpollControl.add, open(literal('/bin/true'), 0), Poll.input, 0),
    Errno.PERM,
    'a plain file',
  );
  checkError(epollControl(set, EpollControl.add, 99, Poll.input, 0), Errno.BADF, 'a closed descriptor');
  checkError(epollControl(99, EpollControl.add, reader, Poll.input, 0), Errno.BADF, 'a closed set');
  checkError(epollControl(reader, EpollControl.add, writer, Poll.input, 0), Errno.INVAL, 'no set');
  checkError(epollControl(set, 9, reader, Poll.input, 0), Errno.INVAL, 'an operation that is none');
  checkError(
    epollControl(set, EpollControl.modify, reader, Poll.input, 0),
    Errno.NOENT,
    'modifying what is not there',
  );
  checkError(epollWait(reader, events, 1, 0), Errno.INVAL, 'waiting on no set');
  checkError(epollWait(set, events, 0, 0), Errno.INVAL, 'no room for events');
  checkError(syscall(213, 0), Errno.INVAL, 'epoll_create(0)');
  checkError(syscall(291, 1), Errno.INVAL, 'epoll_create1 with a flag that is none');
  checkError(
    epollControl(set, EpollControl.add, reader, Poll.input | EpollMode.exclusive | EpollMode.oneShot, 0),
    Errno.INVAL,
    'exclusive and one shot',
  );
  checkEqual(
    epollControl(set, EpollControl.add, reader, Poll.input | EpollMode.exclusive, 0),
    0,
    'exclusive',
  );
  checkError(
    epollControl(set, EpollControl.modify, reader, Poll.input, 0),
    Errno.INVAL,
    'modifying an exclusive one',
  );
}

/** Two sets that watch exclusively: one event wakes one of two sleepers. */
function exclusive(): void {
  makePipe();
  const result = memory.data(8, 4);
  pipe(result);
  for (let i = 0; i < 3; i++) {
    if (fork() == 0) {
      const set = epollCreate();
      epollControl(set, EpollControl.add, reader, Poll.input | EpollMode.exclusive, 0);
      const woken = epollWait(set, events, 1, 300);
      store<u8>(buffer, <u8>woken);
      write(load<i32>(result, 4), buffer, 1);
      exit(0);
    }
  }
  sleepNs(60 * MILLISECOND);
  write(writer, buffer, 1);
  let woken = 0;
  for (let i = 0; i < 3; i++) {
    read(load<i32>(result), buffer, 1);
    woken += load<u8>(buffer);
  }
  checkEqual(woken, 1, 'sleepers that one event woke');
}

export function main(): i32 {
  const hint = 'POSIX poll(), select(); Linux epoll(7), eventfd(2)';
  testInChild('ready_poll', hint, polling);
  testInChild('ready_signals', hint, signals);
  testInChild('ready_select', hint, selecting);
  testInChild('ready_eventfd', hint, counters);
  testInChild('ready_epoll_level', hint, levels);
  testInChild('ready_epoll_edge', hint, edges);
  testInChild('ready_epoll_close', hint, vanishing);
  testInChild('ready_epoll_wake', hint, waking);
  testInChild('ready_epoll_nested', hint, nesting);
  testInChild('ready_epoll_errors', hint, refusals);
  testInChild('ready_epoll_exclusive', hint, exclusive);
  return finishAll();
}
