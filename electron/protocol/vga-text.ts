/**
 * VGA text cells to pixels, as the text modes of the IBM VGA draw them (IBM VGA Technical Reference, chapter 2,
 * "Alphanumeric modes"). Attribute bits 0-3 are the foreground, 4-6 the background; bit 3 may choose a second font,
 * bit 7 blinks or is the background's fourth bit. Of cells nine dots wide the ninth is background, except that the
 * characters C0h-DFh may repeat their eighth, so that lines join.
 *
 * Pure: the renderer draws with it, the machine's process makes screenshots with it.
 */
import type { TextFrameEvent } from './vm-contract.ts';

const GLYPH_BYTES = 32;
const BLINKS = 0x80;
const SECOND_FONT = 0x08;
/** The foreground bits and the colour bits of the background that together say underlined: X000 X001b. */
const UNDERLINE = { mask: 0x77, value: 0x01 } as const;

/** Cells are two bytes each: character, attribute. */
export type TextScreen = Omit<TextFrameEvent, 'kind' | 'bytes'>;

/** Which half of the blink the cursor and the blinking cells are in. */
export type BlinkPhase = 'shown' | 'hidden';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, four bytes a pixel. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export function hasBlinkingCells(screen: TextScreen): boolean {
  if (!screen.blinking) return false;
  for (let at = 1; at < screen.cells.length; at += 2) {
    if (((screen.cells[at] ?? 0) & BLINKS) !== 0) return true;
  }
  return false;
}

export function renderText(screen: TextScreen, blink: BlinkPhase): Pixels {
  const width = screen.columns * screen.cellWidth;
  const height = screen.rows * screen.glyphHeight;
  const rgba = new Uint8ClampedArray(width * height * 4);
  const pixels = new Uint32Array(rgba.buffer);
  const colours = packedColours(screen.palette);
  for (let row = 0; row < screen.rows; row++) {
    for (let column = 0; column < screen.columns; column++) {
      const at = row * screen.columns + column;
      const target = row * screen.glyphHeight * width + column * screen.cellWidth;
      drawCell(screen, at, pixels, target, width, colours, blink);
    }
  }
  if (blink === 'shown') drawCursor(screen, pixels, width, colours);
  return { width, height, rgba };
}

/** Cell number `at`, from the pixel `target` on. */
function drawCell(
  screen: TextScreen,
  at: number,
  pixels: Uint32Array,
  target: number,
  stride: number,
  colours: Uint32Array,
  blink: BlinkPhase,
): void {
  const character = screen.cells[2 * at] ?? 0;
  const attribute = screen.cells[2 * at + 1] ?? 0;
  const background = colours[(attribute >> 4) & (screen.blinking ? 7 : 15)] ?? 0;
  const blinkedAway = screen.blinking && (attribute & BLINKS) !== 0 && blink === 'hidden';
  const foreground = blinkedAway ? background : (colours[attribute & 15] ?? 0);
  const font = (attribute & SECOND_FONT) !== 0 ? (screen.secondFont ?? screen.font) : screen.font;
  const joins = screen.joinLines && character >= 0xc0 && character <= 0xdf;
  const underlined = (attribute & UNDERLINE.mask) === UNDERLINE.value ? screen.underlineLine : null;
  let first = target;
  for (let line = 0; line < screen.glyphHeight; line++) {
    const bits = line === underlined ? 0xff : (font[character * GLYPH_BYTES + line] ?? 0);
    for (let dot = 0; dot < 8; dot++) {
      pixels[first + dot] = (bits & (0x80 >> dot)) === 0 ? background : foreground;
    }
    const ninth = line === underlined || (joins && (bits & 1) !== 0);
    if (screen.cellWidth === 9) pixels[first + 8] = ninth ? foreground : background;
    first += stride;
  }
}

function drawCursor(screen: TextScreen, pixels: Uint32Array, stride: number, colours: Uint32Array): void {
  const { cursor } = screen;
  if (cursor === null || cursor.column >= screen.columns || cursor.row >= screen.rows) return;
  const attribute = screen.cells[(cursor.row * screen.columns + cursor.column) * 2 + 1] ?? 7;
  const colour = colours[attribute & 15] ?? 0;
  const last = Math.min(cursor.endLine, screen.glyphHeight - 1);
  for (let line = cursor.startLine; line <= last; line++) {
    const start = (cursor.row * screen.glyphHeight + line) * stride + cursor.column * screen.cellWidth;
    pixels.fill(colour, start, start + screen.cellWidth);
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
