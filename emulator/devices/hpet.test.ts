import { beforeEach, describe, expect, it } from 'vitest';
import type { Line } from '../machine/bus.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { TimerQueue } from '../machine/timer-queue.ts';
import { Hpet } from './hpet.ts';

const ENABLED = 0x0004;
const LEVEL = 0x0002;
const PERIODIC = 0x0008;
const SET_VALUE = 0x0040;
const NARROW = 0x0100;
const ROUTE_20 = 20 << 9;

describe('HPET', () => {
  let time: TestTime;
  let hpet: Hpet;
  let lines: Map<number, RecordedLine>;
  let log: string[];

  beforeEach(() => {
    time = new TestTime();
    lines = new Map();
    log = [];
    hpet = new Hpet({
      timers: time.timers,
      log: (_level, message) => log.push(message),
      wire: (input): Line => {
        const recorded = recordLine();
        lines.set(input, recorded);
        return recorded.line;
      },
    });
    hpet.reset();
  });

  const read = (offset: number): number => hpet.mmioRead(offset, 4);
  const write = (offset: number, value: number): void => {
    hpet.mmioWrite(offset, 4, value);
  };
  const config = (timer: number): number => 0x100 + 0x20 * timer;
  const comparator = (timer: number): number => 0x108 + 0x20 * timer;
  const line = (input: number): RecordedLine => lines.get(input) ?? recordLine();

  it('says what it is: Intel, 64 bits, three comparators, legacy replacement, 100 MHz', () => {
    expect(read(0)).toBe(0x8086a201);
    expect(read(4)).toBe(10_000_000);
    for (let timer = 0; timer < 3; timer++) {
      expect(read(config(timer))).toBe(0x30);
      expect(read(config(timer) + 4)).toBe(0x00f00000);
      expect([read(comparator(timer)), read(comparator(timer) + 4)]).toEqual([0xffffffff, 0xffffffff]);
    }
  });

  it('counts only while enabled and can be set', () => {
    time.advance(1000);
    expect(read(0xf0)).toBe(0);
    write(0x10, 1);
    time.advance(1000);
    expect(read(0xf0)).toBe(100);
    write(0x10, 0);
    time.advance(1000);
    expect(read(0xf0)).toBe(100);
    write(0xf0, 0xffffffff);
    write(0xf4, 7);
    write(0x10, 1);
    time.advance(10);
    // The halves belong together although time may pass between them.
    expect(read(0xf0)).toBe(0);
    expect(read(0xf4)).toBe(8);
  });

  it('interrupts once at a comparator, edge-triggered, on its route', () => {
    write(0x10, 1);
    write(config(2), ENABLED | ROUTE_20);
    write(comparator(2), 500);
    write(comparator(2) + 4, 0);
    time.advance(4999);
    expect(line(20).rises).toBe(0);
    time.advance(1);
    expect(line(20).rises).toBe(1);
    time.advance(1e9);
    expect(line(20).rises).toBe(1);
    expect(read(0x20)).toBe(0);
  });

  it('keeps a level until its status bit is written', () => {
    write(0x10, 1);
    write(config(2), ENABLED | LEVEL | ROUTE_20);
    write(comparator(2), 500);
    write(comparator(2) + 4, 0);
    time.advance(5000);
    expect([line(20).level, read(0x20)]).toEqual([true, 4]);
    write(0x20, 1);
    expect(line(20).level).toBe(true);
    write(0x20, 4);
    expect([line(20).level, read(0x20)]).toEqual([false, 0]);
  });

  it('repeats in periodic mode with accumulator and period written as the specification shows', () => {
    write(config(0), ENABLED | PERIODIC | SET_VALUE | NARROW | ROUTE_20);
    write(comparator(0), 10_000);
    write(comparator(0), 100_000);
    write(0x10, 1);
    time.advance(99_999);
    expect(line(20).rises).toBe(0);
    time.advance(1);
    expect(line(20).rises).toBe(1);
    for (let i = 0; i < 10; i++) time.advance(1_000_000);
    expect(line(20).rises).toBe(11);
    expect(read(comparator(0))).toBe(10_000 + 11 * 100_000);
  });

  it('takes accumulator and period as 64-bit writes', () => {
    write(config(0), ENABLED | PERIODIC | SET_VALUE | ROUTE_20);
    write(comparator(0), 5);
    write(comparator(0) + 4, 1);
    write(comparator(0), 100_000);
    write(comparator(0) + 4, 0);
    expect([read(comparator(0)), read(comparator(0) + 4)]).toEqual([5, 1]);
    write(0xf0, 0xffffffff);
    write(0x10, 1);
    time.advance(60);
    expect(line(20).rises).toBe(1);
    time.advance(1_000_000);
    expect(line(20).rises).toBe(2);
  });

  it('wraps in 32-bit mode', () => {
    write(config(0), ENABLED | NARROW | ROUTE_20);
    write(0xf0, 0xfffffff0);
    write(comparator(0), 0x10);
    write(0x10, 1);
    time.advance(0x20 * 10);
    expect(line(20).rises).toBe(1);
    time.advance(2 ** 32 * 10);
    expect(line(20).rises).toBe(2);
  });

  it('replaces the 8254 and the clock chip when asked to, and gives their lines back', () => {
    hpet.pit(true);
    hpet.rtc(true);
    expect([line(0).level, line(8).level]).toEqual([true, true]);
    write(config(0), ENABLED);
    write(config(1), ENABLED);
    write(comparator(0), 100);
    write(comparator(0) + 4, 0);
    write(0x10, 3);
    expect([line(0).level, line(8).level]).toEqual([false, false]);
    hpet.pit(false);
    hpet.pit(true);
    expect(line(0).rises).toBe(1);
    time.advance(1000);
    expect([line(0).rises, line(8).rises]).toEqual([2, 1]);
    write(0x10, 1);
    expect([line(0).level, line(8).level]).toEqual([true, true]);
    hpet.pit(false);
    expect(line(0).level).toBe(false);
  });

  it('is the same after its state was saved and restored', () => {
    hpet.rtc(true);
    write(config(2), ENABLED | LEVEL | ROUTE_20);
    write(comparator(2), 500);
    write(comparator(2) + 4, 0);
    write(0x10, 1);
    time.advance(5000);
    const saved = saveFields(hpet);
    hpet.reset();
    expect([line(20).level, line(8).level]).toEqual([false, false]);
    restoreFields(hpet, saved);
    expect(saveFields(hpet)).toEqual(saved);
    expect([line(20).level, line(8).level, read(0x20), read(0xf0)]).toEqual([true, true, 4, 500]);
  });

  it('with a period of one count does not swallow the host', () => {
    write(config(0), ENABLED | PERIODIC | SET_VALUE | NARROW | ROUTE_20);
    write(comparator(0), 1);
    write(comparator(0), 1);
    write(0x10, 1);
    time.advance(1e6);
    expect(line(20).rises).toBeGreaterThan(10);
    expect(line(20).rises).toBeLessThan(60);
    // A period of 0 is no period.
    write(comparator(0), 0);
    time.advance(1e6);
  });

  it('has no interrupt on a route that does not exist, and names unknown registers once', () => {
    write(config(2), ENABLED | (3 << 9));
    write(comparator(2), 1);
    write(comparator(2) + 4, 0);
    write(0x10, 1);
    time.advance(1000);
    expect([...lines.values()].every((l) => l.rises === 0)).toBe(true);
    for (let i = 0; i < 3; i++) {
      read(0x30);
      read(0x3f8);
      write(0x160, 1);
      hpet.mmioWrite(0x10, 1, 0);
      expect(hpet.mmioRead(0x11, 2)).toBe(0);
    }
    expect(log).toHaveLength(5);
    expect(read(0x10)).toBe(1);
  });

  it('counts no time twice, however late the host is between two looks at the clock', () => {
    let now = 0;
    const late = new Hpet({
      timers: new TimerQueue(() => (now += 1e6)),
      log: () => undefined,
      wire: () => () => undefined,
    });
    late.reset();
    const begin = now;
    for (let i = 0; i < 100; i++) late.mmioWrite(0x10, 4, i % 2 === 0 ? 1 : 3);
    const counts = late.mmioRead(0xf0, 4);
    expect(counts * 10).toBeLessThanOrEqual(now - begin);
    expect(counts * 10).toBeGreaterThan((now - begin) / 2);
  });
});
