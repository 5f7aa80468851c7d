/**
 * High precision event timer: a 100 MHz counter and three comparators.
 *
 * - Comparators interrupt on an I/O APIC input of their choice (20 to 23), or, with legacy replacement, the
 *   first one in place of the 8254 on IRQ 0 and the second in place of the clock chip on IRQ 8: the lines of
 *   those two chips come through here.
 * - 64-bit accesses come as two halves, low half first; reading the low half of the counter keeps the high
 *   half for the read that follows.
 * Source: IA-PC HPET (High Precision Event Timers) specification 1.0a.
 */
import {
  type AccessSize,
  type Chip,
  type Line,
  type Log,
  type MmioHandler,
  type StateFields,
  TICK_SLACK_NS,
  type Timer,
  type Timers,
} from '../machine/bus.ts';
import { CONFIG, HpetComparator } from './hpet-comparator.ts';
import { logOnce } from './log-once.ts';

export const HPET_BASE = 0xfed00000;
export const HPET_BYTES = 0x1000;
const COMPARATORS = 3;
/** Femtoseconds a count. */
const PERIOD_FS = 10_000_000;
const NS_PER_COUNT = 10;
/** Intel, legacy replacement, 64-bit counter, three comparators, revision 1. */
export const HPET_CAPABILITIES = 0x8086a201;
const ROUTES = 0x00f00000;
const REGISTER = {
  capabilities: 0x000,
  configuration: 0x010,
  status: 0x020,
  counter: 0x0f0,
  comparators: 0x100,
} as const;
const COMPARATOR_BYTES = 0x20;
const ENABLE = 1;
const LEGACY = 2;
/** A periodic comparator interrupts at most every 20 us; matches in between merge. */
const LEAST_PERIOD = 2000n;
const HALF = 32n;
const LOW_HALF = 0xffffffffn;

export interface HpetWiring {
  readonly timers: Timers;
  readonly log: Log;
  /** A new wire to an interrupt input: 0 and 8 of the ISA bus, 16 to 23 of the I/O APIC. */
  readonly wire: (input: number) => Line;
}

interface Output {
  readonly comparator: HpetComparator;
  readonly timer: Timer;
  /** One wire for each input it may drive. */
  readonly wires: Map<number, Line>;
  driven: number | null;
}

export class Hpet implements Chip, MmioHandler {
  readonly #wiring: HpetWiring;
  readonly #logOnce: (message: string) => void;
  readonly #outputs: readonly Output[];
  readonly #irq0: Line;
  readonly #irq8: Line;
  #pitLevel = false;
  #rtcLevel = false;
  #configuration = 0;
  #status = 0;
  /** The counter's value at #sinceNs; what it is now while it stands still. */
  #counter = 0n;
  #sinceNs = 0;
  #highLatch: number | null = null;

  constructor(wiring: HpetWiring) {
    this.#wiring = wiring;
    this.#logOnce = logOnce(wiring.log);
    this.#irq0 = wiring.wire(0);
    this.#irq8 = wiring.wire(8);
    this.#outputs = Array.from({ length: COMPARATORS }, (_, index) => ({
      comparator: new HpetComparator(),
      timer: wiring.timers.create(`hpet ${String(index)}`, () => {
        this.#matched(index);
      }),
      wires: new Map<number, Line>(),
      driven: null,
    }));
  }

  reset(): void {
    this.#configuration = 0;
    this.#status = 0;
    this.#counter = 0n;
    this.#highLatch = null;
    for (const output of this.#outputs) {
      output.comparator.reset();
      output.timer.cancel();
      this.#release(output);
    }
    this.#pitLevel = false;
    this.#rtcLevel = false;
    this.#irq0(false);
    this.#irq8(false);
  }

  state(fields: StateFields): void {
    this.#configuration = fields.u8(this.#configuration);
    this.#status = fields.u8(this.#status);
    this.#counter = fields.u64(this.#counter);
    this.#sinceNs = fields.f64(this.#sinceNs);
    this.#highLatch = fields.optional(this.#highLatch, (v) => fields.u32(v), 0);
    this.#pitLevel = fields.bool(this.#pitLevel);
    this.#rtcLevel = fields.bool(this.#rtcLevel);
    if (fields.restoring) {
      this.#irq0(!this.#legacy && this.#pitLevel);
      this.#irq8(!this.#legacy && this.#rtcLevel);
    }
    for (const [index, output] of this.#outputs.entries()) {
      output.comparator.state(fields);
      const driven = fields.bool(output.driven !== null);
      if (!fields.restoring) continue;
      this.#release(output);
      if (driven) this.#output(index, output)(true);
    }
  }

  /** The 8254's interrupt line. */
  readonly pit: Line = (asserted) => {
    this.#pitLevel = asserted;
    if (!this.#legacy) this.#irq0(asserted);
  };

  /** The clock chip's interrupt line. */
  readonly rtc: Line = (asserted) => {
    this.#rtcLevel = asserted;
    if (!this.#legacy) this.#irq8(asserted);
  };

  get #legacy(): boolean {
    return (this.#configuration & LEGACY) !== 0;
  }

  get #running(): boolean {
    return (this.#configuration & ENABLE) !== 0;
  }

  #elapsed(): number {
    return this.#running ? Math.floor((this.#wiring.timers.nowNs() - this.#sinceNs) / NS_PER_COUNT) : 0;
  }

  #now(): bigint {
    return BigInt.asUintN(64, this.#counter + BigInt(this.#elapsed()));
  }

  /** Counts from now on from the value it has now, which it returns. */
  #rebase(): bigint {
    // One reading of the clock: what passes until a second one would be counted twice.
    const elapsed = this.#elapsed();
    this.#counter = BigInt.asUintN(64, this.#counter + BigInt(elapsed));
    this.#sinceNs = this.#running
      ? this.#sinceNs + elapsed * NS_PER_COUNT
      : Math.floor(this.#wiring.timers.nowNs());
    return this.#counter;
  }

  // --- Interrupts ---------------------------------------------------------------------------------------------

  /** Arms the timer for the next match; `passed` when the match at this very count has been served. */
  #arm(output: Output, passed = false): void {
    const { comparator, timer } = output;
    if (!this.#running) {
      timer.cancel();
      return;
    }
    const elapsed = this.#elapsed();
    let counts = Number(comparator.distance(BigInt.asUintN(64, this.#counter + BigInt(elapsed))));
    if (passed && counts === 0) counts = 2 ** 32;
    const due = this.#sinceNs + (elapsed + counts) * NS_PER_COUNT;
    // Beyond exact doubles lie more than three months: as good as never.
    if (counts >= Number.MAX_SAFE_INTEGER / NS_PER_COUNT || (passed && !comparator.repeats)) timer.cancel();
    else timer.arm(Math.ceil(due), comparator.repeats ? TICK_SLACK_NS : 0);
  }

  #matched(index: number): void {
    const output = this.#outputs[index];
    if (output === undefined) return;
    this.#interrupt(index, output);
    output.comparator.advance(LEAST_PERIOD);
    this.#arm(output, true);
  }

  #interrupt(index: number, output: Output): void {
    const { config } = output.comparator;
    if ((config & CONFIG.level) !== 0) {
      this.#status |= 1 << index;
      this.#drive(index, output);
    } else if ((config & CONFIG.enabled) !== 0) {
      // A fresh edge; the level stays until the next one, as the 8259 wants it.
      this.#release(output);
      this.#output(index, output)(true);
    }
  }

  /** Puts a level-triggered output where its status bit and enable bit say. */
  #drive(index: number, output: Output): void {
    const { config } = output.comparator;
    const wanted = (config & CONFIG.enabled) !== 0 && (this.#status & (1 << index)) !== 0;
    if (wanted && (config & CONFIG.level) !== 0) this.#output(index, output)(true);
    else this.#release(output);
  }

  #release(output: Output): void {
    if (output.driven !== null) output.wires.get(output.driven)?.(false);
    output.driven = null;
  }

  #output(index: number, output: Output): Line {
    const legacy = this.#legacy && index < 2;
    const input = legacy ? index * 8 : output.comparator.route;
    if (!legacy && (ROUTES & (1 << input)) === 0) return () => undefined;
    if (output.driven !== null && output.driven !== input) this.#release(output);
    output.driven = input;
    let wire = output.wires.get(input);
    if (wire === undefined) {
      wire = legacy ? (index === 0 ? this.#irq0 : this.#irq8) : this.#wiring.wire(input);
      output.wires.set(input, wire);
    }
    return wire;
  }

  // --- Registers ----------------------------------------------------------------------------------------------

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    if (sizeBytes !== 4 || (offset & 3) !== 0) {
      this.#logOnce(`HPET: read of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)}`);
      return 0;
    }
    const half = (offset >> 2) & 1;
    const register = offset & ~7;
    for (const output of this.#outputs) output.comparator.endOfWrite();
    if (register >= REGISTER.comparators) return this.#readComparator(register, half);
    switch (register) {
      case REGISTER.capabilities:
        return half === 0 ? HPET_CAPABILITIES : PERIOD_FS;
      case REGISTER.configuration:
        return half === 0 ? this.#configuration : 0;
      case REGISTER.status:
        return half === 0 ? this.#status : 0;
      case REGISTER.counter:
        return this.#readCounter(half);
      default:
        this.#unknown(offset, 'read');
        return 0;
    }
  }

  #readCounter(half: number): number {
    const latched = this.#highLatch;
    this.#highLatch = null;
    if (half === 1 && latched !== null) return latched;
    const now = this.#now();
    const high = Number(now >> HALF);
    if (half === 1) return high;
    this.#highLatch = high;
    return Number(now & LOW_HALF);
  }

  #readComparator(register: number, half: number): number {
    const output = this.#outputs[Math.floor((register - REGISTER.comparators) / COMPARATOR_BYTES)];
    const which = register & (COMPARATOR_BYTES - 1);
    if (output === undefined || which >= 0x18) {
      this.#unknown(register, 'read');
      return 0;
    }
    const { comparator } = output;
    if (which === 0x00) return half === 0 ? comparator.config & ~CONFIG.setAccumulator : ROUTES;
    if (which === 0x10) return 0;
    return Number((half === 0 ? comparator.accumulator : comparator.accumulator >> HALF) & LOW_HALF);
  }

  #unknown(offset: number, what: string): void {
    this.#logOnce(`HPET: ${what} of register 0x${offset.toString(16)}, which does not exist`);
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    if (sizeBytes !== 4 || (offset & 3) !== 0) {
      this.#logOnce(`HPET: write of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)} ignored`);
      return;
    }
    const half = ((offset >> 2) & 1) as 0 | 1;
    const register = offset & ~7;
    this.#highLatch = null;
    if (register >= REGISTER.comparators) {
      this.#writeComparator(register, half, value);
      return;
    }
    for (const output of this.#outputs) output.comparator.endOfWrite();
    if (register === REGISTER.counter) this.#writeCounter(half, value);
    else if (register === REGISTER.configuration && half === 0) this.#configure(value & (ENABLE | LEGACY));
    else if (register === REGISTER.status && half === 0) this.#acknowledge(value);
    else if (register > REGISTER.status) this.#unknown(offset, 'write');
  }

  #writeCounter(half: 0 | 1, value: number): void {
    const now = this.#rebase();
    const bits = BigInt(value);
    this.#counter = half === 0 ? ((now >> HALF) << HALF) | bits : (now & LOW_HALF) | (bits << HALF);
    for (const output of this.#outputs) this.#arm(output);
  }

  #configure(value: number): void {
    const changed = value ^ this.#configuration;
    this.#rebase();
    this.#configuration = value;
    if ((changed & LEGACY) !== 0) {
      for (const output of this.#outputs) this.#release(output);
      this.#irq0(!this.#legacy && this.#pitLevel);
      this.#irq8(!this.#legacy && this.#rtcLevel);
    }
    if (changed === 0) return;
    for (const [index, output] of this.#outputs.entries()) {
      if ((output.comparator.config & CONFIG.level) !== 0) this.#drive(index, output);
      this.#arm(output);
    }
  }

  /** Writing 1 ends a level-triggered interrupt. */
  #acknowledge(value: number): void {
    this.#status &= ~value;
    for (const [index, output] of this.#outputs.entries()) {
      if ((value & (1 << index)) !== 0) this.#drive(index, output);
    }
  }

  #writeComparator(register: number, half: 0 | 1, value: number): void {
    const index = Math.floor((register - REGISTER.comparators) / COMPARATOR_BYTES);
    const output = this.#outputs[index];
    const which = register & (COMPARATOR_BYTES - 1);
    if (output === undefined || which >= 0x10) {
      this.#unknown(register, 'write');
      return;
    }
    if (which === 0x00) {
      output.comparator.endOfWrite();
      if (half === 1) return;
      output.comparator.writeConfig(value);
      this.#drive(index, output);
    } else {
      output.comparator.write(half, value);
    }
    this.#arm(output);
  }
}
