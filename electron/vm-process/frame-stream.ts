/**
 * What one viewer has not seen yet of a mirrored screen. While the viewer lags, changes merge: it is always
 * sent the newest rows, never a queue of old ones.
 */
import type { PixelFrameEvent, TextFrameEvent } from '../protocol/vm-contract.ts';
import { RowSet } from '../services/row-set.ts';
import type { Change, PixelScreen, ScreenMirror } from '../services/screen-mirror.ts';

/** Rows between two changed bands that are sent along rather than in a band of their own. */
const MAX_GAP_ROWS = 4;

export class FrameStream {
  readonly #mirror: ScreenMirror;
  #pending: RowSet | 'everything' | 'nothing' = 'everything';

  constructor(mirror: ScreenMirror) {
    this.#mirror = mirror;
  }

  changed(change: Change): void {
    if (this.#pending === 'everything') return;
    const { screen } = this.#mirror;
    if (change === 'everything' || screen?.kind !== 'pixels') {
      this.#pending = 'everything';
      return;
    }
    if (this.#pending === 'nothing') this.#pending = new RowSet(screen.height);
    for (const run of change) this.#pending.add(run);
  }

  /** Everything unseen, as one event; null when there is nothing. */
  take(): PixelFrameEvent | TextFrameEvent | null {
    const { screen } = this.#mirror;
    if (screen === null || this.#pending === 'nothing') return null;
    const pending = this.#pending;
    this.#pending = 'nothing';
    if (screen.kind === 'text') {
      return {
        ...screen,
        bytes:
          screen.cells.byteLength +
          screen.font.byteLength +
          (screen.secondFont?.byteLength ?? 0) +
          screen.palette.byteLength,
      };
    }
    const runs = pending === 'everything' ? [{ y: 0, height: screen.height }] : pending.runs(MAX_GAP_ROWS);
    return pixelFrame(screen, runs);
  }
}

function pixelFrame(screen: PixelScreen, runs: readonly { y: number; height: number }[]): PixelFrameEvent {
  const stride = screen.width * 4;
  // Copies: the mirror changes while a message waits, and structured clone would copy the whole buffer of a view.
  const bands = runs.map(({ y, height }) => ({
    y,
    height,
    rgba: screen.rgba.slice(y * stride, (y + height) * stride),
  }));
  const bytes = bands.reduce((sum, band) => sum + band.rgba.byteLength, 0);
  return { kind: 'pixels', width: screen.width, height: screen.height, bands, bytes };
}
