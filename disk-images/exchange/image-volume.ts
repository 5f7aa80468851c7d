/**
 * The file systems of a disk image, as trees of files: the root as the system would see it, with what its /etc/fstab
 * mounts from the same disk, or one partition by its number.
 *
 * Rules for callers:
 * - `openImage` throws an ExchangeError that says what is in the image when there is nothing to use, and for a volume
 *   that must be repaired before it is written.
 * - A journal that was left unfinished is replayed: in the image when it may be written, else in memory.
 * - `close` writes what is pending and marks the volumes as left in order; without it they need a check.
 */
import { Ext2 } from '../filesystems/ext2/ext2.ts';
import {
  beginChanges,
  endChanges,
  wasLeftInOrder as ext2LeftInOrder,
} from '../filesystems/ext2/mount-state.ts';
import { MAGIC, SUPERBLOCK_MAGIC, SUPERBLOCK_OFFSET } from '../filesystems/ext2/layout.ts';
import { needsRecovery, recoverJournal } from '../filesystems/ext2/recovery.ts';
import { parseBootSector } from '../filesystems/fat32/boot-sector.ts';
import { checkFat32 } from '../filesystems/fat32/check.ts';
import { FatError } from '../filesystems/fat32/error.ts';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { setLeftInOrder, wasLeftInOrder as fatLeftInOrder } from '../filesystems/fat32/mount-state.ts';
import { OverlaySectors } from '../overlay.ts';
import { PartitionTableError } from '../partitions/mbr.ts';
import { readPartitions, type TablePartition } from '../partitions/table.ts';
import { SECTOR_BYTES, type SectorDevice, SectorRange } from '../sectors.ts';
import { Ext2Tree } from './ext2-tree.ts';
import { Fat32Tree } from './fat32-tree.ts';
import type { FileTree } from './file-tree.ts';
import { type Mount, MountedTree } from './mounted-tree.ts';

/** The image cannot be used so. The message is one line for a person. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

export interface OpenOptions {
  /** How messages call the image. */
  readonly name: string;
  readonly readOnly: boolean;
  /** A partition's number; null for the root and what is mounted on it. */
  readonly partition: number | null;
  /** Takes a line about what was done without being asked. */
  readonly note: (text: string) => void;
}

export interface OpenImage {
  readonly tree: FileTree;
  close(): void;
}

type VolumeKind = 'ext2' | 'fat32';

interface Volume {
  /** 0 when the whole disk is one volume. */
  readonly number: number;
  readonly type: string;
  readonly kind: VolumeKind | null;
  readonly device: SectorDevice;
  readonly firstSector: number;
}

interface OpenVolume {
  readonly tree: FileTree;
  readonly close: () => void;
}

function kindOf(device: SectorDevice): VolumeKind | null {
  const sectors = new Uint8Array(SUPERBLOCK_OFFSET + SECTOR_BYTES);
  if (device.sectorCount < sectors.length / SECTOR_BYTES) return null;
  device.read(0, sectors);
  const magic = new DataView(sectors.buffer).getUint16(SUPERBLOCK_OFFSET + SUPERBLOCK_MAGIC, true);
  if (magic === MAGIC) return 'ext2';
  try {
    parseBootSector(sectors.subarray(0, SECTOR_BYTES), device.sectorCount);
    return 'fat32';
  } catch (error) {
    if (error instanceof FatError) return null;
    throw error;
  }
}

/** The volumes of a disk: the disk itself when it has a file system and no partitions. */
function findVolumes(disk: SectorDevice, name: string): Volume[] {
  let partitions: TablePartition[] = [];
  let wrong = 'its partition table is empty';
  try {
    partitions = readPartitions(disk);
  } catch (error) {
    if (!(error instanceof PartitionTableError)) throw error;
    wrong = error.message;
  }
  const volumes = partitions.map(({ number, type, firstSector, sectorCount }): Volume => {
    const device = new SectorRange(disk, firstSector, sectorCount);
    return { number, type, kind: kindOf(device), device, firstSector };
  });
  const kind = kindOf(disk);
  // What looks like partitions in a boot sector of FAT is text.
  if (kind !== null && !volumes.some((volume) => volume.kind !== null)) {
    return [{ number: 0, type: 'whole disk', kind, device: disk, firstSector: 0 }];
  }
  if (volumes.length === 0) throw new ExchangeError(`${name}: no file system is in it: ${wrong}`);
  return volumes;
}

function contentsOf(volumes: readonly Volume[]): string {
  return volumes
    .map(({ number, type, kind }) => `${number} is ${kind ?? 'something else'} (type ${type})`)
    .join(', ');
}

function chooseRoot(volumes: readonly Volume[], { name, partition }: OpenOptions): Volume {
  if (partition !== null) {
    const found = volumes.find(({ number }) => number === partition);
    if (!found)
      throw new ExchangeError(`${name}: there is no partition ${partition}; ${contentsOf(volumes)}`);
    if (found.kind === null) {
      throw new ExchangeError(
        `${name}: partition ${partition} (type ${found.type}) has no ext2 and no FAT32 file system`,
      );
    }
    return found;
  }
  // The kernel chooses in the same way.
  const root = volumes.find(({ kind }) => kind === 'ext2') ?? volumes.find(({ kind }) => kind === 'fat32');
  if (!root)
    throw new ExchangeError(`${name}: no ext2 and no FAT32 file system is in it; ${contentsOf(volumes)}`);
  return root;
}

function checkCommand(tool: string, { name }: OpenOptions, { firstSector }: Volume): string {
  return `${tool} '${name}${firstSector === 0 ? '' : `?offset=${firstSector * SECTOR_BYTES}`}'`;
}

function openExt2(volume: Volume, options: OpenOptions, place: string): OpenVolume {
  const { name, readOnly, note } = options;
  const device = readOnly ? new OverlaySectors(volume.device) : volume.device;
  if (needsRecovery(device)) {
    const transactions = recoverJournal(device);
    note(
      `${name} was not shut down in order: ${transactions} transactions of its journal were replayed${readOnly ? ' (in memory)' : ''}`,
    );
  }
  if (readOnly) return { tree: new Ext2Tree(new Ext2(device), place), close: () => undefined };
  if (!ext2LeftInOrder(device)) {
    throw new ExchangeError(
      `${name}: its ext2 file system was not left in order, so nothing is written to it: run ${checkCommand('e2fsck -p', options, volume)} first`,
    );
  }
  // Refuses what cannot be written before anything is.
  const refusal = new Ext2(device).readOnlyReason;
  if (refusal !== null)
    throw new ExchangeError(`${name}: its ext2 file system cannot be written: ${refusal}`);
  beginChanges(device);
  const ext2 = new Ext2(device);
  return {
    tree: new Ext2Tree(ext2, place),
    close: () => {
      ext2.flush();
      endChanges(device);
    },
  };
}

function openFat32(volume: Volume, { name, readOnly }: OpenOptions, place: string): OpenVolume {
  const { device } = volume;
  const { geometry } = new Fat32(device);
  if (readOnly) return { tree: new Fat32Tree(new Fat32(device), place), close: () => undefined };
  if (!fatLeftInOrder(device, geometry)) {
    const [problem] = checkFat32(device);
    if (problem) {
      throw new ExchangeError(
        `${name}: its FAT32 file system was not left in order, so nothing is written to it (${problem.path}: ${problem.message}): copy the partition out and run fsck.vfat -a on it`,
      );
    }
  }
  setLeftInOrder(device, geometry, false);
  const fat = new Fat32(device);
  return {
    tree: new Fat32Tree(fat, place),
    close: () => {
      fat.flush();
      setLeftInOrder(device, geometry, true);
    },
  };
}

/** Where /etc/fstab mounts partitions of the root's own disk, by partition number. */
function readFstab(root: FileTree): { readonly number: number; readonly at: string }[] {
  const node = root.stat('/etc/fstab');
  if (node?.kind !== 'file') return [];
  const text = Buffer.from(root.read('/etc/fstab')).toString('utf8');
  return text.split('\n').flatMap((line) => {
    const [device = '', at = ''] = line.trim().split(/\s+/);
    const number = /^\/dev\/sda(\d+)$/.exec(device)?.[1];
    return number !== undefined && /^\/[^/]/.test(at)
      ? [{ number: Number(number), at: at.replace(/\/+$/, '') }]
      : [];
  });
}

/** Opens the image's files. */
export function openImage(disk: SectorDevice, options: OpenOptions): OpenImage {
  const volumes = findVolumes(disk, options.name);
  const opened: OpenVolume[] = [];
  const open = (volume: Volume, place: string): FileTree => {
    const made = (volume.kind === 'ext2' ? openExt2 : openFat32)(volume, options, place);
    opened.push(made);
    return made.tree;
  };
  const root = chooseRoot(volumes, options);
  const prefix = options.partition === null ? `${options.name}:` : `${options.name}:${options.partition}:`;
  const rootTree = open(root, prefix);
  const mounts: Mount[] = [];
  if (options.partition === null && root.number > 0) {
    for (const { number, at } of readFstab(rootTree)) {
      const volume = volumes.find((v) => v.number === number && v !== root && v.kind !== null);
      if (volume) mounts.push({ at, tree: () => open(volume, `${prefix}${at}`) });
    }
  }
  return {
    tree: new MountedTree(rootTree, mounts),
    close: () => {
      for (const volume of opened) volume.close();
    },
  };
}
