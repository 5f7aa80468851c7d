/**
 * Which DMA mode a drive was told to use. The board is as fast in each of them; IDENTIFY shows the choice.
 * Source: ATA/ATAPI-6 (T13 1410D), 8.46.9 "Set transfer mode", words 63 and 88 of IDENTIFY.
 */
import type { StateFields } from '../machine/bus.ts';
import type { Stateful } from '../machine/state-fields.ts';

/** Multiword modes 0 to 2 and Ultra modes 0 to 5 exist; the high byte of a word says which is chosen. */
const MULTIWORD = { supported: 0x0007, highest: 2 } as const;
const ULTRA = { supported: 0x003f, highest: 5 } as const;
const CHOSEN = 0x100;
/** The classes of mode, bits 7 to 3 of SET FEATURES' count register. */
const CLASS = { pioDefault: 0, pioFlow: 1, multiword: 4, ultra: 8 } as const;

export class TransferModes implements Stateful {
  #multiword: number = MULTIWORD.supported;
  #ultra: number = ULTRA.supported | (CHOSEN << ULTRA.highest);

  /** Word 63. */
  get multiword(): number {
    return this.#multiword;
  }

  /** Word 88. */
  get ultra(): number {
    return this.#ultra;
  }

  reset(): void {
    this.#multiword = MULTIWORD.supported;
    this.#ultra = ULTRA.supported | (CHOSEN << ULTRA.highest);
  }

  state(fields: StateFields): void {
    this.#multiword = fields.u16(this.#multiword);
    this.#ultra = fields.u16(this.#ultra);
  }

  /** The count register's value; false for a mode that the drive has not. */
  choose(mode: number): boolean {
    const number = mode & 7;
    switch (mode >> 3) {
      case CLASS.pioDefault:
        return number <= 1;
      case CLASS.pioFlow:
        return number <= 4;
      case CLASS.multiword:
        if (number > MULTIWORD.highest) return false;
        this.#multiword = MULTIWORD.supported | (CHOSEN << number);
        this.#ultra = ULTRA.supported;
        return true;
      case CLASS.ultra:
        if (number > ULTRA.highest) return false;
        this.#multiword = MULTIWORD.supported;
        this.#ultra = ULTRA.supported | (CHOSEN << number);
        return true;
      default:
        return false;
    }
  }
}
