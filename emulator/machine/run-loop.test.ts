import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TICK_SLACK_NS } from './bus.ts';
import { HostClock } from './clock.ts';
import { RunLoop } from './run-loop.ts';
import { TimerQueue } from './timer-queue.ts';
import type { Vcpu } from './vcpu-types.ts';

const TICK_NS = 1e6;

/** A guest that serves its 1 kHz tick with `instructionsPerTick` instructions and sleeps between. */
function idleGuest(instructionsPerTick: number): {
  loop: RunLoop;
  tickTimes: number[];
  turns: () => number;
} {
  let executed = 0n;
  let due = 0;
  let turns = 0;
  const tickTimes: number[] = [];
  const vcpu: Pick<Vcpu, 'instructionCount' | 'run' | 'requestYield'> = {
    get instructionCount() {
      return executed;
    },
    run: () => {
      executed += BigInt(due * instructionsPerTick);
      due = 0;
      return 'halted';
    },
    requestYield: () => undefined,
  };
  const clock = new HostClock();
  const timers = new TimerQueue(
    () => clock.nowNs(),
    (deadlineNs) => {
      loop.limit(deadlineNs);
    },
  );
  const loop: RunLoop = new RunLoop(vcpu as Vcpu, timers, clock, {
    beforeSlice: () => undefined,
    afterSlice: () => true,
    endTurn: () => turns++,
    failed: (error) => {
      throw error;
    },
  });
  const tick = timers.create('tick', () => {
    due++;
    tickTimes.push(clock.nowNs());
    tick.arm((tickTimes.length + 1) * TICK_NS, TICK_SLACK_NS);
  });
  tick.arm(TICK_NS, TICK_SLACK_NS);
  return { loop, tickTimes, turns: () => turns };
}

/** Runs until `count` more ticks have come; returns in how many turns of the event loop. */
async function turnsOf(guest: ReturnType<typeof idleGuest>, count: number): Promise<number> {
  const before = guest.turns();
  const end = guest.tickTimes.length + count;
  while (guest.tickTimes.length < end) await delay(10);
  return guest.turns() - before;
}

describe('an idle guest', () => {
  it('gets every tick at its time, several for each time that the host wakes', async () => {
    const guest = idleGuest(300);
    guest.loop.start();
    await turnsOf(guest, 200);
    expect(await turnsOf(guest, 400)).toBeLessThan(150);
    guest.loop.stop();
    expect(guest.tickTimes).toEqual(guest.tickTimes.map((_, i) => (i + 1) * TICK_NS));
  });

  it('that does work with each tick is not kept waiting for several', async () => {
    const guest = idleGuest(100_000);
    guest.loop.start();
    const ticks: number[] = [];
    const limits = guest.tickTimes.length + 300;
    let before = 0;
    while (guest.tickTimes.length < limits) {
      await delay(0);
      ticks.push(guest.tickTimes.length - before);
      before = guest.tickTimes.length;
    }
    guest.loop.stop();
    // A busy host may be away for longer now and then, never most of the time.
    const withSome = ticks.filter((count) => count > 0).sort((a, b) => a - b);
    expect(withSome[Math.floor(withSome.length / 2)]).toBeLessThan(4);
  });
});
