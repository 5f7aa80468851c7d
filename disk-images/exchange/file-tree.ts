/**
 * What files are copied between: a tree of files, wherever it is kept. The host's folders, ext2 and FAT32 are one each.
 *
 * Rules for implementers: paths are absolute. Failures are exceptions whose message is a sentence for a person; those
 * after which nothing more can be written there have `isFatal` say so.
 */
export type NodeKind = 'file' | 'directory' | 'symlink' | 'other';

export interface TreeNode {
  /** The last component. */
  readonly name: string;
  readonly kind: NodeKind;
  /** Permissions, 12 bits; null where the file system has none. */
  readonly mode: number | null;
  /** Null where the file system knows no owners. */
  readonly owner: Owner | null;
  readonly sizeBytes: number;
  readonly modified: Date;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a copy takes over; what the tree cannot keep it leaves out. */
export interface CopiedAttributes {
  readonly mode: number | null;
  readonly owner: Owner | null;
  readonly modified: Date;
}

export interface FileTree {
  /** How messages call what lies at `path`. */
  describe(path: string): string;
  /** Equal for two names that cannot both be in `folder`. */
  nameKey(folder: string, name: string): string;
  /** Of a link itself; null when there is nothing. */
  stat(path: string): TreeNode | null;
  /** Where `path` leads when it names a symbolic link; itself otherwise. */
  realPath(path: string): string;
  list(path: string): TreeNode[];
  read(path: string): Uint8Array;
  readLink(path: string): string;
  /** Makes a file or replaces its content. */
  write(path: string, content: Uint8Array, attributes: CopiedAttributes): void;
  /** Makes a directory that can be filled. */
  makeDirectory(path: string, attributes: CopiedAttributes): void;
  /** Gives a directory its attributes once it is filled. */
  finishDirectory(path: string, attributes: CopiedAttributes): void;
  makeSymlink(path: string, target: string, attributes: CopiedAttributes): void;
  removeFile(path: string): void;
  /** After such an error it makes no sense to go on with the next file. */
  isFatal(error: unknown): boolean;
}
