import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySpace, MmioHandler } from '../machine/bus.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { ApicBus, DELIVERY, type InterruptMessage } from './apic-bus.ts';
import { LAPIC, LAPIC_BASE, LVT } from './lapic-registers.ts';
import { LocalApic } from './lapic.ts';

const ENABLED = 0x100;
const EOI = 0;

const fixed = (vector: number, extra: Partial<InterruptMessage> = {}): InterruptMessage => ({
  destination: 0,
  logical: false,
  mode: DELIVERY.fixed,
  vector,
  levelTriggered: false,
  ...extra,
});

describe('local APIC', () => {
  let time: TestTime;
  let bus: ApicBus;
  let intr: RecordedLine;
  let lapic: LocalApic;
  let windows: { base: number; handler: MmioHandler }[];
  let log: string[];
  let nmis: number;
  let inits: number;
  let ended: number[];

  beforeEach(() => {
    time = new TestTime();
    bus = new ApicBus();
    intr = recordLine();
    windows = [];
    log = [];
    nmis = 0;
    inits = 0;
    ended = [];
    const memory: MemorySpace = {
      claimMmio: (_name, base, _size, handler) => {
        const window = { base, handler };
        windows.push(window);
        return { remove: () => void windows.splice(windows.indexOf(window), 1) };
      },
      claimBacking: () => ({ remove: () => undefined }),
    };
    lapic = new LocalApic({
      id: 0,
      bus,
      memory,
      timers: time.timers,
      log: (_level, message) => log.push(message),
      intr: intr.line,
      nmi: () => nmis++,
      init: () => inits++,
      acknowledgeExternal: () => 0x77,
    });
    bus.addListener({ endOfInterrupt: (vector) => ended.push(vector) });
    lapic.reset();
  });

  const read = (offset: number): number => lapic.mmioRead(offset, 4);
  const write = (offset: number, value: number): void => {
    lapic.mmioWrite(offset, 4, value);
  };
  const enable = (): void => {
    write(LAPIC.spurious, ENABLED | 0xef);
  };

  it('comes out of reset as table 10-1 says, at FEE00000', () => {
    expect(windows.map((w) => w.base)).toEqual([LAPIC_BASE]);
    expect(read(LAPIC.spurious)).toBe(0xff);
    expect(read(LAPIC.destinationFormat)).toBe(0xffffffff);
    expect(read(LAPIC.version)).toBe(0x00050014);
    for (const entry of [
      LAPIC.timer,
      LAPIC.thermal,
      LAPIC.performance,
      LAPIC.lint0,
      LAPIC.lint1,
      LAPIC.error,
    ])
      expect(read(entry)).toBe(LVT.masked);
  });

  it('moves, and disappears from memory, with IA32_APIC_BASE', () => {
    lapic.setBase(0x12345900n);
    expect(windows.map((w) => w.base)).toEqual([0x12345000]);
    enable();
    lapic.setBase(0x12345100n);
    expect(windows).toEqual([]);
    // Without the APIC the pins are INTR and NMI.
    lapic.setPin(0, true);
    expect(intr.level).toBe(true);
    expect(lapic.acknowledge()).toBe(0x77);
    lapic.setPin(0, false);
    expect(intr.level).toBe(false);
    lapic.setPin(1, true);
    expect(nmis).toBe(1);
    lapic.setBase(0xfee00900n);
    // Switched on again it is as after reset.
    expect(read(LAPIC.spurious)).toBe(0xff);
  });

  it('delivers the highest vector first and nests by priority class', () => {
    enable();
    bus.send(fixed(0x41));
    bus.send(fixed(0x52));
    expect(intr.level).toBe(true);
    expect(lapic.acknowledge()).toBe(0x52);
    expect(intr.level).toBe(false);
    expect(read(LAPIC.processorPriority)).toBe(0x50);
    // The same class waits, a higher one does not.
    bus.send(fixed(0x5f));
    expect(intr.level).toBe(false);
    bus.send(fixed(0x61));
    expect(lapic.acknowledge()).toBe(0x61);
    write(LAPIC.eoi, EOI);
    expect(intr.level).toBe(false);
    write(LAPIC.eoi, EOI);
    expect(lapic.acknowledge()).toBe(0x5f);
    write(LAPIC.eoi, EOI);
    expect(lapic.acknowledge()).toBe(0x41);
    write(LAPIC.eoi, EOI);
    expect(read(LAPIC.processorPriority)).toBe(0);
    expect(ended).toEqual([]);
  });

  it('shows IRR, ISR and TMR', () => {
    enable();
    bus.send(fixed(0x85, { levelTriggered: true }));
    const word = (base: number): number => read(base + 0x40);
    expect([word(LAPIC.interruptRequest), word(LAPIC.inService), word(LAPIC.triggerMode)]).toEqual([
      0x20, 0, 0x20,
    ]);
    lapic.acknowledge();
    expect([word(LAPIC.interruptRequest), word(LAPIC.inService)]).toEqual([0, 0x20]);
    write(LAPIC.eoi, EOI);
    expect(word(LAPIC.inService)).toBe(0);
    expect(ended).toEqual([0x85]);
  });

  it('holds interrupts back by task priority, which is CR8', () => {
    enable();
    lapic.taskPriorityClass = 6;
    expect(read(LAPIC.taskPriority)).toBe(0x60);
    bus.send(fixed(0x6f));
    expect(intr.level).toBe(false);
    write(LAPIC.taskPriority, 0x5f);
    expect(lapic.taskPriorityClass).toBe(5);
    expect(read(LAPIC.processorPriority)).toBe(0x5f);
    expect(intr.level).toBe(true);
    // Raised again before the processor comes: the interrupt was spurious.
    lapic.taskPriorityClass = 15;
    expect(intr.level).toBe(false);
    expect(lapic.acknowledge()).toBe(0xef);
    expect(read(LAPIC.inService + 0x70)).toBe(0);
  });

  it('lets the 8259 through LINT0 as ExtINT, behind its own interrupts', () => {
    lapic.setPin(0, true);
    expect(intr.level).toBe(false);
    enable();
    write(LAPIC.lint0, 0x700);
    expect(intr.level).toBe(true);
    bus.send(fixed(0x30));
    expect(lapic.acknowledge()).toBe(0x30);
    expect(intr.level).toBe(true);
    expect(lapic.acknowledge()).toBe(0x77);
    lapic.setPin(0, false);
    expect(intr.level).toBe(false);
    expect(read(LAPIC.inService + 0x30)).toBe(0);
  });

  it('takes an ExtINT message once', () => {
    enable();
    bus.send(fixed(0, { mode: DELIVERY.extInt }));
    expect(lapic.acknowledge()).toBe(0x77);
    expect(intr.level).toBe(false);
  });

  it('makes NMIs of LINT1 and of messages, and restarts on INIT', () => {
    enable();
    write(LAPIC.lint1, 0x400);
    lapic.setPin(1, true);
    lapic.setPin(1, true);
    expect(nmis).toBe(1);
    bus.send(fixed(0, { mode: DELIVERY.nmi }));
    expect(nmis).toBe(2);
    bus.send(fixed(0, { mode: DELIVERY.init }));
    expect(inits).toBe(1);
    bus.send(fixed(0x10, { mode: DELIVERY.startup }));
    expect([nmis, inits, intr.level]).toEqual([2, 1, false]);
  });

  it('serves a level on LINT0 until it is gone, once for each end of interrupt', () => {
    enable();
    write(LAPIC.lint0, 0x8000 | 0x40);
    lapic.setPin(0, true);
    expect(read(LAPIC.lint0) & LVT.remoteIrr).toBe(LVT.remoteIrr);
    expect(lapic.acknowledge()).toBe(0x40);
    write(LAPIC.eoi, EOI);
    expect(lapic.acknowledge()).toBe(0x40);
    lapic.setPin(0, false);
    write(LAPIC.eoi, EOI);
    expect(intr.level).toBe(false);
    expect(read(LAPIC.lint0) & LVT.remoteIrr).toBe(0);
  });

  it('drops messages and masks its table while software has disabled it', () => {
    bus.send(fixed(0x40));
    expect(intr.level).toBe(false);
    write(LAPIC.timer, 0x40);
    expect(read(LAPIC.timer)).toBe(LVT.masked | 0x40);
    enable();
    write(LAPIC.timer, 0x40);
    expect(read(LAPIC.timer)).toBe(0x40);
    bus.send(fixed(0x40));
    write(LAPIC.spurious, 0xff);
    expect(read(LAPIC.timer)).toBe(LVT.masked | 0x40);
    // What was pending stays.
    expect(lapic.acknowledge()).toBe(0x40);
  });

  it('is the same after its state was saved and restored', () => {
    lapic.setBase(0x12345900n);
    enable();
    write(LAPIC.lint0, 0x700);
    lapic.setPin(0, true);
    write(LAPIC.timer, 0x20040);
    write(LAPIC.initialCount, 5000);
    bus.send(fixed(0x42, { levelTriggered: true }));
    lapic.acknowledge();
    bus.send(fixed(0x52));
    const saved = saveFields(lapic);
    lapic.acknowledge();
    lapic.reset();
    expect(intr.level).toBe(false);
    restoreFields(lapic, saved);
    expect(saveFields(lapic)).toEqual(saved);
    expect(windows.map((w) => w.base)).toEqual([0x12345000]);
    expect(intr.level).toBe(true);
    expect(lapic.acknowledge()).toBe(0x52);
    expect(lapic.acknowledge()).toBe(0x77);
    write(LAPIC.eoi, EOI);
    write(LAPIC.eoi, EOI);
    expect(ended).toEqual([0x42]);
  });

  describe('destinations', () => {
    const taken = (destination: number, logical = true): boolean =>
      bus.send(fixed(0x40, { destination, logical }));

    it('are physical IDs or everyone', () => {
      expect([taken(0, false), taken(1, false), taken(0xff, false)]).toEqual([true, false, true]);
      write(LAPIC.id, 0x05000000);
      expect([taken(0, false), taken(5, false)]).toEqual([false, true]);
    });

    it('are bits in the flat model, clusters in the cluster model', () => {
      write(LAPIC.logicalDestination, 0x12000000);
      expect([taken(0x10), taken(0x02), taken(0x01), taken(0xff)]).toEqual([true, true, false, true]);
      write(LAPIC.destinationFormat, 0x0fffffff);
      expect([taken(0x12), taken(0x22), taken(0x11), taken(0xff), taken(0x1f)]).toEqual([
        true,
        false,
        false,
        true,
        true,
      ]);
    });

    it('do not exist for a disabled APIC', () => {
      lapic.setBase(0xfee00100n);
      expect(taken(0xff, false)).toBe(false);
    });
  });

  describe('interprocessor interrupts', () => {
    it('reach itself by shorthand and by ID, nobody else is there', () => {
      enable();
      write(LAPIC.commandLow, 0x00040050);
      expect(lapic.acknowledge()).toBe(0x50);
      write(LAPIC.eoi, EOI);
      write(LAPIC.commandLow, 0x00080051);
      expect(lapic.acknowledge()).toBe(0x51);
      write(LAPIC.eoi, EOI);
      write(LAPIC.commandLow, 0x000c0052);
      expect(intr.level).toBe(false);
      write(LAPIC.commandHigh, 0x00000000);
      write(LAPIC.commandLow, 0x00000053);
      expect(lapic.acknowledge()).toBe(0x53);
      // Delivery is at once: the status is idle.
      expect(read(LAPIC.commandLow) & 0x1000).toBe(0);
    });

    it('to absent processors go nowhere', () => {
      enable();
      write(LAPIC.commandHigh, 0x01000000);
      write(LAPIC.commandLow, 0x0000c500);
      write(LAPIC.commandLow, 0x00008500);
      write(LAPIC.commandLow, 0x00000610);
      write(LAPIC.commandLow, 0x000c4500);
      expect([inits, nmis, intr.level]).toEqual([0, 0, false]);
      expect(read(LAPIC.commandHigh)).toBe(0x01000000);
    });
  });

  describe('errors', () => {
    it('are latched by a write to ESR and interrupt through their entry', () => {
      enable();
      write(LAPIC.error, 0xfe);
      write(LAPIC.commandLow, 0x00040005);
      expect(read(LAPIC.errorStatus)).toBe(0);
      write(LAPIC.errorStatus, 0);
      expect(read(LAPIC.errorStatus)).toBe(0x20);
      write(LAPIC.errorStatus, 0);
      expect(read(LAPIC.errorStatus)).toBe(0);
      expect(lapic.acknowledge()).toBe(0xfe);
      write(LAPIC.eoi, EOI);
      bus.send(fixed(3));
      write(LAPIC.errorStatus, 0);
      expect(read(LAPIC.errorStatus)).toBe(0x40);
    });

    it('of registers that do not exist are named once; an illegal error vector does not recurse', () => {
      enable();
      write(LAPIC.error, 0x01);
      expect(read(0x3f0)).toBe(0);
      expect(read(0x3f0)).toBe(0);
      write(0x000, 1);
      expect(log).toHaveLength(2);
      write(LAPIC.errorStatus, 0);
      expect(read(LAPIC.errorStatus)).toBe(0x80);
    });

    it('of narrow or crooked accesses change nothing', () => {
      lapic.mmioWrite(LAPIC.taskPriority, 1, 0x50);
      lapic.mmioWrite(LAPIC.taskPriority + 4, 4, 0x50);
      expect(read(LAPIC.taskPriority)).toBe(0);
      expect(lapic.mmioRead(LAPIC.version + 2, 2)).toBe(5);
      expect(log.length).toBeGreaterThan(0);
    });

    it('are not made by writes to read-only registers', () => {
      for (const register of [LAPIC.version, LAPIC.processorPriority, LAPIC.currentCount, LAPIC.inService])
        write(register, 0xffffffff);
      write(LAPIC.errorStatus, 0);
      expect(read(LAPIC.errorStatus)).toBe(0);
      expect(read(LAPIC.inService)).toBe(0);
    });
  });

  describe('timer', () => {
    const ticks = (): number => {
      let count = 0;
      while (intr.level) {
        expect(lapic.acknowledge()).toBe(0x40);
        write(LAPIC.eoi, EOI);
        count++;
      }
      return count;
    };

    it('counts down once, by the divide configuration', () => {
      enable();
      write(LAPIC.timer, 0x40);
      write(LAPIC.divide, 0x3);
      write(LAPIC.initialCount, 1000);
      time.advance(1600);
      expect(read(LAPIC.currentCount)).toBe(900);
      time.advance(14_399);
      expect(ticks()).toBe(0);
      time.advance(1);
      expect(ticks()).toBe(1);
      expect(read(LAPIC.currentCount)).toBe(0);
      time.advance(1e9);
      expect(ticks()).toBe(0);
      expect(read(LAPIC.initialCount)).toBe(1000);
    });

    it.each([
      [0x0, 2],
      [0x1, 4],
      [0x2, 8],
      [0x3, 16],
      [0x8, 32],
      [0x9, 64],
      [0xa, 128],
      [0xb, 1],
    ])('divides by code %i', (code, divisor) => {
      write(LAPIC.divide, code);
      write(LAPIC.initialCount, 1000);
      time.advance(divisor * 10);
      expect(read(LAPIC.currentCount)).toBe(990);
    });

    it('repeats in periodic mode, in phase, and counts on while masked', () => {
      enable();
      write(LAPIC.timer, 0x20040);
      write(LAPIC.divide, 0xb);
      write(LAPIC.initialCount, 1_000_000);
      let seen = 0;
      for (let i = 0; i < 100; i++) {
        time.advance(500_000);
        seen += ticks();
      }
      expect(seen).toBe(50);
      write(LAPIC.timer, 0x30040);
      time.advance(1_250_000);
      expect(ticks()).toBe(0);
      expect(read(LAPIC.currentCount)).toBe(750_000);
      write(LAPIC.timer, 0x20040);
      time.advance(750_000);
      expect(ticks()).toBe(1);
    });

    it('with a period of a nanosecond does not swallow the host', () => {
      enable();
      write(LAPIC.timer, 0x20040);
      write(LAPIC.divide, 0xb);
      write(LAPIC.initialCount, 1);
      let fired = 0;
      for (let i = 0; i < 1000; i++) {
        time.advance(1000);
        fired += ticks();
      }
      expect(fired).toBeGreaterThan(10);
      expect(fired).toBeLessThan(60);
    });

    it('fires at a time-stamp deadline, once, and then reads as disarmed', () => {
      enable();
      // Not in this mode: ignored.
      lapic.timer.writeDeadline(5000n);
      expect(lapic.timer.deadline).toBe(0n);
      write(LAPIC.timer, 0x40040);
      write(LAPIC.initialCount, 77);
      expect(read(LAPIC.initialCount)).toBe(0);
      lapic.timer.writeDeadline(5000n);
      expect(lapic.timer.deadline).toBe(5000n);
      time.advance(4999);
      expect(ticks()).toBe(0);
      time.advance(1);
      expect(ticks()).toBe(1);
      expect(lapic.timer.deadline).toBe(0n);
      // One that has passed fires at once; one beyond the end of time never does.
      lapic.timer.writeDeadline(1n);
      time.advance(1);
      expect(ticks()).toBe(1);
      lapic.timer.writeDeadline(2n ** 64n - 1n);
      expect(lapic.timer.deadline).toBe(2n ** 64n - 1n);
      time.advance(1e12);
      expect(ticks()).toBe(0);
      // Leaving the mode disarms.
      write(LAPIC.timer, 0x40);
      expect(lapic.timer.deadline).toBe(0n);
    });
  });
});
