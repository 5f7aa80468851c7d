/**
 * The Breenix system disk: a boot record or a GPT with GRUB, a FAT32 partition that firmware (UEFI), GRUB and other systems
 * read, and the ext2 root. docs/internals/contracts.md says what is where.
 */
import { createHash } from 'node:crypto';
import { Ext2 } from '../filesystems/ext2/ext2.ts';
import { formatExt2 } from '../filesystems/ext2/format.ts';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { formatFat32 } from '../filesystems/fat32/format.ts';
import {
  GPT_END_SECTORS,
  GPT_FIRST_USABLE,
  GPT_TYPE,
  type GptPartition,
  writeGpt,
} from '../partitions/gpt.ts';
import { guidFromBytes } from '../partitions/guid.ts';
import { emitMbr, PARTITION_TYPE } from '../partitions/mbr.ts';
import { MemorySectors, SECTOR_BYTES, type SectorDevice, SectorRange } from '../sectors.ts';
import { grubImages, type GrubImages, placeCore } from './grub.ts';

/** Permissions and owner; root's, 0644 for a file and 0755 for a directory where nothing is said. */
interface Ownership {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Something on the root file system. */
export type RootEntry =
  | ({ readonly content: Uint8Array } & Ownership)
  | ({ readonly directory: true } & Ownership)
  /** A symbolic link. */
  | { readonly target: string }
  /** Another name for the file at this path. */
  | { readonly sameAs: string };

/** Both boot by BIOS and by UEFI, and number the boot partition 1 and the root 2. */
export const PARTITION_TABLES = ['mbr', 'gpt'] as const;
export type PartitionTableKind = (typeof PARTITION_TABLES)[number];

export interface SystemImageOptions {
  /** Default `mbr`, which every firmware and every tool understands. */
  readonly table?: PartitionTableKind;
  /** Size of the whole disk in MiB. */
  readonly sizeMiB?: number;
  /** The kernel, an ELF file. */
  readonly kernel: Uint8Array;
  /** Words on the kernel's command line, such as `init=/bin/init`. */
  readonly kernelArguments?: readonly string[];
  /** What is on the root, by absolute path; directories above are made as needed. */
  readonly root: ReadonlyMap<string, RootEntry>;
  /** Time stamp of every file, so that the same inputs give the same image. */
  readonly timestamp: Date;
  /** Graphics mode that GRUB sets before it starts the kernel. */
  readonly graphicsMode?: string;
  /** GRUB's images when the caller keeps them; making them takes a second. */
  readonly grub?: GrubImages;
}

/** On the boot partition, which the system mounts on /boot. */
export const KERNEL_PATH = '/breenix.elf';
export const GRUB_CONFIGURATION = '/grub/grub.cfg';
const GRUB_FOLDER = '/grub';
const DEFAULT_SIZE_MIB = 256;
export const DEFAULT_GRAPHICS_MODE = '1024x768x32,auto';
const SECTORS_PER_MIB = 2048;
export const BOOT_PARTITION_START = SECTORS_PER_MIB;
/** FAT32 needs 34 MiB at least; the rest is for exchange with the host. */
const BOOT_PARTITION_MIB = 48;
const ROOT_PARTITION_START = BOOT_PARTITION_START + BOOT_PARTITION_MIB * SECTORS_PER_MIB;
const BOOT_LABEL = 'BREENIX';
const ROOT_LABEL = 'breenix-root';
/** Fixed, as the rest of the image is: the volumes are told apart by their labels. */
const VOLUME_ID = 0x4252_4e58;
/** 16 MiB of journal: as much as mke2fs gives a root of this size. */
const JOURNAL_BLOCKS = 4096;

export function makeGrubImages(): GrubImages {
  return grubImages(KERNEL_PATH, GRUB_FOLDER);
}

/** No menu and no waiting; messages go to the screen and to the first serial port. */
export function grubConfiguration(kernelArguments: readonly string[], graphicsMode: string): string {
  for (const word of kernelArguments) {
    if (!/^[A-Za-z0-9_./,:=+-]+$/.test(word)) {
      throw new Error(`'${word}' cannot be a kernel argument: letters, digits and _ . / , : = + - only`);
    }
  }
  return `set timeout=0
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set gfxpayload=${graphicsMode}
if multiboot2 ${[KERNEL_PATH, ...kernelArguments].join(' ')}; then
  boot
fi
echo "Breenix: ${KERNEL_PATH} cannot be started."
`;
}

/** The image's bytes. */
export function buildSystemImage(options: SystemImageOptions): Uint8Array {
  const sectorCount = (options.sizeMiB ?? DEFAULT_SIZE_MIB) * SECTORS_PER_MIB;
  const table = options.table ?? 'mbr';
  const rootEnd = table === 'gpt' ? sectorCount - GPT_END_SECTORS : sectorCount;
  if (rootEnd <= ROOT_PARTITION_START) {
    throw new Error(`a system disk of ${options.sizeMiB} MiB has no room behind its boot partition`);
  }
  const disk = new MemorySectors(new Uint8Array(sectorCount * SECTOR_BYTES));
  const grub = options.grub ?? makeGrubImages();
  const boot = { firstSector: BOOT_PARTITION_START, sectorCount: BOOT_PARTITION_MIB * SECTORS_PER_MIB };
  const root = { firstSector: ROOT_PARTITION_START, sectorCount: rootEnd - ROOT_PARTITION_START };
  WRITE_TABLE[table](disk, grub, boot, root);
  writeBootPartition(new SectorRange(disk, boot.firstSector, boot.sectorCount), grub, options);
  writeRoot(new SectorRange(disk, root.firstSector, root.sectorCount), options);
  return disk.bytes;
}

interface Place {
  readonly firstSector: number;
  readonly sectorCount: number;
}

/** The tables by name: each writes itself, and GRUB's part for a BIOS where it looks for it. */
const WRITE_TABLE: Readonly<
  Record<PartitionTableKind, (disk: SectorDevice, grub: GrubImages, boot: Place, root: Place) => void>
> = { mbr: writeBootRecord, gpt: writeGuidTable };

function checkCore(core: Uint8Array, sectors: number): void {
  if (core.length > sectors * SECTOR_BYTES) {
    throw new Error(`GRUB's core image has ${core.length} bytes: too many for the gap before the partition`);
  }
}

function writeBootRecord(disk: SectorDevice, grub: GrubImages, boot: Place, root: Place): void {
  checkCore(grub.core, BOOT_PARTITION_START - 1);
  const record = new Uint8Array(SECTOR_BYTES);
  record.set(grub.bootCode);
  const partitions = [
    { index: 0, type: PARTITION_TYPE.efiSystem, active: true, ...boot },
    { index: 1, type: PARTITION_TYPE.linux, active: false, ...root },
  ];
  emitMbr(record, partitions, disk.sectorCount);
  disk.write(0, record);
  disk.write(1, grub.core);
}

/** A fixed GUID for a part of the disk, the same for every build. */
function fixedGuid(name: string): string {
  return guidFromBytes(createHash('sha256').update(`breenix ${name}`).digest());
}

function writeGuidTable(disk: SectorDevice, grub: GrubImages, boot: Place, root: Place): void {
  const biosBoot = { firstSector: GPT_FIRST_USABLE, sectorCount: BOOT_PARTITION_START - GPT_FIRST_USABLE };
  checkCore(grub.core, biosBoot.sectorCount);
  const { bootCode, core } = placeCore(grub, biosBoot.firstSector);
  const record = new Uint8Array(SECTOR_BYTES);
  record.set(bootCode);
  disk.write(0, record);
  // GRUB's place comes third, so that /etc/fstab names the same partitions with either table.
  const rows: readonly (readonly [name: string, type: string, place: Place])[] = [
    ['Breenix boot', GPT_TYPE.efiSystem, boot],
    ['Breenix root', GPT_TYPE.linux, root],
    ['GRUB', GPT_TYPE.biosBoot, biosBoot],
  ];
  const partitions = rows.map(([name, type, place], i): GptPartition => ({
    number: i + 1,
    type,
    id: fixedGuid(name),
    name,
    ...place,
  }));
  writeGpt(disk, partitions, fixedGuid('disk'));
  disk.write(biosBoot.firstSector, core);
}

function writeBootPartition(volume: SectorDevice, grub: GrubImages, options: SystemImageOptions): void {
  const { timestamp } = options;
  formatFat32(volume, {
    label: BOOT_LABEL,
    volumeId: VOLUME_ID,
    hiddenSectors: BOOT_PARTITION_START,
    now: timestamp,
  });
  const fat = new Fat32(volume, () => timestamp);
  const configuration = grubConfiguration(
    options.kernelArguments ?? [],
    options.graphicsMode ?? DEFAULT_GRAPHICS_MODE,
  );
  const files: readonly (readonly [path: string, content: Uint8Array])[] = [
    [KERNEL_PATH, options.kernel],
    [GRUB_CONFIGURATION, Buffer.from(configuration)],
    ['/EFI/BOOT/BOOTX64.EFI', grub.efi],
  ];
  for (const [path, content] of files) {
    fat.makeDirectory(path.slice(0, path.lastIndexOf('/')), { parents: true });
    fat.writeFile(path, content);
  }
  fat.flush();
}

function writeRoot(volume: SectorDevice, options: SystemImageOptions): void {
  const { timestamp: modified, root } = options;
  formatExt2(volume, {
    label: ROOT_LABEL,
    // A name-based number, the same for every build.
    uuid: createHash('sha256').update(ROOT_LABEL).digest().subarray(0, 16),
    now: modified,
    journalBlocks: JOURNAL_BLOCKS,
  });
  const ext2 = new Ext2(volume, () => modified);
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  // Directories first, so that those with permissions of their own are not made by a file in them.
  for (const [path, entry] of root) {
    if (!('directory' in entry)) continue;
    ext2.makeDirectory(parentOf(path), { parents: true });
    ext2.makeDirectory(path, entry);
  }
  for (const [path, entry] of root) {
    if ('directory' in entry || 'sameAs' in entry) continue;
    ext2.makeDirectory(parentOf(path), { parents: true });
    if ('target' in entry) ext2.makeSymlink(path, entry.target);
    else ext2.writeFile(path, entry.content, entry);
  }
  for (const [path, entry] of root) if ('sameAs' in entry) ext2.link(path, entry.sameAs);
  ext2.flush();
}
