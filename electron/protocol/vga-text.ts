/**
 * VGA text cells to pixels, as the text modes of the IBM VGA draw them (IBM VGA Technical Reference, chapter 2,
 * "Alphanumeric modes"): cells are nine dots wide; the ninth is background, except that the characters C0h-DFh
 * repeat their eighth, so that lines join. Attribute bits 0-3 are the foreground, 4-6 the background, 7 blinks.
 *
 * Pure: the renderer draws with it, the machine's process makes screenshots with it.
 */
import type { TextCursor } from './vm-contract.ts';

export const CELL_WIDTH = 9;
const GLYPH_BYTES = 32;

export interface TextScreen {
  readonly columns: number;
  readonly rows: number;
  /** Two bytes a cell: character, attribute. */
  readonly cells: Uint8Array;
  readonly font: Uint8Array;
  readonly glyphHeight: number;
  readonly palette: Uint8Array;
  readonly cursor: TextCursor | null;
}

/** Which half of the blink the cursor and the blinking cells are in. */
export type BlinkPhase = 'shown' | 'hidden';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, four bytes a pixel. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export function hasBlinkingCells(screen: TextScreen): boolean {
  for (let at = 1; at < screen.cells.length; at += 2) {
    if (((screen.cells[at] ?? 0) & 0x80) !== 0) return true;
  }
  return false;
}

export function renderText(screen: TextScreen, blink: BlinkPhase): Pixels {
  const width = screen.columns * CELL_WIDTH;
  const height = screen.rows * screen.glyphHeight;
  const rgba = new Uint8ClampedArray(width * height * 4);
  const pixels = new Uint32Array(rgba.buffer);
  const colours = packedColours(screen.palette);
  for (let row = 0; row < screen.rows; row++) {
    for (let column = 0; column < screen.columns; column++) {
      drawCell(screen, pixels, width, colours, row, column, blink);
    }
  }
  if (blink === 'shown') drawCursor(screen, pixels, width, colours);
  return { width, height, rgba };
}

function drawCell(
  screen: TextScreen,
  pixels: Uint32Array,
  stride: number,
  colours: Uint32Array,
  row: number,
  column: number,
  blink: BlinkPhase,
): void {
  const at = (row * screen.columns + column) * 2;
  const character = screen.cells[at] ?? 0;
  const attribute = screen.cells[at + 1] ?? 0;
  const background = colours[(attribute >> 4) & 7] ?? 0;
  const blinkedAway = (attribute & 0x80) !== 0 && blink === 'hidden';
  const foreground = blinkedAway ? background : (colours[attribute & 15] ?? 0);
  const joins = character >= 0xc0 && character <= 0xdf;
  let target = row * screen.glyphHeight * stride + column * CELL_WIDTH;
  for (let line = 0; line < screen.glyphHeight; line++) {
    const bits = screen.font[character * GLYPH_BYTES + line] ?? 0;
    for (let dot = 0; dot < 8; dot++) {
      pixels[target + dot] = (bits & (0x80 >> dot)) === 0 ? background : foreground;
    }
    pixels[target + 8] = joins && (bits & 1) !== 0 ? foreground : background;
    target += stride;
  }
}

function drawCursor(screen: TextScreen, pixels: Uint32Array, stride: number, colours: Uint32Array): void {
  const { cursor } = screen;
  if (cursor === null || cursor.column >= screen.columns || cursor.row >= screen.rows) return;
  const attribute = screen.cells[(cursor.row * screen.columns + cursor.column) * 2 + 1] ?? 7;
  const colour = colours[attribute & 15] ?? 0;
  const last = Math.min(cursor.endLine, screen.glyphHeight - 1);
  for (let line = cursor.startLine; line <= last; line++) {
    const start = (cursor.row * screen.glyphHeight + line) * stride + cursor.column * CELL_WIDTH;
    pixels.fill(colour, start, start + CELL_WIDTH);
  }
}

/** The palette as RGBA pixels in this computer's byte order. */
function packedColours(palette: Uint8Array): Uint32Array {
  const bytes = new Uint8Array(16 * 4);
  for (let colour = 0; colour < 16; colour++) {
    bytes.set(palette.subarray(colour * 3, colour * 3 + 3), colour * 4);
    bytes[colour * 4 + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}
