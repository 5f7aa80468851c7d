/**
 * A frame as a PNG file, for developers: text modes are drawn with the guest's own font.
 *
 * - The frame must be a full one.
 */
import { PNG } from 'pngjs';
import type { Frame, PixelFrame, TextFrame } from '../machine/types.ts';

const GLYPH_WIDTH = 8;
const FONT_ROWS = 32;

export function encodeScreenshot(frame: Frame): Uint8Array {
  const pixels = frame.kind === 'text' ? drawText(frame) : frame;
  const png = new PNG({ width: pixels.width, height: pixels.height });
  for (const band of pixels.bands) png.data.set(band.rgba, band.y * pixels.width * 4);
  return PNG.sync.write(png);
}

/** Characters, colours and the cursor, as the text renderer of a VGA draws them (8 dots a cell). */
export function drawText(frame: TextFrame): PixelFrame {
  const { columns, rows, cells, font, glyphHeight, palette, cursor } = frame;
  const width = columns * GLYPH_WIDTH;
  const height = rows * glyphHeight;
  const rgba = new Uint8Array(width * height * 4);
  const put = (x: number, y: number, color: number): void => {
    const at = (y * width + x) * 4;
    rgba.set(palette.subarray(color * 3, color * 3 + 3), at);
    rgba[at + 3] = 255;
  };
  cells.forEach((cell, i) => {
    const left = (i % columns) * GLYPH_WIDTH;
    const top = Math.floor(i / columns) * glyphHeight;
    const atCursor = cursor?.column === i % columns && cursor.row === Math.floor(i / columns);
    for (let y = 0; y < glyphHeight; y++) {
      const inCursor = atCursor && y >= cursor.startLine && y <= cursor.endLine;
      const bits = inCursor ? 0xff : (font[(cell & 0xff) * FONT_ROWS + y] ?? 0);
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        const set = ((bits >> (7 - x)) & 1) !== 0;
        put(left + x, top + y, set ? (cell >> 8) & 15 : cell >> 12);
      }
    }
  });
  return { kind: 'pixels', width, height, bands: [{ y: 0, height, rgba }] };
}
