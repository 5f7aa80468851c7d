/** Where things are in the repository. */
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');
export const OUT = path.join(ROOT, 'out');
export const CACHE = path.join(OUT, 'cache');

export function fromRoot(...parts: string[]): string {
  return path.join(ROOT, ...parts);
}

/** Path relative to the repository, with forward slashes: what messages, debuggers and asc see. */
export function relativeToRoot(file: string): string {
  return path.relative(ROOT, file).split(path.sep).join('/');
}
