// vi's commands on the bigword at the cursor: \ = * and _.

import { byteLength } from '../lib/bytes';
import { List, freeList } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import {
  bell,
  completeHere,
  cursor,
  insertRange,
  line,
  listBelow,
  nextCharacter,
  removeAt,
  setCursor,
} from './edit-line';
import { expandPathnames } from './glob';
import { historyLength, historyLine } from './history';
import { hasPattern } from './pattern';
import { stackCopy, stackMark, stackRelease } from './stack';
import { isBlankAt } from './vi-motion';

/** Behind the bigword on which the cursor is. */
function wordEnd(): usize {
  let at = cursor;
  while (!isBlankAt(at)) at++;
  return at;
}

function wordStart(): usize {
  let at = cursor;
  while (at && !isBlankAt(at - 1)) at--;
  return at;
}

/** The pathnames that the word stands for: it is a pattern, or they begin with it. In memory of stack.ts. */
function pathnames(to: List): bool {
  const start = wordStart();
  const size = wordEnd() - start;
  const pattern = stackCopy(line.at + start, size + 1);
  store<u8>(pattern + size, 0);
  if (!hasPattern(pattern)) {
    store<u8>(pattern + size, 0x2a);
    store<u8>(pattern + size + 1, 0);
  }
  return expandPathnames(pattern, to);
}

function dropList(list: List): void {
  freeList(list);
  free(changetype<usize>(list));
}

/** = */
export function listExpansions(): void {
  const mark = stackMark();
  const list = make<List>();
  if (pathnames(list)) listBelow(list);
  else bell();
  dropList(list);
  stackRelease(mark);
}

/** \: as much as all pathnames have in common. False, with a bell, when that is nothing. */
export function completeWord(): bool {
  setCursor(wordEnd());
  return completeHere();
}

/** *: all pathnames in place of the word. */
export function expandWordHere(): bool {
  const mark = stackMark();
  const list = make<List>();
  const found = pathnames(list);
  if (found) {
    const start = wordStart();
    removeAt(start, wordEnd());
    for (let i = 0; i < list.length; i++) {
      insertRange(list.get(i), byteLength(list.get(i)));
      insertRange(literal(' '), 1);
    }
  }
  dropList(list);
  stackRelease(mark);
  return found;
}

/** _: a blank and the last bigword of the newest line, or the one of that number. */
export function appendOldWord(number: i32): bool {
  if (!historyLength()) return false;
  let at = historyLine(historyLength() - 1);
  let start: usize = 0;
  let size: usize = 0;
  for (let n = 1; !number || n <= number; n++) {
    while (load<u8>(at) == 0x20) at++;
    if (!load<u8>(at)) {
      if (number) return false;
      break;
    }
    start = at;
    while (load<u8>(at) && load<u8>(at) != 0x20) at++;
    size = at - start;
  }
  if (!size) return false;
  setCursor(nextCharacter(cursor));
  insertRange(literal(' '), 1);
  insertRange(start, size);
  return true;
}
