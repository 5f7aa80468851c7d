/**
 * The controller's translation from scan-code set 2 to set 1, as the 8042 of the AT does it byte by byte.
 *
 * - Derived from the key map, so that the two cannot disagree; bytes no key has pass unchanged above 0x7F and
 *   by the AT controller's table below it.
 * Source: IBM PC/AT Technical Reference, "Keyboard controller": scan-code translation table.
 */
import type { StateFields } from '../machine/bus.ts';
import { SCAN_CODES } from './ps2-scancodes.ts';

/** Set 2 codes that the key map does not name, from the AT's table. */
const UNNAMED: readonly (readonly [number, number])[] = [
  [0x00, 0xff],
  [0x02, 0x41],
  [0x08, 0x64],
  [0x10, 0x65],
  [0x18, 0x66],
  [0x20, 0x67],
  [0x28, 0x68],
  [0x30, 0x69],
  [0x38, 0x6a],
  [0x40, 0x6b],
  [0x48, 0x6c],
  [0x50, 0x6d],
  [0x58, 0x3a],
  [0x60, 0x6f],
  [0x68, 0x76],
  [0x17, 0x5a],
  [0x19, 0x6f],
  [0x1f, 0x5b],
  [0x27, 0x5c],
  [0x2f, 0x5d],
  [0x37, 0x5e],
  [0x39, 0x63],
  [0x3f, 0x5f],
  [0x47, 0x60],
  [0x4f, 0x61],
  [0x53, 0x71],
  [0x56, 0x62],
  [0x57, 0x6e],
  [0x5c, 0x74],
  [0x5e, 0x63],
  [0x5f, 0x76],
  [0x62, 0x55],
  [0x63, 0x77],
  [0x65, 0x78],
  [0x6d, 0x7e],
  [0x6e, 0x7f],
  [0x6f, 0x6f],
  [0x84, 0x54],
];

function buildTable(): Uint8Array {
  const table = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const [set2, set1] of UNNAMED) table[set2] = set1;
  for (const [, set1, set2] of SCAN_CODES) table[set2 & 0xff] = set1 & 0xff;
  return table;
}

export const SET2_TO_SET1 = buildTable();

const BREAK_PREFIX = 0xf0;

/** The translator's state machine: F0 xx becomes xx with bit 7. */
export class ScanCodeTranslator {
  #afterBreak = false;

  reset(): void {
    this.#afterBreak = false;
  }

  state(fields: StateFields): void {
    this.#afterBreak = fields.bool(this.#afterBreak);
  }

  /** The byte the guest sees, or null when this one is only a prefix. */
  translate(byte: number): number | null {
    if (byte === BREAK_PREFIX) {
      this.#afterBreak = true;
      return null;
    }
    const translated = SET2_TO_SET1[byte] ?? byte;
    const result = this.#afterBreak ? translated | 0x80 : translated;
    this.#afterBreak = false;
    return result;
  }
}
