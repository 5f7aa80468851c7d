/**
 * How much memory has been promised: private writable and shared anonymous pages. Linux's default rule (Documentation/mm/
 * overcommit-accounting, mode 0): what one call asks for must not be more than there is at all.
 */
import { totalFrameCount } from './frames';

const committed = memory.data(8, 8);

/** Pages promised. */
export function committedPages(): u64 {
  return atomic.load<u64>(committed);
}

/** Promises `pages` more; false when that is obviously too much. */
export function commit(pages: u64): bool {
  if (pages > totalFrameCount()) return false;
  atomic.add<u64>(committed, pages);
  return true;
}

/** Promises without asking: copies for fork. */
export function commitMore(pages: u64): void {
  atomic.add<u64>(committed, pages);
}

export function uncommit(pages: u64): void {
  atomic.sub<u64>(committed, pages);
}
