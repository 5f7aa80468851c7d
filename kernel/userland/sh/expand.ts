// Word expansion: tilde, parameters, field splitting, pathnames, quote removal. Source: POSIX 2.6.
//
// Rules: expandWord() appends the fields that a word becomes, expandToOne() gives one string without splitting. All
// results are the caller's to free. Within a field that is being built, a byte that was quoted is marked by a 1 byte
// before it (MARK of glob.ts), so that pathname expansion leaves it alone; marks go at the end.

import { Buffer, freeBuffer, takeBytes } from '../lib/buffer';
import { duplicateRange } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { parsed, scanDigits } from '../lib/number';
import { snprintf } from '../lib/printf';
import { message } from '../lib/report';
import { expandPathnames, hasPattern, MARK } from './glob';
import { isDigit, nameEnd } from './name';
import { lastBackground, lastStatus, parameters, shellName, shellPid } from './state';
import { setVariable, variable } from './variables';

const field = make<Buffer>();
/** A field exists even if it is empty: something was quoted. */
let present = false;
let splitting = false;
let output: List = changetype<List>(<usize>0);
let failed = false;

/** Appends the fields of `word`; false after a message. */
export function expandWord(word: usize, to: List): bool {
  begin(to, true);
  walk(word);
  endField();
  return !failed;
}

/** The word without splitting and pathnames; 0 after a message. */
export function expandToOne(word: usize): usize {
  begin(changetype<List>(<usize>0), false);
  walk(word);
  if (failed) return 0;
  unmark(field);
  return takeBytes(field);
}

function begin(to: List, split: bool): void {
  output = to;
  splitting = split;
  present = false;
  failed = false;
  field.clear();
}

function quoted(byte: u8): void {
  field.byte(MARK);
  field.byte(byte);
  present = true;
}

function walk(word: usize): void {
  let at = word;
  if (load<u8>(at) == 0x7e) at = tilde(at);
  while (load<u8>(at) && !failed) {
    const byte = load<u8>(at);
    if (byte == 0x27) {
      present = true;
      for (at++; load<u8>(at) != 0x27; at++) quoted(load<u8>(at));
      at++;
    } else if (byte == 0x22) at = doubleQuoted(at + 1);
    else if (byte == 0x5c) {
      quoted(load<u8>(at, 1));
      at += 2;
    } else if (byte == 0x24) at = dollar(at, false);
    else {
      if (byte == MARK) quoted(byte);
      else field.byte(byte);
      at++;
    }
  }
}

/** After the opening quote; returns the address after the closing one. */
function doubleQuoted(at: usize): usize {
  present = true;
  while (load<u8>(at) != 0x22 && !failed) {
    const byte = load<u8>(at);
    const next = load<u8>(at, 1);
    if (byte == 0x24) at = dollar(at, true);
    else if (byte == 0x5c && (next == 0x24 || next == 0x60 || next == 0x22 || next == 0x5c)) {
      quoted(next);
      at += 2;
    } else {
      quoted(byte);
      at++;
    }
  }
  return at + 1;
}

/** ~ and ~/…: the home directory. ~user is left as it is: there is no user database. */
function tilde(at: usize): usize {
  const next = load<u8>(at, 1);
  const home = next == 0 || next == 0x2f ? variable(literal('HOME')) : 0;
  if (!home) return at;
  for (let from = home; load<u8>(from); from++) quoted(load<u8>(from));
  return at + 1;
}

/** A parameter at `$`; returns the address after it. */
function dollar(at: usize, inQuotes: bool): usize {
  const next = load<u8>(at, 1);
  if (next == 0x7b) return braced(at + 2, inQuotes);
  let end = nameEnd(at + 1);
  if (end == at + 1) {
    if (!isDigit(next) && !isSpecial(next)) {
      field.byte(0x24);
      return at + 1;
    }
    end++;
  }
  if ((next == 0x40 || next == 0x2a) && end == at + 2) allParameters(next == 0x40, inQuotes);
  else {
    const name = mustAllocate(duplicateRange(at + 1, end - at - 1));
    const value = parameter(name);
    if (value) insert(value, inQuotes);
    free(name);
  }
  return end;
}

function isSpecial(byte: u8): bool {
  return (
    byte == 0x3f ||
    byte == 0x24 ||
    byte == 0x21 ||
    byte == 0x23 ||
    byte == 0x40 ||
    byte == 0x2a ||
    byte == 0x2d
  );
}

/** ${NAME}, ${#NAME}, and ${NAME-word} with - = + ? and : before them. */
function braced(at: usize, inQuotes: bool): usize {
  const wantsLength = load<u8>(at) == 0x23 && load<u8>(at, 1) != 0x7d;
  if (wantsLength) at++;
  let end = nameEnd(at);
  if (end == at) {
    if (isDigit(load<u8>(at))) end = scanDigits(at);
    else if (isSpecial(load<u8>(at))) end++;
  }
  const closing = closingBrace(end);
  if (end == at) return bad(at, closing);
  const name = mustAllocate(duplicateRange(at, end - at));
  const value = parameter(name);
  if (wantsLength) {
    if (load<u8>(end) != 0x7d) bad(at, closing);
    else insertNumber(value ? length(value) : 0, inQuotes);
  } else if (load<u8>(end) == 0x7d) {
    if (value) insert(value, inQuotes);
  } else if (!alternative(name, value, end, closing, inQuotes)) bad(at, closing);
  free(name);
  return closing + 1;
}

function length(at: usize): i64 {
  let characters: i64 = 0;
  for (; load<u8>(at); at++) if ((load<u8>(at) & 0xc0) != 0x80) characters++;
  return characters;
}

function bad(at: usize, closing: usize): usize {
  message()
    .text('bad substitution: ${')
    .range(at, closing - at)
    .text('}')
    .newline();
  failed = true;
  return closing + 1;
}

/** The brace that ends the expansion whose text begins at `at`. */
function closingBrace(at: usize): usize {
  let depth = 0;
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte == 0x5c && load<u8>(at, 1)) at++;
    else if (byte == 0x27) for (at++; load<u8>(at) != 0x27; at++) continue;
    else if (byte == 0x7b) depth++;
    else if (byte == 0x7d && !depth--) break;
  }
  return at;
}

/** POSIX 2.6.2: use (-), assign (=), complain (?), or replace (+). False when it is none of these. */
function alternative(name: usize, value: usize, at: usize, closing: usize, inQuotes: bool): bool {
  const colon = load<u8>(at) == 0x3a;
  if (colon) at++;
  const missing = !value || (colon && !load<u8>(value));
  const operator = load<u8>(at);
  if (operator != 0x2b && operator != 0x2d && operator != 0x3d && operator != 0x3f) return false;
  const word = mustAllocate(duplicateRange(at + 1, closing - at - 1));
  if (operator == 0x2b) {
    if (!missing) insertWord(word, inQuotes);
  } else if (!missing) insert(value, inQuotes);
  else if (operator == 0x2d) insertWord(word, inQuotes);
  else if (operator == 0x3d) {
    const text = expandNested(word);
    if (text) {
      setVariable(name, text);
      insert(text, inQuotes);
      free(text);
    }
  } else {
    const text = expandNested(word);
    message()
      .bytes(name)
      .text(': ')
      .bytes(text && load<u8>(text) ? text : literal('parameter not set'))
      .newline();
    free(text);
    failed = true;
  }
  free(word);
  return true;
}

/** The word of an alternative, expanded in the field that is being built. */
function insertWord(word: usize, inQuotes: bool): void {
  const text = expandNested(word);
  if (!text) return;
  insert(text, inQuotes);
  free(text);
}

/** expandToOne() while another expansion is under way; 0 after a message. */
function expandNested(word: usize): usize {
  const outer = takeBytes(field);
  const outerOutput = output;
  const outerSplitting = splitting;
  const outerPresent = present;
  const text = expandToOne(word);
  const outerFailed = failed;
  begin(outerOutput, outerSplitting);
  failed = outerFailed;
  present = outerPresent;
  field.bytes(outer);
  free(outer);
  return text;
}

/** The value of a parameter or variable; 0 when it is not set. Valid until the next call. */
function parameter(name: usize): usize {
  const text = memory.data(24);
  const first = load<u8>(name);
  if (isDigit(first)) {
    scanDigits(name);
    const index = parsed();
    if (index == 0) return shellName;
    return index <= parameters.length ? parameters.get(<i32>index - 1) : 0;
  }
  if (nameEnd(name) > name) return variable(name);
  if (first == 0x21 && !lastBackground) return 0;
  let value: i64 = lastStatus;
  if (first == 0x24) value = shellPid;
  else if (first == 0x21) value = lastBackground;
  else if (first == 0x23) value = parameters.length;
  else if (first == 0x2d) return literal('');
  snprintf(text, 24, '%d', value);
  return text;
}

function insertNumber(value: i64, inQuotes: bool): void {
  const text = memory.data(24);
  snprintf(text, 24, '%d', value);
  insert(text, inQuotes);
}

/** $* and $@ */
function allParameters(separate: bool, inQuotes: bool): void {
  if (inQuotes && separate && !parameters.length) present = field.length > 0;
  for (let i = 0; i < parameters.length; i++) {
    if (i) {
      if (splitting && (separate || !inQuotes)) endField();
      else quoted(0x20);
    }
    insert(parameters.get(i), inQuotes);
    if (inQuotes) present = true;
  }
}

/** Puts a value into the field, splitting it at blanks and newlines where that is due. */
function insert(value: usize, inQuotes: bool): void {
  for (; load<u8>(value); value++) {
    const byte = load<u8>(value);
    if (inQuotes || !splitting) quoted(byte);
    else if (byte == 0x20 || byte == 0x09 || byte == 0x0a) endField();
    else if (byte == MARK) quoted(byte);
    else field.byte(byte);
  }
}

/** Ends the field that is being built, if there is one. */
function endField(): void {
  if (!splitting || (!present && !field.length)) return;
  if (!hasPattern(field.at) || !expandPathnames(field.at, output)) {
    unmark(field);
    assert(output.append(takeBytes(field)), 'out of memory');
  }
  freeBuffer(field);
  field.clear();
  present = false;
}

/** Removes the marks. */
function unmark(text: Buffer): void {
  let to: usize = 0;
  for (let from: usize = 0; from < text.length; from++) {
    if (load<u8>(text.at + from) == MARK) from++;
    store<u8>(text.at + to++, load<u8>(text.at + from));
  }
  text.remove(to, text.length - to);
}
