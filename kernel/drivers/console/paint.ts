/**
 * Putting the console's cells on a linear framebuffer or on the VGA's text memory.
 *
 * - What was painted last is remembered, so only cells that differ are drawn, and the framebuffer is never read.
 * - paintRow() is called with the console's lock held, one row at a time, so that interrupts are never off for long.
 */
import { GLYPH_ROWS, glyphRows } from './font';
import { glyphToCp437 } from './glyphs';
import {
  CELL_BYTES,
  MAX_COLUMNS,
  Screen,
  cellBackground,
  cellForeground,
  cellGlyph,
  makeCell,
  rowCells,
} from './screen';

export const GLYPH_COLUMNS: u32 = 8;
/** A cell that no screen has: everything differs from it. */
const NEVER_PAINTED: u8 = 0xff;

@unmanaged
export class Painter {
  /** Kernel address of the pixels, or of VGA text cells. */
  memory: usize;
  pitch: u32;
  bytesPerPixel: u32;
  textMode: bool;
  /** Cells as painted: as many as a Screen has room for. */
  shown: usize;
  /** Sixteen pixel values. */
  palette: usize;
  /** The colours that `pairs` was made for. */
  pairForeground: u32;
  pairBackground: u32;
  pairsValid: bool;
  /** Two pixels side by side for each value of two bits: four u64. */
  pairs: usize;
}

/** The sixteen colours of ANSI, as the VGA shows them: 0xRRGGBB. */
const colours = memory.data<u32>([
  0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa, 0x555555, 0xff5555,
  0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
]);

/** Where a colour's bits go in a pixel. */
@unmanaged
export class PixelLayout {
  redPosition: u32;
  redSize: u32;
  greenPosition: u32;
  greenSize: u32;
  bluePosition: u32;
  blueSize: u32;
}

function component(value: u32, size: u32, position: u32): u32 {
  const bits = size >= 8 ? value << (size - 8) : value >> (8 - size);
  return bits << position;
}

export function paintSetPalette(p: Painter, l: PixelLayout): void {
  for (let i: u32 = 0; i < 16; i++) {
    const rgb = load<u32>(colours + i * 4);
    const pixel =
      component(rgb >> 16, l.redSize, l.redPosition) |
      component((rgb >> 8) & 255, l.greenSize, l.greenPosition) |
      component(rgb & 255, l.blueSize, l.bluePosition);
    store<u32>(p.palette + i * 4, pixel);
  }
}

/** Nothing is on the screen that paintRow() knows of. */
export function paintForget(p: Painter, rows: u32): void {
  memory.fill(p.shown, NEVER_PAINTED, rows * MAX_COLUMNS * CELL_BYTES);
}

function makePairs(p: Painter, foreground: u32, background: u32): void {
  if (p.pairsValid && p.pairForeground == foreground && p.pairBackground == background) return;
  p.pairForeground = foreground;
  p.pairBackground = background;
  p.pairsValid = true;
  const on = <u64>load<u32>(p.palette + foreground * 4);
  const off = <u64>load<u32>(p.palette + background * 4);
  store<u64>(p.pairs, off | (off << 32));
  store<u64>(p.pairs, off | (on << 32), 8);
  store<u64>(p.pairs, on | (off << 32), 16);
  store<u64>(p.pairs, on | (on << 32), 24);
}

/** A glyph on 32-bit pixels: two at a time. */
function drawGlyph32(p: Painter, at: usize, cell: u32): void {
  makePairs(p, cellForeground(cell) & 15, cellBackground(cell) & 15);
  const pairs = p.pairs;
  const rows = glyphRows(cellGlyph(cell));
  let line = at;
  for (let row: u32 = 0; row < GLYPH_ROWS; row++) {
    const bits = <usize>load<u8>(rows + row);
    store<u64>(line, load<u64>(pairs + ((bits >> 6) << 3)));
    store<u64>(line, load<u64>(pairs + (((bits >> 4) & 3) << 3)), 8);
    store<u64>(line, load<u64>(pairs + (((bits >> 2) & 3) << 3)), 16);
    store<u64>(line, load<u64>(pairs + ((bits & 3) << 3)), 24);
    line += p.pitch;
  }
}

function storePixel(at: usize, bytes: u32, pixel: u32): void {
  if (bytes == 2) store<u16>(at, <u16>pixel);
  else {
    store<u16>(at, <u16>pixel);
    store<u8>(at, <u8>(pixel >> 16), 2);
  }
}

/** A glyph on pixels of two or three bytes. */
function drawGlyphNarrow(p: Painter, at: usize, cell: u32): void {
  const on = load<u32>(p.palette + (cellForeground(cell) & 15) * 4);
  const off = load<u32>(p.palette + (cellBackground(cell) & 15) * 4);
  const rows = glyphRows(cellGlyph(cell));
  for (let row: u32 = 0; row < GLYPH_ROWS; row++) {
    const bits: u32 = load<u8>(rows + row);
    const line = at + row * p.pitch;
    for (let x: u32 = 0; x < GLYPH_COLUMNS; x++) {
      storePixel(line + x * p.bytesPerPixel, p.bytesPerPixel, (bits >> (7 - x)) & 1 ? on : off);
    }
  }
}

/** VGA attributes have red and blue the other way round than ANSI. */
function vgaColour(ansi: u32): u32 {
  return (ansi & 10) | ((ansi & 1) << 2) | ((ansi & 4) >> 2);
}

function drawText(at: usize, cell: u32): void {
  const attribute = vgaColour(cellForeground(cell) & 15) | (vgaColour(cellBackground(cell) & 7) << 4);
  store<u16>(at, <u16>(glyphToCp437(cellGlyph(cell)) | (attribute << 8)));
}

function drawCell(p: Painter, row: u32, column: u32, cell: u32): void {
  if (p.textMode) {
    drawText(p.memory + row * p.pitch + column * 2, cell);
    return;
  }
  const at = p.memory + <usize>row * GLYPH_ROWS * p.pitch + column * GLYPH_COLUMNS * p.bytesPerPixel;
  if (p.bytesPerPixel == 4) drawGlyph32(p, at, cell);
  else drawGlyphNarrow(p, at, cell);
}

/** The cursor is a cell with its colours exchanged. */
function withCursor(cell: u32): u32 {
  return makeCell(cellGlyph(cell), cellBackground(cell), cellForeground(cell));
}

/** Brings one row of the screen up to date. */
export function paintRow(p: Painter, s: Screen, row: u32): void {
  if (load<u8>(s.dirty + row) == 0) return;
  store<u8>(s.dirty + row, 0);
  const cells = rowCells(s, row);
  const shown = p.shown + row * MAX_COLUMNS * CELL_BYTES;
  const cursor: u32 = s.cursorVisible && s.row == row ? s.column : u32.MAX_VALUE;
  for (let column: u32 = 0; column < s.columns; column++) {
    let cell = load<u32>(cells + column * CELL_BYTES);
    if (column == cursor) cell = withCursor(cell);
    if (load<u32>(shown + column * CELL_BYTES) == cell) continue;
    store<u32>(shown + column * CELL_BYTES, cell);
    drawCell(p, row, column, cell);
  }
}
