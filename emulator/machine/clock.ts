/**
 * Guest time: nanoseconds since power-on that only pass while the machine runs.
 *
 * - Time never passes a timer that has not fired: `setLimit` holds it at the next deadline, and `onHeld` asks
 *   for the slice to end so that the timer fires. A guest therefore sees every tick, in order, however late
 *   the host is.
 * - Lost time: when the host falls behind, guest time follows as fast as timers can be delivered (QEMU calls
 *   the policy "slew"). A gap longer than 250 ms (a suspended laptop, a stopped process) is forgotten instead:
 *   the guest's clock stands still for it ("delay").
 * - `ManualClock` follows the instruction count and passes idle time at once (QEMU: -icount sleep=off): the same run
 *   gives the same times, whatever the host does.
 */

import type { StateFields, Stateful } from './state-fields.ts';

export interface MachineClock extends Stateful {
  nowNs(): number;
  /** Time may not pass `deadlineNs` until the next call. */
  setLimit(deadlineNs: number): void;
  /** Nanoseconds until the running guest reaches `deadlineNs`; 0 or less: now. */
  untilNs(deadlineNs: number): number;
  /** The same for an idle guest, in host time. An idle manual clock jumps there. */
  waitNs(deadlineNs: number): number;
  /** False: instructions alone make time pass, and runs repeat. */
  readonly followsHost: boolean;
  /** Instructions until `deadlineNs` in a time that follows them; null: time follows the host. */
  budget(deadlineNs: number): number | null;
  /** Turns of the run loop counted by guest time, so that runs repeat; null: the host's time decides. */
  turn(): number | null;
  pause(): void;
  resume(): void;
  /** Called when a reading was held at the limit. */
  onHeld: () => void;
  /** Called when time in which the host was away has been forgotten. */
  onGap: () => void;
}

const FORGOTTEN_GAP_NS = 250e6;
const TURN_NS = 5e6;

/** Follows the host's monotonic clock. */
export class HostClock implements MachineClock {
  readonly followsHost = true;
  readonly #hostNs: () => number;
  #origin = 0;
  #now = 0;
  #limit = Infinity;
  #running = false;
  onHeld: () => void = () => undefined;
  onGap: () => void = () => undefined;

  constructor(hostNs: () => number) {
    this.#hostNs = hostNs;
  }

  nowNs(): number {
    if (!this.#running) return this.#now;
    const elapsed = this.#hostNs() - this.#origin;
    if (elapsed >= this.#limit) {
      this.#now = Math.max(this.#now, this.#limit);
      this.onHeld();
    } else if (elapsed > this.#now) {
      this.#now = elapsed;
    }
    return this.#now;
  }

  setLimit(deadlineNs: number): void {
    this.#limit = deadlineNs;
  }

  untilNs(deadlineNs: number): number {
    const behind = this.#hostNs() - this.#origin - this.#now;
    if (behind > FORGOTTEN_GAP_NS) {
      this.#origin += behind;
      this.onGap();
    }
    return deadlineNs - (this.#hostNs() - this.#origin);
  }

  waitNs(deadlineNs: number): number {
    return this.untilNs(deadlineNs);
  }

  budget(): null {
    return null;
  }

  turn(): null {
    return null;
  }

  pause(): void {
    this.nowNs();
    this.#running = false;
  }

  resume(): void {
    if (this.#running) return;
    this.#running = true;
    this.#origin = this.#hostNs() - this.#now;
  }

  /** Only while it stands still. */
  state(fields: StateFields): void {
    this.#now = fields.f64(this.#now);
  }
}

/** Follows a count of instructions at a fixed speed; jumps over idle time. */
export class ManualClock implements MachineClock {
  readonly followsHost = false;
  readonly #instructions: () => bigint;
  readonly #nsPerInstruction: number;
  #skipped = 0;
  #limit = Infinity;
  onHeld: () => void = () => undefined;
  onGap: () => void = () => undefined;

  constructor(instructions: () => bigint, nsPerInstruction = 10) {
    this.#instructions = instructions;
    this.#nsPerInstruction = nsPerInstruction;
  }

  nowNs(): number {
    const now = Number(this.#instructions()) * this.#nsPerInstruction + this.#skipped;
    if (now < this.#limit) return now;
    this.onHeld();
    return this.#limit;
  }

  setLimit(deadlineNs: number): void {
    // Time held back at an earlier limit is lost, so that it never jumps.
    const free = Number(this.#instructions()) * this.#nsPerInstruction + this.#skipped;
    if (free > this.#limit) this.#skipped -= free - this.#limit;
    this.#limit = deadlineNs;
  }

  untilNs(deadlineNs: number): number {
    return deadlineNs - this.nowNs();
  }

  waitNs(deadlineNs: number): number {
    if (!Number.isFinite(deadlineNs)) return deadlineNs;
    const now = Number(this.#instructions()) * this.#nsPerInstruction + this.#skipped;
    if (deadlineNs > now) this.#skipped += deadlineNs - now;
    return 0;
  }

  budget(deadlineNs: number): number {
    const turnEnd = (this.turn() + 1) * TURN_NS;
    const away = Math.min(deadlineNs, turnEnd) - this.nowNs();
    return Math.max(1, Math.ceil(away / this.#nsPerInstruction));
  }

  turn(): number {
    return Math.floor(this.nowNs() / TURN_NS);
  }

  pause(): void {
    this.setLimit(this.#limit);
  }

  resume(): void {
    this.setLimit(this.#limit);
  }
  /** After the processor, whose instruction count it follows. */
  state(fields: StateFields): void {
    this.#skipped = fields.f64(this.#skipped);
    this.#limit = fields.f64(this.#limit);
  }
}
