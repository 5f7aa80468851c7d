/**
 * The core of poll and select: a list of descriptors with wanted events, and the wait for any of them.
 *
 * As in Linux the files are registered with while they are looked at, until one is found ready; they stay retained until
 * the end, so that their queues do. Source: POSIX poll().
 */
import { File, filePoll, fileRelease } from '../fs/file';
import { fdGet } from '../fs/fd-table';
import { EINTR, ENOMEM } from '../lib/errno';
import { POLLERR, POLLHUP, POLLNVAL } from '../lib/poll-bits';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';
import {
  PollSleeper,
  PollWait,
  pollInterest,
  pollSleep,
  pollSleeperEnd,
  pollSleeperInit,
  pollSleeperSize,
} from '../sched/poll-wait';

/** struct pollfd: descriptor, events, revents. */
export const POLLFD_SIZE: usize = 8;
const ALWAYS: u32 = POLLERR | POLLHUP | POLLNVAL;

/** Deadlines: monotonic ns; these two stand for themselves. */
export const POLL_FOREVER: u64 = 0;
export const POLL_AT_ONCE: u64 = u64.MAX_VALUE;

/**
 * Waits until one of `count` pollfds at `list` (kernel memory) is ready, and fills all `revents`. The number of ready ones;
 * 0 at the deadline; -EINTR, -ENOMEM.
 */
export function pollDescriptors(list: usize, count: usize, deadline: u64): i64 {
  const memory = kmalloc(pollSleeperSize(count) + count * 8);
  if (memory == 0) return -ENOMEM;
  const sleeper = pollSleeperInit(memory, count);
  const files = memory + pollSleeperSize(count);
  takeFiles(list, count, files);
  let ready = lookFirst(list, count, files, deadline == POLL_AT_ONCE ? null : sleeper);
  if (ready == 0 && deadline != POLL_AT_ONCE) ready = waitForAny(list, count, files, sleeper, deadline);
  pollSleeperEnd(sleeper);
  for (let i: usize = 0; i < count; i++) {
    const file = load<usize>(files + i * 8);
    if (file != 0) fileRelease(changetype<File>(file));
  }
  kfree(memory);
  return ready;
}

function takeFiles(list: usize, count: usize, files: usize): void {
  const table = currentProcess().files;
  for (let i: usize = 0; i < count; i++) {
    const fd = load<i32>(list + i * POLLFD_SIZE);
    if (fd >= 0) store<usize>(files + i * 8, changetype<usize>(fdGet(table, fd)));
  }
}

/** Looks at all and registers with those before the first ready one. */
function lookFirst(list: usize, count: usize, files: usize, sleeper: PollSleeper | null): i64 {
  let ready: i64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const file = load<usize>(files + i * 8);
    const found = look(list + i * POLLFD_SIZE, file, ready == 0 ? sleeper : null);
    if (found != 0) ready++;
  }
  return ready;
}

function look(at: usize, file: usize, sleeper: PollSleeper | null): u32 {
  const events = (<u32>load<u16>(at, 4)) | ALWAYS;
  let found: u32 = 0;
  if (file != 0) {
    if (sleeper != null) sleeper.events = pollInterest(events);
    const wait = changetype<PollWait | null>(changetype<usize>(sleeper));
    found = filePoll(changetype<File>(file), wait) & events;
  } else if (load<i32>(at) >= 0) found = POLLNVAL;
  store<u16>(at, <u16>found, 6);
  return found;
}

function waitForAny(list: usize, count: usize, files: usize, sleeper: PollSleeper, deadline: u64): i64 {
  while (true) {
    const slept = pollSleep(sleeper, deadline);
    const ready = lookFirst(list, count, files, null);
    if (ready != 0) return ready;
    if (slept != 0) return slept == -EINTR ? -EINTR : 0;
  }
}
