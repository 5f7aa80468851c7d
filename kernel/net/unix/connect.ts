/**
 * Listening, connecting, accepting and closing Unix sockets (POSIX connect(), accept(); Linux unix(7)).
 */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINTR,
  EINVAL,
  EISCONN,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  EPROTOTYPE,
  ERESTARTSYS,
} from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { nowNs } from '../../sched/clock';
import { sleepOn, sleepOnDeadline, wakeAll, wakeOne } from '../../sched/wait-queue';
import { messagesFree, messagesTakeAll } from './buffer';
import { collectFlight, filesInFlight } from './flight';
import { nameRetain, nameUnbind } from './name';
import { sendDeadline } from './send';
import {
  SHUTDOWN_BOTH,
  SHUTDOWN_READ,
  SHUTDOWN_WRITE,
  SOCK_DGRAM,
  STATE_CONNECTED,
  STATE_LISTENING,
  STATE_UNCONNECTED,
  UnixSocket,
  rememberSelf,
  unixAt,
  unixCreate,
  unixGet,
  unixIsNull,
  unixLock,
  unixPair,
  unixPut,
  unixPutLocked,
  unixReaders,
  unixRoom,
  unixWakeEverybody,
} from './socket';

/** net.core.somaxconn. */
const MAX_BACKLOG: u32 = 4096;

/** 0, -EOPNOTSUPP (datagrams), -EINVAL (no name, or connected). */
export function unixListen(s: UnixSocket, backlog: i32): i32 {
  if (s.type == SOCK_DGRAM) return -EOPNOTSUPP;
  if (s.name == 0) return -EINVAL;
  const flags = lockIrqSave(unixLock());
  const good = s.state != STATE_CONNECTED;
  if (good) {
    const limit = backlog < 0 ? MAX_BACKLOG : min(<u32>backlog, MAX_BACKLOG);
    if (limit > s.backlogLimit) wakeAll(unixRoom(s));
    s.backlogLimit = limit;
    s.state = STATE_LISTENING;
    rememberSelf(s);
  }
  unlockIrqRestore(unixLock(), flags);
  return good ? 0 : -EINVAL;
}

/** Connects a datagram socket to `to` (null: to nobody): 0 or -EPROTOTYPE, -ECONNREFUSED, -EPERM. */
export function connectDatagram(s: UnixSocket, to: UnixSocket): i32 {
  let error: i32 = 0;
  const flags = lockIrqSave(unixLock());
  const old = s.peer;
  if (!unixIsNull(to)) {
    if (to.type != s.type) error = -EPROTOTYPE;
    else if (to.dead != 0) error = -ECONNREFUSED;
    else if (to.peer != 0 && to.peer != changetype<usize>(s)) error = -EPERM;
    else unixGet(to);
  }
  if (error == 0) {
    s.peer = changetype<usize>(to);
    s.state = unixIsNull(to) ? STATE_UNCONNECTED : STATE_CONNECTED;
    if (old != 0) unixPutLocked(unixAt(old));
  }
  unlockIrqRestore(unixLock(), flags);
  return error;
}

/** Connects to the listener `to` (the caller's reference): 0 or a negative errno. */
export function connectStream(s: UnixSocket, to: UnixSocket, nonBlocking: bool): i32 {
  if (s.state == STATE_CONNECTED) return -EISCONN;
  if (s.state == STATE_LISTENING) return -EINVAL;
  const other = unixCreate(s.type);
  if (unixIsNull(other)) return -ENOMEM;
  const deadline = sendDeadline(s);
  let error: i32 = 0;
  const flags = lockIrqSave(unixLock());
  while (true) {
    if (to.type != s.type) error = -EPROTOTYPE;
    else if (to.dead != 0 || to.state != STATE_LISTENING || (to.shutdown & SHUTDOWN_READ) != 0)
      error = -ECONNREFUSED;
    else if (s.state != STATE_UNCONNECTED) error = -EISCONN;
    if (error != 0 || to.backlogLength <= to.backlogLimit) break;
    if (nonBlocking) error = -EAGAIN;
    else if (deadline == 0) error = sleepOn(unixRoom(to), unixLock());
    else error = sleepOnDeadline(unixRoom(to), unixLock(), deadline);
    if (error == -EINTR) error = deadline == 0 ? -ERESTARTSYS : -EINTR;
    else if (error != 0) error = -EAGAIN;
    if (error != 0) break;
  }
  if (error == 0) {
    rememberSelf(s);
    other.ownPid = to.ownPid;
    other.ownUid = to.ownUid;
    other.ownGid = to.ownGid;
    other.passCredentials = to.passCredentials;
    other.name = to.name;
    nameRetain(to.name);
    unixPair(s, other);
    appendBacklog(to, other);
  }
  unlockIrqRestore(unixLock(), flags);
  if (error != 0) unixPut(other);
  else wakeOne(unixReaders(to));
  return error;
}

/** The listener takes over the reference. The lock is held. */
function appendBacklog(listener: UnixSocket, s: UnixSocket): void {
  s.backlogNext = 0;
  if (listener.backlogTail != 0) unixAt(listener.backlogTail).backlogNext = changetype<usize>(s);
  else listener.backlogHead = changetype<usize>(s);
  listener.backlogTail = changetype<usize>(s);
  listener.backlogLength++;
}

function takeBacklog(listener: UnixSocket): UnixSocket {
  const s = unixAt(listener.backlogHead);
  listener.backlogHead = s.backlogNext;
  if (listener.backlogHead == 0) listener.backlogTail = 0;
  listener.backlogLength--;
  s.backlogNext = 0;
  return s;
}

/** The next connection, with the reference of the queue, in `out`: 0 or -EINVAL, -EAGAIN, -EINTR. */
export function unixAccept(s: UnixSocket, nonBlocking: bool, out: usize): i32 {
  if (s.type == SOCK_DGRAM) return -EOPNOTSUPP;
  const deadline = s.receiveTimeoutNs == 0 ? 0 : nowNs() + s.receiveTimeoutNs;
  let error: i32 = 0;
  const flags = lockIrqSave(unixLock());
  while (s.backlogHead == 0 || s.state != STATE_LISTENING) {
    if (s.state != STATE_LISTENING || (s.shutdown & SHUTDOWN_READ) != 0) error = -EINVAL;
    else if (nonBlocking) error = -EAGAIN;
    else if (deadline == 0) error = sleepOn(unixReaders(s), unixLock());
    else error = sleepOnDeadline(unixReaders(s), unixLock(), deadline);
    if (error == -EINTR) error = deadline == 0 ? -ERESTARTSYS : -EINTR;
    else if (error != 0 && error != -EINVAL) error = -EAGAIN;
    if (error != 0) break;
  }
  if (error == 0) {
    store<usize>(out, changetype<usize>(takeBacklog(s)));
    wakeAll(unixRoom(s));
  }
  unlockIrqRestore(unixLock(), flags);
  return error;
}

/** shutdown(2): `how` 0 reading, 1 writing, 2 both. */
export function unixShutdown(s: UnixSocket, how: u32): i32 {
  if (how > 2) return -EINVAL;
  const bits = how + 1;
  const flags = lockIrqSave(unixLock());
  s.shutdown |= bits;
  const peer = unixAt(s.peer);
  if (!unixIsNull(peer) && s.type != SOCK_DGRAM && peer.peer == changetype<usize>(s)) {
    if ((bits & SHUTDOWN_READ) != 0) peer.shutdown |= SHUTDOWN_WRITE;
    if ((bits & SHUTDOWN_WRITE) != 0) peer.shutdown |= SHUTDOWN_READ;
    unixWakeEverybody(peer);
  }
  unixWakeEverybody(s);
  unlockIrqRestore(unixLock(), flags);
  return 0;
}

/** Ends a socket whose file is closed, or that nobody will accept. Takes the caller's reference. */
export function unixClose(s: UnixSocket): void {
  nameUnbind(s);
  let doomed: usize = 0;
  let waiting: usize = 0;
  const flags = lockIrqSave(unixLock());
  const listening = s.state == STATE_LISTENING;
  const peer = unixAt(s.peer);
  s.dead = 1;
  s.shutdown = SHUTDOWN_BOTH;
  s.peer = 0;
  if (!unixIsNull(peer)) {
    if (s.type != SOCK_DGRAM && peer.peer == changetype<usize>(s)) {
      peer.shutdown = SHUTDOWN_BOTH;
      if (s.queueHead != 0 || s.file == 0) peer.error = ECONNRESET;
      unixWakeEverybody(peer);
    }
  }
  doomed = messagesTakeAll(s);
  if (listening) {
    waiting = s.backlogHead;
    s.backlogHead = 0;
    s.backlogTail = 0;
    s.backlogLength = 0;
  }
  unixWakeEverybody(s);
  if (!unixIsNull(peer)) unixPutLocked(peer);
  unlockIrqRestore(unixLock(), flags);
  while (waiting != 0) {
    const refused = unixAt(waiting);
    waiting = refused.backlogNext;
    unixClose(refused);
  }
  messagesFree(doomed);
  unixPut(s);
  if (filesInFlight() != 0) collectFlight();
}
