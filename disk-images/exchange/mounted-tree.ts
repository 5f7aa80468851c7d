/**
 * A tree with others mounted on its folders, as a system sees its disk. A mounted tree is opened when something in it
 * is first asked for.
 */
import path from 'node:path';
import type { CopiedAttributes, FileTree, TreeNode } from './file-tree.ts';

export interface Mount {
  /** Absolute path of the folder, without a slash at its end. */
  readonly at: string;
  readonly tree: () => FileTree;
}

interface Found {
  readonly tree: FileTree;
  readonly path: string;
  /** Of the mount; empty for the root. */
  readonly at: string;
}

export class MountedTree implements FileTree {
  readonly #root: FileTree;
  readonly #mounts: readonly Mount[];
  readonly #opened = new Map<string, FileTree>();

  constructor(root: FileTree, mounts: readonly Mount[]) {
    this.#root = root;
    this.#mounts = mounts;
  }

  #find(at: string): Found {
    const normal = path.posix.normalize(at);
    const mount = this.#mounts.find((m) => normal === m.at || normal.startsWith(`${m.at}/`));
    if (!mount) return { tree: this.#root, path: normal, at: '' };
    const tree = this.#opened.get(mount.at) ?? mount.tree();
    this.#opened.set(mount.at, tree);
    return { tree, path: normal.slice(mount.at.length) || '/', at: mount.at };
  }

  describe(at: string): string {
    const found = this.#find(at);
    return found.tree.describe(found.path);
  }

  nameKey(folder: string, name: string): string {
    const found = this.#find(folder);
    return found.tree.nameKey(found.path, name);
  }

  stat(at: string): TreeNode | null {
    const found = this.#find(at);
    return found.tree.stat(found.path);
  }

  realPath(at: string): string {
    const found = this.#find(at);
    const real = found.tree.realPath(found.path);
    return found.at === '' ? real : path.posix.join(found.at, real);
  }

  list(at: string): TreeNode[] {
    const found = this.#find(at);
    return found.tree.list(found.path);
  }

  read(at: string): Uint8Array {
    const found = this.#find(at);
    return found.tree.read(found.path);
  }

  readLink(at: string): string {
    const found = this.#find(at);
    return found.tree.readLink(found.path);
  }

  write(at: string, content: Uint8Array, attributes: CopiedAttributes): void {
    const found = this.#find(at);
    found.tree.write(found.path, content, attributes);
  }

  makeDirectory(at: string, attributes: CopiedAttributes): void {
    const found = this.#find(at);
    found.tree.makeDirectory(found.path, attributes);
  }

  finishDirectory(at: string, attributes: CopiedAttributes): void {
    const found = this.#find(at);
    found.tree.finishDirectory(found.path, attributes);
  }

  makeSymlink(at: string, target: string, attributes: CopiedAttributes): void {
    const found = this.#find(at);
    found.tree.makeSymlink(found.path, target, attributes);
  }

  removeFile(at: string): void {
    const found = this.#find(at);
    found.tree.removeFile(found.path);
  }

  isFatal(error: unknown): boolean {
    return this.#root.isFatal(error) || [...this.#opened.values()].some((tree) => tree.isFatal(error));
  }
}
