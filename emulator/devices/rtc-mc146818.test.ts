import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { RtcMc146818 } from './rtc-mc146818.ts';

const START = Date.UTC(2024, 1, 28, 23, 59, 58);

describe('MC146818', () => {
  let time: TestTime;
  let irq: RecordedLine;
  let rtc: RtcMc146818;
  const read = (index: number): number => {
    rtc.portWrite(0x70, 1, index);
    return rtc.portRead(0x71);
  };
  const write = (index: number, value: number): void => {
    rtc.portWrite(0x70, 1, index);
    rtc.portWrite(0x71, 1, value);
  };
  const clock = (): number[] => [4, 2, 0].map(read);
  const date = (): number[] => [0x32, 9, 8, 7, 6].map(read);

  beforeEach(() => {
    time = new TestTime();
    irq = recordLine();
    rtc = new RtcMc146818(time.timers, irq.line);
    rtc.setWallClock(START);
    rtc.reset();
  });

  it('keeps the time in BCD over a leap day', () => {
    expect(clock()).toEqual([0x23, 0x59, 0x58]);
    expect(date()).toEqual([0x20, 0x24, 0x02, 0x28, 4]);
    time.advance(2e9);
    expect(clock()).toEqual([0, 0, 0]);
    expect(date()).toEqual([0x20, 0x24, 0x02, 0x29, 5]);
  });

  it('gives 12 hours and binary when asked', () => {
    write(0x0b, 0x04);
    expect(clock()).toEqual([11 | 0x80, 59, 58]);
    time.advance(2e9);
    expect(clock()).toEqual([12, 0, 0]);
  });

  it('can be set while SET is up, and goes on from there', () => {
    write(0x0b, 0x82);
    write(0, 0x30);
    write(2, 0x15);
    write(4, 0x08);
    time.advance(10e9);
    expect(clock()).toEqual([0x08, 0x15, 0x30]);
    write(0x0b, 0x02);
    expect(clock()).toEqual([0x08, 0x15, 0x30]);
    time.advance(1e9);
    expect(clock()).toEqual([0x08, 0x15, 0x31]);
  });

  it('announces an update before it comes', () => {
    expect(read(0x0a) & 0x80).toBe(0);
    time.advance(0.999e9);
    expect(read(0x0a) & 0x80).toBe(0x80);
    time.advance(0.002e9);
    expect(read(0x0a) & 0x80).toBe(0);
  });

  it('interrupts at each update until register C is read', () => {
    write(0x0b, 0x12);
    time.advance(1.1e9);
    expect(irq.level).toBe(true);
    expect(read(0x0c) & 0xb0).toBe(0x90);
    expect(irq.level).toBe(false);
    expect(read(0x0c)).toBe(0);
    time.advance(1e9);
    expect(irq.rises).toBe(2);
  });

  it('interrupts 1024 times a second', () => {
    write(0x0a, 0x26);
    write(0x0b, 0x42);
    let count = 0;
    for (let i = 0; i < 2048; i++) {
      time.advance(1e9 / 2048);
      if (irq.level) {
        count++;
        read(0x0c);
      }
    }
    expect(count).toBeGreaterThanOrEqual(1023);
    expect(count).toBeLessThanOrEqual(1024);
  });

  it('rings the alarm, with wild cards', () => {
    write(1, 0x05);
    write(3, 0xff);
    write(5, 0xff);
    write(0x0b, 0x22);
    time.advance(6.9e9);
    expect(irq.level).toBe(false);
    time.advance(0.2e9);
    expect(irq.level).toBe(true);
    expect(read(0x0c) & 0xf0).toBe(0xf0);
  });

  it('does not ring for an impossible time', () => {
    write(1, 0x99);
    write(0x0b, 0x22);
    time.advance(200e9);
    expect(irq.level).toBe(false);
  });

  it('keeps memory and time over a reset, and drops interrupts', () => {
    write(0x40, 0xa5);
    write(0x0b, 0x42);
    time.advance(1e9);
    rtc.reset();
    expect(irq.level).toBe(false);
    expect(read(0x40)).toBe(0xa5);
    expect(read(0x0b)).toBe(0x02);
    expect(clock()).toEqual([0x23, 0x59, 0x59]);
  });

  it('follows the wall clock over a pause, and keeps what the guest has set', () => {
    time.advance(1e9);
    rtc.setWallClock(START + 3_601_000);
    expect(clock()).toEqual([0x00, 0x59, 0x59]);
    write(2, 0x30);
    expect(clock()).toEqual([0x00, 0x30, 0x59]);
    rtc.setWallClock(START + 3_601_000 + 60_000);
    expect(clock()).toEqual([0x00, 0x31, 0x59]);
  });

  it('is valid in register D, which cannot be written', () => {
    write(0x0d, 0);
    expect(read(0x0d)).toBe(0x80);
  });
});
