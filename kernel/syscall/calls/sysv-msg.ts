/** System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
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
  MSGMAX,
  MSGMNB,
  MSGMNI,
  MSG_COPY,
  MsgItem,
  MsgQueue,
  itemBytes,
  itemCreate,
  msgChanged,
  msgCreate,
  msgDestroy,
  msgEnter,
  msgLeave,
  msgLock,
  msgReceive,
  msgSend,
  msgTable,
} from '../../ipc/sysv-msg';
import { EFAULT, EINVAL, ENOMEM, ENOSYS, EPERM, isErrno } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

const MSG_STAT: i32 = 11;
const MSG_INFO: i32 = 12;
const MSG_STAT_ANY: i32 = 13;

/** struct msqid64_ds: permissions, three times, bytes, messages, byte limit, two pids. */
const MSQID_DS_SIZE: usize = 120;
const BYTE_LIMIT_OFFSET: usize = 88;
const MSGINFO_SIZE: usize = 32;

export function sysMsgget(a: SyscallArgs): i64 {
  const key = <i32>a.a0;
  ipcLock(msgTable);
  let result = ipcGetLocked(msgTable, key, <u32>a.a1);
  if (result == 0) result = create(key, <u32>a.a1);
  else if (!isErrno(result)) result = changetype<MsgQueue>(<usize>result).id;
  ipcUnlock(msgTable);
  return result;
}

function create(key: i32, flags: u32): i64 {
  const q = msgCreate();
  if (changetype<usize>(q) == 0) return -ENOMEM;
  const error = ipcAddLocked(msgTable, q, key, flags);
  if (error == 0) return q.id;
  kfree(changetype<usize>(q));
  return error;
}

/** The queue for a call that may have `wanted`, entered, in `out`: 0 or a negative errno. */
function enter(id: i32, wanted: u32, out: usize): i32 {
  ipcLock(msgTable);
  const at = ipcFindLocked(msgTable, id);
  const error = at == 0 ? -EINVAL : ipcCheck(changetype<MsgQueue>(at), wanted);
  if (error == 0) {
    msgEnter(changetype<MsgQueue>(at));
    store<usize>(out, at);
  }
  ipcUnlock(msgTable);
  return error;
}

export function sysMsgsnd(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0 || a.a2 > MSGMAX) return -EINVAL;
  const length = <usize>a.a2;
  const scratch = threadScratch(currentThread());
  if (copyFromUser(scratch, a.a1, 8) < 0) return -EFAULT;
  const type = load<i64>(scratch);
  if (type < 1) return -EINVAL;
  const item = itemCreate(length);
  if (changetype<usize>(item) == 0) return -ENOMEM;
  item.type = type;
  let error = copyFromUser(itemBytes(item), a.a1 + 8, length);
  if (error == 0) error = enter(<i32>a.a0, IPC_WRITE, scratch);
  if (error == 0) {
    const q = changetype<MsgQueue>(load<usize>(scratch));
    error = msgSend(q, item, <u32>a.a3);
    msgLeave(q);
  }
  if (error != 0) kfree(changetype<usize>(item));
  return error;
}

export function sysMsgrcv(a: SyscallArgs): i64 {
  if (<i32>a.a0 < 0 || <i64>a.a2 < 0) return -EINVAL;
  // As a Linux without checkpoint and restore answers.
  if (((<u32>a.a4) & MSG_COPY) != 0) return -ENOSYS;
  const scratch = threadScratch(currentThread());
  let error = enter(<i32>a.a0, IPC_READ, scratch);
  if (error != 0) return error;
  const q = changetype<MsgQueue>(load<usize>(scratch));
  error = msgReceive(q, <i64>a.a3, <usize>a.a2, <u32>a.a4, scratch);
  msgLeave(q);
  if (error != 0) return error;
  const item = changetype<MsgItem>(load<usize>(scratch));
  const length = min(item.length, <usize>a.a2);
  const type = changetype<usize>(item) + offsetof<MsgItem>('type');
  let result: i64 = <i64>length;
  if (copyToUser(a.a1, type, 8) < 0 || copyToUser(a.a1 + 8, itemBytes(item), length) < 0) result = -EFAULT;
  kfree(changetype<usize>(item));
  return result;
}

export function sysMsgctl(a: SyscallArgs): i64 {
  const command = (<i32>a.a1) & ~IPC_64;
  const id = <i32>a.a0;
  if (id < 0 || command < 0) return -EINVAL;
  const buffer = kmalloc(MSQID_DS_SIZE);
  if (buffer == 0) return -ENOMEM;
  let result: i64 = command == IPC_SET ? copyFromUser(buffer, a.a2, MSQID_DS_SIZE) : 0;
  if (result == 0 && (command == IPC_INFO || command == MSG_INFO)) {
    result = information(a.a2, buffer, command == MSG_INFO);
  } else if (result == 0) {
    ipcLock(msgTable);
    result = control(id, command, buffer);
    ipcUnlock(msgTable);
    const gives = command == IPC_STAT || command == MSG_STAT || command == MSG_STAT_ANY;
    if (gives && result >= 0 && copyToUser(a.a2, buffer, MSQID_DS_SIZE) < 0) result = -EFAULT;
  }
  kfree(buffer);
  return result;
}

/** The table is locked. */
function control(id: i32, command: i32, buffer: usize): i64 {
  const bySlot = command == MSG_STAT || command == MSG_STAT_ANY;
  const at = bySlot ? ipcAtLocked(msgTable, id) : ipcFindLocked(msgTable, id);
  if (at == 0) return -EINVAL;
  const q = changetype<MsgQueue>(at);
  if (command == IPC_STAT || bySlot) {
    const error = command == MSG_STAT_ANY ? 0 : ipcCheck(q, IPC_READ);
    if (error != 0) return error;
    describe(q, buffer);
    return bySlot ? q.id : 0;
  }
  if (command != IPC_RMID && command != IPC_SET) return -EINVAL;
  const refused = ipcCheckOwner(q);
  if (refused != 0) return refused;
  if (command == IPC_SET) return change(q, buffer);
  ipcRemoveLocked(msgTable, q);
  msgDestroy(q);
  return 0;
}

function change(q: MsgQueue, buffer: usize): i64 {
  const limit = load<u64>(buffer, BYTE_LIMIT_OFFSET);
  if (limit > <u64>MSGMNB && !isSuperuser(currentCredentials())) return -EPERM;
  const error = ipcSetPerm(q, buffer);
  if (error != 0) return error;
  const flags = lockIrqSave(msgLock());
  q.byteLimit = limit;
  msgChanged(q);
  unlockIrqRestore(msgLock(), flags);
  return 0;
}

function describe(q: MsgQueue, buffer: usize): void {
  memory.fill(buffer, 0, MSQID_DS_SIZE);
  ipcStorePerm(q, buffer);
  const at = buffer + IPC_PERM_BYTES;
  const flags = lockIrqSave(msgLock());
  store<u64>(at, q.sent);
  store<u64>(at, q.received, 8);
  store<u64>(at, q.changed, 16);
  store<u64>(at, q.bytes, 24);
  store<u64>(at, q.count, 32);
  store<u64>(at, q.byteLimit, 40);
  store<i32>(at, q.sentPid, 48);
  store<i32>(at, q.receivedPid, 52);
  unlockIrqRestore(msgLock(), flags);
}

/** struct msginfo; the result is the highest slot in use. */
function information(address: u64, out: usize, used: bool): i64 {
  ipcLock(msgTable);
  const top = msgTable.top;
  const queues = msgTable.used;
  let messages: u64 = 0;
  let bytes: u64 = 0;
  for (let slot: u32 = 0; used && slot < top; slot++) {
    const at = ipcAtLocked(msgTable, <i32>slot);
    if (at == 0) continue;
    messages += changetype<MsgQueue>(at).count;
    bytes += changetype<MsgQueue>(at).bytes;
  }
  ipcUnlock(msgTable);
  memory.fill(out, 0, MSGINFO_SIZE);
  store<u32>(out, used ? queues : (MSGMNI * MSGMNB) / 1024);
  store<u32>(out, used ? <u32>messages : MSGMNB, 4);
  store<u32>(out, MSGMAX, 8);
  store<u32>(out, MSGMNB, 12);
  store<u32>(out, MSGMNI, 16);
  store<u32>(out, 16, 20);
  store<u32>(out, used ? <u32>bytes : MSGMNB, 24);
  store<u16>(out, 0xffff, 28);
  if (copyToUser(address, out, MSGINFO_SIZE) < 0) return -EFAULT;
  return top == 0 ? 0 : <i64>top - 1;
}
