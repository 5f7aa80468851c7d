/**
 * /proc: the system and its processes as files (Linux proc(5)). Nothing is cached: names come and go with processes, and
 * a file's text is made when it is read from its beginning.
 *
 * Inode numbers: kind in bits 0 to 7, entry in 8 to 15, process in 16 to 39, descriptor or thread above.
 */
import { EACCES, EFAULT, EINVAL, ENOENT, ENOMEM, EPERM } from '../../lib/errno';
import { currentCredentials } from '../../proc/credentials';
import { copyAny } from '../../syscall/user-copy';
import { DIRENT_SCRATCH_BYTES, DirentSink, direntEmit } from '../dirent';
import { File, FileOps, FileReadDirectory, FileRelease, FileTransfer } from '../file';
import {
  Inode,
  InodeJump,
  InodeLookup,
  InodeOpen,
  InodeOps,
  InodeReadLink,
  SuperBlock,
  inodeCreate,
} from '../inode';
import { O_ACCMODE, O_RDONLY } from '../open-flags';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, S_IFLNK, S_IFREG, direntType } from '../stat';
import {
  ENTRY_DIRECTORY,
  ENTRY_FDINFO,
  ENTRY_FDS,
  ENTRY_LINK,
  ENTRY_SPECIAL,
  ENTRY_TASKS,
  PROCESS,
  ProcEntry,
  SYSTEM,
  TOP,
  procEntry,
  procEntryCount,
  procEntryName,
  procFind,
} from './entries';
import { fdIsOpen, fdInfo, fdJump, fdReadLink, nextFd } from './descriptors';
import { nextProcess, nextThread, ownerOf, processIsThere, threadIsThere } from './process-snapshot';
import { TextBuffer, textCreate, textFree } from './text-buffer';

const enum Kind {
  Root = 1,
  /** The directory of a process, or of a thread (then with a thread's number). */
  Process = 2,
  SystemEntry = 3,
  ProcessEntry = 4,
  /** A descriptor's link, and its file in fdinfo. */
  Fd = 5,
  FdInfo = 6,
}

/** Positions in the root directory: system entries first, then processes by number. */
const PROCESSES: u64 = 1 << 20;
/** PROC_SUPER_MAGIC. */
const MAGIC: u32 = 0x9fa0;

const ops = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
/** As ops, for links that lead to a place. */
const jumpOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const textOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function numberOf(kind: i32, entry: u32, pid: i32, extra: i32): u64 {
  return (<u64>kind) | ((<u64>entry) << 8) | ((<u64>pid) << 16) | ((<u64>extra) << 40);
}

function kindOf(inode: Inode): i32 {
  return <i32>(inode.number & 0xff);
}

function entryOf(inode: Inode): u32 {
  return (<u32>(inode.number >> 8)) & 0xff;
}

function pidOf(inode: Inode): i32 {
  return (<i32>(inode.number >> 16)) & 0xffffff;
}

/** Descriptor, or number of the thread in /proc/PID/task/TID; 0 for the process itself. */
function extraOf(inode: Inode): i32 {
  return <i32>(inode.number >> 40);
}

function make(superBlock: SuperBlock, number: u64, mode: u32, fileOps: FileOps, out: usize): i32 {
  const inode = inodeCreate(superBlock, number, mode, ops, fileOps);
  if (inode == null) return -ENOMEM;
  const pid = pidOf(inode);
  if (pid != 0) ownerOf(pid, inode);
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

/** A decimal number, or -1. */
function parseNumber(name: usize, length: u32): i32 {
  let value: i32 = 0;
  if (length == 0 || length > 7 || (length > 1 && load<u8>(name) == 0x30)) return -1;
  for (let i: u32 = 0; i < length; i++) {
    const digit = load<u8>(name + i);
    if (digit < 0x30 || digit > 0x39) return -1;
    value = value * 10 + (digit - 0x30);
  }
  return value;
}

function typeOf(e: ProcEntry): u32 {
  if (e.kind == ENTRY_LINK) return S_IFLNK;
  return e.kind == ENTRY_DIRECTORY || e.kind >= ENTRY_FDS ? S_IFDIR : S_IFREG;
}

function makeEntry(sb: SuperBlock, table: u32, index: u32, pid: i32, tid: i32, out: usize): i32 {
  const e = procEntry(table, index);
  const kind = table == SYSTEM ? Kind.SystemEntry : Kind.ProcessEntry;
  const type = typeOf(e);
  const fileOps = e.kind == ENTRY_SPECIAL ? e.ops : type == S_IFDIR ? directoryOps : textOps;
  const error = make(sb, numberOf(kind, index, pid, tid), type | e.mode, fileOps, out);
  if (error == 0 && e.kind == ENTRY_LINK && e.write != 0) changetype<Inode>(load<usize>(out)).ops = jumpOps;
  return error;
}

function lookupIn(
  sb: SuperBlock,
  table: u32,
  directory: u32,
  pid: i32,
  tid: i32,
  name: usize,
  length: u32,
  out: usize,
): i32 {
  const index = procFind(table, directory, name, length);
  return index < 0 ? -ENOENT : makeEntry(sb, table, <u32>index, pid, tid, out);
}

function lookupNumber(directory: Inode, kind: u32, number: i32, out: usize): i32 {
  const sb = directory.superBlock;
  const pid = pidOf(directory);
  if (number < 0) return -ENOENT;
  if (kind == ENTRY_TASKS) {
    if (!threadIsThere(pid, number)) return -ENOENT;
    return make(sb, numberOf(Kind.Process, 0, pid, number), S_IFDIR | 0o555, directoryOps, out);
  }
  if (!fdIsOpen(pid, number)) return -ENOENT;
  if (kind == ENTRY_FDINFO)
    return make(sb, numberOf(Kind.FdInfo, 0, pid, number), S_IFREG | 0o400, textOps, out);
  const error = make(sb, numberOf(Kind.Fd, 0, pid, number), S_IFLNK | 0o700, textOps, out);
  if (error == 0) changetype<Inode>(load<usize>(out)).ops = jumpOps;
  return error;
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const sb = directory.superBlock;
  const kind = kindOf(directory);
  const pid = pidOf(directory);
  const tid = extraOf(directory);
  if (kind == Kind.Root) {
    const number = parseNumber(name, length);
    if (number <= 0) return lookupIn(sb, SYSTEM, TOP, 0, 0, name, length, out);
    if (!processIsThere(number)) return -ENOENT;
    return make(sb, numberOf(Kind.Process, 0, number, 0), S_IFDIR | 0o555, directoryOps, out);
  }
  if (!isThere(pid, tid)) return -ENOENT;
  if (kind == Kind.Process) return lookupIn(sb, PROCESS, TOP, pid, tid, name, length, out);
  if (kind == Kind.SystemEntry) return lookupIn(sb, SYSTEM, entryOf(directory), 0, 0, name, length, out);
  const entry = procEntry(PROCESS, entryOf(directory));
  if (entry.kind >= ENTRY_FDS) return lookupNumber(directory, entry.kind, parseNumber(name, length), out);
  return lookupIn(sb, PROCESS, entryOf(directory), pid, tid, name, length, out);
}

function isThere(pid: i32, tid: i32): bool {
  if (pid == 0) return true;
  return tid == 0 ? processIsThere(pid) : threadIsThere(pid, tid);
}

/** What is a process's own is for its user and root alone (ptrace(2), "ptrace access mode"). */
function mayInspect(pid: i32, inode: Inode): bool {
  const who = currentCredentials();
  return pid == 0 || who.fsuid == 0 || who.fsuid == inode.uid;
}

function entryFor(inode: Inode): ProcEntry {
  return procEntry(kindOf(inode) == Kind.SystemEntry ? SYSTEM : PROCESS, entryOf(inode));
}

function readLink(inode: Inode, buffer: usize, max: u32): i32 {
  const pid = pidOf(inode);
  if (!mayInspect(pid, inode)) return -EACCES;
  if (kindOf(inode) == Kind.Fd) return fdReadLink(pid, extraOf(inode), buffer, max);
  return call_indirect<i32>(entryFor(inode).read, pid, extraOf(inode), buffer, max);
}

function jump(inode: Inode, place: usize): i32 {
  const pid = pidOf(inode);
  if (!mayInspect(pid, inode)) return -EACCES;
  if (kindOf(inode) == Kind.Fd) return fdJump(pid, extraOf(inode), place);
  return call_indirect<i32>(entryFor(inode).write, pid, place);
}

/** Writes the text of the file: 0 or -ENOMEM. */
function fill(file: File): i32 {
  const inode = file.inode;
  const text = textCreate();
  if (text == null) return -ENOMEM;
  const pid = pidOf(inode);
  if (kindOf(inode) == Kind.FdInfo) fdInfo(text, pid, extraOf(inode));
  else if (isThere(pid, extraOf(inode))) call_indirect<void>(entryFor(inode).read, text, pid, extraOf(inode));
  if (text.failed) {
    textFree(text);
    return -ENOMEM;
  }
  if (file.data != 0) textFree(changetype<TextBuffer>(file.data));
  file.data = changetype<usize>(text);
  return 0;
}

function open(inode: Inode, file: File): i32 {
  if (file.ops != textOps) return 0;
  const guarded = (inode.mode & 0o044) == 0 || (kindOf(inode) != Kind.FdInfo && entryFor(inode).guarded != 0);
  if (guarded && !mayInspect(pidOf(inode), inode)) return -EACCES;
  const writes = (file.flags & O_ACCMODE) != O_RDONLY;
  if (writes && (kindOf(inode) == Kind.FdInfo || entryFor(inode).write == 0)) return -EACCES;
  return 0;
}

/** A read of the beginning makes the text anew: top reads its files again and again by one descriptor. */
function read(file: File, buffer: usize, count: usize, offset: u64): i64 {
  if (offset == 0 || file.data == 0) {
    const error = fill(file);
    if (error != 0) return error;
  }
  const text = changetype<TextBuffer>(file.data);
  if (offset >= text.length) return 0;
  const n = min(count, text.length - <usize>offset);
  const missed = copyAny(buffer, text.bytes + <usize>offset, n);
  return missed == n && n != 0 ? -EFAULT : <i64>(n - missed);
}

/** `buffer` may be user memory: short values, copied first. */
function write(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  const inode = file.inode;
  if (kindOf(inode) == Kind.FdInfo || entryFor(inode).write == 0) return -EPERM;
  if (count > MAX_WRITE) return -EINVAL;
  const at = writeBuffer;
  const missed = copyAny(at, buffer, count);
  if (missed != 0) return -EFAULT;
  store<u8>(at + count, 0);
  return call_indirect<i64>(entryFor(inode).write, pidOf(inode), at, count);
}

const MAX_WRITE: usize = 255;
/** The inode's mutex is per file, but nothing sleeps between copying and use. */
const writeBuffer = memory.data(256, 8);

function release(file: File): void {
  if (file.data != 0) textFree(changetype<TextBuffer>(file.data));
}

function putNumber(out: usize, value: u32): u32 {
  const before: u32 = value >= 10 ? putNumber(out, value / 10) : 0;
  store<u8>(out + before, <u8>(48 + (value % 10)));
  return before + 1;
}

function emit(sink: DirentSink, number: u64, next: u64, mode: u32, name: string): bool {
  const length = min(<u32>name.length, <u32>DIRENT_SCRATCH_BYTES);
  for (let i: u32 = 0; i < length; i++) store<u8>(sink.scratch + i, <u8>name.charCodeAt(<i32>i));
  return direntEmit(sink, number, next, direntType(mode), sink.scratch, length);
}

function emitNumber(sink: DirentSink, number: u64, next: u64, mode: u32, value: i32): bool {
  const length = putNumber(sink.scratch, <u32>value);
  return direntEmit(sink, number, next, direntType(mode), sink.scratch, length);
}

/** Entries of a directory of a table from the file's position on; true when all fitted. */
function readEntries(file: File, sink: DirentSink, table: u32, directory: u32): bool {
  const pid = pidOf(file.inode);
  const tid = extraOf(file.inode);
  const kind = table == SYSTEM ? Kind.SystemEntry : Kind.ProcessEntry;
  while (file.offset - FIRST_POSITION < procEntryCount(table)) {
    const n = <u32>(file.offset - FIRST_POSITION);
    const e = procEntry(table, n);
    // A thread's directory has no list of threads.
    const shown = e.directory == directory && !(e.kind == ENTRY_TASKS && tid != 0);
    if (shown && !emit(sink, numberOf(kind, n, pid, tid), file.offset + 1, typeOf(e), procEntryName(e)))
      return false;
    file.offset++;
  }
  return true;
}

function readProcesses(file: File, sink: DirentSink): void {
  if (file.offset < PROCESSES) file.offset = PROCESSES;
  while (true) {
    const pid = nextProcess(<i32>(file.offset - PROCESSES));
    if (pid == 0) return;
    const next = PROCESSES + pid;
    if (!emitNumber(sink, numberOf(Kind.Process, 0, pid, 0), next, S_IFDIR, pid)) return;
    file.offset = next;
  }
}

/** Positions are one above the number of the last entry that was given. */
function readNumbers(file: File, sink: DirentSink, kind: u32): void {
  const pid = pidOf(file.inode);
  while (true) {
    const after = <i32>(file.offset - FIRST_POSITION) - 1;
    const number = kind == ENTRY_TASKS ? nextThread(pid, after) : nextFd(pid, after);
    if (number < 0) return;
    const next = FIRST_POSITION + <u64>number + 1;
    const own = kind == ENTRY_TASKS ? Kind.Process : kind == ENTRY_FDS ? Kind.Fd : Kind.FdInfo;
    const type = kind == ENTRY_TASKS ? S_IFDIR : kind == ENTRY_FDS ? S_IFLNK : S_IFREG;
    if (!emitNumber(sink, numberOf(own, 0, pid, number), next, type, number)) return;
    file.offset = next;
  }
}

function readDirectory(file: File, sink: DirentSink): i32 {
  const inode = file.inode;
  const kind = kindOf(inode);
  const index = entryOf(inode);
  if (!isThere(pidOf(inode), extraOf(inode))) return -ENOENT;
  if (kind == Kind.Root) {
    if (file.offset >= PROCESSES || readEntries(file, sink, SYSTEM, TOP)) readProcesses(file, sink);
  } else if (kind == Kind.Process) readEntries(file, sink, PROCESS, TOP);
  else if (kind == Kind.SystemEntry) readEntries(file, sink, SYSTEM, index);
  else if (procEntry(PROCESS, index).kind >= ENTRY_FDS) {
    if (!mayInspect(pidOf(inode), inode)) return -EACCES;
    readNumbers(file, sink, procEntry(PROCESS, index).kind);
  } else readEntries(file, sink, PROCESS, index);
  return 0;
}

function setUpInodeOps(o: InodeOps): void {
  const lookupFunction: InodeLookup = lookup;
  o.lookup = lookupFunction.index;
  const openFunction: InodeOpen = open;
  o.open = openFunction.index;
  const readLinkFunction: InodeReadLink = readLink;
  o.readLink = readLinkFunction.index;
}

function setUpOps(): void {
  setUpInodeOps(ops);
  setUpInodeOps(jumpOps);
  const jumpFunction: InodeJump = jump;
  jumpOps.jump = jumpFunction.index;
  const directoryFunction: FileReadDirectory = readDirectory;
  directoryOps.readDirectory = directoryFunction.index;
  const readFunction: FileTransfer = read;
  textOps.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  textOps.write = writeFunction.index;
  const releaseFunction: FileRelease = release;
  textOps.release = releaseFunction.index;
  textOps.seekable = true;
  textOps.anyMemory = true;
}

/** The `mount` of the type (filesystems.ts). */
export function procfsMount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  setUpOps();
  superBlock.volatile = true;
  superBlock.magic = MAGIC;
  const inode = inodeCreate(superBlock, numberOf(Kind.Root, 0, 0, 0), S_IFDIR | 0o555, ops, directoryOps);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}
