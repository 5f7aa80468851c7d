/**
 * Scan-out of the graphics modes to RGBA: which lines changed, and what a line looks like.
 *
 * - A `PixelLayout` says where each line lies in video memory and how to turn it into colours; the bands of
 *   changed lines follow from the dirty 4 KiB pages.
 */
import type { PixelBand, PixelFrame } from '../machine/types.ts';

const PAGE_SHIFT = 12;

export interface PixelLayout {
  readonly width: number;
  readonly height: number;
  /** First byte of the line in video memory, and how many bytes it spans. */
  readonly lineStart: (y: number) => number;
  readonly lineBytes: number;
  /** Writes `width` pixels, 0xAABBGGRR each, at `at`, from pixel `first` of the line on. */
  readonly convert: (start: number, out: Uint32Array, at: number, first?: number) => void;
  /** The pixel of a line at the left edge, where it is not always the first. */
  readonly firstPixel?: (y: number) => number;
}

/** One bit for each page; `null` means every page. */
export type DirtyPages = Uint8Array | null;

export function composeFrame(layout: PixelLayout, dirty: DirtyPages): PixelFrame | null {
  const { width, height } = layout;
  const bands: PixelBand[] = [];
  for (let y = 0; y < height;) {
    if (!lineDirty(layout, y, dirty)) {
      y++;
      continue;
    }
    let end = y + 1;
    while (end < height && lineDirty(layout, end, dirty)) end++;
    bands.push(band(layout, y, end - y));
    y = end;
  }
  return bands.length === 0 ? null : { kind: 'pixels', width, height, bands };
}

function lineDirty(layout: PixelLayout, y: number, dirty: DirtyPages): boolean {
  if (dirty === null) return true;
  const start = layout.lineStart(y);
  const last = (start + layout.lineBytes - 1) >> PAGE_SHIFT;
  for (let page = start >> PAGE_SHIFT; page <= last; page++) {
    if ((((dirty[page >> 3] ?? 0) >> (page & 7)) & 1) !== 0) return true;
  }
  return false;
}

function band(layout: PixelLayout, y: number, height: number): PixelBand {
  const pixels = new Uint32Array(layout.width * height);
  for (let line = 0; line < height; line++) {
    const first = layout.firstPixel?.(y + line) ?? 0;
    layout.convert(layout.lineStart(y + line), pixels, line * layout.width, first);
  }
  return { y, height, rgba: new Uint8Array(pixels.buffer) };
}
