/**
 * SEM_UNDO: what is added to semaphores when a process ends, so that what it had taken is given back (POSIX semop(), XSI).
 * One record a process and set. semLock() is held around all of it.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Process, currentProcess } from '../proc/process';
import { SEMVMX, SemSet, semAt, semChanged, semLock } from './sysv-sem';

@unmanaged
export class SemUndo {
  /** Of the same set. */
  next: usize;
  process: usize;
  set: SemSet;
  /** Of all: a hash chain by process. */
  hashNext: usize;
}

const BUCKETS: usize = 64;
const table = memory.data(64 * 8, 8);
let total: u32 = 0;

/** One i16 a semaphore. */
export function undoAdjustments(undo: SemUndo): usize {
  return changetype<usize>(undo) + offsetof<SemUndo>();
}

function bucketOf(process: usize): usize {
  return table + ((process >> 6) & (BUCKETS - 1)) * 8;
}

/** The record of the calling process; made when there is none and `make`. Null: there is none, or no memory. */
export function undoFind(set: SemSet, make: bool): SemUndo {
  const me = changetype<usize>(currentProcess());
  let at = changetype<SemUndo>(set.undo);
  while (changetype<usize>(at) != 0 && at.process != me) at = changetype<SemUndo>(at.next);
  if (changetype<usize>(at) != 0 || !make) return at;
  at = changetype<SemUndo>(kmalloc(offsetof<SemUndo>() + <usize>set.count * 2));
  if (changetype<usize>(at) == 0) return at;
  at.process = me;
  at.set = set;
  at.next = set.undo;
  set.undo = changetype<usize>(at);
  const bucket = bucketOf(me);
  at.hashNext = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(at));
  total++;
  return at;
}

function unhash(undo: SemUndo): void {
  let link = bucketOf(undo.process);
  while (load<usize>(link) != changetype<usize>(undo))
    link = load<usize>(link) + offsetof<SemUndo>('hashNext');
  store<usize>(link, undo.hashNext);
  total--;
}

/** SETVAL and SETALL: nothing is to be undone for semaphore `n` any more. */
export function undoClear(set: SemSet, n: u32): void {
  for (let at = set.undo; at != 0; at = changetype<SemUndo>(at).next) {
    store<i16>(undoAdjustments(changetype<SemUndo>(at)) + <usize>n * 2, 0);
  }
}

/** The set is removed. */
export function undoForgetSet(set: SemSet): void {
  while (set.undo != 0) {
    const undo = changetype<SemUndo>(set.undo);
    set.undo = undo.next;
    unhash(undo);
    kfree(changetype<usize>(undo));
  }
}

function unlinkFromSet(undo: SemUndo): void {
  const set = undo.set;
  if (set.undo == changetype<usize>(undo)) {
    set.undo = undo.next;
    return;
  }
  let before = changetype<SemUndo>(set.undo);
  while (before.next != changetype<usize>(undo)) before = changetype<SemUndo>(before.next);
  before.next = undo.next;
}

/** The process ends: its records are carried out. Values stay within their range, as in Linux. */
export function semProcessExit(p: Process): void {
  if (total == 0) return;
  const me = changetype<usize>(p);
  const flags = lockIrqSave(semLock());
  let at = load<usize>(bucketOf(me));
  while (at != 0) {
    const undo = changetype<SemUndo>(at);
    at = undo.hashNext;
    if (undo.process != me) continue;
    apply(undo, p.pid);
    unlinkFromSet(undo);
    unhash(undo);
    kfree(changetype<usize>(undo));
  }
  unlockIrqRestore(semLock(), flags);
}

function apply(undo: SemUndo, pid: i32): void {
  const set = undo.set;
  for (let n: u32 = 0; n < set.count; n++) {
    const amount = <i32>load<i16>(undoAdjustments(undo) + <usize>n * 2);
    if (amount == 0) continue;
    const semaphore = semAt(set, n);
    semaphore.value = max(0, min(SEMVMX, semaphore.value + amount));
    semaphore.pid = pid;
  }
  semChanged(set);
}
