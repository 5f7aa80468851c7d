/**
 * The one door through which everything from outside enters the machine.
 *
 * - Events wait until the processor stands between two instructions of the run loop, are stamped with the
 *   instruction count, and only then reach a device. A recorder needs nothing but `onDelivered`; a replayer
 *   calls `deliver` at the same counts.
 */

import type { StateFields, Stateful } from './state-fields.ts';
import type { DriveSlot } from './types.ts';

export type OutsideEvent =
  | { readonly kind: 'key'; readonly code: string; readonly pressed: boolean }
  /** x and y from 0 to 65535. */
  | {
      readonly kind: 'pointer';
      readonly x: number;
      readonly y: number;
      readonly wheel: number;
      readonly buttons: number;
    }
  | {
      readonly kind: 'mouse';
      readonly dx: number;
      readonly dy: number;
      readonly wheel: number;
      readonly buttons: number;
    }
  | { readonly kind: 'serial'; readonly port: number; readonly bytes: Uint8Array }
  | { readonly kind: 'serial-break'; readonly port: number }
  | { readonly kind: 'wall-clock'; readonly unixMs: number }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'power-button' }
  | { readonly kind: 'sleep-button' }
  /** The host has put another disc into the drive: the machine has it, the drive has yet to notice. */
  | { readonly kind: 'disc'; readonly slot: DriveSlot }
  | { readonly kind: 'eject-button'; readonly slot: DriveSlot }
  | { readonly kind: 'reset' };

type Kind = OutsideEvent['kind'];
const KINDS: readonly Kind[] = [
  ...(['key', 'mouse', 'serial', 'wall-clock', 'power-button', 'reset', 'frame'] as const),
  ...(['disc', 'eject-button', 'pointer', 'sleep-button', 'serial-break'] as const),
];
const SLOTS: readonly DriveSlot[] = ['ide0-master', 'ide0-slave', 'ide1-master', 'ide1-slave'];

/** The fields of one event; what they are depends on its kind. */
function eventFields(fields: StateFields, event: OutsideEvent): OutsideEvent {
  const kind = fields.choice<Kind>(event.kind, KINDS);
  const given = { ...BLANK, ...event };
  switch (kind) {
    case 'key':
      return { kind, code: fields.text(given.code), pressed: fields.bool(given.pressed) };
    case 'mouse':
      return {
        kind,
        dx: fields.f64(given.dx),
        dy: fields.f64(given.dy),
        wheel: fields.f64(given.wheel),
        buttons: fields.u32(given.buttons),
      };
    case 'pointer':
      return {
        kind,
        x: fields.u16(given.x),
        y: fields.u16(given.y),
        wheel: fields.f64(given.wheel),
        buttons: fields.u32(given.buttons),
      };
    case 'serial':
      return { kind, port: fields.u8(given.port), bytes: fields.buffer(given.bytes) };
    case 'serial-break':
      return { kind, port: fields.u8(given.port) };
    case 'frame':
      return { kind, bytes: fields.buffer(given.bytes) };
    case 'wall-clock':
      return { kind, unixMs: fields.f64(given.unixMs) };
    case 'disc':
    case 'eject-button':
      return { kind, slot: fields.choice(given.slot, SLOTS) };
    default:
      return { kind };
  }
}

const BLANK = {
  code: '',
  pressed: false,
  x: 0,
  y: 0,
  dx: 0,
  dy: 0,
  wheel: 0,
  buttons: 0,
  port: 0,
  bytes: new Uint8Array(0),
  unixMs: 0,
  slot: 'ide0-master',
} as const;

export class Door implements Stateful {
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

  /** What waits, but for the time of day: that is the restoring host's to tell. */
  state(fields: StateFields): void {
    const events = fields.list<OutsideEvent>(
      this.#waiting.filter((event) => event.kind !== 'wall-clock'),
      (event) => eventFields(fields, event),
      { kind: 'reset' },
    );
    if (fields.restoring) this.#waiting = events;
  }

  clear(): void {
    this.#waiting = [];
  }
}
