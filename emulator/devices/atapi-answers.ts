/**
 * What an ATAPI CD-ROM drive answers: the bytes of each reply, made from the packet and from what lies in the tray.
 *
 * - Pure: nothing here changes the drive. `null` means that a field of the packet asks for what there is not.
 * - A reply is whole; the drive cuts it to the packet's allocation length.
 * Source: SFF-8020i (INF-8020 2.6), chapter 10; MMC-3 (T10 1363-D), chapters 5 and 6.
 */
import { mediaEventCode, type MediaEvent } from './cd-tray.ts';
import { CD_SECTOR_BYTES } from './cd-tray.ts';
import type { Sense } from './atapi-sense.ts';

const LEAD_IN_FRAMES = 150;
const DATA_TRACK = 0x14;
const LEAD_OUT = 0xaa;
/** Feature and profile numbers. */
const CD_ROM_PROFILE = 0x0008;
const MEDIA_CLASS = 0x04;
const NO_EVENT = 0x80;
/** A tray (mechanism type 1) that can be locked and opened by software. */
const TRAY_THAT_LOCKS = 0x29;
/** 4x of 176.4 KB/s. */
const SPEED_KB = 706;

export interface TrayStatus {
  readonly open: boolean;
  readonly locked: boolean;
  /** 0: no disc that can be read. */
  readonly sectors: number;
}

const word = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const long = (value: number): number[] => [...word(value >>> 16), ...word(value)];
const msf = (lba: number): number[] => {
  const frames = lba + LEAD_IN_FRAMES;
  return [Math.floor(frames / 4500), Math.floor(frames / 75) % 60, frames % 75];
};

export function senseData([key, code, qualifier]: Sense): number[] {
  return [0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier, 0, 0, 0, 0];
}

/** A CD-ROM device, removable, SFF-8020i's response format. Vital product data there is none. */
export function inquiryData(packet: Uint8Array): number[] | null {
  if (((packet[1] ?? 0) & 1) !== 0 || packet[2] !== 0) return null;
  const text = 'BREENIX'.padEnd(8) + 'CD-ROM'.padEnd(16) + '1.0'.padEnd(4);
  return [0x05, 0x80, 0x00, 0x21, 31, 0, 0, 0, ...Array.from(text, (c) => c.charCodeAt(0))];
}

export function capacityData(sectors: number): number[] {
  return [...long(sectors - 1), ...long(CD_SECTOR_BYTES)];
}

/** A data CD of one track and one session. Format 0: the TOC, 1: the session, 2: the Q channel of the lead-in. */
export function tocData(packet: Uint8Array, sectors: number): number[] | null {
  const inMsf = ((packet[1] ?? 0) & 2) !== 0;
  // Drives before MMC had the format in the control byte.
  const format = ((packet[2] ?? 0) & 15) | ((packet[9] ?? 0) >> 6);
  const from = packet[6] ?? 0;
  const track = (number: number, lba: number): number[] => [
    ...[0, DATA_TRACK, number, 0],
    ...(inMsf ? [0, ...msf(lba)] : long(lba)),
  ];
  const withLength = (rest: readonly number[]): number[] => [...word(rest.length), ...rest];
  if (format === 0) {
    if (from > 1 && from !== LEAD_OUT) return null;
    return withLength([1, 1, ...(from <= 1 ? track(1, 0) : []), ...track(LEAD_OUT, sectors)]);
  }
  if (format === 1) return withLength([1, 1, ...track(1, 0)]);
  if (format !== 2) return null;
  const point = (number: number, place: readonly number[]): number[] => [
    ...[1, DATA_TRACK, 0, number, 0, 0, 0, 0],
    ...place,
  ];
  return withLength([
    ...[1, 1],
    ...point(0xa0, [1, 0, 0]),
    ...point(0xa1, [1, 0, 0]),
    ...point(0xa2, msf(sectors)),
    ...point(1, msf(0)),
  ]);
}

/** What is this disc: one complete session of one track, nothing to write on. */
export function discInformation(packet: Uint8Array): number[] | null {
  if (((packet[1] ?? 0) & 7) !== 0) return null;
  return [...word(32), 0x0e, 1, 1, 1, 1, 0x20, ...new Array<number>(26).fill(0)];
}

/** The polled form, media class; the event is told once. Null: the asynchronous form, which ATAPI has not. */
export function mediaEventData(
  packet: Uint8Array,
  status: TrayStatus,
  takeEvent: () => MediaEvent,
): number[] | null {
  if (((packet[1] ?? 0) & 1) === 0) return null;
  const supported = 1 << MEDIA_CLASS;
  if (((packet[4] ?? 0) & supported) === 0) return [...word(2), NO_EVENT, supported];
  const place = (status.open ? 1 : 0) | (status.sectors > 0 ? 2 : 0);
  return [...word(6), MEDIA_CLASS, supported, mediaEventCode(takeEvent()), place, 0, 0];
}

interface Feature {
  readonly code: number;
  /** Persistent features are always current. */
  readonly persistent: boolean;
  readonly data: readonly number[];
}

export function configurationData(packet: Uint8Array, status: TrayStatus): number[] | null {
  const disc = status.sectors > 0;
  const features: readonly Feature[] = [
    { code: 0x0000, persistent: true, data: [...word(CD_ROM_PROFILE), disc ? 1 : 0, 0] },
    // Core: ATAPI. Morphing: by polling alone.
    { code: 0x0001, persistent: true, data: [0, 0, 0, 2] },
    { code: 0x0002, persistent: true, data: [0, 0, 0, 0] },
    { code: 0x0003, persistent: true, data: [TRAY_THAT_LOCKS, 0, 0, 0] },
    // Multi-read (none); CD read.
    { code: 0x001e, persistent: false, data: [0, 0, 0, 0] },
  ];
  const how = (packet[1] ?? 0) & 3;
  const from = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
  if (how === 3) return null;
  const chosen = features.filter(({ code, persistent }) => {
    if (how === 2) return code === from;
    return code >= from && (how === 0 || persistent || disc);
  });
  const descriptors = chosen.flatMap(({ code, persistent, data }) => [
    ...word(code),
    (persistent ? 2 : 0) | (persistent || disc ? 1 : 0),
    data.length,
    ...data,
  ]);
  return [...long(descriptors.length + 4), 0, 0, ...word(disc ? CD_ROM_PROFILE : 0), ...descriptors];
}

export function mechanismStatus(status: TrayStatus): number[] {
  return [0, status.open ? 0x10 : 0, 0, 0, 0, 0, 0, 0];
}

/** Null: saved values, or a page that there is not. */
export function modePages(packet: Uint8Array, status: TrayStatus): number[] | null {
  const control = (packet[2] ?? 0) >> 6;
  if (control === 3) return null;
  const wanted = (packet[2] ?? 0) & 0x3f;
  const pages: Readonly<Record<number, readonly number[]>> = {
    // Read error recovery: five retries.
    0x01: [0x01, 6, 0, 5, 0, 0, 0, 0],
    // Capabilities: reads CD-R and CD-RW; the speed there is and the speed that is set.
    0x2a: [
      ...[0x2a, 18, 0x03, 0, 0, 0, TRAY_THAT_LOCKS | (status.locked ? 0x02 : 0), 0],
      ...[...word(SPEED_KB), 0, 0, 0, 0x40, ...word(SPEED_KB), 0, 0, 0, 0],
    ],
  };
  const found = wanted === 0x3f ? Object.values(pages).flat() : pages[wanted];
  if (found === undefined) return null;
  // Which bits may be changed: none.
  const shown = control === 1 ? changeable(found) : found;
  return [...word(shown.length + 6), mediumType(status), 0, 0, 0, 0, 0, ...shown];
}

/** The same pages, headers kept, with no bit set. */
function changeable(pages: readonly number[]): number[] {
  const masked = new Array<number>(pages.length).fill(0);
  for (let at = 0; at < pages.length; at += 2 + (pages[at + 1] ?? 0)) {
    masked[at] = pages[at] ?? 0;
    masked[at + 1] = pages[at + 1] ?? 0;
  }
  return masked;
}

/** SFF-8020i table 81: a 120 mm data disc, or why there is none. */
function mediumType(status: TrayStatus): number {
  if (status.open) return 0x71;
  return status.sectors > 0 ? 0x01 : 0x70;
}
