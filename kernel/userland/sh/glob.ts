// Pathname expansion: * ? […]. Source: POSIX 2.13 (pattern matching notation).
//
// Rules: in a pattern, a byte after a mark is itself. Names that start with a dot need one in the pattern.

import { Buffer, freeBuffer, takeBytes } from '../lib/buffer';
import { bytesAre, compareBytes, duplicateBytes } from '../lib/bytes';
import { closeDirectory, nextEntry, openDirectory } from '../lib/directory';
import { freeList, List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { lstat, Stat } from '../lib/stat';

/** Precedes a quoted byte. A byte of this value in a word is marked too. */
export const MARK: u8 = 1;

/** Whether the text has an unquoted pattern character. */
export function hasPattern(at: usize): bool {
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte == MARK) at++;
    else if (byte == 0x2a || byte == 0x3f || byte == 0x5b) return true;
  }
  return false;
}

/** Appends the existing names that match, sorted; false when there is none. */
export function expandPathnames(pattern: usize, to: List): bool {
  const found = make<List>();
  const prefix = make<Buffer>();
  prefix.clear();
  descend(prefix, pattern, found);
  found.sort(compareBytes);
  for (let i = 0; i < found.length; i++) assert(to.append(found.get(i)), 'out of memory');
  const any = found.length > 0;
  freeList(found);
  free(changetype<usize>(found));
  freeBuffer(prefix);
  free(changetype<usize>(prefix));
  return any;
}

/** `prefix` is what has been matched, `rest` the pattern that remains, without leading slashes matched. */
function descend(prefix: Buffer, rest: usize, found: List): void {
  while (load<u8>(rest) == 0x2f) prefix.byte(load<u8>(rest++));
  let end = rest;
  while (load<u8>(end) && load<u8>(end) != 0x2f) end += load<u8>(end) == MARK ? 2 : 1;
  const component = make<Buffer>();
  component.clear();
  component.range(rest, end - rest);
  const length = prefix.length;
  if (!hasPattern(component.at)) {
    for (let at = component.at; load<u8>(at); at++) prefix.byte(load<u8>(load<u8>(at) == MARK ? ++at : at));
    proceed(prefix, end, found);
  } else {
    const directory = openDirectory(length ? prefix.at : literal('.'));
    while (directory && nextEntry(directory)) {
      const hidden = load<u8>(directory.name) == 0x2e;
      if (hidden && load<u8>(component.at) != 0x2e) continue;
      if (bytesAre(directory.name, '.') || bytesAre(directory.name, '..')) continue;
      if (!matches(component.at, directory.name)) continue;
      prefix.bytes(directory.name);
      proceed(prefix, end, found);
      prefix.remove(length, prefix.length - length);
    }
    if (directory) closeDirectory(directory);
  }
  prefix.remove(length, prefix.length - length);
  freeBuffer(component);
  free(changetype<usize>(component));
}

function proceed(prefix: Buffer, rest: usize, found: List): void {
  const stat = changetype<Stat>(memory.data(144, 8));
  if (load<u8>(rest)) descend(prefix, rest, found);
  else if (lstat(prefix.at, stat) == 0) {
    assert(found.append(mustAllocate(duplicateBytes(prefix.at))), 'out of memory');
  }
}

/** Whether the whole name matches the pattern. */
export function matches(pattern: usize, name: usize): bool {
  while (load<u8>(pattern)) {
    const byte = load<u8>(pattern);
    if (byte == 0x2a) {
      do if (matches(pattern + 1, name)) return true;
      while (load<u8>(name++));
      return false;
    }
    if (!load<u8>(name)) return false;
    if (byte == 0x5b) {
      const end = matchSet(pattern, load<u8>(name));
      if (end) {
        if (end == 1) return false;
        pattern = end;
        name++;
        continue;
      }
    }
    if (byte == MARK) pattern++;
    if (byte != 0x3f && load<u8>(pattern) != load<u8>(name)) return false;
    pattern++;
    name++;
  }
  return load<u8>(name) == 0;
}

/** A bracket expression at `[`: the address after it when `byte` is in it, 1 when not, 0 when it is none. */
function matchSet(at: usize, byte: u8): usize {
  at++;
  const negated = load<u8>(at) == 0x21;
  if (negated) at++;
  let inside = false;
  let first = true;
  for (; first || load<u8>(at) != 0x5d; at++) {
    first = false;
    if (!load<u8>(at)) return 0;
    if (load<u8>(at) == MARK) at++;
    const low = load<u8>(at);
    let high = low;
    if (load<u8>(at, 1) == 0x2d && load<u8>(at, 2) && load<u8>(at, 2) != 0x5d) {
      at += 2;
      if (load<u8>(at) == MARK) at++;
      high = load<u8>(at);
    }
    if (byte >= low && byte <= high) inside = true;
  }
  return inside != negated ? at + 1 : 1;
}
