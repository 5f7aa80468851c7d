/**
 * Disk images that were damaged at random, for whoever reads disks: partition tables, FAT32 and ext2 volumes with a
 * journal, bare volumes, CDs. Seeded: the same seed does the same.
 *
 * - `useImage` opens one as `breenix ls` and `breenix cp` do, walks it, reads it and writes to it. What must hold: an
 *   error of ours that says what is wrong, or success; never another exception, a hang, or memory without bound.
 */
import { holdsCd } from '../../electron/cli/image-kind.ts';
import { CopyStoppedError, copyTree } from '../../disk-images/exchange/copy.ts';
import type { FileTree } from '../../disk-images/exchange/file-tree.ts';
import { ExchangeError, openImage } from '../../disk-images/exchange/image-volume.ts';
import { Ext2Error } from '../../disk-images/filesystems/ext2/error.ts';
import { FatError } from '../../disk-images/filesystems/fat32/error.ts';
import { PartitionTableError } from '../../disk-images/partitions/mbr.ts';
import { readPartitions } from '../../disk-images/partitions/table.ts';
import { buildSystemImage, type RootEntry } from '../../disk-images/recipes/system.ts';
import { MemorySectors, SECTOR_BYTES } from '../../disk-images/sectors.ts';
import { Random } from '../conformance/random.ts';
import { processorMs } from './measure.ts';

const MIB = 1024 * 1024;
const KIB = 1024;
/** 48 MiB of FAT32, and a root with 16 MiB of journal. */
const IMAGE_MIB = 96;
/** A damaged folder may lead to itself: this much of it is looked at. */
const MOST_NODES = 600;
const MOST_READ_BYTES = 64 * MIB;
/** No step may hold the host longer; a busy host is given its due. */
const LONGEST_STEP_MS = 10_000;
/** Offset of s_feature_incompat in a volume, and the flag of a journal that must be replayed. */
const EXT2_FEATURES = { at: 1024 + 96, recover: 4 } as const;

type Region = readonly [start: number, bytes: number];

/** A sound image, and where damage hurts. */
export interface ImageKind {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly regions: readonly Region[];
  /** Where its ext2 volume begins; null when it has none. */
  readonly ext2At: number | null;
}

function rootFiles(): ReadonlyMap<string, RootEntry> {
  const files = new Map<string, RootEntry>([
    ['/etc/fstab', { content: Buffer.from('/dev/sda1 /boot vfat defaults 0 0\n') }],
    ['/boot', { directory: true }],
    ['/home/user', { directory: true, uid: 1000, gid: 1000 }],
    ['/bin/large', { content: Buffer.alloc(3 * MIB, 'large') }],
    ['/bin/short', { target: 'large' }],
    ['/bin/long', { target: `/bin/${'../bin/'.repeat(20)}large` }],
    ['/bin/same', { sameAs: '/bin/large' }],
  ]);
  for (let i = 0; i < 60; i++)
    files.set(`/home/user/deep/deeper/file ${String(i)}`, { content: Buffer.alloc(i * 700, 'x') });
  return files;
}

function systemDisk(table: 'mbr' | 'gpt'): Uint8Array {
  return buildSystemImage({
    table,
    sizeMiB: IMAGE_MIB,
    kernel: Buffer.alloc(MIB, 'kernel'),
    root: rootFiles(),
    timestamp: new Date('2026-01-02T03:04:06Z'),
    grub: { bootCode: Buffer.alloc(440), core: Buffer.alloc(30 * KIB), efi: Buffer.alloc(100 * KIB) },
  });
}

/** Boot sector, table and first directories of FAT32; super block, descriptors, bitmaps, inodes and journal of ext2. */
function volumeRegions(fatAt: number, ext2At: number): readonly Region[] {
  return [
    [fatAt, 90],
    [fatAt + 512, 512],
    [fatAt + 16 * KIB, 4 * KIB],
    [fatAt + 16 * KIB, 900 * KIB],
    [ext2At + 1024, 300],
    [ext2At + 4 * KIB, 64],
    [ext2At + 4 * KIB, 600 * KIB],
    [ext2At, 20 * MIB],
  ];
}

/** Two primary descriptors and an El Torito record, with path table and folders behind: enough for who tells kinds apart. */
function cdImage(): Uint8Array {
  const bytes = Buffer.alloc(64 * 2048);
  for (const [sector, type] of [
    [16, 1],
    [17, 0],
    [18, 255],
  ] as const) {
    bytes[sector * 2048] = type;
    bytes.write('CD001\u0001', sector * 2048 + 1, 'latin1');
  }
  bytes.write('EL TORITO SPECIFICATION', 17 * 2048 + 7, 'latin1');
  bytes.writeUInt16LE(0xaa55, 510);
  return new Uint8Array(bytes);
}

export function soundImages(): readonly ImageKind[] {
  const tables = (['mbr', 'gpt'] as const).map((name): ImageKind => {
    const bytes = systemDisk(name);
    const [fat, ext2] = readPartitions(new MemorySectors(bytes));
    const [fatAt, ext2At] = [fat?.firstSector ?? 0, ext2?.firstSector ?? 0].map((s) => s * SECTOR_BYTES);
    if (!fatAt || !ext2At) throw new Error('the system disk has other partitions than before');
    const table: readonly Region[] = [
      [440, 72],
      [512, 92],
      [1024, 256],
      [bytes.length - 512, 92],
    ];
    const regions = [...table, ...volumeRegions(fatAt, ext2At), [0, bytes.length] as const];
    return { name, bytes, regions, ext2At };
  });
  const [mbr] = tables;
  if (mbr === undefined) throw new Error('no image');
  const [fat, ext2] = readPartitions(new MemorySectors(mbr.bytes)).map(({ firstSector, sectorCount }) =>
    mbr.bytes.slice(firstSector * SECTOR_BYTES, (firstSector + sectorCount) * SECTOR_BYTES),
  );
  if (!fat || !ext2) throw new Error('no volumes');
  return [
    ...tables,
    { name: 'fat32', bytes: fat, regions: volumeRegions(0, 0).slice(0, 4), ext2At: null },
    { name: 'ext2', bytes: ext2, regions: volumeRegions(0, 0).slice(4), ext2At: 0 },
    {
      name: 'cd',
      bytes: cdImage(),
      regions: [
        [510, 2],
        [16 * 2048, 40],
        [17 * 2048, 40],
        [18 * 2048, 40],
      ],
      ext2At: null,
    },
  ];
}

/** A copy with one to twelve places changed: bytes, bits, whole words, small numbers; or cut short. */
export function damaged(kind: ImageKind, random: Random): Uint8Array {
  let bytes = kind.bytes.slice();
  if (kind.ext2At !== null && random.oneIn(4)) {
    const at = kind.ext2At + EXT2_FEATURES.at;
    bytes[at] = (bytes[at] ?? 0) | EXT2_FEATURES.recover;
  }
  if (random.oneIn(12)) bytes = bytes.slice(0, random.below(bytes.length / SECTOR_BYTES) * SECTOR_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 1 + random.below(12); i > 0 && bytes.length >= SECTOR_BYTES; i--) {
    const [start, length] = random.pick(kind.regions);
    const at = Math.min(start + random.below(length), bytes.length - 4);
    const change = random.below(5);
    if (change === 0) bytes[at] = random.below(256);
    else if (change === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    else if (change === 2)
      view.setUint32(at & ~3, random.pick([0, 0xffffffff, 0x80000000, 0x7fffffff]), true);
    else if (change === 3) view.setUint32(at & ~3, random.u32(), true);
    else view.setUint32(at & ~3, random.below(5000), true);
  }
  return bytes;
}

const OURS = [CopyStoppedError, ExchangeError, Ext2Error, FatError, PartitionTableError] as const;

export interface Tally {
  opened: number;
  refused: number;
  errors: number;
  nodes: number;
  written: number;
}

class ImageUser {
  readonly #tally: Tally;
  #nodes = 0;
  #readBytes = 0;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** What `action` gives; null after an error of ours. @throws what is no error of ours, or took too long. */
  #attempt<T>(what: string, action: () => T): T | null {
    const started = processorMs();
    try {
      return action();
    } catch (error) {
      if (!OURS.some((kind) => error instanceof kind))
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      this.#tally.errors++;
      return null;
    } finally {
      const spent = processorMs() - started;
      if (spent > LONGEST_STEP_MS) throw new Error(`${what} took ${String(Math.round(spent))} ms`); // eslint-disable-line no-unsafe-finally -- a hang outweighs whatever else went wrong
    }
  }

  walk(tree: FileTree, folder: string): void {
    const children = this.#attempt(`list ${folder}`, () => tree.list(folder)) ?? [];
    for (const { name } of children) {
      if (name === '' || name === '.' || name === '..' || name.includes('/')) continue;
      if (++this.#nodes > MOST_NODES || this.#readBytes > MOST_READ_BYTES) return;
      this.#tally.nodes++;
      const path = `${folder === '/' ? '' : folder}/${name}`;
      const node = this.#attempt(`stat ${path}`, () => tree.stat(path));
      if (node?.kind === 'file')
        this.#readBytes += this.#attempt(`read ${path}`, () => tree.read(path))?.length ?? 0;
      else if (node?.kind === 'symlink') {
        this.#attempt(`readlink ${path}`, () => tree.readLink(path));
        this.#attempt(`follow ${path}`, () => tree.realPath(path));
      } else if (node?.kind === 'directory') this.walk(tree, path);
    }
  }

  write(tree: FileTree): void {
    const attributes = { mode: 0o644, owner: null, modified: new Date(0) };
    const content = new Uint8Array(300 * KIB).fill(7);
    for (const path of ['/new', '/etc/fstab', '/boot/new', '/home/user/deep/new']) {
      const done = this.#attempt(`write ${path}`, () => {
        tree.write(path, content, attributes);
        return true;
      });
      if (done === true) this.#tally.written++;
    }
    this.#attempt('make a folder', () => {
      tree.makeDirectory('/folder', { ...attributes, mode: 0o755 });
    });
    this.#attempt('remove a file', () => {
      tree.removeFile('/bin/large');
    });
    // As `breenix cp` copies within an image: whatever goes wrong with a file is told, and the rest is copied.
    this.#attempt('copy a folder', () => {
      const place = (path: string) => ({ tree, path });
      const report = {
        copied: () => undefined,
        problem: () => {
          this.#tally.errors++;
        },
      };
      const steps = copyTree(place('/home'), place('/folder/home'), report);
      for (let taken = 0; taken < MOST_NODES && steps.next().done !== true; taken++);
    });
  }

  use(bytes: Uint8Array, readOnly: boolean): void {
    const disk = new MemorySectors(bytes);
    this.#attempt('tell its kind', () =>
      holdsCd((lba) => {
        const sector = Buffer.from(bytes.subarray(lba * 2048, (lba + 1) * 2048));
        return sector.length === 2048 ? sector : null;
      }),
    );
    const options = { name: 'image', readOnly, partition: null, note: () => undefined };
    const image = this.#attempt('open it', () => openImage(disk, options));
    if (image === null) {
      this.#tally.refused++;
      return;
    }
    this.#tally.opened++;
    this.walk(image.tree, '/');
    if (readOnly) return;
    this.write(image.tree);
    this.#attempt('close it', () => {
      image.close();
    });
  }
}

/** Rounds with the seeds from `firstSeed` on, at least `leastRounds` and until `milliseconds` have passed. */
export function fuzzImages(
  firstSeed: number,
  leastRounds: number,
  milliseconds: number,
): Tally & { readonly rounds: number } {
  const kinds = soundImages();
  const end = performance.now() + milliseconds;
  const tally: Tally = { opened: 0, refused: 0, errors: 0, nodes: 0, written: 0 };
  let rounds = 0;
  while (rounds < leastRounds || performance.now() < end) {
    const seed = firstSeed + rounds++;
    const random = new Random(seed);
    const kind = random.pick(kinds);
    try {
      new ImageUser(tally).use(damaged(kind, random), random.oneIn(2));
    } catch (cause) {
      throw new Error(
        `seed ${String(seed)} (${kind.name}): ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  }
  return { ...tally, rounds };
}
