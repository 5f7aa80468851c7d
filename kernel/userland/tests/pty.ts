// Pseudo terminals: pairs, the line discipline between the ends, job control, hang-up. Source: pty(7), ioctl_tty(2),
// POSIX XBD chapter 11.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, ioctl, open, Open, read, write } from '../lib/file';
import { setHandler, Restart } from '../lib/handler';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { fork, getpid, setpgid, setsid, Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { compareMemory } from '../lib/bytes';
import {
  check,
  checkEqual,
  checkError,
  finishAll,
  finishChild,
  hasFailed,
  testInChild,
  waitStatus,
} from '../lib/test';
import {
  foregroundGroup,
  getTermios,
  makeRaw,
  setForegroundGroup,
  setTermios,
  takeTerminal,
  Termios,
} from '../lib/terminal';
import { sleepNs } from '../lib/time';
import { exited, exitStatus, signalled, stopped, stopSignal, termSignal } from '../lib/wait-status';

const enum Request {
  TIOCGWINSZ = 0x5413,
  TIOCSWINSZ = 0x5414,
  FIONREAD = 0x541b,
  TIOCPKT = 0x5420,
  TIOCGPTPEER = 0x5441,
  TCFLSH = 0x540b,
  TIOCGPTN = 0x80045430,
  TIOCSPTLCK = 0x40045431,
}

const MILLISECOND: i64 = 1000000;
const buffer = memory.data(8192);
const settings = changetype<Termios>(memory.data(64, 8));
const path = memory.data(64);
let master: i32 = -1;
let slave: i32 = -1;
let seen: i32 = 0;

function onSignal(signal: i32): void {
  seen = signal;
}

function openPair(): void {
  master = open(literal('/dev/ptmx'), Open.readWrite | Open.noControllingTerminal);
  check(master >= 0, 'open /dev/ptmx');
  const number = memory.data(8, 8);
  check(ioctl(master, Request.TIOCGPTN, number) == 0, 'TIOCGPTN');
  snprintf(path, 64, '/dev/pts/%d', load<i32>(number));
  store<i32>(number, 0);
  check(ioctl(master, Request.TIOCSPTLCK, number) == 0, 'TIOCSPTLCK');
  slave = open(path, Open.readWrite | Open.noControllingTerminal);
  check(slave >= 0, 'open the slave');
}

/** Reads once from `fd` and compares. */
function expectRead(fd: i32, wanted: string, what: string): void {
  const got = read(fd, buffer, 4096);
  const bytes = literal(wanted);
  checkEqual(got, wanted.length, what);
  if (got == <i64>wanted.length) check(compareMemory(buffer, bytes, <usize>got) == 0, what);
}

/** Until that many bytes have come. */
function expectAll(fd: i32, wanted: string, what: string): void {
  let got: i64 = 0;
  while (got < <i64>wanted.length) {
    const n = read(fd, buffer + <usize>got, 4096);
    if (n <= 0) break;
    got += n;
  }
  checkEqual(got, wanted.length, what);
  check(compareMemory(buffer, literal(wanted), wanted.length) == 0, what);
}

function type(text: string): void {
  checkEqual(write(master, literal(text), text.length), text.length, 'write to the master');
}

function setRaw(minimum: u8, time: u8): void {
  getTermios(slave, settings);
  makeRaw(settings);
  settings.minimum = minimum;
  settings.time = time;
  setTermios(slave, settings);
}

function lockedUntilUnlocked(): void {
  const m = open(literal('/dev/ptmx'), Open.readWrite | Open.noControllingTerminal);
  check(m >= 0, 'open /dev/ptmx');
  const number = memory.data(8, 8);
  checkEqual(ioctl(m, Request.TIOCGPTN, number), 0, 'TIOCGPTN');
  snprintf(path, 64, '/dev/pts/%d', load<i32>(number));
  checkError(open(path, Open.readWrite | Open.noControllingTerminal), Errno.IO, 'a locked slave');
  store<i32>(number, 0);
  ioctl(m, Request.TIOCSPTLCK, number);
  const peer = <i32>ioctl(m, Request.TIOCGPTPEER, Open.readWrite | Open.noControllingTerminal);
  check(peer >= 0, 'TIOCGPTPEER');
  close(peer);
  close(m);
  checkError(
    open(path, Open.readWrite | Open.noControllingTerminal),
    Errno.NOENT,
    'the slave of a closed master',
  );
}

function cooked(): void {
  openPair();
  type('hellp\x7fo\r');
  expectRead(slave, 'hello\n', 'an edited line');
  expectAll(master, 'hellp\b \bo\r\n', 'its echo');
  type('one word\x17two\r');
  expectRead(slave, 'one two\n', 'VWERASE');
  type('gone\x15kept\r');
  expectRead(slave, 'kept\n', 'VKILL');
  type('a\x16\x03b\r');
  expectRead(slave, 'a\x03b\n', 'VLNEXT');
  type('no newline\x04');
  expectRead(slave, 'no newline', 'VEOF after text');
  type('\x04');
  checkEqual(read(slave, buffer, 100), 0, 'VEOF alone');
  check(write(slave, literal('x\ny'), 3) == 3, 'write to the slave');
  ioctl(slave, Request.TCFLSH, 0);
}

function outputModes(): void {
  openPair();
  write(slave, literal('a\nb'), 3);
  expectAll(master, 'a\r\nb', 'ONLCR');
  getTermios(slave, settings);
  settings.output = 0x01 | 0x08 | 0x10; // OPOST OCRNL ONOCR
  setTermios(slave, settings);
  write(slave, literal('x\ry\n'), 4);
  expectAll(master, 'x\ny\n', 'OCRNL');
  settings.output = 0x01 | 0x1800; // tabs to spaces
  setTermios(slave, settings);
  write(slave, literal('\rab\tc'), 5);
  expectAll(master, '\rab      c', 'XTABS');
  settings.output = 0;
  setTermios(slave, settings);
  write(slave, literal('a\n\t'), 3);
  expectAll(master, 'a\n\t', 'no OPOST');
}

function minimumAndTime(): void {
  openPair();
  setRaw(0, 0);
  checkEqual(read(slave, buffer, 10), 0, 'MIN 0 TIME 0 without input');
  setRaw(0, 1);
  checkEqual(read(slave, buffer, 10), 0, 'MIN 0 TIME 1 without input');
  type('ab');
  checkEqual(read(slave, buffer, 10), 2, 'MIN 0 TIME 1 with input');
  setRaw(3, 0);
  const child = fork();
  if (child == 0) {
    sleepNs(30 * MILLISECOND);
    write(master, literal('c'), 1);
    sleepNs(30 * MILLISECOND);
    write(master, literal('de'), 2);
    exit(0);
  }
  checkEqual(read(slave, buffer, 10), 3, 'MIN 3 TIME 0');
  waitStatus(child);
  setRaw(5, 1);
  type('xy');
  checkEqual(read(slave, buffer, 10), 2, 'MIN 5 TIME 1: the time between bytes');
  const none = fork();
  if (none == 0) exit(0);
  waitStatus(none);
}

function windowSize(): void {
  openPair();
  const size = memory.data(8, 8);
  store<u64>(size, 40 | (100 << 16));
  checkEqual(ioctl(master, Request.TIOCSWINSZ, size), 0, 'TIOCSWINSZ on the master');
  store<u64>(size, 0);
  checkEqual(ioctl(slave, Request.TIOCGWINSZ, size), 0, 'TIOCGWINSZ on the slave');
  checkEqual(load<u16>(size), 40, 'rows');
  checkEqual(load<u16>(size, 2), 100, 'columns');
}

/** A session on the slave: runs `body` as its leader and gives its wait status. */
function inSession(body: () => i32): i32 {
  const pid = fork();
  if (pid == 0) {
    setsid();
    check(takeTerminal(slave) == 0, 'TIOCSCTTY');
    const status = body();
    if (hasFailed()) finishChild(9);
    exit(status);
  }
  return pid;
}

function readForever(): i32 {
  close(master);
  read(slave, buffer, 1);
  return 3;
}

function signalKeys(): void {
  openPair();
  const child = inSession(readForever);
  sleepNs(50 * MILLISECOND);
  type('\x03');
  const status = waitStatus(child);
  check(signalled(status) && termSignal(status) == Signal.INT, '^C ends the foreground');
  expectAll(master, '^C', 'its echo');
}

function waitForWinch(): i32 {
  close(master);
  setHandler(Signal.WINCH, onSignal, Restart.never);
  write(slave, literal('r'), 1);
  sleepNs(300 * MILLISECOND);
  for (let i = 0; i < 20 && !seen; i++) sleepNs(50 * MILLISECOND);
  return seen == Signal.WINCH ? 4 : 5;
}

function winch(): void {
  openPair();
  const child = inSession(waitForWinch);
  expectAll(master, 'r', 'the child is ready');
  const size = memory.data(8, 8);
  store<u64>(size, 30 | (90 << 16));
  ioctl(master, Request.TIOCSWINSZ, size);
  const status = waitStatus(child);
  check(exited(status) && exitStatus(status) == 4, 'SIGWINCH comes');
}

function backgroundReader(): i32 {
  close(master);
  const child = fork();
  if (child == 0) {
    setpgid(0, 0);
    read(slave, buffer, 1); // stopped by SIGTTIN, then continued in the foreground
    exit(load<u8>(buffer) == 0x7a ? 6 : 7);
  }
  setpgid(child, child);
  const status = memory.data(8, 8);
  checkEqual(waitpid(child, status, Wait.untraced), child, 'a stopped child');
  check(stopped(load<i32>(status)) && stopSignal(load<i32>(status)) == Signal.TTIN, 'SIGTTIN');
  setHandler(Signal.TTOU, onSignal, Restart.always);
  checkEqual(foregroundGroup(slave), getpid(), 'the foreground group');
  checkEqual(setForegroundGroup(slave, child), 0, 'tcsetpgrp');
  kill(-child, Signal.CONT);
  write(slave, literal('g'), 1);
  const end = waitStatus(child);
  return exited(end) ? exitStatus(end) : 8;
}

function background(): void {
  openPair();
  const child = inSession(backgroundReader);
  expectAll(master, 'g', 'the child is in the foreground');
  type('z\r');
  const status = waitStatus(child);
  checkEqual(exited(status) ? exitStatus(status) : -1, 6, 'a continued read goes on');
}

function waitForHangUp(): i32 {
  close(master);
  setHandler(Signal.HUP, onSignal, Restart.never);
  write(slave, literal('r'), 1);
  const got = read(slave, buffer, 10);
  check(got == 0 || got == -Errno.INTR || got == -Errno.IO, 'a read that the hang-up ends');
  checkEqual(read(slave, buffer, 10), 0, 'a read after the hang-up');
  checkError(write(slave, literal('x'), 1), Errno.IO, 'a write after the hang-up');
  checkError(ioctl(slave, Request.TIOCGWINSZ, buffer), Errno.IO, 'an ioctl after the hang-up');
  checkError(open(literal('/dev/tty'), Open.readWrite), Errno.NXIO, '/dev/tty after the hang-up');
  return seen == Signal.HUP ? 4 : 5;
}

function hangUp(): void {
  openPair();
  const child = inSession(waitForHangUp);
  expectAll(master, 'r', 'the child is ready');
  close(slave);
  sleepNs(50 * MILLISECOND);
  close(master);
  const status = waitStatus(child);
  checkEqual(exited(status) ? exitStatus(status) : -1, 4, 'SIGHUP and dead descriptors');
}

function otherEnd(): void {
  openPair();
  write(slave, literal('last'), 4);
  close(slave);
  expectAll(master, 'last', 'what was printed before the slave was closed');
  checkError(read(master, buffer, 10), Errno.IO, 'the master alone');
  slave = open(path, Open.readWrite | Open.noControllingTerminal);
  check(slave >= 0, 'the slave opens again');
  write(slave, literal('n'), 1);
  expectAll(master, 'n', 'and works again');
}

function nonBlocking(): void {
  openPair();
  const m = open(literal('/dev/ptmx'), Open.readWrite | Open.noControllingTerminal | 0o4000);
  checkError(read(m, buffer, 10), Errno.AGAIN, 'the master without output');
  close(m);
  const s = open(path, Open.readWrite | Open.noControllingTerminal | 0o4000);
  checkError(read(s, buffer, 10), Errno.AGAIN, 'the slave without input');
  setRaw(1, 0);
  let total: i64 = 0;
  for (let i = 0; i < 100; i++) {
    const n = write(s, buffer, 4096);
    if (n < 0) {
      checkError(n, Errno.AGAIN, 'a full line');
      break;
    }
    total += n;
  }
  check(total > 1000 && total < 400000, 'output is bounded');
}

function packetMode(): void {
  openPair();
  const on = memory.data(8, 8);
  store<i32>(on, 1);
  checkEqual(ioctl(master, Request.TIOCPKT, on), 0, 'TIOCPKT');
  write(slave, literal('d'), 1);
  expectRead(master, '\0d', 'data after a zero');
  ioctl(slave, Request.TCFLSH, 0);
  checkEqual(read(master, buffer, 10), 1, 'a status byte');
  checkEqual(load<u8>(buffer) & 1, 1, 'TIOCPKT_FLUSHREAD');
}

function bulkWriter(): i32 {
  close(master);
  memory.fill(buffer, 0x62, 8192);
  for (let i = 0; i < 64; i++) {
    if (write(slave, buffer, 8192) != 8192) return 1;
  }
  return 0;
}

function bulk(): void {
  openPair();
  setRaw(1, 0);
  const child = inSession(bulkWriter);
  close(slave);
  let total: i64 = 0;
  let wrong = 0;
  while (true) {
    const n = read(master, buffer, 8192);
    if (n <= 0) break;
    for (let i: i64 = 0; i < n; i++) if (load<u8>(buffer + <usize>i) != 0x62) wrong++;
    total += n;
  }
  checkEqual(total, 64 * 8192, 'bytes through the pty');
  checkEqual(wrong, 0, 'wrong bytes');
  const status = waitStatus(child);
  check(exited(status) && exitStatus(status) == 0, 'the writer');
}

export function main(): i32 {
  testInChild('pty_lock', 'drivers/tty/pty.ts, fs/devpts', lockedUntilUnlocked);
  testInChild('pty_cooked', 'drivers/tty/line-discipline.ts', cooked);
  testInChild('pty_output', 'drivers/tty/output.ts', outputModes);
  testInChild('pty_min_time', 'drivers/tty/tty-io.ts', minimumAndTime);
  testInChild('pty_size', 'drivers/tty/tty-ioctl.ts', windowSize);
  testInChild('pty_signals', 'drivers/tty/tty.ts', signalKeys);
  testInChild('pty_winch', 'drivers/tty/tty.ts ttyResize', winch);
  testInChild('pty_background', 'drivers/tty/job-control.ts', background);
  testInChild('pty_hang_up', 'drivers/tty/tty.ts ttyHangUp', hangUp);
  testInChild('pty_other_end', 'drivers/tty/pty.ts', otherEnd);
  testInChild('pty_nonblocking', 'drivers/tty/tty-io.ts', nonBlocking);
  testInChild('pty_packet', 'drivers/tty/pty.ts', packetMode);
  testInChild('pty_bulk', 'drivers/tty/pty.ts, output.ts', bulk);
  return finishAll();
}
