/** Stands in for mm/frames.ts in unit tests: frames come from kmalloc's double, one after the other. */
import { kmalloc } from './kmalloc';
import { physToVirt, virtToPhys } from './layout';

const FRAME_BYTES: usize = 4096;

/** Aligned to a frame; never given back. */
export function allocFrame(): u64 {
  const at = kmalloc(2 * FRAME_BYTES);
  if (at == 0) return 0;
  const physical = (virtToPhys(at) + FRAME_BYTES - 1) & ~(<u64>FRAME_BYTES - 1);
  memory.fill(physToVirt(physical), 0, FRAME_BYTES);
  return physical;
}

export function freeFrame(_pa: u64): void {}

export function totalFrameCount(): u64 {
  return 65536;
}
