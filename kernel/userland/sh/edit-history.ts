// Older lines in the place of the one that is edited.

import { Buffer } from '../lib/buffer';
import { byteLength, duplicateBytes } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { Key } from '../lib/keys';
import { bell, draw, drawAgain, drawQuestion, insertRange, line, cursor, setLine } from './edit-line';
import { historyLength, historyLine } from './history';
import { readKey } from './keys';
import { containsBytes } from './text';

/** historyLength() while the new line is edited, less when an old one is. */
export let historyIndex: i32 = 0;
/** The new line, while an old one is shown. */
let draft: usize = 0;

/** A new line begins. */
export function startHistory(): void {
  historyIndex = historyLength();
  free(draft);
  draft = 0;
}

/** Shows the line of that index, or behind the newest the one that was begun. False, with a bell, when there is none. */
export function showHistory(index: i32): bool {
  if (index < 0 || index > historyLength()) {
    bell();
    return false;
  }
  if (historyIndex == historyLength()) {
    free(draft);
    draft = mustAllocate(duplicateBytes(line.at));
  }
  historyIndex = index;
  const text = index < historyLength() ? historyLine(index) : draft;
  setLine(text ? text : literal(''), text ? byteLength(text) : 0);
  draw();
  return true;
}

/** The last word of the line before, as often as asked. */
export function insertLastWord(): void {
  if (!historyLength()) {
    bell();
    return;
  }
  const text = historyLine(historyLength() - 1);
  let end = byteLength(text);
  while (end && load<u8>(text + end - 1) == 0x20) end--;
  let start = end;
  while (start && load<u8>(text + start - 1) != 0x20) start--;
  insertRange(text + start, end - start);
}

const searched = make<Buffer>();
const searchPrompt = make<Buffer>();

/** The newest line before `index` that contains what is searched; -1 when there is none. */
function findInHistory(index: i32): i32 {
  for (let i = index - 1; i >= 0; i--) if (containsBytes(historyLine(i), searched.at)) return i;
  return -1;
}

/** ^R: searches the history while its text is typed; ^R again goes further back, ^G gives up. Returns the key that ended it. */
export function searchHistory(): i32 {
  const original = mustAllocate(duplicateBytes(line.at));
  let found = historyLength();
  let failing = false;
  searched.clear();
  let key: i32;
  while (true) {
    searchPrompt.clear();
    searchPrompt.bytes(literal(failing ? '(failed search)`' : '(search)`'));
    searchPrompt.bytes(searched.at);
    searchPrompt.bytes(literal("': "));
    drawQuestion(searchPrompt.at, line.at, cursor);
    key = readKey();
    let from = found;
    if (key == 0x7f || key == 0x08) {
      if (searched.length) searched.remove(searched.length - 1, 1);
      from = historyLength();
    } else if (key == 0x12) from = found;
    else if (key >= 0x20 && key < 0x100) {
      searched.byte(<u8>key);
      from = min<i32>(found + 1, historyLength());
    } else break;
    const next = searched.length ? findInHistory(from) : -1;
    failing = next < 0 && searched.length > 0;
    if (next < 0) {
      if (failing) bell();
      continue;
    }
    found = next;
    historyIndex = found;
    setLine(historyLine(found), byteLength(historyLine(found)));
  }
  if (key == 0x07 || key == 0x03) setLine(original, byteLength(original));
  free(original);
  drawAgain();
  return key == 0x07 || key == 0x03 ? Key.none : key;
}
