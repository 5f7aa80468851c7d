/** The links of /proc: self, thread-self, and exe, cwd and root of a process. */
import { EACCES, ENAMETOOLONG, ENOENT } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { spaceDestroy, spaceLock, spaceShare, spaceTree } from '../../mm/address-space';
import { AddressSpace } from '../../mm/address-space';
import { PROT_EXEC, vmaAt } from '../../mm/vma';
import { currentProcess, isNull, processFindLocked, processLock } from '../../proc/process';
import { currentThread } from '../../sched/scheduler';
import { FsContext, fsContextRelease, fsContextShare } from '../context';
import { Dentry, dcacheEnter, dcacheLeaveQuickly, dentryGetLocked } from '../dentry';
import { File, fileRelease, fileRetain } from '../file';
import { Mount, mountGetLocked, mountOfRoot } from '../mount';
import { placePathLocked } from '../place-path';

function putNumber(out: usize, value: u32): u32 {
  const before: u32 = value >= 10 ? putNumber(out, value / 10) : 0;
  store<u8>(out + before, <u8>(48 + (value % 10)));
  return before + 1;
}

/** /proc/self: the reader's number. */
export function linkSelf(_pid: i32, _tid: i32, buffer: usize, _max: u32): i32 {
  const p = currentProcess();
  return isNull(p) ? -ENOENT : <i32>putNumber(buffer, p.pid);
}

const TASK = memory.data<u8>([0x2f, 0x74, 0x61, 0x73, 0x6b, 0x2f]);
const TASK_BYTES: u32 = 6;

/** /proc/thread-self: PID/task/TID. */
export function linkThreadSelf(_pid: i32, _tid: i32, buffer: usize, _max: u32): i32 {
  const p = currentProcess();
  if (isNull(p)) return -ENOENT;
  let n = putNumber(buffer, p.pid);
  memory.copy(buffer + n, TASK, TASK_BYTES);
  n += TASK_BYTES;
  return <i32>(n + putNumber(buffer + n, currentThread().id));
}

const MOUNTS = memory.data<u8>([0x73, 0x65, 0x6c, 0x66, 0x2f, 0x6d, 0x6f, 0x75, 0x6e, 0x74, 0x73]);

/** /proc/mounts -> self/mounts. */
export function linkMounts(_pid: i32, _tid: i32, buffer: usize, _max: u32): i32 {
  memory.copy(buffer, MOUNTS, 11);
  return 11;
}

/** The path of a place as seen from the reader's root: its length, or a negative errno. */
export function pathFromRoot(mount: Mount, dentry: Dentry, buffer: usize, max: u32): i32 {
  const top = mountOfRoot();
  if (top == null) return -ENOENT;
  let rootMount: Mount = top;
  let root = top.root;
  const p = currentProcess();
  const flags = dcacheEnter();
  if (!isNull(p) && p.fs != 0) {
    const c = changetype<FsContext>(p.fs);
    rootMount = c.rootMount;
    root = c.root;
  }
  let length = placePathLocked(mount, dentry, rootMount, root, buffer, max);
  dcacheLeaveQuickly(flags);
  if (length == -2) {
    length = 0;
    while (load<u8>(buffer + length) != 0) length++;
  }
  return length < 0 ? -ENAMETOOLONG : length;
}

/** The context of a process, shared with the caller; 0 when it has none (any more). */
function contextOf(pid: i32): usize {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  const context = isNull(p) || p.fs == 0 ? 0 : fsContextShare(p.fs);
  unlockIrqRestore(processLock(), flags);
  return context;
}

/** The address space of a process, shared with the caller; a null pointer when it has none. */
export function spaceOfProcess(pid: i32): AddressSpace {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  let space = changetype<AddressSpace>(<usize>0);
  if (!isNull(p) && changetype<usize>(p.space) != 0) space = spaceShare(p.space);
  unlockIrqRestore(processLock(), flags);
  return space;
}

/** The file of the first executable area: the program; retained. A null pointer when there is none. */
function programOf(pid: i32): File {
  const space = spaceOfProcess(pid);
  if (changetype<usize>(space) == 0) return changetype<File>(<usize>0);
  let file: usize = 0;
  const flags = lockIrqSave(spaceLock(space));
  for (let at = spaceTree(space).first; at != 0 && file == 0; at = vmaAt(at).next) {
    if ((vmaAt(at).prot & PROT_EXEC) != 0) file = vmaAt(at).file;
  }
  if (file != 0) fileRetain(changetype<File>(file));
  unlockIrqRestore(spaceLock(space), flags);
  spaceDestroy(space);
  return changetype<File>(file);
}

function givePlace(mount: Mount, dentry: Dentry, place: usize): void {
  const flags = dcacheEnter();
  mountGetLocked(mount);
  dentryGetLocked(dentry);
  dcacheLeaveQuickly(flags);
  store<usize>(place, changetype<usize>(mount));
  store<usize>(place, changetype<usize>(dentry), 8);
}

export function linkExe(pid: i32, _tid: i32, buffer: usize, max: u32): i32 {
  const file = programOf(pid);
  if (changetype<usize>(file) == 0) return -ENOENT;
  const named = changetype<usize>(file.dentry) != 0;
  const length = named ? pathFromRoot(file.mount, file.dentry, buffer, max) : -ENOENT;
  fileRelease(file);
  return length;
}

export function jumpExe(pid: i32, place: usize): i32 {
  const file = programOf(pid);
  if (changetype<usize>(file) == 0) return -ENOENT;
  const named = changetype<usize>(file.dentry) != 0;
  if (named) givePlace(file.mount, file.dentry, place);
  fileRelease(file);
  return named ? 0 : -EACCES;
}

export function linkCwd(pid: i32, _tid: i32, buffer: usize, max: u32): i32 {
  const context = contextOf(pid);
  if (context == 0) return -ENOENT;
  const c = changetype<FsContext>(context);
  const length = pathFromRoot(c.cwdMount, c.cwd, buffer, max);
  fsContextRelease(context);
  return length;
}

export function jumpCwd(pid: i32, place: usize): i32 {
  const context = contextOf(pid);
  if (context == 0) return -ENOENT;
  const c = changetype<FsContext>(context);
  givePlace(c.cwdMount, c.cwd, place);
  fsContextRelease(context);
  return 0;
}

export function linkRoot(pid: i32, _tid: i32, buffer: usize, max: u32): i32 {
  const context = contextOf(pid);
  if (context == 0) return -ENOENT;
  const c = changetype<FsContext>(context);
  const length = pathFromRoot(c.rootMount, c.root, buffer, max);
  fsContextRelease(context);
  return length;
}

export function jumpRoot(pid: i32, place: usize): i32 {
  const context = contextOf(pid);
  if (context == 0) return -ENOENT;
  const c = changetype<FsContext>(context);
  givePlace(c.rootMount, c.root, place);
  fsContextRelease(context);
  return 0;
}
