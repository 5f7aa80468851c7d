/** Starts the block layer: the size of the buffer cache by the machine's memory, and the thread that writes back. */
import { totalFrameCount } from '../mm/frames';
import { registerShrinker } from '../mm/reclaim';
import { BUFFER_BYTES } from './buffer';
import { cacheSetLimit, cacheShrink } from './buffer-cache';
import { flusherStart } from './flusher';

/** Metadata takes at most an eighth of the memory, and no more than this. */
const MAX_BYTES: u64 = 32 << 20;

export function blockInit(): void {
  cacheSetLimit(min((totalFrameCount() * BUFFER_BYTES) / 8, MAX_BYTES));
  registerShrinker(cacheShrink);
  flusherStart();
}
