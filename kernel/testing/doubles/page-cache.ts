/** Stands in for mm/page-cache.ts in unit tests: nothing is cached. */
import { Inode, SuperBlock } from '../fs/inode';

export function pageCacheFlush(_inode: Inode): i32 {
  return 0;
}

export function pageCacheFlushAll(_superBlock: SuperBlock | null): void {}

export function pageCacheTruncate(_inode: Inode, _size: u64): void {}
