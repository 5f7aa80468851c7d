import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { TextFrame } from '../../emulator/machine/types.ts';
import { FrameImage } from './frame-image.ts';

const palette = new Uint8Array(48).map((_, index) => index);

function textFrame(cells: readonly number[], cursor: TextFrame['cursor'] = null): TextFrame {
  const font = new Uint8Array(256 * 32);
  font[0x41 * 32] = 0b1000_0001;
  return {
    kind: 'text',
    columns: 2,
    rows: 1,
    cells: Uint16Array.from(cells),
    font,
    glyphHeight: 2,
    palette,
    cursor,
  };
}

const pixel = (image: FrameImage, x: number, y: number): number[] => [
  ...image.rgba.subarray((y * image.width + x) * 4, (y * image.width + x) * 4 + 4),
];

describe('FrameImage', () => {
  it('draws text cells with the font, the colours of the attribute and opaque pixels', () => {
    const image = new FrameImage();
    image.apply(textFrame([0x1741, 0x0720]));
    expect([image.width, image.height]).toEqual([16, 2]);
    expect(pixel(image, 0, 0)).toEqual([21, 22, 23, 255]);
    expect(pixel(image, 1, 0)).toEqual([3, 4, 5, 255]);
    expect(pixel(image, 7, 0)).toEqual([21, 22, 23, 255]);
    expect(pixel(image, 8, 0)).toEqual([0, 1, 2, 255]);
  });

  it('draws the cursor over its lines only', () => {
    const image = new FrameImage();
    image.apply(textFrame([0x0720, 0x0720], { column: 1, row: 0, startLine: 1, endLine: 1 }));
    expect(pixel(image, 8, 0)).toEqual([0, 1, 2, 255]);
    expect(pixel(image, 8, 1)).toEqual([21, 22, 23, 255]);
  });

  it('keeps rows that a pixel frame does not mention, and starts afresh when the mode changes', () => {
    const image = new FrameImage();
    const row = (value: number): Uint8Array => new Uint8Array(8).fill(value);
    image.apply({ kind: 'pixels', width: 2, height: 2, bands: [{ y: 0, height: 1, rgba: row(1) }] });
    image.apply({ kind: 'pixels', width: 2, height: 2, bands: [{ y: 1, height: 1, rgba: row(2) }] });
    expect(pixel(image, 0, 0)).toEqual([1, 1, 1, 1]);
    expect(pixel(image, 1, 1)).toEqual([2, 2, 2, 2]);
    image.apply({ kind: 'pixels', width: 2, height: 1, bands: [] });
    expect(image.rgba).toEqual(new Uint8Array(8));
  });

  it('writes a PNG that reads back the same', () => {
    const image = new FrameImage();
    image.apply(textFrame([0x1741, 0x0720]));
    const png = PNG.sync.read(image.toPng());
    expect(new Uint8Array(png.data)).toEqual(image.rgba);
  });
});
