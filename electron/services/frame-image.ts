/**
 * The guest's screen as one RGBA picture, kept up to date from the frames of `Machine.takeFrame`: for
 * screenshots and thumbnails.
 *
 * - Apply every frame in order, the first one taken with `full`.
 */
import { PNG } from 'pngjs';
import type { Frame, PixelFrame, TextFrame } from '../../emulator/machine/types.ts';

/** A glyph's column count; VGA repeats or blanks the ninth, which a picture does not need. */
const glyphWidth = 8;
const bytesPerGlyph = 32;

export class FrameImage {
  width = 0;
  height = 0;
  /** `width * height` pixels of 4 bytes: red, green, blue, 255. */
  rgba = new Uint8Array(0);

  apply(frame: Frame): void {
    if (frame.kind === 'pixels') this.#applyPixels(frame);
    else this.#applyText(frame);
  }

  /** The picture as a PNG file; a 1x1 black one before the first frame. */
  toPng(): Buffer {
    const png = new PNG({ width: Math.max(this.width, 1), height: Math.max(this.height, 1) });
    png.data.fill(255);
    png.data.set(this.rgba);
    return PNG.sync.write(png);
  }

  #resize(width: number, height: number): void {
    if (this.width === width && this.height === height) return;
    this.width = width;
    this.height = height;
    this.rgba = new Uint8Array(width * height * 4);
  }

  #applyPixels(frame: PixelFrame): void {
    this.#resize(frame.width, frame.height);
    for (const band of frame.bands) this.rgba.set(band.rgba, band.y * frame.width * 4);
  }

  #applyText(frame: TextFrame): void {
    this.#resize(frame.columns * glyphWidth, frame.rows * frame.glyphHeight);
    for (let row = 0; row < frame.rows; row++) {
      for (let column = 0; column < frame.columns; column++) this.#drawCell(frame, row, column);
    }
  }

  #drawCell(frame: TextFrame, row: number, column: number): void {
    const cell = frame.cells[row * frame.columns + column] ?? 0;
    const glyph = (cell & 0xff) * bytesPerGlyph;
    // Attribute byte: foreground in bits 0-3, background in bits 4-6 (VGA text mode, blink off).
    const foreground = ((cell >> 8) & 0x0f) * 3;
    const background = ((cell >> 12) & 0x07) * 3;
    const { cursor } = frame;
    const cursorHere = cursor?.column === column && cursor.row === row;
    for (let line = 0; line < frame.glyphHeight; line++) {
      const underCursor = cursorHere && line >= cursor.startLine && line <= cursor.endLine;
      const bits = underCursor ? 0xff : (frame.font[glyph + line] ?? 0);
      let at = ((row * frame.glyphHeight + line) * this.width + column * glyphWidth) * 4;
      for (let mask = 0x80; mask !== 0; mask >>= 1) {
        const colour = (bits & mask) === 0 ? background : foreground;
        this.rgba[at++] = frame.palette[colour] ?? 0;
        this.rgba[at++] = frame.palette[colour + 1] ?? 0;
        this.rgba[at++] = frame.palette[colour + 2] ?? 0;
        this.rgba[at++] = 255;
      }
    }
  }
}
