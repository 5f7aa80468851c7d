/**
 * Pseudo terminals (pty(7)): a Tty whose line is a program, the one that has the master open.
 *
 * - Opening /dev/ptmx takes a free pair; its slave is /dev/pts/N (fs/devpts), locked until TIOCSPTLCK with 0.
 * - What the slave's programs print goes to a ring that the master reads; what the master writes is typed into the slave.
 * - Closing the master hangs the slave up. While nobody has the slave open, after somebody had, the master reads EIO.
 * - Pairs are used again, never freed; a pair is free when neither end is open.
 * - Lock: the slave's own guards the pair; `table` guards which pairs are in use.
 */
import { EAGAIN, EFAULT, EINVAL, EIO, ENOMEM, ENOSPC } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { realtimeNs } from '../../sched/clock';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentCredentials } from '../../proc/credentials';
import { signalGroup } from '../../proc/signal';
import { WAIT_QUEUE_SIZE, WaitQueue, sleepOn, wakeAll } from '../../sched/wait-queue';
import { copyFromUser, copyToUser } from '../../syscall/user-copy';
import { Cflag } from './termios';
import { ttyIoctl } from './tty-ioctl';
import { TtyDriver } from './tty-driver';
import { Tty, ttyCreate, ttyHangUp, ttyHasRoom, ttyInput, ttyLock, ttyOutputDrained, ttyReset } from './tty';

export const PTY_COUNT: u32 = 256;
export const PTS_MAJOR: u32 = 136;
const RING_BYTES: u32 = 8192;
/** Bytes typed at once between two looks at the slave's room. */
const TYPE_BYTES: u32 = 128;

const enum Request {
  FIONREAD = 0x541b,
  TIOCGPGRP = 0x540f,
  TIOCGSID = 0x5429,
  TIOCOUTQ = 0x5411,
  TIOCPKT = 0x5420,
  TIOCGPTN = 0x80045430,
  TIOCSPTLCK = 0x40045431,
  TIOCSIG = 0x40045436,
  TIOCGPKT = 0x80045438,
  TIOCGPTLCK = 0x80045439,
}

@unmanaged
export class Pty {
  index: u32;
  slave: Tty;
  /** The master is open. */
  masterOpen: bool;
  /** Somebody has had the slave open since the master was opened. */
  slaveSeen: bool;
  locked: bool;
  packet: bool;
  /** TTY_EVENT_ bits that the master has not read yet. */
  events: u32;
  /** Owner of /dev/pts/N: who opened the master. */
  uid: u32;
  gid: u32;
  mode: u32;
  createdNs: i64;
  /** RING_BYTES of slave output; positions run freely. */
  ring: usize;
  head: u32;
  tail: u32;
  readers: WaitQueue;
  writers: WaitQueue;
}

const pairs = memory.data(256 * 8, 8);
const table = memory.data(4, 4);
const driver = changetype<TtyDriver>(memory.data(offsetof<TtyDriver>(), 8));

function pair(index: u32): usize {
  return load<usize>(pairs + index * 8);
}

/** The pair whose master is open, or null: what /dev/pts shows. */
export function ptyAt(index: u32): Pty | null {
  if (index >= PTY_COUNT || pair(index) == 0) return null;
  const p = changetype<Pty>(pair(index));
  return p.masterOpen ? p : null;
}

function used(p: Pty): u32 {
  return p.head - p.tail;
}

function send(argument: usize, bytes: usize, count: u32): void {
  const p = changetype<Pty>(argument);
  if (!p.masterOpen) return;
  const n = min(count, RING_BYTES - used(p));
  const at = p.head & (RING_BYTES - 1);
  const first = min(n, RING_BYTES - at);
  memory.copy(p.ring + at, bytes, first);
  memory.copy(p.ring, bytes + first, n - first);
  p.head += n;
  wakeAll(p.readers);
}

function room(argument: usize): u32 {
  const p = changetype<Pty>(argument);
  return p.masterOpen ? RING_BYTES - used(p) : RING_BYTES;
}

function flushOutput(argument: usize): void {
  const p = changetype<Pty>(argument);
  p.tail = p.head;
}

/** The slave has room for typed bytes again. */
function drained(argument: usize): void {
  wakeAll(changetype<Pty>(argument).writers);
}

function lastClose(argument: usize): void {
  const p = changetype<Pty>(argument);
  wakeAll(p.readers);
}

function onEvent(argument: usize, event: u32): void {
  const p = changetype<Pty>(argument);
  if (!p.packet) return;
  p.events |= event;
  wakeAll(p.readers);
}

export function ptyInit(): void {
  const sendFunction: (argument: usize, bytes: usize, count: u32) => void = send;
  driver.send = sendFunction.index;
  const roomFunction: (argument: usize) => u32 = room;
  driver.room = roomFunction.index;
  const flushFunction: (argument: usize) => void = flushOutput;
  driver.flushOutput = flushFunction.index;
  const drainedFunction: (argument: usize) => void = drained;
  driver.drained = drainedFunction.index;
  const closeFunction: (argument: usize) => void = lastClose;
  driver.lastClose = closeFunction.index;
  const eventFunction: (argument: usize, event: u32) => void = onEvent;
  driver.event = eventFunction.index;
}

function create(index: u32): usize {
  const at = kmalloc(offsetof<Pty>() + 2 * WAIT_QUEUE_SIZE + 16);
  const ring = kmalloc(RING_BYTES);
  if (at == 0 || ring == 0) return 0;
  const p = changetype<Pty>(at);
  const slave = ttyCreate(driver, Cflag.B38400, at);
  if (slave == null) return 0;
  p.index = index;
  p.slave = slave;
  p.ring = ring;
  const queues = (at + offsetof<Pty>() + 7) & ~7;
  p.readers = changetype<WaitQueue>(queues);
  p.writers = changetype<WaitQueue>(queues + WAIT_QUEUE_SIZE);
  slave.major = PTS_MAJOR;
  slave.minor = index;
  return at;
}

/** A free pair with its master open, as an address; 0: all are in use, or no memory (`ptyAllocateError`). */
export function ptyAllocate(): usize {
  const flags = lockIrqSave(table);
  let at: usize = 0;
  allocateError = -ENOSPC;
  for (let i: u32 = 0; i < PTY_COUNT && at == 0; i++) {
    if (pair(i) == 0) {
      at = create(i);
      if (at == 0) {
        allocateError = -ENOMEM;
        break;
      }
      store<usize>(pairs + i * 8, at);
    } else if (!changetype<Pty>(pair(i)).masterOpen && changetype<Pty>(pair(i)).slave.opens == 0)
      at = pair(i);
  }
  if (at != 0) prepare(changetype<Pty>(at));
  unlockIrqRestore(table, flags);
  return at;
}

let allocateError: i32 = 0;

export function ptyAllocateError(): i32 {
  return allocateError;
}

function prepare(p: Pty): void {
  const credentials = currentCredentials();
  ttyReset(p.slave, Cflag.B38400);
  p.masterOpen = true;
  p.slaveSeen = false;
  p.locked = true;
  p.slave.closedToOpen = true;
  p.packet = false;
  p.events = 0;
  p.head = 0;
  p.tail = 0;
  p.uid = credentials.fsuid;
  p.gid = credentials.fsgid;
  p.mode = 0o620;
  p.createdNs = <i64>realtimeNs();
}

/** Before the slave is opened: the master may read again. */
export function ptySlaveOpened(p: Pty): void {
  p.slaveSeen = true;
}

/** The other end is gone: nobody has the slave open, and somebody had. */
function isAlone(p: Pty): bool {
  return p.slaveSeen && p.slave.opens == 0;
}

/** Bytes of the slave's output; in packet mode after a status byte. -EIO when the slave is gone, -EAGAIN, -EINTR. */
export function ptyMasterRead(p: Pty, buffer: usize, count: usize, nonBlocking: bool): i64 {
  if (count == 0) return 0;
  const lock = ttyLock(p.slave);
  const flags = lockIrqSave(lock);
  let error = 0;
  while (used(p) == 0 && (!p.packet || p.events == 0) && error == 0) {
    if (isAlone(p)) error = -EIO;
    else if (nonBlocking) error = -EAGAIN;
    else error = sleepOn(p.readers, lock);
  }
  if (error != 0) {
    unlockIrqRestore(lock, flags);
    return error;
  }
  let done: usize = 0;
  if (p.packet) {
    store<u8>(buffer, <u8>p.events);
    done = 1;
    if (p.events != 0) {
      p.events = 0;
      unlockIrqRestore(lock, flags);
      return 1;
    }
  }
  const n = min(<u32>min<usize>(count - done, RING_BYTES), used(p));
  const at = p.tail & (RING_BYTES - 1);
  const first = min(n, RING_BYTES - at);
  memory.copy(buffer + done, p.ring + at, first);
  memory.copy(buffer + done + first, p.ring, n - first);
  p.tail += n;
  unlockIrqRestore(lock, flags);
  ttyOutputDrained(p.slave);
  return <i64>(done + n);
}

/** Types into the slave; waits while nobody reads there. -EAGAIN, -EINTR when nothing was typed. */
export function ptyMasterWrite(p: Pty, bytes: usize, count: usize, nonBlocking: bool): i64 {
  const lock = ttyLock(p.slave);
  let done: usize = 0;
  while (done < count) {
    if (!ttyHasRoom(p.slave)) {
      if (nonBlocking) return done != 0 ? <i64>done : -EAGAIN;
      const flags = lockIrqSave(lock);
      const error = p.slave.throttled ? sleepOn(p.writers, lock) : 0;
      unlockIrqRestore(lock, flags);
      if (error != 0) return done != 0 ? <i64>done : error;
      continue;
    }
    const n = min<usize>(count - done, TYPE_BYTES);
    ttyInput(p.slave, bytes + done, <u32>n);
    done += n;
  }
  return <i64>done;
}

/** Whether a read gives something at once (an error too), a status byte waits, or the slave is gone. */
export function ptyMasterReadable(p: Pty): bool {
  return used(p) != 0 || (p.packet && p.events != 0);
}

export function ptyMasterHasEvent(p: Pty): bool {
  return p.packet && p.events != 0;
}

export function ptyMasterAlone(p: Pty): bool {
  return isAlone(p);
}

/** The master's last file is closed. */
export function ptyMasterClosed(p: Pty): void {
  p.slave.closedToOpen = true;
  ttyHangUp(p.slave);
  const flags = lockIrqSave(table);
  p.masterOpen = false;
  unlockIrqRestore(table, flags);
}

/** Copies an int out. */
function giveInt(value: i32, argument: u64): i32 {
  const answer = kmalloc(8);
  if (answer == 0) return -ENOMEM;
  store<i32>(answer, value);
  const error = copyToUser(argument, answer, 4);
  kfree(answer);
  return error;
}

/** Copies an unsigned int in; negative: errno. */
function takeInt(argument: u64): i64 {
  const given = kmalloc(8);
  if (given == 0) return -ENOMEM;
  const error = copyFromUser(given, argument, 4);
  const value = <i64>load<u32>(given);
  kfree(given);
  return error != 0 ? -EFAULT : value;
}

function setPacket(p: Pty, on: bool): void {
  const flags = lockIrqSave(ttyLock(p.slave));
  if (on && !p.packet) p.events = 0;
  p.packet = on;
  unlockIrqRestore(ttyLock(p.slave), flags);
}

/** What is the master's alone; everything else is asked of the slave. */
export function ptyMasterIoctl(p: Pty, request: u32, argument: u64): i64 {
  switch (request) {
    case Request.TIOCGPTN:
      return giveInt(<i32>p.index, argument);
    case Request.TIOCSPTLCK: {
      const locked = takeInt(argument);
      if (locked < 0) return locked;
      p.locked = locked != 0;
      p.slave.closedToOpen = p.locked;
      return 0;
    }
    case Request.TIOCGPTLCK:
      return giveInt(p.locked ? 1 : 0, argument);
    case Request.TIOCPKT: {
      const on = takeInt(argument);
      if (on < 0) return on;
      setPacket(p, on != 0);
      return 0;
    }
    case Request.TIOCGPKT:
      return giveInt(p.packet ? 1 : 0, argument);
    case Request.TIOCSIG: {
      if (argument == 0 || argument > 64) return -EINVAL;
      if (p.slave.foreground != 0) signalGroup(p.slave.foreground, <i32>argument);
      return 0;
    }
    case Request.FIONREAD:
      return giveInt(<i32>used(p), argument);
    case Request.TIOCOUTQ:
      return giveInt(0, argument);
    case Request.TIOCGPGRP:
      return giveInt(p.slave.foreground, argument);
    case Request.TIOCGSID:
      return p.slave.session == 0
        ? ttyIoctl(p.slave, request, argument, p.slave.generation)
        : giveInt(p.slave.session, argument);
    default:
      return ttyIoctl(p.slave, request, argument, p.slave.generation);
  }
}
