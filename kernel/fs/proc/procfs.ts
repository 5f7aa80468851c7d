/**
 * /proc: the system and its processes as files (Linux proc(5)). Nothing is cached: names come and go with processes, and
 * a file's text is made when it is opened.
 *
 * Inode numbers: kind in the low byte, entry in the next, process number above.
 */
import { ENOENT, ENOMEM } from '../../lib/errno';
import { currentProcess, isNull } from '../../proc/process';
import { DIRENT_SCRATCH_BYTES, DirentSink, direntEmit } from '../dirent';
import { File, FileOps } from '../file';
import { Inode, InodeOps, SuperBlock, inodeCreate } from '../inode';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, S_IFLNK, S_IFREG, direntType } from '../stat';
import { procEntryCount, procEntryFind, procEntryName, procEntryWrite } from './entries';
import { nextProcess, processIsThere } from './process-snapshot';
import { sysrqOps } from './sysrq-trigger';
import { TextBuffer, textCreate, textFree } from './text-buffer';

const enum Kind {
  Root = 1,
  Process = 2,
  File = 3,
  Self = 4,
  Sysrq = 5,
}

/** Positions in the root directory: system files, two special ones, then processes by number. */
const SPECIALS: u32 = 2;
const PROCESSES: u64 = 1 << 20;
/** PROC_SUPER_MAGIC. */
const MAGIC: u32 = 0x9fa0;

const ops = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const rootFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const processFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const textOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const noOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function numberOf(kind: i32, entry: u32, pid: i32): u64 {
  return (<u64>kind) | ((<u64>entry) << 8) | ((<u64>pid) << 16);
}

function kindOf(inode: Inode): i32 {
  return <i32>(inode.number & 0xff);
}

function entryOf(inode: Inode): u32 {
  return (<u32>(inode.number >> 8)) & 0xff;
}

function pidOf(inode: Inode): i32 {
  return <i32>(inode.number >> 16);
}

function make(superBlock: SuperBlock, number: u64, mode: u32, fileOps: FileOps, out: usize): i32 {
  const inode = inodeCreate(superBlock, number, mode, ops, fileOps);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

/** A decimal process number, or 0. */
function parsePid(name: usize, length: u32): i32 {
  let pid: i32 = 0;
  if (length == 0 || length > 9 || load<u8>(name) == 0x30) return 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = load<u8>(name + i);
    if (digit < 0x30 || digit > 0x39) return 0;
    pid = pid * 10 + (digit - 0x30);
  }
  return pid;
}

function isName(name: usize, length: u32, wanted: string): bool {
  if (length != <u32>wanted.length) return false;
  for (let i: u32 = 0; i < length; i++) if (load<u8>(name + i) != <u8>wanted.charCodeAt(<i32>i)) return false;
  return true;
}

function lookupFile(sb: SuperBlock, pid: i32, name: usize, length: u32, out: usize): i32 {
  const entry = procEntryFind(pid != 0, name, length);
  if (entry < 0) return -ENOENT;
  return make(sb, numberOf(Kind.File, <u32>entry, pid), S_IFREG | 0o444, textOps, out);
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const sb = directory.superBlock;
  if (kindOf(directory) == Kind.Process) return lookupFile(sb, pidOf(directory), name, length, out);
  if (isName(name, length, 'self')) return make(sb, numberOf(Kind.Self, 0, 0), S_IFLNK | 0o777, noOps, out);
  if (isName(name, length, 'sysrq-trigger')) {
    return make(sb, numberOf(Kind.Sysrq, 0, 0), S_IFREG | 0o200, sysrqOps(), out);
  }
  const pid = parsePid(name, length);
  if (pid == 0) return lookupFile(sb, 0, name, length, out);
  if (!processIsThere(pid)) return -ENOENT;
  return make(sb, numberOf(Kind.Process, 0, pid), S_IFDIR | 0o555, processFileOps, out);
}

function putNumber(out: usize, value: u32): u32 {
  const before: u32 = value >= 10 ? putNumber(out, value / 10) : 0;
  store<u8>(out + before, <u8>(48 + (value % 10)));
  return before + 1;
}

/** /proc/self: the reader's number. */
function readLink(inode: Inode, buffer: usize, max: u32): i32 {
  const process = currentProcess();
  if (kindOf(inode) != Kind.Self || isNull(process) || max < 12) return -ENOENT;
  return <i32>putNumber(buffer, process.pid);
}

function open(inode: Inode, file: File): i32 {
  if (kindOf(inode) != Kind.File) return 0;
  const text = textCreate();
  if (text == null) return -ENOMEM;
  procEntryWrite(entryOf(inode), pidOf(inode), text);
  if (text.failed) {
    textFree(text);
    return -ENOMEM;
  }
  file.data = changetype<usize>(text);
  return 0;
}

function read(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const text = changetype<TextBuffer>(file.data);
  if (offset >= text.length) return 0;
  const n = min(count, text.length - <usize>offset);
  memory.copy(buffer, text.bytes + <usize>offset, n);
  return <i64>n;
}

function release(file: File): void {
  textFree(changetype<TextBuffer>(file.data));
}

/** Emits a name that is a static string; false when there is no room. */
function emit(sink: DirentSink, number: u64, next: u64, mode: u32, name: string): bool {
  const length = min(<u32>name.length, <u32>DIRENT_SCRATCH_BYTES);
  for (let i: u32 = 0; i < length; i++) store<u8>(sink.scratch + i, <u8>name.charCodeAt(<i32>i));
  return direntEmit(sink, number, next, direntType(mode), sink.scratch, length);
}

function readProcessDirectory(file: File, sink: DirentSink): i32 {
  const pid = pidOf(file.inode);
  while (file.offset - FIRST_POSITION < procEntryCount(true)) {
    const entry = <u32>(file.offset - FIRST_POSITION);
    const number = numberOf(Kind.File, entry, pid);
    if (!emit(sink, number, file.offset + 1, S_IFREG, procEntryName(true, entry))) return 0;
    file.offset++;
  }
  return 0;
}

function emitSystem(sink: DirentSink, index: u32, next: u64): bool {
  const files = procEntryCount(false);
  if (index < files)
    return emit(sink, numberOf(Kind.File, index, 0), next, S_IFREG, procEntryName(false, index));
  if (index == files) return emit(sink, numberOf(Kind.Self, 0, 0), next, S_IFLNK, 'self');
  return emit(sink, numberOf(Kind.Sysrq, 0, 0), next, S_IFREG, 'sysrq-trigger');
}

function readRoot(file: File, sink: DirentSink): i32 {
  const count = procEntryCount(false) + SPECIALS;
  while (file.offset - FIRST_POSITION < count) {
    if (!emitSystem(sink, <u32>(file.offset - FIRST_POSITION), file.offset + 1)) return 0;
    file.offset++;
  }
  if (file.offset < PROCESSES) file.offset = PROCESSES;
  while (true) {
    const pid = nextProcess(<i32>(file.offset - PROCESSES));
    if (pid == 0) return 0;
    const length = putNumber(sink.scratch, <u32>pid);
    const next = PROCESSES + pid;
    if (!direntEmit(sink, numberOf(Kind.Process, 0, pid), next, direntType(S_IFDIR), sink.scratch, length))
      return 0;
    file.offset = next;
  }
}

function setUpOps(): void {
  const lookupFunction: (directory: Inode, name: usize, length: u32, out: usize) => i32 = lookup;
  ops.lookup = lookupFunction.index;
  const openFunction: (inode: Inode, file: File) => i32 = open;
  ops.open = openFunction.index;
  const readLinkFunction: (inode: Inode, buffer: usize, max: u32) => i32 = readLink;
  ops.readLink = readLinkFunction.index;
  const rootFunction: (file: File, sink: DirentSink) => i32 = readRoot;
  rootFileOps.readDirectory = rootFunction.index;
  const processFunction: (file: File, sink: DirentSink) => i32 = readProcessDirectory;
  processFileOps.readDirectory = processFunction.index;
  const readFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = read;
  textOps.read = readFunction.index;
  const releaseFunction: (file: File) => void = release;
  textOps.release = releaseFunction.index;
  textOps.seekable = true;
}

/** The `mount` of the type (filesystems.ts). */
export function procfsMount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  setUpOps();
  superBlock.volatile = true;
  superBlock.magic = MAGIC;
  const inode = inodeCreate(superBlock, numberOf(Kind.Root, 0, 0), S_IFDIR | 0o555, ops, rootFileOps);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}
