/**
 * epoll sets (Linux epoll(7)): files that are watched, and the list of those that announced something.
 *
 * - `mutex` guards the table of items and whoever goes through the ready list (it polls files, which may sleep); `lock`
 *   guards the ready list itself, which wake-ups append to from any context.
 * - An item keeps no reference of its file: the last close takes it out (epollForget). `treeMutex` guards what watches
 *   what across sets: File.watchers, the end of a set, loops. It comes before a set's mutex, an outer set's mutex before
 *   that of a set it watches.
 */
import { File, FileOps, FilePoll, FileRelease, filePoll } from '../fs/file';
import { EEXIST, ELOOP, ENOENT, ENOMEM } from '../lib/errno';
import { POLLERR, POLLHUP, POLLIN } from '../lib/poll-bits';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { MAX_QUEUES, PollWait, pollInterest, pollRegister } from '../sched/poll-wait';
import { WaitEntry, WaitQueue, waitAdd, waitRemove, wakeAll, wakeOne } from '../sched/wait-queue';

export const EPOLLEXCLUSIVE: u32 = 1 << 28;
export const EPOLLWAKEUP: u32 = 1 << 29;
export const EPOLLONESHOT: u32 = 1 << 30;
export const EPOLLET: u32 = 1 << 31;
/** Bits of `events` that say how to watch, not for what. */
export const EPOLL_MODES: u32 = EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET;
/** Reported whether asked for or not. */
const ALWAYS: u32 = POLLERR | POLLHUP;

const INITIAL_BUCKETS: u32 = 16;
/** Sets that watch sets that watch sets: so many levels. */
const MAX_DEPTH: i32 = 5;

@unmanaged
export class Epoll {
  lock: u32;
  itemCount: u32;
  bucketCount: u32;
  unused: u32;
  /** Heads of chains of items. */
  buckets: usize;
  /** The ready list. */
  readyHead: usize;
  readyTail: usize;
  /** The File that programs know it by. */
  file: usize;
  /** Threads in epoll_wait. */
  sleepers0: u64;
  sleepers1: u64;
  sleepers2: u64;
  /** Who polls the set itself. */
  pollers0: u64;
  pollers1: u64;
  pollers2: u64;
  mutex0: u64;
  mutex1: u64;
  mutex2: u64;
  mutex3: u64;
  mutex4: u64;
}

@unmanaged
export class EpollItem {
  /** A PollWait. */
  register: u32;
  interest: u32;
  set: Epoll;
  file: File;
  fd: i32;
  /** As epoll_ctl gave them; only modes are left of a one-shot item that has fired. */
  events: u32;
  data: u64;
  /** 1: on the ready list. */
  ready: u32;
  /** Places on queues that are taken. */
  used: u32;
  readyNext: usize;
  readyPrevious: usize;
  hashNext: usize;
  /** Items of the same file. */
  watcherNext: usize;
  watcherPrevious: usize;
}

/** A place on a queue, with the way back to its item; MAX_QUEUES of them follow the item. */
@unmanaged
class ItemEntry {
  queue: usize;
  next: usize;
  previous: usize;
  wake: u32;
  exclusive: u32;
  item: EpollItem;
}

export const epollOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const treeMutex = changetype<Mutex>(memory.data(offsetof<Mutex>(), 8));

export function epollTreeEnter(): void {
  mutexLock(treeMutex);
}

export function epollTreeLeave(): void {
  mutexUnlock(treeMutex);
}

/** null when out of memory. */
export function epollCreate(): Epoll | null {
  const set = alloc<Epoll>();
  if (changetype<usize>(set) == 0) return null;
  set.bucketCount = INITIAL_BUCKETS;
  set.buckets = kmalloc(<usize>INITIAL_BUCKETS * 8);
  if (set.buckets != 0) return set;
  kfree(changetype<usize>(set));
  return null;
}

export function epollLock(set: Epoll): usize {
  return changetype<usize>(set) + offsetof<Epoll>('lock');
}

export function epollMutex(set: Epoll): Mutex {
  return changetype<Mutex>(changetype<usize>(set) + offsetof<Epoll>('mutex0'));
}

export function epollSleepers(set: Epoll): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(set) + offsetof<Epoll>('sleepers0'));
}

export function epollPollers(set: Epoll): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(set) + offsetof<Epoll>('pollers0'));
}

export function isEpoll(file: File): bool {
  return file.ops == epollOps;
}

export function epollOf(file: File): Epoll {
  return changetype<Epoll>(file.data);
}

function isNull(item: EpollItem): bool {
  return changetype<usize>(item) == 0;
}

function bucketOf(set: Epoll, file: File, fd: i32): usize {
  const mixed = (<u32>(changetype<usize>(file) >> 5) * 0x9e3779b1) ^ (<u32>fd * 0x85ebca6b);
  return set.buckets + <usize>((mixed ^ (mixed >> 16)) & (set.bucketCount - 1)) * 8;
}

/** The item of a descriptor, or null. The set's mutex is held. */
export function epollFind(set: Epoll, file: File, fd: i32): EpollItem {
  let item = changetype<EpollItem>(load<usize>(bucketOf(set, file, fd)));
  while (!isNull(item) && (item.file != file || item.fd != fd)) item = changetype<EpollItem>(item.hashNext);
  return item;
}

/** Twice as many buckets; without memory the chains just get longer. */
function grow(set: Epoll): void {
  const old = set.buckets;
  const oldCount = set.bucketCount;
  const buckets = kmalloc(<usize>oldCount * 2 * 8);
  if (buckets == 0) return;
  set.buckets = buckets;
  set.bucketCount = oldCount * 2;
  for (let n: u32 = 0; n < oldCount; n++) {
    let at = load<usize>(old + <usize>n * 8);
    while (at != 0) {
      const item = changetype<EpollItem>(at);
      at = item.hashNext;
      hash(set, item);
    }
  }
  kfree(old);
}

function hash(set: Epoll, item: EpollItem): void {
  const bucket = bucketOf(set, item.file, item.fd);
  item.hashNext = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(item));
}

function unhash(set: Epoll, item: EpollItem): void {
  let link = bucketOf(set, item.file, item.fd);
  while (load<usize>(link) != changetype<usize>(item))
    link = load<usize>(link) + offsetof<EpollItem>('hashNext');
  store<usize>(link, item.hashNext);
}

/** The ready list's lock is held. */
export function readyAppend(set: Epoll, item: EpollItem): void {
  item.ready = 1;
  item.readyNext = 0;
  item.readyPrevious = set.readyTail;
  if (set.readyTail != 0) changetype<EpollItem>(set.readyTail).readyNext = changetype<usize>(item);
  else set.readyHead = changetype<usize>(item);
  set.readyTail = changetype<usize>(item);
}

/** The ready list's lock is held. */
export function readyRemove(set: Epoll, item: EpollItem): void {
  if (item.readyPrevious != 0) changetype<EpollItem>(item.readyPrevious).readyNext = item.readyNext;
  else set.readyHead = item.readyNext;
  if (item.readyNext != 0) changetype<EpollItem>(item.readyNext).readyPrevious = item.readyPrevious;
  else set.readyTail = item.readyPrevious;
  item.ready = 0;
}

/** An event of a watched file: whether anybody waited for it. Called by wake-ups, in any context. */
function announce(entry: ItemEntry): bool {
  const item = entry.item;
  const set = item.set;
  const flags = lockIrqSave(epollLock(set));
  const armed = (item.events & ~EPOLL_MODES) != 0;
  if (armed && item.ready == 0) readyAppend(set, item);
  const waited = epollSleepers(set).head != 0 || epollPollers(set).head != 0;
  unlockIrqRestore(epollLock(set), flags);
  if (!armed) return false;
  wakeOne(epollSleepers(set));
  wakeAll(epollPollers(set));
  return waited;
}

function register(item: EpollItem, queue: WaitQueue): void {
  assert(item.used < MAX_QUEUES, 'a file that polls more queues than MAX_QUEUES');
  const at = changetype<usize>(item) + offsetof<EpollItem>() + <usize>item.used * offsetof<ItemEntry>();
  const entry = changetype<ItemEntry>(at);
  const announceFunction: (entry: ItemEntry) => bool = announce;
  entry.wake = announceFunction.index;
  entry.exclusive = item.events & EPOLLEXCLUSIVE ? 1 : 0;
  entry.item = item;
  item.used++;
  waitAdd(queue, changetype<WaitEntry>(entry));
}

function unregister(item: EpollItem): void {
  const first = changetype<usize>(item) + offsetof<EpollItem>();
  for (let n: u32 = 0; n < item.used; n++) {
    waitRemove(changetype<WaitEntry>(first + <usize>n * offsetof<ItemEntry>()));
  }
  item.used = 0;
}

/** What the item's file is ready for, of what is wanted. */
export function itemReadiness(item: EpollItem): u32 {
  return filePoll(item.file, null) & wantedBy(item);
}

function wantedBy(item: EpollItem): u32 {
  return item.events & ~EPOLL_MODES;
}

/** Registers anew for what the item wants now, and announces what is ready already. The set's mutex is held. */
function arm(set: Epoll, item: EpollItem): void {
  unregister(item);
  item.interest = pollInterest(item.events & ~EPOLL_MODES);
  const found = filePoll(item.file, changetype<PollWait>(changetype<usize>(item))) & wantedBy(item);
  if (found == 0) return;
  const flags = lockIrqSave(epollLock(set));
  if (item.ready == 0) readyAppend(set, item);
  unlockIrqRestore(epollLock(set), flags);
  wakeOne(epollSleepers(set));
  wakeAll(epollPollers(set));
}

/** EPOLL_CTL_ADD: 0, -EEXIST, -ENOMEM, -ELOOP. `treeMutex` is held. */
export function epollAdd(set: Epoll, file: File, fd: i32, events: u32, data: u64): i32 {
  if (isEpoll(file)) {
    const below = depthBelow(epollOf(file), set, 0);
    if (below < 0 || below + heightAbove(set, 0) + 2 > MAX_DEPTH) return -ELOOP;
  }
  mutexLock(epollMutex(set));
  let error = 0;
  if (!isNull(epollFind(set, file, fd))) error = -EEXIST;
  else {
    const at = kmalloc(offsetof<EpollItem>() + <usize>MAX_QUEUES * offsetof<ItemEntry>());
    if (at == 0) error = -ENOMEM;
    else insert(set, changetype<EpollItem>(at), file, fd, events, data);
  }
  mutexUnlock(epollMutex(set));
  return error;
}

function insert(set: Epoll, item: EpollItem, file: File, fd: i32, events: u32, data: u64): void {
  const registerFunction: (item: EpollItem, queue: WaitQueue) => void = register;
  item.register = registerFunction.index;
  item.set = set;
  item.file = file;
  item.fd = fd;
  item.events = events | ALWAYS;
  item.data = data;
  if (set.itemCount >= set.bucketCount * 2) grow(set);
  hash(set, item);
  set.itemCount++;
  item.watcherNext = file.watchers;
  if (item.watcherNext != 0)
    changetype<EpollItem>(item.watcherNext).watcherPrevious = changetype<usize>(item);
  file.watchers = changetype<usize>(item);
  arm(set, item);
}

/** EPOLL_CTL_MOD: 0 or -ENOENT. */
export function epollModify(set: Epoll, file: File, fd: i32, events: u32, data: u64): i32 {
  mutexLock(epollMutex(set));
  const item = epollFind(set, file, fd);
  if (!isNull(item)) {
    item.events = events | ALWAYS;
    item.data = data;
    arm(set, item);
  }
  mutexUnlock(epollMutex(set));
  return isNull(item) ? -ENOENT : 0;
}

/** EPOLL_CTL_DEL: 0 or -ENOENT. `treeMutex` is held. */
export function epollRemove(set: Epoll, file: File, fd: i32): i32 {
  mutexLock(epollMutex(set));
  const item = epollFind(set, file, fd);
  const found = !isNull(item);
  if (found) removeItem(set, item);
  mutexUnlock(epollMutex(set));
  return found ? 0 : -ENOENT;
}

/** `treeMutex` and the set's mutex are held. */
function removeItem(set: Epoll, item: EpollItem): void {
  unregister(item);
  const flags = lockIrqSave(epollLock(set));
  if (item.ready != 0) readyRemove(set, item);
  unlockIrqRestore(epollLock(set), flags);
  unhash(set, item);
  set.itemCount--;
  if (item.watcherPrevious != 0) changetype<EpollItem>(item.watcherPrevious).watcherNext = item.watcherNext;
  else item.file.watchers = item.watcherNext;
  if (item.watcherNext != 0) changetype<EpollItem>(item.watcherNext).watcherPrevious = item.watcherPrevious;
  kfree(changetype<usize>(item));
}

/** The last reference of a watched file is gone. */
export function epollForget(file: File): void {
  mutexLock(treeMutex);
  while (file.watchers != 0) {
    const item = changetype<EpollItem>(file.watchers);
    const set = item.set;
    mutexLock(epollMutex(set));
    removeItem(set, item);
    mutexUnlock(epollMutex(set));
  }
  mutexUnlock(treeMutex);
}

/** Ends a set that nobody has open. */
export function epollDestroy(set: Epoll): void {
  mutexLock(treeMutex);
  mutexLock(epollMutex(set));
  for (let n: u32 = 0; n < set.bucketCount; n++) {
    while (load<usize>(set.buckets + <usize>n * 8) != 0) {
      removeItem(set, changetype<EpollItem>(load<usize>(set.buckets + <usize>n * 8)));
    }
  }
  mutexUnlock(epollMutex(set));
  mutexUnlock(treeMutex);
  kfree(set.buckets);
  kfree(changetype<usize>(set));
}

/** Levels of sets below `set`; -1 when `forbidden` is among them or there are too many. */
function depthBelow(set: Epoll, forbidden: Epoll, level: i32): i32 {
  if (set == forbidden || level > MAX_DEPTH) return -1;
  let deepest: i32 = 0;
  for (let n: u32 = 0; n < set.bucketCount; n++) {
    let at = load<usize>(set.buckets + <usize>n * 8);
    for (; at != 0; at = changetype<EpollItem>(at).hashNext) {
      const file = changetype<EpollItem>(at).file;
      if (!isEpoll(file)) continue;
      const below = depthBelow(epollOf(file), forbidden, level + 1);
      if (below < 0) return -1;
      deepest = max(deepest, below + 1);
    }
  }
  return deepest;
}

/** Levels of sets that watch `set`. */
function heightAbove(set: Epoll, level: i32): i32 {
  if (level > MAX_DEPTH) return level;
  let highest: i32 = 0;
  let at = changetype<File>(set.file).watchers;
  for (; at != 0; at = changetype<EpollItem>(at).watcherNext) {
    highest = max(highest, heightAbove(changetype<EpollItem>(at).set, level + 1) + 1);
  }
  return highest;
}

/** Whether an item on the ready list really is; those that are not leave the list. */
function isReady(set: Epoll): bool {
  let found = false;
  mutexLock(epollMutex(set));
  while (!found) {
    let flags = lockIrqSave(epollLock(set));
    const item = changetype<EpollItem>(set.readyHead);
    if (!isNull(item)) readyRemove(set, item);
    unlockIrqRestore(epollLock(set), flags);
    if (isNull(item)) break;
    if (itemReadiness(item) == 0) continue;
    found = true;
    flags = lockIrqSave(epollLock(set));
    if (item.ready == 0) readyAppend(set, item);
    unlockIrqRestore(epollLock(set), flags);
  }
  mutexUnlock(epollMutex(set));
  return found;
}

function poll(file: File, wait: PollWait | null): u32 {
  const set = epollOf(file);
  pollRegister(wait, epollPollers(set));
  return isReady(set) ? POLLIN : 0;
}

function release(file: File): void {
  epollDestroy(epollOf(file));
}

export function epollInit(): void {
  const pollFunction: FilePoll = poll;
  epollOps.poll = pollFunction.index;
  const releaseFunction: FileRelease = release;
  epollOps.release = releaseFunction.index;
}
