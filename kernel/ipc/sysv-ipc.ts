/**
 * What System V shared memory, semaphores and message queues have in common: identifiers, keys and permissions (POSIX XSI
 * interprocess communication, Linux sysvipc(7), svipc(7)).
 *
 * - A kind has an IpcTable of its own. An object begins with an IpcObject; the kind allocates and frees it.
 * - An identifier is its slot plus the slot's sequence number times IPC_SLOTS, so that an identifier that was removed is not
 *   soon another's.
 * - Functions whose names end in Locked want the table's lock (`ipcLock`), a mutex: they may sleep, and so may the holder.
 */
import { EACCES, EEXIST, EIDRM, EINVAL, ENOENT, ENOSPC, EPERM } from '../lib/errno';
import { kmalloc } from '../mm/kmalloc';
import { Credentials, currentCredentials, isInGroup, isSuperuser } from '../proc/credentials';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';

export const IPC_PRIVATE: i32 = 0;
/** Flags of the get calls. */
export const IPC_CREAT: u32 = 0o1000;
export const IPC_EXCL: u32 = 0o2000;
export const IPC_NOWAIT: u32 = 0o4000;
/** Commands of the ctl calls; glibc and musl add IPC_64, which is always meant on x86-64. */
export const IPC_RMID: i32 = 0;
export const IPC_SET: i32 = 1;
export const IPC_STAT: i32 = 2;
export const IPC_INFO: i32 = 3;
export const IPC_64: i32 = 0x100;

/** Rights, as the bits of an owner. */
export const IPC_READ: u32 = 0o400;
export const IPC_WRITE: u32 = 0o200;

/** Most objects of a kind; identifiers are below 2^31. */
export const IPC_SLOTS: u32 = 4096;
const SEQUENCES: u32 = 0x7fff_ffff / 4096;
/** struct ipc64_perm (asm-generic/ipcbuf.h). */
export const IPC_PERM_BYTES: usize = 48;

@unmanaged
export class IpcObject {
  id: i32;
  key: i32;
  uid: u32;
  gid: u32;
  creatorUid: u32;
  creatorGid: u32;
  /** Nine permission bits, and flags of the kind above them. */
  mode: u32;
  sequence: u32;
}

/** A kind's objects. All zeroes is an empty table; ipcTableInit() before use. */
@unmanaged
export class IpcTable {
  /** IPC_SLOTS object addresses, made at the first use. */
  slots: usize;
  /** Most objects there may be. */
  limit: u32;
  used: u32;
  /** Sequence number of the next object. */
  sequence: u32;
  /** Highest slot in use, plus 1. */
  top: u32;
  mutex0: u64;
  mutex1: u64;
  mutex2: u64;
  mutex3: u64;
  mutex4: u64;
}

function lockOf(table: IpcTable): Mutex {
  return changetype<Mutex>(changetype<usize>(table) + offsetof<IpcTable>('mutex0'));
}

export function ipcTableInit(table: IpcTable, limit: u32): void {
  table.limit = min(limit, IPC_SLOTS);
}

export function ipcLock(table: IpcTable): void {
  mutexLock(lockOf(table));
}

export function ipcUnlock(table: IpcTable): void {
  mutexUnlock(lockOf(table));
}

function slotAt(table: IpcTable, slot: u32): usize {
  return table.slots + <usize>slot * 8;
}

/** The object in a slot, 0 when it is empty: for IPC_INFO and *_STAT, which count slots. */
export function ipcAtLocked(table: IpcTable, slot: i32): usize {
  if (table.slots == 0 || slot < 0 || <u32>slot >= IPC_SLOTS) return 0;
  return load<usize>(slotAt(table, slot));
}

/** The object with this identifier; 0 when there is none. */
export function ipcFindLocked(table: IpcTable, id: i32): usize {
  if (id < 0) return 0;
  const at = ipcAtLocked(table, <i32>(<u32>id % IPC_SLOTS));
  return at != 0 && changetype<IpcObject>(at).id == id ? at : 0;
}

/** The object with this key, which is not IPC_PRIVATE; 0 when there is none. */
export function ipcFindKeyLocked(table: IpcTable, key: i32): usize {
  for (let slot: u32 = 0; slot < table.top; slot++) {
    const at = load<usize>(slotAt(table, slot));
    if (at != 0 && changetype<IpcObject>(at).key == key) return at;
  }
  return 0;
}

/** Has the caller all the rights of `wanted` (IPC_READ, IPC_WRITE)? 0 or -EACCES. */
export function ipcCheck(object: IpcObject, wanted: u32): i32 {
  const who = currentCredentials();
  if (isSuperuser(who)) return 0;
  let granted = object.mode;
  if (who.euid == object.uid || who.euid == object.creatorUid) granted >>= 6;
  else if (isMember(who, object)) granted >>= 3;
  const needed = (wanted >> 6) & 7;
  return (granted & needed) == needed ? 0 : -EACCES;
}

function isMember(who: Credentials, object: IpcObject): bool {
  if (who.egid == object.gid || who.egid == object.creatorGid) return true;
  return isInGroup(who, object.gid) || isInGroup(who, object.creatorGid);
}

/** May the caller change or remove it? 0 or -EPERM. */
export function ipcCheckOwner(object: IpcObject): i32 {
  const who = currentCredentials();
  return isSuperuser(who) || who.euid == object.uid || who.euid == object.creatorUid ? 0 : -EPERM;
}

/**
 * The get calls' rules: the object that is there already for `key` (checked for the rights in `flags`), 0 when the caller
 * is to make one, or a negative errno (isErrno: -EEXIST, -ENOENT, -EACCES). Rights that the caller asks for are those of its
 * flags' nine bits.
 */
export function ipcGetLocked(table: IpcTable, key: i32, flags: u32): i64 {
  if (key == IPC_PRIVATE) return 0;
  const found = ipcFindKeyLocked(table, key);
  if (found == 0) return (flags & IPC_CREAT) != 0 ? <i64>0 : <i64>-ENOENT;
  if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) return -EEXIST;
  // What any class of bits asks for is asked for.
  const asked = ((flags >> 6) | (flags >> 3) | flags) & 7;
  const error = ipcCheck(changetype<IpcObject>(found), asked << 6);
  return error != 0 ? <i64>error : <i64>found;
}

/** Gives a new object an identifier, the caller as its owner, and the permission bits of `flags`: 0, -ENOSPC or -ENOMEM. */
export function ipcAddLocked(table: IpcTable, object: IpcObject, key: i32, flags: u32): i32 {
  if (table.slots == 0) table.slots = kmalloc(<usize>IPC_SLOTS * 8);
  if (table.slots == 0 || table.used >= table.limit) return -ENOSPC;
  let slot: u32 = 0;
  while (load<usize>(slotAt(table, slot)) != 0) slot++;
  const who = currentCredentials();
  object.key = key;
  object.uid = who.euid;
  object.creatorUid = who.euid;
  object.gid = who.egid;
  object.creatorGid = who.egid;
  object.mode = flags & 0o777;
  object.sequence = table.sequence;
  object.id = <i32>(table.sequence * IPC_SLOTS + slot);
  table.sequence = (table.sequence + 1) % SEQUENCES;
  store<usize>(slotAt(table, slot), changetype<usize>(object));
  table.used++;
  if (slot >= table.top) table.top = slot + 1;
  return 0;
}

/** Takes an object out of the table; it is the caller's. */
export function ipcRemoveLocked(table: IpcTable, object: IpcObject): void {
  const slot = <u32>object.id % IPC_SLOTS;
  store<usize>(slotAt(table, slot), 0);
  table.used--;
  while (table.top > 0 && load<usize>(slotAt(table, table.top - 1)) == 0) table.top--;
}

/** Forgets the key of an object that is only there for those who use it. */
export function ipcForgetKey(object: IpcObject): void {
  object.key = IPC_PRIVATE;
}

/** -EINVAL when there never was such an identifier, -EIDRM when there was but it is removed: what operations answer. */
export function ipcMissing(id: i32): i32 {
  return id < 0 ? -EINVAL : -EIDRM;
}

/** Writes a struct ipc64_perm. */
export function ipcStorePerm(object: IpcObject, out: usize): void {
  memory.fill(out, 0, IPC_PERM_BYTES);
  store<i32>(out, object.key);
  store<u32>(out, object.uid, 4);
  store<u32>(out, object.gid, 8);
  store<u32>(out, object.creatorUid, 12);
  store<u32>(out, object.creatorGid, 16);
  store<u32>(out, object.mode, 20);
  store<u16>(out, <u16>object.sequence, 24);
}

/** IPC_SET: takes uid, gid and the nine permission bits from a struct ipc64_perm. */
export function ipcSetPerm(object: IpcObject, perm: usize): i32 {
  const uid = load<u32>(perm, 4);
  const gid = load<u32>(perm, 8);
  if (uid == ~(<u32>0) || gid == ~(<u32>0)) return -EINVAL;
  object.uid = uid;
  object.gid = gid;
  object.mode = (object.mode & ~0o777) | (load<u32>(perm, 20) & 0o777);
  return 0;
}
