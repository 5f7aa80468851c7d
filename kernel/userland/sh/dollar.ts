// What begins with $: parameters. Source: POSIX 2.6.2.

import { literal } from '../lib/literal';
import { Modifier, Part, PartKind } from './ast';
import { dollarQuoted } from './dollar-quotes';
import { doubleQuoted, quotedByte, unquotedByte } from './quoting';
import { advance, END, peekJoined, peekSecond, position } from './source';
import { arithmetic, commandInParentheses } from './substitution-syntax';
import { failSyntax, syntaxError } from './syntax';
import { tilde } from './tilde';
import { findVariable } from './variables';
import {
  addPart,
  endParts,
  firstPart,
  flushRun,
  lastPart,
  put,
  run,
  setParts,
  startParts,
} from './word-builder';
import { isNameByte, isSpecial } from './word-bytes';

/** What begins with $. */
export function dollar(quoted: bool): void {
  advance();
  const byte = peekJoined();
  if (byte == 0x28) {
    advance();
    if (peekJoined() == 0x28 && arithmetic(quoted)) return;
    commandInParentheses(quoted);
    return;
  }
  if (byte == 0x7b) {
    advance();
    braced(quoted);
    return;
  }
  if (byte == 0x27 && !quoted) {
    dollarQuoted();
    return;
  }
  if (byte == END || !(isNameByte(byte) || isSpecial(byte))) {
    put(0x24, quoted);
    return;
  }
  const part = addPart(PartKind.parameter, quoted);
  if (byte >= 0x30 && byte <= 0x39) {
    part.index = byte - 0x30;
    advance();
  } else if (isNameByte(byte)) name(part);
  else {
    part.special = <u8>byte;
    advance();
  }
}

/** Reads a name into the part. */
function name(part: Part): void {
  let byte = peekJoined();
  while (isNameByte(byte)) {
    run.byte(<u8>byte);
    advance();
    byte = peekJoined();
  }
  part.variable = findVariable(run.at, run.length);
  run.clear();
}

/** ${…}, behind the brace. */
function braced(quoted: bool): void {
  const part = addPart(PartKind.parameter, quoted);
  let byte = peekJoined();
  if (byte == 0x23) {
    // ${#} ${#-word} … are the parameter #; ${#x} is a length.
    const second = peekSecond();
    const isLength =
      isNameByte(second) ||
      ((second == 0x40 ||
        second == 0x2a ||
        second == 0x3f ||
        second == 0x2d ||
        second == 0x24 ||
        second == 0x21 ||
        second == 0x23) &&
        thirdIsBrace());
    if (isLength) {
      part.modifier = Modifier.length;
      advance();
      byte = peekJoined();
    }
  }
  if (byte >= 0x30 && byte <= 0x39) {
    let value: i64 = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      if (value < 1000000000) value = value * 10 + byte - 0x30;
      advance();
      byte = peekJoined();
    }
    part.index = <i32>value;
  } else if (isNameByte(byte)) name(part);
  else if (isSpecial(byte)) {
    part.special = <u8>byte;
    advance();
  } else part.modifier = Modifier.bad;
  byte = peekJoined();
  if (byte == 0x7d && part.modifier != Modifier.bad) {
    advance();
    return;
  }
  if (part.modifier == Modifier.none) modifier(part, byte);
  else part.modifier = Modifier.bad;
  bracedWord(part, quoted);
}

function thirdIsBrace(): bool {
  const here = position();
  return peekSecond() != END && load<u8>(here, 2) == 0x7d;
}

function modifier(part: Part, byte: i32): void {
  part.modifier = Modifier.bad;
  if (byte == 0x3a) {
    part.colon = true;
    advance();
    byte = peekJoined();
  }
  if (byte == 0x2d) part.modifier = Modifier.use;
  else if (byte == 0x3d) part.modifier = Modifier.assign;
  else if (byte == 0x3f) part.modifier = Modifier.complain;
  else if (byte == 0x2b) part.modifier = Modifier.replace;
  else if (!part.colon && (byte == 0x23 || byte == 0x25)) {
    advance();
    const double = peekJoined() == byte;
    if (double) advance();
    if (byte == 0x23) part.modifier = double ? Modifier.longPrefix : Modifier.prefix;
    else part.modifier = double ? Modifier.longSuffix : Modifier.suffix;
    return;
  } else return;
  advance();
}

/** The word behind the modifier, through the closing brace. */
function bracedWord(part: Part, quoted: bool): void {
  // The quotes around a pattern do not quote it (POSIX 2.6.2).
  const isPattern = part.modifier >= Modifier.prefix && part.modifier <= Modifier.longSuffix;
  const inQuotes = quoted && !isPattern;
  flushRun();
  const outerFirst = firstPart;
  const outerLast = lastPart;
  startParts();
  let byte = peekJoined();
  if (byte == 0x7e && !inQuotes) tilde();
  for (byte = peekJoined(); byte != 0x7d && !syntaxError; byte = peekJoined()) {
    if (byte == END) {
      failSyntax(literal('missing "}"'));
      break;
    }
    if (inQuotes && byte == 0x22) doubleQuoted();
    else if (inQuotes && byte == 0x5c && peekSecond() == 0x7d) {
      advance();
      put(0x7d, true);
      advance();
    } else if (inQuotes) quotedByte(byte, 0x22);
    else unquotedByte(byte);
  }
  if (byte == 0x7d) advance();
  part.word = endParts();
  setParts(outerFirst, outerLast);
}
