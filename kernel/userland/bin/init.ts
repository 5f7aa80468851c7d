// init: the first process (pid 1). Mounts the file systems, starts what /etc/inittab says, collects orphans, and at a
// request (init/events.ts) ends all programs and turns the machine off or starts it again.
//
// A program to respawn that ends at once is started again ever more slowly. Source: init(8) and inittab(5) of System V.

import { bytesAre, bytesStartWith, duplicateBytes, findByte } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, open, Open, readFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { Power } from '../lib/power';
import { execve, fork, getpid, setsid, Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';
import { monotonicNs } from '../lib/time';
import { utmpBegin, utmpLogout } from '../lib/utmp';
import { listen, stopListening, takeRequest, waitForEvent } from '../init/events';
import { mountAll, setHostName } from '../init/fstab';
import { Action, Entry, isInLevel, readInittab } from '../init/inittab';
import { logLine } from '../init/log';
import { shutDown } from '../init/shutdown';

const SECOND: i64 = 1000000000;
/** A program that lived longer than this is started again at once. */
const SHORT_LIFE: i64 = 2 * SECOND;
const LONGEST_DELAY: i64 = 30 * SECOND;
/** Between two looks whether a program is due. */
const POLL: i64 = SECOND / 10;
const DEFAULT_LEVEL: u8 = 0x33;
const MAX_WORDS: i32 = 64;

/** syslog(2): the action, and the level below which lines appear on the console. */
const SET_CONSOLE_LEVEL: u64 = 8;
const WARNINGS: u64 = 5;

const entries = make<List>();
const commandLine = memory.data(1024);
/** A digit. */
let level: u8 = DEFAULT_LEVEL;

export function main(): i32 {
  if (getpid() != 1) {
    logLine('must be process 1', 0, 0);
    return 1;
  }
  openConsole();
  readCommandLine();
  listen();
  syscall(Sys.reboot, 0xfee1dead, 672274793, Power.ctrlAltDelToInit);
  mountAll();
  utmpBegin();
  setHostName();
  readInittab(entries);
  level = firstLevel();
  runAll(Action.sysInit);
  runAll(Action.wait);
  startLevel();
  logLine('shells are up', 0, 0);
  while (true) {
    reap();
    const waiting = startDue();
    waitForEvent(waiting ? POLL : -1);
    obey(takeRequest());
  }
  return 0;
}

/** Descriptors 0–2. Without a console they stay closed: the log still works. */
function openConsole(): void {
  const fd = open(literal('/dev/console'), Open.readWrite | Open.noControllingTerminal);
  if (fd < 0) return logLine('/dev/console', 0, fd);
  for (let target = 0; target < 3; target++) if (fd != target) dup2(fd, target);
  if (fd > 2) close(fd);
}

/**
 * From now on only warnings and worse go to the console, unless the kernel was started with a level of its own: shells
 * run there. All of it stays in the log.
 */
function readCommandLine(): void {
  const fd = open(literal('/proc/cmdline'), Open.readOnly);
  const size = fd < 0 ? 0 : readFully(fd, commandLine, 1023);
  close(fd);
  store<u8>(commandLine + <usize>max<i64>(size, 0), 0);
  for (let at = commandLine; load<u8>(at); at++) if (bytesStartWith(at, 'loglevel=')) return;
  syscall(Sys.syslog, SET_CONSOLE_LEVEL, 0, WARNINGS);
}

/** The level of the kernel's command line (a digit, `single` or `S` as a word), else of initdefault. */
function firstLevel(): u8 {
  let found: u8 = 0;
  for (let at = duplicateBytes(commandLine); at;) {
    const space = findByte(at, 0x20);
    if (space) store<u8>(space, 0);
    const first = load<u8>(at);
    if (first >= 0x31 && first <= 0x35 && load<u8>(at + 1) <= 0x20) found = first;
    if (bytesAre(at, 'single') || bytesAre(at, 'S')) found = 0x31;
    at = space ? space + 1 : 0;
  }
  if (found) return found;
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (entry.action == Action.initDefault && entry.present && load<u8>(entry.levels)) {
      return load<u8>(entry.levels);
    }
  }
  return DEFAULT_LEVEL;
}

/** Runs the entries of this action one after the other. */
function runAll(action: i32): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (entry.action != action || !isInLevel(entry, level)) continue;
    start(entry);
    while (entry.pid) {
      waitForEvent(POLL);
      reap();
    }
  }
}

function startLevel(): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (!isInLevel(entry, level) || entry.pid) continue;
    if (entry.action == Action.respawn) start(entry);
    else if (entry.action == Action.once && !entry.done) start(entry);
  }
}

function start(entry: Entry): void {
  entry.startedNs = monotonicNs();
  entry.done = true;
  const pid = fork();
  if (pid == 0) become(entry);
  if (pid < 0) {
    logLine('fork for ', entry.process, pid);
    return postpone(entry);
  }
  entry.pid = pid;
}

/** Starts the programs whose time has come; true while others wait. */
function startDue(): bool {
  let waiting = false;
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (entry.pid || entry.action != Action.respawn || !isInLevel(entry, level)) continue;
    if (monotonicNs() >= entry.dueNs) start(entry);
    if (!entry.pid) waiting = true;
  }
  return waiting;
}

/** Collects every process that has ended. */
function reap(): void {
  while (true) {
    const pid = waitpid(-1, 0, Wait.noHang);
    if (pid == -Errno.INTR) continue;
    if (pid <= 0) return;
    for (let i = 0; i < entries.length; i++) {
      const entry = changetype<Entry>(entries.get(i));
      if (entry.pid != pid) continue;
      utmpLogout(pid);
      entry.pid = 0;
      postpone(entry);
    }
  }
}

/** Decides when the next start is. */
function postpone(entry: Entry): void {
  const now = monotonicNs();
  const short = now - entry.startedNs < SHORT_LIFE;
  entry.delayNs = short ? min<i64>(max<i64>(entry.delayNs * 2, SECOND), LONGEST_DELAY) : 0;
  entry.dueNs = now + entry.delayNs;
}

/** Reads the table again: what left it ends, what came starts. */
function readAgain(): void {
  readInittab(entries);
  for (let i = 0; i < entries.length; i++) {
    const entry = changetype<Entry>(entries.get(i));
    if (entry.pid && !isInLevel(entry, level)) kill(entry.pid, Signal.TERM);
    if (!entry.pid) entry.delayNs = 0;
  }
  startLevel();
}

function obey(signal: i32): void {
  if (signal == 0) return;
  if (signal == Signal.HUP) return readAgain();
  if (signal == Signal.INT) runAll(Action.ctrlAltDel);
  runAll(Action.shutdown);
  const action: u32 = signal == Signal.USR2 ? Power.off : signal == Signal.USR1 ? Power.halt : Power.restart;
  logLine('shutdown', 0, shutDown(action));
}

/** In the child: a session of its own, the environment, the program. */
function become(entry: Entry): void {
  stopListening();
  setsid();
  const argv = make<List>();
  let at = duplicateBytes(entry.process);
  while (at && argv.length < MAX_WORDS) {
    while (load<u8>(at) == 0x20) at++;
    if (load<u8>(at) == 0) break;
    argv.append(at);
    at = findByte(at, 0x20);
    if (at) store<u8>(at++, 0);
  }
  if (!argv.length) exitNow(1);
  const program = argv.get(0);
  argv.append(0);
  const envp = make<List>();
  envp.append(literal('PATH=/bin:/usr/bin'));
  envp.append(literal('HOME=/'));
  envp.append(0);
  logLine('', program, execve(program, argv.values, envp.values));
  exitNow(1);
}
