/**
 * System V message queues: messages with a type, taken in order of arrival, by type, or lowest type first
 * (POSIX msgsnd(), msgrcv(), XSI; Linux msgop(2)).
 *
 * The table's mutex guards which queues there are, the spinlock msgLock() what is in them. `users` are the calls that are
 * at work on a queue; one that was removed is freed by the last.
 */
import { E2BIG, EAGAIN, EIDRM, EINTR, ENOMSG } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';
import { NS_PER_SECOND, realtimeNs } from '../sched/clock';
import { WaitQueue, sleepOn, wakeAll } from '../sched/wait-queue';
import { IpcObject, IpcTable, ipcTableInit } from './sysv-ipc';

/** Limits (Linux include/uapi/linux/msg.h): longest message, bytes of a queue, queues. */
export const MSGMAX: u32 = 8192;
export const MSGMNB: u32 = 16384;
export const MSGMNI: u32 = 4096;

export const MSG_NOERROR: u32 = 0o10000;
export const MSG_EXCEPT: u32 = 0o20000;
export const MSG_COPY: u32 = 0o40000;
const IPC_NOWAIT: u32 = 0o4000;

@unmanaged
export class MsgItem {
  next: usize;
  type: i64;
  length: usize;
}

@unmanaged
export class MsgQueue extends IpcObject {
  users: u32;
  removed: u32;
  sentPid: i32;
  receivedPid: i32;
  /** Seconds since 1970. */
  sent: u64;
  received: u64;
  changed: u64;
  bytes: u64;
  count: u64;
  byteLimit: u64;
  head: usize;
  tail: usize;
  receivers0: u64;
  receivers1: u64;
  receivers2: u64;
  senders0: u64;
  senders1: u64;
  senders2: u64;
}

export const msgTable = changetype<IpcTable>(memory.data(offsetof<IpcTable>(), 8));
const lock = memory.data(4, 4);

export function msgInit(): void {
  ipcTableInit(msgTable, MSGMNI);
}

export function msgLock(): usize {
  return lock;
}

function receiversOf(q: MsgQueue): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(q) + offsetof<MsgQueue>('receivers0'));
}

function sendersOf(q: MsgQueue): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(q) + offsetof<MsgQueue>('senders0'));
}

function nowSeconds(): u64 {
  return realtimeNs() / NS_PER_SECOND;
}

/** An empty queue, in no table; null when out of memory. */
export function msgCreate(): MsgQueue {
  const q = alloc<MsgQueue>();
  if (changetype<usize>(q) == 0) return q;
  q.byteLimit = MSGMNB;
  q.changed = nowSeconds();
  return q;
}

/** Room for a message of `length` bytes; null when out of memory. */
export function itemCreate(length: usize): MsgItem {
  const item = changetype<MsgItem>(kmalloc(offsetof<MsgItem>() + length));
  if (changetype<usize>(item) != 0) item.length = length;
  return item;
}

export function itemBytes(item: MsgItem): usize {
  return changetype<usize>(item) + offsetof<MsgItem>();
}

/** A call begins work on the queue; msgLeave ends it. */
export function msgEnter(q: MsgQueue): void {
  const flags = lockIrqSave(lock);
  q.users++;
  unlockIrqRestore(lock, flags);
}

export function msgLeave(q: MsgQueue): void {
  const flags = lockIrqSave(lock);
  q.users--;
  const last = q.users == 0 && q.removed != 0;
  unlockIrqRestore(lock, flags);
  if (last) free(q);
}

function free(q: MsgQueue): void {
  while (q.head != 0) {
    const item = q.head;
    q.head = changetype<MsgItem>(item).next;
    kfree(item);
  }
  kfree(changetype<usize>(q));
}

/** The queue is out of the table: sleepers get EIDRM. */
export function msgDestroy(q: MsgQueue): void {
  const flags = lockIrqSave(lock);
  q.removed = 1;
  const idle = q.users == 0;
  wakeAll(receiversOf(q));
  wakeAll(sendersOf(q));
  unlockIrqRestore(lock, flags);
  if (idle) free(q);
}

/** The owner or the limit changed: all look again. The lock is held. */
export function msgChanged(q: MsgQueue): void {
  q.changed = nowSeconds();
  wakeAll(receiversOf(q));
  wakeAll(sendersOf(q));
}

/** Sends the item, which the queue takes over when the result is 0; else -EAGAIN, -EINTR, -EIDRM. */
export function msgSend(q: MsgQueue, item: MsgItem, options: u32): i32 {
  let error: i32 = 0;
  const flags = lockIrqSave(lock);
  while (error == 0) {
    if (q.removed != 0) error = -EIDRM;
    else if (q.bytes + <u64>item.length <= q.byteLimit && q.count + 1 <= q.byteLimit) break;
    else if ((options & IPC_NOWAIT) != 0) error = -EAGAIN;
    else if (sleepOn(sendersOf(q), lock) == -EINTR && q.removed == 0) error = -EINTR;
  }
  if (error == 0) {
    item.next = 0;
    if (q.tail != 0) changetype<MsgItem>(q.tail).next = changetype<usize>(item);
    else q.head = changetype<usize>(item);
    q.tail = changetype<usize>(item);
    q.bytes += <u64>item.length;
    q.count++;
    q.sentPid = currentProcess().pid;
    q.sent = nowSeconds();
    wakeAll(receiversOf(q));
  }
  unlockIrqRestore(lock, flags);
  return error;
}

/** Whether a message of type `type` is one that `wanted` asks for. */
function matches(type: i64, wanted: i64, except: bool): bool {
  if (wanted == 0) return true;
  if (wanted > 0) return except ? type != wanted : type == wanted;
  return wanted == i64.MIN_VALUE || type <= -wanted;
}

/** The link to the message that `wanted` asks for; 0 when there is none. */
function choose(q: MsgQueue, wanted: i64, except: bool): usize {
  let best: usize = 0;
  let lowest = i64.MAX_VALUE;
  let link = changetype<usize>(q) + offsetof<MsgQueue>('head');
  for (; load<usize>(link) != 0; link = load<usize>(link) + offsetof<MsgItem>('next')) {
    const type = changetype<MsgItem>(load<usize>(link)).type;
    if (!matches(type, wanted, except)) continue;
    if (wanted >= 0) return link;
    if (best == 0 || type < lowest) {
      best = link;
      lowest = type;
    }
  }
  return best;
}

function unlink(q: MsgQueue, link: usize): MsgItem {
  const item = changetype<MsgItem>(load<usize>(link));
  store<usize>(link, item.next);
  if (q.tail == changetype<usize>(item)) {
    const head = changetype<usize>(q) + offsetof<MsgQueue>('head');
    q.tail = link == head ? 0 : link - offsetof<MsgItem>('next');
  }
  q.bytes -= <u64>item.length;
  q.count--;
  return item;
}

/** Takes a message, which is the caller's to free: its address in `out`. 0, -ENOMSG, -E2BIG, -EINTR, -EIDRM. */
export function msgReceive(q: MsgQueue, wanted: i64, room: usize, options: u32, out: usize): i32 {
  const except = (options & MSG_EXCEPT) != 0;
  let error: i32 = 0;
  const flags = lockIrqSave(lock);
  while (error == 0) {
    if (q.removed != 0) {
      error = -EIDRM;
      break;
    }
    const link = choose(q, wanted, except);
    if (link != 0) {
      const found = changetype<MsgItem>(load<usize>(link));
      if (found.length > room && (options & MSG_NOERROR) == 0) error = -E2BIG;
      else store<usize>(out, changetype<usize>(unlink(q, link)));
      break;
    }
    if ((options & IPC_NOWAIT) != 0) error = -ENOMSG;
    else if (sleepOn(receiversOf(q), lock) == -EINTR && q.removed == 0) error = -EINTR;
  }
  if (error == 0) {
    q.receivedPid = currentProcess().pid;
    q.received = nowSeconds();
    wakeAll(sendersOf(q));
  }
  unlockIrqRestore(lock, flags);
  return error;
}
