/**
 * Descriptor tables: one per process (`files`), small integers to open files.
 *
 * - fdGet() retains the file for the caller, who releases it; so another thread's close never pulls it away.
 * - A table grows in powers of two up to RLIMIT_NOFILE of the process. `firstFree` is no higher than the lowest free one.
 */
import { EBADF, EINVAL, EMFILE, ENOMEM } from '../lib/errno';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { File, fileClose, fileRelease, fileRetain } from './file';
import { descriptorLimit } from './limits';
import { locksReleaseOwner } from './locks';

/** What no limit of a process goes beyond (Linux's fs.nr_open is larger; a table this long is 1 MiB). */
export const MAX_DESCRIPTORS: u32 = 65536;
const INITIAL: u32 = 16;
export const FD_CLOEXEC: u32 = 1;

@unmanaged
class FdTable {
  lock: u32;
  capacity: u32;
  /** `capacity` pairs: File pointer, flags. */
  slots: usize;
  /** Processes that use it (CLONE_FILES). */
  users: u32;
  firstFree: u32;
}

const SLOT_BYTES: usize = 16;

function tableOf(t: usize): FdTable {
  return changetype<FdTable>(t);
}

function lockOf(t: usize): usize {
  return t + offsetof<FdTable>('lock');
}

function slotAt(t: usize, fd: u32): usize {
  return tableOf(t).slots + <usize>fd * SLOT_BYTES;
}

function create(capacity: u32): usize {
  const table = alloc<FdTable>();
  if (changetype<usize>(table) == 0) return 0;
  table.slots = kmalloc(<usize>capacity * SLOT_BYTES);
  if (table.slots == 0) {
    kfree(changetype<usize>(table));
    return 0;
  }
  table.capacity = capacity;
  table.users = 1;
  return changetype<usize>(table);
}

/** An empty table, or 0 when out of memory. */
export function fdTableCreate(): usize {
  return create(INITIAL);
}

/** A table with the same open files, for fork; 0 when out of memory. */
export function fdTableClone(from: usize): usize {
  const capacity = tableOf(from).capacity;
  const to = create(capacity);
  if (to == 0) return 0;
  const flags = lockIrqSave(lockOf(from));
  tableOf(to).firstFree = tableOf(from).firstFree;
  memory.copy(tableOf(to).slots, tableOf(from).slots, <usize>capacity * SLOT_BYTES);
  for (let fd: u32 = 0; fd < capacity; fd++) {
    const file = load<usize>(slotAt(to, fd));
    if (file != 0) fileRetain(changetype<File>(file));
  }
  unlockIrqRestore(lockOf(from), flags);
  return to;
}

/** Takes what is in the slot out of it; 0 when it was empty. */
function take(t: usize, fd: u32): usize {
  const flags = lockIrqSave(lockOf(t));
  let file: usize = 0;
  if (fd < tableOf(t).capacity) {
    file = load<usize>(slotAt(t, fd));
    store<usize>(slotAt(t, fd), 0);
    store<u64>(slotAt(t, fd), 0, 8);
    if (fd < tableOf(t).firstFree) tableOf(t).firstFree = fd;
  }
  unlockIrqRestore(lockOf(t), flags);
  return file;
}

/** Closes what exec closes. */
export function fdTableCloseOnExec(t: usize): void {
  for (let fd: u32 = 0; fd < tableOf(t).capacity; fd++) {
    if (fdGetFlags(t, <i32>fd) == <i32>FD_CLOEXEC) fdClose(t, <i32>fd);
  }
}

/** One process more uses the table, which it returns. */
export function fdTableShare(t: usize): usize {
  const flags = lockIrqSave(lockOf(t));
  tableOf(t).users++;
  unlockIrqRestore(lockOf(t), flags);
  return t;
}

/** For exec: a table of the caller's own, the same one when nobody shares it; 0 when out of memory. */
export function fdTableUnshare(t: usize): usize {
  if (tableOf(t).users == 1) return t;
  const own = fdTableClone(t);
  if (own != 0) fdTableDestroy(t);
  return own;
}

/** A process no longer uses the table; with the last one everything is closed. */
export function fdTableDestroy(t: usize): void {
  const flags = lockIrqSave(lockOf(t));
  const left = --tableOf(t).users;
  unlockIrqRestore(lockOf(t), flags);
  if (left != 0) return;
  for (let fd: u32 = 0; fd < tableOf(t).capacity; fd++) fdClose(t, <i32>fd);
  kfree(tableOf(t).slots);
  kfree(t);
}

/** The file of a descriptor, retained; null when it is not open. */
export function fdGet(t: usize, fd: i32): File | null {
  const flags = lockIrqSave(lockOf(t));
  let file: usize = 0;
  if (<u32>fd < tableOf(t).capacity) file = load<usize>(slotAt(t, fd));
  if (file != 0) fileRetain(changetype<File>(file));
  unlockIrqRestore(lockOf(t), flags);
  return changetype<File | null>(file);
}

/** Highest number of descriptors: by the process's limit. */
function limit(): u32 {
  return min(descriptorLimit(), MAX_DESCRIPTORS);
}

/** Makes room for descriptor `fd`: 0, -EMFILE or -ENOMEM. */
function grow(t: usize, fd: u32): i32 {
  if (fd >= limit()) return -EMFILE;
  let capacity = tableOf(t).capacity;
  if (fd < capacity) return 0;
  while (capacity <= fd) capacity *= 2;
  const slots = kmalloc(<usize>capacity * SLOT_BYTES);
  if (slots == 0) return -ENOMEM;
  const flags = lockIrqSave(lockOf(t));
  let unused = slots;
  // Another thread may have made it larger meanwhile.
  if (tableOf(t).capacity < capacity) {
    unused = tableOf(t).slots;
    memory.copy(slots, unused, <usize>tableOf(t).capacity * SLOT_BYTES);
    tableOf(t).slots = slots;
    tableOf(t).capacity = capacity;
  }
  unlockIrqRestore(lockOf(t), flags);
  kfree(unused);
  return 0;
}

function fill(t: usize, fd: u32, file: File, cloexec: bool): void {
  store<usize>(slotAt(t, fd), changetype<usize>(file));
  store<u64>(slotAt(t, fd), cloexec ? FD_CLOEXEC : 0, 8);
}

/**
 * Gives the file the lowest free descriptor from `minFd` on and takes over the caller's reference. The descriptor,
 * -EINVAL (minFd), -EMFILE or -ENOMEM; on failure the reference stays the caller's.
 */
export function fdInstall(t: usize, file: File, minFd: i32, cloexec: bool): i32 {
  const most = limit();
  if (minFd < 0 || (minFd > 0 && <u32>minFd >= most)) return -EINVAL;
  const wanted = <u32>minFd;
  while (true) {
    const flags = lockIrqSave(lockOf(t));
    const table = tableOf(t);
    const capacity = table.capacity;
    let fd = max(wanted, table.firstFree);
    while (fd < capacity && load<usize>(slotAt(t, fd)) != 0) fd++;
    const found = fd < capacity && fd < most;
    if (found) fill(t, fd, file, cloexec);
    if (wanted <= table.firstFree) table.firstFree = found ? fd + 1 : fd;
    unlockIrqRestore(lockOf(t), flags);
    if (found) return <i32>fd;
    const error = grow(t, fd);
    if (error != 0) return error;
  }
}

/** A descriptor has gone: the record locks that the process has on the file go with it. */
function drop(t: usize, file: File): void {
  if (file.inode.locks != 0) locksReleaseOwner(file.inode, t);
  fileClose(file);
}

export function fdClose(t: usize, fd: i32): i32 {
  const file = take(t, <u32>fd);
  if (file == 0) return -EBADF;
  drop(t, changetype<File>(file));
  return 0;
}

/** close_range(2): closes descriptors `first` to `last`, or marks them to be closed by exec. */
export function fdCloseRange(t: usize, first: u32, last: u32, cloexec: bool): void {
  for (let fd = first; fd <= last && fd < tableOf(t).capacity; fd++) {
    if (cloexec) fdSetFlags(t, <i32>fd, FD_CLOEXEC);
    else fdClose(t, <i32>fd);
  }
}

/** How many descriptors there may be before the table grows: for going through them. */
export function fdTableCapacity(t: usize): u32 {
  return tableOf(t).capacity;
}

/** dup2 and dup3: `to` becomes a descriptor of the file of `from`. The same descriptor twice changes nothing. */
export function fdDup2(t: usize, from: i32, to: i32, cloexec: bool): i32 {
  const file = fdGet(t, from);
  if (file == null) return -EBADF;
  if (from == to) {
    fileRelease(file);
    return to;
  }
  const error = to < 0 || <u32>to >= limit() ? -EBADF : grow(t, to);
  if (error != 0) {
    fileRelease(file);
    return error;
  }
  const flags = lockIrqSave(lockOf(t));
  const old = load<usize>(slotAt(t, to));
  fill(t, to, file, cloexec);
  unlockIrqRestore(lockOf(t), flags);
  if (old != 0) drop(t, changetype<File>(old));
  return to;
}

/** FD_CLOEXEC or 0; -EBADF when it is not open. */
export function fdGetFlags(t: usize, fd: i32): i32 {
  const flags = lockIrqSave(lockOf(t));
  let result = -EBADF;
  if (<u32>fd < tableOf(t).capacity && load<usize>(slotAt(t, fd)) != 0)
    result = <i32>load<u32>(slotAt(t, fd), 8);
  unlockIrqRestore(lockOf(t), flags);
  return result;
}

export function fdSetFlags(t: usize, fd: i32, value: u32): i32 {
  const flags = lockIrqSave(lockOf(t));
  let result = -EBADF;
  if (<u32>fd < tableOf(t).capacity && load<usize>(slotAt(t, fd)) != 0) {
    store<u64>(slotAt(t, fd), value & FD_CLOEXEC, 8);
    result = 0;
  }
  unlockIrqRestore(lockOf(t), flags);
  return result;
}
