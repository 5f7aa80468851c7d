// Pattern matching notation. Source: POSIX 2.13.1 and 2.13.2.
//
// Rules: in a pattern a backslash makes the next byte an ordinary one: that is how quoted characters get here. Text is
// UTF-8: ? and […] match a character.

import { characterAt, characterLength, findClass, classRanges, isWideClass } from '../lib/regex/characters';

/** Whether the text from `text` to `end` as a whole matches the pattern, which ends with 0. */
export function matchPattern(pattern: usize, text: usize, end: usize): bool {
  // Where to go on after the last *, with one more character given to it.
  let retryPattern: usize = 0;
  let retryText: usize = 0;
  while (true) {
    const byte = load<u8>(pattern);
    if (byte == 0x2a) {
      while (load<u8>(pattern) == 0x2a) pattern++;
      if (!load<u8>(pattern)) return true;
      retryPattern = pattern;
      retryText = text;
      continue;
    }
    if (text == end) {
      if (!byte) return true;
    } else if (byte) {
      const next = matchOne(pattern, text, end);
      if (next) {
        pattern = next;
        text += taken;
        continue;
      }
    }
    if (!retryPattern || retryText >= end) return false;
    characterAt(retryText, end);
    retryText += characterLength();
    pattern = retryPattern;
    text = retryText;
  }
  return false;
}

/** Bytes of the text that matchOne() took. */
let taken: usize = 0;

/** Matches one character; the rest of the pattern, or 0. */
function matchOne(pattern: usize, text: usize, end: usize): usize {
  const byte = load<u8>(pattern);
  taken = 1;
  if (byte == 0x3f) {
    characterAt(text, end);
    taken = characterLength();
    return pattern + 1;
  }
  if (byte == 0x5b) {
    const close = bracketEnd(pattern);
    if (close) {
      const code = characterAt(text, end);
      const size = characterLength();
      const matched = inBracket(pattern, close, code);
      taken = size;
      return matched ? close + 1 : 0;
    }
  }
  if (byte == 0x5c && load<u8>(pattern, 1)) return load<u8>(pattern, 1) == load<u8>(text) ? pattern + 2 : 0;
  return byte == load<u8>(text) ? pattern + 1 : 0;
}

/** The ] that ends the bracket expression; 0 when the [ is an ordinary character. */
function bracketEnd(at: usize): usize {
  at++;
  if (load<u8>(at) == 0x21 || load<u8>(at) == 0x5e) at++;
  let isFirst = true;
  while (load<u8>(at)) {
    const byte = load<u8>(at);
    if (byte == 0x5d && !isFirst) return at;
    isFirst = false;
    if (byte == 0x5c && load<u8>(at, 1)) at += 2;
    else if (byte == 0x5b && isMark(load<u8>(at, 1))) {
      const mark = load<u8>(at, 1);
      let close = at + 2;
      while (load<u8>(close) && !(load<u8>(close) == mark && load<u8>(close, 1) == 0x5d)) close++;
      at = load<u8>(close) ? close + 2 : at + 1;
    } else at++;
  }
  return 0;
}

function isMark(byte: u8): bool {
  return byte == 0x3a || byte == 0x2e || byte == 0x3d;
}

let pointEnd: usize = 0;

/** One end of a range; pointEnd is then behind it. */
function point(at: usize, close: usize): u32 {
  let byte = load<u8>(at);
  if (byte == 0x5b && (load<u8>(at, 1) == 0x2e || load<u8>(at, 1) == 0x3d)) {
    const code = characterAt(at + 2, close);
    pointEnd = at + 2 + characterLength() + 2;
    return code;
  }
  if (byte == 0x5c && at + 1 < close) at++;
  const code = characterAt(at, close);
  pointEnd = at + characterLength();
  return code;
}

function inBracket(at: usize, close: usize, code: u32): bool {
  at++;
  const negated = load<u8>(at) == 0x21 || load<u8>(at) == 0x5e;
  if (negated) at++;
  let found = false;
  while (at < close) {
    if (load<u8>(at) == 0x5b && load<u8>(at, 1) == 0x3a) {
      let end = at + 2;
      while (load<u8>(end) != 0x3a) end++;
      if (inClass(at + 2, end - at - 2, code)) found = true;
      at = end + 2;
      continue;
    }
    const from = point(at, close);
    at = pointEnd;
    let to = from;
    if (load<u8>(at) == 0x2d && at + 1 < close) {
      to = point(at + 1, close);
      at = pointEnd;
    }
    if (code >= from && code <= to) found = true;
  }
  return found != negated;
}

function inClass(name: usize, size: usize, code: u32): bool {
  const kind = findClass(name, size);
  if (kind < 0) return false;
  if (code >= 0xa0) return isWideClass(kind);
  const ranges = classRanges(kind);
  for (let i = 0, length = ranges.length; i < length; i += 2) {
    if (code >= <u32>ranges.charCodeAt(i) && code <= <u32>ranges.charCodeAt(i + 1)) return true;
  }
  return false;
}

/** Whether the pattern has no * ? [ and no backslash. */
export function isLiteralPattern(pattern: usize): bool {
  for (; load<u8>(pattern); pattern++) {
    const byte = load<u8>(pattern);
    if (byte == 0x2a || byte == 0x3f || byte == 0x5b || byte == 0x5c) return false;
  }
  return true;
}

/** Removes the backslashes that quote, in place; returns the length. */
export function unquotePattern(at: usize): usize {
  let to = at;
  let from = at;
  while (load<u8>(from)) {
    if (load<u8>(from) == 0x5c && load<u8>(from, 1)) from++;
    store<u8>(to++, load<u8>(from++));
  }
  store<u8>(to, 0);
  return to - at;
}

/** Whether there is a * or ?, or a [ with a ] somewhere behind it, that no backslash quotes. */
export function hasPattern(at: usize): bool {
  let open = false;
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte == 0x5c && load<u8>(at, 1)) at++;
    else if (byte == 0x2a || byte == 0x3f || (byte == 0x5d && open)) return true;
    else if (byte == 0x5b) open = true;
  }
  return false;
}
