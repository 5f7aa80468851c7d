// Where a program is: the search along PATH. Source: POSIX 2.9.1.1 and 8.3 (PATH).

import { Buffer, takeBytes } from '../lib/buffer';
import { duplicateBytes, findByte } from '../lib/bytes';
import { access, Access } from '../lib/file';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { isDirectory } from '../lib/stat';
import { variable } from './variables';

/** The path that the name would run, which the caller frees; 0 when there is none. */
export function findProgram(name: usize): usize {
  if (findByte(name, 0x2f)) return isProgram(name) ? duplicateBytes(name) : 0;
  const path = make<Buffer>();
  let found: usize = 0;
  for (let at = pathList(); at && !found; at = nextInPath(at)) {
    path.clear();
    appendDirectory(at, path);
    path.bytes(name);
    if (isProgram(path.at)) found = takeBytes(path);
  }
  free(takeBytes(path));
  free(changetype<usize>(path));
  return found;
}

/** The first directory of PATH, for nextInPath() and appendDirectory(). */
export function pathList(): usize {
  const path = variable(literal('PATH'));
  return path ? path : literal('/bin');
}

/** The directory after this one, 0 at the end. */
export function nextInPath(at: usize): usize {
  while (load<u8>(at) && load<u8>(at) != 0x3a) at++;
  return load<u8>(at) ? at + 1 : 0;
}

/** The directory with a slash behind it; an empty one is the working directory. */
export function appendDirectory(at: usize, to: Buffer): void {
  const start = to.length;
  for (; load<u8>(at) && load<u8>(at) != 0x3a; at++) to.byte(load<u8>(at));
  if (to.length == start) to.byte(0x2e);
  if (load<u8>(to.at + to.length - 1) != 0x2f) to.byte(0x2f);
}

function isProgram(path: usize): bool {
  return access(path, Access.execute) == 0 && !isDirectory(path);
}
