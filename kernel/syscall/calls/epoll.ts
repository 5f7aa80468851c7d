/** epoll_create(2), epoll_ctl(2), epoll_wait(2). */
import { File, fileRelease } from '../../fs/file';
import { anonymousFile } from '../../fs/anonymous';
import { installFile } from '../../fs/install';
import { O_CLOEXEC, O_RDWR } from '../../fs/open-flags';
import {
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLWAKEUP,
  EPOLL_MODES,
  epollAdd,
  epollCreate,
  epollDestroy,
  epollFind,
  epollModify,
  epollMutex,
  epollOf,
  epollOps,
  epollRemove,
  epollTreeEnter,
  epollTreeLeave,
  isEpoll,
} from '../../ipc/epoll';
import { EPOLL_EVENT_SIZE, epollWait } from '../../ipc/epoll-wait';
import { POLL_AT_ONCE, POLL_FOREVER } from '../../ipc/poll-set';
import { EBADF, EFAULT, EINVAL, ENOMEM, EPERM } from '../../lib/errno';
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../../lib/poll-bits';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { NS_PER_MS, nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, isUserRange } from '../user-copy';
import { takeDeadline } from './select';
import { beginMask, endMask } from './temporary-mask';

const MODE: u32 = 0o600;
const CTL_ADD: i32 = 1;
const CTL_DEL: i32 = 2;
const CTL_MOD: i32 = 3;
const MAX_EVENTS: u64 = 0x7fffffff / 12;
/** All that may go with EPOLLEXCLUSIVE. */
const EXCLUSIVE_OK: u32 = POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE;

export function sysEpollCreate(a: SyscallArgs): i64 {
  return <i32>a.a0 <= 0 ? -EINVAL : create(0);
}

export function sysEpollCreate1(a: SyscallArgs): i64 {
  return ((<u32>a.a0) & ~O_CLOEXEC) != 0 ? -EINVAL : create(<u32>a.a0);
}

function create(flags: u32): i64 {
  const set = epollCreate();
  if (set == null) return -ENOMEM;
  const file = anonymousFile(MODE, epollOps, O_RDWR, changetype<usize>(set));
  if (file == null) {
    epollDestroy(set);
    return -ENOMEM;
  }
  set.file = changetype<usize>(file);
  return installFile(file, (flags & O_CLOEXEC) != 0);
}

export function sysEpollCtl(a: SyscallArgs): i64 {
  const operation = <i32>a.a1;
  const event = kmalloc(EPOLL_EVENT_SIZE);
  if (event == 0) return -ENOMEM;
  let result: i64 = 0;
  if (operation != CTL_DEL && copyFromUser(event, a.a3, EPOLL_EVENT_SIZE) < 0) result = -EFAULT;
  if (result == 0) {
    const setFile = fileOf(a.a0);
    const file = fileOf(a.a2);
    if (isNullFile(setFile) || isNullFile(file)) result = -EBADF;
    else result = control(setFile, operation, file, <i32>a.a2, load<u32>(event), load<u64>(event, 4));
    if (!isNullFile(setFile)) fileRelease(setFile);
    if (!isNullFile(file)) fileRelease(file);
  }
  kfree(event);
  return result;
}

function control(setFile: File, operation: i32, file: File, fd: i32, events: u32, data: u64): i64 {
  if (file.ops.poll == 0) return -EPERM;
  if (setFile == file || !isEpoll(setFile)) return -EINVAL;
  if (operation != CTL_DEL && (events & EPOLLEXCLUSIVE) != 0) {
    if (operation == CTL_MOD || isEpoll(file) || (events & ~EXCLUSIVE_OK) != 0) return -EINVAL;
  }
  const set = epollOf(setFile);
  let result: i64 = -EINVAL;
  epollTreeEnter();
  if (operation == CTL_ADD) result = epollAdd(set, file, fd, events, data);
  else if (operation == CTL_DEL) result = epollRemove(set, file, fd);
  else if (operation == CTL_MOD) {
    mutexLock(epollMutex(set));
    const item = epollFind(set, file, fd);
    const exclusive = changetype<usize>(item) != 0 && (item.events & EPOLL_MODES & EPOLLEXCLUSIVE) != 0;
    mutexUnlock(epollMutex(set));
    result = exclusive ? -EINVAL : epollModify(set, file, fd, events, data);
  }
  epollTreeLeave();
  return result;
}

export function sysEpollWait(a: SyscallArgs): i64 {
  const timeoutMs = <i32>a.a3;
  let deadline = POLL_FOREVER;
  if (timeoutMs == 0) deadline = POLL_AT_ONCE;
  else if (timeoutMs > 0) deadline = nowNs() + <u64>timeoutMs * NS_PER_MS;
  return waitOn(a, deadline);
}

export function sysEpollPwait(a: SyscallArgs): i64 {
  const masked = beginMask(a.a4, a.a5);
  if (masked != 0) return masked;
  const result = sysEpollWait(a);
  endMask(a.a4, result);
  return result;
}

/** The time-out is a timespec, or 0. */
export function sysEpollPwait2(a: SyscallArgs): i64 {
  let deadline = POLL_FOREVER;
  if (a.a3 != 0) {
    const slot = threadScratch(currentThread()) + 16;
    const error = takeDeadline(a.a3, 1, slot);
    if (error != 0) return error;
    deadline = load<u64>(slot);
  }
  const masked = beginMask(a.a4, a.a5);
  if (masked != 0) return masked;
  const result = waitOn(a, deadline);
  endMask(a.a4, result);
  return result;
}

function waitOn(a: SyscallArgs, deadline: u64): i64 {
  const max = <i32>a.a2;
  if (max <= 0 || <u64>max > MAX_EVENTS) return -EINVAL;
  if (!isUserRange(a.a1, <u64>max * <u64>EPOLL_EVENT_SIZE)) return -EFAULT;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const result = isEpoll(file) ? epollWait(epollOf(file), a.a1, <u32>max, deadline) : -EINVAL;
  fileRelease(file);
  return result;
}
