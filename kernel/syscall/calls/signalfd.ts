/** signalfd(2) and signalfd4(2). */
import { fileRelease } from '../../fs/file';
import { installAnonymous } from '../../fs/install';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../fs/open-flags';
import { isSignalFd, signalFdCreate, signalFdOps, signalFdSetMask } from '../../ipc/signalfd';
import { EBADF, EINVAL } from '../../lib/errno';
import { UNBLOCKABLE } from '../../proc/signal-numbers';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser } from '../user-copy';

const MODE: u32 = 0o600;
const SIGSET_SIZE: u64 = 8;

export function sysSignalfd(a: SyscallArgs): i64 {
  return make(a, 0);
}

export function sysSignalfd4(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  return (flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0 ? -EINVAL : make(a, flags);
}

function make(a: SyscallArgs, flags: u32): i64 {
  if (a.a2 != SIGSET_SIZE) return -EINVAL;
  const word = threadScratch(currentThread());
  const error = copyFromUser(word, a.a1, 8);
  if (error != 0) return error;
  const mask = load<u64>(word) & ~UNBLOCKABLE;
  if (<i32>a.a0 == -1) return installAnonymous(MODE, signalFdOps, O_RDWR | flags, signalFdCreate(mask));
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const good = isSignalFd(file);
  if (good) signalFdSetMask(file, mask);
  fileRelease(file);
  return good ? <i64>(<i32>a.a0) : -EINVAL;
}
