/**
 * Intel 8254 programmable interval timer: three counters behind ports 0x40..0x43.
 *
 * - Counter 0 drives IRQ 0, counter 1 was the DRAM refresh, counter 2 has its gate and OUT in port 0x61.
 * - OUT of counter 0 is driven at its rising and falling edges; in mode 2 the low pulse lasts one tick
 *   (838 ns), so both of its edges come at the rising one: one event a tick, nothing a guest can tell.
 * Source: Intel 8254 data sheet (231164).
 */
import {
  type AccessSize,
  type Chip,
  type Line,
  type PortHandler,
  type StateFields,
  TICK_SLACK_NS,
  type Timer,
  type Timers,
} from '../machine/bus.ts';
import { PitChannel } from './pit-channel.ts';

export const PIT_HZ = 1193182;
const NS_PER_SECOND = 1e9;
const MODE_2_CONTROLS = 0x04;

export class Pit8254 implements Chip, PortHandler {
  readonly #timers: Timers;
  readonly #irq0: Line;
  readonly #timer: Timer;
  #channels = Pit8254.#powerOn();
  #mode0 = 3;
  #out0 = false;
  /** The frequency of counter 2 may have changed. */
  onChannel2: () => void = () => undefined;

  constructor(timers: Timers, irq0: Line) {
    this.#timers = timers;
    this.#irq0 = irq0;
    this.#timer = timers.create('pit', () => {
      this.#timerFired();
    });
  }

  static #powerOn(): readonly [PitChannel, PitChannel, PitChannel] {
    return [new PitChannel(true), new PitChannel(true), new PitChannel(false)];
  }

  reset(): void {
    this.#channels = Pit8254.#powerOn();
    this.#timer.cancel();
    this.#drive(false);
    this.onChannel2();
  }

  state(fields: StateFields): void {
    for (const channel of this.#channels) channel.state(fields);
    this.#mode0 = fields.u8(this.#mode0);
    this.#drive(fields.bool(this.#out0));
    if (fields.restoring) this.onChannel2();
  }

  #drive(out0: boolean): void {
    this.#out0 = out0;
    this.#irq0(out0);
  }

  #nowTicks(): number {
    return Math.floor((this.#timers.nowNs() * PIT_HZ) / NS_PER_SECOND);
  }

  #channel(index: number): PitChannel {
    return this.#channels[index as 0 | 1 | 2];
  }

  portRead(port: number): number {
    const index = port & 3;
    // The control register cannot be read: the bus floats.
    return index === 3 ? 0xff : this.#channel(index).read(this.#nowTicks());
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    const now = this.#nowTicks();
    const index = port & 3;
    if (index !== 3) {
      this.#channel(index).write(now, value);
      if (index === 0) this.#follow(now);
      if (index === 2) this.onChannel2();
      return;
    }
    const select = value >> 6;
    if (select === 3) {
      for (let i = 0; i < 3; i++) {
        if ((value & (2 << i)) === 0) continue;
        if ((value & 0x20) === 0) this.#channel(i).latchCount(now);
        if ((value & 0x10) === 0) this.#channel(i).latchStatus(now);
      }
    } else if ((value & 0x30) === 0) {
      this.#channel(select).latchCount(now);
    } else {
      this.#channel(select).control(value);
      if (select === 0) {
        this.#mode0 = (value >> 1) & 7;
        this.#follow(now);
      }
      if (select === 2) this.onChannel2();
    }
  }

  get #rateGenerator(): boolean {
    return (this.#mode0 & 3) === 2 && this.#mode0 !== MODE_2_CONTROLS;
  }

  /** Puts IRQ 0 where OUT is and arms the timer for the next edge. */
  #follow(now: number): void {
    this.#drive(this.#channels[0].out(now) || this.#rateGenerator);
    this.#armAfter(now);
  }

  #timerFired(): void {
    const now = this.#nowTicks();
    if (this.#rateGenerator) {
      this.#drive(false);
      this.#drive(true);
      this.#armAfter(now);
    } else {
      this.#follow(now);
    }
  }

  #armAfter(now: number): void {
    const channel = this.#channels[0];
    const rise = channel.nextRise(now);
    const fall = this.#rateGenerator ? null : channel.nextFall(now);
    const edge = Math.min(rise ?? Infinity, fall ?? Infinity);
    if (edge === Infinity) this.#timer.cancel();
    else
      this.#timer.arm(
        Math.ceil((edge * NS_PER_SECOND) / PIT_HZ) + 1,
        this.#rateGenerator ? TICK_SLACK_NS : 0,
      );
  }

  setGate2(gate: boolean): void {
    this.#channels[2].setGate(this.#nowTicks(), gate);
    this.onChannel2();
  }

  /** Of the wave that counter 2 makes, in hertz; 0: none. */
  get frequency2(): number {
    const period = this.#channels[2].period;
    return period === 0 ? 0 : PIT_HZ / period;
  }

  out2(): boolean {
    return this.#channels[2].out(this.#nowTicks());
  }
}
