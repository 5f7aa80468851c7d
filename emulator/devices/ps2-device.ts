/**
 * What a keyboard and a mouse have in common on a PS/2 port: a queue of bytes for the controller to take.
 *
 * - `onData` tells the controller that a byte may be waiting; it takes it with `take()` when the port is
 *   enabled and its output buffer is free.
 * - RESEND and RESET are the same for both. A host that gives commands and takes no answers loses the latest ones.
 * Source: IBM PS/2 Hardware Interface Technical Reference (1988), keyboard and mouse commands FEh and FFh.
 */
import type { Chip, StateFields, Timer, Timers } from '../machine/bus.ts';

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

/** Answers that wait; no device keeps as many. */
const QUEUE_BYTES = 256;
/** A real device tests itself for 300 to 500 ms; firmware waits for its answer. */
const SELF_TEST_NS = 2e6;

export class Ps2Queue {
  #bytes: number[] = [];
  /** What RESEND sends again: the last byte taken, and the last answer or packet. */
  last = 0;
  #lastPacket: number[] = [];

  state(fields: StateFields): void {
    this.#bytes = fields.list(this.#bytes, (v) => fields.u8(v), 0);
    this.last = fields.u8(this.last);
    this.#lastPacket = fields.list(this.#lastPacket, (v) => fields.u8(v), 0);
  }

  get length(): number {
    return this.#bytes.length;
  }

  get lastPacket(): readonly number[] {
    return this.#lastPacket;
  }

  push(...bytes: number[]): void {
    this.#lastPacket = bytes;
    if (this.#bytes.length + bytes.length <= QUEUE_BYTES) this.#bytes.push(...bytes);
  }

  take(): number | undefined {
    const byte = this.#bytes.shift();
    if (byte !== undefined) this.last = byte;
    return byte;
  }

  /** Bytes that overtake what waits: RESEND's answer. */
  pushFront(...bytes: readonly number[]): void {
    if (this.#bytes.length + bytes.length <= QUEUE_BYTES) this.#bytes.unshift(...bytes);
  }

  clear(): void {
    this.#bytes = [];
  }
}

export abstract class Ps2Device implements Ps2Port, Chip {
  protected readonly timers: Timers;
  protected readonly queue = new Ps2Queue();
  readonly #selfTest: Timer;
  onData: () => void = () => undefined;

  /** `selfTest` is what the device says when it has passed. */
  constructor(timers: Timers, name: string, selfTest: readonly number[]) {
    this.timers = timers;
    this.#selfTest = timers.create(`${name}-self-test`, () => {
      this.send(...selfTest);
    });
  }

  abstract receive(byte: number): void;
  abstract state(fields: StateFields): void;

  reset(): void {
    this.queue.clear();
    this.#selfTest.cancel();
  }

  get hasData(): boolean {
    return this.queue.length > 0;
  }

  take(): number | undefined {
    return this.queue.take();
  }

  protected send(...bytes: number[]): void {
    this.queue.push(...bytes);
    this.onData();
  }

  /** Commands FEh and FFh; false for every other one. `again` is what RESEND repeats. */
  protected common(command: number, again: readonly number[]): boolean {
    if (command === 0xfe) {
      this.queue.pushFront(...again);
      this.onData();
      return true;
    }
    if (command !== 0xff) return false;
    this.reset();
    this.send(PS2.ack);
    this.#selfTest.arm(this.timers.nowNs() + SELF_TEST_NS);
    return true;
  }
}
