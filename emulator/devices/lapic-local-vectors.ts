/**
 * The local vector table and its two pins: what becomes of the timer's, the error's and the pins' events.
 *
 * - `deliver` gets what an unmasked entry makes of its event. LINT0 as ExtINT is the processor's to ask for
 *   (`externalInterrupt`).
 * Source: Intel SDM vol. 3, 10.5.1 "Local vector table".
 */
import type { StateFields, Stateful } from '../machine/state-fields.ts';
import { DELIVERY } from './apic-bus.ts';
import { LAPIC, LVT, LVT_WRITABLE } from './lapic-registers.ts';

export type Pin = 0 | 1;

const PIN_REGISTERS = [LAPIC.lint0, LAPIC.lint1] as const;

export class LapicLocalVectors implements Stateful {
  readonly #deliver: (mode: number, vector: number, levelTriggered: boolean) => void;
  readonly #entries = new Map<number, number>();
  readonly #pins = [false, false];

  constructor(deliver: (mode: number, vector: number, levelTriggered: boolean) => void) {
    this.#deliver = deliver;
  }

  /** All entries masked. */
  clear(): void {
    for (const register of LVT_WRITABLE.keys()) this.#entries.set(register, LVT.masked);
  }

  clearPins(): void {
    this.#pins.fill(false);
  }

  state(fields: StateFields): void {
    for (const [register, entry] of this.#entries) this.#entries.set(register, fields.u32(entry));
    for (const pin of [0, 1]) this.#pins[pin] = fields.bool(this.#pins[pin] === true);
  }

  has(register: number): boolean {
    return this.#entries.has(register);
  }

  entry(register: number): number {
    return this.#entries.get(register) ?? LVT.masked;
  }

  /** All entries, for who writes them anew. */
  get entries(): readonly (readonly [number, number])[] {
    return [...this.#entries];
  }

  /** Returns the entry as it is now. While the APIC is disabled by software entries stay masked (10.4.7.2). */
  write(register: number, value: number, softwareEnabled: boolean): number {
    let entry = (value & (LVT_WRITABLE.get(register) ?? 0)) | (this.entry(register) & LVT.remoteIrr);
    if (!softwareEnabled) entry |= LVT.masked;
    if ((entry & LVT.levelTriggered) === 0) entry &= ~LVT.remoteIrr;
    this.#entries.set(register, entry);
    if (register === LAPIC.lint0) this.#servePin(0, false);
    else if (register === LAPIC.lint1) this.#servePin(1, false);
    return entry;
  }

  /** Timer, error, and what only has an edge. */
  signal(register: number): void {
    const entry = this.entry(register);
    if ((entry & LVT.masked) !== 0) return;
    // The timer and the error entry have no delivery mode: always fixed.
    this.#deliver(deliveryMode(entry & (LVT_WRITABLE.get(register) ?? 0)), entry & LVT.vector, false);
  }

  pin(pin: Pin): boolean {
    return this.#pins[pin] === true;
  }

  /** The pin has another level; `serve`: an enabled APIC acts on it. */
  setPin(pin: Pin, asserted: boolean, serve: boolean): void {
    this.#pins[pin] = asserted;
    if (serve) this.#servePin(pin, asserted);
  }

  /** LINT0 asks for an interrupt of the 8259. */
  get externalInterrupt(): boolean {
    const entry = this.entry(LAPIC.lint0);
    return this.pin(0) && (entry & LVT.masked) === 0 && deliveryMode(entry) === DELIVERY.extInt;
  }

  #servePin(pin: Pin, rising: boolean): void {
    const register = PIN_REGISTERS[pin];
    const entry = this.entry(register);
    const mode = deliveryMode(entry);
    if ((entry & LVT.masked) !== 0 || mode === DELIVERY.extInt) return;
    // Only fixed interrupts know levels; NMI, SMI and INIT are always edges.
    if (mode === DELIVERY.fixed && (entry & LVT.levelTriggered) !== 0) {
      if (!this.pin(pin) || (entry & LVT.remoteIrr) !== 0) return;
      this.#entries.set(register, entry | LVT.remoteIrr);
      this.#deliver(mode, entry & LVT.vector, true);
    } else if (rising) {
      this.#deliver(mode, entry & LVT.vector, false);
    }
  }

  /** A level of `vector` has ended: a pin that is still up asks again. */
  endOfInterrupt(vector: number): void {
    for (const pin of [0, 1] as const) {
      const register = PIN_REGISTERS[pin];
      const entry = this.entry(register);
      if ((entry & LVT.remoteIrr) === 0 || (entry & LVT.vector) !== vector) continue;
      this.#entries.set(register, entry & ~LVT.remoteIrr);
      this.#servePin(pin, false);
    }
  }
}

function deliveryMode(entry: number): number {
  return (entry >> 8) & 7;
}
