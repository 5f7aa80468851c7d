/**
 * Sending on Unix sockets (POSIX send(); Linux unix(7)): a stream in pieces, datagrams and packets whole.
 */
import {
  EAGAIN,
  ECONNREFUSED,
  EFAULT,
  EINTR,
  EMSGSIZE,
  ENOBUFS,
  ENOTCONN,
  EPERM,
  EPIPE,
  EPROTOTYPE,
  ERESTARTSYS,
} from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { nowNs } from '../../sched/clock';
import { WaitQueue, sleepOn, sleepOnDeadline, wakeOne } from '../../sched/wait-queue';
import { Pieces, piecesCopy } from '../pieces';
import { UnixMessage, messageBytes, messageCreate, messageFree, messageIsNull, messageQueue } from './buffer';
import { enterFlight } from './flight';
import { nameRetain } from './name';
import {
  SHUTDOWN_READ,
  SHUTDOWN_WRITE,
  SOCK_DGRAM,
  STATE_CONNECTED,
  UnixSocket,
  unixAt,
  unixGet,
  unixIsNull,
  unixLock,
  unixPut,
  unixReaders,
  unixRoom,
  unixWriters,
} from './socket';

/** Largest piece of a stream in one message. */
const STREAM_PIECE: usize = 32768 - 128;
/** net.unix.max_dgram_qlen: messages that may wait in the queue of a socket that is not connected to the sender. */
const MAX_QUEUE: u32 = 10;

/** One sleep of a sender; the lock is held. 0 or what ends the call. */
function sleep(queue: WaitQueue, s: UnixSocket, nonBlocking: bool, deadline: u64): i32 {
  if (nonBlocking) return -EAGAIN;
  if (deadline == 0) return sleepOn(queue, unixLock()) == -EINTR ? -ERESTARTSYS : 0;
  const error = sleepOnDeadline(queue, unixLock(), deadline);
  // With a time-out set, POSIX and signal(7) want EINTR whatever SA_RESTART says.
  return error == -EINTR ? -EINTR : error != 0 ? -EAGAIN : 0;
}

export function sendDeadline(s: UnixSocket): u64 {
  return s.sendTimeoutNs == 0 ? 0 : nowNs() + s.sendTimeoutNs;
}

/** A new message with the next `length` bytes of the pieces; null and an errno in `error` (an i32). */
function fill(pieces: Pieces, length: usize, error: usize): UnixMessage {
  const m = messageCreate(length);
  store<i32>(error, -ENOBUFS);
  if (messageIsNull(m) || piecesCopy(pieces, messageBytes(m), length, true) == length) return m;
  store<i32>(error, -EFAULT);
  messageFree(m);
  return changetype<UnixMessage>(<usize>0);
}

/** `from` may carry sender and files (for the first piece), or be null. Bytes sent, or a negative errno: -EPIPE, ... */
export function sendStream(s: UnixSocket, pieces: Pieces, from: UnixMessage, nonBlocking: bool): i64 {
  if (s.state != STATE_CONNECTED) return -ENOTCONN;
  const deadline = sendDeadline(s);
  const total = pieces.total;
  const errorCell = changetype<usize>(from) + offsetof<UnixMessage>('consumed');
  let done: usize = 0;
  let error: i32 = 0;
  while (done < total && error == 0) {
    if ((s.shutdown & SHUTDOWN_WRITE) != 0) {
      error = -EPIPE;
      break;
    }
    const piece = min(min(total - done, STREAM_PIECE), max((<usize>s.sendLimit) >> 1, 1024));
    error = awaitRoom(s, nonBlocking, deadline);
    if (error != 0) break;
    const m = fill(pieces, piece, errorCell);
    if (messageIsNull(m)) {
      error = load<i32>(errorCell);
      break;
    }
    moveAncillary(from, m);
    error = deliver(s, unixAt(s.peer), m);
    if (error == 0) done += piece;
  }
  return done != 0 ? <i64>done : error;
}

/** Sender, files and name go to the message that is sent; later pieces have the sender only. */
function moveAncillary(from: UnixMessage, m: UnixMessage): void {
  m.pid = from.pid;
  m.uid = from.uid;
  m.gid = from.gid;
  m.files = from.files;
  m.fileCount = from.fileCount;
  from.files = 0;
  from.fileCount = 0;
}

/** Until own messages that were not read leave room. */
function awaitRoom(s: UnixSocket, nonBlocking: bool, deadline: u64): i32 {
  let error: i32 = 0;
  const flags = lockIrqSave(unixLock());
  while (error == 0 && s.sentBytes >= <u64>s.sendLimit && (s.shutdown & SHUTDOWN_WRITE) == 0) {
    error = sleep(unixWriters(s), s, nonBlocking, deadline);
  }
  unlockIrqRestore(unixLock(), flags);
  return error;
}

/** Puts the message into the peer's queue, or frees it: 0, -EPIPE. */
function deliver(s: UnixSocket, to: UnixSocket, m: UnixMessage): i32 {
  const flags = lockIrqSave(unixLock());
  const broken = to.dead != 0 || (to.shutdown & SHUTDOWN_READ) != 0 || (s.shutdown & SHUTDOWN_WRITE) != 0;
  if (!broken) enqueue(s, to, m);
  unlockIrqRestore(unixLock(), flags);
  if (broken) {
    // Its files were never in flight; enterFlight and leaveFlight must pair.
    const inner = lockIrqSave(unixLock());
    enterFlight(m.files, m.fileCount);
    unlockIrqRestore(unixLock(), inner);
    messageFree(m);
    return -EPIPE;
  }
  wakeOne(unixReaders(to));
  return 0;
}

function enqueue(s: UnixSocket, to: UnixSocket, m: UnixMessage): void {
  m.name = s.name;
  nameRetain(m.name);
  enterFlight(m.files, m.fileCount);
  messageQueue(to, s, m);
}

/**
 * Sends one datagram or packet to `to` (a reference that stays the caller's; null: the peer). Takes over the files of
 * `from` when it succeeds.
 */
export function sendMessage(
  s: UnixSocket,
  to: UnixSocket,
  pieces: Pieces,
  from: UnixMessage,
  nonBlocking: bool,
): i64 {
  if (pieces.total > <usize>s.sendLimit - 32) return -EMSGSIZE;
  if ((s.shutdown & SHUTDOWN_WRITE) != 0) return -EPIPE;
  const deadline = sendDeadline(s);
  const flags = lockIrqSave(unixLock());
  const target = unixIsNull(to) ? unixAt(s.peer) : to;
  if (!unixIsNull(target)) unixGet(target);
  unlockIrqRestore(unixLock(), flags);
  if (unixIsNull(target)) return -ENOTCONN;
  const result = sendTo(s, target, pieces, from, nonBlocking, deadline);
  unixPut(target);
  return result;
}

function sendTo(
  s: UnixSocket,
  to: UnixSocket,
  pieces: Pieces,
  from: UnixMessage,
  nonBlocking: bool,
  deadline: u64,
): i64 {
  const errorCell = changetype<usize>(from) + offsetof<UnixMessage>('consumed');
  const m = fill(pieces, pieces.total, errorCell);
  if (messageIsNull(m)) return load<i32>(errorCell);
  let error: i32 = 0;
  const flags = lockIrqSave(unixLock());
  while (true) {
    error = refusal(s, to);
    if (error != 0) break;
    const full = to.peer != changetype<usize>(s) && to.queueLength > MAX_QUEUE;
    if (!full && s.sentBytes < <u64>s.sendLimit) break;
    error = sleep(full ? unixRoom(to) : unixWriters(s), s, nonBlocking, deadline);
    if (error != 0) break;
  }
  if (error == 0) {
    moveAncillary(from, m);
    enqueue(s, to, m);
  }
  unlockIrqRestore(unixLock(), flags);
  if (error != 0) {
    messageFree(m);
    return error;
  }
  wakeOne(unixReaders(to));
  return <i64>pieces.total;
}

/** Why `to` does not take messages from `s`; 0: it does. The lock is held. */
function refusal(s: UnixSocket, to: UnixSocket): i32 {
  if (to.type != s.type) return -EPROTOTYPE;
  if (to.dead != 0) return s.type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
  if ((to.shutdown & SHUTDOWN_READ) != 0 || (s.shutdown & SHUTDOWN_WRITE) != 0) return -EPIPE;
  if (to.peer != 0 && to.peer != changetype<usize>(s)) return -EPERM;
  return 0;
}
