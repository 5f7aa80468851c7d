/** Where the guest's picture goes in the space there is: pure arithmetic, in device pixels. */
import type { ScaleMode } from '../../../../electron/protocol/app-contract.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placement {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Every guest pixel is the same whole number of device pixels. */
  readonly sharp: boolean;
}

const factors: Partial<Record<ScaleMode, number>> = { '1x': 1, '2x': 2, '3x': 3 };

/**
 * `space` is in device pixels, `pixelRatio` device pixels per CSS pixel. `1x` is one device pixel a guest pixel
 * on an ordinary screen, and follows the pixel ratio on a dense one, as text does.
 */
export function placeScreen(guest: Size, space: Size, pixelRatio: number, mode: ScaleMode): Placement {
  if (mode === 'stretch') return placement(space.width, space.height, pixelRatio, false);
  const factor = factors[mode];
  const scale =
    factor === undefined
      ? Math.min(space.width / guest.width, space.height / guest.height)
      : factor * Math.max(1, Math.round(pixelRatio));
  return placement(
    Math.max(1, Math.floor(guest.width * scale)),
    Math.max(1, Math.floor(guest.height * scale)),
    pixelRatio,
    Number.isInteger(scale),
  );
}

const placement = (width: number, height: number, pixelRatio: number, sharp: boolean): Placement => ({
  width: width / pixelRatio,
  height: height / pixelRatio,
  sharp,
});
