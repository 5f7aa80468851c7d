/**
 * A raw disk image: a file whose bytes are the disk's, written through. Satisfies the emulator's BlockDevice.
 *
 * Rules for callers:
 * - One opener that writes, or any number that only read, also across processes; see image-lock.ts.
 * - `flush` returns when everything written is on stable storage. A process that is killed loses nothing that
 *   `write` returned for; a power cut on the host loses what came after the last `flush`.
 * - Errors name the path and what to do about it.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  readvSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { ImageLock } from './image-lock.ts';

export { ImageLockedError } from './image-lock.ts';

/** The image cannot be opened, read or written. The message is one line for a person. */
export class ImageError extends Error {
  readonly path: string;

  constructor(imagePath: string, message: string, cause?: unknown) {
    super(`${imagePath}: ${message}`, { cause });
    this.name = 'ImageError';
    this.path = imagePath;
  }
}

export interface RawImageOptions {
  readonly readOnly: boolean;
  /** 2048 for CD-ROM images. */
  readonly sectorSizeBytes?: 512 | 2048;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file: check the path',
  EACCES: 'permission denied: change its permissions, or open it read-only',
  EPERM: 'the system does not permit it: is the file immutable?',
  EROFS: 'it is on a read-only file system: copy it elsewhere, or open it read-only',
  EISDIR: 'it is a folder, not an image',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOSPC: 'the host has no space left: make room, then go on',
  EDQUOT: 'the disk quota is used up: make room, then go on',
  EIO: 'the host cannot read or write the disk it is on: copy the image elsewhere',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many files are open',
};

function explain(imagePath: string, what: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return new ImageError(imagePath, `cannot ${what}: ${reason}`, error);
}

export class RawImage {
  readonly path: string;
  readonly readOnly: boolean;
  readonly sectorSizeBytes: 512 | 2048;
  readonly sectorCount: number;
  readonly #file: number;
  readonly #lock: ImageLock | null;
  #open = true;
  #unflushed = false;

  /** Use `openRawImage`. */
  constructor(imagePath: string, file: number, lock: ImageLock | null, options: Required<RawImageOptions>) {
    this.path = imagePath;
    this.#file = file;
    this.#lock = lock;
    this.readOnly = options.readOnly;
    this.sectorSizeBytes = options.sectorSizeBytes;
    this.sectorCount = checkedSize(imagePath, file) / options.sectorSizeBytes;
    if (!Number.isInteger(this.sectorCount)) {
      throw new ImageError(
        imagePath,
        `its size is no multiple of ${options.sectorSizeBytes} bytes: it is no raw image, or its copy was cut short`,
      );
    }
  }

  #check(lba: number, sizeBytes: number): void {
    if (!this.#open) throw new ImageError(this.path, 'it is closed already');
    const count = sizeBytes / this.sectorSizeBytes;
    if (!Number.isInteger(count)) throw new RangeError(`${sizeBytes} bytes are not whole sectors`);
    if (!Number.isSafeInteger(lba) || lba < 0 || lba + count > this.sectorCount) {
      throw new RangeError(`${this.path}: sectors from ${lba} on are outside its ${this.sectorCount}`);
    }
  }

  read(lba: number, into: Uint8Array): void {
    this.#check(lba, into.length);
    const start = lba * this.sectorSizeBytes;
    for (let done = 0; done < into.length;) {
      const count = this.#attempt('read it', () =>
        readSync(this.#file, into, done, into.length - done, start + done),
      );
      if (count === 0) {
        throw new ImageError(this.path, 'it became shorter while it was open: another program changed it');
      }
      done += count;
    }
  }

  /** Fills the pieces in turn; together they are whole sectors. */
  readPieces(lba: number, into: readonly Uint8Array[]): void {
    const sizeBytes = into.reduce((sum, piece) => sum + piece.length, 0);
    this.#check(lba, sizeBytes);
    const count = this.#attempt('read it', () => readvSync(this.#file, into, lba * this.sectorSizeBytes));
    if (count === sizeBytes) return;
    // The host gave less than it has, or the file has become shorter: `read` knows which.
    const all = new Uint8Array(sizeBytes);
    this.read(lba, all);
    let at = 0;
    for (const piece of into) {
      piece.set(all.subarray(at, at + piece.length));
      at += piece.length;
    }
  }

  write(lba: number, from: Uint8Array): void {
    this.#check(lba, from.length);
    if (this.readOnly) throw new ImageError(this.path, 'it is open for reading only');
    this.#unflushed = true;
    const start = lba * this.sectorSizeBytes;
    for (let done = 0; done < from.length;) {
      done += this.#attempt('write to it', () =>
        writeSync(this.#file, from, done, from.length - done, start + done),
      );
    }
  }

  flush(): void {
    if (!this.#unflushed || !this.#open) return;
    this.#attempt('make sure that it is on disk', () => {
      fdatasyncSync(this.#file);
    });
    this.#unflushed = false;
  }

  /** Of the content: size and time of the last change, which a copy with its times (`cp -p`) has, too. */
  stamp(): string {
    const { size, mtimeNs } = fstatSync(this.#file, { bigint: true });
    return `${size}-${mtimeNs}`;
  }

  /** Flushes, closes and gives up the lock. A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    try {
      this.flush();
    } finally {
      this.#open = false;
      closeSync(this.#file);
      this.#lock?.release();
    }
  }

  #attempt<T>(what: string, action: () => T): T {
    for (;;) {
      try {
        return action();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Not failures: the call was interrupted, or should be made again.
        if (code === 'EINTR' || code === 'EAGAIN') continue;
        throw explain(this.path, what, error);
      }
    }
  }
}

function checkedSize(imagePath: string, file: number): number {
  const stat = fstatSync(file);
  if (stat.isDirectory()) throw new ImageError(imagePath, 'it is a folder, not an image');
  if (!stat.isFile())
    throw new ImageError(imagePath, 'it is no regular file: only image files can be opened');
  if (stat.size === 0) throw new ImageError(imagePath, 'it is empty: create an image, or copy it again');
  return stat.size;
}

/** Read-only openers of a folder in which nobody may write need no lock: no writer can get one either. */
function acquireLock(realPath: string, readOnly: boolean): ImageLock | null {
  try {
    return ImageLock.acquire(realPath, readOnly ? 'shared' : 'exclusive');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
    if (readOnly) return null;
    throw new ImageError(
      realPath,
      `cannot lock it: ${path.dirname(realPath)} must be writable, so that two programs never write to one image`,
      error,
    );
  }
}

/** Throws ImageError or ImageLockedError; then nothing was written and nothing stays locked. */
export function openRawImage(imagePath: string, options: RawImageOptions): RawImage {
  let realPath: string;
  try {
    realPath = realpathSync(imagePath);
    // Before opening, because opening a FIFO would wait for its other end.
    if (!statSync(realPath).isFile() && !statSync(realPath).isDirectory()) {
      throw new ImageError(imagePath, 'it is no regular file: only image files can be opened');
    }
  } catch (error) {
    throw explain(imagePath, 'open it', error);
  }
  let file: number;
  try {
    file = openSync(realPath, options.readOnly ? constants.O_RDONLY : constants.O_RDWR);
  } catch (error) {
    throw explain(imagePath, 'open it', error);
  }
  let lock: ImageLock | null = null;
  try {
    checkedSize(imagePath, file);
    lock = acquireLock(realPath, options.readOnly);
    return new RawImage(imagePath, file, lock, { sectorSizeBytes: 512, ...options });
  } catch (error) {
    closeSync(file);
    lock?.release();
    throw error;
  }
}
