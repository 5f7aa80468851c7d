/**
 * The Breenix system disk: a boot record with GRUB, and one FAT32 partition that firmware (UEFI), GRUB and the
 * kernel all read. docs/internals/contracts.md says what is where.
 */
import { emitMbr, PARTITION_TYPE } from '../partitions/mbr.ts';
import { MemorySectors, SECTOR_BYTES, SectorRange } from '../sectors.ts';
import { Fat32 } from '../filesystems/fat32/fat32.ts';
import { formatFat32 } from '../filesystems/fat32/format.ts';
import { grubImages, type GrubImages } from './grub.ts';

export interface SystemImageOptions {
  /** Whole MiB; FAT32 needs 34 of them at least. */
  readonly sizeMiB?: number;
  /** The kernel, an ELF file. */
  readonly kernel: Uint8Array;
  /** Words on the kernel's command line, such as `init=/bin/init`. */
  readonly kernelArguments?: readonly string[];
  /** Files by absolute path; directories are made as needed. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Empty directories, such as mount points. */
  readonly directories?: readonly string[];
  /** Time stamp of every file, so that the same inputs give the same image. */
  readonly timestamp: Date;
  /** Graphics mode that GRUB sets before it starts the kernel. */
  readonly graphicsMode?: string;
  /** GRUB's images when the caller keeps them; making them takes a second. */
  readonly grub?: GrubImages;
}

export const KERNEL_PATH = '/boot/breenix.elf';
const GRUB_FOLDER = '/boot/grub';
const DEFAULT_SIZE_MIB = 64;
const DEFAULT_GRAPHICS_MODE = '1024x768x32,auto';
const PARTITION_START = 2048;
const SECTORS_PER_MIB = 2048;
const VOLUME_LABEL = 'BREENIX';
/** Fixed, as the rest of the image is: the volume is told apart by its label. */
const VOLUME_ID = 0x4252_4e58;

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
  const disk = new MemorySectors(new Uint8Array(sectorCount * SECTOR_BYTES));
  const grub = options.grub ?? makeGrubImages();
  if (grub.core.length > (PARTITION_START - 1) * SECTOR_BYTES) {
    throw new Error(
      `GRUB's core image has ${grub.core.length} bytes: too many for the gap before the partition`,
    );
  }
  const bootRecord = new Uint8Array(SECTOR_BYTES);
  bootRecord.set(grub.bootCode);
  const partition = {
    index: 0,
    type: PARTITION_TYPE.efiSystem,
    active: true,
    firstSector: PARTITION_START,
    sectorCount: sectorCount - PARTITION_START,
  };
  emitMbr(bootRecord, [partition], sectorCount);
  disk.write(0, bootRecord);
  disk.write(1, grub.core);

  const volume = new SectorRange(disk, partition.firstSector, partition.sectorCount);
  formatFat32(volume, {
    label: VOLUME_LABEL,
    volumeId: VOLUME_ID,
    hiddenSectors: PARTITION_START,
    now: options.timestamp,
  });
  const fat = new Fat32(volume, () => options.timestamp);
  const configuration = grubConfiguration(
    options.kernelArguments ?? [],
    options.graphicsMode ?? DEFAULT_GRAPHICS_MODE,
  );
  const files = new Map<string, Uint8Array>([
    [KERNEL_PATH, options.kernel],
    [`${GRUB_FOLDER}/grub.cfg`, Buffer.from(configuration)],
    ['/EFI/BOOT/BOOTX64.EFI', grub.efi],
    ...options.files,
  ]);
  for (const directory of options.directories ?? []) fat.makeDirectory(directory, { parents: true });
  for (const [path, content] of files) {
    fat.makeDirectory(path.slice(0, path.lastIndexOf('/')), { parents: true });
    fat.writeFile(path, content);
  }
  fat.flush();
  return disk.bytes;
}
