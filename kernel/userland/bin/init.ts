// init: the first process (pid 1). Keeps one shell on the screen and one on the serial line, collects orphans, and at
// SIGUSR2 ends all programs and turns the machine off.
//
// A shell that ends is started again; one that ends at once is started again ever more slowly. What goes wrong is
// written to the kernel's log, because nobody may be looking at a terminal.

import { bytesStartWith } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, open, Open, readFully, write, writeFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { execve, fork, getpid, setsid, Wait, waitpid } from '../lib/process';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { takeTerminal } from '../lib/terminal';
import { monotonicNs } from '../lib/time';
import { listen, stopListening, takePowerOffRequest, waitForEvent } from '../init/events';
import { shutDown } from '../init/shutdown';

@unmanaged
@final
class Seat {
  /** Path of the terminal, and what TERM says of it. */
  device: usize;
  type: usize;
  /** 0 while no shell runs. */
  pid: i32;
  startedNs: i64;
  /** When the next shell may start; meaningful while none runs. */
  dueNs: i64;
  /** How long to wait before the next start. */
  delayNs: i64;
}

const SECOND: i64 = 1000000000;
/** A shell that lived longer than this is started again at once. */
const SHORT_LIFE: i64 = 2 * SECOND;
const LONGEST_DELAY: i64 = 30 * SECOND;
/** Between two looks whether a shell is due. */
const POLL: i64 = SECOND / 10;

/** syslog(2): the action, and the level below which lines appear on the console. */
const SET_CONSOLE_LEVEL: u64 = 8;
const WARNINGS: u64 = 5;

const seats = make<List>();

export function main(): i32 {
  if (getpid() != 1) {
    logLine('init: must be process 1', 0, 0);
    return 1;
  }
  openConsole();
  quietConsole();
  listen();
  addSeat(literal('/dev/tty1'), literal('TERM=linux'));
  addSeat(literal('/dev/ttyS0'), literal('TERM=xterm'));
  for (let i = 0; i < seats.length; i++) start(changetype<Seat>(seats.get(i)));
  logLine('init: shells are up', 0, 0);
  while (true) {
    reap();
    const waiting = startDue();
    waitForEvent(waiting ? POLL : -1);
    if (takePowerOffRequest()) logLine('init: power-off', 0, shutDown());
  }
  return 0;
}

/** Descriptors 0–2. Without a console they stay closed: the log still works. */
function openConsole(): void {
  const fd = open(literal('/dev/console'), Open.readWrite | Open.noControllingTerminal);
  if (fd < 0) {
    logLine('init: /dev/console', 0, fd);
    return;
  }
  for (let target = 0; target < 3; target++) if (fd != target) dup2(fd, target);
  if (fd > 2) close(fd);
}

/**
 * From now on only warnings and worse go to the console, unless the kernel was started with a level of its own: shells
 * run there. All of it stays in the log.
 */
function quietConsole(): void {
  const words = memory.data(1024);
  const fd = open(literal('/proc/cmdline'), Open.readOnly);
  const size = fd < 0 ? 0 : readFully(fd, words, 1023);
  close(fd);
  store<u8>(words + <usize>max<i64>(size, 0), 0);
  for (let at = words; load<u8>(at); at++) if (bytesStartWith(at, 'loglevel=')) return;
  syscall(Sys.syslog, SET_CONSOLE_LEVEL, 0, WARNINGS);
}

function addSeat(device: usize, type: usize): void {
  const seat = make<Seat>();
  seat.device = device;
  seat.type = type;
  assert(seats.append(changetype<usize>(seat)), 'out of memory');
}

function start(seat: Seat): void {
  seat.startedNs = monotonicNs();
  const pid = fork();
  if (pid == 0) becomeShell(seat);
  if (pid < 0) {
    logLine('init: fork for ', seat.device, pid);
    postpone(seat);
    return;
  }
  seat.pid = pid;
}

/** Starts the shells whose time has come; true while others wait. */
function startDue(): bool {
  let waiting = false;
  for (let i = 0; i < seats.length; i++) {
    const seat = changetype<Seat>(seats.get(i));
    if (seat.pid) continue;
    if (monotonicNs() >= seat.dueNs) start(seat);
    if (!seat.pid) waiting = true;
  }
  return waiting;
}

/** Collects every process that has ended. */
function reap(): void {
  while (true) {
    const pid = waitpid(-1, 0, Wait.noHang);
    if (pid == -Errno.INTR) continue;
    if (pid <= 0) return;
    for (let i = 0; i < seats.length; i++) {
      const seat = changetype<Seat>(seats.get(i));
      if (seat.pid != pid) continue;
      seat.pid = 0;
      postpone(seat);
    }
  }
}

/** Decides when the next shell starts. */
function postpone(seat: Seat): void {
  const now = monotonicNs();
  const short = now - seat.startedNs < SHORT_LIFE;
  seat.delayNs = short ? min<i64>(max<i64>(seat.delayNs * 2, SECOND), LONGEST_DELAY) : 0;
  seat.dueNs = now + seat.delayNs;
}

/** In the child: session, terminal, environment, program. */
function becomeShell(seat: Seat): void {
  stopListening();
  setsid();
  const fd = open(seat.device, Open.readWrite);
  if (fd < 0) fail(seat.device, fd);
  const error = takeTerminal(fd);
  if (error < 0) logLine('init: controlling terminal ', seat.device, error);
  for (let target = 0; target < 3; target++) if (fd != target) dup2(fd, target);
  if (fd > 2) close(fd);
  showMessageOfTheDay();
  const shell = literal('/bin/sh');
  const argv = make<List>();
  argv.append(literal('-sh'));
  const envp = make<List>();
  envp.append(literal('HOME=/'));
  envp.append(literal('PATH=/bin'));
  envp.append(literal('SHELL=/bin/sh'));
  envp.append(literal('USER=root'));
  envp.append(seat.type);
  fail(shell, execve(shell, argv.values, envp.values));
}

function fail(what: usize, error: i32): void {
  logLine('init: ', what, error);
  exitNow(1);
}

function showMessageOfTheDay(): void {
  const fd = open(literal('/etc/motd'), Open.readOnly);
  if (fd < 0) return;
  const text = memory.data(2048);
  const size = readFully(fd, text, 2048);
  close(fd);
  if (size > 0) writeFully(1, text, <usize>size);
}

/** One line to the kernel's log, level 6 (information) or 3 (error); to descriptor 2 where there is no log. */
function logLine(what: string, subject: usize, error: i64): void {
  const line = memory.data(256);
  const text = literal(what);
  const name = subject ? subject : literal('');
  const size =
    error < 0
      ? snprintf(line, 256, '<3>%s%s: %s\n', text, name, literal(errorMessage(error)))
      : snprintf(line, 256, '<6>%s%s\n', text, name);
  const log = open(literal('/dev/kmsg'), Open.writeOnly | Open.closeOnExec);
  if (log < 0) write(2, line + 3, size - 3);
  else {
    write(log, line, size);
    close(log);
  }
}
