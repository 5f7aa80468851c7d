/**
 * System control port A (0x92): fast A20 gate and fast processor reset.
 *
 * - The address line is open while this port or the keyboard controller opens it; the board keeps one state
 *   that the last writer of either decides, as chipsets that snoop both do.
 * Source: Intel 82371SB (PIIX3) data sheet, "Port 92 register".
 */
import type { AccessSize, Chip, Line, PortHandler, StateFields } from '../machine/bus.ts';

const RESET = 0x01;
const A20 = 0x02;

export class Port92 implements Chip, PortHandler {
  readonly #a20: Line;
  readonly #a20State: () => boolean;
  readonly #resetCpu: () => void;
  #value = 0;

  constructor(a20: Line, a20State: () => boolean, resetCpu: () => void) {
    this.#a20 = a20;
    this.#a20State = a20State;
    this.#resetCpu = resetCpu;
  }

  reset(): void {
    this.#value = 0;
  }

  state(fields: StateFields): void {
    this.#value = fields.u8(this.#value);
  }

  portRead(): number {
    return (this.#value & ~A20) | (this.#a20State() ? A20 : 0);
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    const rising = value & ~this.#value & RESET;
    this.#value = value;
    this.#a20((value & A20) !== 0);
    if (rising !== 0) this.#resetCpu();
  }
}
