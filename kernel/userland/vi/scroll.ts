// Commands that move the window over the text.

import { screenRows } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { commandKey, count } from './command';
import { centre, linesOnScreen } from './display';
import { lineCount } from './lines';
import { column, moveKeeping, moveTo, row, setTop, top, wish } from './state';

/** Scrolling: ^F ^B ^D ^U ^E ^Y. True when `key` is one. */
export function scroll(key: i32): bool {
  const rows = screenRows() - 1;
  const half = count ? count : max(1, rows / 2);
  const last = lineCount() - 1;
  if (key == 6 || key == Key.pageDown) {
    const to = min(last, top + max(1, linesOnScreen(top) - 2) * max(1, count));
    setTop(to);
    moveTo(max(row, to), column);
  } else if (key == 2 || key == Key.pageUp) {
    const to = max(0, top - max(1, rows - 2) * max(1, count));
    setTop(to);
    moveTo(min(row, to + linesOnScreen(to) - 1), column);
  } else if (key == 4) {
    setTop(min(last, top + half));
    moveKeeping(min(last, row + half), column, wish);
  } else if (key == 21) {
    setTop(max(0, top - half));
    moveKeeping(max(0, row - half), column, wish);
  } else if (key == 5) {
    setTop(min(last, top + max(1, count)));
    if (row < top) moveKeeping(top, column, wish);
  } else if (key == 25) {
    setTop(max(0, top - max(1, count)));
    const bottom = top + linesOnScreen(top) - 1;
    if (row > bottom) moveKeeping(bottom, column, wish);
  } else return false;
  return true;
}

/** z and a letter: where the line is to be. */
export function placeLine(): void {
  const key = commandKey();
  if (count) moveTo(count - 1, column);
  if (key == 13 || key == 0x74) setTop(row);
  else if (key == 0x7a || key == 0x2e) centre(row, (screenRows() - 1) / 2);
  else if (key == 0x62 || key == 0x2d) centre(row, screenRows() - 1);
}
