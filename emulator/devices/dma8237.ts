/**
 * The two Intel 8237A DMA controllers of a PC, their page registers, and the spare page register at 0x80 that
 * firmware uses for POST codes.
 *
 * - No device of this board asks for an ISA DMA cycle, so the channels only keep what is written.
 * Source: Intel 8237A data sheet; Intel 82371SB (PIIX3) data sheet, "DMA Registers".
 */
import type { AccessSize, Chip, PortHandler, StateFields } from '../machine/bus.ts';

const COMMAND = 8;
const REQUEST = 9;
const SINGLE_MASK = 10;
const MODE = 11;
const CLEAR_FLIP_FLOP = 12;
const MASTER_CLEAR = 13;
const CLEAR_MASK = 14;
const ALL_MASKS = 15;

export class Dma8237 implements Chip, PortHandler {
  readonly #shift: number;
  readonly #addresses = new Uint16Array(4);
  readonly #counts = new Uint16Array(4);
  readonly #modes = new Uint8Array(4);
  #command = 0;
  #mask = 0x0f;
  #high = false;

  /** `shift`: 0 for the 8-bit controller at 0x00, 1 for the 16-bit one at 0xC0 (registers two ports apart). */
  constructor(shift: 0 | 1) {
    this.#shift = shift;
  }

  reset(): void {
    this.#command = 0;
    this.#mask = 0x0f;
    this.#high = false;
    this.#modes.fill(0);
  }

  state(fields: StateFields): void {
    for (const words of [this.#addresses, this.#counts]) fields.bytes(new Uint8Array(words.buffer));
    fields.bytes(this.#modes);
    this.#command = fields.u8(this.#command);
    this.#mask = fields.u8(this.#mask);
    this.#high = fields.bool(this.#high);
  }

  #register(port: number): number {
    return (port >> this.#shift) & 15;
  }

  portRead(port: number): number {
    const register = this.#register(port);
    if (register < 8) {
      const value = ((register & 1) === 0 ? this.#addresses : this.#counts)[register >> 1] ?? 0;
      this.#high = !this.#high;
      return this.#high ? value & 0xff : value >> 8;
    }
    if (register === ALL_MASKS) return 0xf0 | this.#mask;
    // Status: no channel has reached its terminal count or is requested. Other registers are write-only.
    return 0;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    const register = this.#register(port);
    if (register < 8) {
      const bank = (register & 1) === 0 ? this.#addresses : this.#counts;
      const old = bank[register >> 1] ?? 0;
      bank[register >> 1] = this.#high ? (old & 0x00ff) | (value << 8) : (old & 0xff00) | value;
      this.#high = !this.#high;
      return;
    }
    switch (register) {
      case COMMAND:
        this.#command = value;
        break;
      case REQUEST:
        break;
      case SINGLE_MASK:
        this.#mask = (value & 4) !== 0 ? this.#mask | (1 << (value & 3)) : this.#mask & ~(1 << (value & 3));
        break;
      case MODE:
        this.#modes[value & 3] = value & 0xfc;
        break;
      case CLEAR_FLIP_FLOP:
        this.#high = false;
        break;
      case MASTER_CLEAR:
        this.reset();
        break;
      case CLEAR_MASK:
        this.#mask = 0;
        break;
      default:
        this.#mask = value & 0x0f;
    }
  }

  /** The command register, for the debugger: the guest cannot read it. */
  get command(): number {
    return this.#command;
  }
}

/** Ports 0x80..0x8F: plain registers. */
export class DmaPages implements Chip, PortHandler {
  readonly #registers = new Uint8Array(16);

  reset(): void {
    this.#registers.fill(0);
  }

  state(fields: StateFields): void {
    fields.bytes(this.#registers);
  }

  portRead(port: number): number {
    return this.#registers[port & 15] ?? 0;
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    this.#registers[port & 15] = value;
  }
}
