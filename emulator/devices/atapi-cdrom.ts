/**
 * An ATAPI CD-ROM drive: the PACKET command and the SCSI commands that firmware and systems use to read a CD.
 *
 * - `medium` null is an empty tray. A medium change is reported once as UNIT ATTENTION.
 * - Data goes by PIO in pieces no longer than the byte count limit that the host set.
 * Source: ATA/ATAPI-6 (T13 1410D), 8.23 "PACKET"; SFF-8020i / MMC-3 for the packet commands.
 */
import type { Log, StateFields } from '../machine/bus.ts';
import type { BlockDevice } from '../machine/types.ts';
import { message, type DiskCounters } from './ata-disk.ts';
import { AtaDrive, type DmaRequest } from './ata-drive.ts';
import { identifyCdrom } from './ata-identify.ts';
import { ATA, STATUS } from './ata-registers.ts';

const CD_SECTOR_BYTES = 2048;
const PACKET_BYTES = 12;
const SIGNATURE_MID = 0x14;
const SIGNATURE_HIGH = 0xeb;
/** Interrupt reason, in the sector count register. */
const REASON = { command: 0x01, toHost: 0x02, status: 0x03 } as const;
const NO_SENSE = [0, 0, 0] as const;
const NOT_READY = [0x02, 0x3a, 0x00] as const;
const MEDIUM_ERROR = [0x03, 0x11, 0x00] as const;
const ILLEGAL_COMMAND = [0x05, 0x20, 0x00] as const;
const ILLEGAL_ADDRESS = [0x05, 0x21, 0x00] as const;
const ILLEGAL_FIELD = [0x05, 0x24, 0x00] as const;
const MEDIUM_CHANGED = [0x06, 0x28, 0x00] as const;

/** What follows a DRQ block. */
const STEP = { identified: 1, packet: 2, send: 3 } as const;
/** Sectors read from the medium at a time. */
const READ_AHEAD = 16;

type Sense = readonly [key: number, code: number, qualifier: number];

export class AtapiCdrom extends AtaDrive {
  readonly #medium: BlockDevice | null;
  readonly #serial: string;
  readonly #log: Log;
  readonly #counters: DiskCounters;
  #sense: Sense = NO_SENSE;
  #changed: boolean;
  /** The answer being sent: bytes and how many have gone, then sectors that follow them. */
  #answer: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #nextSector = 0;
  #sectorsLeft = 0;
  /** The host's limit for one DRQ block. */
  #pieceBytes = 0;

  constructor(medium: BlockDevice | null, serial: string, log: Log, counters: DiskCounters) {
    super();
    this.#medium = medium;
    this.#serial = serial;
    this.#log = log;
    this.#counters = counters;
    this.#changed = medium !== null;
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.current[ATA.lbaMid] = SIGNATURE_MID;
    this.current[ATA.lbaHigh] = SIGNATURE_HIGH;
    // A packet device reports ready only once it has been spoken to.
    this.status = 0;
  }

  protected execute(command: number): void {
    switch (command) {
      case 0x08: // DEVICE RESET
        this.reset();
        break;
      case 0x90: // EXECUTE DEVICE DIAGNOSTIC
        this.reset();
        this.setInterrupt(true);
        break;
      case 0xa0:
        this.#beginPacket();
        break;
      case 0xa1:
        this.beginPioIn(
          identifyCdrom({ serial: this.#serial, firmware: '1.0', model: 'BREENIX CD-ROM' }),
          STEP.identified,
        );
        break;
      case 0xef: // SET FEATURES: only a transfer mode, and any PIO mode will do
        if (this.current[ATA.features] === 0x03 && (this.current[ATA.count] ?? 0) < 0x10) this.complete();
        else this.abort();
        break;
      case 0xe1:
      case 0xe0:
      case 0xe6:
        this.complete();
        break;
      case 0xe5:
        this.current[ATA.count] = 0xff;
        this.complete();
        break;
      case 0xec: {
        // IDENTIFY DEVICE of a packet device: abort with the signature.
        const { current } = this;
        current[ATA.count] = 1;
        current[ATA.lbaLow] = 1;
        current[ATA.lbaMid] = SIGNATURE_MID;
        current[ATA.lbaHigh] = SIGNATURE_HIGH;
        this.abort();
        break;
      }
      default:
        this.abort();
    }
  }

  #beginPacket(): void {
    if (((this.current[ATA.features] ?? 0) & 0x01) !== 0) {
      this.abort();
      return;
    }
    this.current[ATA.count] = REASON.command;
    this.beginPioOut(PACKET_BYTES, STEP.packet, false);
  }

  protected continuePio(step: number, block: Uint8Array): void {
    if (step === STEP.packet) this.#executePacket(block);
    else if (step === STEP.send) this.#send();
    else this.status = STATUS.ready | STATUS.seekComplete;
  }

  protected resumeDma(): DmaRequest {
    throw new Error('this drive moves data by PIO alone');
  }

  protected stateOfCommand(fields: StateFields): void {
    const [key, code, qualifier] = this.#sense;
    this.#sense = [fields.u8(key), fields.u8(code), fields.u8(qualifier)];
    this.#changed = fields.bool(this.#changed);
    this.#answer = fields.buffer(this.#answer);
    this.#sent = fields.u32(this.#sent);
    this.#nextSector = fields.u32(this.#nextSector);
    this.#sectorsLeft = fields.u32(this.#sectorsLeft);
    this.#pieceBytes = fields.u32(this.#pieceBytes);
  }

  #good(): void {
    this.#sense = NO_SENSE;
    this.current[ATA.count] = REASON.status;
    this.complete();
  }

  #check(sense: Sense): void {
    this.#sense = sense;
    this.current[ATA.count] = REASON.status;
    this.fail(sense[0] << 4);
  }

  #executePacket(packet: Uint8Array): void {
    const view = new DataView(packet.buffer);
    const opcode = packet[0] ?? 0;
    const needsMedium = [0x00, 0x25, 0x28, 0x2b, 0x43, 0xa8, 0xbe].includes(opcode);
    if (this.#changed && opcode !== 0x12 && opcode !== 0x03) {
      this.#changed = false;
      this.#check(MEDIUM_CHANGED);
      return;
    }
    const medium = this.#medium;
    if (needsMedium && medium === null) {
      this.#check(NOT_READY);
      return;
    }
    switch (opcode) {
      case 0x00: // TEST UNIT READY
      case 0x1b: // START STOP UNIT
      case 0x1e: // PREVENT/ALLOW MEDIUM REMOVAL
      case 0x2b: // SEEK
        this.#good();
        break;
      case 0x03:
        this.#requestSense(packet[4] ?? 0);
        break;
      case 0x12:
        this.#inquiry(packet[4] ?? 0);
        break;
      case 0x25:
        this.#readCapacity(medium);
        break;
      case 0x28:
        this.#read(medium, view.getUint32(2), view.getUint16(7));
        break;
      case 0xa8:
        this.#read(medium, view.getUint32(2), view.getUint32(6));
        break;
      case 0x43:
        this.#readToc(medium, packet);
        break;
      case 0x4a: // GET EVENT STATUS NOTIFICATION: only polled, media class
        this.#mediaEvents(packet, view.getUint16(7));
        break;
      case 0x5a:
        this.#modeSense(packet, view.getUint16(7));
        break;
      default:
        this.#check(ILLEGAL_COMMAND);
    }
  }

  #requestSense(limit: number): void {
    const [key, code, qualifier] = this.#changed ? MEDIUM_CHANGED : this.#sense;
    this.#changed = false;
    const sense = new Uint8Array(18);
    sense.set([0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier]);
    this.#reply(sense, limit);
  }

  #inquiry(limit: number): void {
    const answer = new Uint8Array(36).fill(0x20, 8);
    // CD-ROM device, removable, SFF-8020i response format.
    answer.set([0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0]);
    const text = 'BREENIX'.padEnd(8) + 'CD-ROM'.padEnd(16) + '1.0';
    for (let i = 0; i < text.length; i++) answer[8 + i] = text.charCodeAt(i);
    this.#reply(answer, limit);
  }

  #readCapacity(medium: BlockDevice | null): void {
    const answer = new DataView(new ArrayBuffer(8));
    answer.setUint32(0, cdSectors(medium) - 1);
    answer.setUint32(4, CD_SECTOR_BYTES);
    this.#reply(new Uint8Array(answer.buffer), 8);
  }

  #readToc(medium: BlockDevice | null, packet: Uint8Array): void {
    const msf = ((packet[1] ?? 0) & 2) !== 0;
    const format = ((packet[2] ?? 0) & 15) | ((packet[9] ?? 0) >> 6);
    const limit = ((packet[7] ?? 0) << 8) | (packet[8] ?? 0);
    const address = (lba: number): number[] => {
      if (!msf) return [lba >>> 24, (lba >> 16) & 0xff, (lba >> 8) & 0xff, lba & 0xff];
      const frames = lba + 150;
      return [0, Math.floor(frames / 4500), Math.floor(frames / 75) % 60, frames % 75];
    };
    const track = (number: number, lba: number): number[] => [0, 0x14, number, 0, ...address(lba)];
    // A data CD of one track: from track 1, the lead-out is 0xAA. Format 1 describes the only session.
    const startTrack = packet[6] ?? 0;
    const first = startTrack <= 1 ? track(1, 0) : [];
    if (format === 0) {
      const entries = [...first, ...track(0xaa, cdSectors(medium))];
      this.#reply(Uint8Array.of(0, entries.length + 2, 1, 1, ...entries), limit);
    } else if (format === 1) {
      this.#reply(Uint8Array.of(0, 10, 1, 1, ...track(1, 0)), limit);
    } else {
      this.#check(ILLEGAL_FIELD);
    }
  }

  #mediaEvents(packet: Uint8Array, limit: number): void {
    if (((packet[1] ?? 0) & 1) === 0) {
      this.#check(ILLEGAL_FIELD);
      return;
    }
    const wanted = ((packet[4] ?? 0) & 0x10) !== 0;
    const present = this.#medium !== null ? 0x02 : 0x00;
    this.#reply(
      wanted ? Uint8Array.of(0, 6, 0x04, 0x10, 0x00, present, 0, 0) : Uint8Array.of(0, 2, 0x80, 0x10),
      limit,
    );
  }

  #modeSense(packet: Uint8Array, limit: number): void {
    const page = (packet[2] ?? 0) & 0x3f;
    const pages: Readonly<Record<number, readonly number[]>> = {
      0x01: [0x01, 6, 0, 5, 0, 0, 0, 0],
      // Capabilities: reads CD-R and CD-RW, a tray that can be locked and opened, 706 KB/s (4x).
      0x2a: [0x2a, 18, 0x03, 0, 0, 0, 0x29, 0, 0x02, 0xc2, 0, 0, 0, 0x40, 0x02, 0xc2, 0, 0, 0, 0],
    };
    const wanted = page === 0x3f ? Object.values(pages).flat() : pages[page];
    if (wanted === undefined) {
      this.#check(ILLEGAL_FIELD);
      return;
    }
    const medium = this.#medium === null ? 0x70 : 0x01;
    this.#reply(Uint8Array.of(0, wanted.length + 6, medium, 0, 0, 0, 0, 0, ...wanted), limit);
  }

  #read(medium: BlockDevice | null, lba: number, count: number): void {
    if (medium === null) {
      this.#check(NOT_READY);
      return;
    }
    if (lba + count > cdSectors(medium)) {
      this.#check(ILLEGAL_ADDRESS);
      return;
    }
    if (count === 0) {
      this.#good();
      return;
    }
    this.#nextSector = lba;
    this.#sectorsLeft = count;
    this.#beginAnswer(new Uint8Array(0));
  }

  #reply(bytes: Uint8Array, limit: number): void {
    this.#sectorsLeft = 0;
    this.#beginAnswer(bytes.subarray(0, limit));
  }

  /** Sends `answer`, then the sectors that are left, in pieces as large as the host wants them. */
  #beginAnswer(answer: Uint8Array): void {
    const written = (this.current[ATA.lbaMid] ?? 0) | ((this.current[ATA.lbaHigh] ?? 0) << 8);
    // A limit of 0 or 0xFFFF means 0xFFFE; pieces are even but for the last.
    this.#pieceBytes = written === 0 || written === 0xffff ? 0xfffe : Math.max(2, written & ~1);
    this.#answer = answer;
    this.#sent = 0;
    this.#send();
  }

  #send(): void {
    if (this.#sent >= this.#answer.length) {
      if (this.#sectorsLeft === 0) {
        this.#good();
        return;
      }
      if (!this.#readAhead()) return;
    }
    const piece = this.#answer.slice(this.#sent, this.#sent + this.#pieceBytes);
    this.#sent += piece.length;
    this.current[ATA.count] = REASON.toHost;
    this.current[ATA.lbaMid] = piece.length & 0xff;
    this.current[ATA.lbaHigh] = piece.length >> 8;
    this.beginPioIn(piece, STEP.send);
  }

  /** Reads the next sectors; false when the medium failed and the command has ended. */
  #readAhead(): boolean {
    const medium = this.#medium;
    if (medium === null) {
      this.#check(NOT_READY);
      return false;
    }
    const sectors = Math.min(this.#sectorsLeft, READ_AHEAD);
    const block = new Uint8Array(sectors * CD_SECTOR_BYTES);
    try {
      medium.read((this.#nextSector * CD_SECTOR_BYTES) / medium.sectorSizeBytes, block);
    } catch (error) {
      this.#log(
        'error',
        `cdrom ${this.#serial}: read of sector ${String(this.#nextSector)}: ${message(error)}`,
      );
      this.#check(MEDIUM_ERROR);
      return false;
    }
    this.#nextSector += sectors;
    this.#sectorsLeft -= sectors;
    this.#counters.readBytes += block.length;
    this.#answer = block;
    this.#sent = 0;
    return true;
  }
}

function cdSectors(medium: BlockDevice | null): number {
  return medium === null ? 0 : Math.floor((medium.sectorCount * medium.sectorSizeBytes) / CD_SECTOR_BYTES);
}
