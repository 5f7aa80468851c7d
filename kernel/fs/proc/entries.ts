/**
 * Which files /proc has: two tables of names, one of the system and one that every process has. A row is a text that a
 * function writes when the file is opened, a directory, a symbolic link, or a file with operations of its own; rows/*.ts
 * fill them (register.ts). Names are static strings.
 */
import { FileOps } from '../file';

/** What an entry is. */
export const ENTRY_TEXT: u32 = 0;
export const ENTRY_DIRECTORY: u32 = 1;
export const ENTRY_LINK: u32 = 2;
export const ENTRY_SPECIAL: u32 = 3;
/** Directories of a process whose names are numbers. */
export const ENTRY_FDS: u32 = 4;
export const ENTRY_FDINFO: u32 = 5;
export const ENTRY_TASKS: u32 = 6;

export const SYSTEM: u32 = 0;
export const PROCESS: u32 = 1;
/** The top: of /proc, or of a process's directory. */
export const TOP: u32 = 0xff;

@unmanaged
export class ProcEntry {
  /** Address of the name's string object. */
  name: usize;
  /** Entry of the directory that it is in, or TOP. */
  directory: u32;
  kind: u32;
  /** Permissions. */
  mode: u32;
  /** 1: for the process's user and root alone, whatever the mode says (ptrace(2), PTRACE_MODE_READ). */
  guarded: u32;
  /**
   * ENTRY_TEXT: (text: TextBuffer, pid: i32, tid: i32) => void. ENTRY_LINK: (pid: i32, tid: i32, buffer: usize, max: u32) =>
   * i32, as readLink; of the system pid is 0.
   */
  read: u32;
  /** ENTRY_TEXT that can be written: (pid: i32, buffer: usize, count: usize) => i64. ENTRY_LINK: jump, or 0. */
  write: u32;
  ops: FileOps;
}

const MAX_ENTRIES: u32 = 96;
const ENTRY_BYTES: u32 = 48;
const tables = memory.data(2 * 96 * 48, 8);
const counts = memory.data(2 * 4, 4);

export function procEntry(table: u32, index: u32): ProcEntry {
  return changetype<ProcEntry>(tables + <usize>((table * MAX_ENTRIES + index) * ENTRY_BYTES));
}

export function procEntryCount(table: u32): u32 {
  return load<u32>(counts + table * 4);
}

export function procEntryName(e: ProcEntry): string {
  return changetype<string>(e.name);
}

/** Adds a row; the number of the entry. */
export function procAdd(table: u32, directory: u32, name: string, kind: u32, mode: u32): u32 {
  const n = procEntryCount(table);
  assert(n < MAX_ENTRIES, 'too many files in /proc');
  const e = procEntry(table, n);
  e.name = changetype<usize>(name);
  e.directory = directory;
  e.kind = kind;
  e.mode = mode;
  store<u32>(counts + table * 4, n + 1);
  return n;
}

function isName(e: ProcEntry, name: usize, length: u32): bool {
  const candidate = procEntryName(e);
  if (<u32>candidate.length != length) return false;
  for (let i: u32 = 0; i < length; i++)
    if (load<u8>(name + i) != <u8>candidate.charCodeAt(<i32>i)) return false;
  return true;
}

/** Number of the entry with this name in a directory, or -1. */
export function procFind(table: u32, directory: u32, name: usize, length: u32): i32 {
  const count = procEntryCount(table);
  for (let n: u32 = 0; n < count; n++) {
    const e = procEntry(table, n);
    if (e.directory == directory && isName(e, name, length)) return <i32>n;
  }
  return -1;
}
