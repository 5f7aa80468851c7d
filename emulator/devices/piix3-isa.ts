/**
 * Intel 82371SB (PIIX3) function 0: the PCI to ISA bridge with interrupt routing, and the reset control
 * register at port 0xCF9.
 *
 * - `pirq(n)` are the four PCI interrupt wires; registers 0x60..0x63 route each to an ISA interrupt or none.
 * Source: Intel 82371FB/82371SB data sheet (290550), 2.1 and 2.5.7.
 */
import type { AccessSize, Chip, Line, PortHandler, StateFields } from '../machine/bus.ts';
import { PciFunction } from './pci-function.ts';

const PIRQ_ROUTE = 0x60;
const PIRQ_DISABLED = 0x80;
const RESET_CPU = 0x04;
const RESET_HARD = 0x02;

export class Piix3Isa implements Chip, PortHandler {
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x7000,
    revision: 0x00,
    classCode: 0x060100,
    multifunction: true,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #irq: (irq: number) => Line;
  readonly #resetMachine: () => void;
  readonly #levels = [false, false, false, false];
  readonly #wires = new Map<number, readonly Line[]>();
  #resetControl = 0;

  /** `irq` makes a wire to an ISA interrupt input. */
  constructor(irq: (irq: number) => Line, resetMachine: () => void) {
    this.#irq = irq;
    this.#resetMachine = resetMachine;
    const { pci } = this;
    // A bridge answers special cycles and always masters; software cannot turn it off.
    pci.define(0x04, 2, 0x0007, 0x0108);
    pci.define(0x06, 2, 0x0200, 0, 0x7800);
    pci.define(0x4c, 1, 0x4d, 0xff);
    pci.define(0x4e, 2, 0x0003, 0x0dff);
    for (let i = 0; i < 4; i++) pci.define(PIRQ_ROUTE + i, 1, PIRQ_DISABLED, 0x8f);
    pci.define(0x69, 1, 0x02, 0xfe);
    pci.define(0x6a, 2, 0x0000, 0x8001);
    pci.define(0x70, 2, 0x8080, 0xefef);
    pci.define(0x76, 2, 0x0c0c, 0x8f8f);
    pci.define(0x78, 2, 0x0002, 0xffff);
    pci.define(0xa0, 1, 0x08, 0x1f);
    pci.onWrite = (offset, sizeBytes) => {
      if (offset + sizeBytes > PIRQ_ROUTE && offset < PIRQ_ROUTE + 4) this.#route();
    };
  }

  reset(): void {
    this.pci.reset();
    this.#resetControl = 0;
    this.#levels.fill(false);
    this.#route();
  }

  state(fields: StateFields): void {
    this.#resetControl = fields.u8(this.#resetControl);
    for (let i = 0; i < this.#levels.length; i++) this.#levels[i] = fields.bool(this.#levels[i] === true);
    if (fields.restoring) this.#route();
  }

  /** Drives PIRQA..PIRQD (0..3). */
  pirq(index: number, asserted: boolean): void {
    this.#levels[index] = asserted;
    this.#route();
  }

  #route(): void {
    for (let i = 0; i < 4; i++) {
      const route = this.pci.get(PIRQ_ROUTE + i, 1);
      const target = (route & PIRQ_DISABLED) === 0 ? route & 15 : -1;
      for (let irq = 3; irq < 16; irq++) {
        const high = irq === target && this.#levels[i] === true;
        if (high || this.#wires.has(irq)) this.#wire(i, irq)?.(high);
      }
    }
  }

  #wire(pirq: number, irq: number): Line | undefined {
    let wires = this.#wires.get(irq);
    if (wires === undefined) {
      wires = [this.#irq(irq), this.#irq(irq), this.#irq(irq), this.#irq(irq)];
      this.#wires.set(irq, wires);
    }
    return wires[pirq];
  }

  /** Port 0xCF9. */
  portRead(): number {
    return this.#resetControl;
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    const rising = value & ~this.#resetControl & RESET_CPU;
    this.#resetControl = value & (RESET_HARD | RESET_CPU);
    // Bit 1 chooses between a hard reset and INIT; firmware of this era expects a restart from both.
    if (rising !== 0) this.#resetMachine();
  }
}
