/**
 * Open files: what a descriptor points to (POSIX "open file description").
 *
 * - Counted references: fileRetain() and fileRelease(); the last release closes.
 * - Buffers are kernel memory; copying from and to programs is the system call's.
 * - The offset of a seekable file is guarded by a lock of the file, so that two processes that share it never read the
 *   same bytes.
 */
import {
  EBADF,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTTY,
  ENXIO,
  EOVERFLOW,
  ESPIPE,
  ETXTBSY,
} from '../lib/errno';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../lib/poll-bits';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Vma } from '../mm/vma';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { PollWait } from '../sched/poll-wait';
import { fileAccessed } from './access-time';
import { dropSetId } from './attributes';
import { Dentry, dcacheEnter, dcacheLeaveQuickly } from './dentry';
import { DirentSink } from './dirent';
import { Inode, inodeMutex, inodePut } from './inode';
import { inodeSync } from './sync';
import { allowedLength } from './limits';
import { locksReleaseFile } from './locks';
import { Mount, placePut } from './mount';
import { O_ACCMODE, O_APPEND, O_DSYNC, O_PATH, O_RDONLY, O_RDWR, O_SYNC_BIT, O_WRONLY } from './open-flags';
import { readDirectory } from './read-directory';
import { S_ISGID, S_ISUID, isDirectory, isRegular, statFill } from './stat';

export const SEEK_SET: u32 = 0;
export const SEEK_CUR: u32 = 1;
export const SEEK_END: u32 = 2;
export const SEEK_DATA: u32 = 3;
export const SEEK_HOLE: u32 = 4;

/** Of files without a poll operation: never anything to wait for. */
const POLL_ALWAYS: u32 = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

/** The functions of the table below, by the field that holds their index. */
export type FileTransfer = (file: File, buffer: usize, count: usize, offset: u64) => i64;
export type FileIoctl = (file: File, request: u32, argument: u64) => i64;
export type FileReadDirectory = (file: File, sink: DirentSink) => i32;
export type FilePoll = (file: File, wait: PollWait | null) => u32;
export type FileRelease = (file: File) => void;
export type FileSeek = (file: File, offset: i64, whence: u32) => i64;
export type FileMmap = (file: File, area: Vma) => i32;
export type FileSync = (file: File) => i32;

/** Function indices; 0 where the kind of file has no such operation. */
@unmanaged
export class FileOps {
  /** (file: File, buffer: usize, count: usize, offset: u64) => i64 */
  read: u32;
  /** (file: File, buffer: usize, count: usize, offset: u64) => i64 */
  write: u32;
  /** (file: File, request: u32, argument: u64) => i64 */
  ioctl: u32;
  /** (file: File, sink: DirentSink) => i32: entries from file.offset on, which it moves. */
  readDirectory: u32;
  /** (file: File, wait: PollWait | null) => u32: POLL bits; sched/poll-wait.ts has the rules. */
  poll: u32;
  /** (file: File) => void: the last reference is gone. */
  release: u32;
  /** Whether reads and writes have a position. */
  seekable: bool;
  /** Read and write take addresses of user memory too (range checked) and copy with copyAny: no bounce buffer. */
  anyMemory: bool;
  /** (file: File) => void: the current process closes a descriptor of it. */
  flush: u32;
  /** (file: File, offset: i64, whence: u32) => i64: lseek(2) of what has another kind of position; 0: the usual one. */
  seek: u32;
  /**
   * (file: File, area: Vma) => i32: for what is no file of pages. It may make the area device memory (VMA_DEVICE, `segment`
   * the physical address at its start, `offset` further bits of its entries), or put another file into it (with a
   * reference, having released the old one), or 0 for anonymous memory. 0 or a negative errno.
   */
  mmap: u32;
  /** (file: File) => i32: fsync(2) of what is no file of a file system; 0: the inode's. */
  sync: u32;
}

@unmanaged
export class File {
  references: i32;
  /** O_ flags of open, as far as they last. */
  flags: u32;
  offset: u64;
  /** Where it was opened; null pointers for files without a name (anonymous.ts). */
  mount: Mount;
  dentry: Dentry;
  inode: Inode;
  ops: FileOps;
  /** The driver's or file system's own. */
  data: usize;
  /** Items of epoll sets that watch it (ipc/epoll.ts). */
  watchers: usize;
  /** FILE_ bits. */
  state: u32;
  /** Process or group that gets SIGIO and SIGURG (F_SETOWN), 0 none. */
  owner: i32;
}

/** (file: File) => void: takes a file that is closed out of the epoll sets that watch it. */
let forgetWatchers: u32 = 0;

export function setWatcherHook(forget: (file: File) => void): void {
  forgetWatchers = forget.index;
}

/** It counts in inode.writers. */
const FILE_WRITER: u32 = 1;

function create(inode: Inode, flags: u32): File {
  const memory = kmalloc(offsetof<File>() + offsetof<Mutex>());
  const file = changetype<File>(memory);
  if (memory == 0) return file;
  file.references = 1;
  file.flags = flags;
  file.inode = inode;
  file.ops = inode.fileOps;
  return file;
}

/** A new file with one reference, which takes over the caller's references of the place; null when out of memory. */
export function fileCreate(mount: Mount, dentry: Dentry, flags: u32): File | null {
  const file = create(dentry.inode, flags);
  if (changetype<usize>(file) == 0) return null;
  file.mount = mount;
  file.dentry = dentry;
  return file;
}

/** A new file without a name, which takes over the caller's reference of the inode; null when out of memory. */
export function fileCreateNameless(inode: Inode, flags: u32): File | null {
  const file = create(inode, flags);
  return changetype<usize>(file) == 0 ? null : file;
}

/** Frees a file whose opening failed: its operations' `release` is not called. */
export function fileDiscard(file: File): void {
  if (file.state & FILE_WRITER)
    atomic.sub<i32>(changetype<usize>(file.inode) + offsetof<Inode>('writers'), 1);
  if (changetype<usize>(file.dentry) != 0) placePut(file.mount, file.dentry);
  else inodePut(file.inode);
  kfree(changetype<usize>(file));
}

/** Counts it among those who have the file open for writing: 0, or -ETXTBSY while it is executed. */
export function fileCountWriter(file: File): i32 {
  const at = changetype<usize>(file.inode) + offsetof<Inode>('writers');
  const flags = dcacheEnter();
  const busy = load<i32>(at) < 0;
  if (!busy) atomic.add<i32>(at, 1);
  dcacheLeaveQuickly(flags);
  if (busy) return -ETXTBSY;
  file.state |= FILE_WRITER;
  return 0;
}

/** Nobody may open the file for writing from now on, as it is executed: 0, or -ETXTBSY when somebody has it open so. */
export function inodeDenyWriters(inode: Inode): i32 {
  const at = changetype<usize>(inode) + offsetof<Inode>('writers');
  const flags = dcacheEnter();
  const busy = load<i32>(at) > 0;
  if (!busy) atomic.sub<i32>(at, 1);
  dcacheLeaveQuickly(flags);
  return busy ? -ETXTBSY : 0;
}

/** Undoes inodeDenyWriters(). */
export function inodeAllowWriters(inode: Inode): void {
  atomic.add<i32>(changetype<usize>(inode) + offsetof<Inode>('writers'), 1);
}

function positionLock(file: File): Mutex {
  return changetype<Mutex>(changetype<usize>(file) + offsetof<File>());
}

export function fileRetain(file: File): void {
  atomic.add<i32>(changetype<usize>(file) + offsetof<File>('references'), 1);
}

/** A descriptor of the current process goes, with its reference. */
export function fileClose(file: File): void {
  if (file.ops.flush != 0) call_indirect<void>(file.ops.flush, file);
  fileRelease(file);
}

export function fileRelease(file: File): void {
  const before = atomic.sub<i32>(changetype<usize>(file) + offsetof<File>('references'), 1);
  if (before != 1) return;
  if (file.watchers != 0) call_indirect<void>(forgetWatchers, file);
  if (file.inode.locks != 0) locksReleaseFile(file);
  if (file.ops.release != 0 && (file.flags & O_PATH) == 0) call_indirect<void>(file.ops.release, file);
  fileDiscard(file);
}

export function isReadable(file: File): bool {
  return (file.flags & (O_ACCMODE | O_PATH)) == O_RDONLY || (file.flags & (O_ACCMODE | O_PATH)) == O_RDWR;
}

export function isWritable(file: File): bool {
  const mode = file.flags & (O_ACCMODE | O_PATH);
  return mode == O_WRONLY || mode == O_RDWR;
}

/** Serialises those who share the file's position. */
export function filePositionLock(file: File): void {
  mutexLock(positionLock(file));
}

export function filePositionUnlock(file: File): void {
  mutexUnlock(positionLock(file));
}

function checkRead(file: File): i32 {
  if (!isReadable(file)) return -EBADF;
  if (isDirectory(file.inode.mode)) return -EISDIR;
  return file.ops.read == 0 ? -EINVAL : 0;
}

/** Reads at the file's position and moves it. Bytes read, 0 at the end, or a negative errno. */
export function fileRead(file: File, buffer: usize, count: usize): i64 {
  const refused = checkRead(file);
  if (refused != 0) return refused;
  if (!file.ops.seekable) return call_indirect<i64>(file.ops.read, file, buffer, count, <u64>0);
  mutexLock(positionLock(file));
  const n = call_indirect<i64>(file.ops.read, file, buffer, count, file.offset);
  if (n > 0) file.offset += n;
  mutexUnlock(positionLock(file));
  if (n > 0) fileAccessed(file);
  return n;
}

/** Reads from `offset`, leaving the position alone. */
export function fileReadAt(file: File, buffer: usize, count: usize, offset: i64): i64 {
  if (!file.ops.seekable && !isDirectory(file.inode.mode)) return -ESPIPE;
  const refused = checkRead(file);
  if (refused != 0) return refused;
  if (offset < 0) return -EINVAL;
  const n = call_indirect<i64>(file.ops.read, file, buffer, count, <u64>offset);
  if (n > 0) fileAccessed(file);
  return n;
}

/** For exec, which needs the right to execute and not the one to read: `file` is regular and may be one of O_PATH. */
export function fileReadProgram(file: File, buffer: usize, count: usize, offset: u64): i64 {
  return file.ops.read == 0 ? -EINVAL : call_indirect<i64>(file.ops.read, file, buffer, count, offset);
}

/** Writes at the file's position (its end with O_APPEND) and moves it. */
export function fileWrite(file: File, buffer: usize, count: usize): i64 {
  if (!isWritable(file)) return -EBADF;
  if (file.ops.write == 0) return -EINVAL;
  if (!file.ops.seekable) return call_indirect<i64>(file.ops.write, file, buffer, count, <u64>0);
  mutexLock(positionLock(file));
  const n = isRegular(file.inode.mode)
    ? writeRegular(file, buffer, count, file.offset, true)
    : call_indirect<i64>(file.ops.write, file, buffer, count, file.offset);
  if (n > 0) file.offset += n;
  mutexUnlock(positionLock(file));
  return n;
}

/** Writes at `offset` (with O_APPEND at the end all the same, as Linux does), leaving the position alone. */
export function fileWriteAt(file: File, buffer: usize, count: usize, offset: i64): i64 {
  if (!file.ops.seekable) return -ESPIPE;
  if (!isWritable(file)) return -EBADF;
  if (file.ops.write == 0 || offset < 0) return -EINVAL;
  if (!isRegular(file.inode.mode)) {
    return call_indirect<i64>(file.ops.write, file, buffer, count, <u64>offset);
  }
  return writeRegular(file, buffer, count, <u64>offset, false);
}

/**
 * To a regular file, with its mutex held. `moves`: the position is set to where the write begins, which differs with
 * O_APPEND.
 */
function writeRegular(file: File, buffer: usize, count: usize, offset: u64, moves: bool): i64 {
  const inode = file.inode;
  mutexLock(inodeMutex(inode));
  let at = offset;
  if (file.flags & O_APPEND) at = inode.size;
  let result: i64 = 0;
  if (count != 0) {
    const allowed = allowedLength(inode, at, count);
    if (allowed < 0) result = allowed;
    else {
      if (inode.mode & (S_ISUID | S_ISGID)) dropSetId(inode);
      result = call_indirect<i64>(file.ops.write, file, buffer, <usize>allowed, at);
      if (moves && result > 0) file.offset = at;
    }
  }
  mutexUnlock(inodeMutex(inode));
  if (result > 0 && (file.flags & O_DSYNC) != 0) {
    const error = fileSync(file, (file.flags & O_SYNC_BIT) == 0);
    if (error < 0) return error;
  }
  return result;
}

/** fsync(2) and fdatasync(2): 0 or a negative errno. */
export function fileSync(file: File, dataOnly: bool): i32 {
  if (file.ops.sync != 0) return call_indirect<i32>(file.ops.sync, file);
  return inodeSync(file.inode, dataOnly);
}

/** Moves the position; the new one, or -ESPIPE where there is none, or -EINVAL for one that cannot be. */
export function fileSeek(file: File, offset: i64, whence: u32): i64 {
  if (file.flags & O_PATH) return -EBADF;
  if (file.ops.seek != 0) return call_indirect<i64>(file.ops.seek, file, offset, whence);
  const inode = file.inode;
  const directory = isDirectory(inode.mode);
  if (!file.ops.seekable && !directory) return -ESPIPE;
  if (whence > SEEK_HOLE) return -EINVAL;
  mutexLock(positionLock(file));
  let to = offset;
  if (whence == SEEK_CUR) to = <i64>file.offset + offset;
  else if (whence == SEEK_END) to = <i64>inode.size + offset;
  else if (whence >= SEEK_DATA) to = seekData(inode, offset, whence == SEEK_HOLE);
  if (whence < SEEK_DATA && to < 0) to = whence != SEEK_SET && offset > 0 ? -EOVERFLOW : -EINVAL;
  if (to >= 0 && !directory && <u64>to > inode.superBlock.maxFileSize) to = -EINVAL;
  if (to >= 0) file.offset = <u64>to;
  mutexUnlock(positionLock(file));
  return to;
}

/** SEEK_DATA and SEEK_HOLE: a file system that does not tell has data everywhere and a hole at the end. */
function seekData(inode: Inode, offset: i64, hole: bool): i64 {
  if (offset < 0 || <u64>offset >= inode.size) return -ENXIO;
  if (inode.ops.seekData == 0) return hole ? <i64>inode.size : offset;
  return call_indirect<i64>(inode.ops.seekData, inode, <u64>offset, <u32>hole);
}

/** Device control; `argument` is the program's raw value. -ENOTTY where the file knows no such request. */
export function fileIoctl(file: File, request: u32, argument: u64): i64 {
  if (file.flags & O_PATH) return -EBADF;
  if (file.ops.ioctl == 0) return -ENOTTY;
  return call_indirect<i64>(file.ops.ioctl, file, request, argument);
}

export function fileStat(file: File, out: usize): i32 {
  statFill(file.inode, out);
  return 0;
}

/** What the file is ready for, POLL bits; registers with `wait` unless that is null. */
export function filePoll(file: File, wait: PollWait | null): u32 {
  if (file.ops.poll == 0) return POLL_ALWAYS;
  const bits = call_indirect<u32>(file.ops.poll, file, wait);
  // Linux's names for ordinary data; the operations speak of POLLIN and POLLOUT only.
  return bits | (bits & POLLIN ? POLLRDNORM : 0) | (bits & POLLOUT ? POLLWRNORM : 0);
}

/** Whole linux_dirent64 records; 0 at the end, -EINVAL when the buffer is too small for the next one. */
export function fileGetdents64(file: File, buffer: usize, size: usize): i64 {
  if (!isReadable(file)) return -EBADF;
  if (!isDirectory(file.inode.mode) || file.ops.readDirectory == 0) return -ENOTDIR;
  mutexLock(positionLock(file));
  mutexLock(inodeMutex(file.inode));
  const n = file.inode.links == 0 ? -ENOENT : readDirectory(file, buffer, size);
  mutexUnlock(inodeMutex(file.inode));
  mutexUnlock(positionLock(file));
  if (n > 0) fileAccessed(file);
  return n;
}
