/**
 * The names of the device file system and what is known about them: a tree in memory that is there before anything is
 * mounted, since drivers register their devices as they find them. A spinlock guards it.
 */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { realtimeNs } from '../../sched/clock';
import { isDirectory } from '../stat';

@unmanaged
export class DevNode {
  /** Address of the directory's node. */
  parent: usize;
  firstChild: usize;
  next: usize;
  /** Inode number, and position in its directory: ascending. */
  number: u64;
  specialDevice: u64;
  accessed: i64;
  modified: i64;
  changed: i64;
  mode: u32;
  uid: u32;
  gid: u32;
  links: u32;
  /** Target of a symbolic link. */
  target: usize;
  targetLength: u32;
  nameLength: u32;
  /** Not NUL-terminated. */
  name: usize;
}

const lock = memory.data(4, 4);
let lastNumber: u64 = 0;
let root: usize = 0;

/** A node in no directory; a null pointer when out of memory. */
export function devNodeCreate(name: usize, length: u32, mode: u32, device: u64): DevNode {
  const at = kmalloc(offsetof<DevNode>());
  const node = changetype<DevNode>(at);
  if (at == 0) return node;
  node.name = kmalloc(max<usize>(length, 1));
  if (node.name == 0) {
    kfree(at);
    return changetype<DevNode>(<usize>0);
  }
  memory.copy(node.name, name, length);
  node.nameLength = length;
  node.mode = mode;
  node.specialDevice = device;
  node.links = isDirectory(mode) ? 2 : 1;
  const now = <i64>realtimeNs();
  node.accessed = now;
  node.modified = now;
  node.changed = now;
  return node;
}

export function devNodeFree(node: DevNode): void {
  kfree(node.target);
  kfree(node.name);
  kfree(changetype<usize>(node));
}

/** The top directory; a null pointer when out of memory. */
export function devRoot(): DevNode {
  if (root == 0) {
    const made = devNodeCreate(0, 0, 0o040755, 0);
    if (changetype<usize>(made) != 0) made.number = ++lastNumber;
    root = changetype<usize>(made);
  }
  return changetype<DevNode>(root);
}

/** Puts a node at the end of a directory. */
export function devNodeAttach(directory: DevNode, node: DevNode): void {
  const at = changetype<usize>(node);
  const flags = lockIrqSave(lock);
  if (node.number == 0) node.number = ++lastNumber;
  node.parent = changetype<usize>(directory);
  node.next = 0;
  // A renamed node keeps its number: it goes where the order wants it.
  let link = changetype<usize>(directory) + offsetof<DevNode>('firstChild');
  while (load<usize>(link) != 0 && changetype<DevNode>(load<usize>(link)).number < node.number)
    link = load<usize>(link) + offsetof<DevNode>('next');
  node.next = load<usize>(link);
  store<usize>(link, at);
  if (isDirectory(node.mode)) directory.links++;
  unlockIrqRestore(lock, flags);
}

export function devNodeDetach(node: DevNode): void {
  const directory = changetype<DevNode>(node.parent);
  const flags = lockIrqSave(lock);
  let link = changetype<usize>(directory) + offsetof<DevNode>('firstChild');
  while (load<usize>(link) != changetype<usize>(node)) link = load<usize>(link) + offsetof<DevNode>('next');
  store<usize>(link, node.next);
  if (isDirectory(node.mode)) directory.links--;
  node.parent = 0;
  unlockIrqRestore(lock, flags);
}

/** The node of this name; a null pointer when there is none. */
export function devNodeFind(directory: DevNode, name: usize, length: u32): DevNode {
  const flags = lockIrqSave(lock);
  let at = directory.firstChild;
  while (at != 0) {
    const node = changetype<DevNode>(at);
    if (node.nameLength == length && memory.compare(node.name, name, length) == 0) break;
    at = node.next;
  }
  unlockIrqRestore(lock, flags);
  return changetype<DevNode>(at);
}

/** The first node of a directory with a number above `after`; a null pointer at the end. */
export function devNodeAfter(directory: DevNode, after: u64): DevNode {
  const flags = lockIrqSave(lock);
  let at = directory.firstChild;
  while (at != 0 && changetype<DevNode>(at).number <= after) at = changetype<DevNode>(at).next;
  unlockIrqRestore(lock, flags);
  return changetype<DevNode>(at);
}
