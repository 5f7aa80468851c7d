/**
 * For unit tests of chips and of the machine: time that the test moves, lines that remember their level.
 */
import type { Line } from './bus.ts';
import type { DueCall, HostTime } from './host-time.ts';
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

interface QueuedCall extends DueCall {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
}

/** What a look at the clock takes, so that who only looks gets on. */
const LOOK_MS = 0.001;

/**
 * A host's time that passes when somebody blocks in it, when `pass` says so, and in `run` when nothing is due:
 * computing takes next to none. Calls come in the order of their times.
 */
export class VirtualHostTime implements HostTime {
  #now = 0;
  #order = 0;
  readonly #queue = new Set<QueuedCall>();

  nowMs(): number {
    this.#now += LOOK_MS;
    return this.#now;
  }

  /** The host computes, or is busy elsewhere. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  block(milliseconds: number): void {
    this.pass(milliseconds);
  }

  soon(act: () => void): DueCall {
    return this.later(act, 0);
  }

  later(act: () => void, milliseconds: number): DueCall {
    const call: QueuedCall = {
      atMs: this.#now + milliseconds,
      order: this.#order++,
      act,
      cancel: () => {
        this.#queue.delete(call);
      },
    };
    this.#queue.add(call);
    return call;
  }

  /** Makes the calls that are due within `milliseconds` from now, and lets what they began in promises go on. */
  async run(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    const next = (): QueuedCall | undefined =>
      [...this.#queue]
        .filter(({ atMs }) => atMs <= end)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
    await settled();
    for (let call = next(); call !== undefined && this.#now <= end; call = next()) {
      this.#queue.delete(call);
      this.#now = Math.max(this.#now, call.atMs);
      call.act();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Resolves when promises that wait for nothing else have been settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
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
