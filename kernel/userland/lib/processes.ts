// The processes of the system, from /proc/PID/stat, status and cmdline: ps, pidof, pgrep, pkill.
//
// Rules: records are the caller's, with their strings; they are not freed. A process that goes meanwhile is left out.
// Source: Linux proc(5).

import { statField } from './proc-file';
import { byteLength, bytesStartWith, duplicateBytes, findByte, findLastByte } from './bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from './directory';
import { close, open, Open, readFully } from './file';
import { List } from './list';
import { literal } from './literal';
import { make } from './malloc';
import { parseDigits, parsed, scanDigits } from './number';
import { snprintf } from './printf';

/** Ticks a second of the times in /proc (USER_HZ). */
export const TICKS: u64 = 100;

@unmanaged
@final
export class ProcessInfo {
  pid: i64;
  parent: i64;
  group: i64;
  session: i64;
  /** The device number of the controlling terminal, 0 for none. */
  terminal: u64;
  foreground: i64;
  /** Ticks. */
  userTime: u64;
  systemTime: u64;
  priority: i64;
  nice: i64;
  threads: i64;
  /** Ticks after boot. */
  start: u64;
  /** Bytes. */
  size: u64;
  /** Pages. */
  resident: i64;
  realUid: u32;
  uid: u32;
  realGid: u32;
  gid: u32;
  state: u8;
  name: usize;
  /** The arguments with spaces between; `[name]` for what has none. */
  command: usize;
}

let failure: i32 = 0;
const text: usize = memory.data(8192);
const path = memory.data(64);

/** Why listProcesses() gave an empty list: negative errno. */
export function processesError(): i32 {
  return failure;
}

/** All processes, by pid. */
export function listProcesses(): List {
  const list = make<List>();
  const directory = openDirectory(literal('/proc'));
  failure = directoryError();
  if (!directory) return list;
  while (nextEntry(directory)) {
    if (!parseDigits(directory.name, 10)) continue;
    const process = describeProcess(parsed());
    if (process) list.append(changetype<usize>(process));
  }
  closeDirectory(directory);
  list.sort(byPid);
  return list;
}

function byPid(a: usize, b: usize): i32 {
  return changetype<ProcessInfo>(a).pid < changetype<ProcessInfo>(b).pid ? -1 : 1;
}

/** Null when there is no such process. */
export function describeProcess(pid: i64): ProcessInfo | null {
  const size = readProc(pid, 'stat');
  const open = size > 0 ? findByte(text, 0x28) : 0;
  const end = size > 0 ? findLastByte(text, 0x29) : 0;
  if (!open || end <= open || byteLength(end) < 4) return null;
  const process = make<ProcessInfo>();
  process.pid = pid;
  process.state = load<u8>(end, 2);
  process.parent = statField(end, 4);
  process.group = statField(end, 5);
  process.session = statField(end, 6);
  process.terminal = <u64>statField(end, 7);
  process.foreground = statField(end, 8);
  process.userTime = <u64>statField(end, 14);
  process.systemTime = <u64>statField(end, 15);
  process.priority = statField(end, 18);
  process.nice = statField(end, 19);
  process.threads = statField(end, 20);
  process.start = <u64>statField(end, 22);
  process.size = <u64>statField(end, 23);
  process.resident = statField(end, 24);
  store<u8>(end, 0);
  process.name = duplicateBytes(open + 1);
  readOwners(process);
  readCommand(process);
  return process;
}

function readOwners(process: ProcessInfo): void {
  if (readProc(process.pid, 'status') <= 0) return;
  let line = text;
  while (line) {
    const isUser = bytesStartWith(line, 'Uid:');
    if (isUser || bytesStartWith(line, 'Gid:')) {
      const second = scanDigits(skipBlank(line + 4));
      const real = <u32>parsed();
      scanDigits(skipBlank(second));
      if (isUser) {
        process.realUid = real;
        process.uid = <u32>parsed();
      } else {
        process.realGid = real;
        process.gid = <u32>parsed();
      }
    }
    const end = findByte(line, 0x0a);
    line = end ? end + 1 : 0;
  }
}

function skipBlank(at: usize): usize {
  while (load<u8>(at) == 0x20 || load<u8>(at) == 9) at++;
  return at;
}

function readCommand(process: ProcessInfo): void {
  const size = readProc(process.pid, 'cmdline');
  let end = size > 0 ? text + <usize>size : text;
  while (end > text && !load<u8>(end - 1)) end--;
  for (let at = text; at < end; at++) if (load<u8>(at) < 0x20) store<u8>(at, 0x20);
  if (end > text) {
    process.command = duplicateBytes(text);
    return;
  }
  snprintf(text, 128, '[%s]', process.name);
  process.command = duplicateBytes(text);
}

/** Reads /proc/PID/NAME into `text`, terminated. The size or negative errno. */
function readProc(pid: i64, name: string): i64 {
  snprintf(path, 64, '/proc/%d/%s', pid, literal(name));
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return fd;
  const size = readFully(fd, text, 8191);
  close(fd);
  if (size >= 0) store<u8>(text + <usize>size, 0);
  return size;
}

/** `tty1`, `ttyS0`, `pts/3`; `?` for none. Valid until the next call. */
export function terminalName(device: u64): usize {
  const name = memory.data(16);
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfffff00);
  if (!device) return literal('?');
  if (major == 4 && minor < 64) snprintf(name, 16, 'tty%u', minor);
  else if (major == 4) snprintf(name, 16, 'ttyS%u', minor - 64);
  else if (major >= 136 && major < 144) snprintf(name, 16, 'pts/%u', (major - 136) * 256 + minor);
  else if (major == 5 && minor == 1) return literal('console');
  else snprintf(name, 16, '%u,%u', major, minor);
  return name;
}

/** The device number of `tty1`, `pts/3` or `/dev/tty1`; 0 when it is no terminal's name. */
export function terminalDevice(name: usize): u64 {
  if (bytesStartWith(name, '/dev/')) name += 5;
  if (bytesStartWith(name, 'console') && !load<u8>(name, 7)) return 0x501;
  if (bytesStartWith(name, 'ttyS') && parseDigits(name + 4, 10)) return 0x400 | (<u64>(parsed() + 64));
  if (bytesStartWith(name, 'tty') && parseDigits(name + 3, 10)) return 0x400 | (<u64>parsed());
  if (bytesStartWith(name, 'pts/') && parseDigits(name + 4, 10)) {
    return ((136 + <u64>parsed() / 256) << 8) | (<u64>parsed() % 256);
  }
  return 0;
}
