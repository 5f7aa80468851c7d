// What the editor knows besides the text: cursor, options, registers, marks, the last search; and keys, typed or replayed.

import { Buffer } from '../lib/buffer';
import { characterAt, characterSize } from '../lib/characters';
import { readKey } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { Regex } from '../lib/regex';
import { lengthOf, lineAt, lineCount } from './lines';

export const enum Mode {
  normal,
  insert,
  replace,
  visual,
  visualLine,
}

export const ESCAPE: i32 = 27;

/** The cursor: a line and a byte in it, and the column that up and down try to keep. */
export let row = 0;
export let column = 0;
export let wish = 0;
export let mode: i32 = Mode.normal;
/** The other end of what visual mode marks. */
export let anchorRow = 0;
export let anchorColumn = 0;
/** The first row on the screen. */
export let top = 0;
export let finished = false;
export let exitStatus = 0;

/** Options of :set. */
export let numbers = false;
export let list = false;
export let ignoreCase = false;
export let smartCase = false;
export let autoIndent = true;
export let expandTabs = false;
export let wrapScan = true;
export let highlight = false;
export let showMode = true;
export let readOnly = false;
export let tabStop = 8;
export let shiftWidth = 8;

export function setOption(name: i32, value: i32): void {
  const on = value != 0;
  switch (name) {
    case 0:
      numbers = on;
      return;
    case 1:
      list = on;
      return;
    case 2:
      ignoreCase = on;
      return;
    case 3:
      smartCase = on;
      return;
    case 4:
      autoIndent = on;
      return;
    case 5:
      expandTabs = on;
      return;
    case 6:
      wrapScan = on;
      return;
    case 7:
      highlight = on;
      return;
    case 8:
      showMode = on;
      return;
    case 9:
      readOnly = on;
      return;
    case 10:
      tabStop = max(1, min(value, 64));
      return;
    default:
      shiftWidth = max(1, min(value, 64));
  }
}

export function getOption(name: i32): i32 {
  switch (name) {
    case 0:
      return numbers ? 1 : 0;
    case 1:
      return list ? 1 : 0;
    case 2:
      return ignoreCase ? 1 : 0;
    case 3:
      return smartCase ? 1 : 0;
    case 4:
      return autoIndent ? 1 : 0;
    case 5:
      return expandTabs ? 1 : 0;
    case 6:
      return wrapScan ? 1 : 0;
    case 7:
      return highlight ? 1 : 0;
    case 8:
      return showMode ? 1 : 0;
    case 9:
      return readOnly ? 1 : 0;
    case 10:
      return tabStop;
    default:
      return shiftWidth;
  }
}

export function setMode(next: i32): void {
  mode = next;
}
export function setTop(line: i32): void {
  top = line;
}
export function setAnchor(r: i32, c: i32): void {
  anchorRow = r;
  anchorColumn = c;
}
export function finish(status: i32): void {
  finished = true;
  exitStatus = status;
}

/** Start of the character before byte `at` of the row; 0 at the begin. */
export function previousCharacter(r: i32, at: i32): i32 {
  const line = lineAt(r);
  let i = at - 1;
  while (i > 0 && (load<u8>(line.at + <usize>i) & 0xc0) == 0x80) i--;
  return max(0, i);
}

/** Start of the character after the one at byte `at`. */
export function nextCharacter(r: i32, at: i32): i32 {
  const line = lineAt(r);
  if (at >= <i32>line.length) return <i32>line.length;
  characterAt(line.at + <usize>at, line.at + line.length);
  return at + <i32>characterSize();
}

export function codeAt(r: i32, at: i32): u32 {
  const line = lineAt(r);
  return at < <i32>line.length ? characterAt(line.at + <usize>at, line.at + line.length) : 10;
}

/** The last byte position that a cursor of normal mode may have. */
export function lastColumn(r: i32): i32 {
  const length = lengthOf(r);
  return length ? previousCharacter(r, length) : 0;
}

/** Moves the cursor, kept in the text. In insert and visual mode it may stand behind the last character. */
export function moveTo(r: i32, c: i32): void {
  row = max(0, min(r, lineCount() - 1));
  const limit = mode == Mode.normal ? lastColumn(row) : lengthOf(row);
  column = max(0, min(c, limit));
  wish = column;
}

/** As moveTo(), but up and down go on trying the column they tried before. */
export function moveKeeping(r: i32, c: i32, keep: i32): void {
  moveTo(r, c);
  wish = keep;
}

export function firstNonBlank(r: i32): i32 {
  const line = lineAt(r);
  let i = 0;
  while (i < <i32>line.length && (load<u8>(line.at + <usize>i) == 32 || load<u8>(line.at + <usize>i) == 9))
    i++;
  return i;
}

/** The message of the bottom line. */
export const messageText = memory.data(400);
export let hasMessage = false;
export let isError = false;

export function say(format: string, a: u64 = 0, b: u64 = 0, c: u64 = 0): void {
  snprintf(messageText, 400, format, a, b, c);
  hasMessage = true;
  isError = false;
}

export function fail(format: string, a: u64 = 0, b: u64 = 0): void {
  say(format, a, b);
  isError = true;
  stopReplay();
}

export function clearMessage(): void {
  hasMessage = false;
}

/** Registers: a–z, the unnamed one, 1–9. */
export const UNNAMED: i32 = 26;
const REGISTERS: i32 = 36;
const registers = make<List>();
const registerKinds = memory.data(36);

export function registerOf(index: i32): Buffer {
  while (registers.length < REGISTERS) registers.append(changetype<usize>(make<Buffer>()));
  return changetype<Buffer>(registers.get(index));
}

export function registerIsLines(index: i32): bool {
  return load<u8>(registerKinds + <usize>index) != 0;
}

export function setRegisterKind(index: i32, lines: bool): void {
  store<u8>(registerKinds + <usize>index, lines ? 1 : 0);
}

/** The register that a letter names; -1: none. */
export function registerIndex(letter: i32): i32 {
  if (letter >= 0x61 && letter <= 0x7a) return letter - 0x61;
  if (letter >= 0x41 && letter <= 0x5a) return letter - 0x41;
  if (letter >= 0x31 && letter <= 0x39) return 27 + letter - 0x31;
  return letter == 0x22 ? UNNAMED : -1;
}

/** Marks: a–z, then `'` (before the last jump), `<` and `>` (what visual mode marked), `[` and `]`. */
const marks = memory.data(31 * 8, 8);

export function markIndex(letter: i32): i32 {
  if (letter >= 0x61 && letter <= 0x7a) return letter - 0x61;
  if (letter == 0x27 || letter == 0x60) return 26;
  if (letter == 0x3c) return 27;
  if (letter == 0x3e) return 28;
  if (letter == 0x5b) return 29;
  return letter == 0x5d ? 30 : -1;
}

/** Rows are stored plus one: 0 is a mark that is not set. */
export function setMark(index: i32, r: i32, c: i32): void {
  store<i32>(marks + <usize>index * 8, r + 1);
  store<i32>(marks + <usize>index * 8, c, 4);
}

/** The mark's row, or -1. */
export function markRow(index: i32): i32 {
  const r = load<i32>(marks + <usize>index * 8) - 1;
  return r < lineCount() ? r : -1;
}

export function markColumn(index: i32): i32 {
  return load<i32>(marks + <usize>index * 8, 4);
}

export function rememberJump(): void {
  setMark(26, row, column);
}

/** The last search. */
export let pattern: Regex | null = null;
export let searchBackward = false;
export const patternText = make<Buffer>();

export function setPattern(regex: Regex | null, backward: bool): void {
  pattern = regex;
  searchBackward = backward;
}

/** Keys to come before those that are typed, and what is being recorded. */
const replay = make<List>();
let replayAt = 0;
const command = make<List>();
const lastChange = make<List>();
const macroKeys = make<List>();
export let recording = -1;
/** The keys of this command change the text: `.` repeats them. */
let changes = false;

/** The next key. Sizes that change meanwhile are given as Key.resize. */
export function nextKey(): i32 {
  if (replayAt < replay.length) {
    const key = <i32>replay.get(replayAt++);
    if (replayAt == replay.length) {
      replay.length = 0;
      replayAt = 0;
    }
    command.append(key);
    return key;
  }
  const key = readKey(-1);
  if (key != Key.resize) {
    command.append(key);
    if (recording >= 0) macroKeys.append(key);
  }
  return key;
}

export function isReplaying(): bool {
  return replayAt < replay.length;
}

export function stopReplay(): void {
  replay.length = 0;
  replayAt = 0;
}

/** A command begins. */
export function beginCommand(): void {
  command.length = 0;
  changes = false;
}

/** This command is one that `.` repeats. */
export function markAsChange(): void {
  changes = true;
}

export function endCommand(): void {
  if (!changes) return;
  lastChange.length = 0;
  for (let i = 0; i < command.length; i++) lastChange.append(command.get(i));
}

function insertReplay(keys: List): void {
  const rest = make<List>();
  for (let i = replayAt; i < replay.length; i++) rest.append(replay.get(i));
  replay.length = 0;
  replayAt = 0;
  for (let i = 0; i < keys.length; i++) replay.append(keys.get(i));
  for (let i = 0; i < rest.length; i++) replay.append(rest.get(i));
}

/** `.` */
export function repeatChange(): bool {
  if (!lastChange.length) return false;
  insertReplay(lastChange);
  return true;
}

export function startRecording(register: i32): void {
  recording = register;
  macroKeys.length = 0;
}

/** q: without the q itself. */
export function stopRecording(): void {
  const to = registerOf(recording);
  to.clear();
  for (let i = 0; i + 1 < macroKeys.length; i++) {
    const key = <u32>macroKeys.get(i);
    to.byte(<u8>key);
    to.byte(<u8>(key >> 8));
    to.byte(<u8>(key >> 16));
  }
  setRegisterKind(recording, false);
  macroRegister = recording;
  recording = -1;
}
let macroRegister = -1;

/** @: keys of a register, recorded as three bytes a key; text that was yanked is typed as it is. */
export function playRegister(register: i32, times: i32): void {
  const from = registerOf(register);
  const keys = make<List>();
  const recorded = register == macroRegister;
  for (let n = 0; n < times; n++) {
    for (let i: usize = 0; i < from.length; i += recorded ? 3 : 1) {
      const at = from.at + i;
      if (recorded) {
        keys.append(
          (<usize>load<u8>(at)) | ((<usize>load<u8>(at + 1)) << 8) | ((<usize>load<u8>(at + 2)) << 16),
        );
      } else keys.append(load<u8>(at));
    }
  }
  insertReplay(keys);
}

/** Name of the file being edited; 0: none yet. */
export let fileName: usize = 0;

export function setFileName(name: usize): void {
  fileName = name;
}

export function shownName(): usize {
  return fileName ? fileName : literal('[no name]');
}
