// The keys of the pager, and what they do.

import { byteLength, duplicateBytes } from '../lib/bytes';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { read } from '../lib/file';
import {
  keyWaits,
  readKey,
  screenColumns,
  screenEnd,
  screenForget,
  screenResume,
  screenTerminal,
} from '../lib/full-screen';
import { Key } from '../lib/keys';
import { literal } from '../lib/literal';
import { snprintf } from '../lib/printf';
import { fork, waitpid } from '../lib/process';
import { becomeShell } from '../lib/shell-command';
import { stdout } from '../lib/stream';
import { fileIndex, files, nextFile, openFile } from './files';
import { helpText } from './help';
import { chop, numbers, rawColours, setChop, setNumbers, setRawColours, setShift, shift } from './layout';
import { ignoreAllCase, ignoreCase, setIgnoreCase } from './options';
import {
  clearNote,
  draw,
  following,
  noteCount,
  readLine,
  setDescribing,
  setFollowing,
  setNote,
  typed,
} from './prompt';
import { backward, search, startSearch } from './search';
import { reachEnd, readMore, textOf } from './text';
import {
  PREVIOUS,
  alignTop,
  back,
  forward,
  goToEnd,
  goToLine,
  goToMark,
  goToPercent,
  markIndex,
  name,
  page,
  remember,
  setMark,
  showText,
  text,
  top,
  topPart,
} from './view';

const FOLLOW_MS: i32 = 250;

/** Sizes of ^D and of a window, when they were given. */
let halfSize = 0;

let windowSize = 0;
let count = 0;
let finished = false;

function runCommand(command: usize): void {
  screenEnd();
  const child = fork();
  if (child == 0) becomeShell(command);
  while (waitpid(child, 0, 0) == -Errno.INTR);
  stdout.text('\r\n(press RETURN)').flush();
  const byte = memory.data(1);
  read(screenTerminal(), byte, 1);
  screenResume();
}

/** v: the editor on this file, at this line. */
function edit(): void {
  if (!load<u8>(name)) return setNote('cannot edit standard input', 0);
  const command = memory.data(600);
  const chosen = getEnvironment(literal('EDITOR'));
  snprintf(command, 600, '%s +%d %s', chosen ? chosen : literal('vi'), top + 1, name);
  runCommand(command);
  const line = top;
  openFile(fileIndex);
  goToLine(line);
}

/** - and a letter: changes how things look. */
function toggle(): void {
  setNote('option: S N R i', 0);
  draw();
  clearNote();
  const key = readKey(-1);
  if (key == 0x53) setChop(!chop);
  else if (key == 0x4e) setNumbers(!numbers);
  else if (key == 0x52) setRawColours(!rawColours);
  else if (key == 0x69) setIgnoreCase(!ignoreCase, false);
  else if (key == 0x49) setIgnoreCase(!ignoreAllCase, !ignoreAllCase);
  alignTop();
  screenForget();
}

function colon(): void {
  setNote(':', 0);
  draw();
  clearNote();
  const key = readKey(-1);
  if (key == 0x6e) nextFile(1, false);
  else if (key == 0x70) nextFile(-1, false);
  else if (key == 0x71) finish();
  else if (key == 0x66) setDescribing(true);
  else if (key == 0x78) nextFile(-fileIndex, false);
  else if (key == 0x65 && readLine('Examine: ') && typed.length) {
    files.append(duplicateBytes(typed.at));
    if (!openFile(files.length - 1)) files.removeAt(files.length - 1);
    screenForget();
  }
}

function showHelp(): void {
  const was = text;
  const wasTop = top;
  const wasPart = topPart;
  const wasName = name;
  const help = literal(helpText);
  const shown = textOf(-1);
  shown.complete = true;
  shown.at = help;
  shown.size = byteLength(help);
  for (let i: usize = 0; i < shown.size; i++) if (load<u8>(help + i) == 0x0a) shown.lines.append(i + 1);
  showText(shown, literal('help (q: back)'), 0, 0);
  setDescribing(false);
  loop();
  unfinish();
  showText(was, wasName, wasTop, wasPart);
  screenForget();
}

/** F: shows what is appended, until a key. */
function followOn(): void {
  while (readMore(text));
  goToEnd();
  draw();
  const key = readKey(FOLLOW_MS);
  if (key == Key.timeout || key == Key.resize) return;
  setFollowing(false);
  screenForget();
  if (key == Key.hangUp) finish();
}

/** The pager ends, or the help in it. */
export function finish(): void {
  finished = true;
}

function unfinish(): void {
  finished = false;
}

export function loop(): void {
  while (!finished) {
    if (following) {
      followOn();
      continue;
    }
    if (!keyWaits()) draw();
    const key = readKey(-1);
    clearNote();
    if (key >= 0x30 && key <= 0x39) {
      count = min(count * 10 + key - 0x30, 99999999);
      noteCount(count);
      continue;
    }
    const times = count;
    count = 0;
    if (key != Key.resize) setDescribing(false);
    obey(key, times);
  }
}

function obey(key: i32, times: i32): void {
  const one = max(1, times);
  switch (key) {
    case 0x71: // q
    case 0x51:
    case 3:
    case Key.hangUp:
      finish();
      return;
    case 0x6a: // j
    case 0x65: // e
    case 5:
    case 14:
    case 13:
    case 10:
    case Key.down:
      return forward(one);
    case 0x6b: // k
    case 0x79: // y
    case 25:
    case 11:
    case 16:
    case Key.up:
      return back(one);
    case 0x20:
    case 0x66: // f
    case 6:
    case 22:
    case Key.pageDown:
      return forward(times ? times : windowSize ? windowSize : page());
    case 0x62: // b
    case 2:
    case Key.pageUp:
      return back(times ? times : windowSize ? windowSize : page());
    case 0x7a: // z
      if (times) windowSize = times;
      return forward(windowSize ? windowSize : page());
    case 0x77: // w
      if (times) windowSize = times;
      return back(windowSize ? windowSize : page());
    case 0x64: // d
    case 4:
      if (times) halfSize = times;
      return forward(halfSize ? halfSize : max(1, page() / 2));
    case 0x75: // u
    case 21:
      if (times) halfSize = times;
      return back(halfSize ? halfSize : max(1, page() / 2));
    case 0x67: // g
    case 0x3c:
    case Key.home:
      return goToLine(max(0, times - 1));
    case 0x47: // G
    case 0x3e:
    case Key.end: {
      if (times) return goToLine(times - 1);
      remember();
      return goToEnd();
    }
    case 0x70: // p
    case 0x25:
      return goToPercent(times);
    case Key.right:
      setChop(true);
      return setShift(shift + (times ? times : screenColumns() / 2));
    case Key.left:
      return setShift(shift - (times ? times : screenColumns() / 2));
    case 0x2f: // /
      if (readLine('/')) startSearch(typed.at, false, one);
      return;
    case 0x3f: // ?
      if (readLine('?')) startSearch(typed.at, true, one);
      return;
    case 0x6e: // n
      return search(backward, one);
    case 0x4e: // N
      return search(!backward, one);
    case 0x6d: // m
      setNote('mark: ', 0);
      draw();
      clearNote();
      const letter = markIndex(readKey(-1));
      if (letter >= 0 && letter < PREVIOUS) setMark(letter, top);
      return;
    case 0x27: // '
      setNote('go to mark: ', 0);
      draw();
      clearNote();
      return goToMark(readKey(-1));
    case 0x46: // F
      setFollowing(true);
      return;
    case 0x72: // r
    case 12:
    case 0x52:
    case Key.resize:
      screenForget();
      return;
    case 0x3d: // =
    case 7:
      reachEnd(text);
      setDescribing(true);
      return;
    case 0x2d: // -
      return toggle();
    case 0x3a: // :
      return colon();
    case 0x21: // !
      if (readLine('!')) runCommand(typed.at);
      return;
    case 0x76: // v
      return edit();
    case 0x68: // h
    case 0x48:
    case Key.f1:
      return showHelp();
    default:
      return;
  }
}
