/**
 * A NOR flash chip with Intel's command set, 8 bits wide, blocks of 4 KiB: where UEFI keeps its variables.
 *
 * - In read-array mode the processor reads the bytes as ROM; any write is a command and comes here.
 * - Programming can only clear bits; erasing a block sets them. Both are done at once.
 * - The store is told what has changed when the guest goes back to reading the array, so that its file has
 *   whole writes in the guest's order, and at reset.
 * - "Clear status" leaves 0, and each operation sets "ready" (bit 7) again: firmware knows the chip by that.
 * Source: Intel 28F640J3 data sheet (290667), table 17 "Command set"; JEDEC JESD68.01; the detection in EDK II,
 * OvmfPkg/QemuFlashFvbServicesRuntimeDxe.
 */
import type {
  AccessSize,
  Backing,
  Chip,
  Log,
  MemorySpace,
  MmioHandler,
  Region,
  StateFields,
} from '../machine/bus.ts';
import { FLASH_BLOCK_BYTES, IDENTIFIER_CODES, queryTable, WRITE_BUFFER_BITS } from './flash-query.ts';
import { logOnce } from './log-once.ts';

const COMMAND = {
  readArray: 0xff,
  readIdentifier: 0x90,
  query: 0x98,
  readStatus: 0x70,
  clearStatus: 0x50,
  program: 0x40,
  programAlternate: 0x10,
  writeBuffer: 0xe8,
  erase: 0x20,
  lock: 0x60,
  confirm: 0xd0,
  suspend: 0xb0,
} as const;
const STATUS = { ready: 0x80, eraseError: 0x20, programError: 0x10 } as const;
/** Both error bits: the commands did not belong together. */
const SEQUENCE_ERROR = STATUS.eraseError | STATUS.programError;
const WRITE_BUFFER_BYTES = 2 ** WRITE_BUFFER_BITS;
const ERASED = 0xff;

const READ_MODES = ['array', 'status', 'identifier', 'query'] as const;
type ReadMode = (typeof READ_MODES)[number];
/** What the next write is. */
const EXPECTATIONS = [
  'command',
  'data',
  'count',
  'buffer',
  'buffer-confirm',
  'erase-confirm',
  'lock',
] as const;
type Expectation = (typeof EXPECTATIONS)[number];

/** What reads give after a command. Nothing takes time, so there is nothing to suspend or resume. */
const MODE_AFTER: ReadonlyMap<number, ReadMode> = new Map<number, ReadMode>([
  [COMMAND.readArray, 'array'],
  [COMMAND.readIdentifier, 'identifier'],
  [COMMAND.query, 'query'],
  [COMMAND.readStatus, 'status'],
  [COMMAND.clearStatus, 'array'],
  [COMMAND.program, 'status'],
  [COMMAND.programAlternate, 'status'],
  [COMMAND.writeBuffer, 'status'],
  [COMMAND.erase, 'status'],
  [COMMAND.lock, 'status'],
  [COMMAND.suspend, 'status'],
  [COMMAND.confirm, 'status'],
]);
/** Commands of more than one write. */
const EXPECTED_AFTER: ReadonlyMap<number, Expectation> = new Map<number, Expectation>([
  [COMMAND.program, 'data'],
  [COMMAND.programAlternate, 'data'],
  [COMMAND.writeBuffer, 'count'],
  [COMMAND.erase, 'erase-confirm'],
  [COMMAND.lock, 'lock'],
]);

/** Keeps the chip's bytes while the machine is off. */
export interface FlashKeeper {
  write(offset: number, bytes: Uint8Array): void;
}

export interface FlashWiring {
  readonly memory: MemorySpace;
  readonly base: number;
  readonly backing: Backing;
  readonly keeper: FlashKeeper;
  readonly log: Log;
}

export class FlashCfi implements Chip, MmioHandler {
  readonly #wiring: FlashWiring;
  readonly #bytes: Uint8Array;
  readonly #query: readonly number[];
  readonly #logOnce: (message: string) => void;
  #region: Region | null = null;
  #mode: ReadMode = 'array';
  #expects: Expectation = 'command';
  #status: number = STATUS.ready;
  #bufferLeft = 0;
  #buffer: readonly (readonly [offset: number, value: number])[] = [];
  #dirtyStart = Infinity;
  #dirtyEnd = 0;

  constructor(wiring: FlashWiring) {
    this.#wiring = wiring;
    this.#bytes = wiring.backing.bytes;
    this.#query = queryTable(this.#bytes.length);
    this.#logOnce = logOnce(wiring.log);
    this.#map();
  }

  reset(): void {
    this.#expects = 'command';
    this.#status = STATUS.ready;
    this.#buffer = [];
    this.#bufferLeft = 0;
    this.#enter('array');
    this.#keep();
  }

  state(fields: StateFields): void {
    this.#mode = fields.choice(this.#mode, READ_MODES);
    this.#expects = fields.choice(this.#expects, EXPECTATIONS);
    this.#status = fields.u8(this.#status);
    this.#bufferLeft = fields.u8(this.#bufferLeft);
    this.#buffer = fields.list(
      this.#buffer,
      ([offset, value]) => [fields.u32(offset), fields.u8(value)] as const,
      [0, 0] as const,
    );
    if (!fields.restoring) return;
    this.#map();
    // The bytes come back with the machine's memory; the store hears of all of them.
    this.#dirtyStart = 0;
    this.#dirtyEnd = this.#bytes.length;
  }

  #map(): void {
    const { memory, base, backing } = this.#wiring;
    this.#region?.remove();
    this.#region =
      this.#mode === 'array'
        ? memory.claimBacking('flash', base, this.#bytes.length, 'rom', backing, this)
        : memory.claimMmio('flash', base, this.#bytes.length, this);
  }

  #enter(mode: ReadMode): void {
    const remap = (this.#mode === 'array') !== (mode === 'array');
    this.#mode = mode;
    if (remap) this.#map();
  }

  #keep(): void {
    if (this.#dirtyStart >= this.#dirtyEnd) return;
    this.#wiring.keeper.write(this.#dirtyStart, this.#bytes.subarray(this.#dirtyStart, this.#dirtyEnd));
    this.#dirtyStart = Infinity;
    this.#dirtyEnd = 0;
  }

  #changed(start: number, end: number): void {
    this.#dirtyStart = Math.min(this.#dirtyStart, start);
    this.#dirtyEnd = Math.max(this.#dirtyEnd, end);
  }

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value += this.#readByte(offset + i) * 2 ** (8 * i);
    return value;
  }

  #readByte(offset: number): number {
    switch (this.#mode) {
      case 'array':
        return this.#bytes[offset] ?? ERASED;
      case 'status':
        return this.#status;
      case 'identifier':
        return IDENTIFIER_CODES[offset % FLASH_BLOCK_BYTES] ?? 0;
      case 'query':
        return this.#query[offset] ?? 0;
    }
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    for (let i = 0; i < sizeBytes; i++) this.#writeByte(offset + i, (value >>> (8 * i)) & 0xff);
  }

  #writeByte(offset: number, value: number): void {
    switch (this.#expects) {
      case 'command':
        this.#command(value);
        break;
      case 'data':
        this.#program(offset, value);
        this.#finish(0);
        break;
      case 'count':
        this.#startBuffer(value);
        break;
      case 'buffer':
        this.#buffer = [...this.#buffer, [offset, value]];
        if (--this.#bufferLeft === 0) this.#expects = 'buffer-confirm';
        break;
      case 'buffer-confirm':
        if (value === COMMAND.confirm) for (const [at, byte] of this.#buffer) this.#program(at, byte);
        this.#buffer = [];
        this.#finish(value === COMMAND.confirm ? 0 : SEQUENCE_ERROR);
        break;
      case 'erase-confirm':
        if (value === COMMAND.confirm) this.#erase(offset);
        this.#finish(value === COMMAND.confirm ? 0 : SEQUENCE_ERROR);
        break;
      case 'lock':
        // Lock bits are not kept: every block can always be written.
        this.#finish(0);
    }
  }

  #finish(errors: number): void {
    this.#expects = 'command';
    this.#status |= STATUS.ready | errors;
  }

  #command(value: number): void {
    const next = EXPECTED_AFTER.get(value);
    const mode = MODE_AFTER.get(value);
    if (value === COMMAND.clearStatus) this.#status = 0;
    if (value === COMMAND.writeBuffer) this.#status |= STATUS.ready;
    if (next !== undefined) this.#expects = next;
    if (mode !== undefined) {
      if (mode === 'array') this.#keep();
      this.#enter(mode);
      return;
    }
    this.#logOnce(`flash: command 0x${value.toString(16)} is not implemented`);
    this.#keep();
    this.#enter('array');
  }

  #startBuffer(count: number): void {
    if (count >= WRITE_BUFFER_BYTES) {
      this.#finish(SEQUENCE_ERROR);
      return;
    }
    this.#bufferLeft = count + 1;
    this.#buffer = [];
    this.#expects = 'buffer';
  }

  #program(offset: number, value: number): void {
    this.#bytes[offset] = (this.#bytes[offset] ?? ERASED) & value;
    this.#changed(offset, offset + 1);
  }

  #erase(offset: number): void {
    const start = offset - (offset % FLASH_BLOCK_BYTES);
    const end = Math.min(start + FLASH_BLOCK_BYTES, this.#bytes.length);
    this.#bytes.fill(ERASED, start, end);
    this.#changed(start, end);
  }
}
