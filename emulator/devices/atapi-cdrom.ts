/**
 * An ATAPI CD-ROM drive: the PACKET command and the SCSI commands that firmware and systems use to read a CD.
 *
 * - `tray` holds the disc and what the guest has to hear of it; the host changes discs there.
 * - Data goes by PIO in pieces no longer than the byte count limit that the host set, or by bus-master DMA.
 * - A disc that is changed while it is read ends the command: its rest is never that of another disc.
 * Source: ATA/ATAPI-6 (T13 1410D), 8.23 "PACKET"; SFF-8020i / MMC-3 for the packet commands.
 */
import type { Log, StateFields } from '../machine/bus.ts';
import type { BlockDevice } from '../machine/types.ts';
import * as answers from './atapi-answers.ts';
import { SENSE, type Sense } from './atapi-sense.ts';
import { message, type DiskCounters } from './ata-disk.ts';
import { AtaDrive, type DmaRequest } from './ata-drive.ts';
import { identifyCdrom } from './ata-identify.ts';
import { ATA, STATUS } from './ata-registers.ts';
import { TransferModes } from './ata-transfer-modes.ts';
import { CD_SECTOR_BYTES, cdSectors, CdTray } from './cd-tray.ts';

const PACKET_BYTES = 12;
const SIGNATURE_MID = 0x14;
const SIGNATURE_HIGH = 0xeb;
/** Interrupt reason, in the sector count register. */
const REASON = { command: 0x01, toHost: 0x02, status: 0x03 } as const;
/** The Features register of PACKET. */
const BY_DMA = 0x01;
const OVERLAPPED = 0x02;

/** What follows a DRQ block. */
const STEP = { identified: 1, packet: 2, send: 3 } as const;
/** Sectors read from the medium at a time. */
const READ_AHEAD = 16;

interface PacketCommand {
  /** Refused while there is no disc to read. */
  readonly medium?: true;
  /** Answers although a unit attention waits, and leaves it waiting. */
  readonly beforeAttention?: true;
  readonly run: (drive: PacketDrive, packet: Uint8Array, view: DataView) => void;
}

/** What a packet command may do to the drive. */
interface PacketDrive {
  readonly tray: CdTray;
  status(): answers.TrayStatus;
  takeSense(): Sense;
  good(): void;
  check(sense: Sense): void;
  /** Null: a field of the packet is wrong. */
  reply(bytes: readonly number[] | null, limit: number): void;
  read(lba: number, count: number): void;
}

const good: PacketCommand['run'] = (drive) => {
  drive.good();
};

const COMMANDS: Readonly<Record<number, PacketCommand>> = {
  // TEST UNIT READY
  0x00: { medium: true, run: good },
  // REQUEST SENSE
  0x03: {
    beforeAttention: true,
    run: (drive, packet) => {
      drive.reply(answers.senseData(drive.takeSense()), packet[4] ?? 0);
    },
  },
  // INQUIRY
  0x12: {
    beforeAttention: true,
    run: (drive, packet) => {
      drive.reply(answers.inquiryData(packet), packet[4] ?? 0);
    },
  },
  // START STOP UNIT
  0x1b: {
    run: (drive, packet) => {
      startStop(drive, packet[4] ?? 0);
    },
  },
  // PREVENT ALLOW MEDIUM REMOVAL
  0x1e: {
    run: (drive, packet) => {
      drive.tray.lock(((packet[4] ?? 0) & 1) !== 0);
      drive.good();
    },
  },
  // READ CAPACITY
  0x25: {
    medium: true,
    run: (drive) => {
      drive.reply(answers.capacityData(drive.status().sectors), 8);
    },
  },
  // READ (10)
  0x28: {
    medium: true,
    run: (drive, _packet, view) => {
      drive.read(view.getUint32(2), view.getUint16(7));
    },
  },
  // SEEK (10)
  0x2b: {
    medium: true,
    run: (drive, _packet, view) => {
      if (view.getUint32(2) >= drive.status().sectors) drive.check(SENSE.addressOutOfRange);
      else drive.good();
    },
  },
  // READ TOC/PMA/ATIP
  0x43: {
    medium: true,
    run: (drive, packet, view) => {
      drive.reply(answers.tocData(packet, drive.status().sectors), view.getUint16(7));
    },
  },
  // GET CONFIGURATION
  0x46: {
    beforeAttention: true,
    run: (drive, packet, view) => {
      drive.reply(answers.configurationData(packet, drive.status()), view.getUint16(7));
    },
  },
  // GET EVENT STATUS NOTIFICATION
  0x4a: {
    beforeAttention: true,
    run: (drive, packet, view) => {
      const event = answers.mediaEventData(packet, drive.status(), () => drive.tray.takeEvent());
      drive.reply(event, view.getUint16(7));
    },
  },
  // READ DISC INFORMATION
  0x51: {
    medium: true,
    run: (drive, packet, view) => {
      drive.reply(answers.discInformation(packet), view.getUint16(7));
    },
  },
  // MODE SENSE (10)
  0x5a: {
    run: (drive, packet, view) => {
      drive.reply(answers.modePages(packet, drive.status()), view.getUint16(7));
    },
  },
  // READ (12)
  0xa8: {
    medium: true,
    run: (drive, _packet, view) => {
      drive.read(view.getUint32(2), view.getUint32(6));
    },
  },
  // MECHANISM STATUS
  0xbd: {
    run: (drive, _packet, view) => {
      drive.reply(answers.mechanismStatus(drive.status()), view.getUint16(8));
    },
  },
  // READ CD
  0xbe: {
    medium: true,
    run: (drive, packet, view) => {
      readCd(drive, packet, view);
    },
  },
};

/** Bit 1: by the tray (LoEj), bit 0: start. Without the tray a drive spins up or down, which nobody sees. */
function startStop(drive: PacketDrive, how: number): void {
  if ((how & 0xf0) === 0 && (how & 3) === 2 && !drive.tray.eject()) {
    drive.check(SENSE.removalPrevented);
    return;
  }
  if ((how & 0xf0) === 0 && (how & 3) === 3) drive.tray.load();
  drive.good();
}

/** The user data of data sectors, which is all that an image holds: any type or mode 1, no raw bytes, no sub-channel. */
function readCd(drive: PacketDrive, packet: Uint8Array, view: DataView): void {
  const type = ((packet[1] ?? 0) >> 2) & 7;
  const parts = packet[9] ?? 0;
  const count = view.getUint32(5) & 0xffffff;
  if ((type !== 0 && type !== 2) || ((packet[10] ?? 0) & 7) !== 0) drive.check(SENSE.illegalField);
  else if (parts === 0) drive.good();
  else if (parts !== 0x10) drive.check(SENSE.illegalField);
  else drive.read(view.getUint32(2), count);
}

export class AtapiCdrom extends AtaDrive {
  readonly tray: CdTray;
  readonly #packetDrive: PacketDrive;
  readonly #serial: string;
  readonly #log: Log;
  readonly #counters: DiskCounters;
  readonly #modes = new TransferModes();
  #sense: Sense = SENSE.none;
  /** The answer being sent: bytes and how many have gone, then sectors that follow them. */
  #answer: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #nextSector = 0;
  #sectorsLeft = 0;
  /** The disc went while it was being read. */
  #discGone = false;
  /** The host's limit for one DRQ block. */
  #pieceBytes = 0;
  #byDma = false;

  constructor(medium: BlockDevice | null, serial: string, log: Log, counters: DiskCounters) {
    super();
    this.tray = new CdTray(medium);
    this.#packetDrive = this.#makePacketDrive(this.tray);
    this.#serial = serial;
    this.#log = log;
    this.#counters = counters;
    this.reset();
  }

  /** The host takes the disc out, locked or not, and puts `medium` in; null leaves the tray empty and closed. */
  replaceMedium(medium: BlockDevice | null): void {
    if (this.#sectorsLeft > 0) this.#discGone = true;
    this.tray.replace(medium);
  }

  override powerOnReset(): void {
    this.#modes.reset();
    this.tray.reset();
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.current[ATA.lbaMid] = SIGNATURE_MID;
    this.current[ATA.lbaHigh] = SIGNATURE_HIGH;
    this.#sectorsLeft = 0;
    this.#discGone = false;
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
        this.beginPioIn(this.#identify(), STEP.identified);
        break;
      case 0xef: // SET FEATURES: only a transfer mode
        if (this.current[ATA.features] === 0x03 && this.#modes.choose(this.current[ATA.count] ?? 0))
          this.complete();
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

  #identify(): Uint8Array {
    const { multiword, ultra } = this.#modes;
    return identifyCdrom({
      serial: this.#serial,
      firmware: '1.0',
      model: 'BREENIX CD-ROM',
      multiwordDma: multiword,
      ultraDma: ultra,
    });
  }

  #beginPacket(): void {
    const features = this.current[ATA.features] ?? 0;
    if ((features & OVERLAPPED) !== 0) {
      this.abort();
      return;
    }
    this.#byDma = (features & BY_DMA) !== 0;
    this.current[ATA.count] = REASON.command;
    this.beginPioOut(PACKET_BYTES, STEP.packet, false);
  }

  protected continuePio(step: number, block: Uint8Array): void {
    if (step === STEP.packet) this.#executePacket(block);
    else if (step === STEP.send) this.#send();
    else this.status = STATUS.ready | STATUS.seekComplete;
  }

  protected resumeDma(): DmaRequest {
    return this.#dmaRequest();
  }

  protected stateOfCommand(fields: StateFields): void {
    this.tray.state(fields);
    this.#modes.state(fields);
    const [key, code, qualifier] = this.#sense;
    this.#sense = [fields.u8(key), fields.u8(code), fields.u8(qualifier)];
    this.#answer = fields.buffer(this.#answer);
    this.#sent = fields.u32(this.#sent);
    this.#nextSector = fields.u32(this.#nextSector);
    this.#sectorsLeft = fields.u32(this.#sectorsLeft);
    this.#discGone = fields.bool(this.#discGone);
    this.#pieceBytes = fields.u32(this.#pieceBytes);
    this.#byDma = fields.bool(this.#byDma);
  }

  #good(): void {
    this.#sense = SENSE.none;
    this.current[ATA.count] = REASON.status;
    this.complete();
  }

  #check(sense: Sense): void {
    this.#sense = sense;
    this.#sectorsLeft = 0;
    this.current[ATA.count] = REASON.status;
    this.fail(sense[0] << 4);
  }

  #executePacket(packet: Uint8Array): void {
    this.#discGone = false;
    const command = COMMANDS[packet[0] ?? 0];
    const attention = command?.beforeAttention === true ? null : this.tray.takeAttention();
    const refused = attention ?? (command?.medium === true ? this.tray.notReady : null);
    if (refused !== null) this.#check(refused);
    else if (command === undefined) this.#check(SENSE.illegalCommand);
    else command.run(this.#packetDrive, packet, new DataView(packet.buffer, packet.byteOffset));
  }

  #makePacketDrive(tray: CdTray): PacketDrive {
    return {
      tray,
      status: () => {
        const { open, locked, loaded } = tray;
        return { open, locked, sectors: loaded === null ? 0 : cdSectors(loaded) };
      },
      takeSense: () => {
        const sense = this.#sense[0] === 0 ? (tray.takeAttention() ?? SENSE.none) : this.#sense;
        this.#sense = SENSE.none;
        return sense;
      },
      good: () => {
        this.#good();
      },
      check: (sense) => {
        this.#check(sense);
      },
      reply: (bytes, limit) => {
        if (bytes === null) this.#check(SENSE.illegalField);
        else this.#begin(Uint8Array.from(bytes).subarray(0, limit), 0, 0);
      },
      read: (lba, count) => {
        this.#read(lba, count);
      },
    };
  }

  #read(lba: number, count: number): void {
    const { loaded } = this.tray;
    if (loaded !== null && lba + count > cdSectors(loaded)) this.#check(SENSE.addressOutOfRange);
    else this.#begin(new Uint8Array(0), lba, count);
  }

  /** Sends `answer`, then `sectors` of the disc from `lba`: at once by DMA, or in pieces as the host wants them. */
  #begin(answer: Uint8Array, lba: number, sectors: number): void {
    const written = (this.current[ATA.lbaMid] ?? 0) | ((this.current[ATA.lbaHigh] ?? 0) << 8);
    // A limit of 0 or 0xFFFF means 0xFFFE; pieces are even but for the last.
    this.#pieceBytes = written === 0 || written === 0xffff ? 0xfffe : Math.max(2, written & ~1);
    this.#answer = answer;
    this.#sent = 0;
    this.#nextSector = lba;
    this.#sectorsLeft = sectors;
    if (this.#byDma && answer.length + sectors > 0) this.beginDma(this.#dmaRequest());
    else this.#send();
  }

  #dmaRequest(): DmaRequest {
    const totalBytes = this.#answer.length - this.#sent + this.#sectorsLeft * CD_SECTOR_BYTES;
    this.current[ATA.count] = REASON.toHost;
    return {
      direction: 'in',
      totalBytes,
      move: (piece) => this.#fill(piece),
      done: () => {
        this.#good();
      },
    };
  }

  /** The next bytes of what is sent; a piece may be longer than the rest. False: the medium failed. */
  #fill(piece: Uint8Array): boolean {
    for (let at = 0; at < piece.length;) {
      if (this.#sent >= this.#answer.length) {
        if (this.#sectorsLeft === 0) return true;
        // Whole sectors need no detour.
        const sectors = Math.min(this.#sectorsLeft, Math.floor((piece.length - at) / CD_SECTOR_BYTES));
        if (sectors > 0) {
          const part = piece.subarray(at, at + sectors * CD_SECTOR_BYTES);
          if (!this.#readSectors(part)) return false;
          at += part.length;
          continue;
        }
        if (!this.#readAhead()) return false;
      }
      const part = this.#answer.subarray(this.#sent, this.#sent + piece.length - at);
      piece.set(part, at);
      this.#sent += part.length;
      at += part.length;
    }
    return true;
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

  /** The next sectors into `#answer`; false when the medium failed and the command has ended. */
  #readAhead(): boolean {
    const block = new Uint8Array(Math.min(this.#sectorsLeft, READ_AHEAD) * CD_SECTOR_BYTES);
    if (!this.#readSectors(block)) return false;
    this.#answer = block;
    this.#sent = 0;
    return true;
  }

  #readSectors(into: Uint8Array): boolean {
    const { loaded, notReady } = this.tray;
    if (loaded === null || this.#discGone) {
      this.#check(notReady ?? this.tray.takeAttention() ?? SENSE.mediumChanged);
      return false;
    }
    try {
      loaded.read((this.#nextSector * CD_SECTOR_BYTES) / loaded.sectorSizeBytes, into);
    } catch (error) {
      this.#log(
        'error',
        `cdrom ${this.#serial}: read of sector ${String(this.#nextSector)}: ${message(error)}`,
      );
      this.#check(SENSE.unrecoveredRead);
      return false;
    }
    const sectors = into.length / CD_SECTOR_BYTES;
    this.#nextSector += sectors;
    this.#sectorsLeft -= sectors;
    this.#counters.readBytes += into.length;
    return true;
  }
}
