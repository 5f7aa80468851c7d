/**
 * One counter of an Intel 8254, as a function of time: nothing runs between accesses.
 *
 * - Time is in ticks of the counter's 1.193182 MHz clock since power-on; it never runs backwards.
 * - A counter with no count loaded has its OUT where the control word put it.
 * - A new count in modes 2 and 3 takes over at the end of the running (half) cycle, as the data sheet says.
 * Source: Intel 8254 data sheet (231164), "Mode Definitions", "Read Operations".
 */
import type { StateFields } from '../machine/bus.ts';

const STATUS_NULL_COUNT = 0x40;
const STATUS_OUT = 0x80;
/** RW field of the control word: low byte, high byte, low then high. */
const RW_LOW = 1;
const RW_BOTH = 3;

const fromBcd = (v: number): number =>
  ((v >> 12) & 15) * 1000 + ((v >> 8) & 15) * 100 + ((v >> 4) & 15) * 10 + (v & 15);
const toBcd = (v: number): number =>
  ((Math.floor(v / 1000) % 10) << 12) |
  ((Math.floor(v / 100) % 10) << 8) |
  ((Math.floor(v / 10) % 10) << 4) |
  (v % 10);

export class PitChannel {
  #mode = 3;
  #rw = RW_BOTH;
  #bcd = false;
  #gate: boolean;
  /** The period in ticks, 1..65536 (10000 in BCD); 0 before the first count. */
  #count = 0;
  /** A count that waits for the end of the cycle (modes 2, 3) or for a trigger (modes 1, 5). */
  #next = 0;
  /** The tick at which the count in force was loaded; null while the counter stands still. */
  #start: number | null = null;
  /** Ticks already counted when the gate stopped the counter (modes 0 and 4). */
  #frozen = 0;
  #nullCount = true;
  #writeLow: number | null = null;
  #readHigh = false;
  #latchedCount: number | null = null;
  #latchedStatus: number | null = null;

  constructor(gate: boolean) {
    this.#gate = gate;
  }

  state(fields: StateFields): void {
    this.#mode = fields.u8(this.#mode);
    this.#rw = fields.u8(this.#rw);
    this.#bcd = fields.bool(this.#bcd);
    this.#gate = fields.bool(this.#gate);
    this.#count = fields.u32(this.#count);
    this.#next = fields.u32(this.#next);
    this.#start = fields.optional(this.#start, (v) => fields.f64(v), 0);
    this.#frozen = fields.f64(this.#frozen);
    this.#nullCount = fields.bool(this.#nullCount);
    this.#writeLow = fields.optional(this.#writeLow, (v) => fields.u8(v), 0);
    this.#readHigh = fields.bool(this.#readHigh);
    this.#latchedCount = fields.optional(this.#latchedCount, (v) => fields.u32(v), 0);
    this.#latchedStatus = fields.optional(this.#latchedStatus, (v) => fields.u8(v), 0);
  }

  get #modulus(): number {
    return this.#bcd ? 10000 : 65536;
  }

  /** Control word for this counter (not the latch command). */
  control(word: number): void {
    const mode = (word >> 1) & 7;
    this.#mode = mode > 5 ? mode - 4 : mode;
    this.#rw = (word >> 4) & 3;
    this.#bcd = (word & 1) !== 0;
    this.#count = 0;
    this.#next = 0;
    this.#start = null;
    this.#frozen = 0;
    this.#nullCount = true;
    this.#writeLow = null;
    this.#readHigh = false;
    this.#latchedCount = null;
    this.#latchedStatus = null;
  }

  latchCount(now: number): void {
    this.#latchedCount ??= this.#counter(now);
  }

  latchStatus(now: number): void {
    this.#latchedStatus ??=
      (this.out(now) ? STATUS_OUT : 0) |
      (this.#nullCount ? STATUS_NULL_COUNT : 0) |
      (this.#rw << 4) |
      (this.#mode << 1) |
      (this.#bcd ? 1 : 0);
  }

  read(now: number): number {
    const status = this.#latchedStatus;
    if (status !== null) {
      this.#latchedStatus = null;
      return status;
    }
    const value = this.#latchedCount ?? this.#counter(now);
    const high = this.#rw === RW_BOTH ? this.#readHigh : this.#rw !== RW_LOW;
    if (this.#rw === RW_BOTH) this.#readHigh = !this.#readHigh;
    // A latched 16-bit count stays until both its bytes are read.
    if (this.#rw !== RW_BOTH || high) this.#latchedCount = null;
    return high ? (value >> 8) & 0xff : value & 0xff;
  }

  write(now: number, byte: number): void {
    if (this.#rw === RW_BOTH && this.#writeLow === null) {
      this.#writeLow = byte;
      // The first byte stops mode 0 and drops its OUT.
      if (this.#mode === 0) {
        this.#start = null;
        this.#frozen = 0;
      }
      return;
    }
    const raw = this.#rw === RW_LOW ? byte : (byte << 8) | (this.#writeLow ?? 0);
    this.#writeLow = null;
    const value = this.#bcd ? fromBcd(raw) : raw;
    this.#load(now, value === 0 ? this.#modulus : value);
  }

  #load(now: number, count: number): void {
    this.#sync(now);
    const hardwareTriggered = this.#mode === 1 || this.#mode === 5;
    const cycling = (this.#mode === 2 || this.#mode === 3) && this.#start !== null;
    if (hardwareTriggered || cycling) {
      this.#next = count;
      this.#nullCount = true;
      if (this.#count === 0) this.#count = count;
      return;
    }
    this.#count = count;
    this.#frozen = 0;
    this.#nullCount = false;
    // The counting element takes the count on the clock after the write.
    this.#start = this.#gate ? now + 1 : null;
  }

  setGate(now: number, gate: boolean): void {
    if (gate === this.#gate) return;
    this.#sync(now);
    this.#gate = gate;
    if (this.#mode === 0 || this.#mode === 4) {
      if (this.#count === 0) return;
      if (gate) this.#start = now - this.#frozen;
      else {
        this.#frozen = this.#elapsed(now);
        this.#start = null;
      }
      return;
    }
    if (gate) {
      if (this.#next !== 0) this.#count = this.#next;
      this.#next = 0;
      if (this.#count === 0) return;
      this.#nullCount = false;
      this.#start = now + 1;
    } else if (this.#mode === 2 || this.#mode === 3) {
      this.#start = null;
    }
  }

  #elapsed(now: number): number {
    return this.#start === null ? this.#frozen : Math.max(0, now - this.#start);
  }

  /** Brings a waiting count into force when the cycle it waits for has ended. */
  #sync(now: number): void {
    if (this.#next === 0 || this.#start === null || this.#mode === 1 || this.#mode === 5) return;
    const elapsed = this.#elapsed(now);
    const half = Math.ceil(this.#count / 2);
    const boundary = this.#mode === 3 && elapsed < half ? half : this.#count;
    if (elapsed < boundary) return;
    // A half cycle that ended high is followed by the low half of the new count.
    const lowHalf = boundary === half && this.#mode === 3;
    this.#start += boundary - (lowHalf ? Math.ceil(this.#next / 2) : 0);
    this.#count = this.#next;
    this.#next = 0;
    this.#nullCount = false;
  }

  /** Ticks from one wave to the next while the counter divides (modes 2 and 3); 0 while it does not. */
  get period(): number {
    const divides = (this.#mode === 2 || this.#mode === 3) && this.#gate && this.#start !== null;
    // A count that takes over with the next wave is what will be heard.
    return divides ? this.#next || this.#count : 0;
  }

  out(now: number): boolean {
    this.#sync(now);
    const elapsed = this.#elapsed(now);
    const n = this.#count;
    switch (this.#mode) {
      case 0:
        return n !== 0 && elapsed >= n;
      case 1:
        return this.#start === null || elapsed >= n;
      case 2:
        return this.#start === null || elapsed % n !== n - 1 || n === 1;
      case 3:
        return this.#start === null || elapsed % n < Math.ceil(n / 2);
      default:
        return this.#start === null ? this.#frozen !== n || n === 0 : elapsed !== n;
    }
  }

  /** The counting element as the guest reads it. */
  #counter(now: number): number {
    this.#sync(now);
    const n = this.#count;
    const elapsed = this.#elapsed(now);
    let value: number;
    if (this.#mode === 2) value = n === 0 ? 0 : n - (elapsed % n);
    else if (this.#mode === 3) {
      const inCycle = n === 0 ? 0 : elapsed % n;
      const half = Math.ceil(n / 2);
      value = (n & ~1) - 2 * (inCycle < half ? inCycle : inCycle - half);
    } else value = n - elapsed;
    const modulus = this.#modulus;
    value = ((value % modulus) + modulus) % modulus;
    return this.#bcd ? toBcd(value) : value;
  }

  /** The first tick after `now` at which OUT rises, or null when it will not by itself. */
  nextRise(now: number): number | null {
    this.#sync(now);
    const start = this.#start;
    const n = this.#count;
    if (start === null || n === 0) return null;
    const elapsed = now - start;
    switch (this.#mode) {
      case 0:
      case 1:
        return elapsed < n ? start + n : null;
      case 2:
      case 3:
        return start + (Math.floor(Math.max(elapsed, 0) / n) + 1) * n;
      default:
        return elapsed <= n ? start + n + 1 : null;
    }
  }

  /** The first tick after `now` at which OUT falls, or null. */
  nextFall(now: number): number | null {
    this.#sync(now);
    const start = this.#start;
    const n = this.#count;
    if (start === null || n === 0) return null;
    const elapsed = Math.max(now - start, -1);
    const period = Math.floor(Math.max(elapsed, 0) / n);
    switch (this.#mode) {
      case 2:
      case 3: {
        const fall = this.#mode === 2 ? n - 1 : Math.ceil(n / 2);
        const at = start + period * n + fall;
        return at > now ? at : at + n;
      }
      case 4:
      case 5:
        return elapsed < n ? start + n : null;
      default:
        return null;
    }
  }
}
