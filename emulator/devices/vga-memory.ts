/**
 * The processor's way to video memory through the window at 0xA0000: planes, latches, read and write modes.
 *
 * - Video memory holds the four planes byte-interleaved: plane p of offset o is byte 4*o+p. Chain-4 (256
 *   colours) addresses it linearly, odd/even (text) by pairs; the scan-out reads it the same way.
 * - `dirty` has one bit for each 4 KiB page of video memory written here.
 * Source: IBM VGA Technical Reference (1992), "Graphics controller"; FreeVGA "Accessing VGA display memory".
 */
import type { AccessSize, MmioHandler, StateFields } from '../machine/bus.ts';
import { GC, MISC_RAM_ENABLE, SEQ, type VgaState } from './vga-state.ts';

const PAGE_SHIFT = 12;
/** The legacy planes: 64 KiB each. */
const LEGACY_BYTES = 0x40000;
/** Start and size of the window for the four settings of the misc register's bits 3..2. */
const WINDOWS = [
  [0x00000, 0x20000],
  [0x00000, 0x10000],
  [0x10000, 0x08000],
  [0x18000, 0x08000],
] as const;

/** Linear video memory in place of the planes: Bochs VBE, with its 64 KiB bank. */
export interface LinearWindow {
  readonly active: boolean;
  readonly bankOffset: number;
}

export class VgaMemory implements MmioHandler {
  readonly #state: VgaState;
  readonly #vram: Uint8Array;
  readonly #linear: LinearWindow;
  readonly dirty: Uint8Array;
  #latches = new Uint8Array(4);

  constructor(state: VgaState, vram: Uint8Array, linear: LinearWindow) {
    this.#state = state;
    this.#vram = vram;
    this.#linear = linear;
    this.dirty = new Uint8Array(vram.length >> (PAGE_SHIFT + 3));
  }

  state(fields: StateFields): void {
    fields.bytes(this.#latches);
  }

  /** Offset from 0xA0000 to offset in the window, or -1 when the VGA does not answer there. */
  #window(offset: number): number {
    if (this.#linear.active) return offset < 0x10000 ? offset : -1;
    if ((this.#state.misc & MISC_RAM_ENABLE) === 0) return -1;
    const select = ((this.#state.graphics[GC.misc] ?? 0) >> 2) & 3;
    const [start, size] = WINDOWS[select as 0 | 1 | 2 | 3];
    return offset >= start && offset < start + size ? offset - start : -1;
  }

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value |= this.#readByte(offset + i) << (8 * i);
    return value >>> 0;
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    for (let i = 0; i < sizeBytes; i++) this.#writeByte(offset + i, (value >>> (8 * i)) & 0xff);
  }

  #touch(at: number, value: number): void {
    if (this.#vram[at] === value) return;
    this.#vram[at] = value;
    const page = at >> PAGE_SHIFT;
    this.dirty[page >> 3] = (this.dirty[page >> 3] ?? 0) | (1 << (page & 7));
  }

  #readByte(offset: number): number {
    const at = this.#window(offset);
    if (at < 0) return 0xff;
    const s = this.#state;
    if (this.#linear.active) return this.#vram[this.#linear.bankOffset + at] ?? 0xff;
    if (s.chain4) return this.#vram[at] ?? 0;
    const readMap = s.graphics[GC.readMap] ?? 0;
    if (s.oddEven) return this.#vram[((at & ~1) << 1) | (readMap & 2) | (at & 1)] ?? 0;
    const base = (at * 4) % LEGACY_BYTES;
    this.#latches = this.#vram.slice(base, base + 4);
    if (((s.graphics[GC.mode] ?? 0) & 0x08) === 0) return this.#latches[readMap] ?? 0;
    return this.#compare();
  }

  /** Read mode 1: a bit is set where the pixel's colour equals the compare colour in the planes that care. */
  #compare(): number {
    const g = this.#state.graphics;
    const wanted = g[GC.colorCompare] ?? 0;
    const care = g[GC.colorDontCare] ?? 0;
    let different = 0;
    for (let plane = 0; plane < 4; plane++) {
      if (((care >> plane) & 1) === 0) continue;
      different |= (this.#latches[plane] ?? 0) ^ (((wanted >> plane) & 1) !== 0 ? 0xff : 0);
    }
    return ~different & 0xff;
  }

  #writeByte(offset: number, value: number): void {
    const at = this.#window(offset);
    if (at < 0) return;
    const s = this.#state;
    const mask = s.sequencer[SEQ.mapMask] ?? 0;
    if (this.#linear.active) {
      if (this.#linear.bankOffset + at < this.#vram.length) this.#touch(this.#linear.bankOffset + at, value);
    } else if (s.chain4) {
      if (((mask >> (at & 3)) & 1) !== 0) this.#touch(at, value);
    } else if (s.oddEven) {
      const plane = ((s.graphics[GC.readMap] ?? 0) & 2) | (at & 1);
      if (((mask >> plane) & 1) !== 0) this.#touch(((at & ~1) << 1) | plane, value);
    } else {
      this.#writePlanes((at * 4) % LEGACY_BYTES, value, mask);
    }
  }

  #writePlanes(base: number, value: number, mapMask: number): void {
    const g = this.#state.graphics;
    const mode = (g[GC.mode] ?? 0) & 3;
    const rotated = rotateRight(value, (g[GC.rotate] ?? 0) & 7);
    const setReset = g[GC.setReset] ?? 0;
    const enable = g[GC.enableSetReset] ?? 0;
    const bitMask = mode === 3 ? (g[GC.bitMask] ?? 0) & rotated : (g[GC.bitMask] ?? 0);
    const logical = ((g[GC.rotate] ?? 0) >> 3) & 3;
    for (let plane = 0; plane < 4; plane++) {
      if (((mapMask >> plane) & 1) === 0) continue;
      const latch = this.#latches[plane] ?? 0;
      const spread = (bits: number): number => (((bits >> plane) & 1) !== 0 ? 0xff : 0);
      if (mode === 1) {
        this.#touch(base + plane, latch);
        continue;
      }
      let data: number;
      if (mode === 2) data = spread(value);
      else if (mode === 3) data = spread(setReset);
      else data = ((enable >> plane) & 1) !== 0 ? spread(setReset) : rotated;
      const combined = combine(logical, data, latch);
      this.#touch(base + plane, (combined & bitMask) | (latch & ~bitMask & 0xff));
    }
  }
}

const rotateRight = (value: number, by: number): number => ((value >> by) | (value << (8 - by))) & 0xff;

function combine(logical: number, data: number, latch: number): number {
  switch (logical) {
    case 1:
      return data & latch;
    case 2:
      return data | latch;
    case 3:
      return data ^ latch;
    default:
      return data;
  }
}
