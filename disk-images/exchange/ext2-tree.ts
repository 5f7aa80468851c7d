/** An ext2 volume as a tree to copy from and to: it keeps modes, owners, times and symbolic links. */
import type { Ext2 } from '../filesystems/ext2/ext2.ts';
import { type Attributes, type FileInfo } from '../filesystems/ext2/ext2.ts';
import { Ext2Error, type Ext2ErrorCode } from '../filesystems/ext2/error.ts';
import { FILE_TYPE, TYPE_MASK } from '../filesystems/ext2/layout.ts';
import type { CopiedAttributes, FileTree, NodeKind, TreeNode } from './file-tree.ts';

const KINDS = new Map<number, NodeKind>([
  [FILE_TYPE.regular, 'file'],
  [FILE_TYPE.directory, 'directory'],
  [FILE_TYPE.symlink, 'symlink'],
]);
const PERMISSIONS = 0o7777;
const FATAL: ReadonlySet<Ext2ErrorCode> = new Set(['no-space', 'read-only', 'corrupt']);

function nodeOf({ name, mode, uid, gid, sizeBytes, modified }: FileInfo): TreeNode {
  const kind = KINDS.get(mode & TYPE_MASK) ?? 'other';
  return { name, kind, mode: mode & PERMISSIONS, owner: { uid, gid }, sizeBytes, modified };
}

/** Where a folder on the way is missing or is none, nothing is at the path. */
function nullWhenMissing<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof Ext2Error && (error.code === 'not-found' || error.code === 'not-a-directory'))
      return null;
    throw error;
  }
}

/** Root owns what comes from where there are no owners. */
function attributesOf({ mode, owner, modified }: CopiedAttributes): Attributes {
  return { ...(mode === null ? {} : { mode }), ...owner, modified };
}

export class Ext2Tree implements FileTree {
  readonly #volume: Ext2;
  readonly #place: string;

  /** `place` is how messages call the volume, such as `disk.img:`. */
  constructor(volume: Ext2, place: string) {
    this.#volume = volume;
    this.#place = place;
  }

  describe(path: string): string {
    return `${this.#place}${path}`;
  }

  nameKey(_folder: string, name: string): string {
    return name;
  }

  stat(path: string): TreeNode | null {
    return nullWhenMissing(() => {
      const info = this.#volume.stat(path);
      return info ? nodeOf(info) : null;
    });
  }

  realPath(path: string): string {
    return nullWhenMissing(() => this.#volume.realPath(path)) ?? path;
  }

  list(path: string): TreeNode[] {
    return this.#volume.list(path).map(nodeOf);
  }

  read(path: string): Uint8Array {
    return this.#volume.readFile(path);
  }

  readLink(path: string): string {
    return this.#volume.readLink(path);
  }

  write(path: string, content: Uint8Array, attributes: CopiedAttributes): void {
    this.#volume.writeFile(path, content, attributesOf(attributes));
  }

  makeDirectory(path: string, attributes: CopiedAttributes): void {
    this.#volume.makeDirectory(path, attributesOf(attributes));
  }

  finishDirectory(path: string, attributes: CopiedAttributes): void {
    this.#volume.setAttributes(path, attributesOf(attributes));
  }

  makeSymlink(path: string, target: string, { owner, modified }: CopiedAttributes): void {
    this.#volume.makeSymlink(path, target, { ...owner, modified });
  }

  removeFile(path: string): void {
    this.#volume.remove(path);
  }

  isFatal(error: unknown): boolean {
    return error instanceof Ext2Error && FATAL.has(error.code);
  }
}
