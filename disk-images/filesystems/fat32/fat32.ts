/**
 * A FAT32 file system on a sector device: list, read, write, make and remove files and directories.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03.
 *
 * Rules for callers:
 * - Paths are absolute, separated by '/'; case does not count.
 * - The allocation table is kept in memory: call `flush` when done, or changes are lost and the volume is left
 *   inconsistent.
 * - Failures are FatError with a code; nothing is changed by an operation that fails for lack of space.
 */
import { SECTOR_BYTES, type SectorDevice } from '../../sectors.ts';
import { AllocationTable } from './allocation-table.ts';
import { type Geometry, parseBootSector } from './boot-sector.ts';
import { Directory, type DirectoryEntry, type DirectoryStorage } from './directory.ts';
import { ATTRIBUTE, emitShortEntry, ENTRY_BYTES } from './directory-entry.ts';
import { FatError } from './error.ts';
import { checkName } from './names.ts';

export interface FileInfo {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  readonly modified: Date;
}

const MAXIMUM_FILE_BYTES = 0xffff_ffff;

interface Located {
  readonly parent: Directory;
  readonly parentCluster: number;
  readonly name: string;
  readonly entry: DirectoryEntry | null;
}

function info(entry: DirectoryEntry): FileInfo {
  return {
    name: entry.name,
    isDirectory: (entry.attributes & ATTRIBUTE.directory) !== 0,
    sizeBytes: entry.sizeBytes,
    modified: entry.modified,
  };
}

export class Fat32 {
  readonly geometry: Geometry;
  readonly #device: SectorDevice;
  readonly #table: AllocationTable;
  readonly #directories = new Map<number, Directory>();
  readonly #now: () => Date;

  constructor(device: SectorDevice, now: () => Date = () => new Date()) {
    const boot = new Uint8Array(SECTOR_BYTES);
    device.read(0, boot);
    this.geometry = parseBootSector(boot, device.sectorCount);
    this.#device = device;
    this.#table = new AllocationTable(device, this.geometry);
    this.#now = now;
  }

  get #clusterBytes(): number {
    return this.geometry.sectorsPerCluster * SECTOR_BYTES;
  }

  get freeBytes(): number {
    return this.#table.freeClusters * this.#clusterBytes;
  }

  list(path: string): FileInfo[] {
    return this.#openDirectory(path).directory.list().map(info);
  }

  /** null when there is nothing at `path`. */
  stat(path: string): FileInfo | null {
    const parts = split(path);
    if (parts.length === 0) return { name: '/', isDirectory: true, sizeBytes: 0, modified: new Date(0) };
    const entry = this.#locate(path).entry;
    return entry ? info(entry) : null;
  }

  readFile(path: string): Uint8Array {
    const entry = this.#existing(path).entry;
    if (entry.attributes & ATTRIBUTE.directory)
      throw new FatError('is-a-directory', `${path} is a directory`);
    if (entry.sizeBytes === 0) return new Uint8Array();
    const clusters = this.#table.chain(entry.firstCluster);
    if (clusters.length * this.#clusterBytes < entry.sizeBytes) {
      throw new FatError('corrupt', `${path} is shorter on disk than its directory says: run a check`);
    }
    const bytes = new Uint8Array(clusters.length * this.#clusterBytes);
    this.#transfer(clusters, bytes, (lba, part) => {
      this.#device.read(lba, part);
    });
    return bytes.subarray(0, entry.sizeBytes);
  }

  /** Creates or replaces a file. Its directory must exist. */
  writeFile(path: string, content: Uint8Array, modified: Date = this.#now()): void {
    const { parent, name, entry } = this.#locate(path);
    if (entry && entry.attributes & ATTRIBUTE.directory) {
      throw new FatError('is-a-directory', `${path} is a directory`);
    }
    if (!entry) checkName(name);
    if (content.length > MAXIMUM_FILE_BYTES) {
      throw new FatError('too-large', `${path}: FAT32 files have at most 4 GiB less one byte`);
    }
    const old = entry && entry.firstCluster !== 0 ? this.#table.chain(entry.firstCluster) : [];
    const count = Math.ceil(content.length / this.#clusterBytes);
    const clusters = count > 0 ? this.#table.allocate(count) : [];
    this.#writeClusters(clusters, content);
    const fields = {
      attributes: ATTRIBUTE.archive,
      firstCluster: clusters[0] ?? 0,
      sizeBytes: content.length,
      modified,
      accessed: modified,
    };
    if (entry) parent.update(entry, fields);
    else parent.add(name, { ...fields, created: modified });
    this.#table.free(old);
  }

  /** Makes a directory. With `parents`, those that are missing too, and an existing one is no error. */
  makeDirectory(path: string, options: { parents: boolean } = { parents: false }): void {
    const parts = split(path);
    for (let i = options.parents ? 1 : parts.length; i <= parts.length; i++) {
      const at = `/${parts.slice(0, i).join('/')}`;
      if (parts.length === 0) break;
      const located = this.#locate(at);
      if (!located.entry) this.#createDirectory(located);
      else if (!options.parents) throw new FatError('exists', `${at} exists already`);
      else if (!(located.entry.attributes & ATTRIBUTE.directory)) {
        throw new FatError('not-a-directory', `${at} is a file`);
      }
    }
  }

  /** Removes a file or an empty directory. */
  remove(path: string): void {
    const { parent, entry } = this.#existing(path);
    if (entry.attributes & ATTRIBUTE.directory) {
      if (this.#directory(entry.firstCluster).list().length > 0) {
        throw new FatError('not-empty', `${path} is not empty`);
      }
      this.#directories.delete(entry.firstCluster);
    }
    parent.remove(entry);
    if (entry.firstCluster !== 0) this.#table.free(this.#table.chain(entry.firstCluster));
  }

  flush(): void {
    this.#table.flush();
    this.#device.flush();
  }

  #createDirectory({ parent, parentCluster, name }: Located): void {
    checkName(name);
    const [cluster = 0] = this.#table.allocate(1);
    const now = this.#now();
    const times = { created: now, modified: now, accessed: now };
    const fields = { ...times, attributes: ATTRIBUTE.directory, sizeBytes: 0 };
    const bytes = new Uint8Array(this.#clusterBytes);
    const dot = (text: string, firstCluster: number): Uint8Array =>
      emitShortEntry({
        ...fields,
        shortName: Buffer.from(text.padEnd(11), 'latin1'),
        lowerCase: 0,
        firstCluster,
      });
    bytes.set(dot('.', cluster));
    // The specification: ".." of a directory in the root names cluster 0.
    bytes.set(dot('..', parentCluster === this.geometry.rootCluster ? 0 : parentCluster), ENTRY_BYTES);
    this.#writeClusters([cluster], bytes);
    parent.add(name, { ...fields, firstCluster: cluster });
  }

  #directory(cluster: number): Directory {
    const start = cluster === 0 ? this.geometry.rootCluster : cluster;
    const cached = this.#directories.get(start);
    if (cached) return cached;
    const directory = new Directory(this.#storage(this.#table.chain(start)));
    this.#directories.set(start, directory);
    return directory;
  }

  #storage(clusters: number[]): DirectoryStorage {
    const at = (index: number): number => {
      const cluster = clusters[index];
      if (cluster === undefined) throw new FatError('corrupt', `directory cluster ${index} does not exist`);
      return this.#sector(cluster);
    };
    return {
      clusterBytes: this.#clusterBytes,
      get clusterCount(): number {
        return clusters.length;
      },
      readCluster: (index) => {
        const bytes = new Uint8Array(this.#clusterBytes);
        this.#device.read(at(index), bytes);
        return bytes;
      },
      writeCluster: (index, bytes) => {
        this.#device.write(at(index), bytes);
      },
      grow: () => {
        const [cluster = 0] = this.#table.allocate(1);
        this.#writeClusters([cluster], new Uint8Array(this.#clusterBytes));
        const last = clusters.at(-1);
        if (last !== undefined) this.#table.link(last, cluster);
        clusters.push(cluster);
      },
    };
  }

  #openDirectory(path: string): { directory: Directory; cluster: number } {
    let cluster = this.geometry.rootCluster;
    let directory = this.#directory(cluster);
    for (const part of split(path)) {
      const entry = directory.find(part);
      if (!entry) throw new FatError('not-found', `${path} does not exist`);
      if (!(entry.attributes & ATTRIBUTE.directory)) {
        throw new FatError('not-a-directory', `${path}: ${part} is a file`);
      }
      cluster = entry.firstCluster;
      directory = this.#directory(cluster);
    }
    return { directory, cluster };
  }

  #locate(path: string): Located {
    const parts = split(path);
    const name = parts.pop();
    if (name === undefined) throw new FatError('is-a-directory', '/ is the root directory');
    const { directory, cluster } = this.#openDirectory(`/${parts.join('/')}`);
    return { parent: directory, parentCluster: cluster, name, entry: directory.find(name) };
  }

  #existing(path: string): Located & { entry: DirectoryEntry } {
    const located = this.#locate(path);
    if (!located.entry) throw new FatError('not-found', `${path} does not exist`);
    return { ...located, entry: located.entry };
  }

  #sector(cluster: number): number {
    return this.geometry.dataStart + (cluster - 2) * this.geometry.sectorsPerCluster;
  }

  #writeClusters(clusters: readonly number[], content: Uint8Array): void {
    const whole = clusters.length * this.#clusterBytes;
    let bytes = content;
    if (content.length < whole) {
      // The rest of the last cluster is zeros, not what was on the disk before.
      bytes = new Uint8Array(whole);
      bytes.set(content);
    }
    this.#transfer(clusters, bytes, (lba, part) => {
      this.#device.write(lba, part);
    });
  }

  /** Calls `move` once for each run of neighbouring clusters. */
  #transfer(
    clusters: readonly number[],
    bytes: Uint8Array,
    move: (lba: number, part: Uint8Array) => void,
  ): void {
    for (let i = 0; i < clusters.length;) {
      const first = clusters[i] ?? 0;
      let run = 1;
      while (clusters[i + run] === first + run) run++;
      move(this.#sector(first), bytes.subarray(i * this.#clusterBytes, (i + run) * this.#clusterBytes));
      i += run;
    }
  }
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
