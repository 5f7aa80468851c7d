/**
 * Receiving on Unix sockets (POSIX recv(); Linux unix(7), recv(2)).
 *
 * A stream's messages are read across, but never beyond files that come along, nor across senders where SO_PASSCRED
 * shows them. The thread that reads has the socket's read mutex, so the first message stays where it is while it is
 * copied without the lock.
 */
import { EAGAIN, EFAULT, EINTR, EINVAL, ENOTCONN, ERESTARTSYS } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { nowNs } from '../../sched/clock';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { sleepOn, sleepOnDeadline, wakeAll } from '../../sched/wait-queue';
import { Pieces, piecesCopy } from '../pieces';
import { UnixMessage, messageBytes, messageFree, messageUnqueue } from './buffer';
import { leaveFlight } from './flight';
import { nameRetain } from './name';
import { ControlOut, putCredentials, putFiles } from './rights';
import { fileRetain } from '../../fs/file';
import { File } from '../../fs/file';
import { kfree, kmalloc } from '../../mm/kmalloc';
import {
  SHUTDOWN_READ,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  STATE_CONNECTED,
  UnixSocket,
  unixLock,
  unixReadMutex,
  unixReaders,
  unixRoom,
} from './socket';

export const MSG_PEEK: u32 = 2;
export const MSG_CTRUNC: u32 = 8;
export const MSG_TRUNC: u32 = 0x20;
export const MSG_DONTWAIT: u32 = 0x40;
export const MSG_WAITALL: u32 = 0x100;

/** What a receive gives besides bytes. */
@unmanaged
export class Received {
  /** MSG_ bits of the result. */
  flags: u32;
  unused: u32;
  /** UnixName of the sender with a reference; 0: none. */
  name: usize;
}

/** Until there is a message: it, or null with the result in `out` (an i64). The read mutex is held, given up meanwhile. */
function awaitMessage(s: UnixSocket, nonBlocking: bool, deadline: u64, out: usize): UnixMessage {
  let flags = lockIrqSave(unixLock());
  while (s.queueHead == 0) {
    let result: i64 = 1;
    if (s.error != 0) {
      result = -s.error;
      s.error = 0;
    } else if ((s.shutdown & SHUTDOWN_READ) != 0) result = 0;
    else if (nonBlocking) result = -EAGAIN;
    if (result != 1) {
      unlockIrqRestore(unixLock(), flags);
      store<i64>(out, result);
      return changetype<UnixMessage>(<usize>0);
    }
    // Others may read in turn while this thread sleeps: the mutex goes first, and the queue is looked at again after it.
    unlockIrqRestore(unixLock(), flags);
    mutexUnlock(unixReadMutex(s));
    flags = lockIrqSave(unixLock());
    let error: i32 = 0;
    if (s.queueHead == 0 && s.error == 0 && (s.shutdown & SHUTDOWN_READ) == 0) {
      error =
        deadline == 0
          ? sleepOn(unixReaders(s), unixLock())
          : sleepOnDeadline(unixReaders(s), unixLock(), deadline);
    }
    const empty = s.queueHead == 0;
    unlockIrqRestore(unixLock(), flags);
    mutexLock(unixReadMutex(s));
    if (error != 0 && empty) {
      store<i64>(out, error != -EINTR ? -EAGAIN : deadline == 0 ? -ERESTARTSYS : -EINTR);
      return changetype<UnixMessage>(<usize>0);
    }
    flags = lockIrqSave(unixLock());
  }
  const m = changetype<UnixMessage>(s.queueHead);
  unlockIrqRestore(unixLock(), flags);
  return m;
}

function receiveDeadline(s: UnixSocket): u64 {
  return s.receiveTimeoutNs == 0 ? 0 : nowNs() + s.receiveTimeoutNs;
}

/** Credentials and files of a message for the receiver. The read mutex is held. */
function giveAncillary(s: UnixSocket, m: UnixMessage, control: ControlOut, scratch: usize, peek: bool): void {
  if (s.passCredentials != 0) putCredentials(control, m, scratch);
  if (m.fileCount == 0) return;
  const count = m.fileCount;
  if (peek) {
    const copies = kmalloc(<usize>count * 8);
    if (copies == 0) return;
    memory.copy(copies, m.files, <usize>count * 8);
    for (let n: u32 = 0; n < count; n++) fileRetain(changetype<File>(load<usize>(copies + <usize>n * 8)));
    putFiles(control, copies, count, scratch);
    kfree(copies);
    return;
  }
  const files = m.files;
  leaveFlight(files, count);
  m.files = 0;
  m.fileCount = 0;
  putFiles(control, files, count, scratch);
  kfree(files);
}

function giveName(m: UnixMessage, received: Received): void {
  received.name = m.name;
  nameRetain(m.name);
}

/** Takes a message that was read out of the queue and frees it. */
function finish(s: UnixSocket): void {
  const flags = lockIrqSave(unixLock());
  const m = messageUnqueue(s);
  unlockIrqRestore(unixLock(), flags);
  messageFree(m);
  if (unixRoom(s).head != 0) wakeAll(unixRoom(s));
}

/** Bytes received, 0 at the end, or a negative errno. `scratch`: CONTROL_SCRATCH bytes; its first 8 are used here too. */
export function unixReceive(
  s: UnixSocket,
  pieces: Pieces,
  flags: u32,
  nonBlocking: bool,
  control: ControlOut,
  received: Received,
  scratch: usize,
): i64 {
  if (s.type != SOCK_DGRAM && s.state != STATE_CONNECTED) {
    return s.type == SOCK_SEQPACKET ? -ENOTCONN : -EINVAL;
  }
  mutexLock(unixReadMutex(s));
  const result =
    s.type == SOCK_STREAM
      ? receiveStream(s, pieces, flags, nonBlocking, control, received, scratch)
      : receiveMessage(s, pieces, flags, nonBlocking, control, received, scratch);
  mutexUnlock(unixReadMutex(s));
  return result;
}

function receiveMessage(
  s: UnixSocket,
  pieces: Pieces,
  flags: u32,
  nonBlocking: bool,
  control: ControlOut,
  received: Received,
  scratch: usize,
): i64 {
  const m = awaitMessage(s, nonBlocking, receiveDeadline(s), scratch);
  if (changetype<usize>(m) == 0) return load<i64>(scratch);
  const peek = (flags & MSG_PEEK) != 0;
  const n = min(m.length, pieces.total);
  const copied = piecesCopy(pieces, messageBytes(m), n, false);
  let result: i64 = copied < n ? -EFAULT : <i64>n;
  if (result >= 0) {
    giveName(m, received);
    giveAncillary(s, m, control, scratch, peek);
    if (m.length > n) {
      received.flags |= MSG_TRUNC;
      if ((flags & MSG_TRUNC) != 0) result = <i64>m.length;
    }
  }
  if (!peek) finish(s);
  return result;
}

function sameSender(m: UnixMessage, pid: i32, uid: u32, gid: u32): bool {
  return m.pid == pid && m.uid == uid && m.gid == gid;
}

function receiveStream(
  s: UnixSocket,
  pieces: Pieces,
  flags: u32,
  nonBlocking: bool,
  control: ControlOut,
  received: Received,
  scratch: usize,
): i64 {
  const total = pieces.total;
  const peek = (flags & MSG_PEEK) != 0;
  const all = (flags & MSG_WAITALL) != 0;
  const deadline = receiveDeadline(s);
  let done: usize = 0;
  let m = awaitMessage(s, nonBlocking, deadline, scratch);
  if (changetype<usize>(m) == 0) return load<i64>(scratch);
  if (total == 0) return 0;
  const pid = m.pid;
  const uid = m.uid;
  const gid = m.gid;
  giveName(m, received);
  while (true) {
    const n = min(m.length - m.consumed, total - done);
    const copied = piecesCopy(pieces, messageBytes(m) + m.consumed, n, false);
    if (copied < n && copied == 0 && done == 0) return -EFAULT;
    const hadFiles = m.fileCount != 0;
    if (done == 0 || hadFiles) giveAncillary(s, m, control, scratch, peek);
    done += copied;
    let next = m.next;
    if (!peek) {
      const locked = lockIrqSave(unixLock());
      m.consumed += copied;
      s.queueBytes -= <u64>copied;
      unlockIrqRestore(unixLock(), locked);
      if (m.consumed == m.length) finish(s);
      next = s.queueHead;
    }
    if (done == total || copied < n || hadFiles) break;
    if (next == 0) {
      if (peek || !all) break;
      m = awaitMessage(s, nonBlocking, deadline, scratch);
      if (changetype<usize>(m) == 0) break;
    } else m = changetype<UnixMessage>(next);
    // What carries files begins a new read, and so does another sender whose name would be lost.
    if (m.fileCount != 0 || (s.passCredentials != 0 && !sameSender(m, pid, uid, gid))) break;
  }
  return <i64>done;
}
