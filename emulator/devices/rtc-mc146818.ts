/**
 * Motorola MC146818 real-time clock with 128 bytes of battery-backed memory, behind ports 0x70 and 0x71.
 *
 * - The calendar is a function of guest time; nothing ticks unless an interrupt is enabled.
 * - Flags of register C rise whether their interrupt is enabled or not, and reading C clears them.
 * - Reset keeps the time and the memory, as the battery does. `setWallClock` says what time it is outside; a
 *   guest that has set its clock otherwise keeps its difference.
 * Source: Motorola MC146818 data sheet; century byte 0x32 as the IBM PS/2 has it.
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
import { decodeCalendar, encodeCalendar, type CalendarFormat } from './rtc-calendar.ts';

const NVRAM_BYTES = 128;
const REG = {
  secondsAlarm: 1,
  minutesAlarm: 3,
  hoursAlarm: 5,
  a: 10,
  b: 11,
  c: 12,
  d: 13,
  century: 0x32,
} as const;
/** Registers 0, 2, 4, 6..9 and the century byte count. */
const isTime = (r: number): boolean =>
  r === 0 || r === 2 || r === 4 || (r >= 6 && r <= 9) || r === REG.century;
const A = { updateInProgress: 0x80, writable: 0x7f, dividerRun: 0x20, dividerMask: 0x70 } as const;
const B = { set: 0x80, periodic: 0x40, alarm: 0x20, update: 0x10, binary: 0x04, hours24: 0x02 } as const;
const C = { request: 0x80, periodic: 0x40, alarm: 0x20, update: 0x10 } as const;
const D_VALID_RAM_AND_TIME = 0x80;
const ALARM_ANY = 0xc0;
const NS_PER_SECOND = 1e9;
const SECONDS_PER_DAY = 86400;
/** tBUC + tUC of the data sheet for a 32.768 kHz crystal: UIP is up this long before a second turns. */
const UPDATE_WINDOW_NS = 244_000 + 1_984_000;

export class RtcMc146818 implements Chip, PortHandler {
  readonly #timers: Timers;
  readonly #irq8: Line;
  readonly #timer: Timer;
  readonly nvram = new Uint8Array(NVRAM_BYTES);
  #index = 0;
  #flags = 0;
  /** Unix time in nanoseconds (second resolution is what counts) at guest time 0. */
  #epochNs = 0;
  /** What the host says of the same; a guest that sets its clock moves only the one above. */
  #hostEpochNs = 0;
  /** Guest time up to which the flags were brought. */
  #syncedNs = 0;

  constructor(timers: Timers, irq8: Line) {
    this.#timers = timers;
    this.#irq8 = irq8;
    this.nvram[REG.a] = 0x26;
    this.nvram[REG.b] = B.hours24;
    this.nvram[REG.d] = D_VALID_RAM_AND_TIME;
    this.#timer = timers.create('rtc', () => {
      this.#sync();
      this.#arm();
    });
  }

  /** It is `unixMs` outside now: at power-on, and after guest time stood still. */
  setWallClock(unixMs: number): void {
    this.#sync();
    const hostEpochNs = unixMs * 1e6 - this.#timers.nowNs();
    this.#epochNs += hostEpochNs - this.#hostEpochNs;
    this.#hostEpochNs = hostEpochNs;
    this.#arm();
  }

  reset(): void {
    this.nvram[REG.b] = this.#b & ~(B.periodic | B.alarm | B.update | 0x08);
    this.#flags = 0;
    this.#index = 0;
    this.#timer.cancel();
    this.#irq8(false);
  }

  state(fields: StateFields): void {
    fields.bytes(this.nvram);
    this.#index = fields.u8(this.#index);
    this.#flags = fields.u8(this.#flags);
    this.#epochNs = fields.f64(this.#epochNs);
    this.#hostEpochNs = fields.f64(this.#hostEpochNs);
    this.#syncedNs = fields.f64(this.#syncedNs);
    if (fields.restoring) this.#raise(0);
  }

  get #a(): number {
    return this.nvram[REG.a] ?? 0;
  }
  get #b(): number {
    return this.nvram[REG.b] ?? 0;
  }
  get #format(): CalendarFormat {
    return { binary: (this.#b & B.binary) !== 0, hours24: (this.#b & B.hours24) !== 0 };
  }
  get #running(): boolean {
    return (this.#b & B.set) === 0 && (this.#a & A.dividerMask) === A.dividerRun;
  }
  /** Length of the periodic interrupt's period, or null when it is off. */
  get #periodNs(): number | null {
    const rate = this.#a & 15;
    if (rate === 0) return null;
    return (2 ** ((rate < 3 ? rate + 7 : rate) - 1) / 32768) * NS_PER_SECOND;
  }

  #wallNs(): number {
    return this.#epochNs + this.#timers.nowNs();
  }

  portRead(port: number): number {
    // The index register is write-only; the bus floats.
    if ((port & 1) === 0) return 0xff;
    const index = this.#index;
    if (index === REG.a) return (this.#a & A.writable) | (this.#updateInProgress() ? A.updateInProgress : 0);
    if (index === REG.c) {
      this.#sync();
      const flags = this.#flags;
      this.#flags = 0;
      this.#irq8(false);
      this.#arm();
      return flags;
    }
    if (isTime(index) && this.#running) this.#storeCalendar();
    return this.nvram[index] ?? 0xff;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    if ((port & 1) === 0) {
      this.#index = value & (NVRAM_BYTES - 1);
      return;
    }
    const index = this.#index;
    if (index === REG.c || index === REG.d) return;
    this.#sync();
    const wasRunning = this.#running;
    const dividerRan = (this.#a & A.dividerMask) === A.dividerRun;
    if (wasRunning && (isTime(index) || index === REG.a || index === REG.b)) this.#storeCalendar();
    this.nvram[index] = index === REG.a ? value & A.writable : value;
    // SET aborts the update cycle and turns the update-ended interrupt off.
    if (index === REG.b && (value & B.set) !== 0) this.nvram[REG.b] = value & ~B.update;
    if (this.#running && (!wasRunning || isTime(index))) this.#loadCalendar(dividerRan);
    this.#raise(0);
    this.#arm();
  }

  #updateInProgress(): boolean {
    if (!this.#running) return false;
    const wall = this.#wallNs();
    return NS_PER_SECOND - (wall % NS_PER_SECOND) <= UPDATE_WINDOW_NS;
  }

  #storeCalendar(): void {
    encodeCalendar(Math.floor(this.#wallNs() / NS_PER_SECOND), this.#format, this.nvram, REG.century);
  }

  #loadCalendar(keepFraction: boolean): void {
    const seconds = decodeCalendar(this.nvram, this.#format, REG.century);
    if (seconds === null) return;
    const now = this.#timers.nowNs();
    // A divider that leaves its reset makes the first update 500 ms later.
    const fraction = keepFraction ? (this.#epochNs + now) % NS_PER_SECOND : NS_PER_SECOND / 2;
    this.#epochNs = seconds * NS_PER_SECOND + fraction - now;
    this.#syncedNs = now;
  }

  /** Raises the flags of everything that happened since the last call. */
  #sync(): void {
    const now = this.#timers.nowNs();
    const from = this.#syncedNs;
    this.#syncedNs = now;
    let flags = 0;
    const period = this.#periodNs;
    if (period !== null && Math.floor(now / period) !== Math.floor(from / period)) flags |= C.periodic;
    if (this.#running) {
      const first = Math.floor((this.#epochNs + from) / NS_PER_SECOND);
      const last = Math.floor((this.#epochNs + now) / NS_PER_SECOND);
      if (last > first) {
        flags |= C.update;
        const alarm = this.#nextAlarm(first);
        if (alarm !== null && alarm <= last) flags |= C.alarm;
      }
    }
    this.#raise(flags);
  }

  /** Interrupts for the flags whose enable bit is set. The enable bits of B stand where C has its flags. */
  #raise(flags: number): void {
    this.#flags |= flags;
    if ((this.#flags & this.#b & (B.periodic | B.alarm | B.update)) !== 0) {
      this.#flags |= C.request;
      this.#irq8(true);
    } else {
      this.#flags &= ~C.request;
      this.#irq8(false);
    }
  }

  /** The first second after `afterSecond` that matches the alarm bytes; null when none does within a day. */
  #nextAlarm(afterSecond: number): number | null {
    const { secondsAlarm, minutesAlarm, hoursAlarm } = REG;
    const probe = new Uint8Array(NVRAM_BYTES);
    const matches = (alarm: number, time: number): boolean => {
      const wanted = this.nvram[alarm] ?? 0;
      return (wanted & ALARM_ANY) === ALARM_ANY || wanted === probe[time];
    };
    let second = afterSecond + 1;
    const end = afterSecond + SECONDS_PER_DAY;
    while (second <= end) {
      encodeCalendar(second, this.#format, probe, REG.century);
      if (!matches(hoursAlarm, 4)) second += 3600 - (second % 3600);
      else if (!matches(minutesAlarm, 2)) second += 60 - (second % 60);
      else if (!matches(secondsAlarm, 0)) second++;
      else return second;
    }
    return null;
  }

  /** Arms the timer for the next event that would interrupt; flags nobody waits for are found on reading. */
  #arm(): void {
    const now = this.#timers.nowNs();
    let deadline = Infinity;
    const period = this.#periodNs;
    if ((this.#b & B.periodic) !== 0 && period !== null) deadline = (Math.floor(now / period) + 1) * period;
    if (this.#running && (this.#b & (B.alarm | B.update)) !== 0) {
      const second = Math.floor((this.#epochNs + now) / NS_PER_SECOND);
      const event = (this.#b & B.update) !== 0 ? second + 1 : this.#nextAlarm(second);
      if (event !== null) deadline = Math.min(deadline, event * NS_PER_SECOND - this.#epochNs);
    }
    if (deadline === Infinity) this.#timer.cancel();
    else this.#timer.arm(Math.ceil(deadline) + 1, TICK_SLACK_NS);
  }
}
