/**
 * The guest's screen as this process last saw it. The machine tells each change once; the mirror keeps the
 * whole, so that any number of viewers can come, go and lag.
 */
import type { Frame, TextFrame } from '../../emulator/machine/types.ts';
import { renderText, type TextScreen } from '../protocol/vga-text.ts';
import type { PixelImage } from './png.ts';
import type { RowRun } from './row-set.ts';

export interface PixelScreen {
  readonly kind: 'pixels';
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export type Screen = PixelScreen | (TextScreen & { readonly kind: 'text' });

/** What a frame changed: rows of the same picture, or everything. */
export type Change = readonly RowRun[] | 'everything';

export class ScreenMirror {
  #screen: Screen | null = null;

  get screen(): Screen | null {
    return this.#screen;
  }

  apply(frame: Frame): Change {
    if (frame.kind === 'text') {
      this.#screen = textScreen(frame);
      return 'everything';
    }
    const before = this.#screen;
    const { width, height } = frame;
    const same = before?.kind === 'pixels' && before.width === width && before.height === height;
    const screen: PixelScreen = same
      ? before
      : { kind: 'pixels', width, height, rgba: new Uint8Array(width * height * 4) };
    for (const band of frame.bands) screen.rgba.set(band.rgba, band.y * width * 4);
    this.#screen = screen;
    return same ? frame.bands.map(({ y, height: rows }) => ({ y, height: rows })) : 'everything';
  }

  /** The screen as a picture, with the cursor shown. */
  image(): PixelImage | null {
    const screen = this.#screen;
    if (screen === null) return null;
    return screen.kind === 'text' ? renderText(screen, 'shown') : screen;
  }
}

/** A copy: the machine may use its arrays again. */
function textScreen(frame: TextFrame): Screen {
  const cells = new Uint8Array(frame.cells.buffer, frame.cells.byteOffset, frame.cells.byteLength).slice();
  return {
    kind: 'text',
    columns: frame.columns,
    rows: frame.rows,
    cells,
    font: frame.font.slice(),
    secondFont: frame.secondFont?.slice() ?? null,
    cellWidth: frame.cellWidth,
    joinLines: frame.joinLines,
    blinking: frame.blinking,
    underlineLine: frame.underlineLine,
    glyphHeight: frame.glyphHeight,
    palette: frame.palette.slice(),
    cursor: frame.cursor === null ? null : { ...frame.cursor },
  };
}
