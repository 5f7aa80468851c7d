// What the columns say of a process.

import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { groupName, userName } from '../lib/passwd';
import { snprintf } from '../lib/printf';
import { figure, readProcFile } from '../lib/proc-file';
import { ProcessInfo, TICKS, terminalName } from '../lib/processes';
import { Stream, streamToMemory } from '../lib/stream';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { localTime } from '../lib/zone';
import { Kind } from './columns';

let now: i64 = 0;
let uptime: u64 = 0;
let memoryTotal: u64 = 1;
const scratch = memory.data(8400);
const calendar = make<CalendarTime>();

/** Before the first value: what shares and times are told by. */
export function startValues(): void {
  const text = readProcFile(literal('/proc/meminfo'));
  if (text) memoryTotal = <u64>max<i64>(figure(text, literal('MemTotal'), 0), 1);
  now = clockTime(Clock.realtime);
  // CLOCK_BOOTTIME, which /proc counts from.
  uptime = <u64>max<i64>(clockTime(7), 0) / (1000000000 / TICKS);
}

function cpuTicks(process: ProcessInfo): u64 {
  return process.userTime + process.systemTime;
}

function age(process: ProcessInfo): u64 {
  return uptime > process.start ? uptime - process.start : 0;
}

/** Tenths of a percent. */
function cpuShare(process: ProcessInfo): u64 {
  const ticks = age(process);
  return ticks ? (cpuTicks(process) * 1000) / ticks : 0;
}

export function number(kind: i32, process: ProcessInfo): i64 {
  switch (kind) {
    case Kind.pid:
      return process.pid;
    case Kind.parent:
      return process.parent;
    case Kind.pgid:
      return process.group;
    case Kind.session:
      return process.session;
    case Kind.cpu:
      return <i64>cpuShare(process);
    case Kind.usage:
      return <i64>min<u64>(cpuShare(process) / 10, 99);
    case Kind.memory:
      return <i64>((<u64>process.resident * 4000) / memoryTotal);
    case Kind.size:
      return <i64>(process.size / 1024);
    case Kind.pages:
      return <i64>(process.size / 4096);
    case Kind.resident:
      return process.resident * 4;
    case Kind.nice:
      return process.nice;
    case Kind.priority:
      return 39 - process.priority;
    case Kind.time:
    case Kind.shortTime:
      return <i64>(cpuTicks(process) / TICKS);
    case Kind.elapsed:
    case Kind.elapsedSeconds:
      return <i64>(age(process) / TICKS);
    case Kind.threads:
      return process.threads;
    case Kind.uid:
      return process.uid;
    case Kind.gid:
      return process.gid;
    case Kind.realUid:
      return process.realUid;
    case Kind.realGid:
      return process.realGid;
    case Kind.foreground:
      return process.foreground;
    case Kind.startTime:
    case Kind.longStart:
    case Kind.start:
      return <i64>process.start;
    default:
      return 0;
  }
}

/** The text of a column, valid until the next call. */
export function value(kind: i32, process: ProcessInfo): usize {
  switch (kind) {
    case Kind.user:
      return nameOr(userName(process.uid), process.uid);
    case Kind.realUser:
      return nameOr(userName(process.realUid), process.realUid);
    case Kind.group:
      return nameOr(groupName(process.gid), process.gid);
    case Kind.realGroup:
      return nameOr(groupName(process.realGid), process.realGid);
    case Kind.cpu:
    case Kind.memory: {
      const tenths = number(kind, process);
      snprintf(scratch, 32, '%d.%d', tenths / 10, tenths % 10);
      return scratch;
    }
    case Kind.time:
    case Kind.shortTime:
    case Kind.elapsed:
      return duration(kind, number(kind, process));
    case Kind.nice:
      snprintf(scratch, 32, '%d', process.nice);
      return scratch;
    case Kind.terminal:
      return terminalName(process.terminal);
    case Kind.name:
      if (process.state != 0x5a) return process.name;
      snprintf(scratch, 64, '%s <defunct>', process.name);
      return scratch;
    case Kind.args:
      if (process.state != 0x5a) return process.command;
      snprintf(scratch, 64, '[%s] <defunct>', process.name);
      return scratch;
    case Kind.stat:
      return statText(process);
    case Kind.state:
      store<u8>(scratch, process.state);
      store<u8>(scratch, 0, 1);
      return scratch;
    case Kind.startTime:
    case Kind.longStart:
    case Kind.start:
      return startText(process, kind);
    case Kind.address:
    case Kind.waitChannel:
      return literal('-');
    default:
      snprintf(scratch, 32, '%d', number(kind, process));
      return scratch;
  }
}

export function nameOr(name: usize, id: u32): usize {
  if (name) return name;
  snprintf(scratch, 16, '%u', id);
  return scratch;
}

/** [dd-]hh:mm:ss; POSIX has [[dd-]hh:]mm:ss for the time since the start. */
function duration(kind: i32, seconds: i64): usize {
  const days = seconds / 86400;
  const hours = (seconds / 3600) % 24;
  const minutes = (seconds / 60) % 60;
  if (kind == Kind.shortTime) snprintf(scratch, 32, '%d:%02d', seconds / 60, seconds % 60);
  else if (days) snprintf(scratch, 32, '%d-%02d:%02d:%02d', days, hours, minutes, seconds % 60);
  else if (hours || kind == Kind.time) snprintf(scratch, 32, '%02d:%02d:%02d', hours, minutes, seconds % 60);
  else snprintf(scratch, 32, '%02d:%02d', minutes, seconds % 60);
  return scratch;
}

/** The state, and < high, N low priority, s session leader, l several threads, + foreground. */
function statText(process: ProcessInfo): usize {
  let at = scratch;
  store<u8>(at++, process.state);
  if (process.nice) store<u8>(at++, process.nice < 0 ? 0x3c : 0x4e);
  if (process.session == process.pid) store<u8>(at++, 0x73);
  if (process.threads > 1) store<u8>(at++, 0x6c);
  if (process.foreground == process.group && process.terminal) store<u8>(at++, 0x2b);
  store<u8>(at, 0);
  return scratch;
}

/** The hour for the last day, else the date. */
function startText(process: ProcessInfo, kind: i32): usize {
  const seconds = now / 1000000000 - <i64>(age(process) / TICKS);
  localTime(seconds, calendar);
  const recent = now / 1000000000 - seconds < 86400;
  let format = literal('%a %b %e %H:%M:%S %Y');
  if (kind == Kind.startTime) format = recent ? literal('%H:%M') : literal('%b%d');
  else if (kind == Kind.start) format = recent ? literal('%H:%M:%S') : literal('  %b %d');
  const room = memory.data(64, 8);
  const out = changetype<Stream>(room);
  streamToMemory(out, scratch, 63);
  formatTime(out, format, calendar, seconds, 0);
  store<u8>(scratch + out.used, 0);
  return scratch;
}
