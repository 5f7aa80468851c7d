import { beforeEach, describe, expect, it } from 'vitest';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { ApicBus, DELIVERY, type InterruptMessage } from './apic-bus.ts';
import { IoApic } from './ioapic.ts';

const MASKED = 0x10000;
const LEVEL = 0x8000;
const REMOTE_IRR = 0x4000;

describe('I/O APIC', () => {
  let bus: ApicBus;
  let ioapic: IoApic;
  let got: InterruptMessage[];
  let log: string[];

  beforeEach(() => {
    got = [];
    log = [];
    bus = new ApicBus();
    bus.addTarget({
      matches: (destination) => destination === 0,
      accept: (message) => got.push(message),
      priority: 0,
    });
    ioapic = new IoApic(bus, (_level, message) => log.push(message));
    ioapic.reset();
  });

  const read = (register: number): number => {
    ioapic.mmioWrite(0, 4, register);
    return ioapic.mmioRead(0x10, 4);
  };
  const write = (register: number, value: number): void => {
    ioapic.mmioWrite(0, 4, register);
    ioapic.mmioWrite(0x10, 4, value);
  };
  const program = (pin: number, low: number, high = 0): void => {
    write(0x11 + 2 * pin, high);
    write(0x10 + 2 * pin, low);
  };

  it('identifies itself and keeps its ID', () => {
    expect(read(1)).toBe(0x00170011);
    write(0, 0xffffffff);
    expect([read(0), read(2)]).toEqual([0x0f000000, 0x0f000000]);
    for (let pin = 0; pin < 24; pin++) expect(read(0x10 + 2 * pin)).toBe(MASKED);
  });

  it('sends an edge once, as the entry says', () => {
    program(4, 0x0931, 0);
    ioapic.setPin(4, true);
    ioapic.setPin(4, true);
    expect(got).toEqual([
      { destination: 0, logical: true, mode: DELIVERY.lowestPriority, vector: 0x31, levelTriggered: false },
    ]);
    ioapic.setPin(4, false);
    expect(got).toHaveLength(1);
  });

  it('loses the edge of a masked input', () => {
    program(4, MASKED | 0x31);
    ioapic.setPin(4, true);
    program(4, 0x31);
    expect(got).toHaveLength(0);
  });

  it('sends a level again after each end of interrupt while it lasts', () => {
    program(16, LEVEL | 0x61);
    ioapic.setPin(16, true);
    expect(got).toHaveLength(1);
    expect(read(0x30) & REMOTE_IRR).toBe(REMOTE_IRR);
    ioapic.setPin(16, false);
    ioapic.setPin(16, true);
    expect(got).toHaveLength(1);
    bus.endOfInterrupt(0x60);
    expect(got).toHaveLength(1);
    bus.endOfInterrupt(0x61);
    expect(got).toHaveLength(2);
    ioapic.setPin(16, false);
    bus.endOfInterrupt(0x61);
    expect(got).toHaveLength(2);
    expect(read(0x30) & REMOTE_IRR).toBe(0);
  });

  it('sends a level that is there when it is unmasked, and forgets Remote IRR with edge mode', () => {
    program(16, MASKED | LEVEL | 0x61);
    ioapic.setPin(16, true);
    expect(got).toHaveLength(0);
    program(16, LEVEL | 0x61);
    expect(got).toHaveLength(1);
    program(16, MASKED | 0x61);
    expect(read(0x30) & REMOTE_IRR).toBe(0);
    program(16, LEVEL | 0x61);
    expect(got).toHaveLength(2);
  });

  it('does not wait for an end of interrupt of a message that nobody took', () => {
    program(16, LEVEL | 0x61, 0x07000000);
    ioapic.setPin(16, true);
    expect(got).toHaveLength(0);
    expect(read(0x30) & REMOTE_IRR).toBe(0);
    program(16, LEVEL | 0x61, 0);
    expect(got).toHaveLength(1);
  });

  it('is the same after its state was saved and restored', () => {
    program(16, LEVEL | 0x61);
    ioapic.setPin(16, true);
    program(4, 0x31);
    const saved = saveFields(ioapic);
    ioapic.reset();
    restoreFields(ioapic, saved);
    expect(saveFields(ioapic)).toEqual(saved);
    ioapic.setPin(4, true);
    bus.endOfInterrupt(0x61);
    expect(got.map((message) => message.vector)).toEqual([0x61, 0x31, 0x61]);
  });

  it('survives registers and inputs that do not exist, named once', () => {
    expect([read(0x40), read(0xff), read(3)]).toEqual([0, 0, 0]);
    write(0x40, 0xffffffff);
    write(1, 0);
    ioapic.setPin(24, true);
    ioapic.mmioWrite(0x10, 1, 0xff);
    ioapic.mmioWrite(0x800, 4, 0xff);
    expect(ioapic.mmioRead(0x800, 2)).toBe(0);
    const lines = log.length;
    expect([read(0x40), read(1)]).toEqual([0, 0x00170011]);
    expect(log).toHaveLength(lines);
    expect(got).toHaveLength(0);
  });
});
