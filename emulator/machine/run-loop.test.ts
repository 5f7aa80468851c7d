import { describe, expect, it } from 'vitest';
import { TICK_SLACK_NS } from './bus.ts';
import { HostClock } from './clock.ts';
import { RunLoop } from './run-loop.ts';
import { VirtualHostTime } from './testing.ts';
import { TimerQueue } from './timer-queue.ts';
import type { Vcpu } from './vcpu-types.ts';

const TICK_NS = 1e6;

const INSTRUCTIONS_PER_MS = 250_000;

interface IdleGuest {
  readonly loop: RunLoop;
  readonly time: VirtualHostTime;
  readonly tickTimes: number[];
  turns(): number;
}

/** A guest that serves its 1 kHz tick with `instructionsPerTick` instructions and sleeps between. */
function idleGuest(instructionsPerTick: number): IdleGuest {
  const time = new VirtualHostTime();
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
      time.pass((due * instructionsPerTick) / INSTRUCTIONS_PER_MS);
      due = 0;
      return 'halted';
    },
    requestYield: () => undefined,
  };
  const clock = new HostClock(() => time.nowMs() * 1e6);
  const timers = new TimerQueue(
    () => clock.nowNs(),
    (deadlineNs) => {
      loop.limit(deadlineNs);
    },
  );
  const host = {
    beforeSlice: () => undefined,
    afterSlice: () => true,
    endTurn: () => turns++,
    failed: (error: Error) => {
      throw error;
    },
  };
  const loop: RunLoop = new RunLoop(vcpu as Vcpu, timers, clock, host, time);
  const tick = timers.create('tick', () => {
    due++;
    tickTimes.push(clock.nowNs());
    tick.arm((tickTimes.length + 1) * TICK_NS, TICK_SLACK_NS);
  });
  tick.arm(TICK_NS, TICK_SLACK_NS);
  return { loop, time, tickTimes, turns: () => turns };
}

/** How many ticks came in each turn of the event loop within `milliseconds`. */
async function ticksByTurn(guest: IdleGuest, milliseconds: number): Promise<number[]> {
  const counts: number[] = [];
  for (let passed = 0; passed < milliseconds; passed++) {
    const [turns, ticks] = [guest.turns(), guest.tickTimes.length];
    await guest.time.run(1);
    const came = guest.tickTimes.length - ticks;
    if (guest.turns() > turns && came > 0) counts.push(came);
  }
  return counts;
}

const exactTimes = (count: number): number[] => Array.from({ length: count }, (_, i) => (i + 1) * TICK_NS);

describe('a busy guest', () => {
  /**
   * Times between the ends of turns, milliseconds, after 300 in which the guest has computed. Then something comes from
   * outside, or the guest begins to do nothing but read a port, every microsecond.
   */
  async function turnLengths(then: 'computes' | 'outside' | 'polls'): Promise<number[]> {
    const time = new VirtualHostTime();
    let executed = 0n;
    let polls = false;
    let yielded = false;
    const vcpu: Pick<Vcpu, 'instructionCount' | 'run' | 'requestYield'> = {
      get instructionCount() {
        return executed;
      },
      run: (budget) => {
        executed += BigInt(budget);
        yielded = false;
        if (!polls) time.pass(budget / INSTRUCTIONS_PER_MS);
        else poll(budget);
        return 'budget';
      },
      requestYield: () => {
        yielded = true;
      },
    };
    const poll = (times: number): void => {
      for (let i = 0; i < times; i++) {
        time.pass(0.001);
        loop.boardCalled();
        if (yielded) return;
      }
    };
    const clock = new HostClock(() => time.nowMs() * 1e6);
    const ends: number[] = [];
    const host = {
      beforeSlice: () => undefined,
      afterSlice: () => true,
      endTurn: () => ends.push(time.nowMs()),
      failed: (error: Error) => {
        throw error;
      },
    };
    const loop = new RunLoop(vcpu as Vcpu, new TimerQueue(() => clock.nowNs()), clock, host, time);
    loop.start();
    await time.run(300);
    ends.length = 0;
    polls = then === 'polls';
    if (then === 'outside') loop.wake();
    await time.run(40);
    loop.stop();
    return ends.slice(1).map((end, i) => end - (ends[i] ?? 0));
  }

  it('lets the event loop in each half millisecond', async () => {
    const lengths = await turnLengths('computes');
    expect(Math.min(...lengths)).toBeGreaterThan(0.3);
    expect(Math.max(...lengths)).toBeLessThan(0.9);
  });

  it('lets it in four times as often once something came from outside', async () => {
    const lengths = await turnLengths('outside');
    expect(lengths.length).toBeGreaterThan(200);
    expect(Math.max(...lengths)).toBeLessThan(0.2);
  });

  it('lets it in each millisecond although it begins to poll a port', async () => {
    const lengths = await turnLengths('polls');
    expect(lengths.length).toBeGreaterThan(30);
    expect(Math.max(...lengths)).toBeLessThan(1.8);
  });
});

describe('what is to leave', () => {
  /**
   * A guest that computes, two microseconds at a time until a yield is asked for, and has something leave at these times
   * of its computing, in milliseconds. Returns how long each waited for the end of its turn.
   */
  async function waits(leavesAtMs: readonly number[], outside = false): Promise<number[]> {
    const time = new VirtualHostTime();
    const due = [...leavesAtMs];
    const waiting: number[] = [];
    const waited: number[] = [];
    let executed = 0n;
    let pieces = 0;
    let origin = Infinity;
    const vcpu: Pick<Vcpu, 'instructionCount' | 'run' | 'requestYield'> = {
      get instructionCount() {
        return executed;
      },
      run: (budget) => {
        for (pieces = budget / INSTRUCTIONS_PER_MS / 0.002; pieces > 0; pieces--) {
          time.pass(0.002);
          executed += BigInt(INSTRUCTIONS_PER_MS * 0.002);
          const now = time.nowMs();
          if (now - origin < (due[0] ?? Infinity)) continue;
          due.shift();
          waiting.push(now);
          loop.leaving();
        }
        return 'budget';
      },
      requestYield: () => {
        pieces = 0;
      },
    };
    const clock = new HostClock(() => time.nowMs() * 1e6);
    const host = {
      beforeSlice: () => undefined,
      afterSlice: () => true,
      endTurn: () => void waited.push(...waiting.splice(0).map((since) => time.nowMs() - since)),
      failed: (error: Error) => {
        throw error;
      },
    };
    const loop = new RunLoop(vcpu as Vcpu, new TimerQueue(() => clock.nowNs()), clock, host, time);
    loop.start();
    await time.run(200);
    origin = time.nowMs();
    if (outside) loop.wake();
    await time.run(40);
    loop.stop();
    return waited;
  }

  it('leaves at once after a pause', async () => {
    const times = [3, 5, 8, 9, 13, 17].map((ms) => ms + 0.123);
    const waited = await waits(times);
    expect(waited).toHaveLength(times.length);
    expect(Math.max(...waited)).toBeLessThan(0.03);
  });

  it('leaves with the turns when it is a stream', async () => {
    const waited = await waits(Array.from({ length: 1000 }, (_, i) => 5 + i * 0.01));
    expect(waited).toHaveLength(1000);
    // Ten milliseconds: more than a turn for each half of one would be a process that does nothing else.
    expect(waited.filter((ms) => ms < 0.03).length).toBeLessThan(100);
    expect(Math.max(...waited)).toBeLessThan(0.9);
  });

  it('leaves at once, answer after answer, while something comes from outside', async () => {
    const times = Array.from({ length: 50 }, (_, i) => 5 + i * 0.2);
    expect(Math.max(...(await waits(times, true)))).toBeLessThan(0.03);
  });
});

describe('an idle guest', () => {
  it('gets every tick at its time, several for each time that the host wakes', async () => {
    const guest = idleGuest(300);
    guest.loop.start();
    await guest.time.run(200);
    const before = { turns: guest.turns(), ticks: guest.tickTimes.length };
    await guest.time.run(400);
    guest.loop.stop();
    expect(guest.tickTimes.length - before.ticks).toBeGreaterThan(385);
    expect(guest.turns() - before.turns).toBeLessThan(150);
    expect(guest.tickTimes).toEqual(exactTimes(guest.tickTimes.length));
  });

  it('gets every tick although the host is away again and again', async () => {
    const guest = idleGuest(300);
    guest.loop.start();
    guest.time.pass(5);
    for (let away = 1; away < 200; away += 13) {
      await guest.time.run(40);
      guest.time.pass(away);
    }
    await guest.time.run(300);
    guest.loop.stop();
    expect(guest.tickTimes).toEqual(exactTimes(guest.tickTimes.length));
    expect(guest.tickTimes.length * TICK_NS).toBeGreaterThan((guest.time.nowMs() - 20) * 1e6);
  });

  it('that does work with each tick is not kept waiting for several', async () => {
    const guest = idleGuest(100_000);
    guest.loop.start();
    const counts = await ticksByTurn(guest, 300);
    guest.loop.stop();
    expect(guest.tickTimes.length).toBeGreaterThan(290);
    expect(Math.max(...counts)).toBeLessThan(4);
  });
});
