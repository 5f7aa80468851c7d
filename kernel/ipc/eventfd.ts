/**
 * Event counters (Linux eventfd(2)): a u64 that writes add to and reads take, all of it or 1 at a time.
 */
import { File, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { O_NONBLOCK } from '../fs/open-flags';
import { EAGAIN, EINTR, EINVAL, ERESTARTSYS } from '../lib/errno';
import { POLLIN, POLLOUT } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { WaitQueue, sleepOn, wakeAll, wakeOne } from '../sched/wait-queue';

/** The largest value a counter can have. */
const MAX_VALUE: u64 = u64.MAX_VALUE - 1;

@unmanaged
class EventFd {
  lock: u32;
  /** Reads take 1. */
  semaphore: u32;
  count: u64;
  readers0: u64;
  readers1: u64;
  readers2: u64;
  writers0: u64;
  writers1: u64;
  writers2: u64;
}

export const eventFdOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** The state of a new counter; 0 when out of memory. */
export function eventFdCreate(count: u64, semaphore: bool): usize {
  const event = alloc<EventFd>();
  if (changetype<usize>(event) == 0) return 0;
  event.count = count;
  event.semaphore = semaphore ? 1 : 0;
  return changetype<usize>(event);
}

function lockOf(event: EventFd): usize {
  return changetype<usize>(event) + offsetof<EventFd>('lock');
}

function readersOf(event: EventFd): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(event) + offsetof<EventFd>('readers0'));
}

function writersOf(event: EventFd): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(event) + offsetof<EventFd>('writers0'));
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count < 8) return -EINVAL;
  const event = changetype<EventFd>(file.data);
  let error: i32 = 0;
  let value: u64 = 0;
  const flags = lockIrqSave(lockOf(event));
  while (event.count == 0 && error == 0) {
    error = file.flags & O_NONBLOCK ? -EAGAIN : sleepOn(readersOf(event), lockOf(event));
  }
  if (event.count != 0) {
    error = 0;
    value = event.semaphore != 0 ? 1 : event.count;
    event.count -= value;
  }
  unlockIrqRestore(lockOf(event), flags);
  if (error != 0) return error == -EINTR ? -ERESTARTSYS : error;
  wakeAll(writersOf(event));
  store<u64>(buffer, value);
  return 8;
}

function write(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  if (count < 8) return -EINVAL;
  const value = load<u64>(buffer);
  if (value == u64.MAX_VALUE) return -EINVAL;
  const event = changetype<EventFd>(file.data);
  let error: i32 = 0;
  const flags = lockIrqSave(lockOf(event));
  while (MAX_VALUE - event.count < value && error == 0) {
    error = file.flags & O_NONBLOCK ? -EAGAIN : sleepOn(writersOf(event), lockOf(event));
  }
  if (error == 0) event.count += value;
  unlockIrqRestore(lockOf(event), flags);
  if (error != 0) return error == -EINTR ? -ERESTARTSYS : error;
  if (value == 1 && event.semaphore != 0) wakeOne(readersOf(event));
  else wakeAll(readersOf(event));
  return 8;
}

function poll(file: File, wait: PollWait | null): u32 {
  const event = changetype<EventFd>(file.data);
  pollRegister(wait, readersOf(event), POLLIN);
  pollRegister(wait, writersOf(event), POLLOUT);
  const flags = lockIrqSave(lockOf(event));
  const bits = (event.count != 0 ? POLLIN : 0) | (event.count < MAX_VALUE ? POLLOUT : 0);
  unlockIrqRestore(lockOf(event), flags);
  return bits;
}

function release(file: File): void {
  kfree(file.data);
}

export function eventFdInit(): void {
  const readFunction: FileTransfer = read;
  eventFdOps.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  eventFdOps.write = writeFunction.index;
  const pollFunction: FilePoll = poll;
  eventFdOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  eventFdOps.release = releaseFunction.index;
}
