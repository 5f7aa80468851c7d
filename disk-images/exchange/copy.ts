/**
 * Copies files, folders and symbolic links from one tree to another.
 *
 * Rules for callers: step through the generator; between steps the copy may be given up, and both trees are whole. What
 * goes wrong with one file is told to `report` and the rest is copied; a full or damaged disk ends it with a CopyStoppedError.
 * A folder that exists is filled and keeps its attributes; a file that exists is replaced.
 */
import type { CopiedAttributes, FileTree, Owner, TreeNode } from './file-tree.ts';

export interface Place {
  readonly tree: FileTree;
  readonly path: string;
}

export interface CopyReport {
  copied(from: string, to: string): void;
  /** `message` names the file and says why it was left out. */
  problem(message: string): void;
}

export interface CopyOptions {
  /** Who owns the copies; default: who owns the originals, root where nobody does. */
  readonly owner?: Owner;
}

/** Nothing more can be written to the target; the cause is the tree's own error. */
export class CopyStoppedError extends Error {
  override readonly name = 'CopyStoppedError';
}

/** Nothing deeper is copied: a damaged file system may have a folder in itself. */
const MAXIMUM_DEPTH = 256;

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What fails here is the original's fault: never a reason to give the whole copy up. */
function reading<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    // Without a cause, so that it is not taken for a failure of the tree that is written.
    throw new Error(textOf(error)); // eslint-disable-line preserve-caught-error -- see above
  }
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** Why a name in an image cannot be used: it would lead out of the folder, or cannot be found again. */
function badName(name: string): string | null {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) return 'its name leads elsewhere';
  if (name.includes('\ufffd')) return 'its name is not UTF-8: rename it in the system first';
  return null;
}

class Copier {
  readonly #report: CopyReport;
  readonly #options: CopyOptions;

  constructor(report: CopyReport, options: CopyOptions) {
    this.#report = report;
    this.#options = options;
  }

  #attributes({ mode, owner, modified }: TreeNode): CopiedAttributes {
    return { mode, owner: this.#options.owner ?? owner, modified };
  }

  *copy(from: Place, to: Place, depth: number): Generator<void> {
    try {
      const node = reading(() => from.tree.stat(from.path));
      if (!node) throw new Error('there is no such file or folder');
      const existing = to.tree.stat(to.path);
      if (node.kind === 'directory') yield* this.#directory(from, to, node, existing, depth);
      else this.#single(from, to, node, existing);
    } catch (error) {
      if (error instanceof CopyStoppedError) throw error;
      if (to.tree.isFatal(error)) {
        throw new CopyStoppedError(`${to.tree.describe(to.path)}: ${textOf(error)}`, { cause: error });
      }
      this.#report.problem(`${from.tree.describe(from.path)}: not copied: ${textOf(error)}`);
    }
    yield;
  }

  *#directory(
    from: Place,
    to: Place,
    node: TreeNode,
    existing: TreeNode | null,
    depth: number,
  ): Generator<void> {
    if (existing && existing.kind !== 'directory') {
      throw new Error(`${to.tree.describe(to.path)} exists and is not a folder`);
    }
    if (depth > MAXIMUM_DEPTH) throw new Error(`folders are nested more than ${MAXIMUM_DEPTH} deep`);
    const children = reading(() => from.tree.list(from.path));
    const attributes = this.#attributes(node);
    if (!existing) {
      to.tree.makeDirectory(to.path, attributes);
      this.#report.copied(from.tree.describe(from.path), to.tree.describe(to.path));
    }
    const seen = new Set<string>();
    for (const { name } of children) {
      const source = { tree: from.tree, path: join(from.path, name) };
      const key = to.tree.nameKey(to.path, name);
      const wrong =
        badName(name) ?? (seen.has(key) ? 'another file of the folder has the same name there' : null);
      seen.add(key);
      if (wrong === null) yield* this.copy(source, { tree: to.tree, path: join(to.path, name) }, depth + 1);
      else this.#report.problem(`${source.tree.describe(source.path)}: not copied: ${wrong}`);
    }
    if (!existing) to.tree.finishDirectory(to.path, attributes);
  }

  /** Anything but a directory. */
  #single(from: Place, to: Place, node: TreeNode, existing: TreeNode | null): void {
    if (node.kind === 'other') throw new Error('it is a device, a FIFO or a socket');
    if (existing && existing.kind !== node.kind) {
      throw new Error(`${to.tree.describe(to.path)} exists and is something else: remove it first`);
    }
    const attributes = this.#attributes(node);
    if (node.kind === 'file') {
      const content = reading(() => from.tree.read(from.path));
      to.tree.write(to.path, content, attributes);
    } else {
      const target = reading(() => from.tree.readLink(from.path));
      if (existing) to.tree.removeFile(to.path);
      to.tree.makeSymlink(to.path, target, attributes);
    }
    this.#report.copied(from.tree.describe(from.path), to.tree.describe(to.path));
  }
}

/** Copies `from` so that it becomes `to`. */
export function copyTree(
  from: Place,
  to: Place,
  report: CopyReport,
  options: CopyOptions = {},
): Generator<void> {
  return new Copier(report, options).copy(from, to, 0);
}
