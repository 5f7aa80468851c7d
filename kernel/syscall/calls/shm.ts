/** shmget, shmat, shmdt, shmctl (Linux shmctl(2) has the structures: asm-generic/shmbuf.h). */
import {
  SHMMAX,
  SHMMIN,
  SHMMNI,
  SHM_LOCKED,
  Segment,
  shmAttach,
  shmDetach,
  shmGet,
  shmRemove,
  shmResident,
  shmTable,
  shmTotalPages,
} from '../../ipc/shm';
import {
  IPC_64,
  IPC_INFO,
  IPC_PERM_BYTES,
  IPC_READ,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  ipcAtLocked,
  ipcCheck,
  ipcCheckOwner,
  ipcFindLocked,
  ipcLock,
  ipcSetPerm,
  ipcStorePerm,
  ipcUnlock,
} from '../../ipc/sysv-ipc';
import { EFAULT, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { realtimeNs } from '../../sched/clock';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

const SHM_LOCK: i32 = 11;
const SHM_UNLOCK: i32 = 12;
const SHM_STAT: i32 = 13;
const SHM_INFO: i32 = 14;
const SHM_STAT_ANY: i32 = 15;
/** struct shmid64_ds, shminfo64, shm_info. */
const DS_BYTES: usize = 112;
const SHMINFO_BYTES: usize = 72;
const SHM_INFO_BYTES: usize = 48;
const NS_PER_SECOND: u64 = 1_000_000_000;

export function sysShmget(a: SyscallArgs): i64 {
  return shmGet(<i32>a.a0, a.a1, <u32>a.a2);
}

export function sysShmat(a: SyscallArgs): i64 {
  return shmAttach(currentProcess().space, <i32>a.a0, a.a1, a.a2);
}

export function sysShmdt(a: SyscallArgs): i64 {
  return shmDetach(currentProcess().space, a.a0);
}

/** Fills a struct shmid64_ds. */
function storeSegment(s: Segment, out: usize): void {
  memory.fill(out, 0, DS_BYTES);
  ipcStorePerm(s, out);
  const at = out + IPC_PERM_BYTES;
  store<u64>(at, s.size);
  store<u64>(at, s.attachTime, 8);
  store<u64>(at, s.detachTime, 16);
  store<u64>(at, s.changeTime, 24);
  store<i32>(at, s.creatorPid, 32);
  store<i32>(at, s.lastPid, 36);
  store<u64>(at, <u64>s.attachments, 40);
}

function status(id: i32, command: i32, address: u64, buffer: usize): i64 {
  const table = shmTable();
  ipcLock(table);
  const at = command == IPC_STAT ? ipcFindLocked(table, id) : ipcAtLocked(table, id);
  let error: i32 = -EINVAL;
  let result: i32 = 0;
  if (at != 0) {
    const s = changetype<Segment>(at);
    error = command == SHM_STAT_ANY ? 0 : ipcCheck(s, IPC_READ);
    if (error == 0) storeSegment(s, buffer);
    if (command != IPC_STAT) result = s.id;
  }
  ipcUnlock(table);
  if (error == 0) error = copyToUser(address, buffer, DS_BYTES);
  return error != 0 ? error : result;
}

function set(id: i32, address: u64, buffer: usize): i64 {
  const failed = copyFromUser(buffer, address, DS_BYTES);
  if (failed != 0) return failed;
  const table = shmTable();
  ipcLock(table);
  const at = ipcFindLocked(table, id);
  let error: i32 = -EINVAL;
  if (at != 0) {
    const s = changetype<Segment>(at);
    error = ipcCheckOwner(s);
    if (error == 0) error = ipcSetPerm(s, buffer);
    if (error == 0) s.changeTime = realtimeNs() / NS_PER_SECOND;
  }
  ipcUnlock(table);
  return error;
}

/** SHM_LOCK: without swap segments stay in memory anyway; the mark is kept. */
function setLock(id: i32, locked: bool): i64 {
  const table = shmTable();
  ipcLock(table);
  const at = ipcFindLocked(table, id);
  let error: i32 = -EINVAL;
  if (at != 0) {
    const s = changetype<Segment>(at);
    error = ipcCheckOwner(s);
    if (error == 0) s.mode = locked ? s.mode | SHM_LOCKED : s.mode & ~SHM_LOCKED;
  }
  ipcUnlock(table);
  return error;
}

/** IPC_INFO and SHM_INFO: limits or totals; the highest slot in use. */
function info(command: i32, address: u64, buffer: usize): i64 {
  const table = shmTable();
  memory.fill(buffer, 0, SHMINFO_BYTES);
  ipcLock(table);
  const top = table.top == 0 ? 0 : <i32>table.top - 1;
  if (command == IPC_INFO) {
    store<u64>(buffer, SHMMAX);
    store<u64>(buffer, SHMMIN, 8);
    store<u64>(buffer, SHMMNI, 16);
    store<u64>(buffer, SHMMNI, 24);
    store<u64>(buffer, SHMMAX, 32);
  } else {
    store<i32>(buffer, <i32>table.used);
    store<u64>(buffer, shmTotalPages(), 8);
    let resident: u64 = 0;
    for (let slot: u32 = 0; slot < table.top; slot++) {
      const at = ipcAtLocked(table, slot);
      if (at != 0) resident += shmResident(changetype<Segment>(at));
    }
    store<u64>(buffer, resident, 16);
  }
  ipcUnlock(table);
  const error = copyToUser(address, buffer, command == IPC_INFO ? SHMINFO_BYTES : SHM_INFO_BYTES);
  return error != 0 ? error : top;
}

export function sysShmctl(a: SyscallArgs): i64 {
  const id = <i32>a.a0;
  const command = (<i32>a.a1) & ~IPC_64;
  if (command < 0 || id < 0) return -EINVAL;
  if (command == IPC_RMID) return shmRemove(id);
  if (command == SHM_LOCK || command == SHM_UNLOCK) return setLock(id, command == SHM_LOCK);
  const known = command <= IPC_INFO || (command >= SHM_STAT && command <= SHM_STAT_ANY);
  if (!known) return -EINVAL;
  if (a.a2 == 0) return -EFAULT;
  const buffer = kmalloc(DS_BYTES);
  if (buffer == 0) return -ENOMEM;
  let result: i64 = 0;
  if (command == IPC_SET) result = set(id, a.a2, buffer);
  else if (command == IPC_INFO || command == SHM_INFO) result = info(command, a.a2, buffer);
  else result = status(id, command, a.a2, buffer);
  kfree(buffer);
  return result;
}
