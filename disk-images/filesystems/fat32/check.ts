/**
 * Checks a FAT32 volume without changing it: allocation tables, chains, directories, free-space hint.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03.
 *
 * Rules for callers: `checkFat32` throws only for a device that cannot be read; everything wrong with the volume is
 * in the list it returns, worst kinds first by nature of the walk. An empty list is what fsck.vfat -n calls clean.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { AllocationTable, BAD, END_OF_CHAIN, FIRST_CLUSTER, FREE } from './allocation-table.ts';
import { type Geometry, parseBootSector, parseInfoSector, UNKNOWN_COUNT } from './boot-sector.ts';
import { Directory } from './directory.ts';
import { ATTRIBUTE } from './directory-entry.ts';
import { FatError } from './error.ts';

export interface Problem {
  readonly kind:
    | 'not-fat32'
    | 'tables-differ'
    | 'broken-chain'
    | 'shared-cluster'
    | 'wrong-size'
    | 'lost-clusters'
    | 'wrong-free-count';
  /** What it concerns; `/` for the volume as a whole. */
  readonly path: string;
  readonly message: string;
}

class Checker {
  readonly problems: Problem[] = [];
  readonly #device: SectorDevice;
  readonly #geometry: Geometry;
  readonly #table: AllocationTable;
  readonly #owners = new Map<number, string>();

  constructor(device: SectorDevice, geometry: Geometry) {
    this.#device = device;
    this.#geometry = geometry;
    this.#table = new AllocationTable(device, geometry);
  }

  run(): void {
    this.#compareTables();
    this.#directory(this.#geometry.rootCluster, '/');
    this.#countClusters();
  }

  #report(kind: Problem['kind'], path: string, message: string): void {
    this.problems.push({ kind, path, message });
  }

  #compareTables(): void {
    const { reservedSectors, sectorsPerFat, fatCount } = this.#geometry;
    const first = new Uint8Array(SECTOR_BYTES);
    const other = new Uint8Array(SECTOR_BYTES);
    for (let copy = 1; copy < fatCount; copy++) {
      for (let sector = 0; sector < sectorsPerFat; sector++) {
        this.#device.read(reservedSectors + sector, first);
        this.#device.read(reservedSectors + copy * sectorsPerFat + sector, other);
        if (Buffer.compare(first, other) === 0) continue;
        this.#report(
          'tables-differ',
          '/',
          `allocation table ${copy + 1} differs from the first in sector ${sector}`,
        );
        break;
      }
    }
  }

  /** The chain as far as it is sound; clusters of it are marked as belonging to `path`. */
  #claim(start: number, path: string): number[] {
    const end = this.#geometry.clusterCount + FIRST_CLUSTER;
    const clusters: number[] = [];
    for (let cluster = start; ;) {
      if (cluster < FIRST_CLUSTER || cluster >= end) {
        this.#report('broken-chain', path, `its cluster chain leads to ${cluster}, which is none`);
        return clusters;
      }
      const owner = this.#owners.get(cluster);
      if (owner !== undefined) {
        const message =
          owner === path
            ? 'its cluster chain runs in a circle'
            : `it shares cluster ${cluster} with ${owner}`;
        this.#report(owner === path ? 'broken-chain' : 'shared-cluster', path, message);
        return clusters;
      }
      this.#owners.set(cluster, path);
      clusters.push(cluster);
      const next = this.#table.next(cluster);
      if (next >= END_OF_CHAIN) return clusters;
      if (next === FREE || next === BAD) {
        this.#report(
          'broken-chain',
          path,
          `its cluster chain ends in a ${next === FREE ? 'free' : 'bad'} cluster`,
        );
        return clusters;
      }
      cluster = next;
    }
  }

  #directory(start: number, path: string): void {
    const clusterBytes = this.#geometry.sectorsPerCluster * SECTOR_BYTES;
    const clusters = this.#claim(start, path);
    const directory = new Directory({
      clusterBytes,
      clusterCount: clusters.length,
      readCluster: (index) => {
        const bytes = new Uint8Array(clusterBytes);
        const cluster = clusters[index] ?? FIRST_CLUSTER;
        const { dataStart, sectorsPerCluster } = this.#geometry;
        this.#device.read(dataStart + (cluster - FIRST_CLUSTER) * sectorsPerCluster, bytes);
        return bytes;
      },
      writeCluster: () => undefined,
      grow: () => undefined,
    });
    for (const entry of directory.list()) {
      const at = path === '/' ? `/${entry.name}` : `${path}/${entry.name}`;
      if (entry.attributes & ATTRIBUTE.directory) {
        this.#directory(entry.firstCluster, at);
        continue;
      }
      const length = entry.firstCluster === 0 ? 0 : this.#claim(entry.firstCluster, at).length;
      if (Math.ceil(entry.sizeBytes / clusterBytes) !== length) {
        const message = `it has ${length} clusters of ${clusterBytes} bytes for ${entry.sizeBytes} bytes`;
        this.#report('wrong-size', at, message);
      }
    }
  }

  #countClusters(): void {
    const { clusterCount, infoSector, reservedSectors } = this.#geometry;
    let free = 0;
    let lost = 0;
    for (let cluster = FIRST_CLUSTER; cluster < clusterCount + FIRST_CLUSTER; cluster++) {
      const next = this.#table.next(cluster);
      if (next === FREE) free++;
      else if (next !== BAD && !this.#owners.has(cluster)) lost++;
    }
    if (lost > 0) this.#report('lost-clusters', '/', `${lost} clusters are taken but belong to no file`);
    if (infoSector === 0 || infoSector >= reservedSectors) return;
    const sector = new Uint8Array(SECTOR_BYTES);
    this.#device.read(infoSector, sector);
    const hint = parseInfoSector(sector)?.freeClusters ?? UNKNOWN_COUNT;
    if (hint !== UNKNOWN_COUNT && hint !== free) {
      this.#report('wrong-free-count', '/', `${free} clusters are free, the volume says ${hint}`);
    }
  }
}

export function checkFat32(device: SectorDevice): Problem[] {
  const boot = new Uint8Array(SECTOR_BYTES);
  device.read(0, boot);
  let geometry: Geometry;
  try {
    geometry = parseBootSector(boot, device.sectorCount);
  } catch (error) {
    if (error instanceof FatError) return [{ kind: 'not-fat32', path: '/', message: error.message }];
    throw error;
  }
  const checker = new Checker(device, geometry);
  checker.run();
  return checker.problems;
}
