/**
 * Unix domain sockets (POSIX AF_UNIX; Linux unix(7)): the socket and its counted references.
 *
 * - One spinlock, unixLock(), guards the state of all sockets, names and queues: every operation concerns two. Nothing is
 *   copied from or to user memory, and no file is released, with it held.
 * - References: the open file, the peer's `peer`, a listener's queue for a connection nobody accepted, a message for its
 *   sender. `dead`: the file is closed.
 * - Readers of one socket take turns by its mutex, so that messages stay whole; it comes before unixLock.
 */
import { Inode } from '../../fs/inode';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { alloc, kfree } from '../../mm/kmalloc';
import { currentCredentials } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { Mutex } from '../../sched/mutex';
import { WaitQueue, wakeAll } from '../../sched/wait-queue';

export const SOCK_STREAM: u32 = 1;
export const SOCK_DGRAM: u32 = 2;
export const SOCK_SEQPACKET: u32 = 5;

export const STATE_UNCONNECTED: u32 = 0;
export const STATE_LISTENING: u32 = 1;
export const STATE_CONNECTED: u32 = 2;

export const SHUTDOWN_READ: u32 = 1;
export const SHUTDOWN_WRITE: u32 = 2;
export const SHUTDOWN_BOTH: u32 = 3;

/** net.core.wmem_default and rmem_default. */
const DEFAULT_BUFFER: u32 = 212992;

@unmanaged
export class UnixSocket {
  references: u32;
  type: u32;
  state: u32;
  shutdown: u32;
  /** Of SO_ERROR. */
  error: i32;
  dead: u32;
  peer: usize;
  /** Messages to be read (buffer.ts): the list, how many, their bytes. */
  queueHead: usize;
  queueTail: usize;
  queueLength: u32;
  passCredentials: u32;
  queueBytes: u64;
  /** Bytes of own messages in others' queues, and how many there may be. */
  sentBytes: u64;
  sendLimit: u32;
  receiveLimit: u32;
  /** Connections that wait for accept (linked by `backlogNext`), for a listener. */
  backlogHead: usize;
  backlogTail: usize;
  backlogLength: u32;
  backlogLimit: u32;
  backlogNext: usize;
  /** UnixName (name.ts); 0: none. */
  name: usize;
  /** The socket's node when it is bound to a path: a reference. */
  node: Inode | null;
  /** Who made the other end: SO_PEERCRED. */
  peerPid: i32;
  peerUid: u32;
  peerGid: u32;
  /** Who listens or connected: what the other end is told. */
  ownPid: i32;
  ownUid: u32;
  ownGid: u32;
  /** SO_RCVTIMEO and SO_SNDTIMEO in ns; 0: none. */
  receiveTimeoutNs: u64;
  sendTimeoutNs: u64;
  /** Its File; 0 until accepted. */
  file: usize;
  /** Options that are stored and do nothing: SO_REUSEADDR and such, by number. */
  flagOptions: u64;
  /** How often its file is in a message that was not read (rights.ts), and the list of such sockets. */
  inFlight: u32;
  mark: u32;
  flightNext: usize;
  flightPrevious: usize;
  readers0: u64;
  readers1: u64;
  readers2: u64;
  writers0: u64;
  writers1: u64;
  writers2: u64;
  /** Who waits for room in the queue or the backlog. */
  room0: u64;
  room1: u64;
  room2: u64;
  mutex0: u64;
  mutex1: u64;
  mutex2: u64;
  mutex3: u64;
  mutex4: u64;
}

const lock = memory.data(4, 4);

export function unixLock(): usize {
  return lock;
}

/** A socket with one reference; null when out of memory. */
export function unixCreate(type: u32): UnixSocket {
  const s = alloc<UnixSocket>();
  if (unixIsNull(s)) return s;
  s.references = 1;
  s.type = type;
  s.sendLimit = DEFAULT_BUFFER;
  s.receiveLimit = DEFAULT_BUFFER;
  rememberSelf(s);
  return s;
}

/** The caller is who made the connection, or listens. */
export function rememberSelf(s: UnixSocket): void {
  const who = currentCredentials();
  s.ownPid = currentProcess().pid;
  s.ownUid = who.euid;
  s.ownGid = who.egid;
}

export function unixIsNull(s: UnixSocket): bool {
  return changetype<usize>(s) == 0;
}

export function unixAt(at: usize): UnixSocket {
  return changetype<UnixSocket>(at);
}

/** The lock is held. */
export function unixGet(s: UnixSocket): void {
  s.references++;
}

/** The lock is held. The last reference frees; queue, name and peer are gone by then. */
export function unixPutLocked(s: UnixSocket): void {
  s.references--;
  if (s.references == 0) kfree(changetype<usize>(s));
}

export function unixPut(s: UnixSocket): void {
  const flags = lockIrqSave(lock);
  unixPutLocked(s);
  unlockIrqRestore(lock, flags);
}

export function unixReaders(s: UnixSocket): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(s) + offsetof<UnixSocket>('readers0'));
}

export function unixWriters(s: UnixSocket): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(s) + offsetof<UnixSocket>('writers0'));
}

export function unixRoom(s: UnixSocket): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(s) + offsetof<UnixSocket>('room0'));
}

export function unixReadMutex(s: UnixSocket): Mutex {
  return changetype<Mutex>(changetype<usize>(s) + offsetof<UnixSocket>('mutex0'));
}

/** Something about the connection changed that all sorts of sleepers must see. */
export function unixWakeEverybody(s: UnixSocket): void {
  wakeAll(unixReaders(s));
  wakeAll(unixWriters(s));
  wakeAll(unixRoom(s));
}

/** Connects two sockets for good: each keeps a reference of the other. The lock is held. */
export function unixPair(a: UnixSocket, b: UnixSocket): void {
  a.peer = changetype<usize>(b);
  unixGet(b);
  b.peer = changetype<usize>(a);
  unixGet(a);
  introduce(a, b);
  introduce(b, a);
}

function introduce(a: UnixSocket, b: UnixSocket): void {
  if (a.type != SOCK_DGRAM) a.state = STATE_CONNECTED;
  a.peerPid = b.ownPid;
  a.peerUid = b.ownUid;
  a.peerGid = b.ownGid;
}

export function unixIsWritable(s: UnixSocket): bool {
  return s.state != STATE_LISTENING && s.sentBytes * 4 <= <u64>s.sendLimit;
}
