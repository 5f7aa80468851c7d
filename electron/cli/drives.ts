/** Opens the image files that the options name, all or none, and says what is wrong with the first bad one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openRawImage, type RawImage } from '../../disk-images/formats/raw.ts';
import type { DriveConfig, DriveSlot } from '../../emulator/machine/types.ts';
import { isCdImage } from './image-kind.ts';
import type { RunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

/** The disk that the build makes for use, a copy of the system image, relative to this project's folder. */
export const workDisk = path.resolve(import.meta.dirname, '../../out/disk.img');

export interface OpenDrives {
  readonly drives: readonly DriveConfig[];
  /** The file of the disk that the machine boots from; null when it is a CD or a kernel. */
  readonly bootDisk: string | null;
  readonly close: () => void;
}

interface WantedDrive {
  readonly slot: DriveSlot;
  readonly kind: DriveConfig['kind'];
  readonly path: string;
}

/** The drive that `--image` goes into; without one the system's disk, unless a kernel is booted by itself. */
function bootDrive(options: RunOptions): readonly WantedDrive[] {
  const { image, linux, cdrom } = options;
  if (image === null) return linux === null ? [{ slot: 'ide0-master', kind: 'disk', path: workDisk }] : [];
  if (!isCdImage(image)) return [{ slot: 'ide0-master', kind: 'disk', path: image }];
  if (cdrom !== null) {
    throw new UsageError(
      `--image ${image} is a CD image, and --cdrom gives another; the machine has one CD-ROM drive`,
    );
  }
  return [{ slot: 'ide1-master', kind: 'cdrom', path: image }];
}

/** Which file goes where: the boot disk first, the CD-ROM drive on the second channel as PCs had it. */
function wantedDrives(options: RunOptions): readonly WantedDrive[] {
  const diskSlots: readonly DriveSlot[] = ['ide0-slave', 'ide1-slave'];
  const disks = options.disks.flatMap((file, index): WantedDrive[] => {
    const slot = diskSlots[index];
    return slot === undefined ? [] : [{ slot, kind: 'disk', path: file }];
  });
  const cdrom: readonly WantedDrive[] =
    options.cdrom === null ? [] : [{ slot: 'ide1-master', kind: 'cdrom', path: options.cdrom }];
  return [...bootDrive(options), ...disks, ...cdrom];
}

function openDrive(wanted: WantedDrive): RawImage {
  if (wanted.path === workDisk && !existsSync(workDisk)) {
    throw new UsageError(
      `${workDisk} does not exist yet; 'npm run build' makes it, or name another with --image`,
    );
  }
  try {
    return openRawImage(wanted.path, {
      readOnly: wanted.kind === 'cdrom',
      ...(wanted.kind === 'cdrom' ? { sectorSizeBytes: 2048 } : {}),
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** @throws {UsageError} naming the file and the reason; what was opened before is closed again. */
export function openDrives(options: RunOptions): OpenDrives {
  const opened: RawImage[] = [];
  const close = (): void => {
    for (const image of opened) image.close();
  };
  try {
    const [boot] = bootDrive(options);
    const drives = wantedDrives(options).map((wanted): DriveConfig => {
      const medium = openDrive(wanted);
      opened.push(medium);
      return { slot: wanted.slot, kind: wanted.kind, medium };
    });
    return { drives, bootDisk: boot?.kind === 'disk' ? boot.path : null, close };
  } catch (error) {
    close();
    throw error;
  }
}
