/**
 * A PS/2 wheel mouse: standard three-byte packets, IntelliMouse (ID 3: wheel) and Explorer (ID 4: five
 * buttons) after the usual sample-rate knocks.
 *
 * - Motion is accumulated and reported at the sample rate the guest chose; nothing is lost between reports.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Microsoft "IntelliMouse" knock sequences.
 */
import type { StateFields, Timer, Timers } from '../machine/bus.ts';
import { PS2, Ps2Device } from './ps2-device.ts';

const WHEEL_KNOCK = [200, 100, 80] as const;
const FIVE_BUTTON_KNOCK = [200, 200, 80] as const;
const NS_PER_SECOND = 1e9;

const clamp = (v: number, low: number, high: number): number => Math.max(low, Math.min(high, v));

export class Ps2Mouse extends Ps2Device {
  readonly #sample: Timer;
  #id = 0;
  #rate = 100;
  #rates: number[] = [];
  #resolution = 2;
  #scaling2 = false;
  #reporting = false;
  #remote = false;
  #wrap = false;
  #command: number | null = null;
  #dx = 0;
  #dy = 0;
  #wheel = 0;
  #buttons = 0;
  #reportedButtons = 0;
  /** The guest has begun to listen to the mouse, or has stopped. */
  onReporting: () => void = () => undefined;

  constructor(timers: Timers) {
    super(timers, 'mouse', [PS2.selfTestPassed, 0]);
    this.#sample = timers.create('mouse-sample', () => {
      this.#report();
    });
  }

  override reset(): void {
    super.reset();
    this.#command = null;
    this.#wrap = false;
    this.#id = 0;
    this.#rates = [];
    this.#defaults();
  }

  state(fields: StateFields): void {
    this.queue.state(fields);
    this.#id = fields.u8(this.#id);
    this.#rate = fields.u8(this.#rate);
    this.#rates = fields.list(this.#rates, (v) => fields.u8(v), 0);
    this.#resolution = fields.u8(this.#resolution);
    this.#scaling2 = fields.bool(this.#scaling2);
    this.#reporting = fields.bool(this.#reporting);
    this.#remote = fields.bool(this.#remote);
    this.#wrap = fields.bool(this.#wrap);
    this.#command = fields.optional(this.#command, (v) => fields.u8(v), 0);
    this.#dx = fields.f64(this.#dx);
    this.#dy = fields.f64(this.#dy);
    this.#wheel = fields.f64(this.#wheel);
    this.#buttons = fields.u8(this.#buttons);
    this.#reportedButtons = fields.u8(this.#reportedButtons);
    if (fields.restoring) this.onReporting();
  }

  #defaults(): void {
    this.#rate = 100;
    this.#resolution = 2;
    this.#scaling2 = false;
    this.#listen(false, false);
    this.#clearMotion();
    this.#sample.cancel();
  }

  #listen(reporting: boolean, remote: boolean): void {
    const before = this.listening;
    this.#reporting = reporting;
    this.#remote = remote;
    if (this.listening !== before) this.onReporting();
  }

  #clearMotion(): void {
    this.#dx = 0;
    this.#dy = 0;
    this.#wheel = 0;
  }

  /** Whether the guest listens: it has enabled reports, or polls. */
  get listening(): boolean {
    return this.#reporting || this.#remote;
  }

  /** A report without motion, at once: its interrupt tells that another pointer has news. */
  nudge(): void {
    if (this.#reporting && !this.#remote && this.queue.length === 0) this.send(...this.#packet());
  }

  /** Motion in counts (y grows downwards, as on a screen), wheel detents (down is positive), buttons held. */
  move(dx: number, dy: number, wheel: number, buttons: number): void {
    this.#dx += Math.trunc(dx);
    this.#dy -= Math.trunc(dy);
    this.#wheel += Math.trunc(wheel);
    this.#buttons = buttons & 0x1f;
    if (this.#reporting && !this.#remote && !this.#sample.armed) {
      this.#sample.arm(this.timers.nowNs() + NS_PER_SECOND / this.#rate);
    }
  }

  get #changed(): boolean {
    return this.#dx !== 0 || this.#dy !== 0 || this.#wheel !== 0 || this.#buttons !== this.#reportedButtons;
  }

  #report(): void {
    if (!this.#reporting || !this.#changed) return;
    // A guest that does not take reports gets one with all the motion when it does.
    if (this.queue.length === 0) this.send(...this.#packet());
    const more = this.queue.length > 0 || this.#dx !== 0 || this.#dy !== 0 || this.#wheel !== 0;
    if (more) {
      this.#sample.arm(this.timers.nowNs() + NS_PER_SECOND / this.#rate);
    }
  }

  #packet(): number[] {
    const dx = clamp(this.#dx, -256, 255);
    const dy = clamp(this.#dy, -256, 255);
    this.#dx -= dx;
    this.#dy -= dy;
    this.#reportedButtons = this.#buttons;
    const scale = (v: number): number => (this.#scaling2 ? clamp(scaled(v), -256, 255) : v);
    const [x, y] = this.#remote ? [dx, dy] : [scale(dx), scale(dy)];
    const packet = [(this.#buttons & 7) | 0x08 | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0), x & 0xff, y & 0xff];
    if (this.#id === 0) {
      this.#wheel = 0;
      return packet;
    }
    const wheel = clamp(this.#wheel, -8, 7);
    this.#wheel -= wheel;
    packet.push(this.#id === 4 ? (wheel & 0x0f) | ((this.#buttons & 0x18) << 1) : wheel & 0xff);
    return packet;
  }

  receive(byte: number): void {
    if (this.#wrap && byte !== 0xec && byte !== 0xff) {
      this.send(byte);
      return;
    }
    const command = this.#command;
    this.#command = null;
    if (command === 0xf3) this.#setRate(byte);
    else if (command === 0xe8) this.#setResolution(byte);
    else this.#execute(byte);
  }

  #setResolution(value: number): void {
    if (value > 3) {
      this.send(PS2.resend);
      return;
    }
    this.#resolution = value;
    this.send(PS2.ack);
  }

  #setRate(value: number): void {
    if (![10, 20, 40, 60, 80, 100, 200].includes(value)) {
      this.send(PS2.resend);
      return;
    }
    this.#rate = value;
    this.#rates = [...this.#rates.slice(-2), value];
    if (WHEEL_KNOCK.every((r, i) => this.#rates[i] === r)) this.#id = 3;
    if (this.#id === 3 && FIVE_BUTTON_KNOCK.every((r, i) => this.#rates[i] === r)) this.#id = 4;
    this.send(PS2.ack);
  }

  #execute(command: number): void {
    switch (command) {
      case 0xe6:
      case 0xe7:
        this.#scaling2 = command === 0xe7;
        break;
      case 0xe8:
      case 0xf3:
        this.#command = command;
        break;
      case 0xe9:
        this.send(PS2.ack, this.#status(), this.#resolution, this.#rate);
        return;
      case 0xea:
        this.#listen(this.#reporting, false);
        this.#clearMotion();
        break;
      case 0xeb:
        this.send(PS2.ack, ...this.#packet());
        return;
      case 0xec:
        this.#wrap = false;
        break;
      case 0xee:
        this.#wrap = true;
        break;
      case 0xf0:
        this.#listen(this.#reporting, true);
        this.#clearMotion();
        break;
      case 0xf2:
        this.send(PS2.ack, this.#id);
        return;
      case 0xf4:
        this.#listen(true, this.#remote);
        this.#clearMotion();
        break;
      case 0xf5:
        this.#listen(false, this.#remote);
        break;
      case 0xf6:
        this.#defaults();
        break;
      default:
        if (!this.common(command, this.queue.lastPacket)) this.send(PS2.resend);
        return;
    }
    this.send(PS2.ack);
  }

  #status(): number {
    const b = this.#buttons;
    const buttons = ((b & 1) << 2) | ((b & 4) >> 1) | ((b & 2) >> 1);
    return buttons | (this.#scaling2 ? 0x10 : 0) | (this.#reporting ? 0x20 : 0) | (this.#remote ? 0x40 : 0);
  }
}

/** Scaling 2:1 of the stream mode: 0, 1, 1, 3, 6, 9, then twice the count. */
function scaled(v: number): number {
  const size = Math.abs(v);
  const table = [0, 1, 1, 3, 6, 9];
  return Math.sign(v) * (table[size] ?? 2 * size);
}
