/**
 * The list of orphans: inodes that nobody can name but that still hold storage (a file unlinked while open), or whose
 * shortening is not finished. It begins in the super block and goes on in the inodes' fields of the time of deletion, so that
 * a crash forgets none of them.
 *
 * Within a change. The volume's mutex guards the list.
 */
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { superBegin, superEnd } from './groups';
import { Super } from './layout';
import { Ext2Node, nodeWrite } from './node';
import { Ext2Volume } from './volume';

/** The list's first node in memory, by volume: it is kept in the volume's own field. */
function head(v: Ext2Volume): Ext2Node | null {
  return changetype<Ext2Node | null>(v.orphans);
}

function setHead(v: Ext2Volume, number: u32, node: Ext2Node | null): void {
  superBegin(v);
  store<u32>(v.superData, number, Super.LastOrphan);
  superEnd(v);
  v.orphans = changetype<usize>(node);
}

/** Puts the node at the head of the list. The caller writes the node afterwards. */
export function orphanAdd(node: Ext2Node): void {
  const v = node.volume;
  mutexLock(v.mutex);
  if (!node.isOrphan) {
    const next = head(v);
    node.deleted = load<u32>(v.superData, Super.LastOrphan);
    node.nextOrphan = next;
    node.previousOrphan = null;
    if (next != null) next.previousOrphan = node;
    node.isOrphan = true;
    setHead(v, <u32>node.inode.number, node);
  }
  mutexUnlock(v.mutex);
}

/** Takes it off the list. The caller writes the node afterwards. */
export function orphanRemove(node: Ext2Node): void {
  const v = node.volume;
  mutexLock(v.mutex);
  if (node.isOrphan) {
    const next = node.nextOrphan;
    const previous = node.previousOrphan;
    if (next != null) next.previousOrphan = previous;
    if (previous == null) setHead(v, node.deleted, next);
    else {
      previous.nextOrphan = next;
      previous.deleted = node.deleted;
      nodeWrite(previous);
    }
    node.isOrphan = false;
    node.deleted = 0;
  }
  mutexUnlock(v.mutex);
}
