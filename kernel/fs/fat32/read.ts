/**
 * Reading the bytes of a FAT32 file or directory: runs of neighbouring clusters are fetched in one piece.
 */
import { cacheRead } from '../../block/buffer-cache';
import { EIO } from '../../lib/errno';
import { clusterOffset } from './geometry';
import { CHAIN_END, FatNode, fatClusterAt } from './volume';

/**
 * Copies `length` bytes from `offset` of the node to `buffer`. The range must lie within the file: a chain that
 * ends before it is damage, -EIO. With `mayEnd` (directories, which know no size) it answers how much there was.
 * The volume's mutex is held. `scratch` is four bytes.
 */
export function fatReadBytes(
  node: FatNode,
  offset: u64,
  buffer: usize,
  length: usize,
  mayEnd: bool,
  scratch: usize,
): i64 {
  const g = node.volume.geometry;
  let done: usize = 0;
  while (done < length) {
    const at = offset + done;
    const index = <u32>(at >> g.clusterShift);
    let error = fatClusterAt(node, index, scratch);
    if (error != 0) return error;
    const first = load<u32>(scratch);
    if (first == CHAIN_END) return mayEnd ? <i64>done : <i64>-EIO;
    const within = <usize>(at & (g.clusterBytes - 1));
    let run: usize = <usize>g.clusterBytes - within;
    for (let n: u32 = 1; run < length - done; n++) {
      error = fatClusterAt(node, index + n, scratch);
      if (error != 0) return error;
      if (load<u32>(scratch) != first + n) break;
      run += g.clusterBytes;
    }
    run = min(run, length - done);
    error = cacheRead(node.volume.device, clusterOffset(g, first) + within, buffer + done, run);
    if (error != 0) return error;
    done += run;
  }
  return <i64>done;
}
