/**
 * Power management of the Intel 82371AB (PIIX4) function 3: ACPI registers, PM timer, SMI command port.
 *
 * - The register block is at the I/O base in configuration register 0x40 while bit 0 of 0x80 is set.
 * - Writing ACPI_ENABLE/ACPI_DISABLE to port 0xB2 sets and clears SCI_EN here; on a real board a handler in
 *   system management mode does that. DEVACTB's APMC_EN is set at reset so that firmware installs none.
 * - The interrupt of the power-management events (SCI) is IRQ 9.
 * Source: Intel 82371AB (PIIX4) data sheet (290562), chapter 7; ACPI 1.0b, 4.7.
 */
import type {
  AccessSize,
  Chip,
  Line,
  PortHandler,
  PortSpace,
  Region,
  StateFields,
  Timer,
  Timers,
} from '../machine/bus.ts';
import { PciFunction } from './pci-function.ts';

export const ACPI_ENABLE = 0xf1;
export const ACPI_DISABLE = 0xf0;
export const PM_TIMER_HZ = 3579545;

const PMBASE = 0x40;
const PMBASE_BYTES = 64;
const DEVACTB = 0x58;
const APMC_ENABLE = 1 << 25;
const PMREGMISC = 0x80;
const SMBUS_BASE = 0x90;
const SMBUS_CONFIG = 0xd2;

const PM1 = { status: 0, enable: 2, control: 4, timer: 8 } as const;
const STATUS = {
  timer: 0x0001,
  globalLock: 0x0020,
  powerButton: 0x0100,
  sleepButton: 0x0200,
  realTimeClock: 0x0400,
  wake: 0x8000,
};
const CLEARABLE =
  STATUS.timer |
  STATUS.globalLock |
  STATUS.powerButton |
  STATUS.sleepButton |
  STATUS.realTimeClock |
  STATUS.wake;
const CONTROL = { sciEnable: 0x0001, sleepType: 0x1c00, sleepEnable: 0x2000 } as const;
/** SLP_TYP of soft off in the PIIX4. */
const SLEEP_TYPE_SOFT_OFF = 0;
const TIMER_BITS = 24;
/** TMR_STS rises when the top bit of the timer changes. */
const TIMER_HALF = 2 ** (TIMER_BITS - 1);
const NS_PER_SECOND = 1e9;

export interface Piix4PmWiring {
  readonly ports: PortSpace;
  readonly timers: Timers;
  readonly sci: Line;
  readonly powerOff: () => void;
}

export class Piix4Pm implements Chip, PortHandler {
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x7113,
    revision: 0x03,
    classCode: 0x068000,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #wiring: Piix4PmWiring;
  readonly #timer: Timer;
  #region: Region | null = null;
  #base = 0;
  #status = 0;
  #enable = 0;
  #control = 0;
  #lastHalf = 0;
  /** Registers of the block without an effect here: general purpose status, throttling, traps. */
  readonly #rest = new Uint8Array(PMBASE_BYTES);
  #apmControl = 0;
  #apmStatus = 0;

  constructor(wiring: Piix4PmWiring) {
    this.#wiring = wiring;
    this.#timer = wiring.timers.create('pm-timer', () => {
      this.#update();
    });
    const { pci } = this;
    pci.define(0x04, 2, 0, 0x0001);
    pci.define(0x06, 2, 0x0280, 0);
    pci.define(0x3d, 1, 0x01, 0);
    pci.define(PMBASE, 4, 0x00000001, 0x0000ffc0);
    for (let offset = 0x44; offset < 0x80; offset += 4) pci.define(offset, 4, 0, 0xffffffff);
    pci.define(DEVACTB, 4, APMC_ENABLE, 0xffffffff);
    pci.define(PMREGMISC, 1, 0, 0x0f);
    pci.define(SMBUS_BASE, 4, 0x00000001, 0x0000fff0);
    pci.define(SMBUS_CONFIG, 1, 0, 0x0f);
    pci.onDecodeChange = () => {
      this.#decode();
    };
    pci.onWrite = (offset, sizeBytes) => {
      if (offset < PMBASE + 4 || (offset <= PMREGMISC && offset + sizeBytes > PMREGMISC)) this.#decode();
    };
  }

  reset(): void {
    this.#status = 0;
    this.#enable = 0;
    this.#control = 0;
    this.#rest.fill(0);
    this.#apmControl = 0;
    this.#apmStatus = 0;
    this.#lastHalf = this.#halves();
    this.#timer.cancel();
    this.#wiring.sci(false);
    this.pci.reset();
  }

  state(fields: StateFields): void {
    this.#status = fields.u16(this.#status);
    this.#enable = fields.u16(this.#enable);
    this.#control = fields.u16(this.#control);
    this.#lastHalf = fields.f64(this.#lastHalf);
    fields.bytes(this.#rest);
    this.#apmControl = fields.u8(this.#apmControl);
    this.#apmStatus = fields.u8(this.#apmStatus);
    if (fields.restoring) this.#driveSci();
  }

  #decode(): void {
    const enabled = (this.pci.get(PMREGMISC, 1) & 1) !== 0;
    const base = enabled ? this.pci.get(PMBASE, 4) & 0xffc0 : 0;
    if (base === this.#base) return;
    this.#region?.remove();
    this.#base = base;
    this.#region = base === 0 ? null : this.#wiring.ports.claim('piix4-pm', base, PMBASE_BYTES, this, 4);
  }

  /** Where the register block is now; 0 while it is not decoded. */
  get ioBase(): number {
    return this.#base;
  }

  #ticks(): number {
    return Math.floor((this.#wiring.timers.nowNs() * PM_TIMER_HZ) / NS_PER_SECOND);
  }

  #halves(): number {
    return Math.floor(this.#ticks() / TIMER_HALF);
  }

  /** Brings TMR_STS up to date, drives SCI, arms the timer when TMR_STS would interrupt. */
  #update(): void {
    const halves = this.#halves();
    if (halves !== this.#lastHalf) this.#status |= STATUS.timer;
    this.#lastHalf = halves;
    this.#driveSci();
    if ((this.#enable & STATUS.timer) !== 0) {
      this.#timer.arm(Math.ceil(((halves + 1) * TIMER_HALF * NS_PER_SECOND) / PM_TIMER_HZ) + 1);
    } else {
      this.#timer.cancel();
    }
  }

  #driveSci(): void {
    const enabled = (this.#control & CONTROL.sciEnable) !== 0;
    this.#wiring.sci(enabled && (this.#status & this.#enable) !== 0);
  }

  /** The button of the case: an event for the guest, which may ignore it. */
  pressPowerButton(): void {
    this.#status |= STATUS.powerButton;
    this.#update();
  }

  /** Another event; the PIIX4 has no such button, ACPI's fixed hardware and the FADT have. */
  pressSleepButton(): void {
    this.#status |= STATUS.sleepButton;
    this.#update();
  }

  portRead(port: number, sizeBytes: AccessSize): number {
    // The timer is read whole: bytes of different moments would make time run backwards.
    const timer = this.#ticks() % 2 ** TIMER_BITS;
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value += this.#readByte(port - this.#base + i, timer) * 2 ** (8 * i);
    return value;
  }

  #readByte(offset: number, timer: number): number {
    if (offset >= PM1.timer && offset < PM1.timer + 4) return (timer >>> (8 * (offset - PM1.timer))) & 0xff;
    if (offset < 2) this.#update();
    const register =
      offset < 2 ? this.#status : offset < 4 ? this.#enable : offset < 6 ? this.#control : null;
    if (register === null) return this.#rest[offset] ?? 0;
    return (register >> (8 * (offset & 1))) & 0xff;
  }

  portWrite(port: number, sizeBytes: AccessSize, value: number): void {
    const offset = port - this.#base;
    for (let i = 0; i < sizeBytes; i++) this.#writeByte(offset + i, (value >>> (8 * i)) & 0xff);
    this.#update();
    const wroteControl = offset < PM1.control + 2 && offset + sizeBytes > PM1.control + 1;
    if (wroteControl && (this.#control & CONTROL.sleepEnable) !== 0) this.#sleep();
  }

  #writeByte(offset: number, byte: number): void {
    const shift = 8 * (offset & 1);
    const mask = 0xff << shift;
    if (offset < 2) this.#status &= ~((byte << shift) & CLEARABLE);
    else if (offset < 4) this.#enable = (this.#enable & ~mask) | (byte << shift);
    else if (offset < 6) this.#control = (this.#control & ~mask) | (byte << shift);
    else if (offset < PM1.timer || offset >= PM1.timer + 4) this.#rest[offset] = byte;
  }

  #sleep(): void {
    // SLP_EN is write-only: it starts the transition and reads as 0.
    this.#control &= ~CONTROL.sleepEnable;
    if ((this.#control & CONTROL.sleepType) >> 10 === SLEEP_TYPE_SOFT_OFF) this.#wiring.powerOff();
  }

  /** Ports 0xB2 (command) and 0xB3 (status). */
  readonly apm: PortHandler = {
    portRead: (port) => ((port & 1) === 0 ? this.#apmControl : this.#apmStatus),
    portWrite: (port, _sizeBytes, value) => {
      if ((port & 1) !== 0) {
        this.#apmStatus = value;
        return;
      }
      this.#apmControl = value;
      if (value === ACPI_ENABLE) this.#control |= CONTROL.sciEnable;
      else if (value === ACPI_DISABLE) this.#control &= ~CONTROL.sciEnable;
      this.#update();
    },
  };
}
