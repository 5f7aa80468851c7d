/**
 * Draws a machine's frames onto a canvas of the guest's own resolution. The canvas lives as long as the painter:
 * views come and go around it.
 */
import { hasBlinkingCells, renderText, type BlinkPhase } from '../../../../electron/protocol/vga-text.ts';
import type {
  PixelBandEvent,
  PixelFrameEvent,
  TextFrameEvent,
} from '../../../../electron/protocol/vm-contract.ts';
import type { Size } from './scaling.ts';

/** Half a period of the cursor's and the cells' blinking. */
const BLINK_MS = 400;

export class FramePainter {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onResize: (size: Size) => void;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #text: TextFrameEvent | null = null;
  #phase: BlinkPhase = 'shown';
  #blinking: ReturnType<typeof setInterval> | null = null;

  constructor(onResize: (size: Size) => void) {
    this.canvas = document.createElement('canvas');
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('this browser has no 2D canvas');
    this.#context = context;
    this.#onResize = onResize;
  }

  paint(frame: PixelFrameEvent | TextFrameEvent): void {
    if (frame.kind === 'text') {
      this.#text = frame;
      this.#phase = 'shown';
      this.#paintText(frame);
      this.#blinkIfNeeded(frame);
      return;
    }
    this.#text = null;
    this.#stopBlinking();
    this.#resize(frame);
    for (const band of frame.bands) this.#paintBand(frame.width, band);
  }

  dispose(): void {
    this.#stopBlinking();
  }

  #paintBand(width: number, { y, height, rgba }: PixelBandEvent): void {
    const pixels = new Uint8ClampedArray(rgba.buffer as ArrayBuffer, rgba.byteOffset, rgba.byteLength);
    this.#context.putImageData(new ImageData(pixels, width, height), 0, y);
  }

  #paintText(frame: TextFrameEvent): void {
    const { width, height, rgba } = renderText(frame, this.#phase);
    this.#resize({ width, height });
    this.#context.putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  #resize({ width, height }: Size): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.#onResize({ width, height });
  }

  #blinkIfNeeded(frame: TextFrameEvent): void {
    const blinks = frame.cursor !== null || hasBlinkingCells(frame);
    if (!blinks || this.#still.matches) {
      this.#stopBlinking();
      return;
    }
    this.#blinking ??= setInterval(() => {
      this.#phase = this.#phase === 'shown' ? 'hidden' : 'shown';
      if (this.#text !== null) this.#paintText(this.#text);
    }, BLINK_MS);
  }

  #stopBlinking(): void {
    if (this.#blinking !== null) clearInterval(this.#blinking);
    this.#blinking = null;
  }
}
