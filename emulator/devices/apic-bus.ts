/**
 * What local APICs and the I/O APIC send each other: interrupt messages and ends of interrupt.
 *
 * - A message that no local APIC takes is lost, as on the system bus.
 * - Messages are immutable: a sender may keep one and send it again.
 * Source: Intel SDM vol. 3, 10.6 "Issuing interprocessor interrupts"; Intel 82093AA data sheet (290566).
 */

export const DELIVERY = {
  fixed: 0,
  lowestPriority: 1,
  smi: 2,
  nmi: 4,
  init: 5,
  startup: 6,
  extInt: 7,
} as const;

export interface InterruptMessage {
  /** A physical APIC ID or a set of logical ones, 8 bits. */
  readonly destination: number;
  readonly logical: boolean;
  /** One of DELIVERY, or a reserved encoding. */
  readonly mode: number;
  readonly vector: number;
  readonly levelTriggered: boolean;
}

export interface InterruptTarget {
  /** Whether a destination field means this APIC. */
  matches(destination: number, logical: boolean): boolean;
  accept(message: InterruptMessage): void;
  /** Task priority, by which lowest-priority delivery chooses. */
  readonly priority: number;
}

export interface EndOfInterruptListener {
  endOfInterrupt(vector: number): void;
}

export class ApicBus {
  readonly #targets: InterruptTarget[] = [];
  readonly #listeners: EndOfInterruptListener[] = [];

  addTarget(target: InterruptTarget): void {
    this.#targets.push(target);
  }

  addListener(listener: EndOfInterruptListener): void {
    this.#listeners.push(listener);
  }

  /** `except` is left out (the shorthand "all excluding self"). False: nobody took it. */
  send(message: InterruptMessage, except?: InterruptTarget): boolean {
    let least: InterruptTarget | null = null;
    let taken = false;
    for (const target of this.#targets) {
      if (target === except || !target.matches(message.destination, message.logical)) continue;
      taken = true;
      if (message.mode !== DELIVERY.lowestPriority) target.accept(message);
      else if (least === null || target.priority < least.priority) least = target;
    }
    least?.accept(message);
    return taken;
  }

  /** A processor has finished with a level-triggered interrupt. */
  endOfInterrupt(vector: number): void {
    for (const listener of this.#listeners) listener.endOfInterrupt(vector);
  }
}
