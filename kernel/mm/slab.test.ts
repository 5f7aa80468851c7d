import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const megabytes = 16;
const frames = (megabytes << 20) / 4096;

describe('slabs over real frames', () => {
  let kernel: KernelModule;
  const freeFrames = (): number => Number(kernel.fn64('freeFrameCount')());

  beforeEach(async () => {
    kernel = await loadKernel(
      ['mm/buddy.ts', 'mm/frames.ts', 'mm/slab.ts', 'mm/layout.ts'],
      {},
      {
        'mm/layout.ts': 'testing/doubles/layout.ts',
        'lib/panic.ts': 'testing/doubles/panic.ts',
      },
    );
    kernel.fn('makePhysicalMemory')(megabytes);
    kernel.fn('buddyInit')(kernel.fn('kmalloc')(frames * 32), frames);
    kernel.fn('buddyAdd')(1, frames);
  });

  it('chooses the smallest class that fits', () => {
    for (const [size, object] of [
      [0, 16],
      [1, 16],
      [16, 16],
      [17, 32],
      [65, 96],
      [2048, 2048],
    ] as const) {
      expect(kernel.fn('slabObjectSize')(kernel.fn('slabClassOf')(size))).toBe(object);
    }
    expect(kernel.fn('slabClassOf')(2049)).toBe(11);
  });

  it('hands out distinct objects and gives every frame back but the spare', () => {
    const before = freeFrames();
    for (let size = 0; size < 11; size++) {
      const bytes = kernel.fn('slabObjectSize')(size);
      const objects = Array.from({ length: 700 }, () => kernel.fn('slabAlloc')(size)).sort((a, b) => a - b);
      objects.forEach((object, i) => {
        const next = objects[i + 1];
        if (next !== undefined && next - object < bytes) throw new Error('objects overlap');
      });
      for (let i = 0; i < objects.length; i++) {
        const object = objects[(i * 11) % objects.length] ?? 0;
        expect(kernel.fn('slabFree')(kernel.fn('slabOf')(object), object)).toBe(1);
      }
    }
    // One spare slab a class: nine of one frame, one of two, one of four.
    expect(before - freeFrames()).toBe(15);
  });

  it('refuses to free the inside of an object', () => {
    const object = kernel.fn('slabAlloc')(2);
    expect(kernel.fn('slabFree')(kernel.fn('slabOf')(object), object + 8)).toBe(0);
  });

  it('returns 0 when the frames are gone, and works again afterwards', () => {
    const taken: number[] = [];
    for (let o = kernel.fn('slabAlloc')(9); o !== 0; o = kernel.fn('slabAlloc')(9)) taken.push(o);
    expect(taken.length).toBeGreaterThan(frames);
    for (const object of taken) kernel.fn('slabFree')(kernel.fn('slabOf')(object), object);
    expect(kernel.fn('slabAlloc')(9)).not.toBe(0);
  });

  it.each([
    ['freed twice', 'freeFrame', 0n],
    ['retained after it was freed', 'frameRetain', 0n],
    ['freed at an address inside of it', 'freeFrame', 8n],
  ])('panics when a frame is %s', (_what, name, offset) => {
    const frame = kernel.fn64('allocFrame')();
    kernel.fn('freeFrame')(frame);
    expect(() => kernel.fn(name)(frame + offset)).toThrow(/not handed out/);
  });
});
