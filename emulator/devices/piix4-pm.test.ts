import { beforeEach, describe, expect, it } from 'vitest';
import { Ports } from '../machine/port-space.ts';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { Piix4Pm, PM_TIMER_HZ } from './piix4-pm.ts';

describe('PIIX4 power management', () => {
  let time: TestTime;
  let ports: Ports;
  let sci: RecordedLine;
  let off: number;
  let pm: Piix4Pm;

  beforeEach(() => {
    time = new TestTime();
    ports = new Ports(() => undefined);
    sci = recordLine();
    off = 0;
    pm = new Piix4Pm({ ports, timers: time.timers, sci: sci.line, powerOff: () => off++ });
    ports.claim('apm', 0xb2, 2, pm.apm);
    pm.reset();
    pm.pci.write(0x40, 4, 0x601);
    pm.pci.write(0x80, 1, 1);
  });

  it('tells firmware at reset that system management is set up', () => {
    expect(pm.pci.get(0x58, 4) & (1 << 25)).not.toBe(0);
  });

  it('is where its base register says, and only when enabled', () => {
    expect(ports.read(0x604, 2)).toBe(0);
    pm.pci.write(0x40, 4, 0xb001);
    expect(ports.read(0x604, 2)).toBe(0xffff);
    expect(ports.read(0xb004, 2)).toBe(0);
    pm.pci.write(0x80, 1, 0);
    expect(ports.read(0xb004, 2)).toBe(0xffff);
  });

  it('counts 24 bits at 3.579545 MHz', () => {
    const before = ports.read(0x608, 4);
    time.advance(1e9);
    expect(ports.read(0x608, 4) - before).toBe(PM_TIMER_HZ);
    time.advance(10e9);
    expect(ports.read(0x608, 4)).toBeLessThan(2 ** 24);
  });

  it('never runs backwards, however time passes while it is read', () => {
    // Time that moves with every look at it.
    let now = 0;
    const moving = { nowNs: () => (now += 997), create: time.timers.create.bind(time.timers) };
    const other = new Piix4Pm({ ports, timers: moving, sci: sci.line, powerOff: () => undefined });
    other.pci.write(0x40, 4, 0xc001);
    other.pci.write(0x80, 1, 1);
    let last = 0;
    for (let i = 0; i < 5000; i++) {
      const value = ports.read(0xc008, 4);
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
    }
  });

  it('interrupts for the power button once the system has taken over', () => {
    pm.pressPowerButton();
    expect(sci.level).toBe(false);
    expect(ports.read(0x600, 2) & 0x100).toBe(0x100);
    ports.write(0x602, 2, 0x100);
    expect(sci.level).toBe(false);
    ports.write(0xb2, 1, 0xf1);
    expect(ports.read(0x604, 2) & 1).toBe(1);
    expect(sci.level).toBe(true);
    ports.write(0x600, 2, 0x100);
    expect(sci.level).toBe(false);
  });

  it('has a sleep button like the power button', () => {
    ports.write(0xb2, 1, 0xf1);
    ports.write(0x602, 2, 0x200);
    pm.pressPowerButton();
    expect(sci.level).toBe(false);
    pm.pressSleepButton();
    expect(sci.level).toBe(true);
    expect(ports.read(0x600, 2) & 0x300).toBe(0x300);
    ports.write(0x600, 2, 0x200);
    expect(sci.level).toBe(false);
  });

  it('interrupts when the timer carries', () => {
    ports.write(0xb2, 1, 0xf1);
    ports.write(0x602, 2, 0x0001);
    time.advance(2.4e9);
    expect(sci.level).toBe(true);
    ports.write(0x600, 2, 1);
    expect(sci.level).toBe(false);
    time.advance(2.4e9);
    expect(sci.level).toBe(true);
  });

  it('powers off for S5 and for nothing else', () => {
    ports.write(0x604, 2, 0x0400 | 0x2000);
    expect(off).toBe(0);
    ports.write(0x604, 2, 0x2000);
    expect(off).toBe(1);
    expect(ports.read(0x604, 2) & 0x2000).toBe(0);
  });
});
