// The pager behind less and more: moving about in a text on a terminal.

import { byteLength, duplicateBytes } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { read, writeFully } from '../lib/file';
import {
  keyWaits,
  readKey,
  screenColumns,
  screenEnd,
  screenForget,
  screenResume,
  screenRow,
  screenRows,
  screenShow,
  screenStart,
  screenTerminal,
} from '../lib/full-screen';
import { Key } from '../lib/keys';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { execSearch, fork, waitpid } from '../lib/process';
import { exitNow } from '../lib/exit';
import { reportError } from '../lib/report';
import { compileRegex, freeRegex, Regex, regexErrorMessage, RegexFlag, searchRegex } from '../lib/regex';
import { isTerminal, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { encodeCodePoint } from '../lib/utf8';
import { helpText } from './help';
import {
  chop,
  layOut,
  numbers,
  rawColours,
  rowsOfLine,
  setChop,
  setMarked,
  setNumbers,
  setRawColours,
  setShift,
  shift,
} from './layout';
import {
  closeText,
  lineCount,
  lineLength,
  lineStart,
  openText,
  reachEnd,
  reachLine,
  readMore,
  Text,
  textOf,
} from './text';

/** How the pager behaves. */
export const enum Quit {
  never = 0,
  /** -E and more: at the first end of file. */
  atEnd = 1,
  /** -e: at the second one. */
  atSecondEnd = 2,
}

export let quitMode: i32 = Quit.never;
export let quitIfOneScreen = false;
export let noAlternate = false;
export let ignoreCase = false;
/** -I: even with capitals in the pattern. */
export let ignoreAllCase = false;
export let asMore = false;

export function setQuitMode(mode: i32): void {
  quitMode = mode;
}
export function setQuitIfOneScreen(on: bool): void {
  quitIfOneScreen = on;
}
export function setNoAlternate(on: bool): void {
  noAlternate = on;
}
export function setIgnoreCase(on: bool, all: bool): void {
  ignoreCase = on;
  ignoreAllCase = all;
}
export function setAsMore(on: bool): void {
  asMore = on;
}

const FOLLOW_MS: i32 = 250;
const ESCAPE: i32 = 27;

/** Byte strings; 0 stands for standard input. */
let files: List = make<List>();
let fileIndex = 0;
let text: Text = changetype<Text>(<usize>0);
let name: usize = 0;
/** The first row on the screen: a line and which of its rows. */
let top = 0;
let topPart = 0;
/** Sizes of ^D and of a window, when they were given. */
let halfSize = 0;
let windowSize = 0;
let pattern: usize = 0;
let regex: Regex | null = null;
let backward = false;
let inverted = false;
let count = 0;
let ends = 0;
let following = false;
let finished = false;
/** Shown instead of the prompt until the next key; 0: none. */
let note: usize = 0;
const noteText = memory.data(300);
/** Lines by letter, -1 without: a–z, then where one was before the last jump. */
const marks = memory.data(27 * 8, 8);
const PREVIOUS: i32 = 26;

function page(): i32 {
  return max(1, screenRows() - 1);
}

function setNote(what: string, subject: usize): void {
  snprintf(noteText, 300, '%s%s', literal(what), subject ? subject : literal(''));
  note = noteText;
}

/** Shows the files one after the other; the exit status. */
export function runPager(paths: List, firstLine: i32, firstPattern: usize, follow: bool): i32 {
  files = paths;
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
  if (follow) following = true;
  loop();
  draw();
  screenEnd();
  if (noAlternate || asMore) stdout.text('\r\x1b[K').flush();
  return 0;
}

/** Without a terminal: a plain copy. */
function copyAll(): i32 {
  const buffer = memory.data(32768);
  let status = 0;
  if (!files.length) files.append(0);
  for (let i = 0; i < files.length; i++) {
    const path = files.get(i);
    const from = path ? openText(path) : textOf(0);
    if (from.error < 0) {
      reportError(path, from.error);
      status = 1;
      continue;
    }
    while (true) {
      const got = read(from.fd, buffer, 32768);
      if (got == -Errno.INTR) continue;
      if (got < 0) {
        reportError(path ? path : literal('standard input'), got);
        status = 1;
      }
      if (got <= 0) break;
      if (writeFully(1, buffer, <usize>got) < 0) return 1;
    }
    closeText(from);
  }
  return status;
}

function openFile(index: i32): bool {
  const path = files.get(index);
  const opened = path ? openText(path) : textOf(0);
  if (opened.error == 0) readMore(opened);
  if (opened.error < 0) {
    if (changetype<usize>(text)) {
      snprintf(noteText, 300, '%s: %s', path, literal(errorMessage(opened.error)));
      note = noteText;
    } else reportError(path, opened.error);
    closeText(opened);
    return false;
  }
  if (changetype<usize>(text)) closeText(text);
  text = opened;
  fileIndex = index;
  name = path ? path : literal('');
  top = 0;
  topPart = 0;
  ends = 0;
  return true;
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
function atEnd(): bool {
  let rows = rowsOfLine(text, top, screenColumns()) - topPart;
  for (let n = top + 1; rows <= page(); n++) {
    if (!reachLine(text, n)) return true;
    rows += rowsOfLine(text, n, screenColumns());
  }
  return false;
}

function forward(rows: i32): void {
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

function back(rows: i32): void {
  for (let i = 0; i < rows && stepBack(); i++);
}

/** The last page. */
function goToEnd(): void {
  reachEnd(text);
  const last = lineCount(text) - 1;
  if (last < 0) return;
  top = last;
  topPart = rowsOfLine(text, top, screenColumns()) - 1;
  back(page() - 1);
}

function remember(): void {
  setMark(PREVIOUS, top);
}

function setMark(index: i32, line: i32): void {
  store<i64>(marks + <usize>index * 8, line);
}

function goToLine(n: i32): void {
  remember();
  if (!reachLine(text, n)) {
    goToEnd();
    return;
  }
  top = n;
  topPart = 0;
}

function goToPercent(percent: i32): void {
  reachEnd(text);
  goToLine(<i32>((<i64>lineCount(text) * min(percent, 100)) / 100));
}

function markIndex(key: i32): i32 {
  if (key >= 0x61 && key <= 0x7a) return key - 0x61;
  return key == 0x27 ? PREVIOUS : -1;
}

function goToMark(key: i32): void {
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
function startSearch(words: usize, back: bool, times: i32): void {
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
function search(back: bool, times: i32): void {
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

/** Another file of the command line. */
function nextFile(step: i32, quits: bool): void {
  const index = fileIndex + step;
  if (index >= 0 && index < files.length) {
    openFile(index);
    screenForget();
  } else if (quits) finished = true;
  else setNote(step > 0 ? 'no next file' : 'no previous file', 0);
}

/** The line at the bottom of the screen, for the prompt. */
function describe(to: Buffer, whole: bool): void {
  const part = memory.data(400);
  const total = lineCount(text);
  const bottom = min(total, top + page());
  const percent = text.size ? (<i64>lineEnd(bottom - 1) * 100) / <i64>text.size : 100;
  if (whole || asMore || !load<u8>(name)) {
    const what = load<u8>(name) ? name : literal('standard input');
    snprintf(part, 400, '%s lines %d-%d', what, top + 1, bottom);
    if (!asMore) to.bytes(part);
    else to.bytes(literal('--More--'));
    if (text.complete) {
      if (!asMore) snprintf(part, 400, '/%d %d%%', total, percent);
      else snprintf(part, 400, '(%d%%)', percent);
      to.bytes(part);
    }
  } else to.bytes(name);
  if (files.length > 1 && !asMore) {
    snprintf(part, 400, ' (file %d of %d)', fileIndex + 1, files.length);
    to.bytes(part);
  }
  if (atEnd()) to.bytes(literal(' (END)'));
}

function lineEnd(n: i32): usize {
  return n < 0 ? 0 : lineStart(text, n) + lineLength(text, n);
}

let describing = true;

function drawPrompt(): void {
  const bottom = screenRow(screenRows() - 1);
  if (following) bottom.bytes(literal('\x1b[7mwaiting for more (interrupt with ^C or q)\x1b[m'));
  else if (note) {
    bottom.bytes(literal('\x1b[7m'));
    bottom.bytes(note);
    bottom.bytes(literal('\x1b[m'));
  } else if (describing || asMore) {
    bottom.bytes(literal('\x1b[7m'));
    describe(bottom, describing);
    bottom.bytes(literal('\x1b[m'));
  } else if (atEnd()) bottom.bytes(literal('\x1b[7m(END)\x1b[m'));
  else bottom.byte(0x3a);
}

function draw(): void {
  let line = top;
  let part = topPart;
  for (let n = 0; n < page(); n++) {
    const row = screenRow(n);
    if (!reachLine(text, line)) {
      if (!asMore) row.byte(0x7e);
      continue;
    }
    layOut(text, line, part, screenColumns(), row);
    if (++part >= rowsOfLine(text, line, screenColumns())) {
      line++;
      part = 0;
    }
  }
  drawPrompt();
  screenShow(screenRows() - 1, 0);
}

/** Reads a line at the bottom; false when it was given up. What was typed is in `typed`. */
const typed = make<Buffer>();
function readLine(prompt: string): bool {
  typed.clear();
  const bytes = memory.data(8);
  while (true) {
    const row = screenRow(screenRows() - 1);
    row.bytes(literal(prompt));
    row.range(typed.at, typed.length);
    screenShow(screenRows() - 1, min(screenColumns() - 1, prompt.length + columnsOf(typed)));
    const key = readKey(-1);
    if (key == 13 || key == 10) return true;
    if (key == ESCAPE || key == 3 || key == Key.hangUp) return false;
    if (key == 127 || key == 8) {
      if (typed.length == 0) return false;
      do typed.remove(typed.length - 1, 1);
      while (typed.length && (load<u8>(typed.at + typed.length) & 0xc0) == 0x80);
    } else if (key == 21) typed.clear();
    else if (key < 0x110000 && (key >= 0x20 || key == 9)) {
      const end = encodeCodePoint(key, bytes);
      typed.range(bytes, end - bytes);
    }
  }
  return false;
}

function columnsOf(b: Buffer): i32 {
  let n = 0;
  for (let i: usize = 0; i < b.length; i++) if ((load<u8>(b.at + i) & 0xc0) != 0x80) n++;
  return n;
}

function runCommand(command: usize): void {
  screenEnd();
  const child = fork();
  if (child == 0) {
    const argv = make<List>();
    argv.append(literal('sh'));
    argv.append(literal('-c'));
    argv.append(command);
    argv.append(0);
    execSearch(literal('sh'), argv.values);
    exitNow(127);
  }
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
  note = 0;
  const key = readKey(-1);
  if (key == 0x53) setChop(!chop);
  else if (key == 0x4e) setNumbers(!numbers);
  else if (key == 0x52) setRawColours(!rawColours);
  else if (key == 0x69) setIgnoreCase(!ignoreCase, false);
  else if (key == 0x49) setIgnoreCase(!ignoreAllCase, !ignoreAllCase);
  topPart = 0;
  screenForget();
}

function colon(): void {
  setNote(':', 0);
  draw();
  note = 0;
  const key = readKey(-1);
  if (key == 0x6e) nextFile(1, false);
  else if (key == 0x70) nextFile(-1, false);
  else if (key == 0x71) finished = true;
  else if (key == 0x66) describing = true;
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
  text = textOf(-1);
  text.complete = true;
  text.at = help;
  text.size = byteLength(help);
  for (let i: usize = 0; i < text.size; i++) if (load<u8>(help + i) == 0x0a) text.lines.append(i + 1);
  name = literal('help (q: back)');
  top = 0;
  topPart = 0;
  describing = false;
  loop();
  finished = false;
  text = was;
  top = wasTop;
  topPart = wasPart;
  name = wasName;
  screenForget();
}

/** F: shows what is appended, until a key. */
function followOn(): void {
  while (readMore(text));
  goToEnd();
  draw();
  const key = readKey(FOLLOW_MS);
  if (key == Key.timeout || key == Key.resize) return;
  following = false;
  screenForget();
  if (key == Key.hangUp) finished = true;
}

function loop(): void {
  while (!finished) {
    if (following) {
      followOn();
      continue;
    }
    if (!keyWaits()) draw();
    const key = readKey(-1);
    note = 0;
    if (key >= 0x30 && key <= 0x39) {
      count = min(count * 10 + key - 0x30, 99999999);
      snprintf(noteText, 300, ':%d', count);
      note = noteText;
      continue;
    }
    const times = count;
    count = 0;
    if (key != Key.resize) describing = false;
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
      finished = true;
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
      note = 0;
      const letter = markIndex(readKey(-1));
      if (letter >= 0 && letter < PREVIOUS) setMark(letter, top);
      return;
    case 0x27: // '
      setNote('go to mark: ', 0);
      draw();
      note = 0;
      return goToMark(readKey(-1));
    case 0x46: // F
      following = true;
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
      describing = true;
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
