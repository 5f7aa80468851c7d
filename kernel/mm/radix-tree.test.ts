import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

const NONE = 0xffffffffffffffffn;

describe('radix tree', () => {
  let kernel: KernelModule;
  let tree: number;
  const insert = (index: bigint, value: bigint): boolean =>
    kernel.fn('radixInsert')(tree, index, value) !== 0;
  const get = (index: bigint): bigint => BigInt.asUintN(64, kernel.fn64('radixGet')(tree, index));
  const remove = (index: bigint): bigint => BigInt.asUintN(64, kernel.fn64('radixRemove')(tree, index));
  const next = (from: bigint): bigint => BigInt.asUintN(64, kernel.fn64('radixNext')(tree, from));
  const nextTagged = (from: bigint): bigint => BigInt.asUintN(64, kernel.fn64('radixNextTagged')(tree, from));

  beforeEach(async () => {
    kernel = await loadKernel(['mm/radix-tree.ts']);
    tree = kernel.fn('kmalloc')(32);
  });

  it('holds one value at index 0 without a node', () => {
    const before = kernel.fn('kmallocLive')();
    expect(insert(0n, 5n)).toBe(true);
    expect(kernel.fn('kmallocLive')()).toBe(before);
    expect([get(0n), get(1n), next(0n), next(1n)]).toEqual([5n, 0n, 0n, NONE]);
    kernel.fn('radixTag')(tree, 0n);
    expect(nextTagged(0n)).toBe(0n);
    expect(insert(70n, 6n)).toBe(true);
    expect([get(0n), get(70n), nextTagged(0n), nextTagged(1n)]).toEqual([5n, 6n, 0n, NONE]);
    expect(remove(70n)).toBe(6n);
    expect(nextTagged(0n)).toBe(0n);
    expect(kernel.fn('kmallocLive')()).toBe(before);
  });

  it('holds the highest index', () => {
    const top = (1n << 52n) - 1n;
    expect(insert(top, 9n)).toBe(true);
    expect([get(top), get(0n), next(0n), next(top), get(top - 1n)]).toEqual([9n, 0n, top, top, 0n]);
    expect(remove(top)).toBe(9n);
    expect(next(0n)).toBe(NONE);
  });

  it('is what a map is, over random operations', () => {
    const before = kernel.fn('kmallocLive')();
    const values = new Map<bigint, bigint>();
    const tags = new Set<bigint>();
    let seed = 12345;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const scales = [40, 3000, 300000, 2 ** 40];
    for (let step = 0; step < 6000; step++) {
      const index = BigInt(random(scales[random(4)] ?? 40));
      const choice = random(10);
      const has = values.has(index);
      if (choice < 5 && !has) {
        expect(insert(index, BigInt(step + 1))).toBe(true);
        values.set(index, BigInt(step + 1));
      } else if (choice < 7 && has) {
        expect(remove(index)).toBe(values.get(index));
        values.delete(index);
        tags.delete(index);
      } else if (choice === 7 && has) {
        kernel.fn('radixTag')(tree, index);
        tags.add(index);
      } else if (choice === 8 && has) {
        kernel.fn('radixUntag')(tree, index);
        tags.delete(index);
      } else expect(get(index)).toBe(values.get(index) ?? 0n);
      if (step % 50 !== 0) continue;
      const least = (from: bigint, keys: Iterable<bigint>): bigint => {
        let best = NONE;
        for (const key of keys) if (key >= from && key < best) best = key;
        return best;
      };
      expect(next(index)).toBe(least(index, values.keys()));
      expect(nextTagged(index)).toBe(least(index, tags));
    }
    for (const index of values.keys()) expect(remove(index)).toBe(values.get(index));
    expect(kernel.fn('kmallocLive')()).toBe(before);
  });

  it('is sound after memory ran out, wherever it did', () => {
    for (let room = 0; room < 5; room++) {
      const before = kernel.fn('kmallocLive')();
      expect(insert(3n, 1n)).toBe(true);
      kernel.fn('kmallocFailAfter')(room);
      const good = insert(1n << 20n, 2n);
      kernel.fn('kmallocFailAfter')(-1);
      expect(get(3n)).toBe(1n);
      expect(get(1n << 20n)).toBe(good ? 2n : 0n);
      if (good) expect(remove(1n << 20n)).toBe(2n);
      expect(remove(3n)).toBe(1n);
      expect(kernel.fn('kmallocLive')()).toBe(before);
    }
  });
});
