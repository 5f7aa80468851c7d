// What of which text is on the screen, and moving about in it.
//
// Rules: the place is a line and which of its rows is the first one on the screen.

import { screenColumns, screenRows } from '../lib/full-screen';
import { nextFile } from './files';
import { rowsOfLine } from './layout';
import { Quit, quitMode } from './options';
import { setNote } from './prompt';
import { Text, lineCount, reachEnd, reachLine } from './text';

export let text: Text = changetype<Text>(<usize>0);
export let name: usize = 0;

/** The first row on the screen: a line and which of its rows. */
export let top = 0;

export let topPart = 0;
let ends = 0;

/** Lines by letter, -1 without: a–z, then where one was before the last jump. */
const marks = memory.data(27 * 8, 8);

export const PREVIOUS: i32 = 26;

export function page(): i32 {
  return max(1, screenRows() - 1);
}

/** Another text, from that row on. */
export function showText(shown: Text, title: usize, line: i32, part: i32): void {
  text = shown;
  name = title;
  top = line;
  topPart = part;
}

export function forgetEnds(): void {
  ends = 0;
}

/** Lines have other rows now: from the first of the one at the top. */
export function alignTop(): void {
  topPart = 0;
}

/** Whether there is a row after the one given; moves there. */
function stepForward(): bool {
  if (topPart + 1 < rowsOfLine(text, top, screenColumns())) {
    topPart++;
    return true;
  }
  if (!reachLine(text, top + 1)) return false;
  top++;
  topPart = 0;
  return true;
}

function stepBack(): bool {
  if (topPart > 0) {
    topPart--;
    return true;
  }
  if (top == 0) return false;
  top--;
  topPart = rowsOfLine(text, top, screenColumns()) - 1;
  return true;
}

/** Whether the last row of the text is on the screen. */
export function atEnd(): bool {
  let rows = rowsOfLine(text, top, screenColumns()) - topPart;
  for (let n = top + 1; rows <= page(); n++) {
    if (!reachLine(text, n)) return true;
    rows += rowsOfLine(text, n, screenColumns());
  }
  return false;
}

export function forward(rows: i32): void {
  for (let i = 0; i < rows; i++) {
    if (atEnd() || !stepForward()) {
      reachedEnd();
      return;
    }
  }
}

function reachedEnd(): void {
  ends++;
  if (quitMode == Quit.atEnd || (quitMode == Quit.atSecondEnd && ends > 1)) nextFile(1, true);
}

export function back(rows: i32): void {
  for (let i = 0; i < rows && stepBack(); i++);
}

/** The last page. */
export function goToEnd(): void {
  reachEnd(text);
  const last = lineCount(text) - 1;
  if (last < 0) return;
  top = last;
  topPart = rowsOfLine(text, top, screenColumns()) - 1;
  back(page() - 1);
}

export function remember(): void {
  setMark(PREVIOUS, top);
}

export function setMark(index: i32, line: i32): void {
  store<i64>(marks + <usize>index * 8, line);
}

export function goToLine(n: i32): void {
  remember();
  if (!reachLine(text, n)) {
    goToEnd();
    return;
  }
  top = n;
  topPart = 0;
}

export function goToPercent(percent: i32): void {
  reachEnd(text);
  goToLine(<i32>((<i64>lineCount(text) * min(percent, 100)) / 100));
}

export function markIndex(key: i32): i32 {
  if (key >= 0x61 && key <= 0x7a) return key - 0x61;
  return key == 0x27 ? PREVIOUS : -1;
}

export function goToMark(key: i32): void {
  if (key == 0x5e) return goToLine(0);
  if (key == 0x24) {
    remember();
    return goToEnd();
  }
  const index = markIndex(key);
  const line = index < 0 ? -1 : <i32>load<i64>(marks + <usize>index * 8);
  if (line < 0) setNote('no such mark', 0);
  else goToLine(line);
}
