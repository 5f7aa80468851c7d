// ps: list processes. Source: POSIX ps; the BSD forms `ps aux`, `ps ax` and --sort as elsewhere.

import { argument, setArgument } from '../lib/arguments';
import { byteLength, compareBytes, duplicateRange } from '../lib/bytes';
import { textWidth } from '../lib/character-width';
import { formatTime } from '../lib/format-time';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { groupName, parseGroup, parseUser, userName } from '../lib/passwd';
import { snprintf } from '../lib/printf';
import {
  listProcesses,
  ProcessInfo,
  processesError,
  terminalDevice,
  terminalName,
  TICKS,
} from '../lib/processes';
import { figure, readProcFile } from '../lib/proc-file';
import { getpid } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { isTerminal, stdout, Stream, streamToMemory } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { terminalColumns } from '../lib/terminal';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { localTime } from '../lib/zone';

const HELP = `usage: ps [-aAdefl] [-p PIDS] [-t TERMINALS] [-u USERS] [-U USERS] [-g SESSIONS] [-G GROUPS] [-o FORMAT]...
       ps [aux] [PID...]
List processes: those of this user on this terminal, or those chosen.
  -A, -e  all    -a  all with a terminal but session leaders    -d  all but session leaders
  -f      with user, parent and arguments    -l  the long form
  -o FORMAT  these columns, with commas: user ruser group rgroup pid ppid pgid sid pcpu pmem vsz rss nice pri
             time etime etimes tty comm args stat s stime lstart nlwp uid gid; NAME=HEADING
  --sort=[-]NAME  by that column    --no-headers  w  wide lines
`;
const LONG =
  'sort=\x01: no-headers=\x02 no-heading=\x02 pid=p: ppid=\x03: user=u: tty=t: format=o: forest=\x04';

@unmanaged
@final
class Column {
  kind: i32;
  heading: usize;
  width: i32;
  /** Numbers stand to the right. */
  right: bool;
}

/** Name (two for some), heading, width, whether to the right. The index is the kind. */
const COLUMNS =
  'user,euser:USER:8:l;ruser:RUSER:8:l;group,egroup:GROUP:8:l;rgroup:RGROUP:8:l;pid:PID:5:r;ppid:PPID:5:r;pgid,pgrp:PGID:5:r;sid,sess:SID:5:r;pcpu,%cpu:%CPU:4:r;pmem,%mem:%MEM:4:r;vsz,vsize:VSZ:6:r;rss,rssize:RSS:5:r;nice,ni:NI:3:r;pri:PRI:3:r;time,cputime:TIME:8:r;etime:ELAPSED:11:r;etimes:ELAPSED:7:r;tty,tt,tname:TT:8:l;comm,ucmd:COMMAND:15:l;args,cmd,command:COMMAND:27:l;stat:STAT:4:l;s,state:S:1:l;stime,start_time:STIME:5:r;lstart:STARTED:24:r;nlwp,thcount:NLWP:4:r;uid,euid:UID:5:r;gid,egid:GID:5:r;c:C:2:r;f,flags:F:1:r;sz:SZ:5:r;addr:ADDR:4:l;wchan:WCHAN:6:l;ruid:RUID:5:r;rgid:RGID:5:r;bsdtime:TIME:6:r;tpgid:TPGID:5:r;start:STARTED:8:r;';

const enum Kind {
  user,
  realUser,
  group,
  realGroup,
  pid,
  parent,
  pgid,
  session,
  cpu,
  memory,
  size,
  resident,
  nice,
  priority,
  time,
  elapsed,
  elapsedSeconds,
  terminal,
  name,
  args,
  stat,
  state,
  startTime,
  longStart,
  threads,
  uid,
  gid,
  usage,
  flags,
  pages,
  address,
  waitChannel,
  realUid,
  realGid,
  shortTime,
  foreground,
  start,
}

const columns = make<List>();
let headings = true;
let wide = false;
let now: i64 = 0;
let uptime: u64 = 0;
let memoryTotal: u64 = 1;
let sortKind: i32 = -1;
let sortBackwards = false;
const scratch = memory.data(8400);
const calendar = make<CalendarTime>();

/** What is chosen; lists of numbers. */
let everything = false;
let withTerminal = false;
let noLeaders = false;
const pids = make<List>();
const parents = make<List>();
const terminals = make<List>();
const users = make<List>();
const realUsers = make<List>();
const sessions = make<List>();
const realGroups = make<List>();
let anyList = false;

export function main(): i32 {
  bsdLetters();
  const letters = 'aAdefg:G:jln:o:p:s:t:u:U:wx';
  let form = 0;
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    let good = true;
    switch (option) {
      case BAD:
        return 1;
      case 0x41:
      case 0x65:
        everything = true;
        break;
      case 0x61:
        withTerminal = true;
        break;
      case 0x64:
        noLeaders = true;
        break;
      case 0x66:
      case 0x6c:
      case 0x6a:
        form = option;
        break;
      case 0x6f:
        good = addColumns(optionArgument());
        break;
      case 0x70:
        good = addNumbers(pids);
        break;
      case 0x03:
        good = addNumbers(parents);
        break;
      case 0x67:
      case 0x73:
        good = addNumbers(sessions);
        break;
      case 0x74:
        good = addWords(terminals, terminalDevice64);
        break;
      case 0x75:
        good = addWords(users, parseUser);
        break;
      case 0x55:
        good = addWords(realUsers, parseUser);
        break;
      case 0x47:
        good = addWords(realGroups, parseGroup);
        break;
      case 0x77:
        wide = true;
        break;
      case 0x01:
        good = setSort(optionArgument());
        break;
      case 0x02:
        headings = false;
        break;
      default:
    }
    if (!good) return 1;
  }
  for (let i = operandIndex(); i < operandIndex() + operandCount(); i++) {
    if (!parseDigits(argument(i), 10)) {
      reportUsage('extra operand');
      return 1;
    }
    pids.append(<usize>parsed());
    anyList = true;
  }
  if (!columns.length) addColumns(standardColumns(form));
  if (bsd && form == 0 && !bsdUser) wide = wide || !isTerminal(1);
  return list();
}

function terminalDevice64(name: usize): i64 {
  const device = <i64>terminalDevice(name);
  return device ? device : -1;
}

function standardColumns(form: i32): usize {
  if (form == 0x66) return literal('user=UID,pid,ppid,c,stime,tty=TTY,time,args=CMD');
  if (form == 0x6c) return literal('f,s,uid,pid,ppid,c,pri,ni,addr,sz,wchan,tty=TTY,time,comm=CMD');
  if (form == 0x6a) return literal('pid,pgid,sid,tty=TTY,time,comm=CMD');
  if (bsdUser) return literal('user,pid,pcpu,pmem,vsz,rss,tty=TTY,stat,stime=START,bsdtime,args');
  if (bsd) return literal('pid,tty=TTY,stat,bsdtime,args');
  return literal('pid,tty=TTY,time,comm=CMD');
}

let bsd = false;
let bsdUser = false;

/** `ps aux`: letters without a dash. */
function bsdLetters(): void {
  const word = argument(1);
  if (!word || load<u8>(word) == 0x2d || (load<u8>(word) >= 0x30 && load<u8>(word) <= 0x39)) return;
  let a = false;
  let x = false;
  for (let at = word; load<u8>(at); at++) {
    const letter = load<u8>(at);
    if (letter == 0x61) a = true;
    else if (letter == 0x78) x = true;
    else if (letter == 0x75) bsdUser = true;
    else if (letter == 0x77) wide = true;
    else if (letter != 0x66 && letter != 0x65 && letter != 0x67) return;
  }
  bsd = true;
  everything = a && x;
  withTerminal = a && !x;
  if (x && !a) {
    users.append(<usize>syscall(Sys.geteuid));
    anyList = true;
  }
  bsdOwn = !a && !x;
  setArgument(1, literal('-w'));
  if (!wide) setArgument(1, literal('-x'));
}

let bsdOwn = false;

function nextPart(at: usize): usize {
  while (load<u8>(at) && load<u8>(at) != 0x2c && load<u8>(at) != 0x20) at++;
  return at;
}

function addWords(to: List, parse: (word: usize) => i64): bool {
  anyList = true;
  for (let at = optionArgument(); load<u8>(at);) {
    const end = nextPart(at);
    const word = mustAllocate(duplicateRange(at, end - at));
    const value = parse(word);
    if (value < 0) {
      message().text("not found: '").bytes(word).text("'").newline();
      return false;
    }
    to.append(<usize>value);
    at = load<u8>(end) ? end + 1 : end;
  }
  return true;
}

function parsePid(word: usize): i64 {
  return parseDigits(word, 10) ? parsed() : -1;
}

function addNumbers(to: List): bool {
  return addWords(to, parsePid);
}

/** The kind of the column `name`, -1 for none; columnHeading and so on are set. */
function findColumn(name: usize, length: usize): i32 {
  let kind = 0;
  let at = 0;
  while (at < COLUMNS.length) {
    let matched = false;
    // Names up to the colon, with commas.
    while (COLUMNS.charCodeAt(at) != 0x3a) {
      let same: usize = 0;
      while (same < length && <u16>load<u8>(name + same) == <u16>COLUMNS.charCodeAt(at + <i32>same)) same++;
      const after = COLUMNS.charCodeAt(at + <i32>same);
      if (same == length && (after == 0x2c || after == 0x3a)) matched = true;
      while (COLUMNS.charCodeAt(at) != 0x2c && COLUMNS.charCodeAt(at) != 0x3a) at++;
      if (COLUMNS.charCodeAt(at) == 0x2c) at++;
    }
    if (matched) {
      headingAt = ++at;
      return kind;
    }
    while (COLUMNS.charCodeAt(at) != 0x3b) at++;
    at++;
    kind++;
  }
  return -1;
}

let headingAt: i32 = 0;

function addColumns(at: usize): bool {
  while (load<u8>(at)) {
    let end = at;
    while (load<u8>(end) && load<u8>(end) != 0x2c && load<u8>(end) != 0x20 && load<u8>(end) != 0x3d) end++;
    const kind = findColumn(at, end - at);
    if (kind < 0) {
      message()
        .text("unknown column '")
        .range(at, end - at)
        .text("'")
        .newline();
      return false;
    }
    const column = make<Column>();
    column.kind = kind;
    const heading = mustAllocate(malloc(16));
    let size: usize = 0;
    let i = headingAt;
    for (; COLUMNS.charCodeAt(i) != 0x3a; i++) store<u8>(heading + size++, <u8>COLUMNS.charCodeAt(i));
    store<u8>(heading + size, 0);
    column.heading = heading;
    for (i++; COLUMNS.charCodeAt(i) != 0x3a; i++)
      column.width = column.width * 10 + COLUMNS.charCodeAt(i) - 0x30;
    column.right = COLUMNS.charCodeAt(i + 1) == 0x72;
    if (load<u8>(end) == 0x3d) {
      // NAME=HEADING: all that follows, commas too, except in the lists above, whose headings are single words.
      const start = end + 1;
      end = start;
      while (load<u8>(end) && load<u8>(end) != 0x2c) end++;
      column.heading = mustAllocate(duplicateRange(start, end - start));
    }
    column.width = max<i32>(column.width, <i32>byteLength(column.heading));
    columns.append(changetype<usize>(column));
    at = load<u8>(end) ? end + 1 : end;
  }
  return true;
}

function setSort(name: usize): bool {
  if (load<u8>(name) == 0x2d || load<u8>(name) == 0x2b) sortBackwards = load<u8>(name++) == 0x2d;
  sortKind = findColumn(name, byteLength(name));
  if (sortKind < 0) message().text("unknown column '").bytes(name).text("'").newline();
  return sortKind >= 0;
}

function has(list: List, value: i64): bool {
  for (let i = 0; i < list.length; i++) if (<i64>list.get(i) == value) return true;
  return false;
}

function isChosen(process: ProcessInfo, terminal: u64, uid: u32): bool {
  if (everything) return true;
  if (withTerminal && process.terminal && (bsd || process.session != process.pid)) return true;
  if (noLeaders && process.session != process.pid) return true;
  if (bsdOwn && !anyList) return process.uid == uid && process.terminal != 0;
  if (anyList) {
    return (
      has(pids, process.pid) ||
      has(parents, process.parent) ||
      has(terminals, <i64>process.terminal) ||
      has(users, process.uid) ||
      has(realUsers, process.realUid) ||
      has(sessions, process.session) ||
      has(realGroups, process.realGid)
    );
  }
  return !withTerminal && !noLeaders && process.uid == uid && process.terminal == terminal;
}

function list(): i32 {
  const all = listProcesses();
  if (!all.length) {
    reportError(literal('/proc'), processesError());
    return 1;
  }
  const text = readProcFile(literal('/proc/meminfo'));
  if (text) memoryTotal = <u64>max<i64>(figure(text, literal('MemTotal'), 0), 1);
  now = clockTime(Clock.realtime);
  // CLOCK_BOOTTIME, which /proc counts from.
  uptime = <u64>max<i64>(clockTime(7), 0) / (1000000000 / TICKS);
  const uid = <u32>syscall(Sys.geteuid);
  let terminal: u64 = 0;
  const self = getpid();
  for (let i = 0; i < all.length; i++) {
    if (changetype<ProcessInfo>(all.get(i)).pid == self)
      terminal = changetype<ProcessInfo>(all.get(i)).terminal;
  }
  const chosen = make<List>();
  for (let i = 0; i < all.length; i++) {
    if (isChosen(changetype<ProcessInfo>(all.get(i)), terminal, uid)) chosen.append(all.get(i));
  }
  if (sortKind >= 0) chosen.sort(compare);
  measure(chosen);
  show(chosen);
  return chosen.length ? 0 : 1;
}

/** Columns that hold numbers and names become as wide as the widest. */
function measure(chosen: List): void {
  for (let i = 0; i < columns.length; i++) {
    const column = changetype<Column>(columns.get(i));
    const kind = column.kind;
    if (kind == Kind.args || kind == Kind.name || kind <= Kind.realGroup) continue;
    for (let j = 0; j < chosen.length; j++) {
      const cell = value(kind, changetype<ProcessInfo>(chosen.get(j)));
      column.width = max<i32>(column.width, <i32>byteLength(cell));
    }
  }
}

function show(chosen: List): void {
  const room = wide || !isTerminal(1) ? i32.MAX_VALUE : terminalColumns(1);
  let titled = false;
  for (let i = 0; i < columns.length; i++)
    if (load<u8>(changetype<Column>(columns.get(i)).heading)) titled = true;
  if (headings && titled) showRow(null, room);
  for (let i = 0; i < chosen.length; i++) showRow(changetype<ProcessInfo>(chosen.get(i)), room);
}

function showRow(process: ProcessInfo | null, room: i32): void {
  let used = 0;
  for (let i = 0; i < columns.length; i++) {
    const column = changetype<Column>(columns.get(i));
    const last = i + 1 == columns.length;
    let cell = process ? value(column.kind, process) : column.heading;
    let size = byteLength(cell);
    // A name that is too long gives way to the number.
    if (process && column.kind <= Kind.realGroup && <i32>size > column.width) {
      const number = column.kind < Kind.group ? process.uid : process.gid;
      snprintf(scratch, 16, '%u', number);
      cell = scratch;
      size = byteLength(cell);
    }
    if (i) stdout.byte(0x20);
    used += i ? 1 : 0;
    const width = textWidth(cell, size);
    const pad = column.width - width;
    if (column.right) stdout.fill(0x20, pad);
    if (column.kind == Kind.args || column.kind == Kind.name) {
      const fits = last
        ? room - used
        : column.kind == Kind.name
          ? max<i32>(column.width, width)
          : column.width;
      size = <usize>min<i64>(size, max<i32>(fits, 0));
      stdout.range(cell, size);
    } else stdout.range(cell, size);
    if (!column.right && !last) stdout.fill(0x20, column.width - <i32>size);
    used += max<i32>(column.width, width);
  }
  stdout.newline();
}

function compare(a: usize, b: usize): i32 {
  const first = changetype<ProcessInfo>(a);
  const second = changetype<ProcessInfo>(b);
  let order: i32;
  if (sortKind <= Kind.realGroup || (sortKind >= Kind.terminal && sortKind <= Kind.state)) {
    const copy = mustAllocate(duplicateRange(value(sortKind, first), byteLength(value(sortKind, first))));
    order = compareBytes(copy, value(sortKind, second));
  } else {
    const x = number(sortKind, first);
    const y = number(sortKind, second);
    order = x < y ? -1 : x > y ? 1 : 0;
  }
  return sortBackwards ? -order : order;
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

function number(kind: i32, process: ProcessInfo): i64 {
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
function value(kind: i32, process: ProcessInfo): usize {
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

function nameOr(name: usize, id: u32): usize {
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
