/**
 * Where the paths of a process start: its root, its working directory and its umask. Processes made by clone(CLONE_FS)
 * share one; fork copies it. The lock of dentry.ts guards the places.
 */
import { alloc, kfree } from '../mm/kmalloc';
import {
  Dentry,
  dcacheEnter,
  dcacheLeave,
  dcacheLeaveQuickly,
  dentryGetLocked,
  dentryPutLocked,
} from './dentry';
import { Mount, mountGetLocked, mountOfRoot, mountPutLocked } from './mount';

@unmanaged
export class FsContext {
  references: i32;
  umask: u32;
  rootMount: Mount;
  root: Dentry;
  cwdMount: Mount;
  cwd: Dentry;
}

const DEFAULT_UMASK: u32 = 0o022;

/** Of the first processes: the top of the tree. 0 when out of memory, or before there is a root. */
export function fsContextCreate(): usize {
  const top = mountOfRoot();
  const c = alloc<FsContext>();
  if (changetype<usize>(c) == 0 || top == null) {
    kfree(changetype<usize>(c));
    return 0;
  }
  c.references = 1;
  c.umask = DEFAULT_UMASK;
  c.rootMount = top;
  c.root = top.root;
  c.cwdMount = top;
  c.cwd = top.root;
  const flags = dcacheEnter();
  retainPlacesLocked(c);
  dcacheLeaveQuickly(flags);
  return changetype<usize>(c);
}

function retainPlacesLocked(c: FsContext): void {
  mountGetLocked(c.rootMount);
  dentryGetLocked(c.root);
  mountGetLocked(c.cwdMount);
  dentryGetLocked(c.cwd);
}

/** A copy, for fork; 0 when out of memory. */
export function fsContextClone(context: usize): usize {
  const from = changetype<FsContext>(context);
  const c = alloc<FsContext>();
  if (changetype<usize>(c) == 0) return 0;
  const flags = dcacheEnter();
  memory.copy(changetype<usize>(c), context, offsetof<FsContext>());
  c.references = 1;
  c.umask = from.umask;
  retainPlacesLocked(c);
  dcacheLeaveQuickly(flags);
  return changetype<usize>(c);
}

/** One more process uses the same (CLONE_FS). */
export function fsContextShare(context: usize): usize {
  atomic.add<i32>(context + offsetof<FsContext>('references'), 1);
  return context;
}

/** Gives up a use; 0 is allowed. May sleep. */
export function fsContextRelease(context: usize): void {
  if (context == 0) return;
  if (atomic.sub<i32>(context + offsetof<FsContext>('references'), 1) != 1) return;
  const c = changetype<FsContext>(context);
  const flags = dcacheEnter();
  dentryPutLocked(c.cwd);
  mountPutLocked(c.cwdMount);
  dentryPutLocked(c.root);
  mountPutLocked(c.rootMount);
  dcacheLeave(flags);
  kfree(context);
}

/** Makes a place, of which it takes references of its own, the working directory. */
export function fsContextSetCwd(context: usize, mount: Mount, dentry: Dentry): void {
  const c = changetype<FsContext>(context);
  const flags = dcacheEnter();
  mountGetLocked(mount);
  dentryGetLocked(dentry);
  dentryPutLocked(c.cwd);
  mountPutLocked(c.cwdMount);
  c.cwdMount = mount;
  c.cwd = dentry;
  dcacheLeave(flags);
}

export function fsContextSetRoot(context: usize, mount: Mount, dentry: Dentry): void {
  const c = changetype<FsContext>(context);
  const flags = dcacheEnter();
  mountGetLocked(mount);
  dentryGetLocked(dentry);
  dentryPutLocked(c.root);
  mountPutLocked(c.rootMount);
  c.rootMount = mount;
  c.root = dentry;
  dcacheLeave(flags);
}

/** Sets the umask (permission bits only) and gives the old one. */
export function fsContextSetUmask(context: usize, mask: u32): u32 {
  return atomic.xchg<u32>(context + offsetof<FsContext>('umask'), mask & 0o777);
}

export function fsContextUmask(context: usize): u32 {
  return context == 0 ? 0 : changetype<FsContext>(context).umask;
}
