import { beforeEach, describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel, standardDoubles, type KernelModule } from '../testing/compile.ts';

const wasm = await compileKernel({
  entries: ['sched/timer.fixture.ts'],
  replace: {
    ...standardDoubles,
    'sched/clock.ts': 'sched/manual-clock.fixture.ts',
    'sched/clock-event.ts': 'sched/clock-event.fixture.ts',
  },
});
const never = 2n ** 64n - 1n;

/** Numbers as random as a test needs, the same in each run (Marsaglia's xorshift). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe('timers', () => {
  let kernel: KernelModule;
  const start = (index: number, ns: number): number => kernel.fn('start')(index, BigInt(ns));
  const advance = (ns: number): bigint => BigInt.asUintN(64, kernel.fn64('advance')(BigInt(ns)));
  const firedAt = (index: number): number => Number(kernel.fn64('firedAt')(index));
  const event = (): number => Number(kernel.fn64('takeEvent')());

  beforeEach(async () => {
    kernel = await instantiateKernel(wasm, {});
  });

  it('fires none before its nanosecond, and says when the next one is due', () => {
    start(0, 1000);
    start(1, 5_000_000_001);
    start(2, 5_000_000_000);
    expect(advance(999)).toBe(1000n);
    expect(firedAt(0)).toBe(0);
    expect(advance(1000)).toBe(5_000_000_000n);
    expect(firedAt(0)).toBe(1000);
    expect(advance(5_000_000_000)).toBe(5_000_000_001n);
    expect(advance(6_000_000_000)).toBe(never);
    expect([firedAt(1), firedAt(2)]).toEqual([6_000_000_000, 5_000_000_000]);
  });

  it('sets the device for a timer that is earlier than all others, and only then', () => {
    start(0, 5000);
    expect(event()).toBe(5000);
    start(1, 6000);
    expect(event()).toBe(0);
    start(2, 4000);
    expect(event()).toBe(4000);
    start(1, 100);
    expect(event()).toBe(100);
  });

  it('fires what is overdue at once', () => {
    advance(500);
    start(0, 100);
    expect(event()).toBe(100);
    advance(501);
    expect(firedAt(0)).toBe(501);
  });

  it('cancels once, and moves a timer that is started again', () => {
    start(0, 10);
    start(1, 10);
    expect(kernel.fn('cancel')(0)).toBe(1);
    expect(kernel.fn('cancel')(0)).toBe(0);
    start(1, 20);
    expect(advance(15)).toBe(20n);
    expect([firedAt(0), firedAt(1)]).toEqual([0, 0]);
    advance(25);
    expect(firedAt(1)).toBe(25);
    expect(kernel.fn('cancel')(1)).toBe(0);
  });

  it('leaves the processor time when a timer starts itself again without end', () => {
    kernel.fn('setPeriod')(1n);
    start(0, 1000);
    expect(advance(1000)).toBe(101_000n);
    advance(1_001_000);
    expect(kernel.fn('firedTimes')(0)).toBe(2);
  });

  it('keeps the order whatever is started, moved and cancelled', () => {
    const random = randomNumbers(20240229);
    const due = new Map<number, number>();
    let now = 0;
    for (let round = 0; round < 20_000; round++) {
      const index = random(1000);
      const choice = random(10);
      if (choice < 6) {
        const at = now + 1 + random(100_000);
        start(index, at);
        due.set(index, at);
      } else if (choice < 8) {
        expect(kernel.fn('cancel')(index)).toBe(due.delete(index) ? 1 : 0);
      } else {
        now += random(2000);
        const next = advance(now);
        for (const [timer, at] of due) {
          if (at > now) continue;
          expect(firedAt(timer)).toBe(now);
          due.delete(timer);
        }
        expect(next).toBe(due.size === 0 ? never : BigInt(Math.min(...due.values())));
      }
    }
  });
});
