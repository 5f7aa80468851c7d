/**
 * One comparator of the HPET: when it matches next, its configuration register, its accumulator and period.
 *
 * - Values are counts of the main counter, 64 bits or, in 32-bit mode, the low 32.
 * Source: IA-PC HPET specification 1.0a, 2.3.8 and 2.3.9.
 */
import type { StateFields } from '../machine/bus.ts';

export const CONFIG = {
  level: 0x0002,
  enabled: 0x0004,
  periodic: 0x0008,
  periodicCapable: 0x0010,
  wideCapable: 0x0020,
  setAccumulator: 0x0040,
  narrow: 0x0100,
  routeShift: 9,
  routeMask: 0x3e00,
  writable: 0x3f4e,
} as const;

const WIDE = 64;
const NARROW = 32;
const HALF = 32n;
const LOW_HALF = 0xffffffffn;
/** What a reset leaves in a comparator: it never matches. */
const NEVER = 2n ** 64n - 1n;

const withHalf = (value: bigint, half: 0 | 1, bits: bigint): bigint =>
  half === 0 ? (value & (LOW_HALF << HALF)) | bits : (value & LOW_HALF) | (bits << HALF);

export class HpetComparator {
  config = 0;
  /** The value that is compared. */
  accumulator = NEVER;
  #period = 0n;
  /** The low half was just written with setAccumulator: the high half of the same write goes with it. */
  #highFollows = false;

  reset(): void {
    this.config = CONFIG.periodicCapable | CONFIG.wideCapable;
    this.accumulator = NEVER;
    this.#period = 0n;
    this.#highFollows = false;
  }

  state(fields: StateFields): void {
    this.config = fields.u32(this.config);
    this.accumulator = fields.u64(this.accumulator);
    this.#period = fields.u64(this.#period);
    this.#highFollows = fields.bool(this.#highFollows);
  }

  get #bits(): number {
    return (this.config & CONFIG.narrow) !== 0 ? NARROW : WIDE;
  }

  get periodic(): boolean {
    return (this.config & CONFIG.periodic) !== 0;
  }

  get route(): number {
    return (this.config & CONFIG.routeMask) >> CONFIG.routeShift;
  }

  writeConfig(value: number): void {
    this.config = (this.config & ~CONFIG.writable) | (value & CONFIG.writable);
    if ((this.config & CONFIG.narrow) === 0) return;
    this.accumulator &= LOW_HALF;
    this.#period &= LOW_HALF;
  }

  /** Any other access to the block: what follows is no longer the second half of the same write. */
  endOfWrite(): void {
    this.#highFollows = false;
  }

  write(half: 0 | 1, value: number): void {
    if (half === 1 && this.#bits === NARROW) return;
    const bits = BigInt(value);
    const sets = (this.config & CONFIG.setAccumulator) !== 0 || (half === 1 && this.#highFollows);
    if (!this.periodic || sets) this.accumulator = withHalf(this.accumulator, half, bits);
    if (this.periodic) this.#period = withHalf(this.#period, half, bits);
    this.#highFollows = half === 0 && sets;
    this.config &= ~CONFIG.setAccumulator;
  }

  /** Counts from `counter` until the next match, 0 when they are equal. */
  distance(counter: bigint): bigint {
    return BigInt.asUintN(this.#bits, this.accumulator - counter);
  }

  /** After a match at `counter`: moves a periodic accumulator on, at least `leastStep` counts. */
  advance(leastStep: bigint): void {
    if (!this.periodic || this.#period === 0n) return;
    const periods = leastStep > this.#period ? (leastStep + this.#period - 1n) / this.#period : 1n;
    this.accumulator = BigInt.asUintN(this.#bits, this.accumulator + periods * this.#period);
  }

  /** Whether there is a next match after this one. */
  get repeats(): boolean {
    return this.periodic ? this.#period !== 0n : this.#bits === NARROW;
  }
}
