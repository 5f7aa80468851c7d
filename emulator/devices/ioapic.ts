/**
 * Intel 82093AA I/O APIC: 24 inputs, each with an entry that makes it a message to a local APIC.
 *
 * - Edges of a masked input are lost; a level that is still there when it is unmasked is delivered.
 * - A level is sent once and again only after the processor's end of interrupt (the Remote IRR bit).
 * - Inputs are "asserted" or not: the polarity bit is storage.
 * Source: Intel 82093AA data sheet (290566).
 */
import type { AccessSize, Chip, Log, MmioHandler, StateFields } from '../machine/bus.ts';
import type { ApicBus, EndOfInterruptListener, InterruptMessage } from './apic-bus.ts';
import { logOnce } from './log-once.ts';

export const IOAPIC_BASE = 0xfec00000;
export const IOAPIC_BYTES = 0x1000;
export const IOAPIC_PINS = 24;

const SELECT = 0x00;
const WINDOW = 0x10;
const REGISTER = { id: 0, version: 1, arbitration: 2, redirection: 0x10 } as const;
/** Version 11h; the highest entry is 23. */
const VERSION = 0x00170011;
const ENTRY = {
  vector: 0xff,
  logical: 0x0800,
  remoteIrr: 0x4000,
  levelTriggered: 0x8000,
  masked: 0x10000,
  writable: 0x1afff,
} as const;

interface Pin {
  low: number;
  high: number;
  asserted: boolean;
  message: InterruptMessage;
}

const messageOf = (low: number, high: number): InterruptMessage => ({
  destination: high >>> 24,
  logical: (low & ENTRY.logical) !== 0,
  mode: (low >> 8) & 7,
  vector: low & ENTRY.vector,
  levelTriggered: (low & ENTRY.levelTriggered) !== 0,
});

export class IoApic implements Chip, MmioHandler, EndOfInterruptListener {
  readonly #bus: ApicBus;
  readonly #logOnce: (message: string) => void;
  readonly #pins: readonly Pin[];
  #select = 0;
  #id = 0;

  constructor(bus: ApicBus, log: Log) {
    this.#bus = bus;
    this.#logOnce = logOnce(log);
    this.#pins = Array.from({ length: IOAPIC_PINS }, () => ({
      low: ENTRY.masked,
      high: 0,
      asserted: false,
      message: messageOf(ENTRY.masked, 0),
    }));
    bus.addListener(this);
  }

  reset(): void {
    this.#select = 0;
    this.#id = 0;
    for (const pin of this.#pins) {
      pin.low = ENTRY.masked;
      pin.high = 0;
      pin.asserted = false;
      pin.message = messageOf(pin.low, pin.high);
    }
  }

  state(fields: StateFields): void {
    this.#select = fields.u8(this.#select);
    this.#id = fields.u32(this.#id);
    for (const pin of this.#pins) {
      pin.low = fields.u32(pin.low);
      pin.high = fields.u32(pin.high);
      pin.asserted = fields.bool(pin.asserted);
      pin.message = messageOf(pin.low, pin.high);
    }
  }

  /** Drives an input. */
  setPin(index: number, asserted: boolean): void {
    const pin = this.#pins[index];
    if (pin === undefined || pin.asserted === asserted) return;
    pin.asserted = asserted;
    if (!asserted || (pin.low & ENTRY.masked) !== 0) return;
    if ((pin.low & ENTRY.levelTriggered) !== 0) this.#sendLevel(pin);
    else this.#bus.send(pin.message);
  }

  #sendLevel(pin: Pin): void {
    if (!pin.asserted || (pin.low & (ENTRY.masked | ENTRY.remoteIrr)) !== 0) return;
    // Set before the message: the end of interrupt may already come from within.
    pin.low |= ENTRY.remoteIrr;
    if (!this.#bus.send(pin.message)) pin.low &= ~ENTRY.remoteIrr;
  }

  endOfInterrupt(vector: number): void {
    for (const pin of this.#pins) {
      if ((pin.low & ENTRY.remoteIrr) === 0 || (pin.low & ENTRY.vector) !== vector) continue;
      pin.low &= ~ENTRY.remoteIrr;
      this.#sendLevel(pin);
    }
  }

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    if (offset === SELECT) return this.#select;
    if (offset === WINDOW && sizeBytes === 4) return this.#read() >>> 0;
    this.#logOnce(`I/O APIC: read of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)}`);
    return 0;
  }

  #read(): number {
    const pin = this.#selectedPin();
    if (pin !== undefined) return (this.#select & 1) === 0 ? pin.low : pin.high;
    switch (this.#select) {
      case REGISTER.id:
      case REGISTER.arbitration:
        return this.#id;
      case REGISTER.version:
        return VERSION;
      default:
        this.#logOnce(`I/O APIC: read of register 0x${this.#select.toString(16)}, which does not exist`);
        return 0;
    }
  }

  #selectedPin(): Pin | undefined {
    return this.#select < REGISTER.redirection
      ? undefined
      : this.#pins[(this.#select - REGISTER.redirection) >> 1];
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    if (offset === SELECT) this.#select = value & 0xff;
    else if (offset === WINDOW && sizeBytes === 4) this.#write(value);
    else this.#logOnce(`I/O APIC: write of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)} ignored`);
  }

  #write(value: number): void {
    const pin = this.#selectedPin();
    if (pin !== undefined) this.#writeEntry(pin, value);
    else if (this.#select === REGISTER.id) this.#id = value & 0x0f000000;
    else this.#logOnce(`I/O APIC: write of register 0x${this.#select.toString(16)} ignored`);
  }

  #writeEntry(pin: Pin, value: number): void {
    if ((this.#select & 1) !== 0) {
      pin.high = (value & 0xff000000) >>> 0;
    } else {
      pin.low = (value & ENTRY.writable) | (pin.low & ENTRY.remoteIrr);
      // Remote IRR means nothing for edges: software clears a stuck one by switching to edge and back.
      if ((value & ENTRY.levelTriggered) === 0) pin.low &= ~ENTRY.remoteIrr;
    }
    pin.message = messageOf(pin.low, pin.high);
    if ((pin.low & ENTRY.levelTriggered) !== 0) this.#sendLevel(pin);
  }
}
