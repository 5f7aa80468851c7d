/**
 * Runs the processor in slices, fires timers, sleeps when the guest is idle, and lets the host's event loop in.
 *
 * - A slice is as long as the next timer is away, at most half a millisecond of host time, so that a timer is
 *   late by less than a millisecond. Its budget follows from the measured speed.
 * - After a turn, which is one such slice or some shorter ones, the event loop gets its due: what comes from outside
 *   waits for a turn at most. While something keeps coming from outside a turn is one slice of an eighth of a
 *   millisecond. What is to leave (a serial byte, a frame) ends the turn at once when it comes after a pause, as an
 *   echo does; the rest of a stream leaves with the turns.
 * - Idle waits shorter than two milliseconds block the thread (a host timer is no finer than that), in pieces while
 *   something keeps coming from outside; longer ones are host timers.
 * - A guest that has been idle for a tenth of a second is woken when its first timer runs out of slack: its timer
 *   ticks still come one by one and none is lost, but a host wakes once for several (a wake-up costs it 20 to
 *   60 us). What makes the guest do more than serve a tick, and anything from outside, ends that at once.
 */
import type { MachineClock } from './clock.ts';
import { type DueCall, type HostTime, hostTime } from './host-time.ts';
import type { TimerQueue } from './timer-queue.ts';
import type { RunResult, Vcpu } from './vcpu-types.ts';

const SLICE_NS = 500_000;
/** A turn that has taken less takes another slice. */
const TURN_MS = 0.3;
/** So long after something came from outside more is expected. */
const ATTENTIVE_MS = 50;
const ATTENTIVE_SLICE_NS = 125_000;
/** What leaves within this time of the last that left is the rest of a stream. */
const STREAM_MS = 0.5;
const ATTENTIVE_STREAM_MS = 0.05;
/** After so many calls of the board the slice looks at the clock. */
const CALLS_BETWEEN_LOOKS = 64;
const MIN_BUDGET = 4_000;
const MAX_BUDGET = 4_000_000;
const HELD_MS = 0.05;
const BLOCKING_WAIT_NS = 2e6;
/** Some ticks' handlers, but no program, run this few instructions between two waits. */
const QUIET_INSTRUCTIONS = 50_000;
const DEEP_IDLE_AFTER_MS = 100;
const FIRST_RATE_PER_NS = 0.02;
const RATE_SMOOTHING = 0.2;
/** A wait without a deadline still looks around this often. */
const LONGEST_WAIT_MS = 60_000;

export interface RunLoopHost {
  /** Delivers what waits outside; called between slices. */
  readonly beforeSlice: () => void;
  /** Acts on what the slice asked for (reset, power off). False stops the loop. */
  readonly afterSlice: (tripleFault: boolean) => boolean;
  /** The turn is over: events may leave the machine. */
  readonly endTurn: () => void;
  readonly failed: (error: Error) => void;
}

export class RunLoop {
  readonly #vcpu: Vcpu;
  readonly #timers: TimerQueue;
  readonly #clock: MachineClock;
  readonly #host: RunLoopHost;
  readonly #time: HostTime;
  #running = false;
  /** The next turn. */
  #due: DueCall | null = null;
  #ratePerNs = FIRST_RATE_PER_NS;
  #inTurn = false;
  #inRun = false;
  #quietSinceMs = 0;
  /** When something last came from outside. */
  #outsideMs = -Infinity;
  /** Something waits for the end of the turn to leave. */
  #leaves = false;
  /** When something last left. */
  #leftMs = -Infinity;
  /** Since the last wait. */
  #executed = 0;
  #runStarted = 0;
  #sliceLimit = Infinity;
  #boardCalls = 0;
  busySeconds = 0;

  constructor(
    vcpu: Vcpu,
    timers: TimerQueue,
    clock: MachineClock,
    host: RunLoopHost,
    time: HostTime = hostTime,
  ) {
    this.#time = time;
    this.#vcpu = vcpu;
    this.#timers = timers;
    this.#clock = clock;
    this.#host = host;
    clock.onHeld = () => {
      // A guest that polls a clock held at a deadline is stopped for the timer, but not before it has had the
      // time to serve the last one: ticks that the host is late with must not merge.
      // Where time follows instructions nothing is late, and the host's time must not matter.
      if (!this.#inRun) return;
      if (!clock.followsHost || time.nowMs() - this.#runStarted > HELD_MS) vcpu.requestYield();
    };
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    // Until the first turn time may pass, but no timer.
    this.#clock.setLimit(this.#timers.nextDeadlineNs());
    this.#clock.resume();
    this.wake();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#clock.pause();
    this.#unschedule();
  }

  /** Something has happened outside: a sleeping guest looks at it at once. */
  wake(): void {
    this.#outsideMs = this.#time.nowMs();
    this.#quietSinceMs = this.#outsideMs;
    if (!this.#running || this.#inTurn) return;
    this.#unschedule();
    this.#schedule(0);
  }

  /** A timer was armed: time must not pass it within the slice that runs. */
  limit(deadlineNs: number): void {
    if (this.#inTurn && deadlineNs < this.#sliceLimit) {
      this.#sliceLimit = deadlineNs;
      this.#clock.setLimit(deadlineNs);
    }
  }

  /**
   * The processor called the board, which takes as long as hundreds of its instructions: a guest that polls a port would
   * make a slice of a measured number of instructions many times as long as it should be.
   */
  boardCalled(): void {
    if (++this.#boardCalls % CALLS_BETWEEN_LOOKS !== 0 || !this.#inRun || !this.#clock.followsHost) return;
    if ((this.#time.nowMs() - this.#runStarted) * 1e6 > SLICE_NS) this.#vcpu.requestYield();
  }

  /** Something is to leave at the end of the turn, which ends soon if nothing has left for a while. */
  leaving(): void {
    if (this.#leaves || !this.#clock.followsHost) return;
    const now = this.#time.nowMs();
    if (now - this.#leftMs < (this.#attentiveAt(now) ? ATTENTIVE_STREAM_MS : STREAM_MS)) return;
    this.#leaves = true;
    if (this.#inRun) this.#vcpu.requestYield();
  }

  #unschedule(): void {
    this.#due?.cancel();
    this.#due = null;
  }

  #turn(): void {
    this.#due = null;
    if (!this.#running) return;
    let sleepNs = 0;
    this.#inTurn = true;
    try {
      sleepNs = this.#slices();
    } catch (error) {
      this.stop();
      this.#host.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#inTurn = false;
    }
    if (this.#leaves) {
      this.#leaves = false;
      this.#leftMs = this.#time.nowMs();
    }
    this.#host.endTurn();
    this.#schedule(sleepNs);
  }

  /** Runs slices until the turn is over (0) or the guest sleeps (how long, in host nanoseconds). */
  #slices(): number {
    const start = this.#time.nowMs();
    // Time that passed in a sleep has passed for the guest.
    this.#clock.nowNs();
    const turn = this.#clock.turn();
    do {
      this.#host.beforeSlice();
      const halted = this.#slice();
      if (!this.#running) return 0;
      if (halted) {
        const deadline = this.#timers.nextDeadlineNs();
        const wait = this.#idleWaitNs(deadline);
        if (wait >= BLOCKING_WAIT_NS) return wait;
        if (wait > 0) {
          if (this.#leaves) return 0;
          const piece = this.#attentive ? Math.min(wait, ATTENTIVE_SLICE_NS) : wait;
          this.#time.block(piece / 1e6);
          if (piece < wait) return 0;
        }
        // The timer is due: let time reach it and go on.
        this.#fireDue(deadline);
      }
    } while (turn === null ? this.#goesOn(start) : this.#clock.turn() === turn);
    return 0;
  }

  get #attentive(): boolean {
    return this.#attentiveAt(this.#time.nowMs());
  }

  #attentiveAt(nowMs: number): boolean {
    return nowMs - this.#outsideMs < ATTENTIVE_MS;
  }

  /** Whether a turn that began at `startMs` takes another slice. */
  #goesOn(startMs: number): boolean {
    const now = this.#time.nowMs();
    return !this.#leaves && !this.#attentiveAt(now) && now - startMs < TURN_MS;
  }

  /** How long an idle guest may sleep, in host nanoseconds; 0 or less: not at all. */
  #idleWaitNs(deadlineNs: number): number {
    const now = this.#time.nowMs();
    if (this.#executed > QUIET_INSTRUCTIONS) this.#quietSinceMs = now;
    this.#executed = 0;
    const wait = this.#clock.waitNs(deadlineNs);
    const deeplyIdle = now - this.#quietSinceMs >= DEEP_IDLE_AFTER_MS;
    return wait > 0 && deeplyIdle ? wait + this.#timers.nextSlackNs() : wait;
  }

  #fireDue(deadlineNs: number): void {
    this.#sliceLimit = deadlineNs;
    this.#clock.setLimit(deadlineNs);
    this.#timers.runDue(this.#clock.nowNs());
  }

  /** One run of the processor; true when it has nothing to do and no timer has changed that. */
  #slice(): boolean {
    const deadline = this.#timers.nextDeadlineNs();
    this.#sliceLimit = deadline;
    this.#clock.setLimit(deadline);
    const budget = this.#clock.budget(deadline) ?? this.#hostBudget(deadline);
    const countBefore = this.#vcpu.instructionCount;
    const result = this.#runVcpu(budget);
    const spentMs = this.#time.nowMs() - this.#runStarted;
    this.busySeconds += spentMs / 1e3;
    const executed = Number(this.#vcpu.instructionCount - countBefore);
    this.#executed += executed;
    if (spentMs > 0.05 && executed >= MIN_BUDGET) {
      const rate = executed / (spentMs * 1e6);
      this.#ratePerNs += (rate - this.#ratePerNs) * RATE_SMOOTHING;
    }
    if (!this.#host.afterSlice(result === 'triple-fault')) this.stop();
    const fired = this.#timers.runDue(this.#clock.nowNs());
    return result === 'halted' && fired === 0;
  }

  #hostBudget(deadlineNs: number): number {
    const longest = this.#attentive ? ATTENTIVE_SLICE_NS : SLICE_NS;
    const away = Math.min(Math.max(this.#clock.untilNs(deadlineNs), 0), longest);
    return Math.min(Math.max(Math.round(away * this.#ratePerNs), MIN_BUDGET), MAX_BUDGET);
  }

  #runVcpu(budget: number): RunResult {
    this.#runStarted = this.#time.nowMs();
    this.#inRun = true;
    try {
      return this.#vcpu.run(budget);
    } finally {
      this.#inRun = false;
    }
  }

  #schedule(sleepNs: number): void {
    if (!this.#running || this.#due !== null) return;
    const turn = (): void => {
      this.#turn();
    };
    this.#due =
      sleepNs > 0
        ? this.#time.later(turn, Math.min(Math.floor(sleepNs / 1e6), LONGEST_WAIT_MS))
        : this.#time.soon(turn);
  }
}
