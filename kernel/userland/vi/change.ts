// Changing text: ranges, registers, inserting, the operators.

import { Buffer } from '../lib/buffer';
import { isLower, isUpper, toLower, toUpper } from '../lib/characters';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { encodeCodePoint } from '../lib/utf8';
import { lengthOf, Line, lineAt, lineCount, makeLine, replaceLines, setLine } from './lines';
import {
  codeAt,
  expandTabs,
  fail,
  firstNonBlank,
  moveTo,
  nextCharacter,
  registerIsLines,
  registerOf,
  setMark,
  setRegisterKind,
  shiftWidth,
  tabStop,
  UNNAMED,
} from './state';

const scratch = make<Buffer>();

function addPart(to: Buffer, line: Line, from: i32, end: i32): void {
  to.range(line.at + <usize>from, <usize>max(0, end - from));
}

/** The text of a range, its end not included, into `to`; whole lines end in newlines. */
export function copyRange(r1: i32, c1: i32, r2: i32, c2: i32, lines: bool, to: Buffer): void {
  to.clear();
  if (lines) {
    for (let r = r1; r <= r2; r++) {
      addPart(to, lineAt(r), 0, lengthOf(r));
      to.byte(10);
    }
    return;
  }
  if (r1 == r2) return addPart(to, lineAt(r1), c1, c2);
  addPart(to, lineAt(r1), c1, lengthOf(r1));
  to.byte(10);
  for (let r = r1 + 1; r < r2; r++) {
    addPart(to, lineAt(r), 0, lengthOf(r));
    to.byte(10);
  }
  addPart(to, lineAt(r2), 0, c2);
}

/** Into a register, appended for a capital letter, and into the unnamed one; whole lines also move 1 to 9 on. */
export function yank(
  r1: i32,
  c1: i32,
  r2: i32,
  c2: i32,
  lines: bool,
  register: i32,
  append: bool,
  deleted: bool,
): void {
  copyRange(r1, c1, r2, c2, lines, scratch);
  const unnamed = registerOf(UNNAMED);
  unnamed.clear();
  unnamed.range(scratch.at, scratch.length);
  setRegisterKind(UNNAMED, lines);
  setMark(29, r1, c1);
  setMark(30, r2, c2);
  if (register >= 0 && register != UNNAMED) {
    const to = registerOf(register);
    if (!append) to.clear();
    to.range(scratch.at, scratch.length);
    setRegisterKind(register, lines || (append && registerIsLines(register)));
  } else if (deleted && (lines || r1 != r2)) shiftNumbered();
}

function shiftNumbered(): void {
  for (let i = 35; i > 27; i--) {
    const from = registerOf(i - 1);
    const to = registerOf(i);
    to.clear();
    to.range(from.at, from.length);
    setRegisterKind(i, registerIsLines(i - 1));
  }
  const first = registerOf(27);
  first.clear();
  first.range(scratch.at, scratch.length);
  setRegisterKind(27, registerIsLines(UNNAMED));
}

/** Removes a range, its end not included. */
export function deleteRange(r1: i32, c1: i32, r2: i32, c2: i32, lines: bool): void {
  const list = make<List>();
  if (!lines) {
    const rest = make<Buffer>();
    addPart(rest, lineAt(r1), 0, c1);
    addPart(rest, lineAt(r2), c2, lengthOf(r2));
    if (r1 == r2) return setLine(r1, rest.at, rest.length);
    list.append(changetype<usize>(makeLine(rest.at, rest.length)));
  }
  replaceLines(r1, r2 - r1 + 1, list);
}

/** Puts `count` bytes, perhaps with newlines, into the text; where they end is in endRow and endColumn. */
export function insertText(r: i32, c: i32, from: usize, count: usize): void {
  const list = make<List>();
  const line = lineAt(r);
  const now = make<Buffer>();
  addPart(now, line, 0, c);
  let breaks = 0;
  for (let i: usize = 0; i < count; i++) {
    const byte = load<u8>(from + i);
    if (byte == 10) {
      list.append(changetype<usize>(makeLine(now.at, now.length)));
      now.clear();
      breaks++;
    } else now.byte(byte);
  }
  endRow = r + breaks;
  endColumn = <i32>now.length;
  addPart(now, line, c, <i32>line.length);
  if (!breaks) return setLine(r, now.at, now.length);
  list.append(changetype<usize>(makeLine(now.at, now.length)));
  replaceLines(r, 1, list);
}
export let endRow = 0;
export let endColumn = 0;

/** Whole lines, each ended by a newline, before row `r`. */
export function insertLines(r: i32, from: usize, count: usize): i32 {
  const list = make<List>();
  let start: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    if (load<u8>(from + i) != 10) continue;
    list.append(changetype<usize>(makeLine(from + start, i - start)));
    start = i + 1;
  }
  if (start < count) list.append(changetype<usize>(makeLine(from + start, count - start)));
  const number = list.length;
  replaceLines(r, 0, list);
  return number;
}

/** p and P. */
export function put(r: i32, c: i32, register: i32, count: i32, after: bool): void {
  const from = registerOf(register);
  if (!from.length) return fail('Nothing in that register');
  scratch.clear();
  for (let n = 0; n < count; n++) scratch.range(from.at, from.length);
  if (registerIsLines(register)) {
    const at = after ? r + 1 : r;
    insertLines(at, scratch.at, scratch.length);
    return moveTo(at, firstNonBlank(at));
  }
  const at = after && lengthOf(r) ? nextCharacter(r, c) : c;
  const text = make<Buffer>();
  text.range(scratch.at, scratch.length);
  insertText(r, at, text.at, text.length);
  if (endRow == r) moveTo(r, endColumn - 1);
  else moveTo(r, at);
}

/** J: `count` lines become one, with a space between where there is none. */
export function joinLines(r: i32, count: i32, spaces: bool): bool {
  if (r + 1 >= lineCount()) return false;
  const last = min(lineCount() - 1, r + count - 1);
  const text = make<Buffer>();
  addPart(text, lineAt(r), 0, lengthOf(r));
  let seam = 0;
  for (let n = r + 1; n <= last; n++) {
    const start = spaces ? firstNonBlank(n) : 0;
    seam = <i32>text.length;
    const ends = text.length ? load<u8>(text.at + text.length - 1) : 0x20;
    const next = start < lengthOf(n) ? codeAt(n, start) : 0;
    if (spaces && ends != 0x20 && ends != 9 && next != 0x29 && next != 0) text.byte(0x20);
    addPart(text, lineAt(n), start, lengthOf(n));
  }
  const list = make<List>();
  list.append(changetype<usize>(makeLine(text.at, text.length)));
  replaceLines(r, last - r + 1, list);
  moveTo(r, seam);
  return true;
}

/** Columns of the white space that a line begins with. */
function indentOf(r: i32): i32 {
  let width = 0;
  const line = lineAt(r);
  for (let i = 0; i < firstNonBlank(r); i++) {
    width = load<u8>(line.at + <usize>i) == 9 ? (width / tabStop + 1) * tabStop : width + 1;
  }
  return width;
}

/** Bytes of white space of this width. */
function addIndent(to: Buffer, width: i32): void {
  let rest = width;
  if (!expandTabs) for (; rest >= tabStop; rest -= tabStop) to.byte(9);
  for (; rest > 0; rest--) to.byte(0x20);
}

/** > and <. */
export function shiftLines(r1: i32, r2: i32, steps: i32): void {
  const list = make<List>();
  for (let r = r1; r <= r2; r++) {
    const text = make<Buffer>();
    text.clear();
    if (lengthOf(r)) {
      addIndent(text, max(0, indentOf(r) + steps * shiftWidth));
      addPart(text, lineAt(r), firstNonBlank(r), lengthOf(r));
    }
    list.append(changetype<usize>(makeLine(text.at, text.length)));
  }
  replaceLines(r1, r2 - r1 + 1, list);
}

/** Case of a range: 0 the other one, 1 lower, 2 upper. */
export function changeCase(r1: i32, c1: i32, r2: i32, c2: i32, lines: bool, how: i32): void {
  const room = memory.data(8);
  for (let r = r1; r <= r2; r++) {
    const from = lines || r > r1 ? 0 : c1;
    const end = lines || r < r2 ? lengthOf(r) : c2;
    const text = make<Buffer>();
    addPart(text, lineAt(r), 0, from);
    for (let at = from; at < end; at = nextCharacter(r, at)) {
      const code = codeAt(r, at);
      if (code >= 0x110000) {
        text.byte(<u8>(code & 0xff));
        continue;
      }
      const up = how == 2 || (how == 0 && isLower(code));
      const down = how == 1 || (how == 0 && isUpper(code));
      const stop = encodeCodePoint(up ? toUpper(code) : down ? toLower(code) : code, room);
      text.range(room, stop - room);
    }
    addPart(text, lineAt(r), end, lengthOf(r));
    setLine(r, text.at, text.length);
  }
}

/** r: each character of a range becomes `code`; a newline breaks the line. */
export function replaceCharacters(r: i32, c: i32, end: i32, code: u32): void {
  const room = memory.data(8);
  const size = encodeCodePoint(code, room) - room;
  const text = make<Buffer>();
  addPart(text, lineAt(r), 0, c);
  for (let at = c; at < end; at = nextCharacter(r, at)) text.range(room, size);
  addPart(text, lineAt(r), end, lengthOf(r));
  setLine(r, text.at, text.length);
}
