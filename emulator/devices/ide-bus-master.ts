/**
 * Bus-master IDE: eight registers a channel at BAR 4 of the IDE function, and the walk through PRD tables.
 *
 * - A transfer runs when the start bit is set and the drive has raised its DMA request, whichever comes last.
 * - A table that ends before the drive's data, or holds less than a sector at a time, is moved piece by piece.
 * Source: Intel "Programming Interface for Bus Master IDE Controller" 1.0 (1994).
 */
import type { AccessSize, Chip, DmaMemory, PortHandler, StateFields } from '../machine/bus.ts';
import type { AtaChannel } from './ata-channel.ts';
import type { DmaRequest } from './ata-drive.ts';

const COMMAND = { start: 0x01, toMemory: 0x08 } as const;
const STATUS = { active: 0x01, error: 0x02, interrupt: 0x04, driveFlags: 0x60 } as const;
const END_OF_TABLE = 0x80000000;
const MAX_PIECE_BYTES = 65536;
const SECTOR_BYTES = 512;

export class IdeBusMaster implements Chip, PortHandler {
  readonly #channel: AtaChannel;
  readonly #memory: DmaMemory;
  readonly #busMasterEnabled: () => boolean;
  #command = 0;
  #status = 0;
  #table = 0;

  constructor(channel: AtaChannel, memory: DmaMemory, busMasterEnabled: () => boolean) {
    this.#channel = channel;
    this.#memory = memory;
    this.#busMasterEnabled = busMasterEnabled;
    channel.onDmaRequest = () => {
      this.#run();
    };
    channel.onInterrupt = () => {
      this.#status |= STATUS.interrupt;
    };
  }

  reset(): void {
    this.#command = 0;
    this.#status = 0;
    this.#table = 0;
  }

  state(fields: StateFields): void {
    this.#command = fields.u8(this.#command);
    this.#status = fields.u8(this.#status);
    this.#table = fields.u32(this.#table);
  }

  portRead(port: number, sizeBytes: AccessSize): number {
    const register = port & 7;
    if (sizeBytes === 4 && register === 4) return this.#table >>> 0;
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value += this.#readByte(register + i) * 2 ** (8 * i);
    return value;
  }

  #readByte(register: number): number {
    if (register === 0) return this.#command;
    if (register === 2) return this.#status;
    return register >= 4 ? (this.#table >>> (8 * (register - 4))) & 0xff : 0;
  }

  portWrite(port: number, sizeBytes: AccessSize, value: number): void {
    const register = port & 7;
    for (let i = 0; i < sizeBytes; i++) this.#writeByte(register + i, (value >>> (8 * i)) & 0xff);
  }

  #writeByte(register: number, byte: number): void {
    if (register === 0) {
      const started = (byte & ~this.#command & COMMAND.start) !== 0;
      this.#command = byte & (COMMAND.start | COMMAND.toMemory);
      if (started) {
        this.#status |= STATUS.active;
        this.#run();
      } else if ((byte & COMMAND.start) === 0) {
        this.#status &= ~STATUS.active;
      }
    } else if (register === 2) {
      const cleared = this.#status & ~(byte & (STATUS.error | STATUS.interrupt));
      this.#status = (cleared & ~STATUS.driveFlags) | (byte & STATUS.driveFlags);
    } else if (register >= 4) {
      const shift = 8 * (register - 4);
      this.#table = ((this.#table & ~(0xff << shift)) | (byte << shift)) & ~3;
    }
  }

  #run(): void {
    const request = this.#channel.selected?.dma ?? null;
    if (request === null || (this.#status & STATUS.active) === 0 || !this.#busMasterEnabled()) return;
    const toMemory = (this.#command & COMMAND.toMemory) !== 0;
    if (toMemory !== (request.direction === 'in')) {
      this.#status |= STATUS.error;
      return;
    }
    const tableEnded = this.#walk(request);
    // Active falls when the table ends with the data; it stays up when the table is longer.
    if (tableEnded) this.#status &= ~STATUS.active;
  }

  /** Moves the request's data; true when the table's last entry was used up. */
  #walk(request: DmaRequest): boolean {
    const regions = this.#regions();
    let moved = 0;
    let region = regions.next();
    let used = 0;
    while (moved < request.totalBytes) {
      const size = Math.min(MAX_PIECE_BYTES, request.totalBytes - moved);
      const piece = new Uint8Array(Math.ceil(size / SECTOR_BYTES) * SECTOR_BYTES);
      if (request.direction === 'in' && !request.move(piece)) return false;
      for (let at = 0; at < size;) {
        if (region.done === true) {
          // The table is too short: the drive keeps its request, software times out and resets it.
          this.#status |= STATUS.error;
          return true;
        }
        const part = Math.min(size - at, region.value.sizeBytes - used);
        const bytes = piece.subarray(at, at + part);
        if (request.direction === 'in') this.#memory.write(region.value.address + used, bytes);
        else this.#memory.read(region.value.address + used, bytes);
        at += part;
        used += part;
        if (used === region.value.sizeBytes) {
          region = regions.next();
          used = 0;
        }
      }
      if (request.direction === 'out' && !request.move(piece)) return false;
      moved += size;
    }
    request.done();
    return region.done === true;
  }

  *#regions(): Generator<{ readonly address: number; readonly sizeBytes: number }, undefined> {
    const raw = new Uint8Array(8);
    const entry = new DataView(raw.buffer);
    for (let at = this.#table >>> 0; ; at += 8) {
      this.#memory.read(at, raw);
      const size = entry.getUint32(4, true) & 0xfffe;
      yield { address: (entry.getUint32(0, true) & ~1) >>> 0, sizeBytes: size === 0 ? 65536 : size };
      if ((entry.getUint32(4, true) & END_OF_TABLE) !== 0) return undefined;
    }
  }
}
