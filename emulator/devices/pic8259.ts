/**
 * Intel 8259A interrupt controller, and the pair of them that a PC has.
 *
 * - `setLine(n)` drives an input; `acknowledge()` is the INTA cycle and returns the vector. Without a request
 *   the chip answers with its lowest priority, the spurious interrupt 7 (ISR stays clear).
 * - An edge stays latched in IRR until acknowledged, but, as on the real chip, goes away when its line falls
 *   before that.
 * Source: Intel 8259A data sheet (231468); ELCR at 0x4D0/0x4D1: Intel 82371FB/SB (PIIX/PIIX3) data sheet.
 */
import type { AccessSize, Chip, Line, PortHandler, StateFields } from '../machine/bus.ts';

const OCW3_SELECT = 0x08;
const ICW1_SELECT = 0x10;
const CASCADE_INPUT = 2;
const NONE = 8;

export class Pic8259 implements Chip, PortHandler {
  readonly #int: Line;
  readonly #slave: Pic8259 | null;
  readonly #elcrMask: number;
  #irr = 0;
  #isr = 0;
  #imr = 0;
  #lines = 0;
  #elcr = 0;
  #vectorBase = 0;
  /** Which ICW the next write to the odd port is: 2, 3, 4, or 0 when initialised. */
  #expectedIcw = 0;
  #needsIcw4 = false;
  #single = false;
  #levelTriggered = false;
  #autoEoi = false;
  #rotateOnAutoEoi = false;
  #specialMask = false;
  #specialFullyNested = false;
  #readIsr = false;
  #poll = false;
  /** The input that has the highest priority now. */
  #highest = 0;

  /** `elcrMask`: inputs that may be made level-triggered. `slave`: the chip on input 2, for the master. */
  constructor(int: Line, elcrMask: number, slave: Pic8259 | null) {
    this.#int = int;
    this.#elcrMask = elcrMask;
    this.#slave = slave;
  }

  reset(): void {
    this.#imr = 0;
    this.#elcr = 0;
    this.#vectorBase = 0;
    this.#expectedIcw = 0;
    this.#restart();
    this.#update();
  }

  /** What ICW1 clears. Edge latches are cleared; a line that is already high must fall and rise again. */
  #restart(): void {
    this.#irr = this.#lines & this.#levelInputs();
    this.#isr = 0;
    this.#imr = 0;
    this.#highest = 0;
    this.#autoEoi = false;
    this.#rotateOnAutoEoi = false;
    this.#specialMask = false;
    this.#specialFullyNested = false;
    this.#readIsr = false;
    this.#poll = false;
  }

  state(fields: StateFields): void {
    this.#irr = fields.u8(this.#irr);
    this.#isr = fields.u8(this.#isr);
    this.#imr = fields.u8(this.#imr);
    this.#lines = fields.u8(this.#lines);
    this.#elcr = fields.u8(this.#elcr);
    this.#vectorBase = fields.u8(this.#vectorBase);
    this.#expectedIcw = fields.u8(this.#expectedIcw);
    this.#needsIcw4 = fields.bool(this.#needsIcw4);
    this.#single = fields.bool(this.#single);
    this.#levelTriggered = fields.bool(this.#levelTriggered);
    this.#autoEoi = fields.bool(this.#autoEoi);
    this.#rotateOnAutoEoi = fields.bool(this.#rotateOnAutoEoi);
    this.#specialMask = fields.bool(this.#specialMask);
    this.#specialFullyNested = fields.bool(this.#specialFullyNested);
    this.#readIsr = fields.bool(this.#readIsr);
    this.#poll = fields.bool(this.#poll);
    this.#highest = fields.u8(this.#highest);
  }

  /** Drives the output after a machine was restored. */
  drive(): void {
    this.#update();
  }

  #levelInputs(): number {
    return this.#levelTriggered ? 0xff : this.#elcr;
  }

  setLine(input: number, asserted: boolean): void {
    const bit = 1 << input;
    if (asserted) {
      if ((this.#lines & bit) === 0 || (this.#levelInputs() & bit) !== 0) this.#irr |= bit;
      this.#lines |= bit;
    } else {
      this.#lines &= ~bit;
      this.#irr &= ~bit;
    }
    this.#update();
  }

  /** The pending input that would interrupt now, or NONE. */
  #pending(): number {
    const requests = this.#irr & ~this.#imr;
    if (requests === 0) return NONE;
    for (let i = 0; i < 8; i++) {
      const input = (this.#highest + i) & 7;
      const bit = 1 << input;
      const inService = (this.#isr & bit) !== 0;
      // Special mask mode: only a masked level's in-service bit stops blocking the ones below it.
      const blocks = inService && !(this.#specialMask && (this.#imr & bit) !== 0);
      const nestsItself = this.#specialFullyNested && this.#slave !== null && input === CASCADE_INPUT;
      if ((requests & bit) !== 0 && (!inService || nestsItself)) return input;
      if (blocks) return NONE;
    }
    return NONE;
  }

  #update(): void {
    this.#int(this.#pending() !== NONE);
  }

  #take(input: number): void {
    const bit = 1 << input;
    if ((this.#levelInputs() & bit) === 0) this.#irr &= ~bit;
    if (!this.#autoEoi) this.#isr |= bit;
    else if (this.#rotateOnAutoEoi) this.#highest = (input + 1) & 7;
  }

  acknowledge(): number {
    const input = this.#pending();
    if (input === NONE) {
      this.#update();
      return this.#vectorBase | 7;
    }
    this.#take(input);
    const vector =
      input === CASCADE_INPUT && this.#slave !== null && !this.#single
        ? this.#slave.acknowledge()
        : this.#vectorBase | input;
    this.#update();
    return vector;
  }

  portRead(port: number): number {
    if (this.#poll) {
      this.#poll = false;
      const input = this.#pending();
      if (input === NONE) return 0x07;
      this.#take(input);
      this.#update();
      return 0x80 | input;
    }
    if ((port & 1) !== 0) return this.#imr;
    return this.#readIsr ? this.#isr : this.#irr;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    if ((port & 1) !== 0) this.#writeData(value);
    else if ((value & ICW1_SELECT) !== 0) this.#writeIcw1(value);
    else if ((value & OCW3_SELECT) !== 0) this.#writeOcw3(value);
    else this.#writeOcw2(value);
    this.#update();
  }

  #writeIcw1(value: number): void {
    this.#levelTriggered = (value & 0x08) !== 0;
    this.#restart();
    this.#single = (value & 0x02) !== 0;
    this.#needsIcw4 = (value & 0x01) !== 0;
    this.#expectedIcw = 2;
  }

  #writeOcw3(value: number): void {
    if ((value & 0x02) !== 0) this.#readIsr = (value & 0x01) !== 0;
    if ((value & 0x04) !== 0) this.#poll = true;
    if ((value & 0x40) !== 0) this.#specialMask = (value & 0x20) !== 0;
  }

  #writeOcw2(value: number): void {
    const rotate = (value & 0x80) !== 0;
    const specific = (value & 0x40) !== 0;
    const eoi = (value & 0x20) !== 0;
    if (eoi) {
      const input = specific ? value & 7 : this.#highestInService();
      if (input === NONE) return;
      this.#isr &= ~(1 << input);
      if (rotate) this.#highest = (input + 1) & 7;
    } else if (specific) {
      if (rotate) this.#highest = ((value & 7) + 1) & 7;
    } else {
      this.#rotateOnAutoEoi = rotate;
    }
  }

  #highestInService(): number {
    for (let i = 0; i < 8; i++) {
      const input = (this.#highest + i) & 7;
      const bit = 1 << input;
      if ((this.#isr & bit) === 0) continue;
      // In special mask mode a non-specific EOI does not clear a level that is masked.
      if (this.#specialMask && (this.#imr & bit) !== 0) continue;
      return input;
    }
    return NONE;
  }

  #writeData(value: number): void {
    switch (this.#expectedIcw) {
      case 2:
        this.#vectorBase = value & 0xf8;
        this.#expectedIcw = this.#single ? (this.#needsIcw4 ? 4 : 0) : 3;
        break;
      case 3:
        this.#expectedIcw = this.#needsIcw4 ? 4 : 0;
        break;
      case 4:
        this.#specialFullyNested = (value & 0x10) !== 0;
        this.#autoEoi = (value & 0x02) !== 0;
        this.#expectedIcw = 0;
        break;
      default:
        this.#imr = value;
    }
  }

  readElcr(): number {
    return this.#elcr;
  }

  writeElcr(value: number): void {
    this.#elcr = value & this.#elcrMask;
    this.#irr |= this.#lines & this.#elcr;
    this.#update();
  }
}

/** Master and slave as wired in a PC: sixteen inputs, input 2 taken by the cascade. */
export class PicPair implements Chip {
  readonly master: Pic8259;
  readonly slave: Pic8259;

  constructor(intr: Line) {
    this.slave = new Pic8259(
      (asserted) => {
        this.master.setLine(CASCADE_INPUT, asserted);
      },
      0xde,
      null,
    );
    this.master = new Pic8259(intr, 0xf8, this.slave);
  }

  setIrq(irq: number, asserted: boolean): void {
    if (irq < 8) this.master.setLine(irq, asserted);
    else this.slave.setLine(irq - 8, asserted);
  }

  acknowledge(): number {
    return this.master.acknowledge();
  }

  reset(): void {
    this.slave.reset();
    this.master.reset();
  }

  /** The inputs are as they were, so what the chips behind them drive again changes nothing. */
  state(fields: StateFields): void {
    this.slave.state(fields);
    this.master.state(fields);
    if (fields.restoring) this.master.drive();
  }

  /** Ports 0x4D0 and 0x4D1: which inputs are level-triggered. */
  readonly elcr: PortHandler = {
    portRead: (port) => ((port & 1) === 0 ? this.master : this.slave).readElcr(),
    portWrite: (port, _sizeBytes, value) => {
      ((port & 1) === 0 ? this.master : this.slave).writeElcr(value);
    },
  };
}
