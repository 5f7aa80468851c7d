/**
 * The mouse over the guest's screen, as the guest wants it: its motion while the page has locked the pointer, or its
 * place without any capture. Buttons that are down when the pointer goes elsewhere are let go.
 */
import type { PointerMode } from '../../../../electron/protocol/vm-contract.ts';

export interface PointerTarget {
  mouse(dx: number, dy: number, wheel: number, buttons: number): void;
  /** 0 to 65535 each way. */
  pointer(x: number, y: number, wheel: number, buttons: number): void;
}

/** What is used of a PointerEvent or WheelEvent. */
export interface PointerLike {
  readonly clientX: number;
  readonly clientY: number;
  readonly movementX: number;
  readonly movementY: number;
  readonly buttons: number;
}

export interface WheelLike extends PointerLike {
  readonly deltaY: number;
  readonly deltaMode: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const RANGE = 65535;
const MAX_MOTION = 32767;
/** How far a wheel's detent scrolls: in pixels, lines, pages, by WheelEvent.deltaMode. */
const DETENT = [100, 3, 1] as const;

const clamp = (v: number, low: number, high: number): number => Math.max(low, Math.min(high, v));

export class PointerFeed {
  readonly #target: PointerTarget;
  mode: PointerMode = 'none';
  /** The page has the pointer locked: its motion is the guest's. */
  locked = false;
  #buttons = 0;
  /** Parts of detents and of counts that have not made a whole yet. */
  #wheel = 0;
  #dx = 0;
  #dy = 0;
  #place: readonly [x: number, y: number] = [0, 0];

  constructor(target: PointerTarget) {
    this.#target = target;
  }

  /** The pointer moved, or a button changed. `picture` is where the guest's screen is drawn. */
  move(event: PointerLike, picture: Box): void {
    this.#send(event, picture, 0);
  }

  wheel(event: WheelLike, picture: Box): void {
    // A part of a detent is no start in the other direction.
    if (Math.sign(event.deltaY) !== Math.sign(this.#wheel)) this.#wheel = 0;
    this.#wheel += event.deltaY / DETENT[event.deltaMode as 0 | 1 | 2];
    const detents = Math.trunc(this.#wheel);
    if (detents === 0) return;
    this.#wheel -= detents;
    this.#send(event, picture, clamp(detents, -MAX_MOTION, MAX_MOTION));
  }

  /** Lets go of every button. */
  release(): void {
    this.#wheel = 0;
    if (this.#buttons === 0) return;
    this.#buttons = 0;
    if (this.mode === 'absolute') this.#target.pointer(...this.#place, 0, 0);
    else this.#target.mouse(0, 0, 0, 0);
  }

  #send(event: PointerLike, picture: Box, wheel: number): void {
    if (this.mode === 'absolute') {
      const along = (at: number, from: number, size: number): number =>
        size <= 0 ? 0 : Math.round(clamp((at - from) / size, 0, 1) * RANGE);
      this.#place = [
        along(event.clientX, picture.left, picture.width),
        along(event.clientY, picture.top, picture.height),
      ];
      this.#buttons = event.buttons & 31;
      this.#target.pointer(...this.#place, wheel, this.#buttons);
      return;
    }
    if (this.mode !== 'relative' || !this.locked) return;
    this.#dx += event.movementX;
    this.#dy += event.movementY;
    const dx = Math.trunc(this.#dx);
    const dy = Math.trunc(this.#dy);
    this.#dx -= dx;
    this.#dy -= dy;
    const buttons = event.buttons & 31;
    if (dx === 0 && dy === 0 && wheel === 0 && buttons === this.#buttons) return;
    this.#buttons = buttons;
    const count = (v: number): number => clamp(v, -MAX_MOTION, MAX_MOTION);
    this.#target.mouse(count(dx), count(dy), wheel, buttons);
  }
}
