/** A picture as a PNG file: what a screenshot is saved as. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PNG } from 'pngjs';

export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** RGBA; alpha is ignored, a screen is opaque. */
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

/** The value for RGB without alpha (PNG specification, 11.2.1). */
const COLOUR_TYPE_RGB = 2;

/** Compresses on a thread of its own, so that a running guest does not stop for it. */
export async function encodePng({ width, height, rgba }: PixelImage): Promise<Buffer> {
  // No filter: screens are flat areas, which compress as well without, and it is the part that is not threaded.
  const png = new PNG({ width, height, colorType: COLOUR_TYPE_RGB, filterType: 0, deflateLevel: 3 });
  png.data = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  return await buffer(png.pack().pipe(new PassThrough()));
}
