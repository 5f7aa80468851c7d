/**
 * The vectors that a local APIC holds: requested (IRR), in service (ISR), which of them are levels (TMR), and the
 * priorities that decide which may interrupt.
 * Source: Intel SDM vol. 3, 10.8.3 "Interrupt, task, and processor priority", 10.8.4 "Interrupt acceptance".
 */
import type { StateFields, Stateful } from '../machine/state-fields.ts';
import { VectorSet } from './vector-set.ts';

export class LapicVectors implements Stateful {
  readonly #request = new VectorSet();
  readonly #service = new VectorSet();
  readonly #trigger = new VectorSet();

  clear(): void {
    for (const set of [this.#request, this.#service, this.#trigger]) set.clear();
  }

  state(fields: StateFields): void {
    for (const set of [this.#request, this.#service, this.#trigger]) set.state(fields);
  }

  /** PPR, of which TPR is one part. */
  processorPriority(taskPriority: number): number {
    const inService = Math.max(0, this.#service.highest());
    return inService >> 4 > taskPriority >> 4 ? inService & 0xf0 : taskPriority;
  }

  /** The vector that may interrupt now, or -1. */
  deliverable(taskPriority: number): number {
    const vector = this.#request.highest();
    return vector >= 0 && vector >> 4 > this.processorPriority(taskPriority) >> 4 ? vector : -1;
  }

  accept(vector: number, levelTriggered: boolean): void {
    this.#request.set(vector, true);
    this.#trigger.set(vector, levelTriggered);
  }

  /** The processor has taken `vector`. */
  serve(vector: number): void {
    this.#request.set(vector, false);
    this.#service.set(vector, true);
  }

  /** The highest vector in service has ended: which, and whether it is a level; null when there was none. */
  end(): { readonly vector: number; readonly levelTriggered: boolean } | null {
    const vector = this.#service.highest();
    if (vector < 0) return null;
    this.#service.set(vector, false);
    return { vector, levelTriggered: this.#trigger.has(vector) };
  }

  /** A word of the registers from ISR on: eight each of ISR, TMR and IRR. */
  word(index: number): number {
    return [this.#service, this.#trigger, this.#request][index >> 3]?.word(index & 7) ?? 0;
  }
}
