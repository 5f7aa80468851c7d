/**
 * The host's file system as a tree to copy from and to.
 *
 * Rules for callers: a file is written under a temporary name beside its place and renamed, so that a copy that ends
 * early leaves no half of it and nothing is written through a symbolic link. Owners stay the user's; of a file that
 * comes from an image only read, write and execute are kept.
 */
import {
  chmodSync,
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { CopiedAttributes, FileTree, NodeKind, TreeNode } from './file-tree.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the host has no space left',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'the folder that it is in does not exist',
  ENOTDIR: 'a part of the path is a file',
  ENAMETOOLONG: 'its name is too long here',
  ELOOP: 'too many symbolic links',
  EEXIST: 'something of this name exists already',
  ERR_FS_FILE_TOO_LARGE: 'a file of more than 2 GiB cannot be copied',
};
const FATAL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);
const ACCESS_BITS = 0o777;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Runs `action`; what fails becomes an error that says why in words. */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const reason = REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
    throw new Error(reason, { cause: error });
  }
}

function kindOf(entry: Stats | Dirent): NodeKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

export class HostTree implements FileTree {
  #temporaries = 0;

  describe(at: string): string {
    return at;
  }

  nameKey(_folder: string, name: string): string {
    return name;
  }

  stat(at: string): TreeNode | null {
    try {
      const stat = lstatSync(at);
      return {
        name: path.basename(at),
        kind: kindOf(stat),
        mode: stat.mode & 0o7777,
        owner: null,
        sizeBytes: stat.size,
        modified: stat.mtime,
      };
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
      return attempt(() => {
        throw error;
      });
    }
  }

  realPath(at: string): string {
    try {
      return realpathSync(at);
    } catch {
      // Not there yet, or it leads nowhere: then it is what is to be made.
      return at;
    }
  }

  list(at: string): TreeNode[] {
    return attempt(() => readdirSync(at)).flatMap((name) => this.stat(path.join(at, name)) ?? []);
  }

  read(at: string): Uint8Array {
    return attempt(() => readFileSync(at));
  }

  readLink(at: string): string {
    return attempt(() => readlinkSync(at));
  }

  write(at: string, content: Uint8Array, { mode, modified }: CopiedAttributes): void {
    const temporary = `${at}.${process.pid}-${this.#temporaries++}.part`;
    attempt(() => {
      try {
        writeFileSync(temporary, content, { flag: 'wx' });
        if (mode !== null) chmodSync(temporary, mode & ACCESS_BITS);
        utimesSync(temporary, modified, modified);
        renameSync(temporary, at);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') rmSync(temporary, { force: true });
        throw error;
      }
    });
  }

  makeDirectory(at: string): void {
    attempt(() => {
      mkdirSync(at);
    });
  }

  finishDirectory(at: string, { mode, modified }: CopiedAttributes): void {
    attempt(() => {
      if (mode !== null) chmodSync(at, mode & ACCESS_BITS);
      utimesSync(at, modified, modified);
    });
  }

  makeSymlink(at: string, target: string): void {
    attempt(() => {
      symlinkSync(target, at);
    });
  }

  removeFile(at: string): void {
    attempt(() => {
      rmSync(at);
    });
  }

  isFatal(error: unknown): boolean {
    return error instanceof Error && FATAL.has(codeOf(error.cause));
  }
}
