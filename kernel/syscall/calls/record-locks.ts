/** struct flock of fcntl's record locks (POSIX fcntl): from and to user memory, and to the locks of fs/locks.ts. */
import { File, isReadable, isWritable } from '../../fs/file';
import { FileLock, F_RDLCK, F_UNLCK, F_WRLCK, LOCK_OFD, LOCK_POSIX, lockSet, lockTest } from '../../fs/locks';
import { EBADF, EFAULT, EINVAL, EOVERFLOW } from '../../lib/errno';
import { currentProcess } from '../../proc/process';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { copyFromUser, copyToUser } from '../user-copy';

const FLOCK_BYTES: usize = 32;

const enum Flock {
  Type = 0,
  Whence = 2,
  Start = 8,
  Length = 16,
  Pid = 24,
}

/** Of the thread's scratch: the struct, then the range. */
const LOCK_AT: usize = 64;

/** Fills start and end of `l` from the struct at `at`: 0, -EINVAL or -EOVERFLOW. */
function range(file: File, at: usize, l: FileLock): i32 {
  const whence = load<i16>(at, Flock.Whence);
  let base: i64 = 0;
  if (whence == 1) base = <i64>file.offset;
  else if (whence == 2) base = <i64>file.inode.size;
  else if (whence != 0) return -EINVAL;
  const offset = load<i64>(at, Flock.Start);
  const length = load<i64>(at, Flock.Length);
  let start = base + offset;
  if (offset > 0 && start < base) return -EOVERFLOW;
  if (start < 0) return -EINVAL;
  let end: i64 = i64.MAX_VALUE;
  if (length > 0) {
    end = start + length - 1;
    if (end < start) return -EOVERFLOW;
  } else if (length < 0) {
    end = start - 1;
    start += length;
    if (start < 0) return -EINVAL;
  }
  l.start = <u64>start;
  // A lock to the largest offset is one to the end of the file, however far it grows.
  l.end = end == i64.MAX_VALUE ? u64.MAX_VALUE : <u64>end;
  return 0;
}

function giveBack(address: u64, at: usize, l: FileLock): i64 {
  store<i16>(at, <i16>l.type, Flock.Type);
  if (l.type != F_UNLCK) {
    store<i16>(at, 0, Flock.Whence);
    store<u64>(at, l.start, Flock.Start);
    store<u64>(at, l.end == u64.MAX_VALUE ? 0 : l.end - l.start + 1, Flock.Length);
    store<i32>(at, l.kind == LOCK_OFD ? -1 : l.pid, Flock.Pid);
  }
  return copyToUser(address, at, FLOCK_BYTES);
}

/** F_GETLK (`test`), F_SETLK and F_SETLKW (`wait`), or their OFD forms. */
export function recordLock(file: File, ofd: bool, wait: bool, test: bool, address: u64): i64 {
  const at = threadScratch(currentThread());
  const l = changetype<FileLock>(at + LOCK_AT);
  if (copyFromUser(at, address, FLOCK_BYTES) != 0) return -EFAULT;
  const type = <u32>load<u16>(at, Flock.Type);
  if (type > F_UNLCK || (test && type == F_UNLCK)) return -EINVAL;
  if (ofd && load<i32>(at, Flock.Pid) != 0) return -EINVAL;
  const error = range(file, at, l);
  if (error != 0) return error;
  const p = currentProcess();
  l.kind = ofd ? LOCK_OFD : LOCK_POSIX;
  l.owner = ofd ? changetype<usize>(file) : p.files;
  l.type = type;
  if (test) {
    lockTest(file.inode, l);
    return giveBack(address, at, l);
  }
  if (type == F_RDLCK && !isReadable(file)) return -EBADF;
  if (type == F_WRLCK && !isWritable(file)) return -EBADF;
  return lockSet(file.inode, l.kind, l.owner, p.pid, type, l.start, l.end, wait);
}
