/**
 * Finds a sentence on a framebuffer console without knowing its font: whatever the glyphs look like, equal letters
 * are equal cells, different letters are different ones, and spaces are empty. A sentence of forty characters that
 * fits this way is that sentence.
 */
import type { PixelFrame } from '../../emulator/machine/types.ts';

const CELL = { width: 8, height: 16 } as const;
const EMPTY = '';

/** The cells of each row as keys: which pixels differ from the cell's first one; EMPTY when none does. */
export function glyphRows(frame: PixelFrame): string[][] {
  const pixels = new Uint32Array(frame.width * frame.height);
  for (const { y, height, rgba } of frame.bands) {
    const band = new Uint32Array(rgba.buffer, rgba.byteOffset, frame.width * height);
    pixels.set(band, y * frame.width);
  }
  const cell = (row: number, column: number): string => {
    const start = row * CELL.height * frame.width + column * CELL.width;
    const paper = pixels[start];
    let key = '';
    for (let y = 0; y < CELL.height; y++) {
      let bits = 0;
      for (let x = 0; x < CELL.width; x++)
        bits = bits * 2 + (pixels[start + y * frame.width + x] === paper ? 0 : 1);
      key += String.fromCharCode(bits);
    }
    return /^\0*$/.test(key) ? EMPTY : key;
  };
  const columns = Math.floor(frame.width / CELL.width);
  return Array.from({ length: Math.floor(frame.height / CELL.height) }, (_row, row) =>
    Array.from({ length: columns }, (_column, column) => cell(row, column)),
  );
}

function fits(cells: readonly string[], at: number, text: string): boolean {
  const glyphOf = new Map<string, string>();
  const letterOf = new Map<string, string>();
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? ' ';
    const glyph = cells[at + i];
    if (glyph === undefined || (letter === ' ') !== (glyph === EMPTY)) return false;
    if ((glyphOf.get(letter) ?? glyph) !== glyph || (letterOf.get(glyph) ?? letter) !== letter) return false;
    glyphOf.set(letter, glyph);
    letterOf.set(glyph, letter);
  }
  return true;
}

/** Whether `text`, of at least forty characters, stands in a row of the screen. */
export function showsSentence(frame: PixelFrame, text: string): boolean {
  if (text.length < 40) throw new RangeError('a shorter text would fit by chance');
  return glyphRows(frame).some((cells) =>
    cells.some((_cell, at) => at + text.length <= cells.length && fits(cells, at, text)),
  );
}
