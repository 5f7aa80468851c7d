// The pager behind less and more: moving about in a text on a terminal.

import { writeFully } from '../lib/file';
import { screenColumns, screenEnd, screenStart } from '../lib/full-screen';
import { List } from '../lib/list';
import { isTerminal, stdout } from '../lib/stream';
import { loop } from './commands';
import { copyAll, files, openFile, setFiles } from './files';
import { rowsOfLine } from './layout';
import { asMore, noAlternate, quitIfOneScreen } from './options';
import { draw, setFollowing } from './prompt';
import { startSearch } from './search';
import { reachLine } from './text';
import { PREVIOUS, goToLine, page, setMark, text } from './view';

/** Shows the files one after the other; the exit status. */
export function runPager(paths: List, firstLine: i32, firstPattern: usize, follow: bool): i32 {
  setFiles(paths);
  if (!isTerminal(1)) return copyAll();
  if (!files.length) {
    if (isTerminal(0)) {
      stdout.text('usage: less [OPTION...] [FILE...]; less --help tells more\n');
      return 1;
    }
    files.append(0);
  }
  for (let i = 0; i <= PREVIOUS; i++) setMark(i, -1);
  let at = 0;
  while (at < files.length && !openFile(at)) at++;
  if (at == files.length) return 1;
  if (quitIfOneScreen && fitsOneScreen()) {
    writeFully(1, text.at, text.size);
    return 0;
  }
  if (!screenStart(!noAlternate && !asMore)) return copyAll();
  if (firstPattern) startSearch(firstPattern, false, 1);
  else if (firstLine > 0) goToLine(firstLine - 1);
  if (follow) setFollowing(true);
  loop();
  draw();
  screenEnd();
  if (noAlternate || asMore) stdout.text('\r\x1b[K').flush();
  return 0;
}

function fitsOneScreen(): bool {
  if (!terminalIsKnown()) return false;
  let rows = 0;
  for (let n = 0; rows <= page(); n++) {
    if (!reachLine(text, n)) return true;
    rows += rowsOfLine(text, n, screenColumns());
  }
  return false;
}

function terminalIsKnown(): bool {
  if (!screenStart(false)) return false;
  screenEnd();
  return true;
}
