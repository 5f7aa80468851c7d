import { beforeEach, describe, expect, it } from 'vitest';
import { loadKernel, type KernelModule } from '../testing/compile.ts';

describe('run queue', () => {
  let kernel: KernelModule;
  const add = (n: number, priority: number, vruntime = 0n, first = false): void => {
    kernel.fn('add')(n, priority, vruntime, first ? 1 : 0);
  };
  const take = (): number => kernel.fn('take')();

  beforeEach(async () => {
    kernel = await loadKernel(
      ['sched/run-queue.fixture.ts'],
      {},
      { 'sched/tcb.ts': 'sched/tcb.fixture.ts', 'arch/x86_64/percpu.ts': 'sched/percpu.fixture.ts' },
    );
    expect(kernel.fn('init')(256)).toBe(1);
  });

  it('takes normal threads by virtual time, also across the end of the numbers', () => {
    const late = (1n << 64n) - 5n;
    add(1, 0, 3n);
    add(2, 0, late);
    add(3, 0, 0n);
    expect([take(), take(), take(), take()]).toEqual([2, 3, 1, -1]);
  });

  it('takes real-time threads first, by priority, and within one in order', () => {
    add(1, 0);
    add(2, 99);
    add(3, 1);
    add(4, 64);
    add(5, 64);
    add(6, 64, 0n, true);
    expect([take(), take(), take(), take(), take(), take()]).toEqual([2, 6, 4, 5, 3, 1]);
  });

  it('lets the others go first while real-time threads are throttled, if there are others', () => {
    add(1, 50);
    add(2, 0);
    add(3, 0, 1n);
    kernel.fn('setThrottled')(1);
    expect([take(), take(), take()]).toEqual([2, 3, 1]);
  });

  it('agrees with a sorted list over random operations', () => {
    let seed = 20;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    let queued: { n: number; priority: number; vruntime: number; order: number }[] = [];
    const before = (a: (typeof queued)[0], b: (typeof queued)[0]): number =>
      b.priority - a.priority || (a.priority > 0 ? a.order - b.order : a.vruntime - b.vruntime);
    for (let round = 0; round < 5000; round++) {
      const what = random(3);
      if (what < 2 && queued.length < 200) {
        let n = random(256);
        while (queued.some((t) => t.n === n)) n = (n + 1) % 256;
        // Times of their own, so that there is one answer.
        const thread = {
          n,
          priority: random(3) === 0 ? 1 + random(99) : 0,
          vruntime: random(1000) * 8192 + round,
          order: round,
        };
        queued.push(thread);
        add(n, thread.priority, BigInt(thread.vruntime));
      } else if (random(4) === 0 && queued.length > 0) {
        const gone = queued[random(queued.length)];
        if (gone === undefined) continue;
        kernel.fn('remove')(gone.n);
        queued = queued.filter((t) => t !== gone);
      } else {
        queued.sort(before);
        expect(take()).toBe(queued.shift()?.n ?? -1);
      }
      expect(kernel.fn('length')()).toBe(queued.length);
    }
  });
});
