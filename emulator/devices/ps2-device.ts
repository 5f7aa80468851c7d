/**
 * What a keyboard and a mouse have in common on a PS/2 port: a queue of bytes for the controller to take.
 *
 * - `onData` tells the controller that a byte may be waiting; it takes it with `take()` when the port is
 *   enabled and its output buffer is free.
 */
import type { StateFields } from '../machine/bus.ts';
export const PS2 = { ack: 0xfa, selfTestPassed: 0xaa, echo: 0xee, resend: 0xfe, error: 0xfc } as const;

export interface Ps2Port {
  /** A byte from the host controller. */
  receive(byte: number): void;
  /** The next byte for the controller, or undefined. */
  take(): number | undefined;
  readonly hasData: boolean;
  onData: () => void;
  reset(): void;
  state(fields: StateFields): void;
}

export class Ps2Queue {
  #bytes: number[] = [];
  /** The last byte that the controller took, for RESEND. */
  last = 0;

  state(fields: StateFields): void {
    this.#bytes = fields.list(this.#bytes, (v) => fields.u8(v), 0);
    this.last = fields.u8(this.last);
  }

  get length(): number {
    return this.#bytes.length;
  }

  push(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  take(): number | undefined {
    const byte = this.#bytes.shift();
    if (byte !== undefined) this.last = byte;
    return byte;
  }

  /** A byte that overtakes what waits: RESEND's answer. */
  pushFront(byte: number): void {
    this.#bytes.unshift(byte);
  }

  clear(): void {
    this.#bytes = [];
  }
}
