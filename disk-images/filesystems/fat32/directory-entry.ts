/**
 * The 32-byte directory entries: short entries with attributes, times, first cluster and size, and the long-name
 * entries before them.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "FAT Directory Structure" and
 * "FAT Long Directory Entries".
 *
 * Times are kept in UTC: FAT stores no time zone, and an image is read in other places than it was made in.
 */
import { viewOf } from './boot-sector.ts';

export const ENTRY_BYTES = 32;
export const ATTRIBUTE = {
  readOnly: 0x01,
  hidden: 0x02,
  system: 0x04,
  volumeLabel: 0x08,
  directory: 0x10,
  archive: 0x20,
  longName: 0x0f,
} as const;
const ATTRIBUTE_MASK = 0x3f;

/** First byte of an entry. */
export const ENTRY_END = 0x00;
export const ENTRY_FREE = 0xe5;
/** Stands for a first byte that is 0xE5 itself. */
const ENTRY_ESCAPED_E5 = 0x05;

/** Bits of `lowerCase`: the base name or the extension is to be shown in lower case. */
export const LOWER_CASE = { base: 0x08, extension: 0x10 } as const;

export interface ShortEntry {
  /** Eleven bytes, padded with spaces. */
  readonly shortName: Uint8Array;
  readonly attributes: number;
  readonly lowerCase: number;
  readonly firstCluster: number;
  readonly sizeBytes: number;
  readonly created: Date;
  readonly modified: Date;
  readonly accessed: Date;
}

const EPOCH_YEAR = 1980;
const EPOCH = new Date(Date.UTC(EPOCH_YEAR, 0, 1));
const LAST = new Date(Date.UTC(EPOCH_YEAR + 127, 11, 31, 23, 59, 58));

/** Dates that FAT cannot hold become the nearest it can. */
function clampDate(date: Date): Date {
  return date < EPOCH ? EPOCH : date > LAST ? LAST : date;
}

function fatDate(date: Date): number {
  return ((date.getUTCFullYear() - EPOCH_YEAR) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
}

function fatTime(date: Date): number {
  return (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
}

/** A date of zero means that nobody recorded it. */
function readDate(date: number, time: number, tenMs = 0): Date {
  if (date === 0) return EPOCH;
  const day = Date.UTC(EPOCH_YEAR + (date >> 9), ((date >> 5) & 15) - 1, date & 31);
  return new Date(
    day + (((time >> 11) * 60 + ((time >> 5) & 63)) * 60 + (time & 31) * 2) * 1000 + tenMs * 10,
  );
}

export function emitShortEntry(entry: ShortEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  const v = viewOf(bytes);
  bytes.set(entry.shortName);
  if (bytes[0] === ENTRY_FREE) bytes[0] = ENTRY_ESCAPED_E5;
  v.setUint8(11, entry.attributes);
  v.setUint8(12, entry.lowerCase);
  const created = clampDate(entry.created);
  const modified = clampDate(entry.modified);
  v.setUint8(13, (created.getUTCSeconds() & 1) * 100 + Math.floor(created.getUTCMilliseconds() / 10));
  v.setUint16(14, fatTime(created), true);
  v.setUint16(16, fatDate(created), true);
  v.setUint16(18, fatDate(clampDate(entry.accessed)), true);
  v.setUint16(20, entry.firstCluster >>> 16, true);
  v.setUint16(22, fatTime(modified), true);
  v.setUint16(24, fatDate(modified), true);
  v.setUint16(26, entry.firstCluster & 0xffff, true);
  v.setUint32(28, entry.sizeBytes, true);
  return bytes;
}

export function parseShortEntry(bytes: Uint8Array): ShortEntry {
  const v = viewOf(bytes);
  const shortName = bytes.slice(0, 11);
  if (shortName[0] === ENTRY_ESCAPED_E5) shortName[0] = ENTRY_FREE;
  return {
    shortName,
    attributes: v.getUint8(11) & ATTRIBUTE_MASK,
    lowerCase: v.getUint8(12),
    firstCluster: v.getUint16(20, true) * 0x1_0000 + v.getUint16(26, true),
    sizeBytes: v.getUint32(28, true),
    created: readDate(v.getUint16(16, true), v.getUint16(14, true), v.getUint8(13)),
    modified: readDate(v.getUint16(24, true), v.getUint16(22, true)),
    accessed: readDate(v.getUint16(18, true), 0),
  };
}

/** Byte offsets of the 13 UTF-16 units in a long-name entry. */
const UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
export const UNITS_PER_ENTRY = UNIT_OFFSETS.length;
const LAST_LONG_ENTRY = 0x40;

export interface LongEntry {
  /** From 1; the entry with the name's end comes first on disk. */
  readonly sequence: number;
  readonly isLast: boolean;
  readonly checksum: number;
  /** The part of the name, without terminator and padding. */
  readonly text: string;
}

/** Ties long-name entries to their short entry. */
export function shortNameChecksum(shortName: Uint8Array): number {
  return shortName.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

export function emitLongEntry(entry: LongEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES);
  const v = viewOf(bytes);
  v.setUint8(0, entry.sequence | (entry.isLast ? LAST_LONG_ENTRY : 0));
  v.setUint8(11, ATTRIBUTE.longName);
  v.setUint8(13, entry.checksum);
  UNIT_OFFSETS.forEach((offset, i) => {
    const unit = i < entry.text.length ? entry.text.charCodeAt(i) : i === entry.text.length ? 0 : 0xffff;
    v.setUint16(offset, unit, true);
  });
  return bytes;
}

export function parseLongEntry(bytes: Uint8Array): LongEntry {
  const v = viewOf(bytes);
  const units = UNIT_OFFSETS.map((offset) => v.getUint16(offset, true));
  const end = units.indexOf(0);
  return {
    sequence: v.getUint8(0) & 0x1f,
    isLast: (v.getUint8(0) & LAST_LONG_ENTRY) !== 0,
    checksum: v.getUint8(13),
    text: String.fromCharCode(...(end < 0 ? units : units.slice(0, end))),
  };
}
