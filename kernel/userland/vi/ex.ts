// The commands after a colon. Source: POSIX ex.

import { Buffer } from '../lib/buffer';
import { bytesAre, byteLength, duplicateBytes } from '../lib/bytes';
import { close, dup2, open, Open, pipe, read, writeFully } from '../lib/file';
import { exitNow } from '../lib/exit';
import { screenEnd, screenResume, screenTerminal } from '../lib/full-screen';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parsed, scanDigits } from '../lib/number';
import { fork, waitpid } from '../lib/process';
import { becomeShell } from '../lib/shell-command';
import { Errno } from '../lib/errno';
import { stdout } from '../lib/stream';
import { deleteRange, insertLines, joinLines, put, shiftLines, yank } from './change';
import { loadFile, saveLines } from './files';
import {
  beginGroup,
  isModified,
  lengthOf,
  lineAt,
  lineCount,
  Line,
  makeLine,
  markSaved,
  redo,
  replaceLines,
  undo,
  undoneColumn,
  undoneRow,
} from './lines';
import { searchAgain, toRow, usePattern } from './motion';
import {
  column,
  fail,
  fileName,
  finish,
  firstNonBlank,
  getOption,
  markIndex,
  markRow,
  moveTo,
  readOnly,
  registerIndex,
  row,
  say,
  setFileName,
  setMark,
  setOption,
  shownName,
} from './state';
import { globalCommand, nextSubstitute, substitute } from './substitute';

/** Where the command is being read, and its range. */
let at: usize = 0;
let first = 0;
let last = 0;
let addresses = 0;
let depth = 0;

/** The files of the command line. */
const files = make<List>();
let fileIndex = 0;

export function setFiles(list: List): void {
  for (let i = 0; i < list.length; i++) files.append(list.get(i));
}

function skipBlanks(): void {
  while (load<u8>(at) == 0x20 || load<u8>(at) == 9) at++;
}

/** /pattern/ or ?pattern? at `at`: the line it leads to, or -1. */
function addressPattern(delimiter: u8): i32 {
  const text = make<Buffer>();
  text.clear();
  at++;
  for (; load<u8>(at) && load<u8>(at) != delimiter; at++) {
    if (load<u8>(at) == 0x5c && load<u8>(at + 1)) {
      if (load<u8>(at + 1) != delimiter) text.byte(0x5c);
      at++;
    }
    text.byte(load<u8>(at));
  }
  if (load<u8>(at)) at++;
  if (!usePattern(text.at, delimiter == 0x3f)) return -1;
  return searchAgain(1, false) ? toRow : -1;
}

/** One address; -1: there is none, -2: a message was given. */
function address(current: i32): i32 {
  skipBlanks();
  let line = -1;
  const byte = load<u8>(at);
  if (byte >= 0x30 && byte <= 0x39) {
    at = scanDigits(at);
    line = <i32>parsed() - 1;
  } else if (byte == 0x2e) {
    at++;
    line = current;
  } else if (byte == 0x24) {
    at++;
    line = lineCount() - 1;
  } else if (byte == 0x27) {
    const index = markIndex(load<u8>(at + 1));
    line = index < 0 ? -1 : markRow(index);
    if (line < 0) {
      fail('Mark not set');
      return -2;
    }
    at += 2;
  } else if (byte == 0x2f || byte == 0x3f) {
    line = addressPattern(byte);
    if (line < 0) return -2;
  } else if (byte == 0x2b || byte == 0x2d) line = current;
  else return -1;
  while (true) {
    skipBlanks();
    const sign = load<u8>(at);
    if (sign != 0x2b && sign != 0x2d) return line;
    at++;
    let n = 1;
    if (load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39) {
      at = scanDigits(at);
      n = <i32>parsed();
    }
    line += sign == 0x2b ? n : -n;
  }
  return line;
}

function readRange(): bool {
  first = row;
  last = row;
  addresses = 0;
  skipBlanks();
  if (load<u8>(at) == 0x25) {
    at++;
    first = 0;
    last = lineCount() - 1;
    addresses = 2;
    return true;
  }
  let current = row;
  while (true) {
    const line = address(current);
    if (line == -2) return false;
    if (line != -1 || addresses) {
      first = last;
      last = line == -1 ? current : line;
      if (++addresses == 1) first = last;
    }
    skipBlanks();
    const separator = load<u8>(at);
    if (separator != 0x2c && separator != 0x3b) break;
    if (line == -1 && !addresses) {
      addresses = 1;
      last = current;
    }
    if (separator == 0x3b) current = last;
    at++;
  }
  // Line 0 is the place before the first one: for those commands that put something there.
  if (first > last || first < -1 || last >= lineCount()) {
    fail('Not a range of lines');
    return false;
  }
  return true;
}

/** The letters of the command's name, into `name`. */
const name = memory.data(32);
function readName(): void {
  let size: usize = 0;
  skipBlanks();
  const byte = load<u8>(at);
  const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  if (!letter) {
    if (byte) {
      store<u8>(name + size++, byte);
      at++;
    }
  } else {
    while ((load<u8>(at) | 0x20) >= 0x61 && (load<u8>(at) | 0x20) <= 0x7a && size < 30) {
      // s, g, k and m take what follows without a space.
      store<u8>(name + size++, load<u8>(at++));
      if (size == 1 && byte == 0x6b) break;
      if (size == 1 && byte == 0x73 && !wordFollows()) break;
    }
  }
  store<u8>(name + size, 0);
}

/** After an s: whether set, shell and their like are meant, not substitute. */
function wordFollows(): bool {
  const next = load<u8>(at);
  return next == 0x65 || next == 0x68 || next == 0x75 || next == 0x74;
}

function is(short: string, long: string): bool {
  const size = byteLength(name);
  if (size < <usize>short.length || size > <usize>long.length) return false;
  for (let i: usize = 0; i < size; i++) if (load<u8>(name + i) != <u8>long.charCodeAt(<i32>i)) return false;
  return true;
}

/** Runs one command line. */
export function exCommand(line: usize): void {
  if (depth > 8) return fail('Commands within commands too deep');
  const copy = duplicateBytes(line);
  const before = at;
  depth++;
  at = copy;
  while (load<u8>(at) == 0x3a || load<u8>(at) == 0x20) at++;
  if (load<u8>(at) != 0x22 && readRange()) runOne();
  depth--;
  at = before;
  free(copy);
}

function runOne(): void {
  readName();
  if (load<u8>(name) == 0) {
    if (addresses) moveTo(max(0, last), firstNonBlank(max(0, last)));
    return;
  }
  const forced = load<u8>(at) == 0x21;
  if (forced && !bytesAre(name, '!')) at++;
  const word = byteLength(name);
  if (!bytesAre(name, 's') && !bytesAre(name, 'g') && !bytesAre(name, 'v')) skipBlanks();
  if (first < 0 && !is('r', 'read') && !is('pu', 'put') && !is('co', 'copy') && !is('m', 'move')) first = 0;
  if (word && fileCommand(forced)) return;
  if (lineCommand()) return;
  otherCommand(forced);
}

/** w q x e n and their like. True when it was one. */
function fileCommand(forced: bool): bool {
  if (is('w', 'write')) writeCommand(forced);
  else if (bytesAre(name, 'wq') || is('x', 'xit')) {
    if (bytesAre(name, 'wq') || isModified()) {
      if (!writeCommand(forced)) return true;
    }
    finish(0);
  } else if (is('q', 'quit') || bytesAre(name, 'qa')) {
    if (isModified() && !forced) fail('Not written since the last change (:q! gives it up)');
    else finish(0);
  } else if (is('e', 'edit')) editCommand(forced);
  else if (is('n', 'next') || is('prev', 'previous') || is('rew', 'rewind')) otherFile(forced);
  else if (is('f', 'file')) {
    if (load<u8>(at)) setFileName(duplicateBytes(at));
    say('"%s" %d lines', shownName(), lineCount());
  } else if (is('r', 'read')) readCommand();
  else return false;
  return true;
}

function writeCommand(forced: bool): bool {
  if (load<u8>(at) == 0x21) {
    at++;
    runShell(at, first, last, addresses != 0);
    return true;
  }
  let append = false;
  if (load<u8>(at) == 0x3e && load<u8>(at + 1) == 0x3e) {
    append = true;
    at += 2;
    skipBlanks();
  }
  const from = addresses ? first : 0;
  const end = addresses ? last : lineCount() - 1;
  const given = load<u8>(at) ? duplicateBytes(at) : 0;
  if (readOnly && !forced && !given) {
    fail('Opened to read only (:w! writes)');
    return false;
  }
  return writeFile(given, from, end, append);
}

/** Lines into a file; `path` 0: the one being edited. True when they are there. */
export function writeFile(path: usize, from: i32, end: i32, append: bool): bool {
  const to = path ? path : fileName;
  if (!to) {
    fail('No file name');
    return false;
  }
  const size = saveLines(to, from, end, append);
  if (size < 0) return false;
  if (!fileName) setFileName(to);
  if (
    from == 0 &&
    end == lineCount() - 1 &&
    !append &&
    (!path || path == fileName || bytesAreSame(to, fileName))
  ) {
    markSaved();
  }
  say('"%s" %d lines, %d bytes written', to, end - from + 1, size);
  return true;
}

function bytesAreSame(a: usize, b: usize): bool {
  return byteLength(a) == byteLength(b) && memory.compare(a, b, byteLength(a)) == 0;
}

function editCommand(forced: bool): void {
  if (isModified() && !forced) return fail('Not written since the last change (:e! gives it up)');
  const path = load<u8>(at) ? duplicateBytes(at) : fileName;
  if (!path) return fail('No file name');
  loadFile(path);
}

function otherFile(forced: bool): void {
  if (isModified() && !forced) return fail('Not written since the last change (:n! gives it up)');
  const index = is('rew', 'rewind') ? 0 : fileIndex + (is('n', 'next') ? 1 : -1);
  if (index < 0 || index >= files.length) return fail('No more files');
  fileIndex = index;
  loadFile(files.get(index));
}

/** :r FILE and :r !COMMAND. */
function readCommand(): void {
  const text = make<Buffer>();
  text.clear();
  if (load<u8>(at) == 0x21) {
    if (!runFilter(at + 1, 0, -1, text)) return;
  } else {
    const path = load<u8>(at) ? at : fileName;
    if (!path) return fail('No file name');
    const fd = open(path, Open.readOnly | Open.closeOnExec);
    if (fd < 0) return fail('Cannot read %s', path);
    readAll(fd, text);
    close(fd);
  }
  const where = addresses ? last + 1 : row + 1;
  const n = insertLines(where, text.at, text.length);
  moveTo(where, 0);
  say('%d lines read', n);
}

function readAll(fd: i32, to: Buffer): void {
  const room = memory.data(8192);
  while (true) {
    const got = read(fd, room, 8192);
    if (got == -Errno.INTR) continue;
    if (got <= 0) return;
    to.range(room, <usize>got);
  }
}

/** Commands on lines: d y > < j m co pu k = p s g v. True when it was one. */
function lineCommand(): bool {
  if (is('d', 'delete')) {
    const register = takeRegister();
    yank(first, 0, last, 0, true, register, false, true);
    deleteRange(first, 0, last, 0, true);
    moveTo(first, firstNonBlank(min(first, lineCount() - 1)));
    if (last - first >= 5) say('%d fewer lines', last - first + 1);
  } else if (is('y', 'yank')) yank(first, 0, last, 0, true, takeRegister(), false, false);
  else if (bytesAre(name, '>') || bytesAre(name, '<')) {
    const steps = 1;
    shiftLines(first, last, bytesAre(name, '>') ? steps : -steps);
    moveTo(last, firstNonBlank(last));
  } else if (is('j', 'join')) joinLines(first, addresses > 1 ? last - first + 1 : 2, true);
  else if (is('m', 'move') || is('co', 'copy') || bytesAre(name, 't')) copyLines(is('m', 'move'));
  else if (is('pu', 'put')) {
    const register = takeRegister();
    put(max(0, last), 0, register < 0 ? 26 : register, 1, last >= 0);
  } else if (bytesAre(name, 'k') || is('ma', 'mark')) {
    const index = markIndex(load<u8>(at));
    if (index < 0) fail('No such mark');
    else setMark(index, last, column);
  } else if (bytesAre(name, '=')) say('%d', (addresses ? last : lineCount() - 1) + 1);
  else if (is('p', 'print') || is('nu', 'number')) {
    moveTo(last, 0);
    say('%s', lineAt(last).at);
  } else if (bytesAre(name, 's') || is('su', 'substitute')) substitute(at, first, last);
  else if (bytesAre(name, '&')) nextSubstitute(first, last, at);
  else if (is('g', 'global') || is('v', 'vglobal')) {
    const inverted = bytesAre(name, 'v') || is('vg', 'vglobal') || load<u8>(at - 1) == 0x21;
    globalCommand(at, addresses ? first : 0, addresses ? last : lineCount() - 1, inverted);
  } else return false;
  return true;
}

function takeRegister(): i32 {
  return load<u8>(at) ? registerIndex(load<u8>(at)) : -1;
}

/** m and co: to behind the line that the address after them names. */
function copyLines(moves: bool): void {
  const target = address(row);
  if (target < -1 || target >= lineCount()) return fail('Not a line');
  if (moves && target >= first && target < last) return fail('Cannot move lines into themselves');
  const list = make<List>();
  for (let r = first; r <= last; r++) {
    const line = lineAt(r);
    list.append(changetype<usize>(makeLine(line.at, line.length)));
  }
  const n = last - first + 1;
  replaceLines(target + 1, 0, list);
  if (moves)
    deleteRange(target < first ? first + n : first, 0, (target < first ? first + n : first) + n - 1, 0, true);
  moveTo(moves && target >= last ? target : target + n, 0);
}

function otherCommand(forced: bool): void {
  if (is('se', 'set')) setCommand();
  else if (is('u', 'undo')) {
    if (undo()) moveTo(undoneRow, undoneColumn);
    else fail('Nothing to undo');
  } else if (is('red', 'redo')) {
    if (redo()) moveTo(undoneRow, undoneColumn);
    else fail('Nothing to redo');
  } else if (bytesAre(name, '!')) {
    if (addresses) filterLines(first, last, at);
    else runShell(at, 0, -1, false);
  } else if (is('sh', 'shell')) runShell(literal('exec ${SHELL:-sh}'), 0, -1, false);
  else if (is('noh', 'nohlsearch')) setOption(7, 0);
  else if (is('h', 'help'))
    say(':w write  :q quit  :q! give up  i insert  Esc back  u undo  /text search  dd delete line');
  else if (is('ve', 'version')) say('vi of Breenix');
  else fail('Not a command: %s', name);
  if (forced) return;
}

/** `NAME SHORT NUMBER`: what setOption() calls them. */
const OPTIONS =
  'number nu list li ignorecase ic smartcase scs autoindent ai expandtab et wrapscan ws hlsearch hls showmode smd readonly ro tabstop ts shiftwidth sw ';

/** The option with this name, or -1. */
function optionOf(word: usize, size: usize): i32 {
  const all = literal(OPTIONS);
  let from = all;
  for (let index = 0; load<u8>(from); index++) {
    let end = from;
    while (load<u8>(end) != 0x20) end++;
    if (end - from == size && memory.compare(from, word, size) == 0) return index / 2;
    from = end + 1;
  }
  return -1;
}

function setCommand(): void {
  if (load<u8>(at) == 0 || bytesAre(at, 'all')) {
    return say('tabstop=%d shiftwidth=%d (:set NAME, noNAME, NAME=N, NAME?)', getOption(10), getOption(11));
  }
  while (load<u8>(at)) {
    let end = at;
    while (load<u8>(end) > 0x20 && load<u8>(end) != 0x3d && load<u8>(end) != 0x3f) end++;
    const off = load<u8>(at) == 0x6e && load<u8>(at + 1) == 0x6f && optionOf(at, end - at) < 0;
    const word = off ? at + 2 : at;
    const option = optionOf(word, end - word);
    if (option < 0) return fail('Unknown option: %s', at);
    if (load<u8>(end) == 0x3d) {
      const stop = scanDigits(end + 1);
      if (stop == end + 1 || option < 10) return fail('Not a value: %s', at);
      setOption(option, <i32>parsed());
      end = stop;
    } else if (load<u8>(end) == 0x3f || option >= 10) {
      say('%d', getOption(option));
      if (load<u8>(end) == 0x3f) end++;
    } else setOption(option, off ? 0 : 1);
    at = end;
    skipBlanks();
  }
}

function waitFor(child: i32): void {
  while (waitpid(child, 0, 0) == -Errno.INTR);
}

/** A command on the terminal; with lines, they are its input. */
function runShell(command: usize, from: i32, end: i32, withLines: bool): void {
  screenEnd();
  const ends = memory.data(8, 4);
  const piped = withLines && pipe(ends) >= 0;
  const child = fork();
  if (child == 0) {
    if (piped) {
      dup2(load<i32>(ends), 0);
      close(load<i32>(ends));
      close(load<i32>(ends, 4));
    }
    becomeShell(command);
  }
  if (piped) {
    close(load<i32>(ends));
    writeLines(load<i32>(ends, 4), from, end);
    close(load<i32>(ends, 4));
  }
  if (child > 0) waitFor(child);
  stdout.text('\r\n[press RETURN]').flush();
  const byte = memory.data(1);
  read(screenTerminal(), byte, 1);
  screenResume();
}

function writeLines(fd: i32, from: i32, end: i32): void {
  for (let r = from; r <= end; r++) {
    const line: Line = lineAt(r);
    if (writeFully(fd, line.at, line.length) < 0 || writeFully(fd, literal('\n'), 1) < 0) return;
  }
}

/** Runs a command with lines as input (none: `end` below `from`) and collects its output. */
function runFilter(command: usize, from: i32, end: i32, to: Buffer): bool {
  const input = memory.data(8, 4);
  const output = memory.data(8, 4);
  if (pipe(input) < 0 || pipe(output) < 0) {
    fail('Cannot make a pipe');
    return false;
  }
  const child = fork();
  if (child == 0) {
    dup2(load<i32>(input), 0);
    dup2(load<i32>(output, 4), 1);
    dup2(load<i32>(output, 4), 2);
    for (let fd = 3; fd < 20; fd++) close(fd);
    becomeShell(command);
  }
  // Somebody else writes, so that neither side waits for the other.
  const writer = fork();
  if (writer == 0) {
    close(load<i32>(input));
    close(load<i32>(output));
    close(load<i32>(output, 4));
    writeLines(load<i32>(input, 4), from, end);
    exitNow(0);
  }
  close(load<i32>(input));
  close(load<i32>(input, 4));
  close(load<i32>(output, 4));
  readAll(load<i32>(output), to);
  close(load<i32>(output));
  waitFor(child);
  waitFor(writer);
  return true;
}

/** !: the lines are replaced by what the command makes of them. */
export function filterLines(from: i32, end: i32, command: usize): void {
  const text = make<Buffer>();
  text.clear();
  beginGroup(row, column);
  if (!runFilter(command, from, end, text)) return;
  deleteRange(from, 0, end, 0, true);
  const wasEmpty = lineCount() == 1 && lengthOf(0) == 0 && from == 0;
  insertLines(from, text.at, text.length);
  if (wasEmpty && lineCount() > 1) deleteRange(lineCount() - 1, 0, lineCount() - 1, 0, true);
  moveTo(from, firstNonBlank(min(from, lineCount() - 1)));
}

/** & of normal mode. */
export function repeatSubstitute(): void {
  nextSubstitute(row, row, literal(''));
}
