/**
 * The local APIC's timer: one-shot, periodic, and TSC-deadline.
 *
 * - The timer's clock and the time-stamp counter both run at 1 GHz of guest time.
 * - A masked timer counts without costing a host wake-up.
 * - A periodic timer fires at most every MIN_PERIOD_NS; the edges in between merge, as they do in IRR when a
 *   processor is too slow for them.
 * Source: Intel SDM vol. 3, 10.5.4 "APIC timer".
 */
import { type StateFields, TICK_SLACK_NS, type Timer, type Timers } from '../machine/bus.ts';

export const TIMER_MODE = { oneShot: 0, periodic: 1, tscDeadline: 2 } as const;

const MIN_PERIOD_NS = 20_000;

export class LapicTimer {
  readonly #timers: Timers;
  readonly #timer: Timer;
  readonly #fire: () => void;
  #mode = 0;
  #masked = true;
  #divide = 2;
  #divideRegister = 0;
  #initial = 0;
  #startNs = 0;
  #deadline = 0n;

  /** `fire` is called when an unmasked timer expires. */
  constructor(timers: Timers, fire: () => void) {
    this.#timers = timers;
    this.#fire = fire;
    this.#timer = timers.create('lapic', () => {
      this.#expired();
    });
  }

  reset(): void {
    this.#mode = TIMER_MODE.oneShot;
    this.#masked = true;
    this.#timer.cancel();
    this.#initial = 0;
    this.writeDivide(0);
    this.#startNs = 0;
    this.#deadline = 0n;
  }

  state(fields: StateFields): void {
    this.#mode = fields.u8(this.#mode);
    this.#masked = fields.bool(this.#masked);
    this.#divideRegister = fields.u8(this.#divideRegister);
    this.#divide = divisor(this.#divideRegister);
    this.#initial = fields.u32(this.#initial);
    this.#startNs = fields.f64(this.#startNs);
    this.#deadline = fields.u64(this.#deadline);
  }

  /** What the LVT entry says: one of TIMER_MODE (3 is reserved and stops the timer), and the mask. */
  configure(mode: number, masked: boolean): void {
    const now = this.catchUp();
    const wasDeadline = this.#mode === TIMER_MODE.tscDeadline;
    const isDeadline = mode === TIMER_MODE.tscDeadline;
    // Going to or from TSC-deadline mode disarms the timer.
    if (wasDeadline !== isDeadline) {
      this.#deadline = 0n;
      this.#initial = 0;
    }
    // A periodic count that becomes a one-shot one ends with its running period.
    if (this.#mode === TIMER_MODE.periodic && mode === TIMER_MODE.oneShot)
      this.#goOnFrom(this.#left(now), now);
    this.#mode = mode;
    this.#masked = masked;
    this.#arm(now);
  }

  get initial(): number {
    return this.#initial;
  }

  writeInitial(count: number): void {
    if (this.#mode === TIMER_MODE.tscDeadline) return;
    const now = Math.floor(this.catchUp());
    this.#initial = count;
    this.#startNs = now;
    this.#arm(now);
  }

  /** The count that is left. */
  current(): number {
    return this.#left(this.#timers.nowNs());
  }

  #left(now: number): number {
    if (this.#initial === 0 || this.#mode > TIMER_MODE.periodic) return 0;
    const elapsed = Math.floor((now - this.#startNs) / this.#divide);
    if (this.#mode === TIMER_MODE.periodic) return this.#initial - (elapsed % this.#initial);
    return Math.max(0, this.#initial - elapsed);
  }

  get divideRegister(): number {
    return this.#divideRegister;
  }

  writeDivide(value: number): void {
    const now = this.catchUp();
    const left = this.#left(now);
    this.#divideRegister = value & 0x0b;
    this.#divide = divisor(value);
    if (this.#initial === 0) return;
    this.#goOnFrom(left, now);
    this.#arm(now);
  }

  #goOnFrom(left: number, now: number): void {
    this.#startNs = Math.floor(now) - (this.#initial - left) * this.#divide;
  }

  /** In time-stamp counts; 0 when disarmed. */
  get deadline(): bigint {
    return this.#deadline;
  }

  writeDeadline(timestamp: bigint): void {
    if (this.#mode !== TIMER_MODE.tscDeadline) return;
    const now = this.catchUp();
    this.#deadline = timestamp;
    this.#arm(now);
  }

  /**
   * The moment of a write, the only reading of the clock in it: before a second one the host may be away for longer
   * than the count takes. What is due by then fires now: it came before the write. Call it before the LVT entry changes.
   */
  catchUp(): number {
    const now = this.#timers.nowNs();
    if (this.#timer.dueNs <= now) {
      this.#timer.cancel();
      this.#expired();
    }
    return now;
  }

  #arm(now: number): void {
    const at = this.#nextExpiryNs(now);
    // A masked deadline must still read as 0 once it has passed; a masked count needs no timer.
    const idle = this.#masked && this.#mode !== TIMER_MODE.tscDeadline;
    if (idle || at === Infinity) this.#timer.cancel();
    else this.#timer.arm(at, this.#mode === TIMER_MODE.periodic ? TICK_SLACK_NS : 0);
  }

  #nextExpiryNs(now: number): number {
    if (this.#mode === TIMER_MODE.tscDeadline) {
      if (this.#deadline === 0n || this.#deadline > BigInt(Number.MAX_SAFE_INTEGER)) return Infinity;
      return Math.max(now, Number(this.#deadline));
    }
    if (this.#initial === 0 || this.#mode > TIMER_MODE.periodic) return Infinity;
    const period = this.#initial * this.#divide;
    const first = this.#startNs + period;
    if (this.#mode === TIMER_MODE.oneShot) return first > now ? first : Infinity;
    const periods = Math.floor((now - this.#startNs) / period) + 1;
    const next = this.#startNs + periods * period;
    if (period >= MIN_PERIOD_NS) return next;
    return next + Math.ceil(MIN_PERIOD_NS / period) * period;
  }

  #expired(): void {
    this.#deadline = 0n;
    if (this.#mode === TIMER_MODE.periodic) this.#arm(this.#timers.nowNs());
    if (!this.#masked) this.#fire();
  }
}

/** Bits 0, 1 and 3 of the divide configuration: 2, 4, 8 … 128, then 1. */
function divisor(register: number): number {
  const code = (register & 3) | ((register & 8) >> 1);
  return code === 7 ? 1 : 2 << code;
}
