/**
 * The GUID partition table: parsing and checking alone, no I/O.
 *
 * Source: UEFI Specification 2.10, chapter 5.3. A header counts only if its own checksum, its place and that of its
 * entries hold; when the first one does not, the backup in the last sector is tried.
 */
import { crc32 } from '../lib/crc32';

/** Type of the one entry of the MBR that protects a GPT disk. */
export const GPT_PROTECTIVE: u32 = 0xee;
/** "EFI PART" */
const SIGNATURE: u64 = 0x5452415020494645;
const MIN_HEADER_BYTES: u32 = 92;
const MIN_ENTRY_BYTES: u32 = 128;
const MAX_ENTRY_BYTES: u32 = 4096;
const MAX_ENTRIES: u32 = 1024;

const enum Header {
  HeaderBytes = 12,
  Crc = 16,
  MyLba = 24,
  FirstUsable = 40,
  LastUsable = 48,
  EntriesLba = 72,
  EntryCount = 80,
  EntryBytes = 84,
  EntriesCrc = 88,
}

const enum Entry {
  TypeLow = 0,
  TypeHigh = 8,
  First = 32,
  Last = 40,
}

@unmanaged
export class GptHeader {
  firstUsable: u64;
  lastUsable: u64;
  entriesLba: u64;
  entryCount: u32;
  entryBytes: u32;
  entriesCrc: u32;
}

/** Reads the header in `sector`, which lies at `lba` of a disk of `diskSectors`; false when it is not sound. */
export function gptHeader(sector: usize, lba: u64, diskSectors: u64, out: GptHeader): bool {
  if (load<u64>(sector) != SIGNATURE) return false;
  const bytes = load<u32>(sector, Header.HeaderBytes);
  if (bytes < MIN_HEADER_BYTES || bytes > 512) return false;
  const crc = load<u32>(sector, Header.Crc);
  store<u32>(sector, 0, Header.Crc);
  const sound = crc32(0, sector, bytes) == crc;
  store<u32>(sector, crc, Header.Crc);
  if (!sound || load<u64>(sector, Header.MyLba) != lba) return false;
  out.firstUsable = load<u64>(sector, Header.FirstUsable);
  out.lastUsable = load<u64>(sector, Header.LastUsable);
  out.entriesLba = load<u64>(sector, Header.EntriesLba);
  out.entryCount = load<u32>(sector, Header.EntryCount);
  out.entryBytes = load<u32>(sector, Header.EntryBytes);
  out.entriesCrc = load<u32>(sector, Header.EntriesCrc);
  const size = out.entryBytes;
  if (size < MIN_ENTRY_BYTES || size > MAX_ENTRY_BYTES || (size & (size - 1)) != 0) return false;
  if (out.entryCount == 0 || out.entryCount > MAX_ENTRIES) return false;
  if (out.firstUsable > out.lastUsable || out.lastUsable >= diskSectors) return false;
  const sectors: u64 = gptEntrySectors(out);
  return out.entriesLba >= 2 && out.entriesLba < diskSectors && sectors <= diskSectors - out.entriesLba;
}

/** Sectors that the array of entries takes. */
export function gptEntrySectors(h: GptHeader): u32 {
  return (h.entryCount * h.entryBytes + 511) / 512;
}

export function gptEntriesSound(h: GptHeader, entries: usize): bool {
  return crc32(0, entries, <usize>h.entryCount * h.entryBytes) == h.entriesCrc;
}

/** First sector of entry `n`, and its length in `sectors`; 0 when the entry is unused or lies outside. */
export function gptEntryStart(h: GptHeader, entries: usize, n: u32): u64 {
  const entry = entries + <usize>n * h.entryBytes;
  if ((load<u64>(entry, Entry.TypeLow) | load<u64>(entry, Entry.TypeHigh)) == 0) return 0;
  const first = load<u64>(entry, Entry.First);
  const last = load<u64>(entry, Entry.Last);
  return first >= h.firstUsable && last <= h.lastUsable && first <= last ? first : 0;
}

export function gptEntryLength(h: GptHeader, entries: usize, n: u32): u64 {
  const entry = entries + <usize>n * h.entryBytes;
  return load<u64>(entry, Entry.Last) - load<u64>(entry, Entry.First) + 1;
}
