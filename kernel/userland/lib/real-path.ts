// The path of a file without symbolic links, `.` and `..`: realpath, readlink -f, ln -r.
//
// Rules: results are byte strings that the caller frees. Source: POSIX realpath(), 4.13 (pathname resolution).

import { Buffer, takeBytes } from './buffer';
import { byteLength, bytesEqual, duplicateBytes, duplicateRange, findLastByte } from './bytes';
import { getcwd } from './directory';
import { Errno } from './errno';
import { literal } from './literal';
import { free, make, mustAllocate } from './malloc';
import { FileType, lstat, Stat } from './stat';
import { Sys, syscall } from './syscall';

export const enum Missing {
  /** Every component must exist. */
  none,
  /** All but the last must. */
  last,
  /** None need. */
  any,
}

const LINK_LIMIT = 40;

let failure: i32 = 0;

/** Why the last realPath() gave 0: negative errno. */
export function realPathError(): i32 {
  return failure;
}

/** 0 on failure. With `links` false symbolic links are left as they are. */
export function realPath(path: usize, missing: Missing, links: bool): usize {
  failure = load<u8>(path) ? 0 : -Errno.NOENT;
  if (failure) return 0;
  const result = make<Buffer>();
  result.clear();
  if (load<u8>(path) != 0x2f) {
    const room = memory.data(4096);
    failure = getcwd(room, 4096);
    if (failure) return 0;
    result.bytes(room);
  }
  if (!result.length) result.byte(0x2f);
  let rest = mustAllocate(duplicateBytes(path));
  let at = rest;
  let followed = 0;
  const found = changetype<Stat>(memory.data(144, 8));
  while (!failure) {
    while (load<u8>(at) == 0x2f) at++;
    if (!load<u8>(at)) break;
    const start = at;
    while (load<u8>(at) && load<u8>(at) != 0x2f) at++;
    const length = at - start;
    let tail = at;
    while (load<u8>(tail) == 0x2f) tail++;
    const isLast = !load<u8>(tail);
    if (length == 1 && load<u8>(start) == 0x2e) continue;
    if (length == 2 && load<u8>(start) == 0x2e && load<u8>(start, 1) == 0x2e) {
      cutLast(result);
      continue;
    }
    const before = result.length;
    if (load<u8>(result.at + result.length - 1) != 0x2f) result.byte(0x2f);
    result.range(start, length);
    const error = lstat(result.at, found);
    if (error < 0) {
      if (missing == Missing.any || (missing == Missing.last && isLast && error == -Errno.NOENT)) continue;
      failure = error;
      break;
    }
    const type = found.mode & FileType.mask;
    if (type == FileType.link && links) {
      if (++followed > LINK_LIMIT) {
        failure = -Errno.LOOP;
        break;
      }
      const text = memory.data(4096);
      const size = syscall(Sys.readlink, result.at, text, 4095);
      if (size < 0) {
        failure = <i32>size;
        break;
      }
      store<u8>(text + <usize>size, 0);
      const fresh = make<Buffer>();
      fresh.bytes(text);
      fresh.bytes(at);
      free(rest);
      rest = takeBytes(fresh);
      free(changetype<usize>(fresh));
      at = rest;
      result.length = load<u8>(text) == 0x2f ? 1 : before;
      store<u8>(result.at + result.length, 0);
    } else if (
      load<u8>(at) &&
      type != FileType.directory &&
      missing != Missing.any &&
      type != FileType.link
    ) {
      // A slash behind what is no directory.
      failure = -Errno.NOTDIR;
    }
  }
  free(rest);
  const text = takeBytes(result);
  free(changetype<usize>(result));
  if (!failure) return text;
  free(text);
  return 0;
}

function cutLast(path: Buffer): void {
  while (path.length > 1 && load<u8>(path.at + path.length - 1) != 0x2f) path.length--;
  if (path.length > 1) path.length--;
  store<u8>(path.at + path.length, 0);
}

/** What a symbolic link at `link` must say to lead to `target`. */
export function relativePath(target: usize, link: usize): usize {
  const slash = findLastByte(link, 0x2f);
  const parent = slash ? mustAllocate(duplicateRange(link, max<usize>(slash - link, 1))) : literal('.');
  return relativeTo(target, parent);
}

/** The way from the directory `base` to `target`; both are resolved first. */
export function relativeTo(target: usize, base: usize): usize {
  const to = realPath(target, Missing.any, true);
  const from = realPath(base, Missing.any, true);
  if (!to || !from) return duplicateBytes(target);
  if (bytesEqual(to, from)) return duplicateBytes(literal('.'));
  let common: usize = 0;
  let i: usize = 0;
  while (load<u8>(to + i) && load<u8>(to + i) == load<u8>(from + i)) {
    i++;
    if (load<u8>(to + i) == 0x2f && (load<u8>(from + i) == 0x2f || !load<u8>(from + i))) common = i;
    if (!load<u8>(to + i) && load<u8>(from + i) == 0x2f) common = i;
  }
  const result = make<Buffer>();
  result.clear();
  for (let at = from + common; load<u8>(at); at++) {
    if (load<u8>(at) == 0x2f && load<u8>(at, 1)) result.bytes(result.length ? literal('/..') : literal('..'));
  }
  let rest = to + common;
  while (load<u8>(rest) == 0x2f) rest++;
  if (load<u8>(rest)) {
    if (result.length) result.byte(0x2f);
    result.range(rest, byteLength(rest));
  }
  return takeBytes(result);
}
