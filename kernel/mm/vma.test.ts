import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const FIELDS = { left: 0, right: 4, next: 8, previous: 12, start: 16, end: 24, maxGap: 32, height: 40 };

describe('areas of an address space', () => {
  let kernel: KernelModule;
  let tree: number;
  const u32 = (at: number): number => kernel.view().getUint32(at, true);
  const u64 = (at: number): bigint => kernel.view().getBigUint64(at, true);
  const insert = (start: bigint, end: bigint): number => {
    const area = kernel.fn('kmalloc')(160);
    kernel.view().setBigUint64(area + FIELDS.start, start, true);
    kernel.view().setBigUint64(area + FIELDS.end, end, true);
    kernel.fn('vmaInsert')(tree, area);
    return area;
  };
  const list = (): [bigint, bigint][] => {
    const out: [bigint, bigint][] = [];
    for (let at = u32(tree + 4); at !== 0; at = u32(at + FIELDS.next))
      out.push([u64(at + FIELDS.start), u64(at + FIELDS.end)]);
    return out;
  };
  /** Height of the subtree; checks balance, order, and the gaps. */
  const checkTree = (at: number): { height: number; gap: bigint } => {
    if (at === 0) return { height: 0, gap: 0n };
    const left = checkTree(u32(at + FIELDS.left));
    const right = checkTree(u32(at + FIELDS.right));
    expect(Math.abs(left.height - right.height)).toBeLessThanOrEqual(1);
    const before = u32(at + FIELDS.previous);
    let gap = u64(at + FIELDS.start) - (before === 0 ? 0n : u64(before + FIELDS.end));
    if (left.gap > gap) gap = left.gap;
    if (right.gap > gap) gap = right.gap;
    expect(u64(at + FIELDS.maxGap)).toBe(gap);
    const height = Math.max(left.height, right.height) + 1;
    expect(u32(at + FIELDS.height)).toBe(height);
    return { height, gap };
  };

  beforeEach(async () => {
    kernel = await loadKernel(['mm/vma.ts']);
    tree = kernel.fn('kmalloc')(32);
  });

  it('finds the area of an address, bounds exact', () => {
    const area = insert(0x10000n, 0x20000n);
    const find = kernel.fn('vmaFind');
    expect(find(tree, 0xffffn)).toBe(0);
    expect(find(tree, 0x10000n)).toBe(area);
    expect(find(tree, 0x1ffffn)).toBe(area);
    expect(find(tree, 0x20000n)).toBe(0);
    kernel.fn('vmaRemove')(tree, area);
    expect(find(tree, 0x10000n)).toBe(0);
  });

  it('sees overlaps and cover', () => {
    insert(0x10000n, 0x20000n);
    insert(0x20000n, 0x30000n);
    insert(0x40000n, 0x50000n);
    const overlaps = (start: bigint, end: bigint): boolean =>
      kernel.fn('vmaOverlaps')(tree, start, end) !== 0;
    const covers = (start: bigint, end: bigint): boolean => kernel.fn('vmaCovers')(tree, start, end) !== 0;
    expect(overlaps(0x0n, 0x10000n)).toBe(false);
    expect(overlaps(0x0n, 0x10001n)).toBe(true);
    expect(overlaps(0x30000n, 0x40000n)).toBe(false);
    expect(overlaps(0x2f000n, 0x30000n)).toBe(true);
    expect(covers(0x10000n, 0x30000n)).toBe(true);
    expect(covers(0x18000n, 0x2f000n)).toBe(true);
    expect(covers(0x10000n, 0x31000n)).toBe(false);
    expect(covers(0x0n, 0x11000n)).toBe(false);
  });

  it('finds the highest free range that fits', () => {
    const find = (length: bigint): bigint => kernel.fn64('vmaFindFree')(tree, length, 0x10000n, 0x100000n);
    expect(find(0x1000n)).toBe(0xff000n);
    insert(0xf0000n, 0x100000n);
    insert(0x20000n, 0xe0000n);
    insert(0x200000n, 0x300000n);
    expect(find(0x1000n)).toBe(0xef000n);
    expect(find(0x10000n)).toBe(0xe0000n);
    expect(find(0x10001n)).toBe(0n);
    insert(0xe0000n, 0xf0000n);
    expect(find(0x10000n)).toBe(0x10000n);
  });

  it('stays balanced and right over random operations', () => {
    const areas = new Map<bigint, { at: number; end: bigint }>();
    let seed = 99;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const bottom = 0x10n;
    const top = 0x1800n;
    for (let step = 0; step < 3000; step++) {
      const start = BigInt(random(0x2000));
      const end = start + BigInt(1 + random(16));
      const clash = [...areas].some(([s, a]) => s < end && start < a.end);
      expect(kernel.fn('vmaOverlaps')(tree, start, end) !== 0).toBe(clash);
      if (!clash) areas.set(start, { at: insert(start, end), end });
      else {
        const hit = kernel.fn('vmaFind')(tree, start);
        const want = [...areas].find(([s, a]) => s <= start && start < a.end);
        expect(hit).toBe(want ? want[1].at : 0);
        if (hit !== 0 && want && random(3) !== 0) {
          kernel.fn('vmaRemove')(tree, hit);
          kernel.fn('kfree')(hit);
          areas.delete(want[0]);
        } else if (hit !== 0 && want && want[1].end - want[0] > 1n) {
          kernel.view().setBigUint64(hit + FIELDS.end, want[1].end - 1n, true);
          kernel.fn('vmaResized')(tree, hit);
          want[1].end--;
        }
      }
      if (step % 20 !== 0) continue;
      checkTree(u32(tree));
      const sorted = [...areas].sort((a, b) => (a[0] < b[0] ? -1 : 1));
      expect(list()).toEqual(sorted.map(([s, a]) => [s, a.end]));
      const length = BigInt(1 + random(40));
      let best = 0n;
      let from = bottom;
      for (const [s, a] of [...sorted, [top, { at: 0, end: top }] as const]) {
        const to = s < top ? s : top;
        if (to > from && to - from >= length) best = to - length;
        if (a.end > from) from = a.end;
        if (s >= top) break;
      }
      expect(kernel.fn64('vmaFindFree')(tree, length, bottom, top)).toBe(best);
    }
  });
});
