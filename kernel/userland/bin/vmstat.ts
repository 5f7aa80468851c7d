// vmstat: what processes, memory, disks and the processor do, line by line. As in other systems (procps).
// Reads /proc/stat, /proc/meminfo, /proc/diskstats; its first line tells of all the time since the system began.

import { argument } from '../lib/arguments';
import { byteLength, bytesAre } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parseDigits, parseDuration, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { printf } from '../lib/printf';
import { figure, numberAt, procError, readProcFile } from '../lib/proc-file';
import { reportError, reportUsage, reportWord } from '../lib/report';
import { stdout } from '../lib/stream';
import { monotonicNs, sleepNs } from '../lib/time';

const HELP = `usage: vmstat [-ns] [-S UNIT] [SECONDS [COUNT]]
Print what the system does: on average since it began, then every SECONDS, COUNT times.
  r, b         processes that run, that wait for a disk      swpd, free, buff, cache  memory in KiB
  bi, bo       KiB a second read from and written to disks   si, so  to and from swap space
  in, cs       interrupts and switches a second
  us sy id wa  the processor's time in percent: in programs, in the system, idle, waiting for a disk
  -n  the headings once    -s  all figures, one a line    -S k|K|m|M  another unit: 1000, 1024, 10^6, 2^20 bytes
`;
/** Lines between headings. */
const PAGE: i64 = 20;

/** What is counted since the system began. */
@unmanaged
@final
class Counters {
  userTicks: i64;
  systemTicks: i64;
  idleTicks: i64;
  waitTicks: i64;
  interrupts: i64;
  switches: i64;
  readKib: i64;
  writtenKib: i64;
  timeMs: i64;
}

let unit: i64 = 1024;

export function main(): i32 {
  let once = false;
  let all = false;
  for (let option = nextOption('nsS:', HELP); option != END; option = nextOption('nsS:', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x6e) once = true;
    else if (option == 0x73) all = true;
    else if (!setUnit(optionArgument())) {
      reportWord('not a unit', optionArgument());
      return 1;
    }
  }
  if (operandCount() > 2) {
    reportUsage('extra operand');
    return 1;
  }
  let every: i64 = 0;
  let times: i64 = 1;
  if (operandCount()) {
    if (!parseDuration(argument(operandIndex())) || !parsed()) {
      reportWord('not a time', argument(operandIndex()));
      return 1;
    }
    every = parsed();
    times = i64.MAX_VALUE;
  }
  if (operandCount() == 2) {
    if (!parseDigits(argument(operandIndex() + 1), 10) || !parsed()) {
      reportWord('not a number', argument(operandIndex() + 1));
      return 1;
    }
    times = parsed();
  }
  return all ? showAll() : watch(every, times, once);
}

function setUnit(name: usize): bool {
  if (bytesAre(name, 'k')) unit = 1000;
  else if (bytesAre(name, 'K')) unit = 1024;
  else if (bytesAre(name, 'm')) unit = 1000000;
  else if (bytesAre(name, 'M')) unit = 1 << 20;
  else return false;
  return true;
}

let missing = false;

/** A file of /proc as text; after a message (`missing`) an empty one. */
function proc(name: string): usize {
  const path = literal(name);
  const text = readProcFile(path);
  if (text) return text;
  reportError(path, procError());
  missing = true;
  return 0;
}

function count(text: usize, name: string, index: i32 = 0): i64 {
  return max<i64>(figure(text, literal(name), index), 0);
}

function readCounters(to: Counters): bool {
  const stat = proc('/proc/stat');
  const disks = proc('/proc/diskstats');
  if (stat && disks) {
    to.userTicks = count(stat, 'cpu') + count(stat, 'cpu', 1);
    to.systemTicks = count(stat, 'cpu', 2) + count(stat, 'cpu', 5) + count(stat, 'cpu', 6);
    to.idleTicks = count(stat, 'cpu', 3);
    to.waitTicks = count(stat, 'cpu', 4);
    to.interrupts = count(stat, 'intr');
    to.switches = count(stat, 'ctxt');
    to.timeMs = monotonicNs() / 1000000;
    sumDisks(disks, to);
  }
  free(stat);
  free(disks);
  return !missing;
}

/** Whole disks; the lines of a disk's partitions follow its own, with longer names. */
function sumDisks(text: usize, to: Counters): void {
  const SECTORS_PER_KIB: i64 = 2;
  let disk: usize = 0;
  to.readKib = 0;
  to.writtenKib = 0;
  while (load<u8>(text)) {
    // Major and minor number, name, then the figures.
    let name = text;
    while (load<u8>(name) == 0x20 || (load<u8>(name) >= 0x30 && load<u8>(name) <= 0x39)) name++;
    let end = name;
    while (load<u8>(end) > 0x20) end++;
    const figures = end;
    while (load<u8>(end) && load<u8>(end) != 0x0a) end++;
    text = load<u8>(end) ? end + 1 : end;
    if (load<u8>(figures)) store<u8>(figures, 0);
    if (disk && !memory.compare(name, disk, byteLength(disk))) continue;
    disk = name;
    to.readKib += max<i64>(numberAt(figures + 1, 2), 0) / SECTORS_PER_KIB;
    to.writtenKib += max<i64>(numberAt(figures + 1, 6), 0) / SECTORS_PER_KIB;
  }
}

function watch(every: i64, times: i64, once: bool): i32 {
  let before = make<Counters>();
  let now = make<Counters>();
  for (let i: i64 = 0; i < times; i++) {
    if (i) {
      stdout.flush();
      if (stdout.failed() || sleepNs(every) < 0) return 1;
    }
    if (!readCounters(now)) return 1;
    if (!i || (!once && i % PAGE == 0)) showHeadings();
    if (!showLine(before, now)) return 1;
    const other = before;
    before = now;
    now = other;
  }
  return 0;
}

function showHeadings(): void {
  stdout.text('procs -----------memory---------- ---swap-- -----io---- -system-- ----cpu----\n');
  stdout.text(' r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa\n');
}

/** KiB in the unit that was asked for. */
function inUnit(kib: i64): i64 {
  return (kib * 1024) / unit;
}

/** `amount` a second. */
function rate(amount: i64, ms: i64): i64 {
  return ms > 0 ? (amount * 1000 + ms / 2) / ms : 0;
}

function showLine(before: Counters, now: Counters): bool {
  const stat = proc('/proc/stat');
  const meminfo = proc('/proc/meminfo');
  if (!stat || !meminfo) return false;
  printf(
    '%2d %2d %6d %6d %6d %6d',
    count(stat, 'procs_running'),
    count(stat, 'procs_blocked'),
    inUnit(count(meminfo, 'SwapTotal') - count(meminfo, 'SwapFree')),
    inUnit(count(meminfo, 'MemFree')),
    inUnit(count(meminfo, 'Buffers')),
    inUnit(count(meminfo, 'Cached') + count(meminfo, 'SReclaimable')),
  );
  free(stat);
  free(meminfo);
  const ms = now.timeMs - before.timeMs;
  printf(
    ' %4d %4d %5d %5d %4d %4d',
    0,
    0,
    rate(now.readKib - before.readKib, ms),
    rate(now.writtenKib - before.writtenKib, ms),
    rate(now.interrupts - before.interrupts, ms),
    rate(now.switches - before.switches, ms),
  );
  const user = now.userTicks - before.userTicks;
  const system = now.systemTicks - before.systemTicks;
  const idle = now.idleTicks - before.idleTicks;
  const wait = now.waitTicks - before.waitTicks;
  const sum = max<i64>(user + system + idle + wait, 1);
  printf(
    ' %2d %2d %2d %2d\n',
    (user * 100 + sum / 2) / sum,
    (system * 100 + sum / 2) / sum,
    (idle * 100 + sum / 2) / sum,
    (wait * 100 + sum / 2) / sum,
  );
  return true;
}

function line(value: i64, what: string): void {
  printf('%13d %s\n', value, literal(what));
}

/** -s */
function showAll(): i32 {
  const now = make<Counters>();
  const meminfo = proc('/proc/meminfo');
  const stat = proc('/proc/stat');
  if (!meminfo || !stat || !readCounters(now)) return 1;
  const name = unit == 1024 ? 'K' : unit == 1000 ? 'k' : unit == 1000000 ? 'm' : 'M';
  memoryLine(count(meminfo, 'MemTotal'), name, 'total memory');
  memoryLine(count(meminfo, 'MemTotal') - count(meminfo, 'MemAvailable'), name, 'used memory');
  memoryLine(count(meminfo, 'MemFree'), name, 'free memory');
  memoryLine(count(meminfo, 'Buffers'), name, 'buffer memory');
  memoryLine(count(meminfo, 'Cached'), name, 'cached memory');
  memoryLine(count(meminfo, 'Dirty'), name, 'memory to be written');
  memoryLine(count(meminfo, 'SwapTotal'), name, 'total swap');
  memoryLine(count(meminfo, 'SwapFree'), name, 'free swap');
  line(now.userTicks, 'user cpu ticks');
  line(now.systemTicks, 'system cpu ticks');
  line(now.idleTicks, 'idle cpu ticks');
  line(now.waitTicks, 'IO-wait cpu ticks');
  line(now.readKib, 'K read from disks');
  line(now.writtenKib, 'K written to disks');
  line(now.interrupts, 'interrupts');
  line(now.switches, 'CPU context switches');
  line(count(stat, 'btime'), 'boot time');
  line(count(stat, 'processes'), 'forks');
  free(meminfo);
  free(stat);
  return 0;
}

function memoryLine(kib: i64, name: string, what: string): void {
  printf('%13d %s %s\n', inUnit(kib), literal(name), literal(what));
}
