/** The core's code pages (core/code-pages.ts) as the translator reads them. */
import {
  CODE_BUCKETS,
  CODE_KEYS,
  ITLB,
  ITLB_ENTRIES,
  ITLB_SIZE,
  PAGE_HOST,
  PAGE_KEY,
  PAGE_LINEAR,
  PAGE_MAP,
  PAGE_NEXT,
  PAGE_SERIAL,
  PAGE_TARGETS,
  UOP_LINK,
  UOP_OP,
} from '../cpu/layout.ts';

export const PAGE_SIZE = 4096;
const KEY_SIZE = 16;

export class CodePageReader {
  readonly #view: DataView;
  readonly #firstRegion: number;

  constructor(view: DataView, firstRegion: number) {
    this.#view = view;
    this.#firstRegion = firstRegion;
  }

  linear(page: number): bigint {
    return this.#view.getBigUint64(page + PAGE_LINEAR, true);
  }

  host(page: number): number {
    return this.#view.getUint32(page + PAGE_HOST, true);
  }

  key(page: number): number {
    return this.#view.getUint32(page + PAGE_KEY, true);
  }

  serial(page: number): number {
    return this.#view.getUint32(page + PAGE_SERIAL, true);
  }

  /** Mode bits and base of CS under which a page's code was decoded. */
  mode(page: number): { readonly mode: number; readonly codeBase: number } {
    const key = CODE_KEYS + (this.key(page) - 1) * KEY_SIZE;
    return { mode: this.#view.getUint32(key, true), codeBase: this.#view.getUint32(key + 4, true) };
  }

  /** The decoded block at an offset of a code page, 0 for none; a region's stub leads to the block it replaced. */
  blockAt(page: number, offset: number): number {
    const block = this.#view.getUint32(page + PAGE_MAP + offset * 4, true);
    if (block === 0 || this.#view.getUint16(block + UOP_OP, true) < this.#firstRegion) return block;
    return this.#view.getUint32(block + UOP_LINK, true);
  }

  /** Whether a region begins there. */
  hasRegion(page: number, offset: number): boolean {
    return this.blockAt(page, offset) !== this.#view.getUint32(page + PAGE_MAP + offset * 4, true);
  }

  /** Where jumps to computed addresses led in a page, as far as `isHot`. */
  targets(page: number, isHot: (offset: number) => boolean): number[] {
    const found: number[] = [];
    for (let offset = 0; offset < PAGE_SIZE; offset++) {
      const bits = this.#view.getUint8(page + PAGE_TARGETS + (offset >> 3));
      if (bits === 0) offset |= 7;
      else if (bits & (1 << (offset & 7)) && isHot(offset)) found.push(offset);
    }
    return found;
  }

  /** The code page of a linear address, as far as the instruction TLBs know where that lies; else null. */
  find(linear: bigint, key: number): number | null {
    const view = this.#view;
    const index = Number((linear >> 12n) & BigInt(ITLB_ENTRIES - 1)) * 16;
    for (const table of [ITLB, ITLB + ITLB_SIZE]) {
      if (view.getBigUint64(table + index, true) !== linear) continue;
      const host = view.getUint32(table + index + 8, true);
      const bucket = CODE_BUCKETS + ((host >>> 12) & 4095) * 4;
      for (let page = view.getUint32(bucket, true); page !== 0; page = view.getUint32(page + PAGE_NEXT, true))
        if (this.host(page) === host && this.linear(page) === linear && this.key(page) === key) return page;
    }
    return null;
  }
}
