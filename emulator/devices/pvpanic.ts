/**
 * pvpanic, ISA variant, port 0x505: the guest's kernel says that it has panicked.
 *
 * - Reading gives the events the host understands.
 * Source: QEMU documentation, docs/specs/pvpanic.rst.
 */
import type { AccessSize, PortHandler } from '../machine/bus.ts';

export const PVPANIC_PORT = 0x505;
const PANICKED = 0x01;

export class PvPanic implements PortHandler {
  readonly #panicked: () => void;

  constructor(panicked: () => void) {
    this.#panicked = panicked;
  }

  portRead(): number {
    return PANICKED;
  }

  portWrite(_port: number, _sizeBytes: AccessSize, value: number): void {
    if ((value & PANICKED) !== 0) this.#panicked();
  }
}
