/** Where a file has data and where holes: lseek(2) SEEK_DATA and SEEK_HOLE, by which copies stay as sparse as the original. */
import { ENXIO } from '../../lib/errno';
import { Mapping } from '../../mm/mapping';
import { writeMapping } from '../../mm/writeback';
import { Inode } from '../inode';
import { isDirectory } from '../stat';
import { blockMap } from './block-map';
import { mapLock, mapUnlock, nodeOf } from './node';

/** As InodeOps.seekData. */
export function ext2SeekData(inode: Inode, offset: u64, hole: u32): i64 {
  if (isDirectory(inode.mode)) return hole ? <i64>inode.size : <i64>offset;
  // What was written but has no blocks yet gets them, so that the blocks alone decide.
  if (inode.pages != 0) {
    const error = writeMapping(changetype<Mapping>(inode.pages));
    if (error != 0) return error;
  }
  const node = nodeOf(inode);
  const shift = node.volume.blockShift;
  const end = (inode.size + node.volume.blockSize - 1) >> shift;
  let at = offset >> shift;
  let block: i64 = 0;
  mapLock(node);
  while (at < end) {
    block = blockMap(node, <u32>at, <u32>(end - at));
    if (block < 0 || (block == 0) == (hole != 0)) break;
    at += node.runLength;
  }
  mapUnlock(node);
  if (block < 0) return block;
  if (at >= end) return hole ? <i64>inode.size : -ENXIO;
  return <i64>max(offset, at << shift);
}
