/**
 * Interrupt inputs that several chips may share: each source gets its own wire, the input is high while any of
 * them is.
 */
import type { Line } from '../machine/bus.ts';

export class IrqLines {
  readonly #set: (irq: number, asserted: boolean) => void;
  readonly #holders: number[];

  constructor(inputs: number, set: (irq: number, asserted: boolean) => void) {
    this.#set = set;
    this.#holders = new Array<number>(inputs).fill(0);
  }

  /** A new wire to input `irq`. */
  wire(irq: number): Line {
    let level = false;
    return (asserted) => {
      if (asserted === level) return;
      level = asserted;
      const holders = (this.#holders[irq] ?? 0) + (asserted ? 1 : -1);
      this.#holders[irq] = holders;
      if (asserted ? holders === 1 : holders === 0) this.#set(irq, asserted);
    };
  }
}
