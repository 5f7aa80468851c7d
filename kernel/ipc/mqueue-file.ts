/**
 * Message queues as open files: a descriptor that can be polled, and read for a line about the queue as the mqueue file
 * system shows it (Linux mq_overview(7)).
 */
import { File, FileOps, FilePoll, FileRelease, FileTransfer } from '../fs/file';
import { POLLIN, POLLOUT } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { currentProcess } from '../proc/process';
import { PollWait, pollRegister } from '../sched/poll-wait';
import { kfree, kmalloc } from '../mm/kmalloc';
import { MessageQueue, mqLock, mqNotifyOf, mqPut, mqReceivers, mqSenders } from './mqueue';
import { MqNotify, SIGEV_SIGNAL, mqNotifyRemove } from './mqueue-notify';

export const mqOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** Room for the line. */
const LINE: usize = 160;

export function isMq(file: File): bool {
  return file.ops == mqOps;
}

export function mqOf(file: File): MessageQueue {
  return changetype<MessageQueue>(file.data);
}

function putText(at: usize, text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(at + <usize>i, <u8>text.charCodeAt(i));
  return at + <usize>text.length;
}

/** Decimal, padded with spaces to `width`. */
function putNumber(at: usize, value: u64, width: usize): usize {
  let digits: usize = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(at + i - 1, <u8>(48 + (rest % 10)));
    rest /= 10;
  }
  for (; digits < width; digits++) store<u8>(at + digits, 32);
  return at + digits;
}

function describe(q: MessageQueue, line: usize): usize {
  const notify = mqNotifyOf(q);
  const flags = lockIrqSave(mqLock(q));
  const bytes = q.bytes;
  const pid = notify.pid;
  const kind = pid == 0 ? 0 : notify.kind;
  const signal = pid != 0 && kind == SIGEV_SIGNAL ? notify.signal : 0;
  unlockIrqRestore(mqLock(q), flags);
  let at = putNumber(putText(line, 'QSIZE:'), bytes, 10);
  at = putNumber(putText(at, ' NOTIFY:'), <u64>kind, 5);
  at = putNumber(putText(at, ' SIGNO:'), <u64>signal, 5);
  at = putNumber(putText(at, ' NOTIFY_PID:'), <u64>pid, 6);
  return putText(at, '\n') - line;
}

/** The line, from the file's position on. */
function read(file: File, buffer: usize, count: usize, offset: u64): i64 {
  const line = kmalloc(LINE);
  if (line == 0) return 0;
  const length = describe(mqOf(file), line);
  let n: usize = 0;
  if (offset < <u64>length) {
    n = min(length - <usize>offset, count);
    memory.copy(buffer, line + <usize>offset, n);
  }
  kfree(line);
  return <i64>n;
}

function poll(file: File, wait: PollWait | null): u32 {
  const q = mqOf(file);
  pollRegister(wait, mqReceivers(q), POLLIN);
  pollRegister(wait, mqSenders(q), POLLOUT);
  const flags = lockIrqSave(mqLock(q));
  const bits = (q.count != 0 ? POLLIN : 0) | (q.count < q.maxMessages ? POLLOUT : 0);
  unlockIrqRestore(mqLock(q), flags);
  return bits;
}

/** Ends the calling process's registration: it closed a descriptor of the queue. */
export function mqForgetCaller(q: MessageQueue): void {
  const told = kmalloc(offsetof<MqNotify>());
  const flags = lockIrqSave(mqLock(q));
  const notify = mqNotifyOf(q);
  const mine = notify.pid != 0 && notify.pid == currentProcess().pid;
  if (mine && told != 0) memory.copy(told, changetype<usize>(notify), offsetof<MqNotify>());
  if (mine) notify.pid = 0;
  unlockIrqRestore(mqLock(q), flags);
  if (mine && told != 0) mqNotifyRemove(changetype<MqNotify>(told));
  kfree(told);
}

function flush(file: File): void {
  mqForgetCaller(mqOf(file));
}

function release(file: File): void {
  mqPut(mqOf(file));
}

export function mqFileInit(): void {
  const readFunction: FileTransfer = read;
  mqOps.read = readFunction.index;
  const pollFunction: FilePoll = poll;
  mqOps.poll = pollFunction.index;
  const flushFunction: FileRelease = flush;
  mqOps.flush = flushFunction.index;
  const releaseFunction: FileRelease = release;
  mqOps.release = releaseFunction.index;
  mqOps.seekable = true;
}
