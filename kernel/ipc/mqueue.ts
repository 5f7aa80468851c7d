/**
 * POSIX message queues: the queues, their names, and who is told of a message (POSIX mq_open(); Linux mq_overview(7)).
 *
 * - `namesLock` guards the list of names and references; a queue's lock all else of it. A queue lives as long as it has a
 *   name or is open.
 * - Sending to an empty queue tells the registered process unless somebody waits to receive.
 */
import { EEXIST, ENOENT, ENOMEM, ENOSPC } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { realtimeNs } from '../sched/clock';
import { WaitQueue } from '../sched/wait-queue';
import { Message, heapPop } from './message-heap';
import { mqCharge, mqUncharge } from './mqueue-account';
import { MqNotify, mqNotifyRemove } from './mqueue-notify';

/** queues_max, msg_max and msgsize_max of /proc/sys/fs/mqueue: what an ordinary user may have. */
export const MQ_MAX_QUEUES: u32 = 256;
export const MQ_MAX_MESSAGES: i64 = 10;
export const MQ_MAX_SIZE: i64 = 8192;
export const MQ_NAME_MAX: u32 = 255;
/** What a message and its place cost besides its bytes, for RLIMIT_MSGQUEUE. */
const MESSAGE_OVERHEAD: u64 = 48 + 48;

/** msg_default and msgsize_default of /proc/sys/fs/mqueue. */
export const MQ_DEFAULT_MESSAGES: u32 = 10;
export const MQ_DEFAULT_SIZE: u32 = 8192;

@unmanaged
export class MessageQueue {
  lock: u32;
  /** Its name's reference, open files, inodes of the mqueue file system. */
  references: u32;
  mode: u32;
  uid: u32;
  gid: u32;
  nameLength: u32;
  maxMessages: u32;
  messageSize: u32;
  count: u32;
  /** 1: it has no name any more. */
  unlinked: u32;
  /** Bytes in all messages. */
  bytes: u64;
  sequence: u64;
  /** The user that RLIMIT_MSGQUEUE counts it for, and how much. */
  chargedUid: u32;
  number: u32;
  charge: u64;
  created: u64;
  /** Heap of messages, `maxMessages` pointers. */
  heap: usize;
  /** List of names. */
  next: usize;
  previous: usize;
  receivers0: u64;
  receivers1: u64;
  receivers2: u64;
  senders0: u64;
  senders1: u64;
  senders2: u64;
  /** MqNotify. */
  notify0: u64;
  notify1: u64;
  notify2: u64;
  notify3: u64;
  notify4: u64;
  notify5: u64;
  notify6: u64;
  notify7: u64;
  notify8: u64;
}

const namesLock = changetype<Mutex>(memory.data(offsetof<Mutex>(), 8));
let first: usize = 0;
let count: u32 = 0;
let lastNumber: u32 = 1;

export function mqNamesEnter(): void {
  mutexLock(namesLock);
}

export function mqNamesLeave(): void {
  mutexUnlock(namesLock);
}

export function mqLock(q: MessageQueue): usize {
  return changetype<usize>(q) + offsetof<MessageQueue>('lock');
}

export function mqReceivers(q: MessageQueue): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(q) + offsetof<MessageQueue>('receivers0'));
}

export function mqSenders(q: MessageQueue): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(q) + offsetof<MessageQueue>('senders0'));
}

export function mqNotifyOf(q: MessageQueue): MqNotify {
  return changetype<MqNotify>(changetype<usize>(q) + offsetof<MessageQueue>('notify0'));
}

export function mqName(q: MessageQueue): usize {
  return changetype<usize>(q) + offsetof<MessageQueue>();
}

export function mqIsNull(q: MessageQueue): bool {
  return changetype<usize>(q) == 0;
}

/** First in the list of names; go on with `next`. Names are entered. */
export function mqFirst(): MessageQueue {
  return changetype<MessageQueue>(first);
}

/** Null when there is none. Names are entered. */
export function mqFind(name: usize, length: u32): MessageQueue {
  let q = mqFirst();
  while (!mqIsNull(q) && (q.nameLength != length || memory.compare(mqName(q), name, length) != 0)) {
    q = changetype<MessageQueue>(q.next);
  }
  return q;
}

/**
 * A queue with a name that does not exist, with two references (the name's and the caller's), in `out`: 0, -ENOSPC,
 * -EMFILE (RLIMIT_MSGQUEUE) or -ENOMEM. Names are entered.
 */
export function mqCreate(
  name: usize,
  length: u32,
  mode: u32,
  uid: u32,
  gid: u32,
  maxMessages: u32,
  messageSize: u32,
  out: usize,
): i32 {
  if (count >= MQ_MAX_QUEUES && uid != 0) return -ENOSPC;
  if (!mqIsNull(mqFind(name, length))) return -EEXIST;
  const charge = <u64>maxMessages * (<u64>messageSize + MESSAGE_OVERHEAD);
  const refused = mqCharge(charge);
  if (refused != 0) return refused;
  const at = kmalloc(offsetof<MessageQueue>() + length + 1);
  const heap = kmalloc(<usize>maxMessages * 8);
  if (at == 0 || heap == 0) {
    kfree(at);
    kfree(heap);
    mqUncharge(uid, charge);
    return -ENOMEM;
  }
  const q = changetype<MessageQueue>(at);
  q.references = 2;
  q.mode = mode;
  q.uid = uid;
  q.gid = gid;
  q.nameLength = length;
  memory.copy(mqName(q), name, length);
  q.maxMessages = maxMessages;
  q.messageSize = messageSize;
  q.chargedUid = uid;
  q.charge = charge;
  q.created = realtimeNs();
  q.heap = heap;
  q.number = ++lastNumber;
  q.next = first;
  if (first != 0) changetype<MessageQueue>(first).previous = at;
  first = at;
  count++;
  store<usize>(out, at);
  return 0;
}

/** The name goes, the queue with its last user. Names are entered. -ENOENT: it is gone already. */
export function mqUnlink(q: MessageQueue): i32 {
  if (q.unlinked != 0) return -ENOENT;
  q.unlinked = 1;
  if (q.previous != 0) changetype<MessageQueue>(q.previous).next = q.next;
  else first = q.next;
  if (q.next != 0) changetype<MessageQueue>(q.next).previous = q.previous;
  count--;
  putLocked(q);
  return 0;
}

/** Names are entered. */
export function mqGet(q: MessageQueue): void {
  q.references++;
}

export function mqPut(q: MessageQueue): void {
  mqNamesEnter();
  putLocked(q);
  mqNamesLeave();
}

function putLocked(q: MessageQueue): void {
  q.references--;
  if (q.references != 0) return;
  mqNotifyRemove(mqNotifyOf(q));
  while (q.count != 0) kfree(changetype<usize>(mqTake(q)));
  mqUncharge(q.chargedUid, q.charge);
  kfree(q.heap);
  kfree(changetype<usize>(q));
}

/** Takes the next message, of which there is one. The lock is held. */
export function mqTake(q: MessageQueue): Message {
  const message = heapPop(q.heap, q.count);
  q.count--;
  q.bytes -= message.length;
  return message;
}
