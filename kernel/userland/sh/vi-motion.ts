// Where vi's motions lead within the edited line. Source: POSIX sh, "Command Line Editing (vi-mode)", motion edit commands.

import { byteLength } from '../lib/bytes';
import { Key } from '../lib/keys';
import { cursor, line, nextCharacter, previousCharacter } from './edit-line';
import { readCharacter } from './vi-input';

/** Where the last motion leads. */
export let target: usize = 0;
/** An operator takes the character at the target, too. */
export let isInclusive = false;
/** Whether the last motion leads anywhere. */
export let reached = true;

/** The last f F t T: its letter (0: none yet) and its character. */
let findKey: i32 = 0;
const findCharacter = memory.data(8);

const enum Class {
  blank,
  word,
  other,
}

function classAt(at: usize, big: bool): i32 {
  const byte = load<u8>(line.at + at);
  if (byte == 0x20 || byte == 0x09) return Class.blank;
  if (big) return Class.word;
  const lower = byte | 0x20;
  const isWord =
    byte >= 0x80 || byte == 0x5f || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
  return isWord ? Class.word : Class.other;
}

/** w and W: the begin of the next word, or the end of the line. */
function nextStart(at: usize, big: bool): usize {
  if (at >= line.length) return at;
  const here = classAt(at, big);
  while (at < line.length && here != Class.blank && classAt(at, big) == here) at++;
  while (at < line.length && classAt(at, big) == Class.blank) at++;
  return at;
}

/** cw and cW: behind this word, not at the next one. */
export function moveBehindWord(count: i32, big: bool): void {
  target = cursor;
  isInclusive = false;
  for (let i = 0; i < max<i32>(count, 1) && target < line.length; i++) {
    if (i) target = nextStart(target, big);
    const here = target < line.length ? classAt(target, big) : 0;
    while (target < line.length && classAt(target, big) == here) target++;
  }
}

/** e and E: the last character of this word, or of the next. */
export function wordEnd(at: usize, big: bool): usize {
  at = nextCharacter(at);
  while (at < line.length && classAt(at, big) == Class.blank) at++;
  if (at >= line.length) return lastCharacter();
  const here = classAt(at, big);
  while (at < line.length && classAt(at, big) == here) at++;
  return previousCharacter(at);
}

/** b and B: the begin of this word, or of the one before. */
export function wordStart(at: usize, big: bool): usize {
  while (at && classAt(at - 1, big) == Class.blank) at--;
  if (!at) return 0;
  const here = classAt(at - 1, big);
  while (at && classAt(at - 1, big) == here) at--;
  return at;
}

/** Where the cursor stands in command mode at the most. */
export function lastCharacter(): usize {
  return previousCharacter(line.length);
}

export function isBlankAt(at: usize): bool {
  return at >= line.length || classAt(at, true) == Class.blank;
}

function firstNonBlank(): usize {
  let at: usize = 0;
  while (at < line.length && classAt(at, true) == Class.blank) at++;
  return at;
}

function matchesAt(at: usize): bool {
  const size = byteLength(findCharacter);
  return at + size <= line.length && memory.compare(line.at + at, findCharacter, size) == 0;
}

/** f F t T from the cursor, `count` times; false when there are not that many. */
function find(key: i32, count: i32): bool {
  const forward = key == 0x66 || key == 0x74;
  const before = key == 0x74 || key == 0x54;
  let at = cursor;
  for (let found = 0; found < count;) {
    if (forward ? at >= line.length : !at) return false;
    at = forward ? nextCharacter(at) : previousCharacter(at);
    if (at < line.length && matchesAt(at)) found++;
  }
  if (before) at = forward ? previousCharacter(at) : nextCharacter(at);
  target = at;
  isInclusive = forward;
  return true;
}

/** ; and , : the last find again, or the other way round. */
function repeatFind(count: i32, reversed: bool): bool {
  if (!findKey) return false;
  return find(reversed ? findKey ^ 0x20 : findKey, count);
}

function step(key: i32, at: usize): usize {
  switch (key) {
    case 0x77: // w
    case 0x57:
      return nextStart(at, key == 0x57);
    case 0x65: // e
    case 0x45:
      return wordEnd(at, key == 0x45);
    case 0x62: // b
    case 0x42:
      return wordStart(at, key == 0x42);
    case 0x68: // h
    case 0x08:
    case 0x7f:
    case Key.left:
      return previousCharacter(at);
    default:
      return nextCharacter(at);
  }
}

/** Whether the key is a motion; then `reached` tells whether there is where it leads. `count` is 0 when none was given. */
export function isMotion(key: i32, count: i32): bool {
  const times = max<i32>(count, 1);
  isInclusive = false;
  reached = true;
  target = cursor;
  switch (key) {
    case 0x68: // h
    case 0x08:
    case 0x7f:
    case Key.left:
    case 0x6c: // l
    case 0x20:
    case Key.right:
    case 0x77: // w
    case 0x57:
    case 0x62: // b
    case 0x42:
    case 0x65: // e
    case 0x45:
      isInclusive = key == 0x65 || key == 0x45;
      for (let i = 0; i < times; i++) target = step(key, target);
      reached = target != cursor || isInclusive;
      return true;
    case 0x30: // 0
    case Key.home:
      target = 0;
      return true;
    case 0x24: // $
    case Key.end:
      target = line.length;
      return true;
    case 0x5e: // ^
      target = firstNonBlank();
      return true;
    case 0x7c: // |
      target = 0;
      for (let i = 1; i < times; i++) target = nextCharacter(target);
      return true;
    case 0x66: // f
    case 0x46:
    case 0x74: // t
    case 0x54:
      findKey = key;
      reached = readCharacter(findCharacter) && find(key, times);
      return true;
    case 0x3b: // ;
    case 0x2c: // ,
      reached = repeatFind(times, key == 0x2c);
      return true;
    default:
      return false;
  }
}
