// top: the processes that use the processor and the memory, again and again. Source: top(1) for keys and columns; proc(5).

import { findByte, findLastByte } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { closeDirectory, nextEntry, openDirectory } from '../lib/directory';
import { close, open, Open, readFully } from '../lib/file';
import {
  readKey,
  screenColumns,
  screenEnd,
  screenRow,
  screenRows,
  screenShow,
  screenStart,
} from '../lib/full-screen';
import { Key } from '../lib/keys';
import { List } from '../lib/list';
import { statField } from '../lib/proc-file';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parsed, parseDigits, parseDuration, scanDigits } from '../lib/number';
import { BAD, END, nextOption, operandCount, optionArgument } from '../lib/options';
import { userName } from '../lib/passwd';
import { snprintf } from '../lib/printf';
import { reportText, reportUsage, reportWord } from '../lib/report';
import { kill, parseSignal, Signal } from '../lib/signal';
import { stat, Stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { monotonicNs, sleepNs } from '../lib/time';

const HELP = `usage: top [-b] [-d SECONDS] [-n COUNT] [-o cpu|mem|time|pid]
Show the processes, the busiest first.
  -b          print, for a file or a pipe
  -d SECONDS  between two pictures (3)
  -n COUNT    end after so many pictures
  -o FIELD    sort by it
Keys: q end, P M T N sort by processor, memory, time, pid, R reverse, c arguments, k kill, d delay, i idle ones
`;

const TICKS: u64 = 100;
const PAGE: u64 = 4096;
const SECOND: i64 = 1000000000;
const HEADER_ROWS: i32 = 6;

const enum Order {
  cpu,
  memory,
  time,
  pid,
}

@unmanaged
@final
class Process {
  pid: i32;
  uid: u32;
  priority: i64;
  nice: i64;
  state: u8;
  /** Ticks of processor time, and of those since the last picture. */
  time: u64;
  recent: u64;
  /** Bytes. */
  size: u64;
  resident: u64;
  /** A byte string of its own. */
  name: usize;
  seen: bool;
}

let batch = false;
let delay: i64 = 3 * SECOND;
let pictures: i64 = -1;
let order: i32 = Order.cpu;
let reversed = false;
let full = false;
let hideIdle = false;
let elapsed: i64 = SECOND;
let lastNs: i64 = 0;
let note: usize = 0;

const processes = make<List>();
const path = memory.data(64);
const text = memory.data(8192);
const line = memory.data(600);
const status = changetype<Stat>(memory.data(144, 8));

/** The file's contents, terminated; false when it cannot be read. */
function readText(name: usize): bool {
  const fd = open(name, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return false;
  const size = readFully(fd, text, 8191);
  close(fd);
  store<u8>(text + <usize>max<i64>(size, 0), 0);
  return size >= 0;
}

function find(pid: i32): Process | null {
  for (let i = 0; i < processes.length; i++) {
    const process = changetype<Process>(processes.get(i));
    if (process.pid == pid) return process;
  }
  return null;
}

function nameOf(begin: usize, end: usize, pid: i32): usize {
  const name = make<Buffer>();
  name.clear();
  if (full) {
    const keep = make<Buffer>();
    keep.range(begin, end - begin);
    snprintf(path, 64, '/proc/%d/cmdline', pid);
    const fd = open(path, Open.readOnly | Open.closeOnExec);
    const room = memory.data(512);
    const size = fd < 0 ? 0 : readFully(fd, room, 511);
    close(fd);
    for (let i: i64 = 0; i + 1 < size; i++) {
      const byte = load<u8>(room + <usize>i);
      name.byte(byte < 0x20 ? 0x20 : byte);
    }
    if (name.length) return name.at;
    return keep.at;
  }
  name.range(begin, end - begin);
  return name.at;
}

function readProcess(pid: i32): void {
  snprintf(path, 64, '/proc/%d/stat', pid);
  if (!readText(path)) return;
  const begin = findByte(text, 0x28);
  const end = findLastByte(text, 0x29);
  if (!begin || end <= begin) return;
  const known = find(pid);
  const process = known ? known : make<Process>();
  const time = <u64>(statField(end, 14) + statField(end, 15));
  process.recent = known ? time - min(time, process.time) : 0;
  process.pid = pid;
  process.state = load<u8>(end, 2);
  process.time = time;
  process.priority = statField(end, 18);
  process.nice = statField(end, 19);
  process.size = <u64>statField(end, 23);
  process.resident = <u64>statField(end, 24) * PAGE;
  process.seen = true;
  if (process.name) free(process.name);
  process.name = nameOf(begin + 1, end, pid);
  snprintf(path, 64, '/proc/%d', pid);
  process.uid = stat(path, status) >= 0 ? status.uid : 0;
  if (!known) processes.append(changetype<usize>(process));
}

/** All processes as they are now. */
function look(): bool {
  const now = monotonicNs();
  elapsed = max<i64>(1, now - lastNs);
  lastNs = now;
  for (let i = 0; i < processes.length; i++) changetype<Process>(processes.get(i)).seen = false;
  const directory = openDirectory(literal('/proc'));
  if (!directory) return false;
  while (nextEntry(directory)) if (parseDigits(directory.name, 10)) readProcess(<i32>parsed());
  closeDirectory(directory);
  for (let i = processes.length - 1; i >= 0; i--) {
    const process = changetype<Process>(processes.get(i));
    if (process.seen) continue;
    free(process.name);
    free(processes.removeAt(i));
  }
  processes.sort(compare);
  return true;
}

function compare(a: usize, b: usize): i32 {
  const x = changetype<Process>(a);
  const y = changetype<Process>(b);
  let way: i64 = 0;
  if (order == Order.cpu) way = <i64>y.recent - <i64>x.recent;
  else if (order == Order.memory) way = <i64>y.resident - <i64>x.resident;
  else if (order == Order.time) way = <i64>y.time - <i64>x.time;
  if (order != Order.pid && way == 0 && order == Order.cpu) way = <i64>y.time - <i64>x.time;
  if (way == 0) way = x.pid - y.pid;
  if (reversed) way = -way;
  return way < 0 ? -1 : way > 0 ? 1 : 0;
}

/** The number after `word` at the begin of a line of `text`; 0 when it is not there. */
function valueOf(word: string): u64 {
  for (let at = text; load<u8>(at);) {
    let i = 0;
    while (i < word.length && load<u8>(at + <usize>i) == <u8>word.charCodeAt(i)) i++;
    if (i == word.length) {
      at += <usize>i;
      while (load<u8>(at) == 0x20) at++;
      scanDigits(at);
      return <u64>parsed();
    }
    const end = findByte(at, 0x0a);
    if (!end) break;
    at = end + 1;
  }
  return 0;
}

const previousCpu = memory.data(8 * 8, 8);
const shares = memory.data(8 * 8, 8);

/** Tenths of a percent: user, nice, system, idle, wait, since the last picture. */
function readCpu(): void {
  if (!readText(literal('/proc/stat'))) return;
  let at = findByte(text, 0x20);
  let total: i64 = 0;
  for (let i: usize = 0; i < 5 && at; i++) {
    while (load<u8>(at) == 0x20) at++;
    at = scanDigits(at);
    const now = parsed();
    const grown = now - load<i64>(previousCpu + i * 8);
    store<i64>(previousCpu + i * 8, now);
    store<i64>(shares + i * 8, grown);
    total += grown;
  }
  for (let i: usize = 0; i < 5; i++) {
    store<i64>(shares + i * 8, total > 0 ? (load<i64>(shares + i * 8) * 1000) / total : 0);
  }
}

/** Line `n` of the head, in `line`. */
function headLine(n: i32): void {
  store<u8>(line, 0);
  if (n == 0) {
    const loads = memory.data(64);
    store<u8>(loads, 0);
    if (readText(literal('/proc/loadavg'))) {
      let end = text;
      for (let spaces = 0; load<u8>(end) && spaces < 3; end++) if (load<u8>(end) == 0x20) spaces++;
      const size = min<usize>(end - text, 63);
      memory.copy(loads, text, size);
      store<u8>(loads + size, 0);
    }
    const up = lastNs / SECOND;
    snprintf(line, 600, 'top - up %d:%02d:%02d, load average: %s', up / 3600, (up / 60) % 60, up % 60, loads);
  } else if (n == 1) {
    let running = 0;
    let stopped = 0;
    let zombies = 0;
    for (let i = 0; i < processes.length; i++) {
      const state = changetype<Process>(processes.get(i)).state;
      if (state == 0x52) running++;
      else if (state == 0x54 || state == 0x74) stopped++;
      else if (state == 0x5a) zombies++;
    }
    const sleeping = processes.length - running - stopped - zombies;
    snprintf(text, 64, ', %d zombie', zombies);
    snprintf(
      line,
      600,
      'Tasks: %d total, %d running, %d sleeping, %d stopped%s',
      processes.length,
      running,
      sleeping,
      stopped,
      text,
    );
  } else if (n == 2) {
    readCpu();
    const parts = memory.data(5 * 12);
    for (let i: usize = 0; i < 5; i++) {
      const value = load<i64>(shares + i * 8);
      snprintf(parts + i * 12, 12, '%3d.%d', value / 10, value % 10);
    }
    snprintf(line, 600, '%%Cpu(s): %s us, %s sy, %s ni, %s id', parts, parts + 24, parts + 12, parts + 36);
  } else if (n == 3 && readText(literal('/proc/meminfo'))) {
    const total = valueOf('MemTotal:');
    const unused = valueOf('MemFree:');
    const cached = valueOf('Cached:') + valueOf('Buffers:');
    snprintf(
      line,
      600,
      'KiB Mem: %d total, %d free, %d used, %d buff/cache',
      total,
      unused,
      total - unused - min(cached, total - unused),
      cached,
    );
  } else if (n == 5) {
    snprintf(line, 600, '  PID USER      PR  NI     VIRT     RES S  %%CPU  %%MEM     TIME+ COMMAND');
  }
}

let memoryTotal: u64 = 1;

function processLine(process: Process): void {
  const name = userName(process.uid);
  const user = memory.data(12);
  if (name) snprintf(user, 9, '%s', name);
  else snprintf(user, 12, '%d', process.uid);
  // Ticks a second of one processor, in tenths of a percent.
  const share = (process.recent * 1000 * <u64>SECOND) / (TICKS * <u64>elapsed);
  const part = ((process.resident / 1024) * 1000) / memoryTotal;
  const head = memory.data(64);
  snprintf(head, 64, '%5d %-8s %3d %3d', process.pid, user, process.priority, process.nice);
  const rest = memory.data(64);
  snprintf(rest, 64, '%8d %7d %c', process.size / 1024, process.resident / 1024, process.state);
  const seconds = process.time / TICKS;
  const tail = memory.data(64);
  snprintf(tail, 64, '%3d.%d %3d.%d', share / 10, share % 10, part / 10, part % 10);
  const clock = memory.data(32);
  snprintf(clock, 32, '%3d:%02d.%02d', seconds / 60, seconds % 60, process.time % TICKS);
  snprintf(line, 600, '%s %s %s %s  %s', head, rest, tail, clock, process.name);
}

/** `line` as row `n`, cut at the width. */
function putRow(n: i32, style: string): void {
  const row = screenRow(n);
  row.bytes(literal(style));
  const limit = screenColumns();
  for (let i = 0; i < limit && load<u8>(line + <usize>i); i++) row.byte(load<u8>(line + <usize>i));
  if (style.length) row.bytes(literal('\x1b[m'));
}

function draw(): void {
  if (readText(literal('/proc/meminfo'))) memoryTotal = max<u64>(1, valueOf('MemTotal:'));
  for (let n = 0; n < HEADER_ROWS && n < screenRows(); n++) {
    headLine(n);
    if (n == 4 && note) snprintf(line, 600, '%s', note);
    putRow(n, n == 5 ? '\x1b[7m' : n == 4 && note ? '\x1b[1m' : '');
  }
  let at = HEADER_ROWS;
  for (let i = 0; i < processes.length && at < screenRows(); i++) {
    const process = changetype<Process>(processes.get(i));
    if (hideIdle && process.recent == 0) continue;
    processLine(process);
    putRow(at++, process.state == 0x52 ? '\x1b[1m' : '');
  }
  for (; at < screenRows(); at++) screenRow(at);
  screenShow(4, 0);
}

function printBatch(): void {
  if (readText(literal('/proc/meminfo'))) memoryTotal = max<u64>(1, valueOf('MemTotal:'));
  for (let n = 0; n < HEADER_ROWS; n++) {
    headLine(n);
    stdout.bytes(line).newline();
  }
  for (let i = 0; i < processes.length; i++) {
    const process = changetype<Process>(processes.get(i));
    if (hideIdle && process.recent == 0) continue;
    processLine(process);
    stdout.bytes(line).newline();
  }
  stdout.newline().flush();
}

const answer = make<Buffer>();
const noteRoom = memory.data(200);

/** A line typed below the head; empty when it was given up. */
function ask(question: string): usize {
  answer.clear();
  while (true) {
    snprintf(noteRoom, 200, '%s%s', literal(question), answer.at);
    note = noteRoom;
    draw();
    const key = readKey(-1);
    if (key == 13 || key == 10) break;
    if (key == 27 || key == 3 || key == Key.hangUp) {
      answer.clear();
      break;
    }
    if ((key == 127 || key == 8) && answer.length) answer.remove(answer.length - 1, 1);
    else if (key >= 0x20 && key < 0x7f) answer.byte(<u8>key);
  }
  note = 0;
  return answer.at;
}

function say(what: string, subject: usize): void {
  snprintf(noteRoom, 200, '%s%s', literal(what), subject);
  note = noteRoom;
}

function killOne(): void {
  const word = ask('PID to kill: ');
  if (!load<u8>(word)) return;
  if (!parseDigits(word, 10)) return say('not a process: ', word);
  const pid = <i32>parsed();
  const name = ask('signal [TERM]: ');
  const signal = load<u8>(name) ? parseSignal(name) : Signal.TERM;
  if (signal < 0) return say('unknown signal: ', name);
  const error = kill(pid, signal);
  if (error < 0) say('kill: ', literal(errorMessage(error)));
}

/** Obeys a key; false when it is the end. */
function obey(key: i32): bool {
  note = 0;
  switch (key) {
    case 0x71: // q
    case 3:
    case Key.hangUp:
      return false;
    case 0x50:
      order = Order.cpu;
      return true;
    case 0x4d:
      order = Order.memory;
      return true;
    case 0x54:
      order = Order.time;
      return true;
    case 0x4e:
      order = Order.pid;
      return true;
    case 0x52:
      reversed = !reversed;
      return true;
    case 0x63:
      full = !full;
      return true;
    case 0x69:
      hideIdle = !hideIdle;
      return true;
    case 0x6b:
      killOne();
      return true;
    case 0x64:
    case 0x73: {
      const word = ask('seconds between pictures: ');
      if (load<u8>(word) && parseDuration(word) && parsed() > 0) delay = parsed();
      return true;
    }
    case 0x68:
    case 0x3f:
      say('q end; P M T N sort; R reverse; c arguments; i idle; k kill; d delay', literal(''));
      return true;
    default:
      return true;
  }
}

function setOrder(word: usize): bool {
  const first = load<u8>(word);
  if (first == 0x63 || first == 0x25) order = Order.cpu;
  else if (first == 0x6d) order = Order.memory;
  else if (first == 0x74) order = Order.time;
  else if (first == 0x70) order = Order.pid;
  else return false;
  return true;
}

export function main(): i32 {
  for (let option = nextOption('bcd:in:o:', HELP); option != END; option = nextOption('bcd:in:o:', HELP)) {
    if (option == BAD) return 2;
    if (option == 0x62) batch = true;
    else if (option == 0x63) full = true;
    else if (option == 0x69) hideIdle = true;
    else if (option == 0x64) {
      if (!parseDuration(optionArgument()) || parsed() <= 0) {
        reportWord('not a time', optionArgument());
        return 2;
      }
      delay = parsed();
    } else if (option == 0x6e) {
      if (!parseDigits(optionArgument(), 10)) {
        reportWord('not a number', optionArgument());
        return 2;
      }
      pictures = parsed();
    } else if (!setOrder(optionArgument())) {
      reportWord('unknown field', optionArgument());
      return 2;
    }
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 2;
  }
  if (!look()) {
    reportText('/proc cannot be read');
    return 1;
  }
  if (batch) return runBatch();
  if (!screenStart(true)) {
    reportText('not on a terminal (top -b prints)');
    return 1;
  }
  run();
  screenEnd();
  return 0;
}

function runBatch(): i32 {
  for (let n: i64 = 0; pictures < 0 || n < pictures; n++) {
    if (n) {
      sleepNs(delay);
      look();
    }
    printBatch();
  }
  return 0;
}

function run(): void {
  for (let n: i64 = 0; pictures < 0 || n < pictures; n++) {
    if (n) look();
    const due = lastNs + delay;
    while (true) {
      draw();
      const rest = (due - monotonicNs()) / 1000000;
      if (rest <= 0) break;
      const key = readKey(<i32>rest);
      if (key == Key.timeout) break;
      if (key == Key.resize) continue;
      if (!obey(key)) return;
      if (key == 0x20 || key == 13) break;
      processes.sort(compare);
    }
  }
}
