/**
 * One directory: its entries by name, and adding, changing and removing them. The whole directory is read once and
 * kept; changes are written through, cluster by cluster.
 *
 * Rules for callers: one Directory object per directory at a time (fat32.ts keeps them).
 */
import { viewOf } from './boot-sector.ts';
import {
  ATTRIBUTE,
  emitLongEntry,
  emitShortEntry,
  ENTRY_BYTES,
  ENTRY_END,
  ENTRY_FREE,
  parseLongEntry,
  parseShortEntry,
  type LongEntry,
  type ShortEntry,
  shortNameChecksum,
  UNITS_PER_ENTRY,
} from './directory-entry.ts';
import { FatError } from './error.ts';
import { exactShortName, nameKey, ShortNames, showShortName } from './names.ts';

export interface DirectoryEntry extends ShortEntry {
  readonly name: string;
  /** Slots of 32 bytes: the first long-name entry, and the short entry behind them. */
  readonly firstSlot: number;
  readonly slot: number;
}

/** Where a directory's bytes are kept. `clusters` grows with `grow`. */
export interface DirectoryStorage {
  readonly clusterBytes: number;
  readonly clusterCount: number;
  readCluster(index: number): Uint8Array;
  writeCluster(index: number, bytes: Uint8Array): void;
  /** Adds one cluster of zeros at the end. */
  grow(): void;
}

/** A directory may have 65,536 entries (2 MiB). */
const MAXIMUM_SLOTS = 65_536;

export class Directory {
  readonly #storage: DirectoryStorage;
  readonly #clusters: Uint8Array[] = [];
  readonly #entries = new Map<string, DirectoryEntry>();
  readonly #shortNames = new ShortNames();
  readonly #slotsPerCluster: number;
  /** No slot before this one is free; keeps adding many entries from searching the whole directory each time. */
  #firstFree = 0;
  #end = 0;

  constructor(storage: DirectoryStorage) {
    this.#storage = storage;
    this.#slotsPerCluster = storage.clusterBytes / ENTRY_BYTES;
    for (let i = 0; i < storage.clusterCount; i++) this.#clusters.push(storage.readCluster(i));
    this.#parse();
  }

  get #slotCount(): number {
    return this.#clusters.length * this.#slotsPerCluster;
  }

  #slot(index: number): Uint8Array {
    const cluster = this.#clusters[Math.floor(index / this.#slotsPerCluster)];
    if (!cluster) throw new FatError('corrupt', `directory slot ${index} does not exist`);
    const at = (index % this.#slotsPerCluster) * ENTRY_BYTES;
    return cluster.subarray(at, at + ENTRY_BYTES);
  }

  #parse(): void {
    let long: LongEntry[] = [];
    let longStart = 0;
    for (let i = 0; i < this.#slotCount; i++) {
      const bytes = this.#slot(i);
      const first = bytes[0];
      if (first === ENTRY_END) {
        this.#end = i;
        return;
      }
      this.#end = i + 1;
      if (first === ENTRY_FREE) {
        long = [];
        continue;
      }
      if (viewOf(bytes).getUint8(11) === ATTRIBUTE.longName) {
        const entry = parseLongEntry(bytes);
        if (entry.isLast) {
          long = [];
          longStart = i;
        }
        long.push(entry);
        continue;
      }
      const short = parseShortEntry(bytes);
      const longName = joinLongName(long, short);
      long = [];
      if (short.attributes & ATTRIBUTE.volumeLabel) continue;
      const name = longName ?? showShortName(short);
      this.#remember({ ...short, name, firstSlot: longName === null ? i : longStart, slot: i });
    }
  }

  #remember(entry: DirectoryEntry): void {
    this.#entries.set(nameKey(entry.name), entry);
    this.#shortNames.add(entry.shortName);
  }

  /** In order of their place on disk; "." and ".." left out. */
  list(): DirectoryEntry[] {
    return [...this.#entries.values()].filter((e) => e.name !== '.' && e.name !== '..');
  }

  find(name: string): DirectoryEntry | null {
    return this.#entries.get(nameKey(name)) ?? null;
  }

  /** The caller has checked the name and that it is new. */
  add(name: string, content: Omit<ShortEntry, 'shortName' | 'lowerCase'>): DirectoryEntry {
    const exact = exactShortName(name);
    const needsLong = exact === null || this.#shortNames.has(exact);
    const shortName = needsLong ? this.#shortNames.generate(name) : exact;
    const longCount = needsLong ? Math.ceil(name.length / UNITS_PER_ENTRY) : 0;
    const firstSlot = this.#reserve(longCount + 1);
    const checksum = shortNameChecksum(shortName);
    for (let i = 0; i < longCount; i++) {
      const sequence = longCount - i;
      const text = name.slice((sequence - 1) * UNITS_PER_ENTRY, sequence * UNITS_PER_ENTRY);
      this.#slot(firstSlot + i).set(emitLongEntry({ sequence, isLast: i === 0, checksum, text }));
    }
    const entry: DirectoryEntry = {
      ...content,
      shortName,
      lowerCase: 0,
      name,
      firstSlot,
      slot: firstSlot + longCount,
    };
    this.#slot(entry.slot).set(emitShortEntry(entry));
    this.#write(firstSlot, entry.slot);
    this.#remember(entry);
    return entry;
  }

  /** Changes what the entry says; the name stays. */
  update(
    entry: DirectoryEntry,
    changes: Partial<Omit<ShortEntry, 'shortName' | 'lowerCase'>>,
  ): DirectoryEntry {
    const changed = { ...entry, ...changes };
    this.#slot(entry.slot).set(emitShortEntry(changed));
    this.#write(entry.slot, entry.slot);
    this.#entries.set(nameKey(entry.name), changed);
    return changed;
  }

  remove(entry: DirectoryEntry): void {
    for (let i = entry.firstSlot; i <= entry.slot; i++) this.#slot(i)[0] = ENTRY_FREE;
    this.#write(entry.firstSlot, entry.slot);
    this.#entries.delete(nameKey(entry.name));
    this.#shortNames.remove(entry.shortName);
    this.#firstFree = Math.min(this.#firstFree, entry.firstSlot);
  }

  /** First of `count` free slots in a row. */
  #reserve(count: number): number {
    let run = 0;
    let sawFree = false;
    for (let i = this.#firstFree; i < this.#end; i++) {
      if (this.#slot(i)[0] !== ENTRY_FREE) {
        run = 0;
        continue;
      }
      if (!sawFree) this.#firstFree = i;
      sawFree = true;
      if (++run === count) return i - count + 1;
    }
    if (!sawFree) this.#firstFree = this.#end;
    const first = this.#end - run;
    if (first + count > MAXIMUM_SLOTS)
      throw new FatError('no-space', 'the directory is full (65,536 entries)');
    while (first + count > this.#slotCount) {
      this.#storage.grow();
      this.#clusters.push(new Uint8Array(this.#storage.clusterBytes));
    }
    this.#end = first + count;
    return first;
  }

  /** Writes the clusters that hold these slots. */
  #write(firstSlot: number, lastSlot: number): void {
    const first = Math.floor(firstSlot / this.#slotsPerCluster);
    const last = Math.floor(lastSlot / this.#slotsPerCluster);
    for (let i = first; i <= last; i++) {
      const cluster = this.#clusters[i];
      if (cluster) this.#storage.writeCluster(i, cluster);
    }
  }
}

/** The long name in front of a short entry, or null when there is none or it belongs to another entry. */
function joinLongName(long: readonly LongEntry[], short: ShortEntry): string | null {
  if (long.length === 0 || long[0]?.isLast !== true) return null;
  const checksum = shortNameChecksum(short.shortName);
  const inOrder = long.every((e, i) => e.checksum === checksum && e.sequence === long.length - i);
  if (!inOrder) return null;
  return long
    .map((e) => e.text)
    .reverse()
    .join('');
}
