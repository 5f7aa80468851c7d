/**
 * The local APIC of one processor, xAPIC mode: its registers, and what its parts (vectors and priorities, local vector
 * table and pins, timer, interrupt command) have to do with each other.
 *
 * - `intr` is the processor's interrupt line: up while `acknowledge` has something to give. An interrupt of
 *   the APIC itself goes before an external one (8259) that comes through LINT0 or as an ExtINT message.
 * - Disabled by IA32_APIC_BASE the pins are what they were without it: LINT0 is INTR, LINT1 is NMI.
 * - After reset everything is masked, LINT0 too: firmware makes the "virtual wire" to the 8259.
 * - Registers are 32 bits at multiples of 16; other accesses are logged once and have no effect.
 * Source: Intel SDM vol. 3, chapter 10.
 */
import type {
  AccessSize,
  Chip,
  Line,
  Log,
  MemorySpace,
  MmioHandler,
  Region,
  StateFields,
  Timers,
} from '../machine/bus.ts';
import { DELIVERY, type ApicBus, type InterruptMessage, type InterruptTarget } from './apic-bus.ts';
import { decodeCommand, FIRST_LEGAL_VECTOR, isDestination } from './lapic-command.ts';
import { LapicLocalVectors } from './lapic-local-vectors.ts';
import {
  APIC_BASE_ADDRESS,
  APIC_BASE_AT_RESET,
  APIC_BASE_ENABLE,
  COMMAND,
  LAPIC,
  LAPIC_ERROR,
  LAPIC_VERSION,
  LVT,
  SHORTHAND,
  SPURIOUS,
} from './lapic-registers.ts';
import { LapicTimer } from './lapic-timer.ts';
import { LapicVectors } from './lapic-vectors.ts';
import { logOnce } from './log-once.ts';

const WINDOW_BYTES = 4096;

export interface LapicWiring {
  readonly id: number;
  readonly bus: ApicBus;
  readonly memory: MemorySpace;
  readonly timers: Timers;
  readonly log: Log;
  readonly intr: Line;
  readonly nmi: () => void;
  /** INIT: the processor starts again, its APIC too. */
  readonly init: () => void;
  /** The INTA cycle of the 8259 pair. */
  readonly acknowledgeExternal: () => number;
}

export class LocalApic implements Chip, MmioHandler, InterruptTarget {
  readonly timer: LapicTimer;
  readonly #wiring: LapicWiring;
  readonly #logOnce: (message: string) => void;
  #region: Region | null = null;
  #base = 0n;
  #hardwareEnabled = false;
  readonly #vectors = new LapicVectors();
  readonly #local: LapicLocalVectors;
  #externalMessage = false;
  #intr = false;
  #id = 0;
  #taskPriority = 0;
  #logicalDestination = 0;
  #destinationFormat = 0;
  #spurious = 0;
  #errors = 0;
  #errorStatus = 0;
  #commandLow = 0;
  #commandHigh = 0;

  constructor(wiring: LapicWiring) {
    this.#wiring = wiring;
    this.#logOnce = logOnce(wiring.log);
    this.#local = new LapicLocalVectors((mode, vector, levelTriggered) => {
      this.#deliver(mode, vector, levelTriggered);
    });
    this.timer = new LapicTimer(wiring.timers, () => {
      this.#local.signal(LAPIC.timer);
    });
    wiring.bus.addTarget(this);
  }

  reset(): void {
    this.#local.clearPins();
    this.#id = this.#wiring.id;
    this.setBase(APIC_BASE_AT_RESET);
    this.initialise();
  }

  /** INIT: as reset, but the APIC ID and the base address stay (10.4.7.3). */
  initialise(): void {
    this.#vectors.clear();
    this.#local.clear();
    this.timer.reset();
    this.#externalMessage = false;
    this.#taskPriority = 0;
    this.#logicalDestination = 0;
    this.#destinationFormat = 0xffffffff;
    this.#spurious = SPURIOUS.vector;
    this.#errors = 0;
    this.#errorStatus = 0;
    this.#commandLow = 0;
    this.#commandHigh = 0;
    this.#update();
  }

  state(fields: StateFields): void {
    const base = fields.u64(this.#base);
    if (fields.restoring) this.setBase(base);
    this.#vectors.state(fields);
    this.#local.state(fields);
    this.#externalMessage = fields.bool(this.#externalMessage);
    this.#id = fields.u8(this.#id);
    this.#taskPriority = fields.u8(this.#taskPriority);
    this.#logicalDestination = fields.u8(this.#logicalDestination);
    this.#destinationFormat = fields.u32(this.#destinationFormat);
    this.#spurious = fields.u32(this.#spurious);
    this.#errors = fields.u32(this.#errors);
    this.#errorStatus = fields.u32(this.#errorStatus);
    this.#commandLow = fields.u32(this.#commandLow);
    this.#commandHigh = fields.u32(this.#commandHigh);
    this.timer.state(fields);
    if (!fields.restoring) return;
    this.#update();
    this.#wiring.intr(this.#intr);
  }

  /** IA32_APIC_BASE, already checked by the processor. */
  setBase(value: bigint): void {
    if (value === this.#base) return;
    this.#base = value;
    this.#region?.remove();
    this.#region = null;
    const enabled = (value & APIC_BASE_ENABLE) !== 0n;
    if (enabled) {
      const address = Number(value & APIC_BASE_ADDRESS);
      this.#region = this.#wiring.memory.claimMmio('local APIC', address, WINDOW_BYTES, this);
    }
    if (enabled === this.#hardwareEnabled) return;
    this.#hardwareEnabled = enabled;
    // Switched on again it is in its power-on state (10.4.3).
    this.initialise();
  }

  // --- The processor's side -----------------------------------------------------------------------------------

  /** CR8: the upper four bits of the task priority. */
  get taskPriorityClass(): number {
    return this.#taskPriority >> 4;
  }

  set taskPriorityClass(value: number) {
    this.#taskPriority = (value & 15) << 4;
    this.#update();
  }

  #externalPending(): boolean {
    if (!this.#hardwareEnabled) return this.#local.pin(0);
    return this.#externalMessage || this.#local.externalInterrupt;
  }

  #update(): void {
    const asserted =
      (this.#hardwareEnabled && this.#vectors.deliverable(this.#taskPriority) >= 0) ||
      this.#externalPending();
    if (asserted === this.#intr) return;
    this.#intr = asserted;
    this.#wiring.intr(asserted);
  }

  /** The processor takes an interrupt: its vector. */
  acknowledge(): number {
    const vector = this.#hardwareEnabled ? this.#vectors.deliverable(this.#taskPriority) : -1;
    if (vector >= 0) {
      this.#vectors.serve(vector);
      this.#update();
      return vector;
    }
    if (this.#externalPending()) {
      this.#externalMessage = false;
      const external = this.#wiring.acknowledgeExternal();
      this.#update();
      return external;
    }
    return this.#spurious & SPURIOUS.vector;
  }

  #endOfInterrupt(): void {
    const ended = this.#vectors.end();
    if (ended === null) return;
    if (ended.levelTriggered) {
      this.#local.endOfInterrupt(ended.vector);
      this.#wiring.bus.endOfInterrupt(ended.vector);
    }
    this.#update();
  }

  // --- Messages from the bus ----------------------------------------------------------------------------------

  get priority(): number {
    return this.#vectors.processorPriority(this.#taskPriority);
  }

  matches(destination: number, logical: boolean): boolean {
    const mine = { destination: this.#logicalDestination, format: this.#destinationFormat };
    return this.#hardwareEnabled && isDestination(this.#id, mine, destination, logical);
  }

  accept(message: InterruptMessage): void {
    this.#deliver(message.mode, message.vector, message.levelTriggered);
  }

  #deliver(mode: number, vector: number, levelTriggered: boolean): void {
    switch (mode) {
      case DELIVERY.fixed:
      case DELIVERY.lowestPriority:
        this.#deliverVector(vector, levelTriggered);
        break;
      case DELIVERY.nmi:
        this.#wiring.nmi();
        break;
      case DELIVERY.init:
        this.#wiring.init();
        break;
      case DELIVERY.extInt:
        this.#externalMessage = true;
        this.#update();
        break;
      case DELIVERY.startup:
        // Only a processor that waits for it after INIT takes it; this one runs.
        break;
      default:
        // There is no system management mode; the others are reserved.
        this.#logOnce(`local APIC: delivery mode ${String(mode)} is not implemented`);
    }
  }

  #deliverVector(vector: number, levelTriggered: boolean): void {
    if (vector < FIRST_LEGAL_VECTOR) {
      this.#signalError(LAPIC_ERROR.receiveIllegalVector);
      return;
    }
    if ((this.#spurious & SPURIOUS.enabled) === 0) return;
    this.#vectors.accept(vector, levelTriggered);
    this.#update();
  }

  // --- Local sources ------------------------------------------------------------------------------------------

  /** Drives LINT0 (the 8259's INT) or LINT1. */
  setPin(pin: 0 | 1, asserted: boolean): void {
    if (this.#local.pin(pin) === asserted) return;
    this.#local.setPin(pin, asserted, this.#hardwareEnabled);
    if (!this.#hardwareEnabled && pin === 1 && asserted) this.#wiring.nmi();
    this.#update();
  }

  #signalError(error: number): void {
    this.#errors |= error;
    // Not for an illegal vector in the error entry itself: that would never end.
    if ((this.#local.entry(LAPIC.error) & LVT.vector) >= FIRST_LEGAL_VECTOR) this.#local.signal(LAPIC.error);
  }

  // --- Registers ----------------------------------------------------------------------------------------------

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    if (sizeBytes !== 4 || (offset & 15) !== 0) {
      this.#logOnce(`local APIC: read of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)}`);
      // Undefined by the manual: the part of the register, as the bus would give it.
      const part = (this.#read(offset & ~15) >>> (8 * (offset & 3))) & (2 ** (8 * sizeBytes) - 1);
      return (offset & 12) === 0 ? part >>> 0 : 0;
    }
    return this.#read(offset) >>> 0;
  }

  #read(offset: number): number {
    if (this.#local.has(offset)) return this.#local.entry(offset);
    if (offset >= LAPIC.inService && offset < LAPIC.errorStatus)
      return this.#vectors.word((offset - LAPIC.inService) >> 4);
    switch (offset) {
      case LAPIC.id:
        return this.#id << 24;
      case LAPIC.version:
        return LAPIC_VERSION;
      case LAPIC.taskPriority:
        return this.#taskPriority;
      case LAPIC.arbitrationPriority:
      case LAPIC.remoteRead:
        // Left from the APIC's own bus; there is none since the Pentium 4.
        return 0;
      case LAPIC.processorPriority:
        return this.#vectors.processorPriority(this.#taskPriority);
      case LAPIC.eoi:
        return 0;
      case LAPIC.logicalDestination:
        return this.#logicalDestination << 24;
      case LAPIC.destinationFormat:
        return this.#destinationFormat;
      case LAPIC.spurious:
        return this.#spurious;
      case LAPIC.errorStatus:
        return this.#errorStatus;
      case LAPIC.commandLow:
        return this.#commandLow;
      case LAPIC.commandHigh:
        return this.#commandHigh;
      case LAPIC.initialCount:
        return this.timer.initial;
      case LAPIC.currentCount:
        return this.timer.current();
      case LAPIC.divide:
        return this.timer.divideRegister;
      default:
        this.#illegalRegister(offset, 'read');
        return 0;
    }
  }

  #illegalRegister(offset: number, what: string): void {
    this.#logOnce(`local APIC: ${what} of register 0x${offset.toString(16)}, which does not exist`);
    this.#signalError(LAPIC_ERROR.illegalRegister);
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    if (sizeBytes !== 4 || (offset & 15) !== 0) {
      this.#logOnce(`local APIC: write of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)} ignored`);
      return;
    }
    if (offset === LAPIC.eoi) this.#endOfInterrupt();
    else if (this.#local.has(offset)) this.#writeLvt(offset, value);
    else this.#write(offset, value);
  }

  #write(offset: number, value: number): void {
    switch (offset) {
      case LAPIC.id:
        this.#id = value >>> 24;
        break;
      case LAPIC.taskPriority:
        this.#taskPriority = value & 0xff;
        this.#update();
        break;
      case LAPIC.logicalDestination:
        this.#logicalDestination = value >>> 24;
        break;
      case LAPIC.destinationFormat:
        this.#destinationFormat = (value | 0x0fffffff) >>> 0;
        break;
      case LAPIC.spurious:
        this.#writeSpurious(value);
        break;
      case LAPIC.errorStatus:
        this.#errorStatus = this.#errors;
        this.#errors = 0;
        break;
      case LAPIC.commandLow:
        this.#commandLow = value & COMMAND.writable;
        this.#command();
        break;
      case LAPIC.commandHigh:
        this.#commandHigh = (value & 0xff000000) >>> 0;
        break;
      case LAPIC.initialCount:
        this.timer.writeInitial(value);
        break;
      case LAPIC.divide:
        this.timer.writeDivide(value);
        break;
      default:
        // Read-only registers ignore writes.
        if (!READ_ONLY.has(offset) && (offset < LAPIC.inService || offset >= LAPIC.errorStatus))
          this.#illegalRegister(offset, 'write');
    }
  }

  #writeSpurious(value: number): void {
    this.#spurious = value & SPURIOUS.writable;
    if ((value & SPURIOUS.enabled) !== 0) return;
    // Disabled by software: every entry is masked and stays so (10.4.7.2).
    for (const [register, entry] of this.#local.entries) this.#writeLvt(register, entry);
  }

  #writeLvt(register: number, value: number): void {
    if (register === LAPIC.timer) this.timer.catchUp();
    const entry = this.#local.write(register, value, (this.#spurious & SPURIOUS.enabled) !== 0);
    if (register === LAPIC.timer) this.timer.configure((entry >> 17) & 3, (entry & LVT.masked) !== 0);
    this.#update();
  }

  /** The low half of the interrupt command register was written: an interprocessor interrupt. */
  #command(): void {
    const command = decodeCommand(this.#commandLow, this.#commandHigh);
    if (command === null) return;
    if (command === 'illegal vector') {
      this.#signalError(LAPIC_ERROR.sendIllegalVector);
      return;
    }
    const { message, shorthand } = command;
    if (shorthand === SHORTHAND.self) this.accept(message);
    else this.#wiring.bus.send(message, shorthand === SHORTHAND.allButSelf ? this : undefined);
  }
}

const READ_ONLY: ReadonlySet<number> = new Set<number>([
  LAPIC.version,
  LAPIC.arbitrationPriority,
  LAPIC.processorPriority,
  LAPIC.remoteRead,
  LAPIC.currentCount,
]);
