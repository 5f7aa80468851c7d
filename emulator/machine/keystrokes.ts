/**
 * The person's keys on their way to the keyboard. A host that was busy elsewhere hands over many at once, and the
 * keyboard keeps 16 bytes of them: here they wait until it has room, as a person's fingers would have been later.
 *
 * - A guest that does not read its keyboard at all gets no backlog: beyond MAX_WAITING keys all are given to the
 *   keyboard, which says overrun, as a real one does.
 */
import type { Ps2Keyboard } from '../devices/ps2-keyboard.ts';
import type { Chip, StateFields, Timer, Timers } from './bus.ts';

/** Presses and releases. */
const MAX_WAITING = 128;
const LOOK_AGAIN_NS = 2e6;

interface Keystroke {
  readonly code: string;
  readonly pressed: boolean;
}

export class Keystrokes implements Chip {
  readonly #keyboard: Ps2Keyboard;
  readonly #timers: Timers;
  readonly #look: Timer;
  #waiting: Keystroke[] = [];

  constructor(keyboard: Ps2Keyboard, timers: Timers) {
    this.#keyboard = keyboard;
    this.#timers = timers;
    this.#look = timers.create('keystrokes', () => {
      this.#give();
    });
  }

  /** `code` is the DOM's KeyboardEvent.code; keys that no PC keyboard has are ignored. */
  key(code: string, pressed: boolean): void {
    this.#waiting.push({ code, pressed });
    if (this.#waiting.length > MAX_WAITING) {
      for (const key of this.#waiting.splice(0)) this.#keyboard.key(key.code, key.pressed);
    }
    this.#give();
  }

  /** Nothing that was typed before the machine was reset reaches what it boots then. */
  reset(): void {
    this.#waiting = [];
    this.#look.cancel();
  }

  state(fields: StateFields): void {
    this.#waiting = fields.list<Keystroke>(
      this.#waiting,
      ({ code, pressed }) => ({ code: fields.text(code), pressed: fields.bool(pressed) }),
      { code: '', pressed: false },
    );
  }

  #give(): void {
    while (this.#keyboard.hasRoom) {
      const key = this.#waiting.shift();
      if (key === undefined) break;
      this.#keyboard.key(key.code, key.pressed);
    }
    if (this.#waiting.length > 0) this.#look.arm(this.#timers.nowNs() + LOOK_AGAIN_NS);
    else this.#look.cancel();
  }
}
