/**
 * The line between the processor and the board.
 *
 * - One Vcpu owns one WebAssembly.Memory: guest RAM, ROMs and video memory lie in it as byte ranges
 *   ("backing"), so that the processor reaches them without a call.
 * - The board tells the processor what lies at each physical page; everything not mapped is MMIO and comes
 *   to the host below, in naturally sized pieces (8-byte accesses arrive as two of 4, low half first).
 * - Host calls happen inside `run`. They may raise or lower lines and remap memory; they must not call `run`.
 */

import type { Stateful } from './state-fields.ts';

/** Runs of translated code that the interpreter repeated with the same result, and their instructions. */
export interface TranslatorChecks {
  readonly runs: number;
  readonly instructions: number;
}

export const NO_CHECKS: TranslatorChecks = { runs: 0, instructions: 0 };

export type AccessSize = 1 | 2 | 4;

export interface VcpuHost {
  portRead(port: number, sizeBytes: AccessSize): number;
  /** REP INS: fills `into` by as many reads of the port as follow each other without one knowing; how many bytes. */
  portReadRun(port: number, sizeBytes: AccessSize, into: Uint8Array): number;
  portWrite(port: number, sizeBytes: AccessSize, value: number): void;
  /** REP OUTS: writes `from` by as many writes as the device takes without one knowing; how many bytes. */
  portWriteRun(port: number, sizeBytes: AccessSize, from: Uint8Array): number;
  /** Physical addresses are below 2^52 and arrive as doubles, which hold them exactly. */
  mmioRead(physicalAddress: number, sizeBytes: AccessSize): number;
  /** Also of writes to ROM pages. */
  mmioWrite(physicalAddress: number, sizeBytes: AccessSize, value: number): void;
  /** The INTA cycle: the vector of the highest pending interrupt. Called only while the INTR line is up. */
  acknowledgeInterrupt(): number;
  /** CR8, the class of the local APIC's task priority: 0 to 15. */
  taskPriority(): number;
  setTaskPriority(value: number): void;
  /** IA32_APIC_BASE was written; reserved bits are already checked. */
  setApicBase(value: bigint): void;
  /** IA32_TSC_DEADLINE in counts of `timestampCounter`; 0 is disarmed. */
  timestampDeadline(): bigint;
  setTimestampDeadline(value: bigint): void;
  /** The time-stamp counter, from the machine's clock. */
  timestampCounter(): bigint;
  /** One line for a developer; the processor calls it at most once for each distinct thing. */
  log(level: 'debug' | 'info' | 'warning', message: string): void;
}

/** How physical pages behave. `video` is RAM whose written pages are remembered for `takeDirtyPages`. */
export type PageKind = 'ram' | 'rom' | 'video' | 'mmio';

/** Why `run` returned. */
export type RunResult =
  /** The budget is used up. */
  | 'budget'
  /** HLT with interrupts enabled or disabled, no interrupt pending: sleep until a line rises. */
  | 'halted'
  /** `requestYield` was called, typically from a host call. */
  | 'yield'
  | 'triple-fault';

/** Its `state` is for between two runs, and leaves the processor without anything cached. */
export interface Vcpu extends Stateful {
  /** All of the processor's memory; views must be taken anew after nothing: it never grows. */
  readonly memory: WebAssembly.Memory;
  /** Byte offset in `memory` of guest RAM, whose size was given at creation. */
  readonly ramOffset: number;
  /** Reserves zeroed backing for ROM or video memory; returns its byte offset. Only before the first run. */
  allocateBacking(sizeBytes: number): number;
  /** Maps whole 4 KiB pages. `backingOffset` is ignored for `mmio`. Drops what the processor cached of them. */
  mapPages(physicalAddress: number, sizeBytes: number, kind: PageKind, backingOffset: number): void;
  /** One bit for each 4 KiB page of the video backing at `backingOffset`, written since the last call. */
  takeDirtyPages(backingOffset: number, sizeBytes: number): Uint8Array;
  /** The host wrote into backing by itself (disk DMA, a ROM reload): drops cached code of these pages. */
  invalidateCode(backingOffset: number, sizeBytes: number): void;
  /** Address line 20: when false, bit 20 of every physical address is forced to 0. */
  setA20(enabled: boolean): void;
  /** The level of the INTR line from the interrupt controllers. */
  setInterruptLine(asserted: boolean): void;
  raiseNmi(): void;
  /** Executes at most about `budget` instructions (a block may overrun it slightly). */
  run(budget: number): RunResult;
  /** Makes the current or next `run` return 'yield' at the next instruction boundary. */
  requestYield(): void;
  /** RESET#: the state of SDM vol. 3 table 10-1, memory kept. `init` keeps the FPU and caches as INIT# does. */
  reset(kind: 'power-on' | 'init'): void;
  /**
   * The low half of a general register by its number (0 EAX, 1 ECX, 2 EDX, 3 EBX, 6 ESI, 7 EDI), for a device that is
   * called through registers: during `portRead` alone. Writing clears the upper half, as 32-bit instructions do; EAX
   * is then written by the IN itself.
   */
  readGeneral(register: number): number;
  writeGeneral(register: number, value: number): void;
  /** Instructions executed since power-on. */
  readonly instructionCount: bigint;
  /** Since the processor was made, of a translator with `checkEvery`. */
  readonly translatorChecks: TranslatorChecks;
  /** Registers for logs and the debugger: rax…r15, rip, rflags, cs…gs selectors and bases, cr0, cr2, cr3, cr4, efer. */
  registers(): ReadonlyMap<string, bigint>;
}
