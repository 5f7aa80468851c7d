/**
 * Orphans that a crash left: files without names are deleted, files whose shortening was not finished are shortened. At
 * mount, before anybody uses the file system.
 */
import { LOG_INFO, logBegin, logDec, logEnd, logStr } from '../../lib/log';
import { Inode, inodePut } from '../inode';
import { inodeGetNumber } from './inodes';
import { Super } from './layout';
import { superBegin, superEnd } from './groups';
import { nodeOf } from './node';
import { changeBegin, changeEnd } from './transaction';
import { truncateTo } from './truncate';
import { Ext2Volume } from './volume';

/** The list is taken off the super block: each of its inodes stands alone then. */
function takeList(v: Ext2Volume): u32 {
  const first = load<u32>(v.superData, Super.LastOrphan);
  if (first == 0 || changeBegin(v) != 0) return 0;
  superBegin(v);
  store<u32>(v.superData, 0, Super.LastOrphan);
  superEnd(v);
  changeEnd(v);
  return first;
}

/** `slot` is room for an address. Damage ends the list; e2fsck finds what is left. */
export function orphansFinish(v: Ext2Volume, slot: usize): void {
  let number = takeList(v);
  let deleted: u32 = 0;
  let cut: u32 = 0;
  // A list longer than there are inodes is a loop.
  for (let n: u32 = 0; number != 0 && n < v.inodesCount; n++) {
    if (number < v.firstInode || inodeGetNumber(v.superBlock, number, true, slot) != 0) break;
    const inode = changetype<Inode>(load<usize>(slot));
    const node = nodeOf(inode);
    number = node.deleted;
    node.deleted = 0;
    if (inode.links != 0) {
      truncateTo(node, inode.size);
      cut++;
    } else deleted++;
    // Without links the last use deletes it.
    inodePut(inode);
  }
  if (deleted + cut == 0) return;
  logBegin(LOG_INFO, 'ext2');
  logDec(deleted);
  logStr(' orphans deleted, ');
  logDec(cut);
  logStr(' shortened');
  logEnd();
}
