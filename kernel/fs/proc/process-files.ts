/** The files of /proc/PID, in the forms of Linux's proc(5). Times are in hundredths of a second. */
import { kfree, kmalloc } from '../../mm/kmalloc';
import {
  ARGUMENTS_MAX,
  ProcessSnapshot,
  SNAPSHOT_NAME_BYTES,
  snapshotArguments,
  snapshotTake,
} from './process-snapshot';
import {
  TextBuffer,
  textByte,
  textBytes,
  textCString,
  textSigned,
  textString,
  textUnsigned,
} from './text-buffer';

const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const TICKS_PER_HUNDREDTH: u64 = 10;
const NS_PER_HUNDREDTH: u64 = 10_000_000;
const KIB_PER_PAGE: u64 = 4;
/** Fields after rss, which this system does not have: 25 to 52. */
const TRAILING_ZEROS: u32 = 28;

function take(pid: i32): ProcessSnapshot | null {
  const memory = kmalloc(offsetof<ProcessSnapshot>() + SNAPSHOT_NAME_BYTES);
  if (memory == 0) return null;
  const s = changetype<ProcessSnapshot>(memory);
  s.name = memory + offsetof<ProcessSnapshot>();
  if (snapshotTake(pid, s)) return s;
  kfree(memory);
  return null;
}

function field(t: TextBuffer, value: i64): void {
  textSigned(t, value);
  textByte(t, SPACE);
}

function hundredths(t: TextBuffer, ticks: u64): void {
  field(t, <i64>(ticks / TICKS_PER_HUNDREDTH));
}

/** /proc/PID/stat. */
export function processStat(t: TextBuffer, pid: i32): void {
  const s = take(pid);
  if (s == null) return;
  field(t, s.pid);
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
  textString(t, '0 0 0 0 0 '); // flags, minflt, cminflt, majflt, cmajflt
  hundredths(t, s.userTicks);
  hundredths(t, s.systemTicks);
  hundredths(t, s.childUserTicks);
  hundredths(t, s.childSystemTicks);
  textString(t, '20 0 1 0 '); // priority, nice, num_threads, itrealvalue
  field(t, <i64>(s.startNs / NS_PER_HUNDREDTH));
  field(t, <i64>s.sizeBytes);
  textUnsigned(t, s.residentPages);
  for (let i: u32 = 0; i < TRAILING_ZEROS; i++) textString(t, ' 0');
  textByte(t, NEWLINE);
  kfree(changetype<usize>(s));
}

function stateName(state: u8): string {
  switch (state) {
    case 0x52:
      return 'R (running)\n';
    case 0x53:
      return 'S (sleeping)\n';
    case 0x54:
      return 'T (stopped)\n';
    default:
      return 'Z (zombie)\n';
  }
}

function statusNumber(t: TextBuffer, name: string, value: u64, unit: string): void {
  textString(t, name);
  textUnsigned(t, value);
  textString(t, unit);
}

/** /proc/PID/status. */
export function processStatus(t: TextBuffer, pid: i32): void {
  const s = take(pid);
  if (s == null) return;
  textString(t, 'Name:\t');
  textCString(t, s.name);
  textString(t, '\nState:\t');
  textString(t, stateName(s.state));
  statusNumber(t, 'Tgid:\t', s.pid, '\n');
  statusNumber(t, 'Pid:\t', s.pid, '\n');
  statusNumber(t, 'PPid:\t', s.ppid, '\n');
  textString(t, 'Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n');
  statusNumber(t, 'VmSize:\t', s.sizeBytes / 1024, ' kB\n');
  statusNumber(t, 'VmRSS:\t', s.residentPages * KIB_PER_PAGE, ' kB\n');
  textString(t, 'Threads:\t1\n');
  kfree(changetype<usize>(s));
}

/** /proc/PID/cmdline. */
export function processCommandLine(t: TextBuffer, pid: i32): void {
  const buffer = kmalloc(ARGUMENTS_MAX);
  if (buffer == 0) {
    t.failed = true;
    return;
  }
  textBytes(t, buffer, snapshotArguments(pid, buffer));
  kfree(buffer);
}

/** /proc/PID/comm. */
export function processComm(t: TextBuffer, pid: i32): void {
  const s = take(pid);
  if (s == null) return;
  textCString(t, s.name);
  textByte(t, NEWLINE);
  kfree(changetype<usize>(s));
}
