/**
 * Scan-out of the text modes: cells, font, palette and cursor, for a host that draws them itself.
 *
 * - `take` returns null when nothing that shows has changed since the last call.
 * Source: IBM VGA Technical Reference (1992), "Alphanumeric modes"; FreeVGA "VGA text mode operation".
 */
import type { TextFrame } from '../machine/types.ts';
import { ATTRIBUTE, CRTC, SEQ, type VgaState } from './vga-state.ts';

const GLYPHS = 256;
const GLYPH_BYTES = 32;
const MAX_COLUMNS = 256;
const MAX_ROWS = 128;
const PLANE_OFFSETS = 0x10000;
/** Sequencer: characters are 8 dots wide. Attribute controller: the ninth dot joins lines; bit 7 blinks. */
const DOTS_8 = 0x01;
const LINE_GRAPHICS = 0x04;
const BLINK = 0x08;

export class VgaText {
  readonly #state: VgaState;
  readonly #vram: Uint8Array;
  #last: TextFrame | null = null;

  constructor(state: VgaState, vram: Uint8Array) {
    this.#state = state;
    this.#vram = vram;
  }

  forget(): void {
    this.#last = null;
  }

  take(full: boolean): TextFrame | null {
    const frame = this.#compose();
    const last = this.#last;
    if (!full && last !== null && sameFrame(frame, last)) return null;
    this.#last = frame;
    return frame;
  }

  #compose(): TextFrame {
    const s = this.#state;
    const columns = Math.min(s.c(CRTC.horizontalEnd) + 1, MAX_COLUMNS);
    const glyphHeight = s.rowLines;
    const doubled = (s.c(CRTC.maximumScanLine) & 0x80) !== 0 ? 2 : 1;
    const rows = Math.min(Math.max(1, Math.floor(s.visibleLines / (glyphHeight * doubled))), MAX_ROWS);
    const pitch = s.c(CRTC.offset) * 2;
    const cells = new Uint16Array(columns * rows);
    // Below the line of the split the picture goes on at the start of video memory.
    const split = Math.floor((s.lineCompare + 1) / (glyphHeight * doubled));
    const lineAddress = (row: number, column: number): number =>
      (row >= split ? (row - split) * pitch : s.startAddress + row * pitch) + column;
    if (!s.blank) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const at = (lineAddress(row, column) % PLANE_OFFSETS) * 4;
          cells[row * columns + column] = (this.#vram[at] ?? 0) | ((this.#vram[at + 1] ?? 0) << 8);
        }
      }
    }
    const cursor = s.blank ? null : this.#cursor(columns, rows, pitch);
    const select = s.sequencer[SEQ.characterMap] ?? 0;
    // Map A is for attribute bit 3 set, map B for clear; each number has its high bit apart.
    const mapA = ((select >> 2) & 3) | ((select >> 3) & 4);
    const mapB = (select & 3) | ((select >> 2) & 4);
    const mode = s.attribute[ATTRIBUTE.mode] ?? 0;
    const underlineLine = s.c(CRTC.underline) & 0x1f;
    return {
      kind: 'text',
      columns,
      rows,
      cells,
      font: this.#font(mapB),
      secondFont: mapA === mapB ? null : this.#font(mapA),
      cellWidth: ((s.sequencer[SEQ.clocking] ?? 0) & DOTS_8) !== 0 ? 8 : 9,
      joinLines: (mode & LINE_GRAPHICS) !== 0,
      blinking: (mode & BLINK) !== 0,
      underlineLine: underlineLine < glyphHeight ? underlineLine : null,
      glyphHeight,
      palette: this.#palette(),
      cursor,
    };
  }

  /** A character map as in plane 2. The eight lie 8 KiB apart: 0 to 3 at 0, 16, 32, 48 KiB, 4 to 7 between them. */
  #font(map: number): Uint8Array {
    const base = (map & 3) * 0x4000 + (map >> 2) * 0x2000;
    const font = new Uint8Array(GLYPHS * GLYPH_BYTES);
    for (let i = 0; i < font.length; i++) font[i] = this.#vram[(base + i) * 4 + 2] ?? 0;
    return font;
  }

  #palette(): Uint8Array {
    const palette = new Uint8Array(48);
    // With 512 characters a guest takes bit 3 out of the colours here.
    const enabled = this.#state.attribute[ATTRIBUTE.planeEnable] ?? 0;
    for (let i = 0; i < 16; i++) {
      const color = this.#state.color(this.#state.attributeColor(i & enabled));
      palette[3 * i] = color & 0xff;
      palette[3 * i + 1] = (color >> 8) & 0xff;
      palette[3 * i + 2] = (color >> 16) & 0xff;
    }
    return palette;
  }

  #cursor(columns: number, rows: number, pitch: number): TextFrame['cursor'] {
    const s = this.#state;
    const startLine = s.c(CRTC.cursorStart) & 0x1f;
    const endLine = s.c(CRTC.cursorEnd) & 0x1f;
    if ((s.c(CRTC.cursorStart) & 0x20) !== 0 || startLine > endLine || pitch === 0) return null;
    const at = ((s.c(CRTC.cursorHigh) << 8) | s.c(CRTC.cursorLow)) - s.startAddress;
    const row = Math.floor(at / pitch);
    const column = at - row * pitch;
    return at >= 0 && column < columns && row < rows ? { column, row, startLine, endLine } : null;
  }
}

const SCALARS = [
  ...(['columns', 'rows', 'glyphHeight', 'cellWidth', 'joinLines', 'blinking', 'underlineLine'] as const),
];

function sameFrame(a: TextFrame, b: TextFrame): boolean {
  const equal = (x: ArrayLike<number>, y: ArrayLike<number>): boolean => {
    if (x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
    return true;
  };
  const sameCursor =
    a.cursor?.column === b.cursor?.column &&
    a.cursor?.row === b.cursor?.row &&
    a.cursor?.startLine === b.cursor?.startLine &&
    a.cursor?.endLine === b.cursor?.endLine;
  return (
    sameCursor &&
    SCALARS.every((name) => a[name] === b[name]) &&
    equal(a.cells, b.cells) &&
    equal(a.palette, b.palette) &&
    equal(a.font, b.font) &&
    equal(a.secondFont ?? [], b.secondFont ?? [])
  );
}
