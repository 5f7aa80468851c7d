/**
 * How each graphics mode lies in video memory: Bochs VBE depths, planar 16 colours, CGA shift, 256 colours.
 * Source: IBM VGA Technical Reference (1992); Bochs "VBE Display API".
 */
import type { DispiMode } from './bochs-dispi.ts';
import type { PixelLayout } from './vga-pixels.ts';
import { ATTRIBUTE, CRTC, GC, SEQ, type VgaState } from './vga-state.ts';

type Convert = PixelLayout['convert'];
const OPAQUE = 0xff000000;
const LEGACY_BYTES = 0x40000;
/** Attribute controller: pixel panning ends where the split begins. */
const PAN_ENDS_AT_SPLIT = 0x20;

const widen5 = (v: number): number => (v << 3) | (v >> 2);
const widen6 = (v: number): number => (v << 2) | (v >> 4);
const rgba = (r: number, g: number, b: number): number => (OPAQUE | (b << 16) | (g << 8) | r) >>> 0;

/** The 256 colours of the DAC as RGBA words. */
function dacColors(state: VgaState): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, i) => state.color(i));
}

export function dispiLayout(state: VgaState, vram: Uint8Array, mode: DispiMode): PixelLayout {
  const { width, height, bpp, strideBytes, startByte } = mode;
  const limit = Math.max(0, vram.length - strideBytes);
  return {
    width,
    height,
    lineStart: (y) => Math.min(startByte + y * strideBytes, limit),
    lineBytes: Math.max(1, Math.ceil((width * (bpp === 15 ? 16 : bpp)) / 8)),
    convert: bpp === 4 ? planar(state, vram, width) : dispiConvert(state, vram, width, bpp),
  };
}

function dispiConvert(state: VgaState, vram: Uint8Array, width: number, bpp: number): Convert {
  const byte = (at: number): number => vram[at] ?? 0;
  const half = (at: number): number => byte(at) | (byte(at + 1) << 8);
  switch (bpp) {
    case 8: {
      const colors = dacColors(state);
      return (start, out, at) => {
        for (let x = 0; x < width; x++) out[at + x] = colors[byte(start + x)] ?? OPAQUE;
      };
    }
    case 15:
      return (start, out, at) => {
        for (let x = 0; x < width; x++) {
          const v = half(start + 2 * x);
          out[at + x] = rgba(widen5((v >> 10) & 31), widen5((v >> 5) & 31), widen5(v & 31));
        }
      };
    case 16:
      return (start, out, at) => {
        for (let x = 0; x < width; x++) {
          const v = half(start + 2 * x);
          out[at + x] = rgba(widen5(v >> 11), widen6((v >> 5) & 63), widen5(v & 31));
        }
      };
    case 24:
      return (start, out, at) => {
        for (let x = 0; x < width; x++) {
          const p = start + 3 * x;
          out[at + x] = rgba(byte(p + 2), byte(p + 1), byte(p));
        }
      };
    default: {
      const words = new Uint32Array(vram.buffer, vram.byteOffset, vram.byteLength >> 2);
      return (start, out, at) => {
        const first = start >> 2;
        for (let x = 0; x < width; x++) {
          const v = words[first + x] ?? 0;
          out[at + x] = OPAQUE | ((v & 0xff) << 16) | (v & 0xff00) | ((v >> 16) & 0xff);
        }
      };
    }
  }
}

/** The mode that the VGA's own registers describe. */
export function legacyLayout(state: VgaState, vram: Uint8Array): PixelLayout {
  const shift = ((state.graphics[GC.mode] ?? 0) >> 5) & 3;
  const characters = state.c(CRTC.horizontalEnd) + 1;
  const halfClock = ((state.sequencer[SEQ.clocking] ?? 0) & 0x08) !== 0;
  const doubled = (state.c(CRTC.maximumScanLine) & 0x80) !== 0 ? 2 : 1;
  const repeat = state.rowLines * doubled;
  // CGA compatibility: bit 0 of the row within a character selects the bank 8 KiB further on.
  const cgaBanks = (state.c(CRTC.modeControl) & 0x01) === 0;
  const rows = Math.max(1, Math.floor(state.visibleLines / (cgaBanks ? doubled : repeat)));
  const pitch = state.c(CRTC.offset) * 8;
  const split = Math.floor(state.lineCompare / (cgaBanks ? doubled : repeat));
  const width = shift >= 2 ? characters * 4 : characters * 8;
  // Byte panning moves the start by whole characters, pixel panning by less than one; below the split both may end.
  const bytePanning = (state.c(CRTC.presetRowScan) >> 5) & 3;
  const panning = pixelPanning(state, shift);
  const panEnds = ((state.attribute[ATTRIBUTE.mode] ?? 0) & PAN_ENDS_AT_SPLIT) !== 0;
  const lineStart = (y: number): number => {
    const base = y > split ? 0 : (state.startAddress + bytePanning) * 4;
    const line = y > split ? y - split - 1 : y;
    const row = cgaBanks ? Math.floor(line / state.rowLines) : line;
    const bank = cgaBanks && ((line % state.rowLines) & 1) !== 0 ? 0x2000 * 4 : 0;
    return (base + row * pitch + bank) % LEGACY_BYTES;
  };
  const first = (y: number): number => (y > split && panEnds ? 0 : panning);
  if (shift >= 2) {
    const convert = packed256(state, vram, width);
    return { width, height: rows, lineStart: (y) => lineStart(y) + first(y), lineBytes: width, convert };
  }
  const convert = shift === 1 ? cga(state, vram, width) : planar(state, vram, width);
  const lineBytes = Math.max(1, width / (halfClock ? 4 : 2)) + (panning > 0 ? 4 : 0);
  return { width, height: rows, lineStart, lineBytes, convert, firstPixel: first };
}

/** Pixels that the attribute controller's panning register takes off the left edge. */
function pixelPanning(state: VgaState, shift: number): number {
  const value = (state.attribute[ATTRIBUTE.panning] ?? 0) & 15;
  // Two dots make one pixel of 256 colours. Values above 7 are for cells of nine dots.
  if (shift >= 2) return (value & 7) >> 1;
  return value > 7 ? 0 : value;
}

function packed256(state: VgaState, vram: Uint8Array, width: number): Convert {
  const colors = dacColors(state);
  return (start, out, at) => {
    for (let x = 0; x < width; x++) out[at + x] = colors[vram[(start + x) % LEGACY_BYTES] ?? 0] ?? OPAQUE;
  };
}

function attributeColors(state: VgaState): Uint32Array {
  const enabled = state.attribute[ATTRIBUTE.planeEnable] ?? 0;
  return Uint32Array.from({ length: 16 }, (_, i) => state.color(state.attributeColor(i & enabled)));
}

/** Eight pixels from a byte of each of the four planes. */
function planar(state: VgaState, vram: Uint8Array, width: number): Convert {
  const colors = attributeColors(state);
  return (start, out, at, first = 0) => {
    for (let x = 0; x < width; x++) {
      const p = (start + ((x + first) >> 3) * 4) % vram.length;
      const bit = 7 - ((x + first) & 7);
      const color =
        (((vram[p] ?? 0) >> bit) & 1) |
        ((((vram[p + 1] ?? 0) >> bit) & 1) << 1) |
        ((((vram[p + 2] ?? 0) >> bit) & 1) << 2) |
        ((((vram[p + 3] ?? 0) >> bit) & 1) << 3);
      out[at + x] = colors[color] ?? OPAQUE;
    }
  };
}

/** CGA's four colours: two bits a pixel, even bytes in plane 0, odd ones in plane 1. */
function cga(state: VgaState, vram: Uint8Array, width: number): Convert {
  const colors = attributeColors(state);
  return (start, out, at, first = 0) => {
    for (let i = 0; i < width; i++) {
      const x = i + first;
      const p = start + (x >> 3) * 4 + ((x >> 2) & 1);
      out[at + i] = colors[((vram[p % LEGACY_BYTES] ?? 0) >> (6 - 2 * (x & 3))) & 3] ?? OPAQUE;
    }
  };
}
