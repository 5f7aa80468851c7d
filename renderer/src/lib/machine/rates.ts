/** Running totals to rates: what the status bar shows. */
import type { StatisticsEvent } from '../../../../electron/protocol/vm-contract.ts';

export interface Rates {
  readonly framesPerSecond: number;
  readonly instructionsPerSecond: number;
  readonly diskReadPerSecond: number;
  readonly diskWrittenPerSecond: number;
}

export const noRates: Rates = {
  framesPerSecond: 0,
  instructionsPerSecond: 0,
  diskReadPerSecond: 0,
  diskWrittenPerSecond: 0,
};

export class RateMeter {
  #last: { readonly atMs: number; readonly totals: StatisticsEvent } | null = null;
  #frames = 0;

  frame(): void {
    this.#frames += 1;
  }

  /** The rates since the last sample; none at the first one, or when the totals began anew. */
  sample(totals: StatisticsEvent, nowMs: number): Rates {
    const before = this.#last;
    const frames = this.#frames;
    this.#last = { atMs: nowMs, totals };
    this.#frames = 0;
    if (before === null || totals.instructions < before.totals.instructions) return noRates;
    const seconds = (nowMs - before.atMs) / 1000;
    if (seconds <= 0) return noRates;
    const rate = (now: number, then: number): number => Math.max(0, now - then) / seconds;
    return {
      framesPerSecond: frames / seconds,
      instructionsPerSecond: rate(totals.instructions, before.totals.instructions),
      diskReadPerSecond: rate(totals.diskReadBytes, before.totals.diskReadBytes),
      diskWrittenPerSecond: rate(totals.diskWrittenBytes, before.totals.diskWrittenBytes),
    };
  }
}
