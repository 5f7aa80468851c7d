/**
 * Putting the console's cells on a linear framebuffer or on the VGA's text memory.
 *
 * - What was painted last is remembered, so only cells that differ are drawn, and the framebuffer is never read.
 * - paintRow() is called with the console's lock held, one row at a time, so that interrupts are never off for long.
 */
import { GLYPH_ROWS, glyphRows, glyphToCp437 } from './font';
import {
  BLINK,
  BOLD,
  CELL_BYTES,
  COLOUR_DEFAULT,
  COLOUR_DIRECT,
  DIM,
  INVISIBLE,
  ITALIC,
  MAX_COLUMNS,
  REVERSE,
  STRIKE,
  Screen,
  UNDERLINE,
  cellBackground,
  cellFlags,
  cellForeground,
  cellGlyph,
  viewCells,
} from './screen';

export const GLYPH_COLUMNS: u32 = 8;
/** A cell that no screen has: everything differs from it. */
const NEVER_PAINTED: u8 = 0xff;
const DEFAULT_FOREGROUND: u32 = 7;
const DEFAULT_BACKGROUND: u32 = 0;
const BRIGHT: u32 = 8;
const UNDERLINE_ROW: u32 = 14;
const STRIKE_ROW: u32 = 8;
/** In a cell as it is painted: the cursor stands on it. Not one of the Screen's flags. */
const CURSOR: u64 = 0x80000000;

export const PALETTE_BYTES: usize = 256 * 4;
export const PAIRS_BYTES: usize = 4 * 8;

@unmanaged
export class Painter {
  /** Kernel address of the pixels, or of VGA text cells. */
  memory: usize;
  pitch: u32;
  bytesPerPixel: u32;
  textMode: bool;
  /** Cells as painted: MAX_COLUMNS a row. */
  shown: usize;
  /** 256 pixel values. */
  palette: usize;
  layout: PixelLayout;
  /** Half of the cursor's blinking: not to be seen. */
  cursorHidden: bool;
  /** The pixels that `pairs` was made for. */
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
/** Steps of the colour cube of xterm's palette (16 to 231). */
const cubeSteps = memory.data<u8>([0, 95, 135, 175, 215, 255]);

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

function pixelOf(l: PixelLayout, rgb: u32): u32 {
  return (
    component(rgb >> 16, l.redSize, l.redPosition) |
    component((rgb >> 8) & 255, l.greenSize, l.greenPosition) |
    component(rgb & 255, l.blueSize, l.bluePosition)
  );
}

/** A number of xterm's palette: sixteen basic colours, a cube of six steps, 24 greys. */
function paletteColour(index: u32): u32 {
  if (index < 16) return load<u32>(colours + index * 4);
  if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
  const cube = index - 16;
  const red: u32 = load<u8>(cubeSteps + cube / 36);
  const green: u32 = load<u8>(cubeSteps + ((cube / 6) % 6));
  return (red << 16) | (green << 8) | (<u32>load<u8>(cubeSteps + (cube % 6)));
}

export function paintSetPalette(p: Painter, l: PixelLayout): void {
  p.layout = l;
  for (let i: u32 = 0; i < 256; i++) store<u32>(p.palette + i * 4, pixelOf(l, paletteColour(i)));
}

/** Nothing is on the screen that paintRow() knows of. */
export function paintForget(p: Painter, rows: u32): void {
  memory.fill(p.shown, NEVER_PAINTED, rows * MAX_COLUMNS * CELL_BYTES);
}

/** Five bits as eight. */
function widen(five: u32): u32 {
  return (five << 3) | (five >> 2);
}

function pixel(p: Painter, colour: u32): u32 {
  if (colour < COLOUR_DEFAULT) return load<u32>(p.palette + colour * 4);
  const rgb = (widen((colour >> 10) & 31) << 16) | (widen((colour >> 5) & 31) << 8) | widen(colour & 31);
  return pixelOf(p.layout, rgb);
}

/** The colour of the strokes, by number: bold is bright as well, dim is grey, as the Linux console shows them. */
function strokeColour(cell: u64): u32 {
  const flags = cellFlags(cell);
  let colour = cellForeground(cell);
  if (colour == COLOUR_DEFAULT) colour = (flags & DIM) != 0 ? BRIGHT : DEFAULT_FOREGROUND;
  if ((flags & BOLD) != 0 && colour < BRIGHT) colour += BRIGHT;
  return colour;
}

function groundColour(cell: u64): u32 {
  const colour = cellBackground(cell);
  return colour == COLOUR_DEFAULT ? DEFAULT_BACKGROUND : colour;
}

function isReversed(cell: u64): bool {
  return ((cellFlags(cell) & REVERSE) != 0) != ((cell & CURSOR) != 0);
}

function makePairs(p: Painter, cell: u64): void {
  let foreground = strokeColour(cell);
  let background = groundColour(cell);
  if (isReversed(cell)) {
    const other = foreground;
    foreground = background;
    background = other;
  }
  if ((cellFlags(cell) & INVISIBLE) != 0) foreground = background;
  if (p.pairsValid && p.pairForeground == foreground && p.pairBackground == background) return;
  p.pairForeground = foreground;
  p.pairBackground = background;
  p.pairsValid = true;
  const on = <u64>pixel(p, foreground);
  const off = <u64>pixel(p, background);
  store<u64>(p.pairs, off | (off << 32));
  store<u64>(p.pairs, off | (on << 32), 8);
  store<u64>(p.pairs, on | (off << 32), 16);
  store<u64>(p.pairs, on | (on << 32), 24);
}

/** Rows that are full because of underline or strike: bit n is row n. */
function lineRows(flags: u32): u32 {
  let rows: u32 = 0;
  if (flags & (UNDERLINE | ITALIC)) rows |= 1 << UNDERLINE_ROW;
  if (flags & STRIKE) rows |= 1 << STRIKE_ROW;
  return rows;
}

/** A glyph on 32-bit pixels: two at a time. */
function drawGlyph32(p: Painter, at: usize, cell: u64): void {
  makePairs(p, cell);
  const pairs = p.pairs;
  const flags = cellFlags(cell);
  const rows = glyphRows(cellGlyph(cell), (flags & BOLD) != 0);
  const full = lineRows(flags);
  let line = at;
  for (let row: u32 = 0; row < GLYPH_ROWS; row++) {
    const bits = (full >> row) & 1 ? <usize>0xff : <usize>load<u8>(rows + row);
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
function drawGlyphNarrow(p: Painter, at: usize, cell: u64): void {
  makePairs(p, cell);
  const on = load<u32>(p.pairs + 24);
  const off = load<u32>(p.pairs);
  const flags = cellFlags(cell);
  const rows = glyphRows(cellGlyph(cell), (flags & BOLD) != 0);
  const full = lineRows(flags);
  for (let row: u32 = 0; row < GLYPH_ROWS; row++) {
    const bits: u32 = (full >> row) & 1 ? 0xff : load<u8>(rows + row);
    const line = at + row * p.pitch;
    for (let x: u32 = 0; x < GLYPH_COLUMNS; x++) {
      storePixel(line + x * p.bytesPerPixel, p.bytesPerPixel, (bits >> (7 - x)) & 1 ? on : off);
    }
  }
}

/** VGA attributes have red and blue the other way round than ANSI; of direct colours the strongest bits are taken. */
function vgaColour(colour: u32): u32 {
  let ansi = colour;
  if (colour & COLOUR_DIRECT) {
    ansi = ((colour >> 14) & 1) | ((colour >> 8) & 2) | ((colour >> 2) & 4);
  } else if (colour >= 16) {
    const rgb = paletteColour(colour);
    ansi = ((rgb >> 23) & 1) | ((rgb >> 14) & 2) | ((rgb >> 5) & 4);
  }
  return (ansi & 10) | ((ansi & 1) << 2) | ((ansi & 4) >> 2);
}

function drawText(at: usize, cell: u64): void {
  const stroke = vgaColour(strokeColour(cell)) & 15;
  const ground = vgaColour(groundColour(cell)) & 7;
  const reversed = isReversed(cell);
  const attribute = reversed ? ground | ((stroke & 7) << 4) : stroke | (ground << 4);
  const hidden = (cellFlags(cell) & INVISIBLE) != 0;
  const character: u32 = hidden ? 0x20 : glyphToCp437(cellGlyph(cell));
  store<u16>(at, <u16>(character | (attribute << 8)));
}

function drawCell(p: Painter, row: u32, column: u32, cell: u64): void {
  if (p.textMode) {
    drawText(p.memory + row * p.pitch + column * 2, cell);
    return;
  }
  const at = p.memory + <usize>row * GLYPH_ROWS * p.pitch + column * GLYPH_COLUMNS * p.bytesPerPixel;
  if (p.bytesPerPixel == 4) drawGlyph32(p, at, cell);
  else drawGlyphNarrow(p, at, cell);
}

/** What is the same to the eye is the same to the painter. */
const NOT_SHOWN: u64 = ~((<u64>BLINK) << 16);

/** Brings one row of the screen up to date. */
export function paintRow(p: Painter, s: Screen, row: u32): void {
  if (load<u8>(s.dirty + row) == 0) return;
  store<u8>(s.dirty + row, 0);
  const cells = viewCells(s, row);
  const shown = p.shown + row * MAX_COLUMNS * CELL_BYTES;
  const visible = s.cursorVisible && !p.cursorHidden && s.row + s.view == row;
  const cursor: u32 = visible ? s.column : u32.MAX_VALUE;
  const flip: u64 = s.reverseScreen ? (<u64>REVERSE) << 16 : 0;
  for (let column: u32 = 0; column < s.columns; column++) {
    let cell = (load<u64>(cells + column * CELL_BYTES) & NOT_SHOWN) ^ flip;
    if (column == cursor) cell |= CURSOR;
    if (load<u64>(shown + column * CELL_BYTES) == cell) continue;
    store<u64>(shown + column * CELL_BYTES, cell);
    drawCell(p, row, column, cell);
  }
}
