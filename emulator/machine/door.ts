/**
 * The one door through which everything from outside enters the machine.
 *
 * - Events wait until the processor stands between two instructions of the run loop, are stamped with the
 *   instruction count, and only then reach a device. A recorder needs nothing but `onDelivered`; a replayer
 *   calls `deliver` at the same counts.
 */

export type OutsideEvent =
  | { readonly kind: 'key'; readonly code: string; readonly pressed: boolean }
  | {
      readonly kind: 'mouse';
      readonly dx: number;
      readonly dy: number;
      readonly wheel: number;
      readonly buttons: number;
    }
  | { readonly kind: 'serial'; readonly port: number; readonly bytes: Uint8Array }
  | { readonly kind: 'wall-clock'; readonly unixMs: number }
  | { readonly kind: 'power-button' }
  | { readonly kind: 'reset' };

export class Door {
  readonly #apply: (event: OutsideEvent) => void;
  readonly #stamp: () => bigint;
  readonly #wake: () => void;
  #waiting: OutsideEvent[] = [];
  onDelivered: (stamp: bigint, event: OutsideEvent) => void = () => undefined;

  constructor(apply: (event: OutsideEvent) => void, stamp: () => bigint, wake: () => void) {
    this.#apply = apply;
    this.#stamp = stamp;
    this.#wake = wake;
  }

  post(event: OutsideEvent): void {
    this.#waiting.push(event);
    this.#wake();
  }

  /** Between slices only. */
  deliver(): void {
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) {
      this.onDelivered(this.#stamp(), event);
      this.#apply(event);
    }
  }

  clear(): void {
    this.#waiting = [];
  }
}
