/** A FAT32 volume as a tree to copy from and to: it keeps names and times, and has neither modes, owners nor links. */
import { FatError } from '../filesystems/fat32/error.ts';
import type { Fat32 } from '../filesystems/fat32/fat32.ts';
import { type FileInfo } from '../filesystems/fat32/fat32.ts';
import { nameKey } from '../filesystems/fat32/names.ts';
import type { CopiedAttributes, FileTree, TreeNode } from './file-tree.ts';

function nodeOf({ name, isDirectory, sizeBytes, modified }: FileInfo): TreeNode {
  return { name, kind: isDirectory ? 'directory' : 'file', mode: null, owner: null, sizeBytes, modified };
}

export class Fat32Tree implements FileTree {
  readonly #volume: Fat32;
  readonly #place: string;

  /** `place` is how messages call the volume, such as `disk.img:/boot`. */
  constructor(volume: Fat32, place: string) {
    this.#volume = volume;
    this.#place = place;
  }

  describe(path: string): string {
    return `${this.#place}${path}`;
  }

  nameKey(_folder: string, name: string): string {
    return nameKey(name);
  }

  stat(path: string): TreeNode | null {
    try {
      const info = this.#volume.stat(path);
      return info ? nodeOf(info) : null;
    } catch (error) {
      // A folder on the way is missing or is none: nothing is at the path.
      if (error instanceof FatError && (error.code === 'not-found' || error.code === 'not-a-directory'))
        return null;
      throw error;
    }
  }

  realPath(path: string): string {
    return path;
  }

  list(path: string): TreeNode[] {
    return this.#volume.list(path).map(nodeOf);
  }

  read(path: string): Uint8Array {
    return this.#volume.readFile(path);
  }

  readLink(path: string): string {
    throw new FatError('not-found', `there are no symbolic links on FAT32, so ${path} is none`);
  }

  write(path: string, content: Uint8Array, { modified }: CopiedAttributes): void {
    this.#volume.writeFile(path, content, modified);
  }

  makeDirectory(path: string): void {
    this.#volume.makeDirectory(path);
  }

  finishDirectory(): void {
    // Nothing of a directory is kept.
  }

  makeSymlink(_path: string, target: string): void {
    throw new FatError(
      'invalid-name',
      `FAT32 has no symbolic links (this one leads to ${target}): copy the file itself, or copy to the root`,
    );
  }

  removeFile(path: string): void {
    this.#volume.remove(path);
  }

  isFatal(error: unknown): boolean {
    return error instanceof FatError && (error.code === 'no-space' || error.code === 'corrupt');
  }
}
