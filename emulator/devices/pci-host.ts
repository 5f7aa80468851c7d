/**
 * PCI configuration mechanism 1: CONFIG_ADDRESS at 0xCF8, CONFIG_DATA at 0xCFC..0xCFF, one bus.
 *
 * - A function that is not there reads as ones (master abort) and ignores writes.
 * - Port 0xCF9 is not this device's: only whole double words at 0xCF8 are CONFIG_ADDRESS.
 * Source: PCI Local Bus Specification 2.2, 3.2.2.3.2.
 */
import type { AccessSize, Chip, PortHandler, StateFields } from '../machine/bus.ts';
import { StateError } from '../machine/state-fields.ts';
import type { PciFunction } from './pci-function.ts';

const ENABLE = 0x80000000;

export class PciHost implements Chip, PortHandler {
  readonly #functions = new Map<number, PciFunction>();
  #address = 0;

  add(device: number, functionNumber: number, pciFunction: PciFunction): void {
    this.#functions.set((device << 3) | functionNumber, pciFunction);
  }

  reset(): void {
    this.#address = 0;
    for (const f of this.#functions.values()) f.reset();
  }

  /** The configuration of all functions: what they decode stands before the chips behind them are restored. */
  state(fields: StateFields): void {
    this.#address = fields.u32(this.#address) | 0;
    for (const [place, pciFunction] of [...this.#functions].sort(([a], [b]) => a - b)) {
      const found = fields.u8(place);
      if (found !== place) throw new StateError('it is of a board with other PCI functions');
      pciFunction.state(fields);
    }
  }

  #selected(): PciFunction | undefined {
    const bus = (this.#address >>> 16) & 0xff;
    if ((this.#address & ENABLE) === 0 || bus !== 0) return undefined;
    return this.#functions.get((this.#address >>> 8) & 0xff);
  }

  portRead(port: number, sizeBytes: AccessSize): number {
    if (port < 0xcfc) return sizeBytes === 4 && port === 0xcf8 ? this.#address >>> 0 : ones(sizeBytes);
    const offset = (this.#address & 0xfc) | (port & 3);
    return this.#selected()?.read(offset, sizeBytes) ?? ones(sizeBytes);
  }

  portWrite(port: number, sizeBytes: AccessSize, value: number): void {
    if (port < 0xcfc) {
      if (sizeBytes === 4 && port === 0xcf8) this.#address = value;
      return;
    }
    this.#selected()?.write((this.#address & 0xfc) | (port & 3), sizeBytes, value);
  }
}

function ones(sizeBytes: AccessSize): number {
  return sizeBytes === 4 ? 0xffffffff : 2 ** (8 * sizeBytes) - 1;
}
