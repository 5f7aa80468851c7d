/**
 * For unit tests of chips: time that the test moves, lines that remember their level.
 */
import type { Line } from './bus.ts';
import { TimerQueue } from './timer-queue.ts';

/** Timers on a clock that only `advance` moves; due timers fire in order on the way. */
export class TestTime {
  #now = 0;
  readonly timers = new TimerQueue(() => this.#now);

  get nowNs(): number {
    return this.#now;
  }

  advance(ns: number): void {
    const end = this.#now + ns;
    for (;;) {
      const next = this.timers.nextDeadlineNs();
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      this.timers.runDue(this.#now);
    }
    this.#now = end;
  }
}

export interface RecordedLine {
  readonly line: Line;
  readonly level: boolean;
  /** Rising edges so far. */
  readonly rises: number;
}

export function recordLine(): RecordedLine {
  const state = { level: false, rises: 0 };
  return {
    line: (asserted) => {
      if (asserted && !state.level) state.rises++;
      state.level = asserted;
    },
    get level() {
      return state.level;
    },
    get rises() {
      return state.rises;
    },
  };
}
