/**
 * System V shared memory (shmget(2), shmop(2), shmctl(2)): segments are files of the hidden tmpfs; attaching maps them.
 *
 * - A segment counts the areas that show it (mm/areas.ts calls countAreas); one that was removed ends with the last of them.
 * - Times are seconds since 1970, as struct shmid64_ds has them.
 */
import { File, fileRelease, fileRetain } from '../fs/file';
import { sharedMemoryFile } from '../fs/tmpfs/shared-memory';
import { EEXIST, EINVAL, ENOMEM, isErrno } from '../lib/errno';
import { AddressSpace, spaceLock, spaceTree } from '../mm/address-space';
import { areaAlloc, areasFree, setSegmentFunction, takeEnded } from '../mm/areas';
import { alloc, kfree } from '../mm/kmalloc';
import { totalFrameCount } from '../mm/frames';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { pageCacheCount } from '../mm/page-cache';
import { Place, spaceEnter, unmapLocked } from '../mm/map';
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  VMA_NEVER_WRITE,
  VMA_SHARED,
  Vma,
  isNullVma,
  vmaAt,
  vmaFrom,
} from '../mm/vma';
import { currentProcess } from '../proc/process';
import { realtimeNs } from '../sched/clock';
import {
  IPC_READ,
  IPC_WRITE,
  IpcObject,
  IpcTable,
  ipcAddLocked,
  ipcCheck,
  ipcCheckOwner,
  ipcFindLocked,
  ipcForgetKey,
  ipcGetLocked,
  ipcLock,
  ipcRemoveLocked,
  ipcTableInit,
  ipcUnlock,
} from './sysv-ipc';

const NS_PER_SECOND: u64 = 1_000_000_000;
export const SHM_HUGETLB: u32 = 0o4000;
export const SHM_NORESERVE: u32 = 0o10000;
export const SHM_RDONLY: u64 = 0o10000;
export const SHM_RND: u64 = 0o20000;
export const SHM_REMAP: u64 = 0o40000;
export const SHM_EXEC: u64 = 0o100000;
/** In IpcObject.mode: removed, ends with its last attachment; locked in memory. */
export const SHM_DEST: u32 = 0o1000;
export const SHM_LOCKED: u32 = 0o2000;
/** Linux's limits: smallest segment, number of segments; sizes are bounded by memory alone. */
export const SHMMIN: u64 = 1;
export const SHMMNI: u32 = 4096;
export const SHMMAX: u64 = 18446744073692774399;

@unmanaged
export class Segment extends IpcObject {
  file: File;
  size: u64;
  attachments: i64;
  attachTime: u64;
  detachTime: u64;
  changeTime: u64;
  creatorPid: i32;
  lastPid: i32;
}

const table = changetype<IpcTable>(memory.data(offsetof<IpcTable>(), 8));
let totalPages: u64 = 0;

export function shmTable(): IpcTable {
  return table;
}

/** Pages of all segments, by size. */
export function shmTotalPages(): u64 {
  return totalPages;
}

function seconds(): u64 {
  return realtimeNs() / NS_PER_SECOND;
}

export function shmInit(): void {
  ipcTableInit(table, SHMMNI);
  setSegmentFunction(countAreas);
}

/** An area of a segment came (1, under a space's lock) or went (-1, without locks). */
function countAreas(at: usize, change: i32): void {
  const counter = at + offsetof<Segment>('attachments');
  if (change > 0) {
    atomic.add<i64>(counter, 1);
    return;
  }
  const s = changetype<Segment>(at);
  ipcLock(table);
  s.detachTime = seconds();
  s.lastPid = currentPid();
  const last = atomic.sub<i64>(counter, 1) == 1;
  const ends = last && (s.mode & SHM_DEST) != 0;
  if (ends) ipcRemoveLocked(table, s);
  ipcUnlock(table);
  if (ends) free(s);
}

function currentPid(): i32 {
  const p = currentProcess();
  return changetype<usize>(p) == 0 ? 0 : p.pid;
}

function free(s: Segment): void {
  totalPages -= (s.size + 4095) >> 12;
  fileRelease(s.file);
  kfree(changetype<usize>(s));
}

/** A new segment; the table's lock is held. The identifier or a negative errno. */
function create(key: i32, size: u64, flags: u32): i32 {
  if (size < SHMMIN || size > SHMMAX) return -EINVAL;
  if ((flags & SHM_HUGETLB) != 0) return -ENOMEM;
  const pages = (size + 4095) >> 12;
  if (pages > totalFrameCount() && (flags & SHM_NORESERVE) == 0) return -ENOMEM;
  const s = alloc<Segment>();
  if (changetype<usize>(s) == 0) return -ENOMEM;
  const file = sharedMemoryFile('SYSV00000000', pages << 12, (flags & SHM_NORESERVE) == 0);
  if (isErrno(file)) {
    kfree(changetype<usize>(s));
    return <i32>file;
  }
  s.file = changetype<File>(<usize>file);
  s.size = size;
  s.changeTime = seconds();
  s.creatorPid = currentPid();
  totalPages += pages;
  const error = ipcAddLocked(table, s, key, flags);
  if (error == 0) return s.id;
  free(s);
  return error;
}

/** shmget(2). */
export function shmGet(key: i32, size: u64, flags: u32): i32 {
  ipcLock(table);
  const found = ipcGetLocked(table, key, flags);
  let result = <i32>found;
  if (found == 0) result = create(key, size, flags);
  else if (!isErrno(found)) {
    const s = changetype<Segment>(<usize>found);
    result = size > s.size ? -EINVAL : s.id;
  }
  ipcUnlock(table);
  return result;
}

/** The file of a segment with a reference, for attaching; 0, or a negative errno disguised as in syscall results. */
function take(id: i32, rights: u32, out: Vma): i32 {
  ipcLock(table);
  const at = ipcFindLocked(table, id);
  let error: i32 = 0;
  if (at == 0) error = -EINVAL;
  else {
    const s = changetype<Segment>(at);
    error = ipcCheck(s, rights);
    if (error == 0) {
      out.file = changetype<usize>(s.file);
      out.segment = at;
      out.end = (s.size + 4095) & ~4095;
      fileRetain(s.file);
      // Holds the segment until the area counts itself.
      atomic.add<i64>(at + offsetof<Segment>('attachments'), 1);
    }
  }
  ipcUnlock(table);
  return error;
}

/** shmat(2): the address or a negative errno. */
export function shmAttach(space: AddressSpace, id: i32, address: u64, flags: u64): i64 {
  let wanted = address;
  if ((wanted & 4095) != 0) {
    if ((flags & SHM_RND) == 0) return -EINVAL;
    wanted &= ~4095;
    if (wanted == 0 && (flags & SHM_REMAP) != 0) return -EINVAL;
  }
  if (wanted == 0 && (flags & SHM_REMAP) != 0) return -EINVAL;
  const readOnly = (flags & SHM_RDONLY) != 0;
  const area = areaAlloc();
  if (isNullVma(area)) return -ENOMEM;
  const error = take(id, readOnly ? IPC_READ : IPC_READ | IPC_WRITE, area);
  if (error != 0) {
    kfree(changetype<usize>(area));
    return error;
  }
  const segment = area.segment;
  area.prot = PROT_READ | (readOnly ? 0 : PROT_WRITE) | ((flags & SHM_EXEC) != 0 ? PROT_EXEC : 0);
  area.flags = VMA_SHARED | (readOnly ? VMA_NEVER_WRITE : 0);
  const length = area.end;
  const place = wanted == 0 ? Place.Hint : (flags & SHM_REMAP) != 0 ? Place.Replace : Place.Exactly;
  const result = spaceEnter(space, area, wanted, length, place);
  if (result > 0) {
    const s = changetype<Segment>(segment);
    s.attachTime = seconds();
    s.lastPid = currentPid();
  }
  // The area has counted itself, or will never.
  release(segment, result > 0);
  return result == -EEXIST ? -EINVAL : result;
}

/** Gives up the hold of take(). */
function release(at: usize, attached: bool): void {
  if (attached) {
    atomic.sub<i64>(at + offsetof<Segment>('attachments'), 1);
    return;
  }
  const s = changetype<Segment>(at);
  const detached = s.detachTime;
  const last = s.lastPid;
  countAreas(at, -1);
  if (ipcFindLocked(table, s.id) != at) return;
  s.detachTime = detached;
  s.lastPid = last;
}

/** shmdt(2): removes all areas of the segment that is attached at `address`. */
export function shmDetach(space: AddressSpace, address: u64): i32 {
  if ((address & 4095) != 0) return -EINVAL;
  const tree = spaceTree(space);
  const flags = lockIrqSave(spaceLock(space));
  let area = vmaFrom(tree, address);
  // The first area from there on that shows what the segment would show at that distance.
  while (!isNullVma(area) && (area.segment == 0 || area.start - area.offset != address))
    area = vmaAt(area.next);
  let result: i32 = -EINVAL;
  if (!isNullVma(area)) {
    const segment = area.segment;
    result = 0;
    while (!isNullVma(area) && result == 0) {
      const next = vmaAt(area.next);
      if (area.segment == segment && area.start - area.offset == address) {
        result = unmapLocked(space, area.start, area.end);
      }
      area = next;
    }
  }
  const ended = takeEnded(space);
  unlockIrqRestore(spaceLock(space), flags);
  if (ended != 0) areasFree(ended);
  return result;
}

/** IPC_RMID: the segment goes at once when nobody has it attached. */
export function shmRemove(id: i32): i32 {
  ipcLock(table);
  const at = ipcFindLocked(table, id);
  const error: i32 = at == 0 ? -EINVAL : ipcCheckOwner(changetype<IpcObject>(at));
  let ends = false;
  const s = changetype<Segment>(at);
  if (error == 0) {
    ends = s.attachments == 0;
    if (ends) ipcRemoveLocked(table, s);
    else {
      s.mode |= SHM_DEST;
      ipcForgetKey(s);
    }
  }
  ipcUnlock(table);
  if (ends) free(s);
  return error;
}

/** Pages of a segment that are in memory. */
export function shmResident(s: Segment): u64 {
  return pageCacheCount(s.file.inode);
}
