/**
 * Bus-master IDE: eight registers a channel at BAR 4 of the IDE function, and the walk through PRD tables.
 *
 * - A transfer runs when the start bit is set and the drive has raised its DMA request, whichever comes last.
 * - What lies in one piece of RAM is moved without a copy between; smaller pieces share one move of the drive, which
 *   fills them itself where it can.
 * - A table that ends before the drive's data, or holds less than a sector at a time, is moved piece by piece.
 * Source: Intel "Programming Interface for Bus Master IDE Controller" 1.0 (1994).
 */
import type { AccessSize, Chip, BusMasterMemory, PortHandler, StateFields } from '../machine/bus.ts';
import type { AtaChannel } from './ata-channel.ts';
import type { DmaRequest } from './ata-drive.ts';

const COMMAND = { start: 0x01, toMemory: 0x08 } as const;
const STATUS = { active: 0x01, error: 0x02, interrupt: 0x04, driveFlags: 0x60 } as const;
const END_OF_TABLE = 0x80000000;
const MAX_REGION_BYTES = 65536;
const BOUNCE_BYTES = 65536;
/** A drive that fills pieces itself gets at most about so many bytes and pieces at once: hosts have a limit (IOV_MAX). */
const FILL_BYTES = 1 << 20;
const FILL_PIECES = 512;
/** A piece of RAM at least this large is worth a move of its own. */
const DIRECT_BYTES = 32768;
const SECTOR_BYTES = 512;
/** Of a table, at any dword, so many entries are read at once. */
const AHEAD_ENTRIES = 32;
const ENTRY_BYTES = 8;
const NO_ENTRIES = new DataView(new ArrayBuffer(0));

export class IdeBusMaster implements Chip, PortHandler {
  readonly #channel: AtaChannel;
  readonly #memory: BusMasterMemory;
  readonly #busMasterEnabled: () => boolean;
  readonly #bounce = new Uint8Array(BOUNCE_BYTES);
  #command = 0;
  #status = 0;
  #table = 0;

  constructor(channel: AtaChannel, memory: BusMasterMemory, busMasterEnabled: () => boolean) {
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
    let table = new PrdTable(this.#memory, this.#table >>> 0, request.totalBytes);
    for (let left = request.totalBytes; left > 0;) {
      const direct = this.#directBytes(table, left);
      if (direct > 0) {
        if (!this.#moveDirect(request, table, direct)) return false;
        left -= direct;
        continue;
      }
      const filled = this.#fill(request, table, Math.min(FILL_BYTES, left));
      if (filled !== null) {
        table = filled.behind;
        left -= filled.sizeBytes;
        continue;
      }
      const size = Math.min(BOUNCE_BYTES, left);
      if (request.direction === 'in' && !request.move(this.#bounceFor(size))) return false;
      if (!this.#copy(request.direction, table, size)) {
        // The table is too short: the drive keeps its request, software times out and resets it.
        this.#status |= STATUS.error;
        return true;
      }
      if (request.direction === 'out' && !request.move(this.#bounceFor(size))) return false;
      left -= size;
    }
    request.done();
    return table.ended;
  }

  /** How much of the next `left` bytes can be moved at the table's place in RAM itself: whole sectors, 0 for none. */
  #directBytes(table: PrdTable, left: number): number {
    const there = Math.min(table.rest, left);
    const whole = there - (there % SECTOR_BYTES);
    return whole >= Math.min(DIRECT_BYTES, left) ? whole : 0;
  }

  #moveDirect(request: DmaRequest, table: PrdTable, sizeBytes: number): boolean {
    const { address } = table;
    const ram = this.#memory.ram(address, sizeBytes);
    const piece = ram ?? new Uint8Array(sizeBytes);
    if (ram === null && request.direction === 'out') this.#memory.read(address, piece);
    const moved = request.move(piece);
    // A move that failed may have filled a part.
    if (request.direction === 'in') {
      if (ram === null) this.#memory.write(address, piece);
      else this.#memory.ramWritten(address, sizeBytes);
    }
    table.advance(sizeBytes);
    return moved;
  }

  /**
   * Has the drive fill the next bytes where they go, at most `mostBytes`; how many and the place behind them, or null
   * when nothing was moved.
   */
  #fill(
    request: DmaRequest,
    table: PrdTable,
    mostBytes: number,
  ): { readonly behind: PrdTable; readonly sizeBytes: number } | null {
    if (request.fill === undefined || mostBytes % SECTOR_BYTES !== 0) return null;
    const behind = table.copy();
    const addresses: number[] = [];
    const pieces: Uint8Array[] = [];
    let at = 0;
    // With many pieces the next whole sector is enough.
    while (at < mostBytes && (pieces.length < FILL_PIECES || at % SECTOR_BYTES !== 0)) {
      if (behind.ended || pieces.length === 2 * FILL_PIECES) return null;
      const part = Math.min(mostBytes - at, behind.rest);
      const ram = this.#memory.ram(behind.address, part);
      if (ram === null) return null;
      addresses.push(behind.address);
      pieces.push(ram);
      behind.advance(part);
      at += part;
    }
    const filled = request.fill(pieces);
    // One that failed may have filled a part.
    pieces.forEach((piece, i) => {
      this.#memory.ramWritten(addresses[i] ?? 0, piece.length);
    });
    return filled ? { behind, sizeBytes: at } : null;
  }

  /** The first bytes of the bounce buffer, whole sectors. */
  #bounceFor(sizeBytes: number): Uint8Array {
    return this.#bounce.subarray(0, Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES);
  }

  /** Between the bounce buffer and memory as the table says; false when the table ends before. */
  #copy(direction: 'in' | 'out', table: PrdTable, sizeBytes: number): boolean {
    for (let at = 0; at < sizeBytes;) {
      if (table.ended) return false;
      const part = Math.min(sizeBytes - at, table.rest);
      const bytes = this.#bounce.subarray(at, at + part);
      if (direction === 'in') this.#memory.write(table.address, bytes);
      else this.#memory.read(table.address, bytes);
      table.advance(part);
      at += part;
    }
    return true;
  }
}

/**
 * A place in a table of physical region descriptors; entries that follow each other in memory count as one region.
 * Entries are read some at a time, as the chip does that reads ahead: a transfer into its own table comes too late.
 */
class PrdTable {
  readonly #memory: BusMasterMemory;
  #wanted: number;
  /** The entries from `#from` to `#until`; never changed, for copies share it. */
  #entries = NO_ENTRIES;
  #from = 0;
  #until = 0;
  #next: number;
  /** The entry before `#next` was the last. */
  #last = false;
  #address = 0;
  #rest = 0;

  /** `table` is its physical address; entries beyond `wantedBytes` are not looked at for a region's sake. */
  constructor(memory: BusMasterMemory, table: number, wantedBytes: number) {
    this.#memory = memory;
    this.#next = table;
    this.#wanted = wantedBytes;
    this.#load();
  }

  /** The same place, to go on from by itself. */
  copy(): PrdTable {
    const copy = new PrdTable(this.#memory, this.#next, 0);
    copy.#wanted = this.#wanted;
    copy.#entries = this.#entries;
    copy.#from = this.#from;
    copy.#until = this.#until;
    copy.#last = this.#last;
    copy.#address = this.#address;
    copy.#rest = this.#rest;
    return copy;
  }

  get ended(): boolean {
    return this.#rest === 0;
  }

  /** Where the next byte goes. */
  get address(): number {
    return this.#address;
  }

  /** Bytes left of the region. */
  get rest(): number {
    return this.#rest;
  }

  /** By at most `rest`. */
  advance(sizeBytes: number): void {
    this.#address += sizeBytes;
    this.#rest -= sizeBytes;
    if (this.#rest === 0) this.#load();
  }

  #load(): void {
    while (!this.#last && this.#rest < this.#wanted) {
      if (this.#next >= this.#until) this.#readAhead();
      const entry = this.#next - this.#from;
      const address = (this.#entries.getUint32(entry, true) & ~1) >>> 0;
      if (this.#rest > 0 && address !== this.#address + this.#rest) return;
      if (this.#rest === 0) this.#address = address;
      const flags = this.#entries.getUint32(entry + 4, true);
      const size = flags & 0xfffe;
      this.#rest += size === 0 ? MAX_REGION_BYTES : size;
      this.#last = (flags & END_OF_TABLE) !== 0;
      this.#next += ENTRY_BYTES;
    }
  }

  #readAhead(): void {
    const raw = new Uint8Array(AHEAD_ENTRIES * ENTRY_BYTES);
    this.#memory.read(this.#next, raw);
    this.#entries = new DataView(raw.buffer);
    this.#from = this.#next;
    this.#until = this.#next + raw.length;
  }
}
