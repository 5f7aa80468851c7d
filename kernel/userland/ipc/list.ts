// ipcs: what System V message queues, shared memory and semaphores there are. Source: POSIX ipcs.

import { formatTime } from '../lib/format-time';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount } from '../lib/options';
import { groupName, userName } from '../lib/passwd';
import { printf } from '../lib/printf';
import { reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import {
  FACILITIES,
  Facility,
  identifierName,
  ipcError,
  ipcMode,
  ipcRow,
  ipcTable,
  ipcValue,
  queueLimit,
} from './objects';
import { CalendarTime, Clock, clockTime } from '../lib/time';
import { localTime } from '../lib/zone';

const HELP = `usage: ipcs [-qms] [-abcopt]
List message queues (-q), shared memory (-m) and semaphores (-s) of System V; without these all three.
  -b  sizes: of queues, segments, sets           -c  who made it
  -o  what is in use: messages, attachments      -p  the last processes
  -t  times                                      -a  all of these
`;

/** Options, by their letters, and whether the columns of each are shown. */
const SIZES: usize = 0x62;
const CREATOR: usize = 0x63;
const USE: usize = 0x6f;
const PROCESSES: usize = 0x70;
const TIMES: usize = 0x74;
const shown = memory.data(128);
const calendar = make<CalendarTime>();

export function listMain(): i32 {
  let wanted = 0;
  for (let option = nextOption('qmsabcopt', HELP); option != END; option = nextOption('qmsabcopt', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x71) wanted |= 1 << Facility.queues;
    else if (option == 0x6d) wanted |= 1 << Facility.memory;
    else if (option == 0x73) wanted |= 1 << Facility.semaphores;
    else if (option == 0x61) memory.fill(shown, 1, 128);
    else store<u8>(shown + <usize>option, 1);
  }
  if (operandCount()) {
    reportUsage('extra operand');
    return 1;
  }
  const now = clockTime(Clock.realtime) / 1000000000;
  localTime(now, calendar);
  stdout.text('IPC status from /proc/sysvipc as of ');
  formatTime(stdout, literal('%a %b %e %H:%M:%S %Y\n'), calendar, now, 0);
  let status = 0;
  for (let facility = 0; facility < FACILITIES; facility++) {
    if (!wanted || wanted & (1 << facility)) status |= list(facility);
  }
  return status;
}

function title(facility: i32): string {
  if (facility == Facility.queues) return 'Message Queues';
  return facility == Facility.memory ? 'Shared Memory' : 'Semaphores';
}

/** The table and the row that is being shown; without a row the headings. */
let table: usize = 0;
let row: usize = 0;

function list(facility: i32): i32 {
  table = ipcTable(facility);
  if (!table) {
    reportError(literal(title(facility)), ipcError());
    return 1;
  }
  row = 0;
  showRow(facility);
  stdout.text(title(facility)).text(':\n');
  for (row = ipcRow(table); row; row = ipcRow(row)) showRow(facility);
  free(table);
  return 0;
}

function showRow(facility: i32): void {
  if (row) {
    const mode = memory.data(16);
    modeText(facility, ipcMode(table, row), mode);
    printf(
      '%c %10d 0x%08x %s',
      facility == Facility.queues ? 0x71 : facility == Facility.memory ? 0x6d : 0x73,
      ipcValue(table, row, identifierName(facility)),
      <u64>(<u32>ipcValue(table, row, 'key')),
      mode,
    );
  } else stdout.text('T         ID KEY        MODE       ');
  ownerColumn('OWNER', 'uid');
  ownerColumn('GROUP', 'gid');
  if (shows(CREATOR)) {
    ownerColumn('CREATOR', 'cuid');
    ownerColumn('CGROUP', 'cgid');
  }
  if (facility == Facility.queues) {
    numberColumn(USE, 'CBYTES', 'cbytes', 6);
    numberColumn(USE, 'QNUM', 'qnum', 5);
    if (shows(SIZES)) number('QBYTES', row ? queueLimit(ipcValue(table, row, 'msqid')) : 0, 6);
    numberColumn(PROCESSES, 'LSPID', 'lspid', 5);
    numberColumn(PROCESSES, 'LRPID', 'lrpid', 5);
    timeColumn('STIME', 'stime');
    timeColumn('RTIME', 'rtime');
  } else if (facility == Facility.memory) {
    numberColumn(USE, 'NATTCH', 'nattch', 6);
    numberColumn(SIZES, 'SEGSZ', 'size', 10);
    numberColumn(PROCESSES, 'CPID', 'cpid', 5);
    numberColumn(PROCESSES, 'LPID', 'lpid', 5);
    timeColumn('ATIME', 'atime');
    timeColumn('DTIME', 'dtime');
  } else {
    numberColumn(SIZES, 'NSEMS', 'nsems', 5);
    timeColumn('OTIME', 'otime');
  }
  timeColumn('CTIME', 'ctime');
  stdout.newline();
}

/** Whether the columns of an option are shown. */
function shows(option: usize): bool {
  return load<u8>(shown + option) != 0;
}

function ownerColumn(heading: string, column: string): void {
  if (!row) {
    printf(' %-8s', literal(heading));
    return;
  }
  const id = <u32>ipcValue(table, row, column);
  const name = column.charCodeAt(column.length - 3) == 0x75 ? userName(id) : groupName(id);
  if (name) printf(' %-8s', name);
  else printf(' %-8u', id);
}

function numberColumn(option: usize, heading: string, column: string, width: u64): void {
  if (shows(option)) number(heading, row ? ipcValue(table, row, column) : 0, width);
}

function number(heading: string, value: i64, width: u64): void {
  if (row) printf(' %*d', width, value);
  else printf(' %*s', width, literal(heading));
}

/** The time of the day. */
function timeColumn(heading: string, column: string): void {
  if (!shows(TIMES)) return;
  const seconds = row ? ipcValue(table, row, column) : 0;
  if (!row) printf(' %8s', literal(heading));
  else if (!seconds) stdout.text(' no-entry');
  else {
    localTime(seconds, calendar);
    stdout.byte(0x20);
    formatTime(stdout, literal('%H:%M:%S'), calendar, seconds, 0);
  }
}

/** Eleven characters: two flags, then who may read and write (alter), by threes. */
function modeText(facility: i32, mode: u32, to: usize): void {
  const REMOVED: u32 = 0o1000;
  store<u8>(to, facility == Facility.memory && mode & REMOVED ? 0x44 : 0x2d);
  store<u8>(to, 0x2d, 1);
  const write: u8 = facility == Facility.semaphores ? 0x61 : 0x77;
  for (let i: u32 = 0; i < 3; i++) {
    const bits = mode >> (6 - 3 * i);
    const at = to + 2 + 3 * i;
    store<u8>(at, bits & 4 ? 0x72 : 0x2d);
    store<u8>(at, bits & 2 ? write : 0x2d, 1);
    store<u8>(at, 0x2d, 2);
  }
  store<u8>(to, 0, 11);
}
