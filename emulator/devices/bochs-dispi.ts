/**
 * The display interface of Bochs VBE: index port 0x1CE, data port 0x1CF, and the same registers in MMIO.
 *
 * - Setting the enable bit latches the mode; an impossible mode (too wide for memory) is not taken.
 * - The virtual width may exceed the visible one; the virtual height follows from memory.
 * Source: Bochs "VBE Display API" (vbe_display_api.txt); QEMU documentation, docs/specs/standard-vga.rst.
 */
import type { StateFields } from '../machine/bus.ts';

export const DISPI = {
  id: 0,
  xres: 1,
  yres: 2,
  bpp: 3,
  enable: 4,
  bank: 5,
  virtualWidth: 6,
  virtualHeight: 7,
  xOffset: 8,
  yOffset: 9,
  memory64k: 10,
} as const;

const ID_FIRST = 0xb0c0;
const ID_LATEST = 0xb0c5;
const ENABLE = {
  enabled: 0x01,
  getCapabilities: 0x02,
  dac8Bit: 0x20,
  linear: 0x40,
  keepMemory: 0x80,
} as const;
const MAX_XRES = 16000;
const MAX_YRES = 12000;
const BANK_BYTES = 0x10000;
const DEPTHS = [4, 8, 15, 16, 24, 32];

export interface DispiMode {
  readonly width: number;
  readonly height: number;
  readonly bpp: number;
  /** Bytes from one line to the next, and of the first pixel shown. */
  readonly strideBytes: number;
  readonly startByte: number;
}

export class BochsDispi {
  readonly #memoryBytes: number;
  readonly #registers = new Uint16Array(DISPI.memory64k + 1);
  readonly #changed: (clearBytes: number) => void;
  index = 0;

  /** `changed` is told after each change of mode, bank or offset; `clearBytes` of memory are to be zeroed. */
  constructor(memoryBytes: number, changed: (clearBytes: number) => void) {
    this.#memoryBytes = memoryBytes;
    this.#changed = changed;
    this.#registers[DISPI.id] = ID_LATEST;
  }

  reset(): void {
    this.#registers.fill(0);
    this.#registers[DISPI.id] = ID_LATEST;
    this.index = 0;
    this.#changed(0);
  }

  state(fields: StateFields): void {
    fields.bytes(new Uint8Array(this.#registers.buffer));
    this.index = fields.u16(this.index);
  }

  #r(index: number): number {
    return this.#registers[index] ?? 0;
  }

  get enabled(): boolean {
    return (this.#r(DISPI.enable) & ENABLE.enabled) !== 0;
  }

  get dac8Bit(): boolean {
    return (this.#r(DISPI.enable) & ENABLE.dac8Bit) !== 0;
  }

  get bankOffset(): number {
    return this.#r(DISPI.bank) * BANK_BYTES;
  }

  read(index: number): number {
    const capabilities = (this.#r(DISPI.enable) & ENABLE.getCapabilities) !== 0;
    if (capabilities && index === DISPI.xres) return MAX_XRES;
    if (capabilities && index === DISPI.yres) return MAX_YRES;
    if (capabilities && index === DISPI.bpp) return 32;
    if (index === DISPI.memory64k) return this.#memoryBytes / BANK_BYTES;
    return this.#r(index);
  }

  write(index: number, value: number): void {
    const r = this.#registers;
    switch (index) {
      case DISPI.id:
        if (value >= ID_FIRST && value <= ID_LATEST) r[DISPI.id] = value;
        break;
      case DISPI.xres:
        if (!this.enabled && value <= MAX_XRES && value % 8 === 0) r[index] = value;
        break;
      case DISPI.yres:
        if (!this.enabled && value <= MAX_YRES) r[index] = value;
        break;
      case DISPI.bpp:
        if (!this.enabled && DEPTHS.includes(value === 0 ? 8 : value)) r[index] = value === 0 ? 8 : value;
        break;
      case DISPI.bank:
        if (value < this.#memoryBytes / BANK_BYTES) r[index] = value;
        this.#changed(0);
        break;
      case DISPI.enable:
        this.#writeEnable(value);
        break;
      case DISPI.virtualWidth:
        this.#setVirtualWidth(value);
        this.#changed(0);
        break;
      case DISPI.xOffset:
      case DISPI.yOffset:
        r[index] = value;
        this.#changed(0);
        break;
      default:
      // Virtual height and memory size follow from the rest; other indices do not exist.
    }
  }

  #writeEnable(value: number): void {
    const r = this.#registers;
    const was = this.enabled;
    r[DISPI.enable] = value;
    if (!this.enabled || was) {
      this.#changed(0);
      return;
    }
    if (this.#lineBytes(this.#r(DISPI.xres)) * this.#r(DISPI.yres) > this.#memoryBytes) {
      r[DISPI.enable] = value & ~ENABLE.enabled;
      return;
    }
    r[DISPI.bank] = 0;
    r[DISPI.xOffset] = 0;
    r[DISPI.yOffset] = 0;
    this.#setVirtualWidth(this.#r(DISPI.xres));
    const clear = (value & ENABLE.keepMemory) === 0;
    this.#changed(clear ? this.#lineBytes(this.#r(DISPI.xres)) * this.#r(DISPI.yres) : 0);
  }

  #lineBytes(width: number): number {
    const bpp = this.#r(DISPI.bpp);
    return bpp === 4 ? width / 2 : width * Math.ceil(bpp / 8);
  }

  #setVirtualWidth(width: number): void {
    const r = this.#registers;
    const lineBytes = this.#lineBytes(width);
    if (width < this.#r(DISPI.xres) || lineBytes === 0) return;
    const lines = Math.floor(this.#memoryBytes / lineBytes);
    if (lines < this.#r(DISPI.yres)) return;
    r[DISPI.virtualWidth] = width;
    r[DISPI.virtualHeight] = Math.min(lines, 0xffff);
  }

  mode(): DispiMode {
    const bpp = this.#r(DISPI.bpp);
    const strideBytes = this.#lineBytes(this.#r(DISPI.virtualWidth));
    const startByte = this.#r(DISPI.yOffset) * strideBytes + this.#lineBytes(this.#r(DISPI.xOffset));
    return { width: this.#r(DISPI.xres), height: this.#r(DISPI.yres), bpp, strideBytes, startByte };
  }
}
