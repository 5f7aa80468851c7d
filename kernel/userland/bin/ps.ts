// ps: list processes. Reads /proc/PID/stat and cmdline (Linux proc(5)). Source: POSIX ps.

import { byteLength, compareBytes, duplicateBytes, findByte, findLastByte } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { close, open, Open, readFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parseDigits, parsed, scanDigits } from '../lib/number';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { printf, snprintf } from '../lib/printf';
import { getpid } from '../lib/process';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: ps [-Aefl]
List processes: those of this terminal, or all.
  -A, -e  all processes
  -f      with parent, group and arguments
  -l      with parent, state and size
`;

/** Ticks a second of the times in /proc. */
const TICKS: u64 = 100;

@unmanaged
@final
class Process {
  pid: i64;
  parent: i64;
  group: i64;
  session: i64;
  terminal: u64;
  /** Ticks. */
  time: u64;
  /** Bytes. */
  size: u64;
  state: u8;
  command: usize;
}

let everything = false;
let full = false;
let long = false;

export function main(): i32 {
  for (let option = nextOption('Aefl', HELP); option != END; option = nextOption('Aefl', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x66) full = true;
    else if (option == 0x6c) long = true;
    else everything = true;
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const proc = literal('/proc');
  const directory = openDirectory(proc);
  if (!directory) {
    reportError(proc, directoryError());
    return 1;
  }
  const list = make<List>();
  while (nextEntry(directory)) {
    if (!parseDigits(directory.name, 10)) continue;
    const process = describe(parsed());
    // A process that has gone in the meantime is no error.
    if (process) assert(list.append(changetype<usize>(process)), 'out of memory');
  }
  const failed = directory.error;
  closeDirectory(directory);
  if (failed < 0) reportError(proc, failed);
  list.sort(byPid);
  show(list);
  return failed < 0 ? 1 : 0;
}

function byPid(a: usize, b: usize): i32 {
  return changetype<Process>(a).pid < changetype<Process>(b).pid ? -1 : 1;
}

function show(list: List): void {
  let terminal: u64 = 0;
  const self = getpid();
  for (let i = 0; i < list.length; i++) {
    if (changetype<Process>(list.get(i)).pid == self) terminal = changetype<Process>(list.get(i)).terminal;
  }
  if (long) stdout.text('S   PID  PPID     KIB TTY      TIME COMMAND\n');
  else if (full) stdout.text('  PID  PPID  PGID S TTY      TIME COMMAND\n');
  else stdout.text('  PID TTY      TIME COMMAND\n');
  for (let i = 0; i < list.length; i++) {
    const process = changetype<Process>(list.get(i));
    if (everything || process.terminal == terminal) showOne(process);
  }
}

function showOne(process: Process): void {
  if (long) printf('%c %5d %5d %7d ', process.state, process.pid, process.parent, process.size / 1024);
  else if (full) printf('%5d %5d %5d %c ', process.pid, process.parent, process.group, process.state);
  else printf('%5d ', process.pid);
  const seconds = process.time / TICKS;
  printf('%-5s %3d:%02d ', terminalName(process.terminal), seconds / 60, seconds % 60);
  printf('%s\n', process.command);
}

/** Device numbers: 4,1–63 are tty1…, 4,64… are ttyS0…, 136,N are pts/N; ? for none. */
function terminalName(device: u64): usize {
  const name = memory.data(16);
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfffff00);
  if (!device) return literal('?');
  if (major == 4 && minor < 64) snprintf(name, 16, 'tty%u', minor);
  else if (major == 4) snprintf(name, 16, 'ttyS%u', minor - 64);
  else if (major == 136) snprintf(name, 16, 'pts/%u', minor);
  else snprintf(name, 16, '%u,%u', major, minor);
  return name;
}

/** Null when the process is gone. */
function describe(pid: i64): Process | null {
  const path = memory.data(64);
  const text = memory.data(2048);
  snprintf(path, 64, '/proc/%d/stat', pid);
  const size = readFile(path, text, 2047);
  const open = size > 0 ? findByte(text, 0x28) : 0;
  const close = size > 0 ? findLastByte(text, 0x29) : 0;
  if (!open || close <= open || byteLength(close) < 4) return null;
  const process = make<Process>();
  process.pid = pid;
  process.state = load<u8>(close, 2);
  process.parent = field(close, 4);
  process.group = field(close, 5);
  process.session = field(close, 6);
  process.terminal = field(close, 7);
  process.time = field(close, 14) + field(close, 15);
  process.size = field(close, 23);
  store<u8>(close, 0);
  process.command = duplicateBytes(open + 1);
  if (full || long) {
    const command = commandLine(pid);
    if (command) {
      free(process.command);
      process.command = command;
    }
  }
  return process;
}

/** Field `number` of /proc/PID/stat, counted from 1; `close` is the end of field 2. */
function field(close: usize, number: i32): i64 {
  let at = close;
  for (let i = 2; i < number; i++) {
    const space = findByte(at + 1, 0x20);
    if (!space) return 0;
    at = space;
  }
  const negative = load<u8>(at, 1) == 0x2d;
  scanDigits(at + (negative ? 2 : 1));
  return negative ? -parsed() : parsed();
}

/** The arguments, with spaces between; 0 when there are none (a kernel thread, a zombie). */
function commandLine(pid: i64): usize {
  const path = memory.data(64);
  const text = memory.data(4096);
  snprintf(path, 64, '/proc/%d/cmdline', pid);
  const size = readFile(path, text, 4095);
  if (size <= 0) return 0;
  for (let i: usize = 0; i + 1 < <usize>size; i++) if (!load<u8>(text + i)) store<u8>(text + i, 0x20);
  return compareBytes(text, literal('')) ? duplicateBytes(text) : 0;
}

/** The size, terminated; negative errno on failure. */
function readFile(path: usize, to: usize, room: usize): i64 {
  const fd = open(path, Open.readOnly);
  if (fd < 0) return fd;
  const size = readFully(fd, to, room);
  close(fd);
  if (size >= 0) store<u8>(to + <usize>size, 0);
  return size;
}
