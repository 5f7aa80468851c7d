/**
 * Taking events out of an epoll set (Linux epoll_wait(2)).
 *
 * The ready list is taken as it stands, each item on it is looked at once, and what is ready is reported. A level-triggered
 * item goes to the end of the list again, an edge-triggered one waits for the next wake-up, a one-shot one is disarmed.
 */
import { EFAULT, EINTR } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { sleepOn, sleepOnDeadline, wakeOne } from '../sched/wait-queue';
import { copyToUser } from '../syscall/user-copy';
import {
  EPOLLET,
  EPOLLONESHOT,
  EPOLL_MODES,
  Epoll,
  EpollItem,
  epollLock,
  epollMutex,
  epollSleepers,
  itemReadiness,
  readyAppend,
  readyRemove,
} from './epoll';
import { POLL_AT_ONCE, POLL_FOREVER } from './poll-set';

/** struct epoll_event is packed on x86-64: events, data. */
export const EPOLL_EVENT_SIZE: usize = 12;

/** Takes the first item off the list; null when it is empty. */
function takeReady(set: Epoll): EpollItem {
  const flags = lockIrqSave(epollLock(set));
  const item = changetype<EpollItem>(set.readyHead);
  if (changetype<usize>(item) != 0) readyRemove(set, item);
  unlockIrqRestore(epollLock(set), flags);
  return item;
}

function putBack(set: Epoll, item: EpollItem): void {
  const flags = lockIrqSave(epollLock(set));
  if (item.ready == 0) readyAppend(set, item);
  unlockIrqRestore(epollLock(set), flags);
}

function readyCount(set: Epoll): u32 {
  const flags = lockIrqSave(epollLock(set));
  let n: u32 = 0;
  for (let at = set.readyHead; at != 0; at = changetype<EpollItem>(at).readyNext) n++;
  unlockIrqRestore(epollLock(set), flags);
  return n;
}

/** Reports up to `max` events at `events` (user memory): their number, or -EFAULT when not even the first could be. */
function harvest(set: Epoll, events: u64, max: u32, event: usize): i64 {
  let found: u32 = 0;
  let error: i64 = 0;
  mutexLock(epollMutex(set));
  let left = readyCount(set);
  while (left != 0 && found < max) {
    left--;
    const item = takeReady(set);
    if (changetype<usize>(item) == 0) break;
    const bits = itemReadiness(item);
    if (bits == 0) continue;
    store<u32>(event, bits);
    store<u64>(event, item.data, 4);
    if (copyToUser(events + <u64>found * <u64>EPOLL_EVENT_SIZE, event, EPOLL_EVENT_SIZE) < 0) {
      putBack(set, item);
      error = -EFAULT;
      break;
    }
    found++;
    if ((item.events & EPOLLONESHOT) != 0) item.events &= EPOLL_MODES;
    else if ((item.events & EPOLLET) == 0) putBack(set, item);
  }
  mutexUnlock(epollMutex(set));
  // What is left is for the next sleeper.
  if (set.readyHead != 0) wakeOne(epollSleepers(set));
  return found != 0 ? <i64>found : error;
}

/** Until the ready list has something: 0, -EINTR or -ETIMEDOUT. */
function awaitReady(set: Epoll, deadline: u64): i32 {
  const flags = lockIrqSave(epollLock(set));
  let error: i32 = 0;
  while (set.readyHead == 0 && error == 0) {
    error =
      deadline == POLL_FOREVER
        ? sleepOn(epollSleepers(set), epollLock(set))
        : sleepOnDeadline(epollSleepers(set), epollLock(set), deadline);
  }
  unlockIrqRestore(epollLock(set), flags);
  return error;
}

/** Number of events, 0 at the deadline, -EINTR, -EFAULT, -ENOMEM. */
export function epollWait(set: Epoll, events: u64, max: u32, deadline: u64): i64 {
  const event = kmalloc(EPOLL_EVENT_SIZE);
  let result: i64 = 0;
  while (true) {
    if (set.readyHead != 0) result = harvest(set, events, max, event);
    if (result != 0 || deadline == POLL_AT_ONCE) break;
    const error = awaitReady(set, deadline);
    if (error == 0) continue;
    if (error == -EINTR) result = error;
    break;
  }
  kfree(event);
  return result;
}
