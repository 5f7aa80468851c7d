import { describe, expect, it } from 'vitest';
import { TimerQueue } from '../machine/timer-queue.ts';
import { LapicTimer, TIMER_MODE } from './lapic-timer.ts';

const DIVIDE_BY_1 = 0xb;

/** A timer on a clock that stays where it is put: what is due has not fired until `serve`. */
function onHeldClock(passesWithEachLookNs = 0) {
  let now = 0;
  let fired = 0;
  const timers = new TimerQueue(() => (now += passesWithEachLookNs));
  const timer = new LapicTimer(timers, () => fired++);
  timer.reset();
  timer.configure(TIMER_MODE.oneShot, false);
  timer.writeDivide(DIVIDE_BY_1);
  return {
    timer,
    fired: () => fired,
    holdAt: (ns: number) => void (now = ns),
    serve: () => {
      timers.runDue(now);
      return fired;
    },
  };
}

describe("the local APIC's timer on a host that is late", () => {
  it('expires although the host is away for longer than the count while it is written', () => {
    const { timer, holdAt, serve } = onHeldClock(5_000_000);
    timer.writeInitial(1_000_000);
    holdAt(1e9);
    expect(serve()).toBe(1);
  });

  it('has expired before a write that comes when it was due', () => {
    for (const write of [
      (t: LapicTimer) => {
        t.configure(TIMER_MODE.oneShot, false);
      },
      (t: LapicTimer) => {
        t.configure(TIMER_MODE.oneShot, true);
      },
      (t: LapicTimer) => {
        t.writeDivide(0);
      },
      (t: LapicTimer) => {
        t.writeInitial(0);
      },
    ]) {
      const { timer, fired, holdAt, serve } = onHeldClock();
      timer.writeInitial(1000);
      holdAt(1000);
      expect(fired()).toBe(0);
      write(timer);
      expect(fired()).toBe(1);
      expect(serve()).toBe(1);
    }
  });

  it('does not expire twice when its entry is written at the very count', () => {
    const { timer, holdAt, serve } = onHeldClock();
    timer.writeInitial(1000);
    holdAt(1000);
    expect(serve()).toBe(1);
    timer.configure(TIMER_MODE.oneShot, false);
    expect(serve()).toBe(1);
  });

  it('keeps a due tick of a period, and its phase, when the entry is written', () => {
    const { timer, holdAt, serve } = onHeldClock();
    timer.configure(TIMER_MODE.periodic, false);
    timer.writeInitial(1_000_000);
    holdAt(1_000_000);
    timer.configure(TIMER_MODE.periodic, false);
    expect(serve()).toBe(1);
    holdAt(1_999_999);
    expect(serve()).toBe(1);
    holdAt(2_000_000);
    expect(serve()).toBe(2);
  });

  it('has passed a deadline before the next one is written', () => {
    const { timer, holdAt, serve } = onHeldClock();
    timer.configure(TIMER_MODE.tscDeadline, false);
    timer.writeDeadline(1000n);
    holdAt(1000);
    timer.writeDeadline(5000n);
    expect(serve()).toBe(1);
    expect(timer.deadline).toBe(5000n);
    holdAt(5000);
    expect(serve()).toBe(2);
    expect(timer.deadline).toBe(0n);
  });
});

describe('a period that becomes one shot', () => {
  it('ends where it would have ended', () => {
    const { timer, holdAt, serve } = onHeldClock();
    timer.configure(TIMER_MODE.periodic, false);
    timer.writeInitial(1_000_000);
    holdAt(3_000_000);
    expect(serve()).toBe(1);
    holdAt(3_400_000);
    timer.configure(TIMER_MODE.oneShot, false);
    expect(timer.current()).toBe(600_000);
    holdAt(4_000_000);
    expect(serve()).toBe(2);
    holdAt(9_000_000);
    expect(serve()).toBe(2);
  });

  it('is not armed while it is masked', () => {
    const { timer, holdAt, serve } = onHeldClock();
    timer.configure(TIMER_MODE.oneShot, true);
    timer.writeInitial(1000);
    holdAt(2000);
    timer.configure(TIMER_MODE.oneShot, false);
    expect(serve()).toBe(0);
  });
});
