/**
 * Where a file is that `breenix cp` and `breenix ls` are given: on the host, or in a disk image as `IMAGE:/PATH`.
 *
 * Rules for callers: `PlaceOpener.close` ends every image that was opened; after a failure in the middle of a change,
 * `abandon` leaves the marks by which everybody sees that a check is due.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Place } from '../../disk-images/exchange/copy.ts';
import { ExchangeError, openImage, type OpenImage } from '../../disk-images/exchange/image-volume.ts';
import { HostTree } from '../../disk-images/exchange/host-tree.ts';
import { ImageError, ImageLockedError, openRawImage, type RawImage } from '../../disk-images/formats/raw.ts';
import { workDisk } from './drives.ts';
import { UsageError } from './usage-error.ts';

export interface PlaceName {
  /** Null for the host. */
  readonly image: string | null;
  /** A partition by its number; null for the root and what its fstab mounts. */
  readonly partition: number | null;
  readonly path: string;
  /** It was written with a slash at its end: only a folder will do. */
  readonly mustBeFolder: boolean;
}

export const PLACE_HELP = `A file in a disk image is IMAGE:/PATH, as the system would see it: its ext2 root, with what
/etc/fstab mounts from the same disk (/boot is the FAT32 partition). IMAGE:2:/PATH is in
partition 2. Without a name, as in :/etc/motd, it is the disk that 'breenix run' uses.`;

/** What may follow an image's name: a colon and an absolute path or nothing, a partition before it. */
const IN_IMAGE = /^(.*?)(?::(\d+))?:(\/.*)?$/s;

export function parsePlace(word: string): PlaceName {
  if (word === '') throw new UsageError('a path is empty');
  const match = IN_IMAGE.exec(word);
  const mustBeFolder = /[/\\]$/.test(word);
  // C:/folder is Windows' own.
  if (!match || (process.platform === 'win32' && match[1]?.length === 1)) {
    return { image: null, partition: null, path: path.resolve(word), mustBeFolder };
  }
  const [, image = '', partition, at = '/'] = match;
  return {
    image: image === '' ? workDisk : image,
    partition: partition === undefined ? null : Number(partition),
    path: path.posix.normalize(at).replace(/(?<=.)\/$/, ''),
    mustBeFolder,
  };
}

interface Opened {
  readonly disk: RawImage;
  readonly image: OpenImage;
}

export class PlaceOpener {
  readonly #host = new HostTree();
  readonly #opened = new Map<string, Opened>();
  readonly #written: ReadonlySet<string>;
  readonly #note: (text: string) => void;

  /** `written` are the images that something is copied into; `note` takes lines for the user. */
  constructor(written: readonly PlaceName[], note: (text: string) => void) {
    this.#written = new Set(written.flatMap(({ image }) => (image === null ? [] : [path.resolve(image)])));
    this.#note = note;
  }

  /** @throws {UsageError} naming the image and what to do: it is not there, is in use, or has no file system. */
  open(place: PlaceName): Place {
    if (place.image === null) return { tree: this.#host, path: place.path };
    return { tree: this.#openImage(place.image, place.partition).image.tree, path: place.path };
  }

  #openImage(name: string, partition: number | null): Opened {
    const file = path.resolve(name);
    const key = `${file}:${partition ?? ''}`;
    const known = this.#opened.get(key);
    if (known) return known;
    if ([...this.#opened.keys()].some((other) => other.startsWith(`${file}:`))) {
      throw new UsageError(`${name}: one copy takes the image as a whole or one of its partitions, not both`);
    }
    if (file === workDisk && !existsSync(file)) {
      throw new UsageError(`${workDisk} does not exist yet; 'npm run build' makes it, or name another image`);
    }
    const readOnly = !this.#written.has(file);
    let disk: RawImage | null = null;
    try {
      disk = openRawImage(file, { readOnly });
      const opened = { disk, image: openImage(disk, { name, readOnly, partition, note: this.#note }) };
      this.#opened.set(key, opened);
      return opened;
    } catch (cause) {
      disk?.close();
      const known =
        cause instanceof ExchangeError || cause instanceof ImageError || cause instanceof ImageLockedError;
      if (known) throw new UsageError(cause.message, { cause });
      // What a file system says of itself does not name the image.
      throw new UsageError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  /** Writes what is pending and marks the images as left in order. */
  close(): void {
    for (const { disk, image } of this.#opened.values()) {
      try {
        image.close();
      } finally {
        disk.close();
      }
    }
    this.#opened.clear();
  }

  abandon(): void {
    for (const { disk } of this.#opened.values()) disk.close();
    this.#opened.clear();
  }
}
