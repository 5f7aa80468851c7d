/**
 * Open files: what a descriptor points to (POSIX "open file description").
 *
 * - Counted references: fileRetain() and fileRelease(); the last release closes.
 * - Buffers are kernel memory; copying from and to programs is the system call's.
 * - The offset of a seekable file is guarded by a lock of the file, so that two processes that share it never read the
 *   same bytes.
 */
import { EBADF, EINVAL, EISDIR, ENOTDIR, ENOTTY, ESPIPE } from '../lib/errno';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../lib/poll-bits';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { PollWait } from '../sched/poll-wait';
import { Dentry, dentryPut } from './dentry';
import { DirentSink } from './dirent';
import { Inode } from './inode';
import { O_ACCMODE, O_APPEND, O_RDONLY, O_WRONLY } from './open-flags';
import { readDirectory } from './read-directory';
import { isDirectory, statFill } from './stat';

export const SEEK_SET: u32 = 0;
export const SEEK_CUR: u32 = 1;
export const SEEK_END: u32 = 2;

/** Of files without a poll operation: never anything to wait for. */
const POLL_ALWAYS: u32 = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

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
}

@unmanaged
export class File {
  references: i32;
  /** O_ flags of open, as far as they last. */
  flags: u32;
  offset: u64;
  dentry: Dentry;
  inode: Inode;
  ops: FileOps;
  /** The driver's or file system's own. */
  data: usize;
  /** Items of epoll sets that watch it (ipc/epoll.ts). */
  watchers: usize;
}

/** (file: File) => void: takes a file that is closed out of the epoll sets that watch it. */
let forgetWatchers: u32 = 0;

export function setWatcherHook(forget: (file: File) => void): void {
  forgetWatchers = forget.index;
}

/** A new file with one reference, which takes over the caller's reference of the dentry; null when out of memory. */
export function fileCreate(dentry: Dentry, inode: Inode, flags: u32): File | null {
  const memory = kmalloc(offsetof<File>() + offsetof<Mutex>());
  if (memory == 0) return null;
  const file = changetype<File>(memory);
  file.references = 1;
  file.flags = flags;
  file.dentry = dentry;
  file.inode = inode;
  file.ops = inode.fileOps;
  return file;
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
  if (file.ops.release != 0) call_indirect<void>(file.ops.release, file);
  dentryPut(file.dentry);
  kfree(changetype<usize>(file));
}

function isReadable(file: File): bool {
  return (file.flags & O_ACCMODE) != O_WRONLY;
}

function isWritable(file: File): bool {
  return (file.flags & O_ACCMODE) != O_RDONLY;
}

/** Reads at the file's position and moves it. Bytes read, 0 at the end, or a negative errno. */
export function fileRead(file: File, buffer: usize, count: usize): i64 {
  if (!isReadable(file)) return -EBADF;
  if (isDirectory(file.inode.mode)) return -EISDIR;
  if (file.ops.read == 0) return -EINVAL;
  if (!file.ops.seekable) return call_indirect<i64>(file.ops.read, file, buffer, count, <u64>0);
  mutexLock(positionLock(file));
  const n = call_indirect<i64>(file.ops.read, file, buffer, count, file.offset);
  if (n > 0) file.offset += n;
  mutexUnlock(positionLock(file));
  return n;
}

/** Reads from `offset`, leaving the position alone. */
export function fileReadAt(file: File, buffer: usize, count: usize, offset: i64): i64 {
  if (!isReadable(file)) return -EBADF;
  if (isDirectory(file.inode.mode)) return -EISDIR;
  if (!file.ops.seekable) return -ESPIPE;
  if (file.ops.read == 0 || offset < 0) return -EINVAL;
  return call_indirect<i64>(file.ops.read, file, buffer, count, <u64>offset);
}

/** Writes at the file's position (its end with O_APPEND) and moves it. */
export function fileWrite(file: File, buffer: usize, count: usize): i64 {
  if (!isWritable(file)) return -EBADF;
  if (file.ops.write == 0) return -EINVAL;
  if (!file.ops.seekable) return call_indirect<i64>(file.ops.write, file, buffer, count, <u64>0);
  mutexLock(positionLock(file));
  if (file.flags & O_APPEND) file.offset = file.inode.size;
  const n = call_indirect<i64>(file.ops.write, file, buffer, count, file.offset);
  if (n > 0) file.offset += n;
  mutexUnlock(positionLock(file));
  return n;
}

/** Moves the position; the new one, or -ESPIPE where there is none, or -EINVAL for one that cannot be. */
export function fileSeek(file: File, offset: i64, whence: u32): i64 {
  if (!file.ops.seekable && !isDirectory(file.inode.mode)) return -ESPIPE;
  let base: i64 = 0;
  if (whence == SEEK_CUR) base = <i64>file.offset;
  else if (whence == SEEK_END) base = <i64>file.inode.size;
  else if (whence != SEEK_SET) return -EINVAL;
  const to = base + offset;
  if (to < 0) return -EINVAL;
  file.offset = <u64>to;
  return to;
}

/** Device control; `argument` is the program's raw value. -ENOTTY where the file knows no such request. */
export function fileIoctl(file: File, request: u32, argument: u64): i64 {
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
  const n = readDirectory(file, buffer, size);
  mutexUnlock(positionLock(file));
  return n;
}
