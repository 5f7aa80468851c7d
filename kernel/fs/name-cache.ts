/** How much of memory the cache of names takes (dentry.ts), and giving it back when memory is short. */
import { totalFrameCount } from '../mm/frames';
import { registerShrinker } from '../mm/reclaim';
import { dcacheSetLimit, dcacheShrink, dcacheUnusedCount } from './dentry';

/** Unused names kept for each MiB of memory: with their inodes about a fortieth of it. */
const NAMES_PER_MIB: u64 = 40;
const FRAMES_PER_MIB: u64 = 256;
const MAX_NAMES: u64 = 32768;
/** Names and inodes that fit into a frame, roughly. */
const NAMES_PER_FRAME: u32 = 6;

function shrink(frames: u32): u32 {
  const before = dcacheUnusedCount();
  dcacheShrink(frames * NAMES_PER_FRAME);
  return (before - min(before, dcacheUnusedCount())) / NAMES_PER_FRAME;
}

export function nameCacheInit(): void {
  const names = (totalFrameCount() / FRAMES_PER_MIB) * NAMES_PER_MIB;
  dcacheSetLimit(<u32>min(max<u64>(names, 512), MAX_NAMES));
  registerShrinker(shrink);
}
