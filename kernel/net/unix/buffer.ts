/**
 * Messages between Unix sockets: bytes, who sent them, and files that come along. A stream's are read piece by piece.
 *
 * A message counts for its sender until it is freed (SO_SNDBUF) and keeps a reference of the sender.
 */
import { File, fileRelease } from '../../fs/file';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { wakeAll } from '../../sched/wait-queue';
import { leaveFlight } from './flight';
import { nameRelease } from './name';
import { UnixSocket, unixAt, unixIsWritable, unixLock, unixPutLocked, unixWriters } from './socket';

@unmanaged
export class UnixMessage {
  next: usize;
  sender: usize;
  /** Bytes that were read of it already. */
  consumed: usize;
  length: usize;
  pid: i32;
  uid: u32;
  gid: u32;
  fileCount: u32;
  /** `fileCount` Files with a reference each (from kmalloc); 0: none. */
  files: usize;
  /** UnixName of the sender, with a reference; 0: none. */
  name: usize;
}

/** What a message costs its sender besides its bytes. */
const OVERHEAD: u64 = 128;

/** Room for `length` bytes; null when out of memory. */
export function messageCreate(length: usize): UnixMessage {
  const at = kmalloc(offsetof<UnixMessage>() + length);
  const m = changetype<UnixMessage>(at);
  if (at != 0) m.length = length;
  return m;
}

export function messageIsNull(m: UnixMessage): bool {
  return changetype<usize>(m) == 0;
}

export function messageBytes(m: UnixMessage): usize {
  return changetype<usize>(m) + offsetof<UnixMessage>();
}

/** Puts a message into `to`'s queue, counted for `from`. The lock is held. */
export function messageQueue(to: UnixSocket, from: UnixSocket, m: UnixMessage): void {
  m.sender = changetype<usize>(from);
  from.references++;
  from.sentBytes += <u64>m.length + OVERHEAD;
  m.next = 0;
  if (to.queueTail != 0) changetype<UnixMessage>(to.queueTail).next = changetype<usize>(m);
  else to.queueHead = changetype<usize>(m);
  to.queueTail = changetype<usize>(m);
  to.queueLength++;
  to.queueBytes += <u64>m.length;
}

/** Takes the first message out. The lock is held. */
export function messageUnqueue(s: UnixSocket): UnixMessage {
  const m = changetype<UnixMessage>(s.queueHead);
  s.queueHead = m.next;
  if (s.queueHead == 0) s.queueTail = 0;
  s.queueLength--;
  s.queueBytes -= <u64>(m.length - m.consumed);
  m.next = 0;
  return m;
}

/** The message no longer counts for its sender. The lock is held. */
function settle(m: UnixMessage): void {
  if (m.sender == 0) return;
  const sender = unixAt(m.sender);
  sender.sentBytes -= <u64>m.length + OVERHEAD;
  if (unixWriters(sender).head != 0 && unixIsWritable(sender)) wakeAll(unixWriters(sender));
  unixPutLocked(sender);
  m.sender = 0;
}

/** Messages that are to be freed: files in them may be sockets with queues, so it is a list and no recursion. */
let doomed: usize = 0;
let busy = false;

/** Frees a list of messages (linked by `next`) that are in no queue, with the files in them. Not with the lock held. */
export function messagesFree(list: usize): void {
  if (list == 0) return;
  let flags = lockIrqSave(unixLock());
  let at = list;
  while (at != 0) {
    const m = changetype<UnixMessage>(at);
    at = m.next;
    settle(m);
    m.next = doomed;
    doomed = changetype<usize>(m);
  }
  if (!busy) {
    busy = true;
    while (doomed != 0) {
      const m = changetype<UnixMessage>(doomed);
      doomed = m.next;
      unlockIrqRestore(unixLock(), flags);
      freeOne(m);
      flags = lockIrqSave(unixLock());
    }
    busy = false;
  }
  unlockIrqRestore(unixLock(), flags);
}

/** One that was never queued, or whose sender is settled. */
function freeOne(m: UnixMessage): void {
  leaveFlight(m.files, m.fileCount);
  for (let n: u32 = 0; n < m.fileCount; n++) {
    fileRelease(changetype<File>(load<usize>(m.files + <usize>n * 8)));
  }
  kfree(m.files);
  nameRelease(m.name);
  kfree(changetype<usize>(m));
}

/** Frees one message as messagesFree does. */
export function messageFree(m: UnixMessage): void {
  m.next = 0;
  if (m.files == 0 && m.name == 0) {
    const flags = lockIrqSave(unixLock());
    settle(m);
    unlockIrqRestore(unixLock(), flags);
    kfree(changetype<usize>(m));
  } else messagesFree(changetype<usize>(m));
}

/** Takes the whole queue out as a list. The lock is held. */
export function messagesTakeAll(s: UnixSocket): usize {
  const list = s.queueHead;
  s.queueHead = 0;
  s.queueTail = 0;
  s.queueLength = 0;
  s.queueBytes = 0;
  return list;
}
