/** The files of /proc/PID that tell of the process as a whole, in the forms of Linux's proc(5). */
import { EINVAL, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { oomScore } from '../../mm/oom';
import { Credentials, groupAt } from '../../proc/credentials';
import { RLIMIT_COUNT, RLIM_INFINITY, limitPair } from '../../proc/limits';
import { PROCESS_NAME_SIZE, isNull, processFindLocked, processLock, processName } from '../../proc/process';
import { TICK_NS } from '../../sched/clock';
import { ProcessSnapshot, SNAPSHOT_BYTES, snapshotTake } from './process-snapshot';
import { TextBuffer, textByte, textCString, textSigned, textString, textUnsigned } from './text-buffer';

const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const NS_PER_HUNDREDTH: u64 = 10_000_000;
const KIB_PER_PAGE: u64 = 4;
/** Priority that ps and top show for nice 0 (proc(5), field 18). */
const BASE_PRIORITY: i32 = 20;

/** A snapshot that the caller frees; null when there is no such process or no memory. */
export function takeSnapshot(pid: i32, tid: i32): ProcessSnapshot | null {
  const memory = kmalloc(SNAPSHOT_BYTES);
  if (memory == 0) return null;
  const s = changetype<ProcessSnapshot>(memory);
  if (snapshotTake(pid, tid, s)) return s;
  kfree(memory);
  return null;
}

function field(t: TextBuffer, value: i64): void {
  textSigned(t, value);
  textByte(t, SPACE);
}

function zeroes(t: TextBuffer, count: i32): void {
  for (let i = 0; i < count; i++) textString(t, '0 ');
}

/** As proc(5) numbers it: -1 - priority for real-time threads. */
function shownPriority(s: ProcessSnapshot): i32 {
  return s.priority != 0 ? -1 - <i32>s.priority : BASE_PRIORITY + s.nice;
}

/** /proc/PID/stat: 52 fields. */
export function processStat(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  field(t, s.tid);
  textByte(t, 0x28);
  textCString(t, s.name);
  textString(t, ') ');
  textByte(t, s.state);
  textByte(t, SPACE);
  field(t, s.ppid);
  field(t, s.pgid);
  field(t, s.sid);
  field(t, <i64>s.ttyNumber);
  field(t, s.tpgid);
  zeroes(t, 1); // flags
  field(t, <i64>s.minorFaults);
  field(t, <i64>s.childMinorFaults);
  field(t, <i64>s.majorFaults);
  field(t, <i64>s.childMajorFaults);
  field(t, <i64>(s.userNs / NS_PER_HUNDREDTH));
  field(t, <i64>(s.systemNs / NS_PER_HUNDREDTH));
  field(t, <i64>((s.childUserTicks * TICK_NS) / NS_PER_HUNDREDTH));
  field(t, <i64>((s.childSystemTicks * TICK_NS) / NS_PER_HUNDREDTH));
  field(t, shownPriority(s));
  field(t, s.nice);
  field(t, s.threads);
  zeroes(t, 1); // itrealvalue
  field(t, <i64>(s.startNs / NS_PER_HUNDREDTH));
  field(t, <i64>s.sizeBytes);
  field(t, <i64>s.residentPages);
  textUnsigned(t, RLIM_INFINITY);
  textByte(t, SPACE);
  zeroes(t, 5); // startcode, endcode, startstack, kstkesp, kstkeip
  field(t, <i64>(s.pending & 0x7fffffff));
  field(t, <i64>(s.blocked & 0x7fffffff));
  field(t, <i64>(s.ignored & 0x7fffffff));
  field(t, <i64>(s.caught & 0x7fffffff));
  zeroes(t, 3); // wchan, nswap, cnswap
  field(t, s.exitSignal);
  field(t, s.cpu);
  field(t, s.priority);
  field(t, s.policy);
  zeroes(t, 6); // delayacct, guest times, start_data, end_data, start_brk
  field(t, <i64>s.argumentsStart);
  field(t, <i64>s.argumentsEnd);
  textString(t, '0 0 0\n'); // env_start, env_end, exit_code
  kfree(changetype<usize>(s));
}

/** /proc/PID/statm: sizes in pages. */
export function processStatm(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  field(t, <i64>(s.sizeBytes >> 12));
  field(t, <i64>s.residentPages);
  field(t, <i64>s.filePages);
  textString(t, '0 0 ');
  field(t, <i64>s.dataPages);
  textString(t, '0\n');
  kfree(changetype<usize>(s));
}

function stateName(state: u8): string {
  switch (state) {
    case 0x52:
      return 'R (running)\n';
    case 0x53:
      return 'S (sleeping)\n';
    case 0x44:
      return 'D (disk sleep)\n';
    case 0x54:
      return 'T (stopped)\n';
    default:
      return 'Z (zombie)\n';
  }
}

function line(t: TextBuffer, name: string, value: u64, unit: string): void {
  textString(t, name);
  textUnsigned(t, value);
  textString(t, unit);
}

function sizeLine(t: TextBuffer, name: string, pages: u64): void {
  textString(t, name);
  const kib = pages * KIB_PER_PAGE;
  let width: u64 = 10_000_000;
  while (width > max<u64>(kib, 1)) {
    textByte(t, SPACE);
    width /= 10;
  }
  textUnsigned(t, kib);
  textString(t, ' kB\n');
}

function hexLine(t: TextBuffer, name: string, value: u64): void {
  textString(t, name);
  for (let shift = 60; shift >= 0; shift -= 4) {
    const digit = <u8>((value >> shift) & 15);
    textByte(t, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
  textByte(t, NEWLINE);
}

function four(t: TextBuffer, name: string, a: u32, b: u32, c: u32, d: u32): void {
  textString(t, name);
  textUnsigned(t, a);
  textByte(t, 9);
  textUnsigned(t, b);
  textByte(t, 9);
  textUnsigned(t, c);
  textByte(t, 9);
  textUnsigned(t, d);
  textByte(t, NEWLINE);
}

function identityLines(t: TextBuffer, c: Credentials): void {
  four(t, 'Uid:\t', c.uid, c.euid, c.suid, c.fsuid);
  four(t, 'Gid:\t', c.gid, c.egid, c.sgid, c.fsgid);
  textString(t, 'Groups:\t');
  for (let n: u32 = 0; n < c.groupCount; n++) {
    textUnsigned(t, load<u32>(groupAt(c, n)));
    textByte(t, SPACE);
  }
  textByte(t, NEWLINE);
}

/** /proc/PID/status. */
export function processStatus(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  textString(t, 'Name:\t');
  textCString(t, s.name);
  textString(t, '\nState:\t');
  textString(t, stateName(s.state));
  line(t, 'Tgid:\t', s.pid, '\n');
  line(t, 'Pid:\t', s.tid, '\n');
  line(t, 'PPid:\t', s.ppid, '\n');
  textString(t, 'TracerPid:\t0\n');
  identityLines(t, s.credentials);
  if (s.sizeBytes != 0) {
    sizeLine(t, 'VmSize:\t', s.sizeBytes >> 12);
    sizeLine(t, 'VmLck:\t', s.lockedPages);
    sizeLine(t, 'VmHWM:\t', s.peakPages);
    sizeLine(t, 'VmRSS:\t', s.residentPages);
    sizeLine(t, 'RssAnon:\t', s.residentPages - min(s.filePages, s.residentPages));
    sizeLine(t, 'RssFile:\t', s.filePages);
    sizeLine(t, 'VmData:\t', s.dataPages);
  }
  line(t, 'Threads:\t', s.threads, '\n');
  hexLine(t, 'SigPnd:\t', s.pending);
  hexLine(t, 'ShdPnd:\t', s.sharedPending);
  hexLine(t, 'SigBlk:\t', s.blocked);
  hexLine(t, 'SigIgn:\t', s.ignored);
  hexLine(t, 'SigCgt:\t', s.caught);
  line(t, 'voluntary_ctxt_switches:\t', s.voluntary, '\n');
  line(t, 'nonvoluntary_ctxt_switches:\t', s.involuntary, '\n');
  kfree(changetype<usize>(s));
}

/** /proc/PID/comm. */
export function processComm(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  textCString(t, s.name);
  textByte(t, NEWLINE);
  kfree(changetype<usize>(s));
}

/** A new name, up to a newline. */
export function setProcessComm(pid: i32, buffer: usize, count: usize): i64 {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) {
    memory.fill(processName(p), 0, PROCESS_NAME_SIZE);
    for (let i: usize = 0; i < min(count, PROCESS_NAME_SIZE - 1) && load<u8>(buffer + i) != NEWLINE; i++)
      store<u8>(processName(p) + i, load<u8>(buffer + i));
  }
  unlockIrqRestore(processLock(), flags);
  return isNull(p) ? -ESRCH : <i64>count;
}

function limitName(n: u32): string {
  switch (n) {
    case 0:
      return 'Max cpu time              ';
    case 1:
      return 'Max file size             ';
    case 2:
      return 'Max data size             ';
    case 3:
      return 'Max stack size            ';
    case 4:
      return 'Max core file size        ';
    case 5:
      return 'Max resident set          ';
    case 6:
      return 'Max processes             ';
    case 7:
      return 'Max open files            ';
    case 8:
      return 'Max locked memory         ';
    case 9:
      return 'Max address space         ';
    case 10:
      return 'Max file locks            ';
    case 11:
      return 'Max pending signals       ';
    case 12:
      return 'Max msgqueue size         ';
    case 13:
      return 'Max nice priority         ';
    case 14:
      return 'Max realtime priority     ';
    default:
      return 'Max realtime timeout      ';
  }
}

/** Units of the sixteen limits, one letter each: s seconds, b bytes, p processes, f files, l locks, i signals, - none, u us. */
const LIMIT_UNITS: string = 'sbbbbbpfbblib--u';

function unitName(letter: i32): string {
  switch (letter) {
    case 0x73:
      return 'seconds';
    case 0x62:
      return 'bytes';
    case 0x70:
      return 'processes';
    case 0x66:
      return 'files';
    case 0x6c:
      return 'locks';
    case 0x69:
      return 'signals';
    case 0x75:
      return 'us';
    default:
      return '';
  }
}

function limitValue(t: TextBuffer, value: u64): void {
  const start = t.length;
  if (value == RLIM_INFINITY) textString(t, 'unlimited');
  else textUnsigned(t, value);
  while (t.length < start + 21 && !t.failed) textByte(t, SPACE);
}

/** /proc/PID/limits. */
export function processLimits(t: TextBuffer, pid: i32, _tid: i32): void {
  const copy = kmalloc(<usize>RLIMIT_COUNT * 16);
  if (copy == 0) return;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) memory.copy(copy, limitPair(p, 0), <usize>RLIMIT_COUNT * 16);
  unlockIrqRestore(processLock(), flags);
  textString(t, 'Limit                     Soft Limit           Hard Limit           Units     \n');
  for (let n: u32 = 0; n < RLIMIT_COUNT; n++) {
    textString(t, limitName(n));
    limitValue(t, load<u64>(copy + <usize>n * 16));
    limitValue(t, load<u64>(copy + <usize>n * 16, 8));
    textString(t, unitName(LIMIT_UNITS.charCodeAt(n)));
    textByte(t, NEWLINE);
  }
  kfree(copy);
}

export function processOomScore(t: TextBuffer, pid: i32, _tid: i32): void {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  const score = isNull(p) ? 0 : oomScore(p);
  unlockIrqRestore(processLock(), flags);
  textSigned(t, score);
  textByte(t, NEWLINE);
}

export function processOomAdjust(t: TextBuffer, pid: i32, tid: i32): void {
  const s = takeSnapshot(pid, tid);
  if (s == null) return;
  textSigned(t, s.oomAdjust);
  textByte(t, NEWLINE);
  kfree(changetype<usize>(s));
}

const OOM_MAX: i32 = 1000;

export function setOomAdjust(pid: i32, buffer: usize, count: usize): i64 {
  let at = buffer;
  const negative = load<u8>(at) == 0x2d;
  if (negative) at++;
  let value: i32 = 0;
  if (load<u8>(at) < 0x30 || load<u8>(at) > 0x39) return -EINVAL;
  for (; load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39 && value <= OOM_MAX; at++)
    value = value * 10 + (load<u8>(at) - 0x30);
  if (value > OOM_MAX) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) p.oomScoreAdjust = negative ? -value : value;
  unlockIrqRestore(processLock(), flags);
  return isNull(p) ? -ESRCH : <i64>count;
}
