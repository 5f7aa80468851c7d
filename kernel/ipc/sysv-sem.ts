/**
 * System V semaphores: sets of counters, and operations on several of them that happen all at once or not at all
 * (POSIX semop(), XSI; Linux semop(2)).
 *
 * - The table's mutex guards which sets there are; the spinlock semLock() values, sleepers and undo records of all sets.
 *   A set that was removed is freed by its last sleeper.
 * - A sleeper counts on the semaphore that it waits for (semncnt, semzcnt) and tries again whenever a value changes.
 */
import { EAGAIN, EFBIG, EIDRM, EINTR, ENOMEM, ERANGE } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';
import { NS_PER_SECOND, realtimeNs } from '../sched/clock';
import { WaitQueue, sleepOn, sleepOnDeadline, wakeAll } from '../sched/wait-queue';
import { IpcObject, IpcTable, ipcTableInit } from './sysv-ipc';
import { SemUndo, undoAdjustments, undoClear, undoFind, undoForgetSet } from './sysv-sem-undo';

/** Limits (Linux include/uapi/linux/sem.h). */
export const SEMMSL: u32 = 32000;
export const SEMOPM: u32 = 500;
export const SEMVMX: i32 = 32767;
export const SEMMNI: u32 = 4096;

/** struct sembuf: number u16, operation i16, flags i16. */
export const SEMBUF_SIZE: usize = 6;
const IPC_NOWAIT: u32 = 0o4000;
const SEM_UNDO: u32 = 0x1000;

@unmanaged
export class Semaphore {
  value: i32;
  /** Process that changed it last. */
  pid: i32;
  /** Sleepers until it grows, and until it is 0. */
  growWaiters: u32;
  zeroWaiters: u32;
}

@unmanaged
export class SemSet extends IpcObject {
  count: u32;
  removed: u32;
  sleepers: u32;
  unused0: u32;
  /** Seconds since 1970. */
  operated: u64;
  changed: u64;
  /** Undo records of this set. */
  undo: usize;
  queue0: u64;
  queue1: u64;
  queue2: u64;
}

export const semTable = changetype<IpcTable>(memory.data(offsetof<IpcTable>(), 8));
const lock = memory.data(4, 4);

export function semInit(): void {
  ipcTableInit(semTable, SEMMNI);
}

export function semLock(): usize {
  return lock;
}

export function semQueue(set: SemSet): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(set) + offsetof<SemSet>('queue0'));
}

export function semAt(set: SemSet, n: u32): Semaphore {
  return changetype<Semaphore>(
    changetype<usize>(set) + offsetof<SemSet>() + <usize>n * offsetof<Semaphore>(),
  );
}

export function nowSeconds(): u64 {
  return realtimeNs() / NS_PER_SECOND;
}

/** A set of `count` zeroes, in no table; null when out of memory. */
export function semCreate(count: u32): SemSet {
  const set = changetype<SemSet>(kmalloc(offsetof<SemSet>() + <usize>count * offsetof<Semaphore>()));
  if (changetype<usize>(set) == 0) return set;
  set.count = count;
  set.changed = nowSeconds();
  return set;
}

/** The set is out of the table: sleepers get EIDRM, the memory goes with the last of them. */
export function semDestroy(set: SemSet): void {
  const flags = lockIrqSave(lock);
  set.removed = 1;
  undoForgetSet(set);
  const idle = set.sleepers == 0;
  wakeAll(semQueue(set));
  unlockIrqRestore(lock, flags);
  if (idle) kfree(changetype<usize>(set));
}

/** Somebody may go on. The lock is held. */
export function semChanged(set: SemSet): void {
  if (set.sleepers != 0) wakeAll(semQueue(set));
}

function numberOf(operation: usize): u32 {
  return load<u16>(operation);
}

function amountOf(operation: usize): i32 {
  return load<i16>(operation, 2);
}

function flagsOf(operation: usize): u32 {
  return load<u16>(operation, 4);
}

/** Takes back the first `count` operations. */
function rollBack(set: SemSet, operations: usize, count: u32): void {
  for (let n = count; n > 0; n--) {
    const operation = operations + <usize>(n - 1) * SEMBUF_SIZE;
    semAt(set, numberOf(operation)).value -= amountOf(operation);
  }
}

/**
 * Does all operations or none. `count` when it has; the index of the one that has to wait; or a negative errno: -ERANGE.
 * The lock is held.
 */
function attempt(set: SemSet, operations: usize, count: u32, undo: SemUndo): i32 {
  for (let n: u32 = 0; n < count; n++) {
    const operation = operations + <usize>n * SEMBUF_SIZE;
    const semaphore = semAt(set, numberOf(operation));
    const amount = amountOf(operation);
    const waits = amount == 0 ? semaphore.value != 0 : semaphore.value + amount < 0;
    if (waits || semaphore.value + amount > SEMVMX) {
      rollBack(set, operations, n);
      return waits ? <i32>n : -ERANGE;
    }
    semaphore.value += amount;
  }
  return commit(set, operations, count, undo);
}

/** The values are the new ones: notes who did it and what is to be undone. */
function commit(set: SemSet, operations: usize, count: u32, undo: SemUndo): i32 {
  let altered = false;
  for (let n: u32 = 0; n < count; n++) {
    const operation = operations + <usize>n * SEMBUF_SIZE;
    if ((flagsOf(operation) & SEM_UNDO) == 0 || amountOf(operation) == 0) continue;
    const at = undoAdjustments(undo) + <usize>numberOf(operation) * 2;
    const adjusted = <i32>load<i16>(at) - amountOf(operation);
    if (adjusted < -SEMVMX - 1 || adjusted > SEMVMX) {
      for (let k = n; k > 0; k--) undoOne(operations + <usize>(k - 1) * SEMBUF_SIZE, undo);
      rollBack(set, operations, count);
      return -ERANGE;
    }
    store<i16>(at, <i16>adjusted);
  }
  for (let n: u32 = 0; n < count; n++) {
    const operation = operations + <usize>n * SEMBUF_SIZE;
    semAt(set, numberOf(operation)).pid = currentProcess().pid;
    if (amountOf(operation) != 0) altered = true;
  }
  set.operated = nowSeconds();
  if (altered) semChanged(set);
  return <i32>count;
}

function undoOne(operation: usize, undo: SemUndo): void {
  if ((flagsOf(operation) & SEM_UNDO) == 0) return;
  const at = undoAdjustments(undo) + <usize>numberOf(operation) * 2;
  store<i16>(at, <i16>(<i32>load<i16>(at) + amountOf(operation)));
}

/** Whether an operation is to be undone when the process ends. */
export function wantsUndo(operations: usize, count: u32): bool {
  for (let n: u32 = 0; n < count; n++) {
    if ((flagsOf(operations + <usize>n * SEMBUF_SIZE) & SEM_UNDO) != 0) return true;
  }
  return false;
}

/** Whether one changes a value, so that it takes the right to write. */
export function alters(operations: usize, count: u32): bool {
  for (let n: u32 = 0; n < count; n++) if (amountOf(operations + <usize>n * SEMBUF_SIZE) != 0) return true;
  return false;
}

/** 0, or -EFBIG for an operation on a semaphore that there is not. */
export function checkNumbers(set: SemSet, operations: usize, count: u32): i32 {
  for (let n: u32 = 0; n < count; n++) {
    if (numberOf(operations + <usize>n * SEMBUF_SIZE) >= set.count) return -EFBIG;
  }
  return 0;
}

/**
 * semop: `operations` are `count` sembufs in kernel memory. The caller took the set out of the table under its mutex and
 * counted itself in `sleepers` (under semLock), so that it stays. 0, -EAGAIN (also at the deadline; 0: none), -EINTR,
 * -EIDRM, -ERANGE, -ENOMEM.
 */
export function semOperate(set: SemSet, operations: usize, count: u32, deadline: u64): i32 {
  let result: i32 = 0;
  const flags = lockIrqSave(lock);
  let undo = changetype<SemUndo>(<usize>0);
  if (wantsUndo(operations, count) && set.removed == 0) {
    undo = undoFind(set, true);
    if (changetype<usize>(undo) == 0) result = -ENOMEM;
  }
  while (result == 0) {
    if (set.removed != 0) {
      result = -EIDRM;
      break;
    }
    const done = attempt(set, operations, count, undo);
    if (done < 0) result = done;
    if (done < 0 || <u32>done == count) break;
    result = waitFor(set, operations + <usize>done * SEMBUF_SIZE, deadline);
  }
  set.sleepers--;
  const last = set.sleepers == 0 && set.removed != 0;
  unlockIrqRestore(lock, flags);
  if (last) kfree(changetype<usize>(set));
  return result;
}

/** Sleeps for one operation: 0 when it may go now. */
function waitFor(set: SemSet, operation: usize, deadline: u64): i32 {
  if ((flagsOf(operation) & IPC_NOWAIT) != 0) return -EAGAIN;
  const semaphore = semAt(set, numberOf(operation));
  const grows = amountOf(operation) != 0;
  if (grows) semaphore.growWaiters++;
  else semaphore.zeroWaiters++;
  const error = deadline == 0 ? sleepOn(semQueue(set), lock) : sleepOnDeadline(semQueue(set), lock, deadline);
  if (grows) semaphore.growWaiters--;
  else semaphore.zeroWaiters--;
  if (error == 0 || set.removed != 0) return 0;
  return error == -EINTR ? -EINTR : -EAGAIN;
}

/** SETVAL: the value is in range. The lock is held. */
export function semSetValue(set: SemSet, n: u32, value: i32): void {
  undoClear(set, n);
  semAt(set, n).value = value;
  semAt(set, n).pid = currentProcess().pid;
}
