/**
 * Locks on files: fcntl's record locks of a process (POSIX) or an open file (OFD), and flock's (Linux fcntl_locking(2),
 * flock(2)).
 *
 * - Record locks of both kinds see each other; flock's only their own kind.
 * - The owner of a process's lock is its descriptor table, of the others the File.
 * - One spinlock guards all lists. Each inode that was ever locked has a list and a queue of waiters as long as it is in
 *   memory. A waiter rechecks when something was unlocked.
 */
import { EAGAIN, EDEADLK, EINTR, ENOMEM, ERESTARTSYS } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { alloc, kfree } from '../mm/kmalloc';
import { WaitQueue, sleepOn, wakeAll } from '../sched/wait-queue';
import { File } from './file';
import { Inode } from './inode';

export const LOCK_POSIX: u32 = 0;
export const LOCK_OFD: u32 = 1;
export const LOCK_FLOCK: u32 = 2;

/** l_type of struct flock. */
export const F_RDLCK: u32 = 0;
export const F_WRLCK: u32 = 1;
export const F_UNLCK: u32 = 2;

@unmanaged
export class FileLock {
  next: usize;
  /** First and last byte. */
  start: u64;
  end: u64;
  owner: usize;
  pid: i32;
  type: u32;
  kind: u32;
}

@unmanaged
class LockList {
  first: usize;
  waiters: u32;
  // A WaitQueue follows.
}

/** Who waits for whom, to find circles: only locks of processes. */
@unmanaged
class Waiter {
  next: usize;
  owner: usize;
  waitsFor: usize;
}

const guard = memory.data(4, 4);
let waiters: usize = 0;

function listOf(inode: Inode): LockList {
  return changetype<LockList>(inode.locks);
}

function queueOf(list: LockList): WaitQueue {
  return changetype<WaitQueue>((changetype<usize>(list) + offsetof<LockList>() + 7) & ~7);
}

/** Gives the inode a list; false when out of memory. */
function ensureList(inode: Inode): bool {
  if (inode.locks != 0) return true;
  const list = alloc<LockListRoom>();
  if (changetype<usize>(list) == 0) return false;
  const flags = lockIrqSave(guard);
  const taken = inode.locks != 0;
  if (!taken) inode.locks = changetype<usize>(list);
  unlockIrqRestore(guard, flags);
  if (taken) kfree(changetype<usize>(list));
  return true;
}

@unmanaged
class LockListRoom extends LockList {
  queue0: u64;
  queue1: u64;
  queue2: u64;
  queue3: u64;
}

function isFlock(kind: u32): bool {
  return kind == LOCK_FLOCK;
}

function sameOwner(l: FileLock, kind: u32, owner: usize): bool {
  return l.kind == kind && l.owner == owner;
}

/** The first lock in the file that stands against one of `type`; a null pointer when none does. */
function conflict(list: LockList, kind: u32, owner: usize, type: u32, start: u64, end: u64): FileLock {
  let first: usize = 0;
  for (let at = list.first; at != 0; at = changetype<FileLock>(at).next) {
    const l = changetype<FileLock>(at);
    const opposed = type == F_WRLCK || l.type == F_WRLCK;
    const related = isFlock(l.kind) == isFlock(kind) && !sameOwner(l, kind, owner);
    if (!opposed || !related || l.start > end || start > l.end) continue;
    if (first == 0 || l.start < changetype<FileLock>(first).start) first = at;
  }
  return changetype<FileLock>(first);
}

/** Would `owner` wait for itself if it waited for the owner of `l`? */
function isCircle(owner: usize, l: FileLock): bool {
  if (l.kind != LOCK_POSIX) return false;
  let at = l.owner;
  let steps: u32 = 0;
  while (steps++ < 1000) {
    if (at == owner) return true;
    let w = waiters;
    while (w != 0 && changetype<Waiter>(w).owner != at) w = changetype<Waiter>(w).next;
    if (w == 0) return false;
    at = changetype<Waiter>(w).waitsFor;
  }
  return false;
}

function unlinkWaiter(w: Waiter): void {
  let at = changetype<usize>(w);
  if (waiters == at) {
    waiters = w.next;
    return;
  }
  at = waiters;
  while (changetype<Waiter>(at).next != changetype<usize>(w)) at = changetype<Waiter>(at).next;
  changetype<Waiter>(at).next = w.next;
}

function insert(list: LockList, l: FileLock): void {
  l.next = list.first;
  list.first = changetype<usize>(l);
}

/**
 * Cuts what the owner has in the range out of the list; `spare` becomes the second half of a lock that is split. The
 * result says whether `spare` was used.
 */
function cut(list: LockList, kind: u32, owner: usize, start: u64, end: u64, spare: FileLock): bool {
  let link = changetype<usize>(list) + offsetof<LockList>('first');
  while (load<usize>(link) != 0) {
    const l = changetype<FileLock>(load<usize>(link));
    if (!sameOwner(l, kind, owner) || l.end < start || end < l.start) {
      link = changetype<usize>(l) + offsetof<FileLock>('next');
      continue;
    }
    if (l.start < start && end < l.end) {
      memory.copy(changetype<usize>(spare), changetype<usize>(l), offsetof<FileLock>());
      spare.start = end + 1;
      l.end = start - 1;
      insert(list, spare);
      return true;
    }
    if (l.start < start) l.end = start - 1;
    else if (end < l.end) l.start = end + 1;
    else {
      store<usize>(link, l.next);
      kfree(changetype<usize>(l));
      continue;
    }
    link = changetype<usize>(l) + offsetof<FileLock>('next');
  }
  return false;
}

/** Grows `l` over the owner's locks of the same type that touch it, which go. */
function merge(list: LockList, l: FileLock): void {
  let link = changetype<usize>(list) + offsetof<LockList>('first');
  while (load<usize>(link) != 0) {
    const other = changetype<FileLock>(load<usize>(link));
    const touches =
      (other.end == u64.MAX_VALUE || other.end + 1 >= l.start) &&
      (l.end == u64.MAX_VALUE || l.end + 1 >= other.start);
    if (!sameOwner(other, l.kind, l.owner) || other.type != l.type || !touches) {
      link = changetype<usize>(other) + offsetof<FileLock>('next');
      continue;
    }
    l.start = min(l.start, other.start);
    l.end = max(l.end, other.end);
    store<usize>(link, other.next);
    kfree(changetype<usize>(other));
  }
}

function fill(l: FileLock, kind: u32, owner: usize, pid: i32, type: u32, start: u64, end: u64): void {
  l.kind = kind;
  l.owner = owner;
  l.pid = pid;
  l.type = type;
  l.start = start;
  l.end = end;
}

/** Waits until the conflicting lock may have gone: 0, or a negative errno. The guard is held. */
function waitFor(list: LockList, kind: u32, owner: usize, l: FileLock, waiter: Waiter): i32 {
  if (kind == LOCK_POSIX) {
    if (isCircle(owner, l)) return -EDEADLK;
    waiter.owner = owner;
    waiter.waitsFor = l.kind == LOCK_POSIX ? l.owner : 0;
    waiter.next = waiters;
    waiters = changetype<usize>(waiter);
  }
  list.waiters++;
  const error = sleepOn(queueOf(list), guard);
  list.waiters--;
  if (kind == LOCK_POSIX) unlinkWaiter(waiter);
  return error == -EINTR ? -ERESTARTSYS : error;
}

/** Sets or removes with everything allocated; the guard is held. Frees or uses `fresh` and `spare`. */
function setHeld(
  inode: Inode,
  wait: bool,
  request: FileLock,
  fresh: FileLock,
  spare: FileLock,
  waiter: Waiter,
): i32 {
  const list = listOf(inode);
  const kind = request.kind;
  const owner = request.owner;
  if (request.type != F_UNLCK) {
    // flock gives up what it has before it waits for another type (flock(2)).
    while (true) {
      const against = conflict(list, kind, owner, request.type, request.start, request.end);
      if (changetype<usize>(against) == 0) break;
      if (!wait) return -EAGAIN;
      if (isFlock(kind)) cut(list, kind, owner, request.start, request.end, spare);
      const error = waitFor(list, kind, owner, against, waiter);
      if (error != 0) return error;
    }
  }
  if (cut(list, kind, owner, request.start, request.end, spare)) request.pid = -request.pid;
  if (request.type != F_UNLCK) {
    fill(fresh, kind, owner, abs<i32>(request.pid), request.type, request.start, request.end);
    merge(list, fresh);
    insert(list, fresh);
  }
  if (list.waiters != 0) wakeAll(queueOf(list));
  return 0;
}

/**
 * Locks bytes `start` to `end` (both included) of the file for `owner`, or unlocks them (F_UNLCK). `wait`: sleeps until it
 * may. 0, -EAGAIN, -EDEADLK, -ERESTARTSYS, -ENOMEM. The caller has a reference of the inode.
 */
export function lockSet(
  inode: Inode,
  kind: u32,
  owner: usize,
  pid: i32,
  type: u32,
  start: u64,
  end: u64,
  wait: bool,
): i32 {
  if (type == F_UNLCK && inode.locks == 0) return 0;
  const request = alloc<FileLock>();
  const fresh = alloc<FileLock>();
  const spare = alloc<FileLock>();
  const waiter = alloc<Waiter>();
  let error = -ENOMEM;
  let usedFresh = false;
  let usedSpare = false;
  const all =
    changetype<usize>(request) != 0 &&
    changetype<usize>(fresh) != 0 &&
    changetype<usize>(spare) != 0 &&
    changetype<usize>(waiter) != 0;
  if (all && ensureList(inode)) {
    fill(request, kind, owner, pid, type, start, end);
    const flags = lockIrqSave(guard);
    error = setHeld(inode, wait, request, fresh, spare, waiter);
    usedFresh = error == 0 && type != F_UNLCK;
    usedSpare = request.pid < 0;
    unlockIrqRestore(guard, flags);
  }
  if (!usedFresh) kfree(changetype<usize>(fresh));
  if (!usedSpare) kfree(changetype<usize>(spare));
  kfree(changetype<usize>(request));
  kfree(changetype<usize>(waiter));
  return error;
}

/** Copies the first lock against the request in `out` to `out`; its type becomes F_UNLCK when there is none. */
export function lockTest(inode: Inode, out: FileLock): void {
  if (inode.locks != 0) {
    const flags = lockIrqSave(guard);
    const l = conflict(listOf(inode), out.kind, out.owner, out.type, out.start, out.end);
    const found = changetype<usize>(l) != 0;
    if (found) memory.copy(changetype<usize>(out), changetype<usize>(l), offsetof<FileLock>());
    unlockIrqRestore(guard, flags);
    if (found) return;
  }
  out.type = F_UNLCK;
}

function releaseAll(inode: Inode, kind: u32, owner: usize): void {
  const list = listOf(inode);
  const flags = lockIrqSave(guard);
  cut(list, kind, owner, 0, u64.MAX_VALUE, changetype<FileLock>(<usize>0));
  if (list.waiters != 0) wakeAll(queueOf(list));
  unlockIrqRestore(guard, flags);
}

/** A descriptor of the process with this table is closed: its record locks of the file go (POSIX close, fcntl). */
export function locksReleaseOwner(inode: Inode, owner: usize): void {
  releaseAll(inode, LOCK_POSIX, owner);
}

/** The file's last reference goes: what it locked is free. */
export function locksReleaseFile(file: File): void {
  releaseAll(file.inode, LOCK_OFD, changetype<usize>(file));
  releaseAll(file.inode, LOCK_FLOCK, changetype<usize>(file));
}

/** The inode leaves memory. */
export function locksFree(inode: Inode): void {
  kfree(inode.locks);
  inode.locks = 0;
}
