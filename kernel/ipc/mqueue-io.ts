/**
 * Sending to and receiving from POSIX message queues (POSIX mq_send(), mq_receive()).
 *
 * - A message that comes while somebody waits to receive is his, and a place that becomes free while somebody waits to
 *   send is that thread's: of several the most urgent, which has waited longest among its equals. Who only then calls
 *   finds the queue empty, or full.
 * - A deadline is monotonic ns, 0 for none. Buffers are user memory. Messages are copied in before and out after the lock
 *   is held; a message that cannot be copied out is lost, as in Linux.
 */
import { EAGAIN, EFAULT, EINTR, EMSGSIZE, ENOMEM, ERESTARTSYS } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentThread } from '../sched/scheduler';
import { Thread, threadScratch } from '../sched/tcb';
import { WaitQueue, sleepOn, sleepOnDeadline, wakeAll, wakeMostUrgent } from '../sched/wait-queue';
import { copyFromUser, copyToUser } from '../syscall/user-copy';
import { Message, heapPush, messageData } from './message-heap';
import { MessageQueue, mqLock, mqNotifyOf, mqReceivers, mqSenders, mqTake } from './mqueue';
import { MqNotify, mqNotifyFire } from './mqueue-notify';

/** In a thread's scratch bytes, guarded by the queue's lock: the message that it waits to send, or that it was given. */
const MESSAGE: usize = 0;
/** Who is to be told of the message that it sends: a MqNotify without a process until the message came. */
const TOLD: usize = 8;

function messageOf(t: Thread): Message {
  return changetype<Message>(load<usize>(threadScratch(t) + MESSAGE));
}

function setMessage(t: Thread, message: Message): void {
  store<usize>(threadScratch(t) + MESSAGE, changetype<usize>(message));
}

function hasMessage(t: Thread): bool {
  return changetype<usize>(messageOf(t)) != 0;
}

function noMessage(): Message {
  return changetype<Message>(<usize>0);
}

/** One sleep; 0, or a negative errno that ends the call. The lock is held. */
function sleep(queue: WaitQueue, q: MessageQueue, nonBlocking: bool, deadline: u64): i32 {
  if (nonBlocking) return -EAGAIN;
  const error = deadline == 0 ? sleepOn(queue, mqLock(q)) : sleepOnDeadline(queue, mqLock(q), deadline);
  return error == -EINTR ? -ERESTARTSYS : error;
}

/** Into the queue, where there is room and nobody waits to receive. The lock is held. */
function enqueue(q: MessageQueue, sender: Thread): void {
  const message = messageOf(sender);
  setMessage(sender, noMessage());
  message.sequence = q.sequence++;
  heapPush(q.heap, q.count, message);
  q.count++;
  q.bytes += message.length;
  const notify = mqNotifyOf(q);
  if (q.count != 1 || notify.pid == 0) return;
  memory.copy(load<usize>(threadScratch(sender) + TOLD), changetype<usize>(notify), offsetof<MqNotify>());
  notify.pid = 0;
}

/** The message of `me` goes to who waits for one, or into the queue: 0 or a negative errno. The lock is held. */
function give(q: MessageQueue, me: Thread, nonBlocking: bool, deadline: u64): i32 {
  const receiver = wakeMostUrgent(mqReceivers(q));
  if (changetype<usize>(receiver) != 0) {
    setMessage(receiver, messageOf(me));
    setMessage(me, noMessage());
  } else if (q.count < q.maxMessages) {
    enqueue(q, me);
  }
  let error: i32 = 0;
  while (hasMessage(me) && error == 0) error = sleep(mqSenders(q), q, nonBlocking, deadline);
  return hasMessage(me) ? error : 0;
}

/** A message for `me`, which was given none yet: 0 or a negative errno. The lock is held. */
function take(q: MessageQueue, me: Thread, nonBlocking: bool, deadline: u64): i32 {
  if (q.count != 0) {
    setMessage(me, mqTake(q));
    const sender = wakeMostUrgent(mqSenders(q));
    if (changetype<usize>(sender) != 0) enqueue(q, sender);
  }
  let error: i32 = 0;
  while (!hasMessage(me) && error == 0) error = sleep(mqReceivers(q), q, nonBlocking, deadline);
  return hasMessage(me) ? 0 : error;
}

/** 0 or a negative errno. `priority` is below MQ_PRIO_MAX. */
export function mqSend(
  q: MessageQueue,
  from: u64,
  length: u64,
  priority: u32,
  nonBlocking: bool,
  deadline: u64,
): i64 {
  if (length > <u64>q.messageSize) return -EMSGSIZE;
  const at = kmalloc(offsetof<Message>() + <usize>length);
  const told = kmalloc(offsetof<MqNotify>());
  let error: i32 = at == 0 || told == 0 ? -ENOMEM : 0;
  const message = changetype<Message>(at);
  if (error == 0 && copyFromUser(messageData(message), from, <usize>length) < 0) error = -EFAULT;
  if (error == 0) {
    message.priority = priority;
    message.length = <u32>length;
    const me = currentThread();
    changetype<MqNotify>(told).pid = 0;
    setMessage(me, message);
    store<usize>(threadScratch(me) + TOLD, told);
    const flags = lockIrqSave(mqLock(q));
    error = give(q, me, nonBlocking, deadline);
    const stays = q.count != 0;
    unlockIrqRestore(mqLock(q), flags);
    if (error == 0 && stays) wakeAll(mqReceivers(q));
    if (changetype<MqNotify>(told).pid != 0) mqNotifyFire(changetype<MqNotify>(told));
  }
  if (error != 0) kfree(at);
  kfree(told);
  return error;
}

/** Length of the message, or a negative errno; its priority goes to `priority` in user memory unless that is 0. */
export function mqReceive(
  q: MessageQueue,
  to: u64,
  size: u64,
  priority: u64,
  nonBlocking: bool,
  deadline: u64,
): i64 {
  if (size < <u64>q.messageSize) return -EMSGSIZE;
  const me = currentThread();
  setMessage(me, noMessage());
  const flags = lockIrqSave(mqLock(q));
  const error = take(q, me, nonBlocking, deadline);
  const room = q.count < q.maxMessages;
  unlockIrqRestore(mqLock(q), flags);
  if (error != 0) return error;
  if (room) wakeAll(mqSenders(q));
  const message = messageOf(me);
  const length = message.length;
  let result: i64 = <i64>length;
  if (copyToUser(to, messageData(message), length) < 0) result = -EFAULT;
  const at = changetype<usize>(message);
  if (priority != 0 && copyToUser(priority, at + offsetof<Message>('priority'), 4) < 0) result = -EFAULT;
  kfree(at);
  return result;
}
