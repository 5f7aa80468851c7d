import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const frames = 4096;
const maxOrder = 10;

describe('buddy allocator', () => {
  let kernel: KernelModule;
  const alloc = (order: number): number => kernel.fn('buddyAlloc')(order);
  const free = (frame: number, order: number): number => kernel.fn('buddyFree')(frame, order);
  const freeFrames = (): number => Number(kernel.fn64('buddyFreeFrames')());

  beforeEach(async () => {
    kernel = await loadKernel(['mm/buddy.ts']);
    kernel.fn('buddyInit')(kernel.fn('kmalloc')(frames * 32), frames);
    kernel.fn('buddyAdd')(0, frames);
  });

  it('never hands out frame 0, which means failure', () => {
    expect(freeFrames()).toBe(frames - 1);
    const seen = new Set<number>();
    for (let frame = alloc(0); frame !== 0; frame = alloc(0)) seen.add(frame);
    expect(seen.size).toBe(frames - 1);
    expect(seen.has(0)).toBe(false);
    expect(alloc(0)).toBe(0);
  });

  it('aligns blocks to their size and keeps them apart', () => {
    const owner = new Array<number>(frames).fill(-1);
    let state = 12345;
    const random = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 8;
    const live: { frame: number; order: number }[] = [];
    for (let step = 0; step < 20_000; step++) {
      if (random() % 2 === 0) {
        const order = random() % 5;
        const frame = alloc(order);
        if (frame === 0) continue;
        expect(frame % (1 << order)).toBe(0);
        for (let i = frame; i < frame + (1 << order); i++) {
          if (owner[i] !== -1) throw new Error(`frame ${i} was handed out twice`);
          owner[i] = step;
        }
        live.push({ frame, order });
      } else if (live.length > 0) {
        const [block] = live.splice(random() % live.length, 1);
        if (!block) continue;
        free(block.frame, block.order);
        owner.fill(-1, block.frame, block.frame + (1 << block.order));
      }
    }
    for (const { frame, order } of live) free(frame, order);
    expect(freeFrames()).toBe(frames - 1);
    expect(kernel.fn('buddyFreeBlocks')(maxOrder)).toBe(frames / 1024 - 1);
  });

  it('merges buddies back to the largest block, in any order of freeing', () => {
    const blocks = Array.from({ length: 1024 }, () => alloc(0)).sort(
      (a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009),
    );
    const before = kernel.fn('buddyFreeBlocks')(maxOrder);
    for (const frame of blocks) free(frame, 0);
    expect(kernel.fn('buddyFreeBlocks')(maxOrder)).toBeGreaterThanOrEqual(before);
    expect(freeFrames()).toBe(frames - 1);
  });

  it('fails for what is larger than anything free', () => {
    while (alloc(maxOrder) !== 0);
    expect(alloc(maxOrder)).toBe(0);
    expect(alloc(3)).not.toBe(0);
  });

  it('takes memory with holes', async () => {
    kernel = await loadKernel(['mm/buddy.ts']);
    kernel.fn('buddyInit')(kernel.fn('kmalloc')(frames * 32), frames);
    kernel.fn('buddyAdd')(3, 17);
    kernel.fn('buddyAdd')(100, 101);
    kernel.fn('buddyAdd')(4000, 9999);
    expect(freeFrames()).toBe(14 + 1 + 96);
  });
});
