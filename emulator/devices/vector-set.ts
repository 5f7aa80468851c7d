import type { StateFields } from '../machine/bus.ts';

/** A set of interrupt vectors in the form of the APIC's 256-bit registers: eight words, vector 0 in bit 0. */
export class VectorSet {
  readonly #words = new Uint32Array(8);

  has(vector: number): boolean {
    return ((this.#words[vector >> 5] ?? 0) & (1 << (vector & 31))) !== 0;
  }

  set(vector: number, present: boolean): void {
    const bit = 1 << (vector & 31);
    const word = this.#words[vector >> 5] ?? 0;
    this.#words[vector >> 5] = present ? word | bit : word & ~bit;
  }

  /** The highest vector present, or -1. */
  highest(): number {
    for (let i = 7; i >= 0; i--) {
      const word = this.#words[i] ?? 0;
      if (word !== 0) return i * 32 + 31 - Math.clz32(word);
    }
    return -1;
  }

  word(index: number): number {
    return this.#words[index] ?? 0;
  }

  state(fields: StateFields): void {
    fields.bytes(new Uint8Array(this.#words.buffer));
  }

  clear(): void {
    this.#words.fill(0);
  }
}
