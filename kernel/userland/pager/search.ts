// Searching: extended regular expressions, as less has them.

import { byteLength, duplicateBytes } from '../lib/bytes';
import { screenForget } from '../lib/full-screen';
import { free } from '../lib/malloc';
import { Regex, RegexFlag, compileRegex, freeRegex, regexErrorMessage, searchRegex } from '../lib/regex';
import { setMarked } from './layout';
import { ignoreAllCase, ignoreCase } from './options';
import { setNote } from './prompt';
import { lineLength, lineStart, reachLine } from './text';
import { back, goToLine, text, top } from './view';

let pattern: usize = 0;
let regex: Regex | null = null;
export let backward = false;
let inverted = false;

/** Whether line `n` is one to stop at. */
function lineMatches(n: i32): bool {
  const r = regex;
  if (!r) return false;
  const found = searchRegex(r, text.at + lineStart(text, n), lineLength(text, n), 0, 0, 0, 0);
  return found != inverted;
}

function hasCapital(bytes: usize): bool {
  for (let at = bytes; load<u8>(at); at++) if (load<u8>(at) >= 0x41 && load<u8>(at) <= 0x5a) return true;
  return false;
}

/** A new pattern, extended regular expression; `!` before it inverts. Empty: the last one again. */
export function startSearch(words: usize, back: bool, times: i32): void {
  let given = words;
  backward = back;
  inverted = load<u8>(given) == 0x21;
  if (inverted) given++;
  if (load<u8>(given)) {
    const fold = ignoreAllCase || (ignoreCase && !hasCapital(given));
    const flags: u32 = RegexFlag.extended | (fold ? RegexFlag.ignoreCase : 0);
    const compiled = compileRegex(given, byteLength(given), flags);
    if (!compiled) return setNote(regexErrorMessage(), 0);
    if (regex) freeRegex(regex);
    regex = compiled;
    free(pattern);
    pattern = duplicateBytes(given);
  }
  if (!regex) return setNote('no previous pattern', 0);
  setMarked(inverted ? null : regex);
  screenForget();
  search(backward, times);
}

/** To the `times`th line that matches, not counting the one at the top. */
export function search(back: bool, times: i32): void {
  if (!regex) return setNote('no previous pattern', 0);
  let line = top;
  for (let i = 0; i < max(1, times); i++) {
    while (true) {
      line += back ? -1 : 1;
      if (line < 0 || !reachLine(text, line)) return setNote('pattern not found', 0);
      if (lineMatches(line)) break;
    }
  }
  goToLine(line);
}
