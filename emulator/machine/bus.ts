/**
 * What a chip may know of the board it sits on: ports, memory windows, interrupt lines, time, guest memory.
 *
 * - A chip gets exactly the interfaces it needs in its constructor and nothing else.
 * - Time is guest nanoseconds since power-on, as a double (exact for 104 days).
 * - `reset()` is the RESET# pin: it may be called at any time and must leave every line the chip drives low.
 * - `state()` describes what a saved machine holds of the chip; its rules are in state-fields.ts.
 */
import type { Stateful } from './state-fields.ts';
import type { AccessSize } from './vcpu-types.ts';

export type { StateFields } from './state-fields.ts';
export type { AccessSize } from './vcpu-types.ts';

/** A wire. Driving it to the level it already has is harmless and cheap. */
export type Line = (asserted: boolean) => void;

export type Log = (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;

export interface PortHandler {
  portRead(port: number, sizeBytes: AccessSize): number;
  /**
   * The same as reading the port until `into` is full or something else but data would come; how many bytes.
   * 0, or not there: read one by one.
   */
  portReadRun?(port: number, sizeBytes: AccessSize, into: Uint8Array): number;
  portWrite(port: number, sizeBytes: AccessSize, value: number): void;
  /** The same as writing `from` to the port until something else but data would be due; how many bytes. 0: as above. */
  portWriteRun?(port: number, sizeBytes: AccessSize, from: Uint8Array): number;
}

/** A claimed range of ports or memory; `remove` gives it back (a BAR that moves, a decoder switched off). */
export interface Region {
  remove(): void;
}

export interface PortSpace {
  /**
   * Claims `count` ports. `widthBytes` is the widest access the handler takes whole; wider ones, and any
   * that leave the range, are split into bytes of consecutive ports as the ISA bus does.
   */
  claim(name: string, first: number, count: number, handler: PortHandler, widthBytes?: AccessSize): Region;
}

export interface MmioHandler {
  /** `offset` is relative to the start of the claimed range. */
  mmioRead(offset: number, sizeBytes: AccessSize): number;
  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void;
}

/** Backing is a byte range of the processor's memory that it reaches without calling the board. */
export interface Backing {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface MemorySpace {
  /** Claims a range of physical addresses above RAM whose accesses call `handler`. */
  claimMmio(name: string, base: number, sizeBytes: number, handler: MmioHandler): Region;
  /**
   * Shows backing at a physical address above RAM. Both are multiples of 4 KiB. Writes to a ROM go to `writes`,
   * or nowhere.
   */
  claimBacking(
    name: string,
    base: number,
    sizeBytes: number,
    kind: 'rom' | 'video',
    backing: Backing,
    writes?: MmioHandler,
  ): Region;
}

/** Guest-physical memory for bus masters. Bytes outside RAM are dropped and read as 0xFF. */
export interface DmaMemory {
  read(physicalAddress: number, into: Uint8Array): void;
  write(physicalAddress: number, from: Uint8Array): void;
  /** Writes `sizeBytes` zeros: any number of them costs no more than those that lie in RAM. */
  clear(physicalAddress: number, sizeBytes: number): void;
}

/** For bus masters that move much: RAM itself. */
export interface BusMasterMemory extends DmaMemory {
  /** These bytes of RAM, to be read or filled in place; null when not all of them are RAM. */
  ram(physicalAddress: number, sizeBytes: number): Uint8Array | null;
  /** Call when bytes that `ram` gave were changed: the processor may have decoded them. */
  ramWritten(physicalAddress: number, sizeBytes: number): void;
}

export interface Timer {
  /**
   * Fires once, at the first opportunity not before `deadlineNs`; arming an armed timer moves it. For a host that
   * sleeps because the guest has long been idle the opportunity may come `slackNs` later: a periodic tick gives
   * some, so that a host wakes once for several; guest time does not pass the deadline in any case.
   */
  arm(deadlineNs: number, slackNs?: number): void;
  cancel(): void;
  readonly armed: boolean;
  /** Its deadline; Infinity when it is not armed. Due and armed: it has not fired yet. */
  readonly dueNs: number;
}

/** What a periodic tick that only counts time may be late by while the guest is idle. */
export const TICK_SLACK_NS = 8e6;

export interface Timers {
  nowNs(): number;
  create(name: string, fire: () => void): Timer;
}

/** A chip is reset, saved and restored with the machine; a chip without state of its own has no `state`. */
export interface Chip extends Partial<Stateful> {
  reset(): void;
}
