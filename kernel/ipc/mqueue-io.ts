/**
 * Sending to and receiving from POSIX message queues (POSIX mq_send(), mq_receive()).
 *
 * A deadline is monotonic ns, 0 for none. Buffers are user memory. Messages are copied in before and out after the lock
 * is held; a message that cannot be copied out is lost, as in Linux.
 */
import { EAGAIN, EFAULT, EINTR, EMSGSIZE, ENOMEM, ERESTARTSYS } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { WaitQueue, sleepOn, sleepOnDeadline, wakeMostUrgent } from '../sched/wait-queue';
import { copyFromUser, copyToUser } from '../syscall/user-copy';
import { Message, heapPush, messageData } from './message-heap';
import { MessageQueue, mqLock, mqNotifyOf, mqReceivers, mqSenders, mqTake } from './mqueue';
import { MqNotify, mqNotifyFire } from './mqueue-notify';

/** One sleep; 0, or a negative errno that ends the call. The lock is held. */
function sleep(queue: WaitQueue, q: MessageQueue, nonBlocking: bool, deadline: u64): i32 {
  if (nonBlocking) return -EAGAIN;
  const error = deadline == 0 ? sleepOn(queue, mqLock(q)) : sleepOnDeadline(queue, mqLock(q), deadline);
  return error == -EINTR ? -ERESTARTSYS : error;
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
  if (at == 0) return -ENOMEM;
  const message = changetype<Message>(at);
  message.priority = priority;
  message.length = <u32>length;
  if (copyFromUser(messageData(message), from, <usize>length) < 0) {
    kfree(at);
    return -EFAULT;
  }
  const told = kmalloc(offsetof<MqNotify>());
  let error: i32 = told == 0 ? -ENOMEM : 0;
  let fire = false;
  const flags = lockIrqSave(mqLock(q));
  while (q.count == q.maxMessages && error == 0) error = sleep(mqSenders(q), q, nonBlocking, deadline);
  if (error == 0) {
    message.sequence = q.sequence++;
    heapPush(q.heap, q.count, message);
    q.count++;
    q.bytes += length;
    const notify = mqNotifyOf(q);
    fire = q.count == 1 && notify.pid != 0 && mqReceivers(q).head == 0;
    if (fire) {
      memory.copy(told, changetype<usize>(notify), offsetof<MqNotify>());
      notify.pid = 0;
    }
  }
  unlockIrqRestore(mqLock(q), flags);
  if (error != 0) kfree(at);
  else wakeMostUrgent(mqReceivers(q));
  if (fire) mqNotifyFire(changetype<MqNotify>(told));
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
  let error: i32 = 0;
  let message = changetype<Message>(<usize>0);
  const flags = lockIrqSave(mqLock(q));
  while (q.count == 0 && error == 0) error = sleep(mqReceivers(q), q, nonBlocking, deadline);
  if (error == 0) message = mqTake(q);
  unlockIrqRestore(mqLock(q), flags);
  if (error != 0) return error;
  wakeMostUrgent(mqSenders(q));
  const length = message.length;
  let result: i64 = <i64>length;
  if (copyToUser(to, messageData(message), length) < 0) result = -EFAULT;
  const at = changetype<usize>(message);
  if (priority != 0 && copyToUser(priority, at + offsetof<Message>('priority'), 4) < 0) result = -EFAULT;
  kfree(at);
  return result;
}
