/**
 * The file allocation table: which cluster follows which, and which are free. Changes stay in memory until
 * `flush`, which writes every copy of the table and the FSInfo sector.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "FAT Data Structure".
 *
 * Rules for callers: chains are returned whole, and are checked: a chain that leaves the volume, reaches a free
 * or bad cluster or runs in a circle is a FatError 'corrupt'. Allocation continues behind the last allocated
 * cluster, so filling a volume takes time in proportion to its size.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { emitInfoSector, type Geometry, parseInfoSector, UNKNOWN_COUNT, viewOf } from './boot-sector.ts';
import { FatError } from './error.ts';

export const FREE = 0;
const MASK = 0x0fff_ffff;
export const BAD = 0x0fff_fff7;
/** This and anything above ends a chain. */
export const END_OF_CHAIN = 0x0fff_fff8;
const WRITE_END_OF_CHAIN = 0x0fff_ffff;
export const FIRST_CLUSTER = 2;
/** The table is read and written in pieces of this many sectors. */
const PAGE_SECTORS = 8;
const PAGE_ENTRIES = (PAGE_SECTORS * SECTOR_BYTES) / 4;

interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  dirty: boolean;
}

export class AllocationTable {
  readonly #device: SectorDevice;
  readonly #geometry: Geometry;
  readonly #pages = new Map<number, Page>();
  #nextFree: number;
  #freeClusters: number | null;
  #changed = false;

  constructor(device: SectorDevice, geometry: Geometry) {
    this.#device = device;
    this.#geometry = geometry;
    const info = new Uint8Array(SECTOR_BYTES);
    if (geometry.infoSector < geometry.reservedSectors) device.read(geometry.infoSector, info);
    const hint = parseInfoSector(info);
    this.#nextFree = hint !== null && this.#exists(hint.nextFree) ? hint.nextFree : FIRST_CLUSTER;
    const known =
      hint !== null && hint.freeClusters !== UNKNOWN_COUNT && hint.freeClusters <= geometry.clusterCount;
    this.#freeClusters = known ? hint.freeClusters : null;
  }

  #exists(cluster: number): boolean {
    return cluster >= FIRST_CLUSTER && cluster < this.#geometry.clusterCount + FIRST_CLUSTER;
  }

  #page(cluster: number): Page {
    const index = Math.floor(cluster / PAGE_ENTRIES);
    const cached = this.#pages.get(index);
    if (cached) return cached;
    const first = index * PAGE_SECTORS;
    const sectors = Math.min(PAGE_SECTORS, this.#geometry.sectorsPerFat - first);
    const bytes = new Uint8Array(sectors * SECTOR_BYTES);
    this.#device.read(this.#geometry.reservedSectors + first, bytes);
    const page: Page = { bytes, view: viewOf(bytes), dirty: false };
    this.#pages.set(index, page);
    return page;
  }

  #get(cluster: number): number {
    return this.#page(cluster).view.getUint32((cluster % PAGE_ENTRIES) * 4, true) & MASK;
  }

  #set(cluster: number, value: number): void {
    const page = this.#page(cluster);
    const at = (cluster % PAGE_ENTRIES) * 4;
    // The upper four bits are not ours to change.
    page.view.setUint32(at, ((page.view.getUint32(at, true) & ~MASK) | value) >>> 0, true);
    page.dirty = true;
    this.#changed = true;
  }

  /** What the table says of a cluster: 0 is free, 0x0FFFFFF7 bad, 0x0FFFFFF8 and above the end of a chain. */
  next(cluster: number): number {
    return this.#get(cluster);
  }

  /** All clusters of the chain that starts at `first`, in order. */
  chain(first: number): number[] {
    const clusters: number[] = [];
    for (let cluster = first; ;) {
      if (!this.#exists(cluster)) {
        throw new FatError('corrupt', `a cluster chain leads to ${cluster}, which is none: run a check`);
      }
      clusters.push(cluster);
      if (clusters.length > this.#geometry.clusterCount) {
        throw new FatError('corrupt', `the cluster chain from ${first} runs in a circle: run a check`);
      }
      const next = this.#get(cluster);
      if (next >= END_OF_CHAIN) return clusters;
      if (next === FREE || next === BAD) {
        throw new FatError('corrupt', `the cluster chain from ${first} is broken at ${cluster}: run a check`);
      }
      cluster = next;
    }
  }

  get freeClusters(): number {
    if (this.#freeClusters === null) {
      let free = 0;
      for (let c = FIRST_CLUSTER; this.#exists(c); c++) if (this.#get(c) === FREE) free++;
      this.#freeClusters = free;
    }
    return this.#freeClusters;
  }

  /** `count` clusters chained together; nothing is changed when there are not enough. */
  allocate(count: number): number[] {
    const clusters: number[] = [];
    let candidate = this.#nextFree;
    for (let seen = 0; clusters.length < count && seen < this.#geometry.clusterCount; seen++) {
      if (this.#get(candidate) === FREE) clusters.push(candidate);
      candidate = this.#exists(candidate + 1) ? candidate + 1 : FIRST_CLUSTER;
    }
    if (clusters.length < count) {
      const clusterBytes = this.#geometry.sectorsPerCluster * SECTOR_BYTES;
      throw new FatError(
        'no-space',
        `no space left: ${count * clusterBytes} bytes needed, ${clusters.length * clusterBytes} free`,
      );
    }
    clusters.forEach((cluster, i) => {
      this.#set(cluster, clusters[i + 1] ?? WRITE_END_OF_CHAIN);
    });
    this.#nextFree = candidate;
    if (this.#freeClusters !== null) this.#freeClusters -= count;
    return clusters;
  }

  /** Appends a chain made by `allocate` to the chain that ends with `last`. */
  link(last: number, next: number): void {
    this.#set(last, next);
  }

  /** Ends a chain at `last`; its former followers must be freed by the caller. */
  terminate(last: number): void {
    this.#set(last, WRITE_END_OF_CHAIN);
  }

  free(clusters: readonly number[]): void {
    for (const cluster of clusters) this.#set(cluster, FREE);
    if (this.#freeClusters !== null) this.#freeClusters += clusters.length;
  }

  flush(): void {
    if (!this.#changed) return;
    const g = this.#geometry;
    for (const [index, page] of [...this.#pages].sort(([a], [b]) => a - b)) {
      if (!page.dirty) continue;
      for (let copy = 0; copy < g.fatCount; copy++) {
        this.#device.write(g.reservedSectors + copy * g.sectorsPerFat + index * PAGE_SECTORS, page.bytes);
      }
      page.dirty = false;
    }
    if (g.infoSector > 0 && g.infoSector < g.reservedSectors) {
      this.#device.write(
        g.infoSector,
        emitInfoSector({ freeClusters: this.freeClusters, nextFree: this.#nextFree }),
      );
    }
    this.#changed = false;
  }
}
