/**
 * National PC16550D serial port: all registers, FIFOs, modem lines, loopback, interrupts.
 *
 * - What the guest sends leaves at once through `transmit`; the transmitter is always empty again.
 * - `receive` queues bytes without bound. They enter the receiver at least one character time apart, the first one at
 *   once, and only while it has room, so nothing is ever lost. A guest that has raised RTS once and then drops it
 *   pauses the sender.
 * Source: National PC16550D data sheet (TL/C/8652), chapter 8 "Registers".
 */
import type { AccessSize, Chip, Line, PortHandler, StateFields, Timer, Timers } from '../machine/bus.ts';

const IER_RECEIVED = 0x01;
const IER_TRANSMIT_EMPTY = 0x02;
const IER_LINE_STATUS = 0x04;
const IER_MODEM_STATUS = 0x08;
const IIR = {
  none: 0x01,
  modem: 0x00,
  transmitEmpty: 0x02,
  received: 0x04,
  lineStatus: 0x06,
  timeout: 0x0c,
} as const;
const LSR = {
  dataReady: 0x01,
  overrun: 0x02,
  framing: 0x08,
  breakInterrupt: 0x10,
  transmitEmpty: 0x60,
  errors: 0x1e,
  errorInFifo: 0x80,
} as const;
/** A break is a character of zeros without its stop bit. */
const BREAK = (LSR.breakInterrupt | LSR.framing) << 8;
const CHARACTER = 0xff;
const LCR_DIVISOR_LATCH = 0x80;
const LCR_BREAK = 0x40;
const MCR = { rts: 0x02, out2: 0x08, loopback: 0x10, writable: 0x1f } as const;
/** Clear to send, data set ready, carrier: a terminal is plugged in and ready. */
const MODEM_CONNECTED = 0xb0;
const FIFO_BYTES = 16;
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
const BASE_BAUD = 115200;
const TIMEOUT_CHARACTERS = 4;

export class Uart16550 implements Chip, PortHandler {
  /** 2: errors of each received character. */
  readonly stateVersion = 2;
  readonly #timers: Timers;
  readonly #irq: Line;
  readonly #transmit: (byte: number) => void;
  /** Armed while a character is on the line. */
  readonly #pacer: Timer;
  readonly #timeout: Timer;
  /** Input that has not reached the receiver yet: chunks and the position in the first. */
  #queue: Uint8Array[] = [];
  #queueAt = 0;
  /** Characters, each with the line status errors that it came with in the upper byte until they were read. */
  #fifo: number[] = [];
  #ier = 0;
  #lcr = 0;
  #mcr = 0;
  #lsr = LSR.transmitEmpty as number;
  #msr = MODEM_CONNECTED;
  #scratch = 0;
  #divisor = 1;
  #fifoEnabled = false;
  #trigger = 1;
  #transmitInterrupt = false;
  #timeoutInterrupt = false;
  #flowControlled = false;

  constructor(timers: Timers, irq: Line, transmit: (byte: number) => void) {
    this.#timers = timers;
    this.#irq = irq;
    this.#transmit = transmit;
    this.#pacer = timers.create('uart-receive', () => {
      this.#pace();
    });
    this.#timeout = timers.create('uart-timeout', () => {
      this.#timeoutInterrupt = this.#fifo.length > 0;
      this.#update();
    });
  }

  /** Bytes that wait outside the receiver survive a reset: the sender does not know of it. */
  reset(): void {
    this.#fifo = [];
    this.#ier = 0;
    this.#lcr = 0;
    this.#mcr = 0;
    this.#lsr = LSR.transmitEmpty;
    this.#msr = MODEM_CONNECTED;
    this.#fifoEnabled = false;
    this.#trigger = 1;
    this.#transmitInterrupt = false;
    this.#timeoutInterrupt = false;
    this.#flowControlled = false;
    this.#timeout.cancel();
    this.#update();
  }

  /** What waits for the receiver with it: nothing that was sent is lost. */
  state(fields: StateFields): void {
    this.#queue = fields.list(this.#queue, (chunk) => fields.buffer(chunk), new Uint8Array(0));
    this.#queueAt = fields.u32(this.#queueAt);
    this.#fifo = fields.list(this.#fifo, (v) => fields.u16(v), 0);
    this.#ier = fields.u8(this.#ier);
    this.#lcr = fields.u8(this.#lcr);
    this.#mcr = fields.u8(this.#mcr);
    this.#lsr = fields.u8(this.#lsr);
    this.#msr = fields.u8(this.#msr);
    this.#scratch = fields.u8(this.#scratch);
    this.#divisor = fields.u16(this.#divisor);
    this.#fifoEnabled = fields.bool(this.#fifoEnabled);
    this.#trigger = fields.u8(this.#trigger);
    this.#transmitInterrupt = fields.bool(this.#transmitInterrupt);
    this.#timeoutInterrupt = fields.bool(this.#timeoutInterrupt);
    this.#flowControlled = fields.bool(this.#flowControlled);
    if (fields.restoring) this.#update();
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes.slice());
    this.#pace();
  }

  /** The line is held low for longer than a character. */
  receiveBreak(): void {
    if ((this.#mcr & MCR.loopback) === 0) this.#received(BREAK);
  }

  /** Start bit, data, parity, stop bits at the programmed speed. */
  #characterNs(): number {
    const bits = 1 + 5 + (this.#lcr & 3) + ((this.#lcr >> 3) & 1) + 1 + ((this.#lcr >> 2) & 1);
    return (bits * 1e9 * Math.max(this.#divisor, 1)) / BASE_BAUD;
  }

  /** Takes the next character in as soon as it may come. */
  #pace(): void {
    const paused = this.#flowControlled && (this.#mcr & MCR.rts) === 0;
    const loopback = (this.#mcr & MCR.loopback) !== 0;
    if (this.#queue.length === 0 || this.#pacer.armed || paused || loopback || !this.#hasRoom()) return;
    this.#shiftIn();
  }

  #hasRoom(): boolean {
    return this.#fifo.length < (this.#fifoEnabled ? FIFO_BYTES : 1);
  }

  #shiftIn(): void {
    const chunk = this.#queue[0];
    if (chunk === undefined) return;
    this.#pacer.arm(this.#timers.nowNs() + this.#characterNs());
    const byte = chunk[this.#queueAt++];
    if (this.#queueAt >= chunk.length) {
      this.#queue.shift();
      this.#queueAt = 0;
    }
    if (byte !== undefined) this.#received(byte);
  }

  #received(character: number): void {
    if (!this.#hasRoom()) {
      this.#lsr |= LSR.overrun;
      if (!this.#fifoEnabled) this.#fifo = [character];
    } else {
      this.#fifo.push(character);
    }
    this.#lsr |= LSR.dataReady;
    if (this.#fifo.length === 1) this.#showErrors();
    this.#restartTimeout();
    this.#update();
  }

  /** Errors show when their character is the next to be read. */
  #showErrors(): void {
    this.#lsr |= (this.#fifo[0] ?? 0) >> 8;
  }

  #readLineStatus(): number {
    const inFifo = this.#fifoEnabled && this.#fifo.some((character) => character > CHARACTER);
    const status = this.#lsr | (inFifo ? LSR.errorInFifo : 0);
    this.#lsr &= ~LSR.errors;
    const [first] = this.#fifo;
    if (first !== undefined) this.#fifo[0] = first & CHARACTER;
    this.#update();
    return status;
  }

  #restartTimeout(): void {
    this.#timeoutInterrupt = false;
    if (this.#fifoEnabled && this.#fifo.length > 0) {
      this.#timeout.arm(this.#timers.nowNs() + TIMEOUT_CHARACTERS * this.#characterNs());
    } else {
      this.#timeout.cancel();
    }
  }

  #pendingInterrupt(): number {
    if ((this.#ier & IER_LINE_STATUS) !== 0 && (this.#lsr & LSR.errors) !== 0) return IIR.lineStatus;
    if ((this.#ier & IER_RECEIVED) !== 0) {
      if (this.#fifo.length >= (this.#fifoEnabled ? this.#trigger : 1)) return IIR.received;
      if (this.#timeoutInterrupt) return IIR.timeout;
    }
    if ((this.#ier & IER_TRANSMIT_EMPTY) !== 0 && this.#transmitInterrupt) return IIR.transmitEmpty;
    if ((this.#ier & IER_MODEM_STATUS) !== 0 && (this.#msr & 0x0f) !== 0) return IIR.modem;
    return IIR.none;
  }

  /** On a PC the interrupt passes a gate that OUT2 opens; loopback disconnects OUT2 from its pin. */
  #update(): void {
    const gate = (this.#mcr & (MCR.out2 | MCR.loopback)) === MCR.out2;
    this.#irq(gate && this.#pendingInterrupt() !== IIR.none);
  }

  portRead(port: number): number {
    const divisorLatch = (this.#lcr & LCR_DIVISOR_LATCH) !== 0;
    switch (port & 7) {
      case 0:
        return divisorLatch ? this.#divisor & 0xff : this.#readData();
      case 1:
        return divisorLatch ? this.#divisor >> 8 : this.#ier;
      case 2: {
        const pending = this.#pendingInterrupt();
        if (pending === IIR.transmitEmpty) {
          this.#transmitInterrupt = false;
          this.#update();
        }
        return pending | (this.#fifoEnabled ? 0xc0 : 0);
      }
      case 3:
        return this.#lcr;
      case 4:
        return this.#mcr;
      case 5:
        return this.#readLineStatus();
      case 6: {
        const msr = this.#msr;
        this.#msr &= 0xf0;
        this.#update();
        return msr;
      }
      default:
        return this.#scratch;
    }
  }

  #readData(): number {
    const byte = (this.#fifo.shift() ?? 0) & CHARACTER;
    if (this.#fifo.length === 0) this.#lsr &= ~LSR.dataReady;
    this.#showErrors();
    this.#restartTimeout();
    this.#update();
    this.#pace();
    return byte;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    const divisorLatch = (this.#lcr & LCR_DIVISOR_LATCH) !== 0;
    switch (port & 7) {
      case 0:
        if (divisorLatch) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#writeData(value);
        break;
      case 1:
        if (divisorLatch) {
          this.#divisor = (this.#divisor & 0xff) | (value << 8);
          break;
        }
        // Enabling the transmitter interrupt while the transmitter is empty raises it at once.
        if ((value & ~this.#ier & IER_TRANSMIT_EMPTY) !== 0) this.#transmitInterrupt = true;
        this.#ier = value & 0x0f;
        break;
      case 2:
        this.#writeFifoControl(value);
        break;
      case 3:
        if ((value & ~this.#lcr & LCR_BREAK) !== 0 && (this.#mcr & MCR.loopback) !== 0) this.#received(BREAK);
        this.#lcr = value;
        break;
      case 4:
        this.#writeModemControl(value & MCR.writable);
        break;
      case 7:
        this.#scratch = value;
        break;
      default:
      // LSR and MSR are for factory tests: writes are ignored.
    }
    this.#update();
  }

  #writeData(value: number): void {
    this.#transmitInterrupt = true;
    if ((this.#mcr & MCR.loopback) !== 0) this.#received(value);
    else this.#transmit(value);
  }

  #writeFifoControl(value: number): void {
    const enabled = (value & 1) !== 0;
    if (enabled !== this.#fifoEnabled || (value & 2) !== 0) {
      this.#fifo = [];
      this.#lsr &= ~(LSR.dataReady | LSR.breakInterrupt | LSR.framing);
      this.#restartTimeout();
    }
    this.#fifoEnabled = enabled;
    this.#trigger = enabled ? TRIGGER_LEVELS[((value >> 6) & 3) as 0 | 1 | 2 | 3] : 1;
    this.#pace();
  }

  #writeModemControl(value: number): void {
    this.#mcr = value;
    if ((value & MCR.rts) !== 0 && (value & MCR.loopback) === 0) this.#flowControlled = true;
    // Loopback wires RTS, DTR, OUT1, OUT2 to CTS, DSR, RI, DCD.
    const lines =
      (value & MCR.loopback) === 0
        ? MODEM_CONNECTED
        : ((value & 0x02) << 3) | ((value & 0x01) << 5) | ((value & 0x04) << 4) | ((value & 0x08) << 4);
    const changed = (this.#msr ^ lines) & 0xf0;
    // RI reports only its trailing edge.
    const ringEnded = (changed & 0x40) !== 0 && (lines & 0x40) === 0;
    this.#msr = lines | (this.#msr & 0x0f) | ((changed >> 4) & 0x0b) | (ringEnded ? 0x04 : 0);
    this.#pace();
  }
}
