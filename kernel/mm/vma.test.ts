import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const read = 1;
const write = 2;
const page = 0x1000n;

describe('areas of an address space', () => {
  let kernel: KernelModule;
  let head: number;
  const insert = (start: bigint, end: bigint, prot: number): number =>
    kernel.fn('vmaInsert')(head, start, end, prot, 0);
  /** The list as [start, end, prot]. */
  const list = (): [bigint, bigint, number][] => {
    const out: [bigint, bigint, number][] = [];
    const view = kernel.view();
    for (let at = view.getUint32(head, true); at !== 0; at = view.getUint32(at, true)) {
      out.push([
        view.getBigUint64(at + 8, true),
        view.getBigUint64(at + 16, true),
        view.getUint32(at + 24, true),
      ]);
    }
    return out;
  };

  beforeEach(async () => {
    kernel = await loadKernel(['mm/vma.ts']);
    head = kernel.fn('kmalloc')(8);
  });

  it('keeps areas sorted and joins equal neighbours', () => {
    insert(0x30000n, 0x40000n, read);
    insert(0x10000n, 0x20000n, read);
    insert(0x20000n, 0x30000n, read);
    expect(list()).toEqual([[0x10000n, 0x40000n, read]]);
    insert(0x40000n, 0x41000n, read | write);
    expect(list()).toHaveLength(2);
  });

  it('finds the area of an address, bounds exact', () => {
    insert(0x10000n, 0x20000n, read);
    const find = kernel.fn('vmaFind');
    expect(find(head, 0xffffn)).toBe(0);
    expect(find(head, 0x10000n)).not.toBe(0);
    expect(find(head, 0x1ffffn)).not.toBe(0);
    expect(find(head, 0x20000n)).toBe(0);
  });

  it('sees overlaps', () => {
    insert(0x10000n, 0x20000n, read);
    const overlaps = (start: bigint, end: bigint): boolean =>
      kernel.fn('vmaOverlaps')(head, start, end) !== 0;
    expect(overlaps(0x0n, 0x10000n)).toBe(false);
    expect(overlaps(0x20000n, 0x30000n)).toBe(false);
    expect(overlaps(0x0n, 0x10001n)).toBe(true);
    expect(overlaps(0x1f000n, 0x30000n)).toBe(true);
    expect(overlaps(0x0n, 0x90000n)).toBe(true);
  });

  it('cuts a hole out of the middle', () => {
    insert(0x10000n, 0x20000n, read);
    expect(kernel.fn('vmaSplit')(head, 0x14000n, 0x15000n)).toBe(1);
    kernel.fn('vmaRemove')(head, 0x14000n, 0x15000n);
    expect(list()).toEqual([
      [0x10000n, 0x14000n, read],
      [0x15000n, 0x20000n, read],
    ]);
    expect(kernel.fn('vmaCovers')(head, 0x10000n, 0x14000n)).toBe(1);
    expect(kernel.fn('vmaCovers')(head, 0x10000n, 0x15000n)).toBe(0);
  });

  it('leaves a valid list when memory runs out in a split', () => {
    insert(0x10000n, 0x20000n, read);
    kernel.fn('kmallocFailAfter')(1);
    expect(kernel.fn('vmaSplit')(head, 0x14000n, 0x15000n)).toBe(0);
    expect(kernel.fn('vmaCovers')(head, 0x10000n, 0x20000n)).toBe(1);
    expect(insert(0x90000n, 0x91000n, read)).toBe(0);
  });

  it('finds the highest free range that fits', () => {
    const find = (length: bigint): bigint => kernel.fn64('vmaFindFree')(head, length, 0x10000n, 0x100000n);
    expect(find(page)).toBe(0xff000n);
    insert(0xf0000n, 0x100000n, read);
    insert(0x20000n, 0xe0000n, read);
    expect(find(page)).toBe(0xef000n);
    expect(find(0x10000n)).toBe(0xe0000n);
    expect(find(0x10001n)).toBe(0n);
    insert(0xe0000n, 0xf0000n, write);
    expect(find(0x10000n)).toBe(0x10000n);
  });

  it('frees every area', () => {
    const before = kernel.fn('kmallocLive')();
    for (let i = 0n; i < 50n; i++) insert(0x10000n + i * 0x2000n, 0x11000n + i * 0x2000n, read);
    kernel.fn('vmaRemove')(head, 0n, 0xffffffffffffffffn);
    expect(kernel.fn('kmallocLive')()).toBe(before);
  });
});
