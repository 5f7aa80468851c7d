/**
 * The VGA's registers as plain state, shared by the port decoder, the memory path and the scan-out.
 * Source: IBM VGA Technical Reference (1992); FreeVGA "VGA Hardware" register pages.
 */
import type { StateFields } from '../machine/bus.ts';

export const SEQ = { reset: 0, clocking: 1, mapMask: 2, characterMap: 3, memoryMode: 4 } as const;
export const GC = {
  setReset: 0,
  enableSetReset: 1,
  colorCompare: 2,
  rotate: 3,
  readMap: 4,
  mode: 5,
  misc: 6,
  colorDontCare: 7,
  bitMask: 8,
} as const;
export const CRTC = {
  horizontalTotal: 0x00,
  horizontalEnd: 0x01,
  verticalTotal: 0x06,
  overflow: 0x07,
  presetRowScan: 0x08,
  maximumScanLine: 0x09,
  cursorStart: 0x0a,
  cursorEnd: 0x0b,
  startHigh: 0x0c,
  startLow: 0x0d,
  cursorHigh: 0x0e,
  cursorLow: 0x0f,
  verticalRetraceEnd: 0x11,
  verticalEnd: 0x12,
  offset: 0x13,
  underline: 0x14,
  modeControl: 0x17,
  lineCompare: 0x18,
} as const;
export const ATTRIBUTE = {
  mode: 0x10,
  overscan: 0x11,
  planeEnable: 0x12,
  panning: 0x13,
  colorSelect: 0x14,
} as const;

export const CHAIN_4 = 0x08;
export const ODD_EVEN_READ = 0x10;
export const GRAPHICS = 0x01;
export const MISC_COLOR = 0x01;
export const MISC_RAM_ENABLE = 0x02;
export const SCREEN_OFF = 0x20;
export const PALETTE_SOURCE = 0x20;

export class VgaState {
  misc = 0;
  featureControl = 0;
  sequencerIndex = 0;
  graphicsIndex = 0;
  crtcIndex = 0;
  attributeIndex = 0;
  /** The next write to 0x3C0 is data. */
  attributeData = false;
  readonly sequencer = new Uint8Array(8);
  readonly graphics = new Uint8Array(16);
  readonly crtc = new Uint8Array(32);
  readonly attribute = new Uint8Array(32);
  readonly dac = new Uint8Array(768);
  dacMask = 0xff;
  dacReading = false;
  dacReadIndex = 0;
  dacWriteIndex = 0;
  dacComponent = 0;
  readonly dacLatch = new Uint8Array(3);
  /** Eight bits a colour instead of six (Bochs VBE). */
  dac8Bit = false;
  /** Grows with every change that may alter what is on the screen without a write to video memory. */
  generation = 0;

  reset(): void {
    this.misc = 0;
    this.featureControl = 0;
    this.sequencerIndex = 0;
    this.graphicsIndex = 0;
    this.crtcIndex = 0;
    this.attributeIndex = 0;
    this.attributeData = false;
    this.sequencer.fill(0);
    this.graphics.fill(0);
    this.crtc.fill(0);
    this.attribute.fill(0);
    this.dac.fill(0);
    this.dacMask = 0xff;
    this.dacReading = false;
    this.dacReadIndex = 0;
    this.dacWriteIndex = 0;
    this.dacComponent = 0;
    this.dac8Bit = false;
    this.generation++;
  }

  state(fields: StateFields): void {
    this.misc = fields.u8(this.misc);
    this.featureControl = fields.u8(this.featureControl);
    this.sequencerIndex = fields.u8(this.sequencerIndex);
    this.graphicsIndex = fields.u8(this.graphicsIndex);
    this.crtcIndex = fields.u8(this.crtcIndex);
    this.attributeIndex = fields.u8(this.attributeIndex);
    this.attributeData = fields.bool(this.attributeData);
    const { sequencer, graphics, crtc, attribute, dac, dacLatch } = this;
    for (const registers of [sequencer, graphics, crtc, attribute, dac, dacLatch]) fields.bytes(registers);
    this.dacMask = fields.u8(this.dacMask);
    this.dacReading = fields.bool(this.dacReading);
    this.dacReadIndex = fields.u16(this.dacReadIndex);
    this.dacWriteIndex = fields.u16(this.dacWriteIndex);
    this.dacComponent = fields.u8(this.dacComponent);
    this.dac8Bit = fields.bool(this.dac8Bit);
    if (fields.restoring) this.generation++;
  }

  get chain4(): boolean {
    return ((this.sequencer[SEQ.memoryMode] ?? 0) & CHAIN_4) !== 0;
  }

  get oddEven(): boolean {
    return ((this.graphics[GC.mode] ?? 0) & ODD_EVEN_READ) !== 0;
  }

  get graphicsMode(): boolean {
    return ((this.graphics[GC.misc] ?? 0) & GRAPHICS) !== 0;
  }

  /** Whether the CRTC makes a picture at all: not before firmware has set a mode. */
  get programmed(): boolean {
    return this.c(CRTC.horizontalTotal) !== 0 && this.c(CRTC.horizontalEnd) !== 0;
  }

  /** The screen shows nothing: the palette belongs to the processor, or the sequencer is off. */
  get blank(): boolean {
    return (
      (this.attributeIndex & PALETTE_SOURCE) === 0 || ((this.sequencer[SEQ.clocking] ?? 0) & SCREEN_OFF) !== 0
    );
  }

  c(index: number): number {
    return this.crtc[index] ?? 0;
  }

  get startAddress(): number {
    return (this.c(CRTC.startHigh) << 8) | this.c(CRTC.startLow);
  }

  /** Lines shown: the vertical display end with its two high bits in the overflow register. */
  get visibleLines(): number {
    const overflow = this.c(CRTC.overflow);
    return (this.c(CRTC.verticalEnd) | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3)) + 1;
  }

  get totalLines(): number {
    const overflow = this.c(CRTC.overflow);
    return (this.c(CRTC.verticalTotal) | ((overflow & 0x01) << 8) | ((overflow & 0x20) << 4)) + 2;
  }

  get lineCompare(): number {
    const overflow = this.c(CRTC.overflow);
    return this.c(CRTC.lineCompare) | ((overflow & 0x10) << 4) | ((this.c(CRTC.maximumScanLine) & 0x40) << 3);
  }

  /** Scan lines a row of characters or pixels is repeated for. */
  get rowLines(): number {
    return (this.c(CRTC.maximumScanLine) & 0x1f) + 1;
  }

  /** DAC entry as 0xAABBGGRR, which a little-endian Uint32Array stores as RGBA. */
  color(index: number): number {
    const at = (index & this.dacMask) * 3;
    const widen = (v: number): number => (this.dac8Bit ? v : ((v & 63) << 2) | ((v & 63) >> 4));
    const [r, g, b] = [this.dac[at] ?? 0, this.dac[at + 1] ?? 0, this.dac[at + 2] ?? 0].map(widen);
    return (0xff000000 | ((b ?? 0) << 16) | ((g ?? 0) << 8) | (r ?? 0)) >>> 0;
  }

  /** The DAC entry that a 4-bit attribute colour selects. */
  attributeColor(color: number): number {
    const palette = (this.attribute[color & 15] ?? 0) & 63;
    const select = this.attribute[ATTRIBUTE.colorSelect] ?? 0;
    if (((this.attribute[ATTRIBUTE.mode] ?? 0) & 0x80) !== 0) return (palette & 15) | ((select & 15) << 4);
    return palette | ((select & 0x0c) << 4);
  }
}
