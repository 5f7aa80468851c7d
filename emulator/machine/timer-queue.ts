/**
 * The board's timers: a binary heap ordered by deadline, then by the order of arming, so that runs repeat.
 *
 * - `runDue(now)` fires everything due by `now`; a callback may arm and cancel any timer, its own included.
 * - A cancelled entry stays in the heap as a dead one until it surfaces: cancel is O(1).
 */
import type { Timer, Timers } from './bus.ts';
import { StateError, type StateFields, type Stateful } from './state-fields.ts';

interface Entry {
  readonly deadlineNs: number;
  readonly slackNs: number;
  readonly order: number;
  readonly owner: QueuedTimer;
}

const before = (a: Entry, b: Entry): boolean =>
  a.deadlineNs < b.deadlineNs || (a.deadlineNs === b.deadlineNs && a.order < b.order);

class QueuedTimer implements Timer {
  entry: Entry | null = null;
  readonly name: string;
  readonly fire: () => void;
  readonly #queue: TimerQueue;

  constructor(queue: TimerQueue, name: string, fire: () => void) {
    this.#queue = queue;
    this.name = name;
    this.fire = fire;
  }

  get armed(): boolean {
    return this.entry !== null;
  }

  get dueNs(): number {
    return this.entry?.deadlineNs ?? Infinity;
  }

  arm(deadlineNs: number, slackNs = 0): void {
    this.#queue.push(this, deadlineNs, slackNs);
  }

  cancel(): void {
    this.entry = null;
  }
}

export class TimerQueue implements Timers, Stateful {
  /** By name; of timers that ask for the same one, the second gets "#2" and so on. */
  readonly #timers = new Map<string, QueuedTimer>();
  readonly #heap: Entry[] = [];
  readonly #clock: () => number;
  readonly #onArm: (deadlineNs: number) => void;
  #order = 0;

  /** `onArm` hears of each new deadline, so that a running slice can be shortened. */
  constructor(clock: () => number, onArm: (deadlineNs: number) => void = () => undefined) {
    this.#clock = clock;
    this.#onArm = onArm;
  }

  nowNs(): number {
    return this.#clock();
  }

  create(name: string, fire: () => void): Timer {
    let unique = name;
    for (let i = 2; this.#timers.has(unique); i++) unique = `${name}#${String(i)}`;
    const timer = new QueuedTimer(this, unique, fire);
    this.#timers.set(unique, timer);
    return timer;
  }

  /** All armed timers, in the order in which they fire. Restoring forgets what was armed before. */
  state(fields: StateFields): void {
    const armed = [...this.#timers.values()].flatMap((timer) => timer.entry ?? []);
    const saved = fields.list(
      armed.sort((a, b) => (before(a, b) ? -1 : 1)).map((e) => ({ name: e.owner.name, at: e.deadlineNs })),
      ({ name, at }) => ({ name: fields.text(name), at: fields.f64(at) }),
      { name: '', at: 0 },
    );
    if (!fields.restoring) return;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const { name, at } of saved) {
      const timer = this.#timers.get(name);
      if (timer === undefined) throw new StateError(`this board has no timer ${name}`);
      timer.arm(at);
    }
  }

  /** The earliest deadline, or Infinity. */
  nextDeadlineNs(): number {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return Infinity;
      if (top.owner.entry === top) return top.deadlineNs;
      this.#pop();
    }
  }

  /** How much later than `nextDeadlineNs` the first timer runs out of its slack. */
  nextSlackNs(): number {
    const first = this.nextDeadlineNs();
    let latest = Infinity;
    for (const entry of this.#heap) {
      if (entry.owner.entry === entry) latest = Math.min(latest, entry.deadlineNs + entry.slackNs);
    }
    return latest === Infinity ? 0 : latest - first;
  }

  /** Fires, in order, every timer whose deadline is not after `nowNs`. Returns how many fired. */
  runDue(nowNs: number): number {
    let fired = 0;
    while (this.nextDeadlineNs() <= nowNs) {
      const entry = this.#pop();
      if (entry === undefined) break;
      entry.owner.entry = null;
      entry.owner.fire();
      fired++;
    }
    return fired;
  }

  push(owner: QueuedTimer, deadlineNs: number, slackNs: number): void {
    if (!Number.isFinite(deadlineNs))
      throw new RangeError(`timer ${owner.name}: deadline ${String(deadlineNs)}`);
    const entry = { deadlineNs, slackNs, order: this.#order++, owner };
    owner.entry = entry;
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
    this.#onArm(deadlineNs);
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, least)) {
        child++;
        least = right;
      }
      if (!before(least, last)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
