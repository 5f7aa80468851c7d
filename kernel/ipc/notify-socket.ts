/**
 * The netlink socket that a C library makes for mq_notify with SIGEV_THREAD: nothing can be sent through it, and what is
 * read from it are the cookies of notifications (ipc/mqueue-notify.ts). One at a time, as a registration fires once.
 */
import { File, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { O_NONBLOCK } from '../fs/open-flags';
import { EAGAIN, EINTR, ERESTARTSYS } from '../lib/errno';
import { POLLIN } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { WaitQueue, sleepOn, wakeAll } from '../sched/wait-queue';

const MESSAGE_SIZE: usize = 32;

@unmanaged
class NotifySocket {
  lock: u32;
  full: u32;
  readers0: u64;
  readers1: u64;
  readers2: u64;
  message0: u64;
  message1: u64;
  message2: u64;
  message3: u64;
}

export const notifySocketOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** The state of a new socket; 0 when out of memory. */
export function notifySocketCreate(): usize {
  return changetype<usize>(alloc<NotifySocket>());
}

export function isNotifySocket(file: File): bool {
  return file.ops == notifySocketOps;
}

function lockOf(s: NotifySocket): usize {
  return changetype<usize>(s) + offsetof<NotifySocket>('lock');
}

function readersOf(s: NotifySocket): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(s) + offsetof<NotifySocket>('readers0'));
}

function messageOf(s: NotifySocket): usize {
  return changetype<usize>(s) + offsetof<NotifySocket>('message0');
}

/** `length` is at most 32; an unread message is replaced. */
export function notifySocketSend(file: File, message: usize, length: usize): void {
  const s = changetype<NotifySocket>(file.data);
  const flags = lockIrqSave(lockOf(s));
  memory.copy(messageOf(s), message, min(length, MESSAGE_SIZE));
  s.full = 1;
  unlockIrqRestore(lockOf(s), flags);
  wakeAll(readersOf(s));
}

/** Takes the message into kernel memory: as much of it as fits. */
export function notifySocketReceive(file: File, buffer: usize, count: usize, nonBlocking: bool): i64 {
  const s = changetype<NotifySocket>(file.data);
  let error: i32 = 0;
  const flags = lockIrqSave(lockOf(s));
  while (s.full == 0 && error == 0) error = nonBlocking ? -EAGAIN : sleepOn(readersOf(s), lockOf(s));
  const n = min(count, MESSAGE_SIZE);
  if (error == 0) {
    memory.copy(buffer, messageOf(s), n);
    s.full = 0;
  }
  unlockIrqRestore(lockOf(s), flags);
  if (error == -EINTR) return -ERESTARTSYS;
  return error != 0 ? error : <i64>n;
}

function read(file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return notifySocketReceive(file, buffer, count, (file.flags & O_NONBLOCK) != 0);
}

function poll(file: File, wait: PollWait | null): u32 {
  const s = changetype<NotifySocket>(file.data);
  pollRegister(wait, readersOf(s), POLLIN);
  return s.full != 0 ? POLLIN : 0;
}

function release(file: File): void {
  kfree(file.data);
}

export function notifySocketInit(): void {
  const readFunction: FileTransfer = read;
  notifySocketOps.read = readFunction.index;
  const pollFunction: FilePoll = poll;
  notifySocketOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  notifySocketOps.release = releaseFunction.index;
}
