import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const megabytes = 16;
const frames = (megabytes << 20) / 4096;
const write = 2n;
const user = 4n;
const large = 1n << 7n;
const page4k = 4096n;
const page2m = 1n << 21n;
const page1g = 1n << 30n;

describe('page tables', () => {
  let kernel: KernelModule;
  let root: bigint;
  const translate = (va: bigint): bigint => BigInt.asUintN(64, kernel.fn64('translate')(root, va));
  const mapRange = (va: bigint, pa: bigint, length: bigint, flags: bigint, maxPage: bigint): number =>
    kernel.fn('mapRange')(root, va, pa, length, flags, maxPage);
  const freeFrames = (): number => Number(kernel.fn64('freeFrameCount')());

  beforeEach(async () => {
    kernel = await loadKernel(
      ['mm/buddy.ts', 'mm/frames.ts', 'mm/page-table.ts', 'mm/layout.ts'],
      {},
      {
        'mm/layout.ts': 'testing/doubles/layout.ts',
        'lib/panic.ts': 'testing/doubles/panic.ts',
      },
    );
    kernel.fn('makePhysicalMemory')(megabytes);
    kernel.fn('buddyInit')(kernel.fn('kmalloc')(frames * 32), frames);
    kernel.fn('buddyAdd')(1, frames);
    root = kernel.fn64('allocZeroedFrame')();
  });

  it('translates what was mapped, byte for byte, in all levels', () => {
    for (let i = 0n; i < 64n; i++) {
      const va = (0x7f00_0000_0000n + i * 0x80_4020_1000n) & 0x7fff_ffff_f000n;
      expect(mapRange(va, i * page4k + 0x40000000n, page4k, write, page4k)).toBe(1);
      expect(translate(va + 0x123n)).toBe(i * page4k + 0x40000123n);
    }
  });

  it('says 0 for what is not mapped', () => {
    mapRange(0x200000n, 0x5000n, page4k, write, page4k);
    expect(translate(0x201000n)).toBe(0n);
    expect(translate(0x1ff000n)).toBe(0n);
    expect(translate(0xffff_8000_0000_0000n)).toBe(0n);
  });

  it('uses large pages only where both addresses are aligned', () => {
    const start = 0xffff_8000_0000_0000n;
    expect(mapRange(start, 0n, page1g + page2m + page4k, write, page1g)).toBe(1);
    const used = frames - 1 - freeFrames();
    expect(used).toBe(4); // the root, one PDPT, one directory, one table
    expect(translate(start + page1g - 1n)).toBe(page1g - 1n);
    expect(translate(start + page1g + page2m + 5n)).toBe(page1g + page2m + 5n);
    const odd = 0xffff_9000_0000_0000n;
    mapRange(odd, page4k, page2m, write, page1g);
    expect(translate(odd + page2m - 1n)).toBe(page2m + page4k - 1n);
    const entry = kernel.fn('findEntry')(root, odd, 1);
    expect(kernel.view().getBigUint64(entry, true) & large).toBe(0n);
  });

  it('opens the tables above a page to user code only for user pages', () => {
    mapRange(0x400000n, 0x5000n, page4k, write | user, page4k);
    mapRange(0xffff_8000_0000_0000n, 0x5000n, page4k, write, page4k);
    for (const level of [3, 2, 1]) {
      const ofUser = kernel.view().getBigUint64(kernel.fn('findEntry')(root, 0x400000n, level), true);
      const ofKernel = kernel
        .view()
        .getBigUint64(kernel.fn('findEntry')(root, 0xffff_8000_0000_0000n, level), true);
      expect(ofUser & user).toBe(user);
      expect(ofKernel & user).toBe(0n);
    }
  });

  it('frees all tables of a half and leaves the other', () => {
    const before = freeFrames();
    for (let i = 0n; i < 40n; i++) mapRange(0x10_0000_0000n * i, 0x5000n, page4k, user, page4k);
    expect(freeFrames()).toBeLessThan(before);
    kernel.fn('freeTables')(root, 0, 256);
    expect(freeFrames()).toBe(before);
    expect(translate(0x10_0000_0000n)).toBe(0n);
  });

  it('reports that memory has run out', () => {
    while (kernel.fn64('allocFrame')() !== 0n);
    expect(mapRange(0x400000n, 0x5000n, page4k, write, page4k)).toBe(0);
    expect(translate(0x400000n)).toBe(0n);
  });
});
