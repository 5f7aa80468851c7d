/** System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2). */
import {
  IPC_64,
  IPC_INFO,
  IPC_PERM_BYTES,
  IPC_READ,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  IPC_WRITE,
  ipcAddLocked,
  ipcAtLocked,
  ipcCheck,
  ipcCheckOwner,
  ipcFindLocked,
  ipcGetLocked,
  ipcLock,
  ipcRemoveLocked,
  ipcSetPerm,
  ipcStorePerm,
  ipcUnlock,
} from '../../ipc/sysv-ipc';
import {
  SEMBUF_SIZE,
  SEMMNI,
  SEMMSL,
  SEMOPM,
  SEMVMX,
  SemSet,
  alters,
  checkNumbers,
  nowSeconds,
  semAt,
  semChanged,
  semCreate,
  semDestroy,
  semLock,
  semOperate,
  semSetValue,
  semTable,
} from '../../ipc/sysv-sem';
import { E2BIG, EFAULT, EINVAL, ENOMEM, ERANGE, isErrno } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { nowNs } from '../../sched/clock';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';
import { takeTimespec } from './time';

const GETPID: i32 = 11;
const GETVAL: i32 = 12;
const GETALL: i32 = 13;
const GETNCNT: i32 = 14;
const GETZCNT: i32 = 15;
const SETVAL: i32 = 16;
const SETALL: i32 = 17;
const SEM_STAT: i32 = 18;
const SEM_INFO: i32 = 19;
const SEM_STAT_ANY: i32 = 20;

/** struct semid64_ds: permissions, otime, ctime, number of semaphores. */
const SEMID_DS_SIZE: usize = 104;
const SEMINFO_SIZE: usize = 40;
const ALL_SEMAPHORES: u32 = 1024000000;

export function sysSemget(a: SyscallArgs): i64 {
  const key = <i32>a.a0;
  const count = <i32>a.a1;
  if (count < 0 || <u32>count > SEMMSL) return -EINVAL;
  ipcLock(semTable);
  let result = ipcGetLocked(semTable, key, <u32>a.a2);
  if (result == 0) result = create(key, <u32>count, <u32>a.a2);
  else if (!isErrno(result)) {
    const set = changetype<SemSet>(<usize>result);
    result = <u32>count > set.count ? -EINVAL : set.id;
  }
  ipcUnlock(semTable);
  return result;
}

function create(key: i32, count: u32, flags: u32): i64 {
  if (count == 0) return -EINVAL;
  const set = semCreate(count);
  if (changetype<usize>(set) == 0) return -ENOMEM;
  const error = ipcAddLocked(semTable, set, key, flags);
  if (error == 0) return set.id;
  kfree(changetype<usize>(set));
  return error;
}

export function sysSemop(a: SyscallArgs): i64 {
  return operate(a, 0);
}

export function sysSemtimedop(a: SyscallArgs): i64 {
  if (a.a3 == 0) return operate(a, 0);
  const span = takeTimespec(a.a3);
  return span < 0 ? span : operate(a, nowNs() + <u64>span);
}

function operate(a: SyscallArgs, deadline: u64): i64 {
  if (<u32>a.a2 == 0 || <i32>a.a0 < 0) return -EINVAL;
  if (a.a2 > SEMOPM) return -E2BIG;
  const count = <u32>a.a2;
  const size = <usize>count * SEMBUF_SIZE;
  const scratch = threadScratch(currentThread());
  // The usual few operations need no memory of their own; nothing below uses the scratch bytes.
  const operations = size <= 256 ? scratch + 256 : kmalloc(size);
  if (operations == 0) return -ENOMEM;
  let result: i64 = copyFromUser(operations, a.a1, size);
  if (result == 0) result = operateOn(<i32>a.a0, operations, count, deadline);
  if (operations != scratch + 256) kfree(operations);
  return result;
}

function operateOn(id: i32, operations: usize, count: u32, deadline: u64): i64 {
  ipcLock(semTable);
  const at = ipcFindLocked(semTable, id);
  let error: i32 = at == 0 ? -EINVAL : 0;
  const set = changetype<SemSet>(at);
  if (error == 0) error = checkNumbers(set, operations, count);
  if (error == 0) error = ipcCheck(set, alters(operations, count) ? IPC_WRITE : IPC_READ);
  if (error == 0) {
    const flags = lockIrqSave(semLock());
    set.sleepers++;
    unlockIrqRestore(semLock(), flags);
  }
  ipcUnlock(semTable);
  return error != 0 ? error : semOperate(set, operations, count, deadline);
}

export function sysSemctl(a: SyscallArgs): i64 {
  const command = (<i32>a.a2) & ~IPC_64;
  const id = <i32>a.a0;
  if (id < 0 || command < 0) return -EINVAL;
  // Input comes before the lock, as user memory may sleep for long.
  const buffer = kmalloc(SEMID_DS_SIZE);
  if (buffer == 0) return -ENOMEM;
  let result: i64 = command == IPC_SET ? copyFromUser(buffer, a.a3, SEMID_DS_SIZE) : 0;
  if (result == 0) {
    if (command == IPC_INFO || command == SEM_INFO) result = information(a.a3, buffer, command == SEM_INFO);
    else if (command == GETALL || command == SETALL) result = all(id, a.a3, command == SETALL);
    else {
      ipcLock(semTable);
      result = control(id, <i32>a.a1, command, a.a3, buffer);
      ipcUnlock(semTable);
      const gives = command == IPC_STAT || command == SEM_STAT || command == SEM_STAT_ANY;
      if (gives && result >= 0 && copyToUser(a.a3, buffer, SEMID_DS_SIZE) < 0) result = -EFAULT;
    }
  }
  kfree(buffer);
  return result;
}

/** The table is locked. */
function control(id: i32, number: i32, command: i32, argument: u64, buffer: usize): i64 {
  const bySlot = command == SEM_STAT || command == SEM_STAT_ANY;
  const at = bySlot ? ipcAtLocked(semTable, id) : ipcFindLocked(semTable, id);
  if (at == 0) return -EINVAL;
  const set = changetype<SemSet>(at);
  if (command == IPC_RMID || command == IPC_SET) return own(set, command, buffer);
  const error = command == SEM_STAT_ANY ? 0 : ipcCheck(set, command == SETVAL ? IPC_WRITE : IPC_READ);
  if (error != 0) return error;
  if (command == IPC_STAT || bySlot) {
    describe(set, buffer);
    return bySlot ? set.id : 0;
  }
  if (number < 0 || <u32>number >= set.count) return -EINVAL;
  return one(set, <u32>number, command, <i32>argument);
}

/** What only the owner may. */
function own(set: SemSet, command: i32, buffer: usize): i64 {
  const refused = ipcCheckOwner(set);
  if (refused != 0) return refused;
  if (command == IPC_RMID) {
    ipcRemoveLocked(semTable, set);
    semDestroy(set);
    return 0;
  }
  set.changed = nowSeconds();
  return ipcSetPerm(set, buffer);
}

function describe(set: SemSet, buffer: usize): void {
  memory.fill(buffer, 0, SEMID_DS_SIZE);
  ipcStorePerm(set, buffer);
  store<u64>(buffer + IPC_PERM_BYTES, set.operated);
  store<u64>(buffer + IPC_PERM_BYTES, set.changed, 16);
  store<u64>(buffer + IPC_PERM_BYTES, <u64>set.count, 32);
}

/** Commands on one semaphore. */
function one(set: SemSet, n: u32, command: i32, value: i32): i64 {
  const flags = lockIrqSave(semLock());
  const semaphore = semAt(set, n);
  let result: i64 = -EINVAL;
  if (command == GETVAL) result = semaphore.value;
  else if (command == GETPID) result = semaphore.pid;
  else if (command == GETNCNT) result = semaphore.growWaiters;
  else if (command == GETZCNT) result = semaphore.zeroWaiters;
  else if (command == SETVAL) {
    result = value < 0 || value > SEMVMX ? -ERANGE : 0;
    if (result == 0) {
      semSetValue(set, n, value);
      set.changed = nowSeconds();
      semChanged(set);
    }
  }
  unlockIrqRestore(semLock(), flags);
  return result;
}

/** GETALL and SETALL: an array of u16. */
function all(id: i32, address: u64, sets: bool): i64 {
  const values = kmalloc(<usize>SEMMSL * 2);
  if (values == 0) return -ENOMEM;
  ipcLock(semTable);
  const at = ipcFindLocked(semTable, id);
  const set = changetype<SemSet>(at);
  let result: i64 = at == 0 ? -EINVAL : ipcCheck(set, sets ? IPC_WRITE : IPC_READ);
  if (result == 0) result = sets ? setAll(set, address, values) : getAll(set, values);
  const count: u32 = result == 0 ? set.count : 0;
  ipcUnlock(semTable);
  if (result == 0 && !sets) result = copyToUser(address, values, <usize>count * 2);
  kfree(values);
  return result;
}

function getAll(set: SemSet, values: usize): i32 {
  const flags = lockIrqSave(semLock());
  for (let n: u32 = 0; n < set.count; n++) store<u16>(values + <usize>n * 2, <u16>semAt(set, n).value);
  unlockIrqRestore(semLock(), flags);
  return 0;
}

function setAll(set: SemSet, address: u64, values: usize): i32 {
  const error = copyFromUser(values, address, <usize>set.count * 2);
  if (error != 0) return error;
  for (let n: u32 = 0; n < set.count; n++) {
    if (<i32>load<u16>(values + <usize>n * 2) > SEMVMX) return -ERANGE;
  }
  const flags = lockIrqSave(semLock());
  for (let n: u32 = 0; n < set.count; n++) semSetValue(set, n, load<u16>(values + <usize>n * 2));
  set.changed = nowSeconds();
  semChanged(set);
  unlockIrqRestore(semLock(), flags);
  return 0;
}

/** struct seminfo; the result is the highest slot in use. */
function information(address: u64, out: usize, used: bool): i64 {
  ipcLock(semTable);
  const top = semTable.top;
  const sets = semTable.used;
  let semaphores: u32 = 0;
  for (let slot: u32 = 0; used && slot < top; slot++) {
    const at = ipcAtLocked(semTable, <i32>slot);
    if (at != 0) semaphores += changetype<SemSet>(at).count;
  }
  ipcUnlock(semTable);
  memory.fill(out, 0, SEMINFO_SIZE);
  store<u32>(out, ALL_SEMAPHORES);
  store<u32>(out, SEMMNI, 4);
  store<u32>(out, ALL_SEMAPHORES, 8);
  store<u32>(out, ALL_SEMAPHORES, 12);
  store<u32>(out, SEMMSL, 16);
  store<u32>(out, SEMOPM, 20);
  store<u32>(out, SEMOPM, 24);
  store<u32>(out, used ? sets : 20, 28);
  store<u32>(out, SEMVMX, 32);
  store<u32>(out, used ? semaphores : SEMVMX, 36);
  if (copyToUser(address, out, SEMINFO_SIZE) < 0) return -EFAULT;
  return top == 0 ? 0 : <i64>top - 1;
}
