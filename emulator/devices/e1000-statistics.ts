/**
 * The 82540EM's statistics registers, 0x4000 to 0x40FF: cleared by reading; they stay at their greatest value.
 * Source: Intel 317453, 13.7 "Statistics registers".
 */
import type { StateFields } from '../machine/bus.ts';
import { isBroadcast, isMulticast, REG } from './e1000-registers.ts';

/** Statistics by their offset; those of octets are pairs of registers. */
export const COUNT = {
  missed: 0x10,
  receivedBySize: 0x5c,
  goodReceived: 0x74,
  broadcastReceived: 0x78,
  multicastReceived: 0x7c,
  goodSent: 0x80,
  goodOctetsReceived: 0x88,
  goodOctetsSent: 0x90,
  noBuffer: 0xa0,
  tooLong: 0xac,
  octetsReceived: 0xc0,
  octetsSent: 0xc8,
  received: 0xd0,
  sent: 0xd4,
  sentBySize: 0xd8,
  multicastSent: 0xf0,
  broadcastSent: 0xf4,
} as const;
const SIZE_LIMITS = [64, 127, 255, 511, 1023, Infinity] as const;
const WIDE_COUNTERS = new Set<number>([
  COUNT.goodOctetsReceived,
  COUNT.goodOctetsSent,
  COUNT.octetsReceived,
  COUNT.octetsSent,
]);

export class E1000Statistics {
  readonly #counters = new Uint32Array((REG.statisticsEnd - REG.statistics) / 4);

  reset(): void {
    this.#counters.fill(0);
  }

  state(fields: StateFields): void {
    fields.bytes(new Uint8Array(this.#counters.buffer));
  }

  /** Counters are cleared by reading; of a pair the high half clears both. */
  read(at: number): number {
    const index = at >> 2;
    const value = this.#counters[index] ?? 0;
    if (WIDE_COUNTERS.has(at)) return value;
    this.#counters[index] = 0;
    if (WIDE_COUNTERS.has(at - 4)) this.#counters[index - 1] = 0;
    return value;
  }

  count(at: number, amount = 1): void {
    const index = at >> 2;
    const sum = (this.#counters[index] ?? 0) + amount;
    this.#counters[index] = sum;
    if (WIDE_COUNTERS.has(at)) {
      if (sum >= 2 ** 32) this.#counters[index + 1] = (this.#counters[index + 1] ?? 0) + 1;
    } else if (sum >= 2 ** 32) {
      // The others stay at their greatest value.
      this.#counters[index] = 0xffffffff;
    }
  }

  countBySize(base: number, bytes: number): void {
    this.count(base + 4 * SIZE_LIMITS.findIndex((limit) => bytes <= limit));
  }

  /** A frame left; `bytes` with its FCS. */
  sent(frame: Uint8Array, bytes: number): void {
    this.count(COUNT.sent);
    this.count(COUNT.goodSent);
    this.count(COUNT.octetsSent, bytes);
    this.count(COUNT.goodOctetsSent, bytes);
    this.countBySize(COUNT.sentBySize, bytes);
    if (isBroadcast(frame)) this.count(COUNT.broadcastSent);
    else if (isMulticast(frame)) this.count(COUNT.multicastSent);
  }

  /** A frame that the guest's descriptors took; `bytes` with its FCS. */
  stored(frame: Uint8Array, bytes: number): void {
    this.count(COUNT.goodReceived);
    this.count(COUNT.goodOctetsReceived, bytes);
    this.countBySize(COUNT.receivedBySize, bytes);
    if (isBroadcast(frame)) this.count(COUNT.broadcastReceived);
    else if (isMulticast(frame)) this.count(COUNT.multicastReceived);
  }
}
