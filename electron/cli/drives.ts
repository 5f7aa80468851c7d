/** Opens the image files that the options name, all or none, and says what is wrong with the first bad one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import type { DriveConfig, DriveSlot } from '../../emulator/machine/types.ts';
import { CD_SLOT, DiscDrive, type OpenDisk } from '../services/disc-drive.ts';
import { isCdImage } from './image-kind.ts';
import type { RunOptions } from './run-options.ts';
import { UsageError } from './usage-error.ts';

/** The disk that the build makes for use, a copy of the system image, relative to this project's folder. */
export const workDisk = path.resolve(import.meta.dirname, '../../out/disk.img');

export interface OpenDrives {
  readonly drives: readonly DriveConfig[];
  /** The machine always has it, with a disc or empty. */
  readonly disc: DiscDrive;
  /** The file of the disk that the machine boots from; null when it is a CD or a kernel. */
  readonly bootDisk: string | null;
  readonly close: () => void;
}

interface WantedDisk {
  readonly slot: DriveSlot;
  readonly path: string;
}

interface WantedMedia {
  /** Null when a CD or a kernel is booted. */
  readonly bootDisk: string | null;
  readonly disc: string | null;
}

/** Where `--image` goes; without one the system's disk is booted, unless a kernel is booted by itself. */
function wantedMedia({ image, linux, cdrom }: RunOptions): WantedMedia {
  if (image === null) return { bootDisk: linux === null ? workDisk : null, disc: cdrom };
  if (!isCdImage(image)) return { bootDisk: image, disc: cdrom };
  if (cdrom === null) return { bootDisk: null, disc: image };
  throw new UsageError(
    `--image ${image} is a CD image, and --cdrom gives another; the machine has one CD-ROM drive`,
  );
}

/** Which disk goes where: the boot disk first, then what the CD-ROM drive leaves. */
function wantedDisks(options: RunOptions, bootDisk: string | null): readonly WantedDisk[] {
  const slots: readonly DriveSlot[] = ['ide0-slave', 'ide1-slave'];
  const disks = options.disks.flatMap((file, index): WantedDisk[] => {
    const slot = slots[index];
    return slot === undefined ? [] : [{ slot, path: file }];
  });
  return bootDisk === null ? disks : [{ slot: 'ide0-master', path: bootDisk }, ...disks];
}

function openDisk(file: string): OpenDisk {
  if (file === workDisk && !existsSync(workDisk)) {
    throw new UsageError(
      `${workDisk} does not exist yet; 'npm run build' makes it, or name another with --image`,
    );
  }
  return openRawImage(file, { readOnly: false });
}

function openDisc(file: string): OpenDisk {
  return openRawImage(file, { readOnly: true, sectorSizeBytes: 2048 });
}

/** @throws {UsageError} naming the file and the reason; what was opened before is closed again. */
export function openDrives(options: RunOptions): OpenDrives {
  const opened: { close(): void }[] = [];
  const close = (): void => {
    for (const image of opened) image.close();
  };
  try {
    const { bootDisk, disc: discPath } = wantedMedia(options);
    const disks = wantedDisks(options, bootDisk).map(({ slot, path: file }): DriveConfig => {
      const medium = openDisk(file);
      opened.push(medium);
      return { slot, kind: 'disk', medium };
    });
    const disc = new DiscDrive(openDisc, discPath);
    opened.push(disc);
    return {
      drives: [...disks, { slot: CD_SLOT, kind: 'cdrom', medium: disc.medium }],
      disc,
      bootDisk,
      close,
    };
  } catch (cause) {
    close();
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
