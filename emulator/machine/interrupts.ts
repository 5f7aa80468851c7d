/**
 * Who hears of an interrupt: the two 8259, the I/O APIC and the processor's local APIC, and their wires.
 *
 * - Inputs 0 to 15 of `lines` are the ISA interrupts and reach the 8259 pair and the I/O APIC alike, as on a
 *   real board; the system masks the ones it does not use. ISA interrupt 0 is input 2 of the I/O APIC.
 * - Inputs 16 to 23 exist at the I/O APIC only: 16 to 19 are PCI's, 20 to 23 the HPET's.
 * - The 8259's output goes to LINT0 of the local APIC and to input 0 of the I/O APIC.
 * Source: Intel MultiProcessor Specification 1.4, 3.6 "Interrupt control"; MADT overrides in tables/madt.ts.
 */
import { ApicBus } from '../devices/apic-bus.ts';
import { IOAPIC_BASE, IOAPIC_BYTES, IOAPIC_PINS, IoApic } from '../devices/ioapic.ts';
import { IrqLines } from '../devices/irq-lines.ts';
import { LocalApic } from '../devices/lapic.ts';
import { PicPair } from '../devices/pic8259.ts';
import type { Line, Log, MemorySpace, PortSpace, Timers } from './bus.ts';

export const FIRST_PCI_INPUT = 16;
/** Where ISA interrupt 0 arrives at the I/O APIC. */
export const TIMER_INPUT = 2;

const ISA_INTERRUPTS = 16;

export interface InterruptWiring {
  readonly ports: PortSpace;
  readonly memory: MemorySpace;
  readonly timers: Timers;
  readonly log: Log;
  readonly intr: Line;
  readonly nmi: () => void;
  readonly init: () => void;
}

export class Interrupts {
  readonly pic: PicPair;
  readonly ioapic: IoApic;
  readonly lapic: LocalApic;
  readonly lines: IrqLines;

  constructor(wiring: InterruptWiring) {
    const { ports, memory, timers, log } = wiring;
    const bus = new ApicBus();
    this.ioapic = new IoApic(bus, log);
    this.pic = new PicPair((asserted) => {
      this.lapic.setPin(0, asserted);
      this.ioapic.setPin(0, asserted);
    });
    this.lapic = new LocalApic({
      id: 0,
      bus,
      memory,
      timers,
      log,
      intr: wiring.intr,
      nmi: wiring.nmi,
      init: wiring.init,
      acknowledgeExternal: () => this.pic.acknowledge(),
    });
    this.lines = new IrqLines(IOAPIC_PINS, (input, asserted) => {
      if (input < ISA_INTERRUPTS) this.pic.setIrq(input, asserted);
      this.ioapic.setPin(input === 0 ? TIMER_INPUT : input, asserted);
    });
    memory.claimMmio('I/O APIC', IOAPIC_BASE, IOAPIC_BYTES, this.ioapic);
    ports.claim('pic', 0x20, 2, this.pic.master);
    ports.claim('pic', 0xa0, 2, this.pic.slave);
    ports.claim('elcr', 0x4d0, 2, this.pic.elcr);
  }
}
