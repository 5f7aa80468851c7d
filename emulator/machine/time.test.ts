import { describe, expect, it } from 'vitest';
import { HostClock, ManualClock } from './clock.ts';
import { Door } from './door.ts';
import { TestTime } from './testing.ts';
import { TimerQueue } from './timer-queue.ts';

describe('timers', () => {
  it('fire in the order of their deadlines, then of their arming', () => {
    const time = new TestTime();
    const fired: string[] = [];
    const at = (name: string, ns: number): void => {
      time.timers.create(name, () => fired.push(`${name}@${String(time.nowNs)}`)).arm(ns);
    };
    at('c', 30);
    at('a', 10);
    at('b1', 20);
    at('b2', 20);
    time.advance(25);
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20']);
    time.advance(25);
    expect(fired.at(-1)).toBe('c@30');
  });

  it('can be moved, cancelled and armed again from inside', () => {
    const time = new TestTime();
    let count = 0;
    const periodic = time.timers.create('periodic', () => {
      count++;
      if (count < 5) periodic.arm(time.nowNs + 10);
    });
    periodic.arm(1000);
    periodic.arm(10);
    const other = time.timers.create('other', () => (count += 100));
    other.arm(15);
    other.cancel();
    expect(other.armed).toBe(false);
    time.advance(2000);
    expect(count).toBe(5);
    expect(time.timers.nextDeadlineNs()).toBe(Infinity);
  });

  it('keep a large heap in order', () => {
    const queue = new TimerQueue(() => 0);
    const fired: number[] = [];
    let seed = 12345;
    for (let i = 0; i < 2000; i++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const deadline = seed % 1000;
      const timer = queue.create('x', () => fired.push(deadline));
      timer.arm(deadline);
      if (i % 3 === 0) timer.cancel();
    }
    queue.runDue(1000);
    expect(fired).toHaveLength(1333);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });

  it('may be late by the least that the slack of any of them allows', () => {
    const queue = new TimerQueue(() => 0);
    expect(queue.nextSlackNs()).toBe(0);
    const tick = queue.create('tick', () => undefined);
    tick.arm(10, 100);
    expect(queue.nextSlackNs()).toBe(100);
    const exact = queue.create('exact', () => undefined);
    exact.arm(40);
    expect(queue.nextSlackNs()).toBe(30);
    exact.arm(5);
    expect(queue.nextSlackNs()).toBe(0);
    exact.cancel();
    expect(queue.nextSlackNs()).toBe(100);
  });

  it('refuse a deadline that is no time', () => {
    const timer = new TimerQueue(() => 0).create('bad', () => undefined);
    expect(() => {
      timer.arm(Number.NaN);
    }).toThrow('bad');
  });
});

describe('host clock', () => {
  const make = (): { clock: HostClock; host: { ns: number } } => {
    const host = { ns: 5e9 };
    return { clock: new HostClock(() => host.ns), host };
  };

  it('starts at zero, follows the host while running and stands still while paused', () => {
    const { clock, host } = make();
    clock.resume();
    host.ns += 100;
    expect(clock.nowNs()).toBe(100);
    clock.pause();
    host.ns += 1e9;
    expect(clock.nowNs()).toBe(100);
    clock.resume();
    host.ns += 50;
    expect(clock.nowNs()).toBe(150);
  });

  it('is held at the limit, tells so, and catches up', () => {
    const { clock, host } = make();
    let held = 0;
    clock.onHeld = () => held++;
    clock.resume();
    clock.setLimit(1000);
    host.ns += 5000;
    expect(clock.nowNs()).toBe(1000);
    expect(held).toBe(1);
    expect(clock.untilNs(2000)).toBeLessThan(0);
    clock.setLimit(2000);
    expect(clock.nowNs()).toBe(2000);
    clock.setLimit(Infinity);
    expect(clock.nowNs()).toBe(5000);
  });

  it('forgets a gap in which the host was away', () => {
    const { clock, host } = make();
    clock.resume();
    clock.setLimit(1e6);
    host.ns += 60e9;
    clock.nowNs();
    expect(clock.waitNs(2e6)).toBe(1e6);
    clock.setLimit(2e6);
    host.ns += 0.5e6;
    expect(clock.nowNs()).toBe(1.5e6);
  });
});

describe('manual clock', () => {
  it('follows instructions, jumps over idle time and never passes a limit', () => {
    let instructions = 0n;
    const clock = new ManualClock(() => instructions, 10);
    instructions = 100n;
    expect(clock.nowNs()).toBe(1000);
    clock.setLimit(1500);
    instructions = 300n;
    expect(clock.nowNs()).toBe(1500);
    clock.setLimit(5000);
    expect(clock.nowNs()).toBe(1500);
    expect(clock.waitNs(5000)).toBe(0);
    expect(clock.nowNs()).toBe(5000);
    expect(clock.waitNs(Infinity)).toBe(Infinity);
  });
});

describe('door', () => {
  it('lets events in only when asked, in order, with a stamp', () => {
    const applied: string[] = [];
    let woken = 0;
    const door = new Door(
      (event) => applied.push(event.kind),
      () => 77n,
      () => woken++,
    );
    const stamps: bigint[] = [];
    door.onDelivered = (stamp) => stamps.push(stamp);
    door.post({ kind: 'power-button' });
    door.post({ kind: 'reset' });
    expect(applied).toEqual([]);
    expect(woken).toBe(2);
    door.deliver();
    door.deliver();
    expect(applied).toEqual(['power-button', 'reset']);
    expect(stamps).toEqual([77n, 77n]);
  });
});
