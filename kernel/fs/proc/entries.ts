/**
 * Which files /proc has: names and the functions that write them. Names are static strings; functions are called as
 * (text: TextBuffer, pid: i32) => void for files of a process, (text: TextBuffer) => void for those of the system.
 */
import { processComm, processCommandLine, processStat, processStatus } from './process-files';
import {
  fileSystems,
  interrupts,
  kernelCommandLine,
  memoryInfo,
  partitions,
  uptime,
  version,
} from './system-files';
import { mounts } from './mount-files';
import { TextBuffer } from './text-buffer';

const MAX_ENTRIES: u32 = 32;
const ENTRY_BYTES: u32 = 16;
const SYSTEM: u32 = 0;
const PROCESS: u32 = 1;

/** Two tables of pairs: address of the name's string object, function index. */
const tables = memory.data(2 * 32 * 16, 8);
const counts = memory.data(2 * 4, 4);

type SystemFile = (text: TextBuffer) => void;
type ProcessFile = (text: TextBuffer, pid: i32) => void;

function entryAt(table: u32, index: u32): usize {
  return tables + (table * MAX_ENTRIES + index) * ENTRY_BYTES;
}

function add(table: u32, name: string, writer: u32): void {
  const n = load<u32>(counts + table * 4);
  assert(n < MAX_ENTRIES, 'too many files in /proc');
  store<usize>(entryAt(table, n), changetype<usize>(name));
  store<u32>(entryAt(table, n), writer, 8);
  store<u32>(counts + table * 4, n + 1);
}

function addSystem(name: string, writer: SystemFile): void {
  add(SYSTEM, name, writer.index);
}

function addProcess(name: string, writer: ProcessFile): void {
  add(PROCESS, name, writer.index);
}

export function procEntriesInit(): void {
  addSystem('cmdline', kernelCommandLine);
  addSystem('filesystems', fileSystems);
  addSystem('interrupts', interrupts);
  addSystem('meminfo', memoryInfo);
  addSystem('mounts', mounts);
  addSystem('partitions', partitions);
  addSystem('uptime', uptime);
  addSystem('version', version);
  addProcess('cmdline', processCommandLine);
  addProcess('comm', processComm);
  addProcess('stat', processStat);
  addProcess('status', processStatus);
}

function table(ofProcess: bool): u32 {
  return ofProcess ? PROCESS : SYSTEM;
}

export function procEntryCount(ofProcess: bool): u32 {
  return load<u32>(counts + table(ofProcess) * 4);
}

export function procEntryName(ofProcess: bool, index: u32): string {
  return changetype<string>(load<usize>(entryAt(table(ofProcess), index)));
}

/** Index of the entry with this name, or -1. */
export function procEntryFind(ofProcess: bool, name: usize, length: u32): i32 {
  const count = procEntryCount(ofProcess);
  for (let n: u32 = 0; n < count; n++) {
    const candidate = procEntryName(ofProcess, n);
    if (<u32>candidate.length != length) continue;
    let i: u32 = 0;
    while (i < length && load<u8>(name + i) == <u8>candidate.charCodeAt(<i32>i)) i++;
    if (i == length) return <i32>n;
  }
  return -1;
}

/** Writes the file's text; `pid` 0 is the system's. */
export function procEntryWrite(index: u32, pid: i32, text: TextBuffer): void {
  const writer = load<u32>(entryAt(table(pid != 0), index), 8);
  if (pid != 0) call_indirect<void>(writer, text, pid);
  else call_indirect<void>(writer, text);
}
