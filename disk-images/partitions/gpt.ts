/**
 * The GUID partition table: a protective boot record, a header with its entries behind it, and a copy of both at the
 * end of the disk. Source: UEFI Specification 2.10, chapter 5.3.
 *
 * Rules for callers: `readGpt` takes the first header whose checksums, place and entries hold, the copy in the last
 * sector otherwise, and throws a PartitionTableError when neither does; `writeGpt` keeps the boot code of sector 0 and
 * checks that the partitions lie between the tables and apart.
 */
import { crc32 } from 'node:zlib';
import { SECTOR_BYTES, type SectorDevice } from '../sectors.ts';
import { GUID_BYTES, guidBytes, guidText } from './guid.ts';
import { emitMbr, PARTITION_TYPE, PartitionTableError } from './mbr.ts';

export interface GptPartition {
  /** From 1 on: the place in the table, which is the number that systems give it. */
  readonly number: number;
  /** GPT_TYPE, or another GUID in upper case. */
  readonly type: string;
  /** This partition's own GUID. */
  readonly id: string;
  readonly firstSector: number;
  readonly sectorCount: number;
  /** At most 36 UTF-16 units. */
  readonly name: string;
}

export const GPT_TYPE = {
  efiSystem: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  /** Where GRUB's core image lies for a BIOS: GNU GRUB manual 2.06, chapter 4.4. */
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
} as const;

const SIGNATURE = Buffer.from('EFI PART', 'latin1');
const REVISION = 0x0001_0000;
const HEADER_BYTES = 92;
const ENTRY_BYTES = 128;
const ENTRY_COUNT = 128;
const ENTRY_SECTORS = (ENTRY_COUNT * ENTRY_BYTES) / SECTOR_BYTES;
const NAME_UNITS = 36;
/** A table may be larger than ours; one of more is no table. */
const MAXIMUM_ENTRIES_BYTES = 1 << 20;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** First sector behind the table at the start of a disk, and the number of sectors that the copy takes at its end. */
export const GPT_FIRST_USABLE = 2 + ENTRY_SECTORS;
export const GPT_END_SECTORS = 1 + ENTRY_SECTORS;

interface Header {
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entriesAt: number;
  readonly entryCount: number;
  readonly entryBytes: number;
  readonly entriesCrc: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A sector number; one that no disk has becomes Infinity. */
function sectorAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
}

/** The header at `lba`; a string says why it is none. */
function readHeader(device: SectorDevice, lba: number): Header | string {
  const bytes = new Uint8Array(SECTOR_BYTES);
  device.read(lba, bytes);
  const view = viewOf(bytes);
  if (!SIGNATURE.equals(bytes.subarray(0, 8))) return 'it has no signature';
  const size = view.getUint32(12, true);
  if (size < HEADER_BYTES || size > SECTOR_BYTES) return `it claims ${size} bytes`;
  const expected = view.getUint32(16, true);
  view.setUint32(16, 0, true);
  if (crc32(bytes.subarray(0, size)) !== expected) return 'its checksum is wrong';
  if (sectorAt(view, 24) !== lba) return 'it belongs to another sector';
  const header: Header = {
    firstUsable: sectorAt(view, 40),
    lastUsable: sectorAt(view, 48),
    entriesAt: sectorAt(view, 72),
    entryCount: view.getUint32(80, true),
    entryBytes: view.getUint32(84, true),
    entriesCrc: view.getUint32(88, true),
  };
  const { entryBytes, entryCount, entriesAt } = header;
  if (entryBytes < ENTRY_BYTES || (entryBytes & (entryBytes - 1)) !== 0)
    return `entries of ${entryBytes} bytes`;
  const sectors = Math.ceil((entryCount * entryBytes) / SECTOR_BYTES);
  if (entryCount * entryBytes > MAXIMUM_ENTRIES_BYTES) return `it claims ${entryCount} entries`;
  if (entriesAt + sectors > device.sectorCount) return 'its entries lie outside the disk';
  return header;
}

/** The partitions that `header` announces; a string says what is wrong with them. */
function readEntries(device: SectorDevice, header: Header): GptPartition[] | string {
  const { entryBytes, entryCount, entriesAt } = header;
  const bytes = new Uint8Array(Math.ceil((entryCount * entryBytes) / SECTOR_BYTES) * SECTOR_BYTES);
  device.read(entriesAt, bytes);
  if (crc32(bytes.subarray(0, entryCount * entryBytes)) !== header.entriesCrc) {
    return 'the checksum of its entries is wrong';
  }
  const partitions: GptPartition[] = [];
  for (let i = 0; i < entryCount; i++) {
    const entry = bytes.subarray(i * entryBytes, (i + 1) * entryBytes);
    const type = guidText(entry.subarray(0, GUID_BYTES));
    if (type === NOBODY) continue;
    const view = viewOf(entry);
    const firstSector = sectorAt(view, 32);
    partitions.push({
      number: i + 1,
      type,
      id: guidText(entry.subarray(16, 16 + GUID_BYTES)),
      firstSector,
      sectorCount: sectorAt(view, 40) - firstSector + 1,
      name: Buffer.from(entry.subarray(56, ENTRY_BYTES)).toString('utf16le').replace(/\0.*$/s, ''),
    });
  }
  return (
    checkPlaces(partitions, header.firstUsable, Math.min(header.lastUsable, device.sectorCount - 1)) ??
    partitions
  );
}

/** What is wrong with where the partitions lie; null when nothing is. */
function checkPlaces(partitions: readonly GptPartition[], first: number, last: number): string | null {
  let end = first;
  for (const p of partitions.toSorted((a, b) => a.firstSector - b.firstSector)) {
    if (p.firstSector < end) return `partition ${p.number} overlaps another one or the table`;
    end = p.firstSector + p.sectorCount;
    if (p.sectorCount < 1 || end - 1 > last) {
      return `partition ${p.number} ends at sector ${end - 1}, the last one for partitions is ${last}`;
    }
  }
  return null;
}

function readTable(device: SectorDevice, lba: number): GptPartition[] | string {
  const header = readHeader(device, lba);
  return typeof header === 'string' ? header : readEntries(device, header);
}

/** The partitions in use, by number. */
export function readGpt(device: SectorDevice): GptPartition[] {
  const first = readTable(device, 1);
  if (typeof first !== 'string') return first;
  const copy = readTable(device, device.sectorCount - 1);
  if (typeof copy !== 'string') return copy;
  throw new PartitionTableError(
    `neither GUID partition table can be used: of the first ${first}; of the copy at the end ${copy} (was the image cut short?)`,
  );
}

function emitEntries(partitions: readonly GptPartition[]): Uint8Array {
  const bytes = new Uint8Array(ENTRY_COUNT * ENTRY_BYTES);
  const view = viewOf(bytes);
  for (const p of partitions) {
    if (p.number < 1 || p.number > ENTRY_COUNT)
      throw new RangeError(`partition ${p.number} of ${ENTRY_COUNT}`);
    if (p.name.length > NAME_UNITS)
      throw new RangeError(`'${p.name}' is longer than ${NAME_UNITS} characters`);
    const at = (p.number - 1) * ENTRY_BYTES;
    bytes.set(guidBytes(p.type), at);
    bytes.set(guidBytes(p.id), at + 16);
    view.setBigUint64(at + 32, BigInt(p.firstSector), true);
    view.setBigUint64(at + 40, BigInt(p.firstSector + p.sectorCount - 1), true);
    bytes.set(Buffer.from(p.name, 'utf16le'), at + 56);
  }
  return bytes;
}

interface Places {
  readonly own: number;
  readonly other: number;
  readonly entriesAt: number;
}

function emitHeader(places: Places, lastUsable: number, diskId: string, entries: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  const view = viewOf(bytes);
  bytes.set(SIGNATURE);
  view.setUint32(8, REVISION, true);
  view.setUint32(12, HEADER_BYTES, true);
  view.setBigUint64(24, BigInt(places.own), true);
  view.setBigUint64(32, BigInt(places.other), true);
  view.setBigUint64(40, BigInt(GPT_FIRST_USABLE), true);
  view.setBigUint64(48, BigInt(lastUsable), true);
  bytes.set(guidBytes(diskId), 56);
  view.setBigUint64(72, BigInt(places.entriesAt), true);
  view.setUint32(80, ENTRY_COUNT, true);
  view.setUint32(84, ENTRY_BYTES, true);
  view.setUint32(88, crc32(entries), true);
  view.setUint32(16, crc32(bytes.subarray(0, HEADER_BYTES)), true);
  return bytes;
}

/** Writes both tables and the protective boot record. `diskId` is the disk's own GUID. */
export function writeGpt(device: SectorDevice, partitions: readonly GptPartition[], diskId: string): void {
  const last = device.sectorCount - 1;
  const lastUsable = device.sectorCount - GPT_END_SECTORS - 1;
  const wrong = checkPlaces(partitions, GPT_FIRST_USABLE, lastUsable);
  if (wrong !== null) throw new PartitionTableError(wrong);
  const entries = emitEntries(partitions);
  const record = new Uint8Array(SECTOR_BYTES);
  device.read(0, record);
  // The whole disk, so that a system without GPT takes none of it for free.
  const sectorCount = Math.min(last, 0xffff_ffff);
  const protective = {
    index: 0,
    type: PARTITION_TYPE.protectiveGpt,
    active: false,
    firstSector: 1,
    sectorCount,
  };
  emitMbr(record, [protective], device.sectorCount);
  device.write(0, record);
  const entriesCopy = last - ENTRY_SECTORS;
  device.write(entriesCopy, entries);
  device.write(
    last,
    emitHeader({ own: last, other: 1, entriesAt: entriesCopy }, lastUsable, diskId, entries),
  );
  device.write(2, entries);
  device.write(1, emitHeader({ own: 1, other: last, entriesAt: 2 }, lastUsable, diskId, entries));
}
