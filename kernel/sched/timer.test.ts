import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

describe('timing wheel', () => {
  let kernel: KernelModule;
  const start = (index: number, ms: number): number => kernel.fn('start')(index, BigInt(ms));
  const advance = (ms: number, step = 1): number => kernel.fn('advance')(BigInt(ms), BigInt(step));
  const firedAt = (index: number): number => Number(kernel.fn64('firedAt')(index));

  beforeEach(async () => {
    kernel = await loadKernel(
      ['sched/timer.fixture.ts'],
      {},
      { 'sched/clock.ts': 'sched/manual-clock.fixture.ts' },
    );
  });

  it('fires each timer in its millisecond, on every level', () => {
    const due = [1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 5000, 70_000, 262_143, 262_144, 300_001];
    due.forEach((ms, index) => start(index, ms));
    advance(300_100);
    expect(due.map((_, index) => firedAt(index))).toEqual(due);
  });

  it('fires what is overdue at the next tick', () => {
    advance(500);
    start(0, 100);
    advance(501);
    expect(firedAt(0)).toBe(501);
  });

  it('is exact from any starting point', () => {
    for (const from of [1, 1599, 3200, 8191, 12_288, 262_140, 270_336]) {
      advance(from);
      for (let i = 0; i < 40; i++) start(i, from + 1 + i * 37);
      advance(from + 1500);
      for (let i = 0; i < 40; i++) expect(firedAt(i)).toBe(from + 1 + i * 37);
    }
  });

  it('survives lost ticks', () => {
    for (let i = 0; i < 20; i++) start(i, 10 + i * 13);
    advance(400, 50);
    for (let i = 0; i < 20; i++) {
      expect(firedAt(i)).toBeGreaterThanOrEqual(10 + i * 13);
      expect(firedAt(i)).toBeLessThan(10 + i * 13 + 50);
    }
  });

  it('cancels once, and moves a timer that is started again', () => {
    start(0, 10);
    start(1, 10);
    expect(kernel.fn('cancel')(0)).toBe(1);
    expect(kernel.fn('cancel')(0)).toBe(0);
    start(1, 20);
    advance(15);
    expect(firedAt(0)).toBe(0);
    expect(firedAt(1)).toBe(0);
    advance(25);
    expect(firedAt(1)).toBe(20);
    expect(kernel.fn('cancel')(1)).toBe(0);
  });
});
