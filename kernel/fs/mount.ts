/**
 * The mount table. A file system is mounted in one place only, so a Dentry alone says where in the tree one is.
 *
 * Mounts are for the life of the system in this form; there is no umount yet.
 */
import { EBUSY, ENOMEM, ENOTDIR } from '../lib/errno';
import { alloc } from '../mm/kmalloc';
import {
  Dentry,
  dentryCreateRoot,
  dentryGet,
  dentryPutHeld,
  dentryTop,
  namespaceEnter,
  namespaceLeave,
} from './dentry';
import { Inode, SuperBlock, inodePut } from './inode';
import { isDirectory } from './stat';

@unmanaged
export class Mount {
  next: Mount | null;
  superBlock: SuperBlock;
  root: Dentry;
}

let first: Mount | null = null;
let last: Mount | null = null;
let rootDentry: Dentry | null = null;

/** The mounts in the order in which they were made. */
export function firstMount(): Mount | null {
  return first;
}

/** The top of the tree; null before the root file system is mounted. */
export function vfsRoot(): Dentry | null {
  const root = rootDentry;
  return root == null ? null : dentryTop(root);
}

function append(superBlock: SuperBlock, root: Dentry): bool {
  const mount = alloc<Mount>();
  if (changetype<usize>(mount) == 0) return false;
  mount.superBlock = superBlock;
  mount.root = root;
  const before = last;
  if (before == null) first = mount;
  else before.next = mount;
  last = mount;
  return true;
}

/** Mounts on `at`, or as the root when `at` is null. Takes over the root inode, whether it succeeds or not. */
function attach(superBlock: SuperBlock, rootInode: Inode, at: Dentry | null): i32 {
  const root = dentryCreateRoot(rootInode);
  if (root == null) {
    inodePut(rootInode);
    return -ENOMEM;
  }
  if (!append(superBlock, root)) {
    dentryPutHeld(root);
    return -ENOMEM;
  }
  if (at == null) rootDentry = root;
  else {
    dentryGet(at);
    at.mounted = root;
    root.covers = at;
  }
  return 0;
}

/** Mounts the root file system; -EBUSY when there is one. */
export function mountRoot(superBlock: SuperBlock, rootInode: Inode): i32 {
  namespaceEnter();
  let error = -EBUSY;
  if (rootDentry == null) error = attach(superBlock, rootInode, null);
  else inodePut(rootInode);
  namespaceLeave();
  return error;
}

/** Mounts on the directory `at`, which the caller holds a reference to. */
export function mountOn(at: Dentry, superBlock: SuperBlock, rootInode: Inode): i32 {
  namespaceEnter();
  let error = 0;
  if (!isDirectory(at.inode.mode)) error = -ENOTDIR;
  else if (at.mounted != null) error = -EBUSY;
  if (error != 0) inodePut(rootInode);
  else error = attach(superBlock, rootInode, at);
  namespaceLeave();
  return error;
}
