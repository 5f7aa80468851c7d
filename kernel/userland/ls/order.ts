// The order of names in a list.

import { compareBytes } from '../lib/bytes';
import { List } from '../lib/list';
import { Entry, isDirectoryEntry, nanosecondsOf, timeOf } from './entry';
import { Sort, directoriesFirst, reverse, sort } from './options';

function compare(a: usize, b: usize): i32 {
  const first = changetype<Entry>(a);
  const second = changetype<Entry>(b);
  if (directoriesFirst) {
    const order = <i32>isDirectoryEntry(second) - <i32>isDirectoryEntry(first);
    if (order) return order;
  }
  let difference: i64 = 0;
  if (sort == Sort.size) difference = second.stat.size - first.stat.size;
  else if (sort == Sort.time) {
    difference = timeOf(second) - timeOf(first);
    if (!difference) difference = nanosecondsOf(second) - nanosecondsOf(first);
  } else if (sort == Sort.version) difference = compareVersions(first.name, second.name);
  if (!difference) difference = compareBytes(first.name, second.name);
  const order = difference < 0 ? -1 : difference > 0 ? 1 : 0;
  return reverse ? -order : order;
}

/** Runs of digits by their value. */
function compareVersions(a: usize, b: usize): i32 {
  while (load<u8>(a) && load<u8>(b)) {
    if (isDigit(a) && isDigit(b)) {
      while (load<u8>(a) == 0x30 && isDigit(a + 1)) a++;
      while (load<u8>(b) == 0x30 && isDigit(b + 1)) b++;
      let length: usize = 0;
      let other: usize = 0;
      while (isDigit(a + length)) length++;
      while (isDigit(b + other)) other++;
      if (length != other) return length < other ? -1 : 1;
      const order = memory.compare(a, b, length);
      if (order) return order;
      a += length;
      b += length;
    } else {
      if (load<u8>(a) != load<u8>(b)) break;
      a++;
      b++;
    }
  }
  return <i32>load<u8>(a) - <i32>load<u8>(b);
}

export function isDigit(at: usize): bool {
  return load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39;
}

export function sortEntries(list: List): void {
  if (sort != Sort.none) list.sort(compare);
}
