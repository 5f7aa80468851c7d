/**
 * poll(2) (POSIX poll; Linux struct pollfd: fd, events, revents).
 */
import { filePoll, fileRelease } from '../../fs/file';
import { EFAULT, EINTR, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { NS_PER_MS, nowNs } from '../../sched/clock';
import { pollBegin, pollEnd } from '../../sched/pollers';
import { pollGeneration, pollWait } from '../../sched/poll-wait';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';

const POLLFD_SIZE: usize = 8;
const MAX_DESCRIPTORS: u64 = 1024;
const POLLERR: u32 = 0x08;
const POLLHUP: u32 = 0x10;
const POLLNVAL: u32 = 0x20;

export function sysPoll(a: SyscallArgs): i64 {
  if (a.a1 > MAX_DESCRIPTORS) return -EINVAL;
  const count = <usize>a.a1;
  const timeoutMs = <i32>a.a2;
  const list = kmalloc(count * POLLFD_SIZE);
  if (list == 0) return -ENOMEM;
  let result: i64 = copyFromUser(list, a.a0, count * POLLFD_SIZE);
  if (result == 0) {
    const deadline = timeoutMs > 0 ? nowNs() + <u64>timeoutMs * NS_PER_MS : 0;
    result = waitForAny(list, count, timeoutMs, deadline);
    if (result >= 0 && copyToUser(a.a0, list, count * POLLFD_SIZE) < 0) result = -EFAULT;
  }
  kfree(list);
  return result;
}

/** Number of descriptors with something to report, 0 when the time is up, or -EINTR. */
function waitForAny(list: usize, count: usize, timeoutMs: i32, deadline: u64): i64 {
  let seen = pollBegin();
  let ready = check(list, count);
  let error: i32 = 0;
  while (ready == 0 && timeoutMs != 0 && error == 0) {
    error = pollWait(seen, deadline);
    seen = pollGeneration();
    ready = check(list, count);
  }
  pollEnd();
  return ready == 0 && error == -EINTR ? -EINTR : ready;
}

/** Fills `revents`; negative descriptors are skipped, as POSIX has it. */
function check(list: usize, count: usize): i64 {
  let ready: i64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const at = list + i * POLLFD_SIZE;
    const fd = load<i32>(at);
    const events = <u32>load<u16>(at, 4);
    const found = fd < 0 ? 0 : readiness(fd) & (events | POLLERR | POLLHUP | POLLNVAL);
    store<u16>(at, <u16>found, 6);
    if (found != 0) ready++;
  }
  return ready;
}

function readiness(fd: i32): u32 {
  const file = fileOf(fd);
  if (isNullFile(file)) return POLLNVAL;
  const bits = filePoll(file);
  fileRelease(file);
  return bits;
}
