// The lines that were entered, the newest last, at most MAXIMUM of them.

import { bytesEqual, duplicateBytes } from '../lib/bytes';
import { List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { printf } from '../lib/printf';

const MAXIMUM: i32 = 500;

const lines = make<List>();
/** How many have been dropped at the old end. */
let dropped: i32 = 0;

/** Remembers a copy of the line, unless it is blank, begins with a blank, or repeats the last one. */
export function addHistory(line: usize): void {
  const first = load<u8>(line);
  if (!first || first == 0x20) return;
  if (lines.length && bytesEqual(lines.get(lines.length - 1), line)) return;
  if (lines.length == MAXIMUM) {
    free(lines.removeAt(0));
    dropped++;
  }
  assert(lines.append(mustAllocate(duplicateBytes(line))), 'out of memory');
}

export function historyLength(): i32 {
  return lines.length;
}

/** A line that stays the history's own. */
export function historyLine(index: i32): usize {
  return lines.get(index);
}

export function printHistory(): void {
  for (let i = 0; i < lines.length; i++) printf('%5d  %s\n', dropped + i + 1, lines.get(i));
}
