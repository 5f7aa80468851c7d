// Pathname expansion. Source: POSIX 2.6.6 and 2.13.3.
//
// Rules: a pattern is as for pattern.ts. Names come sorted, in memory of stack.ts.

import { Buffer } from '../lib/buffer';
import { byteLength, compareBytes } from '../lib/bytes';
import { closeDirectory, nextEntry, openDirectory } from '../lib/directory';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc, mustAllocate } from '../lib/malloc';
import { lstat, Stat } from '../lib/stat';
import { matchPattern } from './pattern';
import { stackCopy } from './stack';

const path = make<Buffer>();
const found = make<List>();

/** Appends the names of files that match; false, with nothing appended, when there is none. */
export function expandPathnames(pattern: usize, to: List): bool {
  path.clear();
  found.length = 0;
  walk(pattern);
  if (!found.length) return false;
  if (found.length > 1) mergeSort(found);
  for (let i = 0; i < found.length; i++) assert(to.append(found.get(i)), 'out of memory');
  return true;
}

function mergeSort(list: List): void {
  const count = list.length;
  const other = mustAllocate(malloc((<usize>count + 1) << 3));
  let from = list.values;
  let to = other;
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += width * 2) {
      let a = start;
      const middle = min<i32>(start + width, count);
      let b = middle;
      const end = min<i32>(start + width * 2, count);
      for (let i = start; i < end; i++) {
        const takeA =
          a < middle &&
          (b >= end ||
            compareBytes(load<usize>(from + ((<usize>a) << 3)), load<usize>(from + ((<usize>b) << 3))) <= 0);
        const index = takeA ? a : b;
        store<usize>(to + ((<usize>i) << 3), load<usize>(from + ((<usize>index) << 3)));
        if (takeA) a++;
        else b++;
      }
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != list.values) memory.copy(list.values, from, (<usize>count) << 3);
  free(other);
}

/** Whether a component, up to / or the end, has characters that are a pattern. */
function isPattern(at: usize): bool {
  for (; load<u8>(at) && load<u8>(at) != 0x2f; at++) {
    const byte = load<u8>(at);
    if (byte == 0x5c && load<u8>(at, 1)) at++;
    else if (byte == 0x2a || byte == 0x3f || byte == 0x5b) return true;
  }
  return false;
}

/** `path` holds the part before; `pattern` is what follows. */
function walk(pattern: usize): void {
  const length = path.length;
  // Components without a pattern are taken as they are.
  while (load<u8>(pattern) && !isPattern(pattern)) {
    while (load<u8>(pattern) && load<u8>(pattern) != 0x2f) {
      if (load<u8>(pattern) == 0x5c && load<u8>(pattern, 1)) pattern++;
      path.byte(load<u8>(pattern++));
    }
    while (load<u8>(pattern) == 0x2f) path.byte(load<u8>(pattern++));
  }
  if (!load<u8>(pattern)) {
    if (lstat(path.at, changetype<Stat>(memory.data(144, 8))) == 0) {
      assert(found.append(stackCopy(path.at, path.length)), 'out of memory');
    }
  } else readDirectory(pattern);
  path.remove(length, path.length - length);
}

function readDirectory(pattern: usize): void {
  let rest = pattern;
  while (load<u8>(rest) && load<u8>(rest) != 0x2f) rest++;
  const component = stackCopy(pattern, rest - pattern);
  const directory = openDirectory(path.length ? path.at : literal('.'));
  if (!directory) return;
  const length = path.length;
  const hidden =
    load<u8>(component) == 0x2e || (load<u8>(component) == 0x5c && load<u8>(component, 1) == 0x2e);
  while (nextEntry(directory)) {
    const name = directory.name;
    if (load<u8>(name) == 0x2e && !hidden) continue;
    const size = byteLength(name);
    if (!matchPattern(component, name, name + size)) continue;
    path.range(name, size);
    if (!load<u8>(rest)) assert(found.append(stackCopy(path.at, path.length)), 'out of memory');
    else if (directory.type == 4 || directory.type == 10 || directory.type == 0) {
      let more = rest;
      while (load<u8>(more) == 0x2f) path.byte(load<u8>(more++));
      if (load<u8>(more)) walk(more);
      else if (lstat(path.at, changetype<Stat>(memory.data(144, 8))) == 0) {
        assert(found.append(stackCopy(path.at, path.length)), 'out of memory');
      }
    }
    path.remove(length, path.length - length);
  }
  closeDirectory(directory);
}
