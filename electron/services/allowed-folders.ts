/**
 * Which files of the host a form of the app may use. The desktop app may use what its user may; the web form
 * only what lies below chosen folders, whatever `..` or a symbolic link says.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { RpcError } from '../protocol/rpc-error.ts';

export type AllowedFolders = readonly string[] | 'all';

/**
 * The path, absolute and free of links, when it is allowed. The file itself must exist; whether one exists that is not
 * allowed is not told.
 */
export function resolveAllowed(file: string, allowed: AllowedFolders): string {
  if (!path.isAbsolute(file)) throw new RpcError('invalid', 'Give the whole path, from the root.');
  if (allowed === 'all') return realPath(file);
  const folders = allowed.map(realPath);
  const requireBelow = (place: string): void => {
    if (folders.some((folder) => isBelow(place, folder))) return;
    throw new RpcError(
      'not-allowed',
      `${file} lies outside the folders that this server may use. Start it with --folder ${path.dirname(file)}`,
    );
  };
  requireBelow(placeOf(file));
  const real = realPath(file);
  // By now it may be another file than the one whose place was looked at.
  requireBelow(real);
  return real;
}

/** Where the file is, or would be if it existed. */
function placeOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const folder = path.dirname(file);
    return folder === file ? file : path.join(placeOf(folder), path.basename(file));
  }
}

export function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    throw new RpcError('not-found', `${file} does not exist or cannot be reached.`, { cause: error });
  }
}
