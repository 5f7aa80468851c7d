import { beforeEach, describe, expect, it } from 'vitest';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { PIT_HZ, Pit8254 } from './pit8254.ts';

describe('8254', () => {
  let time: TestTime;
  let irq: RecordedLine;
  let pit: Pit8254;
  const ticks = (n: number): void => {
    time.advance((n * 1e9) / PIT_HZ);
  };
  const program = (control: number, count: number): void => {
    pit.portWrite(0x43, 1, control);
    const port = 0x40 + (control >> 6);
    pit.portWrite(port, 1, count & 0xff);
    pit.portWrite(port, 1, count >> 8);
  };
  const latched = (channel: number): number => {
    pit.portWrite(0x43, 1, channel << 6);
    const low = pit.portRead(0x40 + channel);
    return low | (pit.portRead(0x40 + channel) << 8);
  };

  beforeEach(() => {
    time = new TestTime();
    irq = recordLine();
    pit = new Pit8254(time.timers, irq.line);
    pit.reset();
    ticks(10.5);
  });

  it('gives 1000 ticks a second in mode 2', () => {
    program(0x34, 1193);
    const before = irq.rises;
    time.advance(1e9);
    expect(irq.rises - before).toBeGreaterThanOrEqual(1000);
    expect(irq.rises - before).toBeLessThanOrEqual(1001);
  });

  it('makes a square wave in mode 3', () => {
    program(0x36, 1000);
    const before = irq.rises;
    ticks(10_002);
    expect(irq.rises - before).toBe(10);
    ticks(400);
    expect(irq.level).toBe(true);
    ticks(300);
    expect(irq.level).toBe(false);
  });

  it('fires once in mode 0 and counts on below zero', () => {
    program(0x30, 100);
    expect(irq.level).toBe(false);
    ticks(50);
    expect(latched(0)).toBeGreaterThan(45);
    expect(latched(0)).toBeLessThan(56);
    expect(irq.level).toBe(false);
    ticks(60);
    expect(irq.level).toBe(true);
    expect(latched(0)).toBeGreaterThan(0xff00);
    ticks(100_000);
    expect(irq.rises).toBe(1);
  });

  it('counts 2 and shows its output in time for firmware that calibrates with it', () => {
    pit.setGate2(true);
    program(0xb0, 0x800);
    expect(pit.out2()).toBe(false);
    ticks(0x7f0);
    expect(pit.out2()).toBe(false);
    ticks(0x20);
    expect(pit.out2()).toBe(true);
  });

  it('stands still while the gate is low in mode 0', () => {
    pit.setGate2(true);
    program(0xb0, 100);
    ticks(50);
    pit.setGate2(false);
    const held = latched(2);
    ticks(1000);
    expect(latched(2)).toBe(held);
    expect(pit.out2()).toBe(false);
    pit.setGate2(true);
    ticks(60);
    expect(pit.out2()).toBe(true);
  });

  it('is triggered by the gate in mode 1', () => {
    pit.setGate2(false);
    program(0xb2, 100);
    expect(pit.out2()).toBe(true);
    ticks(500);
    expect(pit.out2()).toBe(true);
    pit.setGate2(true);
    ticks(50);
    expect(pit.out2()).toBe(false);
    ticks(60);
    expect(pit.out2()).toBe(true);
  });

  it('strobes for one clock in mode 4', () => {
    pit.setGate2(true);
    program(0xb8, 10);
    ticks(5);
    expect(pit.out2()).toBe(true);
    let low = 0;
    for (let i = 0; i < 20; i++) {
      ticks(1);
      if (!pit.out2()) low++;
    }
    expect(low).toBe(1);
  });

  it('takes a new count in mode 2 at the end of the period', () => {
    program(0x34, 1000);
    ticks(100);
    pit.portWrite(0x40, 1, 500 & 0xff);
    pit.portWrite(0x40, 1, 500 >> 8);
    expect(latched(0)).toBeGreaterThan(850);
    ticks(1000);
    expect(latched(0)).toBeLessThanOrEqual(500);
  });

  it('counts in BCD', () => {
    program(0x35, 0x1000);
    ticks(2.5);
    const value = latched(0);
    expect(value).toBeGreaterThanOrEqual(0x0995);
    expect(value).toBeLessThanOrEqual(0x0999);
  });

  it('reads back status and count, status first', () => {
    program(0x34, 1000);
    ticks(10);
    pit.portWrite(0x43, 1, 0xc2);
    expect(pit.portRead(0x40) & 0x3f).toBe(0x34);
    const low = pit.portRead(0x40);
    const count = low | (pit.portRead(0x40) << 8);
    expect(count).toBeLessThan(1000);
    expect(count).toBeGreaterThan(950);
  });

  it('keeps a latched count until both bytes are read', () => {
    program(0x34, 0);
    ticks(10);
    pit.portWrite(0x43, 1, 0x00);
    const low = pit.portRead(0x40);
    ticks(5000);
    const high = pit.portRead(0x40);
    expect(((high << 8) | low) & 0xffff).toBeGreaterThan(65500);
  });

  it('stops when it is reset', () => {
    program(0x34, 1000);
    pit.reset();
    const before = irq.rises;
    ticks(10_000);
    expect(irq.rises).toBe(before);
  });
});
