/**
 * An ATA hard disk: PIO, multiple and DMA transfers with CHS, LBA28 and LBA48 addresses.
 *
 * - Every DRQ block that the host writes is handed to the medium before the next is asked for, so that the
 *   order of writes is kept and nothing waits inside the drive. FLUSH CACHE flushes the medium.
 * - When the medium throws, the command ends with UNC (read) or a device fault (write); the registers hold the
 *   first sector that was not moved, and the log says what the host said.
 * Source: ATA/ATAPI-6 (T13 1410D), chapter 8.
 */
import type { Log, StateFields } from '../machine/bus.ts';
import type { BlockDevice } from '../machine/types.ts';
import { AtaDrive, type DmaRequest } from './ata-drive.ts';
import { identifyDisk, MAX_MULTIPLE, type Geometry } from './ata-identify.ts';
import { ATA, DEVICE, DIAGNOSTIC_PASSED, ERROR, STATUS } from './ata-registers.ts';
import { TransferModes } from './ata-transfer-modes.ts';

export const SECTOR_BYTES = 512;
const LBA28_LIMIT = 0x10000000;

type Transfer = 'pio-in' | 'pio-out' | 'dma-in' | 'dma-out' | 'verify';

interface Row {
  readonly transfer: Transfer;
  readonly extended: boolean;
  readonly multiple?: true;
}

/** The commands that address sectors. */
const TRANSFERS: Readonly<Record<number, Row>> = {
  0x20: { transfer: 'pio-in', extended: false },
  0x21: { transfer: 'pio-in', extended: false },
  0x24: { transfer: 'pio-in', extended: true },
  0x25: { transfer: 'dma-in', extended: true },
  0x29: { transfer: 'pio-in', extended: true, multiple: true },
  0x30: { transfer: 'pio-out', extended: false },
  0x31: { transfer: 'pio-out', extended: false },
  0x34: { transfer: 'pio-out', extended: true },
  0x35: { transfer: 'dma-out', extended: true },
  0x39: { transfer: 'pio-out', extended: true, multiple: true },
  0x40: { transfer: 'verify', extended: false },
  0x41: { transfer: 'verify', extended: false },
  0x42: { transfer: 'verify', extended: true },
  0xc4: { transfer: 'pio-in', extended: false, multiple: true },
  0xc5: { transfer: 'pio-out', extended: false, multiple: true },
  0xc8: { transfer: 'dma-in', extended: false },
  0xc9: { transfer: 'dma-in', extended: false },
  0xca: { transfer: 'dma-out', extended: false },
  0xcb: { transfer: 'dma-out', extended: false },
};

/** What follows a DRQ block. */
const STEP = { identified: 1, readNext: 2, writeNext: 3 } as const;

/** The sectors that the running command still has to move, from `lba`. */
interface Pending {
  lba: number;
  count: number;
  /** Sectors of the DRQ block being moved, and of a whole one. */
  inBlock: number;
  perBlock: number;
  extended: boolean;
  /** Of a DMA command: all of its bytes, and which way they go. */
  totalBytes: number;
  direction: DmaRequest['direction'];
}

export interface DiskCounters {
  readBytes: number;
  writtenBytes: number;
}

/** The geometry that BIOSes and drives agree on when nobody asks otherwise. */
export function defaultGeometry(sectorCount: number): Geometry {
  const cylinders = Math.min(16383, Math.max(1, Math.floor(sectorCount / (16 * 63))));
  return { cylinders, heads: 16, sectorsPerTrack: 63 };
}

export class AtaDisk extends AtaDrive {
  readonly #medium: BlockDevice;
  readonly #serial: string;
  readonly #log: Log;
  readonly #counters: DiskCounters;
  readonly #native: Geometry;
  #geometry: Geometry;
  readonly #pending: Pending = {
    lba: 0,
    count: 0,
    inBlock: 0,
    perBlock: 1,
    extended: false,
    totalBytes: 0,
    direction: 'in',
  };
  #multiple = MAX_MULTIPLE;
  #writeCache = true;
  readonly #modes = new TransferModes();

  constructor(medium: BlockDevice, serial: string, log: Log, counters: DiskCounters) {
    super();
    this.#medium = medium;
    this.#serial = serial;
    this.#log = log;
    this.#counters = counters;
    this.#native = defaultGeometry(medium.sectorCount);
    this.#geometry = this.#native;
    this.reset();
  }

  /** RESET# also forgets what SET FEATURES and INITIALIZE DEVICE PARAMETERS chose. */
  override powerOnReset(): void {
    this.#modes.reset();
    this.#geometry = this.#native;
    this.#multiple = MAX_MULTIPLE;
    this.#writeCache = true;
    this.reset();
  }

  protected execute(command: number): void {
    const row = TRANSFERS[command];
    if (row !== undefined) {
      this.#transfer(row);
      return;
    }
    if (command >= 0x10 && command < 0x20) {
      this.complete();
      return;
    }
    switch (command) {
      case 0x70: // SEEK
      case 0xe0: // STANDBY IMMEDIATE
      case 0xe1: // IDLE IMMEDIATE
      case 0xe2: // STANDBY
      case 0xe3: // IDLE
      case 0xe6: // SLEEP
        this.complete();
        break;
      case 0x90: // EXECUTE DEVICE DIAGNOSTIC
        this.reset();
        this.error = DIAGNOSTIC_PASSED;
        this.setInterrupt(true);
        break;
      case 0x91: // INITIALIZE DEVICE PARAMETERS
        this.#setGeometry();
        break;
      case 0xc6: // SET MULTIPLE MODE
        this.#setMultiple(this.current[ATA.count] ?? 0);
        break;
      case 0xe5: // CHECK POWER MODE
        this.current[ATA.count] = 0xff;
        this.complete();
        break;
      case 0xe7: // FLUSH CACHE
      case 0xea: // FLUSH CACHE EXT
        this.#flush();
        break;
      case 0xec: // IDENTIFY DEVICE
        this.#identify();
        break;
      case 0xef: // SET FEATURES
        this.#setFeatures();
        break;
      case 0x27: // READ NATIVE MAX ADDRESS EXT
        this.#putLba(this.#medium.sectorCount - 1, true);
        this.complete();
        break;
      case 0xf8: // READ NATIVE MAX ADDRESS
        this.#putLba(Math.min(this.#medium.sectorCount, LBA28_LIMIT) - 1, false);
        this.complete();
        break;
      default:
        this.abort();
    }
  }

  #identify(): void {
    const block = identifyDisk({
      serial: this.#serial,
      firmware: '1.0',
      model: 'BREENIX HARDDISK',
      sectorCount: this.#medium.sectorCount,
      native: this.#native,
      current: this.#geometry,
      multiple: this.#multiple,
      writeCache: this.#writeCache,
      multiwordDma: this.#modes.multiword,
      ultraDma: this.#modes.ultra,
    });
    this.beginPioIn(block, STEP.identified);
  }

  #setGeometry(): void {
    const sectorsPerTrack = this.current[ATA.count] ?? 0;
    const heads = ((this.current[ATA.device] ?? 0) & 15) + 1;
    if (sectorsPerTrack === 0) {
      this.abort();
      return;
    }
    const cylinders = Math.min(65535, Math.floor(this.#medium.sectorCount / (heads * sectorsPerTrack)));
    this.#geometry = { cylinders, heads, sectorsPerTrack };
    this.complete();
  }

  #setMultiple(sectors: number): void {
    const powerOfTwo = (sectors & (sectors - 1)) === 0;
    if (sectors > MAX_MULTIPLE || !powerOfTwo) {
      this.abort();
      return;
    }
    this.#multiple = sectors;
    this.complete();
  }

  #flush(): void {
    try {
      this.#medium.flush();
    } catch (error) {
      this.#log('error', `disk ${this.#serial}: flush failed: ${message(error)}`);
      this.status = STATUS.fault;
      this.fail(ERROR.abort);
      return;
    }
    this.complete();
  }

  #setFeatures(): void {
    switch (this.current[ATA.features]) {
      case 0x02:
        this.#writeCache = true;
        break;
      case 0x82:
        this.#writeCache = false;
        break;
      case 0x03:
        if (!this.#modes.choose(this.current[ATA.count] ?? 0)) {
          this.abort();
          return;
        }
        break;
      case 0xaa: // read look-ahead on
      case 0x55: // and off
      case 0xcc: // power-on defaults on software reset
      case 0x66: // keep settings
        break;
      default:
        this.abort();
        return;
    }
    this.complete();
  }

  // --- Sector transfers -----------------------------------------------------------------------------------

  #transfer(row: Row): void {
    const count = this.#sectorCount(row.extended);
    const lba = this.#getLba(row.extended);
    if (lba === null || lba + count > this.#medium.sectorCount) {
      this.fail(ERROR.idNotFound);
      return;
    }
    if (row.multiple === true && this.#multiple === 0) {
      this.abort();
      return;
    }
    const { extended } = row;
    Object.assign(this.#pending, {
      lba,
      count,
      perBlock: row.multiple === true ? this.#multiple : 1,
      extended,
    });
    switch (row.transfer) {
      case 'pio-in':
        this.#readBlock();
        break;
      case 'pio-out':
        this.#askBlock(false);
        break;
      case 'verify':
        if (this.#load(lba, count, extended) !== null) this.#finish(lba + count, extended);
        break;
      default:
        this.#pending.totalBytes = count * SECTOR_BYTES;
        this.#pending.direction = row.transfer === 'dma-in' ? 'in' : 'out';
        this.beginDma(this.resumeDma());
    }
  }

  protected continuePio(step: number, block: Uint8Array): void {
    const pending = this.#pending;
    const { lba, inBlock, extended } = pending;
    if (step === STEP.identified) {
      this.status = STATUS.ready | STATUS.seekComplete;
      return;
    }
    if (step === STEP.writeNext && !this.#store(lba, block, extended)) return;
    pending.lba += inBlock;
    pending.count -= inBlock;
    if (step === STEP.writeNext) {
      if (pending.count > 0) this.#askBlock(true);
      else this.#finish(pending.lba, extended);
    } else if (pending.count > 0) {
      this.#readBlock();
    } else {
      // The last block's interrupt came with its data: none for the end of the command.
      this.#putLba(pending.lba - 1, extended);
      this.status = STATUS.ready | STATUS.seekComplete;
    }
  }

  #readBlock(): void {
    const pending = this.#pending;
    pending.inBlock = Math.min(pending.count, pending.perBlock);
    const block = this.#load(pending.lba, pending.inBlock, pending.extended);
    if (block !== null) this.beginPioIn(block, STEP.readNext);
  }

  #askBlock(withInterrupt: boolean): void {
    const pending = this.#pending;
    pending.inBlock = Math.min(pending.count, pending.perBlock);
    this.beginPioOut(pending.inBlock * SECTOR_BYTES, STEP.writeNext, withInterrupt);
  }

  protected resumeDma(): DmaRequest {
    const pending = this.#pending;
    const { direction, totalBytes, extended } = pending;
    return {
      direction,
      totalBytes,
      move: (piece) => {
        const sectors = piece.length / SECTOR_BYTES;
        const transfer = direction === 'in' ? this.#loadInto : this.#store;
        if (!transfer.call(this, pending.lba, piece, extended)) return false;
        pending.lba += sectors;
        return true;
      },
      ...(direction === 'in' ? { fill: (pieces) => this.#fill(pieces) } : {}),
      done: () => {
        this.#finish(pending.lba, extended);
      },
    };
  }

  protected stateOfCommand(fields: StateFields): void {
    const pending = this.#pending;
    pending.lba = fields.f64(pending.lba);
    pending.count = fields.u32(pending.count);
    pending.inBlock = fields.u32(pending.inBlock);
    pending.perBlock = fields.u8(pending.perBlock);
    pending.extended = fields.bool(pending.extended);
    pending.totalBytes = fields.u32(pending.totalBytes);
    pending.direction = fields.choice(pending.direction, ['in', 'out']);
    const { cylinders, heads, sectorsPerTrack } = this.#geometry;
    this.#geometry = {
      cylinders: fields.u16(cylinders),
      heads: fields.u8(heads),
      sectorsPerTrack: fields.u8(sectorsPerTrack),
    };
    this.#multiple = fields.u8(this.#multiple);
    this.#writeCache = fields.bool(this.#writeCache);
    this.#modes.state(fields);
  }

  #finish(end: number, extended: boolean): void {
    this.#putLba(end - 1, extended);
    this.complete();
  }

  #load(lba: number, sectors: number, extended: boolean): Uint8Array | null {
    const block = new Uint8Array(sectors * SECTOR_BYTES);
    return this.#loadInto(lba, block, extended) ? block : null;
  }

  #loadInto(lba: number, block: Uint8Array, extended: boolean): boolean {
    try {
      this.#medium.read(lba, block);
    } catch (error) {
      this.#failAt(lba, extended, ERROR.uncorrectable, `read of sector ${String(lba)}: ${message(error)}`);
      return false;
    }
    this.#counters.readBytes += block.length;
    return true;
  }

  /** A medium that fails is asked again by `move`, which says so to the guest. */
  #fill(pieces: readonly Uint8Array[]): boolean {
    const pending = this.#pending;
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#medium.readPieces === undefined) return false;
    try {
      this.#medium.readPieces(pending.lba, pieces);
    } catch {
      return false;
    }
    pending.lba += sizeBytes / SECTOR_BYTES;
    this.#counters.readBytes += sizeBytes;
    return true;
  }

  #store(lba: number, block: Uint8Array, extended: boolean): boolean {
    if (this.#medium.readOnly) {
      // What a write-protected drive of the time answers.
      this.#failAt(lba, extended, ERROR.abort | ERROR.uncorrectable, `write to a read-only disk`);
      return false;
    }
    try {
      this.#medium.write(lba, block);
    } catch (error) {
      this.#failAt(lba, extended, ERROR.abort, `write of sector ${String(lba)}: ${message(error)}`);
      this.status |= STATUS.fault;
      return false;
    }
    this.#counters.writtenBytes += block.length;
    return true;
  }

  #failAt(lba: number, extended: boolean, error: number, what: string): void {
    this.#log('error', `disk ${this.#serial}: ${what}`);
    this.#putLba(lba, extended);
    this.fail(error);
  }

  #sectorCount(extended: boolean): number {
    const low = this.current[ATA.count] ?? 0;
    const count = extended ? low | ((this.previous[ATA.count] ?? 0) << 8) : low;
    return count === 0 ? (extended ? 65536 : 256) : count;
  }

  /** The address in the registers; null when CHS names no sector. */
  #getLba(extended: boolean): number | null {
    const r = (register: number): number => this.current[register] ?? 0;
    const p = (register: number): number => this.previous[register] ?? 0;
    const low24 = r(ATA.lbaLow) | (r(ATA.lbaMid) << 8) | (r(ATA.lbaHigh) << 16);
    if (extended) return low24 + (p(ATA.lbaLow) | (p(ATA.lbaMid) << 8) | (p(ATA.lbaHigh) << 16)) * 2 ** 24;
    const device = r(ATA.device);
    if ((device & DEVICE.lba) !== 0) return low24 + (device & 15) * 2 ** 24;
    const { cylinders, heads, sectorsPerTrack } = this.#geometry;
    const cylinder = low24 >> 8;
    const sector = low24 & 0xff;
    const head = device & 15;
    if (sector === 0 || sector > sectorsPerTrack || head >= heads || cylinder >= cylinders) return null;
    return (cylinder * heads + head) * sectorsPerTrack + sector - 1;
  }

  #putLba(lba: number, extended: boolean): void {
    const { current, previous } = this;
    const device = current[ATA.device] ?? 0;
    let low24 = lba % 2 ** 24;
    if (extended) {
      const high = Math.floor(lba / 2 ** 24);
      previous[ATA.lbaLow] = high & 0xff;
      previous[ATA.lbaMid] = (high >> 8) & 0xff;
      previous[ATA.lbaHigh] = (high >> 16) & 0xff;
    } else if ((device & DEVICE.lba) !== 0) {
      current[ATA.device] = (device & 0xf0) | (Math.floor(lba / 2 ** 24) & 15);
    } else {
      const { heads, sectorsPerTrack } = this.#geometry;
      const track = Math.floor(lba / sectorsPerTrack);
      low24 = (lba % sectorsPerTrack) + 1 + Math.floor(track / heads) * 256;
      current[ATA.device] = (device & 0xf0) | (track % heads);
    }
    current[ATA.lbaLow] = low24 & 0xff;
    current[ATA.lbaMid] = (low24 >> 8) & 0xff;
    current[ATA.lbaHigh] = (low24 >> 16) & 0xff;
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
