// Word expansion: tilde, parameters, commands, arithmetic, field splitting, pathnames, quote removal. Source: POSIX 2.6.
//
// Rules: results are in memory of stack.ts, or in the tree when nothing had to be expanded: nobody writes into them.
// After an error a message has been printed and fatal() called; an interactive shell then sees false, or 0.
// While a field is built for patterns, a backslash stands before each byte that was quoted and means something there.

import { byteLength } from '../lib/bytes';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate, realloc } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { arithmeticError, evaluate } from './arithmetic';
import { Modifier, Part, PartKind, Word } from './ast';
import { fatal, shellMessage } from './error';
import { runSubstitution, captured } from './substitution';
import { expandPathnames } from './glob';
import { homeOf } from './home';
import { matchPattern, hasPattern, isLiteralPattern, unquotePattern } from './pattern';
import { stackCopy } from './stack';
import {
  lastBackground,
  lastStatus,
  Option,
  OPTION_COUNT,
  OPTION_LETTERS,
  option,
  parameters,
  shellName,
  shellPid,
} from './state';
import { named, setVariable, valueOf, Variable, watchVariable } from './variables';

/** What a byte is: of IFS, white or not; something in a pattern. */
const IFS_WHITE: u8 = 1;
const IFS_OTHER: u8 = 2;
const IN_PATTERN: u8 = 4;
const kinds = memory.data(256);
let ifs: Variable = changetype<Variable>(<usize>0);

/** The field that is being built: from `start` to `used`. */
let text: usize = 0;
let used: usize = 0;
let capacity: usize = 0;
let start: usize = 0;
/** The field exists even if it is empty: something was quoted. */
let present = false;
/** White space of IFS has just ended a field: a delimiter behind it belongs to it. */
let afterWhite = false;
let sawPattern = false;
let sawEscape = false;
/** Fields are split and go to `output`. */
let splitting = false;
/** Quoted bytes get a backslash. */
let escaping = false;
let failed = false;
let output: List = changetype<List>(<usize>0);

/** Called once, when variables exist. */
export function startExpansion(): void {
  ifs = named('IFS');
  watchVariable(ifs, readSeparators);
  readSeparators();
}

function readSeparators(): void {
  memory.fill(kinds, 0, 256);
  const special = literal('*?[]\\!-^:.=');
  for (let at = special; load<u8>(at); at++) store<u8>(kinds + load<u8>(at), IN_PATTERN);
  const value = valueOf(ifs);
  for (let at = value ? value : literal(' \t\n'); load<u8>(at); at++) {
    const byte = load<u8>(at);
    const white = byte == 0x20 || byte == 0x09 || byte == 0x0a;
    store<u8>(kinds + byte, load<u8>(kinds + byte) | (white ? IFS_WHITE : IFS_OTHER));
  }
}

/** What joins "$*": the first byte of IFS, a blank without IFS, nothing (0) when IFS is empty. */
function joiner(): u8 {
  const value = valueOf(ifs);
  return value ? load<u8>(value) : 0x20;
}

/** Whether the byte is one that `read` splits at: 1 white, 2 other, 0 none. */
export function separatorKind(byte: u8): u8 {
  return load<u8>(kinds + byte) & 3;
}

function grow(more: usize): void {
  capacity = max<usize>(capacity * 2, used + more + 256);
  text = mustAllocate(realloc(text, capacity));
}

function put(byte: u8): void {
  if (used + 2 > capacity) grow(2);
  store<u8>(text + used++, byte);
}

/** Appends the fields of `word`; false after an error. */
export function expandWord(word: Word, to: List): bool {
  if (word.plain) {
    assert(to.append(word.plain), 'out of memory');
    return true;
  }
  begin(true, true);
  output = to;
  parts(word.first, false);
  endField(false);
  return !failed;
}

/** The word without splitting and pathnames; 0 after an error. */
export function expandToOne(word: Word): usize {
  if (word.plain) return word.plain;
  begin(false, false);
  parts(word.first, false);
  return failed ? 0 : stackCopy(text, used);
}

/** The word as a pattern, quoted bytes behind backslashes; 0 after an error. */
export function expandPattern(word: Word): usize {
  if (word.plain) return word.plain;
  begin(false, true);
  parts(word.first, false);
  return failed ? 0 : stackCopy(text, used);
}

function begin(splits: bool, escapes: bool): void {
  splitting = splits;
  escaping = escapes;
  used = 0;
  start = 0;
  present = false;
  afterWhite = false;
  sawPattern = false;
  sawEscape = false;
  failed = false;
}

/** What an expansion within another one must put back. */
function nested(word: Word, escapes: bool): usize {
  const outerSplitting = splitting;
  const outerEscaping = escaping;
  const outerStart = start;
  const outerPresent = present;
  const outerWhite = afterWhite;
  const outerPattern = sawPattern;
  const outerEscape = sawEscape;
  const from = used;
  splitting = false;
  escaping = escapes;
  start = used;
  parts(word.first, false);
  const result = stackCopy(text + from, used - from);
  used = from;
  splitting = outerSplitting;
  escaping = outerEscaping;
  start = outerStart;
  present = outerPresent;
  afterWhite = outerWhite;
  sawPattern = outerPattern;
  sawEscape = outerEscape;
  return failed ? 0 : result;
}

/** `inWord`: the parts are the word of ${x-word}, whose unquoted text is split as well. */
function parts(first: Part | null, inWord: bool): void {
  let part = first;
  while (part && !failed) {
    switch (part.kind) {
      case PartKind.literal:
        literalPart(part, inWord);
        break;
      case PartKind.tilde:
        tilde(part);
        break;
      case PartKind.parameter:
        parameter(part);
        break;
      case PartKind.command: {
        const node = part.node;
        captured.clear();
        if (node && !runSubstitution(node)) failed = true;
        insertRange(captured.at, captured.length, part.quoted);
        if (part.quoted) present = true;
        break;
      }
      default:
        arithmetic(part);
    }
    part = part.next;
  }
}

function literalPart(part: Part, inWord: bool): void {
  if (part.quoted) {
    present = true;
    insertRange(part.text, part.length, true);
    return;
  }
  if (inWord) {
    insertRange(part.text, part.length, false);
    return;
  }
  const length = part.length;
  if (used + length + 1 > capacity) grow(length + 1);
  memory.copy(text + used, part.text, length);
  used += length;
  if (length) {
    present = true;
    afterWhite = false;
  }
  if (part.pattern) sawPattern = true;
}

/** Puts bytes into the field: quoted ones as they are, others split where that is due. */
function insertRange(from: usize, length: usize, quoted: bool): void {
  if (quoted || !splitting) {
    if (length) {
      present = true;
      afterWhite = false;
    }
    if (used + length * 2 + 1 > capacity) grow(length * 2 + 1);
    let to = text + used;
    for (let i: usize = 0; i < length; i++) {
      const byte = load<u8>(from + i);
      if (!byte) continue;
      if (escaping && (quoted || byte == 0x5c) && load<u8>(kinds + byte) & IN_PATTERN) {
        store<u8>(to++, 0x5c);
        sawEscape = true;
      }
      store<u8>(to++, byte);
    }
    used = to - text;
    return;
  }
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(from + i);
    const kind = load<u8>(kinds + byte);
    if (!kind) {
      if (!byte) continue;
      put(byte);
      present = true;
      afterWhite = false;
    } else if (kind & IFS_WHITE) {
      if (present) {
        endField(false);
        afterWhite = true;
      }
    } else if (kind & IFS_OTHER) {
      if (!afterWhite) endField(true);
      afterWhite = false;
    } else {
      if (byte == 0x5c) {
        put(0x5c);
        sawEscape = true;
      } else if (byte == 0x2a || byte == 0x3f || byte == 0x5b) sawPattern = true;
      put(byte);
      present = true;
      afterWhite = false;
    }
  }
}

function insert(value: usize, quoted: bool): void {
  insertRange(value, byteLength(value), quoted);
  if (quoted) present = true;
}

/** Ends the field, if there is one or `always`. */
function endField(always: bool): void {
  if (!splitting || (!present && !always)) return;
  put(0);
  const field = text + start;
  if (!sawPattern || option(Option.noglob) || !globbed(field)) {
    let length = used - 1 - start;
    if (sawEscape) length = unquotePattern(field);
    assert(output.append(stackCopy(field, length)), 'out of memory');
  }
  used = start;
  present = false;
  sawPattern = false;
  sawEscape = false;
}

function globbed(field: usize): bool {
  return hasPattern(field) && expandPathnames(field, output);
}

function tilde(part: Part): void {
  const home = homeOf(part.text, part.length);
  if (home) insert(home, true);
  else {
    insertRange(literal('~'), 1, true);
    insertRange(part.text, part.length, true);
  }
}

const number = memory.data(24);

function decimal(value: i64): usize {
  snprintf(number, 24, '%d', value);
  return number;
}

function arithmetic(part: Part): void {
  const word = part.word;
  if (!word) return;
  const expression = word.plain ? word.plain : nested(word, false);
  if (!expression) return;
  const value = evaluate(expression);
  const error = arithmeticError();
  if (error) {
    if (load<u8>(error)) shellMessage().bytes(error).text(': "').bytes(expression).text('"').newline();
    failed = true;
    fatal(2);
    return;
  }
  insert(decimal(value), part.quoted);
}

/** The options that are set, as letters: $- */
function optionLetters(): usize {
  const room = memory.data(32);
  let to = room;
  for (let i = 0; i < OPTION_COUNT; i++) {
    if (option(i) && OPTION_LETTERS.charCodeAt(i) != 0x20) store<u8>(to++, <u8>OPTION_LETTERS.charCodeAt(i));
  }
  store<u8>(to, 0);
  return room;
}

/** The value of a parameter that is neither $@ nor $*; 0 when it is not set. */
function valueOfPart(part: Part): usize {
  const variable = part.variable;
  if (variable) return valueOf(variable);
  if (part.index >= 0) {
    if (part.index == 0) return shellName;
    return part.index <= parameters.length ? parameters.get(part.index - 1) : 0;
  }
  switch (part.special) {
    case 0x3f:
      return decimal(lastStatus);
    case 0x24:
      return decimal(shellPid);
    case 0x21:
      return lastBackground ? decimal(lastBackground) : 0;
    case 0x23:
      return decimal(parameters.length);
    default:
      return optionLetters();
  }
}

function isAll(part: Part): bool {
  return part.special == 0x40 || part.special == 0x2a;
}

/** $1 $2 … as one string with blanks, for operators on $@ and $*. */
function joined(): usize {
  const from = used;
  for (let i = 0; i < parameters.length; i++) {
    const value = parameters.get(i);
    const length = byteLength(value);
    if (used + length + 2 > capacity) grow(length + 2);
    if (i) store<u8>(text + used++, 0x20);
    memory.copy(text + used, value, length);
    used += length;
  }
  const result = stackCopy(text + from, used - from);
  used = from;
  return parameters.length ? result : 0;
}

function parameter(part: Part): void {
  const all = isAll(part);
  if (part.modifier == Modifier.none && all) {
    allParameters(part);
    return;
  }
  const value = all ? joined() : valueOfPart(part);
  switch (part.modifier) {
    case Modifier.none:
      if (value) insert(value, part.quoted);
      else if (isUnset(part)) return;
      if (part.quoted) present = true;
      return;
    case Modifier.length:
      if (all) insert(decimal(parameters.length), part.quoted);
      else if (value || !isUnset(part)) insert(decimal(value ? characters(value) : 0), part.quoted);
      return;
    case Modifier.bad:
      shellMessage().text('bad substitution').newline();
      failed = true;
      fatal(2);
      return;
    case Modifier.prefix:
    case Modifier.longPrefix:
    case Modifier.suffix:
    case Modifier.longSuffix:
      if (value) trim(part, value);
      else isUnset(part);
      if (part.quoted) present = true;
      return;
    default:
      alternative(part, value, all);
  }
}

/** `set -u`: reports a parameter that is not set. True when that is an error. */
function isUnset(part: Part): bool {
  if (!option(Option.nounset) || isAll(part)) return false;
  complain(part, literal('parameter not set'));
  return true;
}

function complain(part: Part, what: usize): void {
  const out = shellMessage();
  const variable = part.variable;
  if (variable) out.bytes(variable.name);
  else if (part.index >= 0) out.unsigned(part.index);
  else out.byte(part.special);
  out.text(': ').bytes(what).newline();
  failed = true;
  fatal(2);
}

function characters(at: usize): i64 {
  let count: i64 = 0;
  for (; load<u8>(at); at++) if ((load<u8>(at) & 0xc0) != 0x80) count++;
  return count;
}

/** - = ? + */
function alternative(part: Part, value: usize, all: bool): void {
  const missing = !value || (part.colon && !load<u8>(value));
  const word = part.word;
  if (!word) return;
  const operator = part.modifier;
  if (operator == Modifier.replace) {
    if (!missing) inWord(word, part.quoted);
    else if (part.quoted) present = true;
    return;
  }
  if (!missing) {
    if (all) allParameters(part);
    else insert(value, part.quoted);
    return;
  }
  if (operator == Modifier.use) {
    inWord(word, part.quoted);
    return;
  }
  const result = nested(word, false);
  if (!result) return;
  if (operator == Modifier.complain) {
    complain(
      part,
      load<u8>(result) ? result : literal(part.colon ? 'parameter not set or null' : 'parameter not set'),
    );
    return;
  }
  const variable = part.variable;
  if (!variable) {
    shellMessage().text('bad variable name').newline();
    failed = true;
    fatal(2);
  } else if (!setVariable(variable, result)) {
    failed = true;
    fatal(2);
  } else insert(valueOf(variable), part.quoted);
}

/** The word of an alternative, expanded into the field. */
function inWord(word: Word, quoted: bool): void {
  parts(word.first, !quoted);
  if (quoted) present = true;
}

/** # ## % %% */
function trim(part: Part, value: usize): void {
  const word = part.word;
  const length = byteLength(value);
  // The value may be one that the pattern's expansion changes.
  const kept = stackCopy(value, length);
  const pattern = word ? (word.plain ? word.plain : nested(word, true)) : literal('');
  if (!pattern) return;
  const end = kept + length;
  const modifier = part.modifier;
  let from = kept;
  let to = end;
  if (isLiteralPattern(pattern)) {
    const size = byteLength(pattern);
    const isPrefix = modifier == Modifier.prefix || modifier == Modifier.longPrefix;
    if (size <= length && memory.compare(pattern, isPrefix ? kept : end - size, size) == 0) {
      if (isPrefix) from += size;
      else to -= size;
    }
  } else if (modifier == Modifier.prefix) {
    let at = kept;
    while (at <= end && !matchPattern(pattern, kept, at)) at = nextCharacter(at, end);
    if (at <= end) from = at;
  } else if (modifier == Modifier.longPrefix) {
    let at = end;
    while (at >= kept && !matchPattern(pattern, kept, at)) at = previousCharacter(at, kept);
    if (at >= kept) from = at;
  } else if (modifier == Modifier.suffix) {
    let at = end;
    while (at >= kept && !matchPattern(pattern, at, end)) at = previousCharacter(at, kept);
    if (at >= kept) to = at;
  } else {
    let at = kept;
    while (at <= end && !matchPattern(pattern, at, end)) at = nextCharacter(at, end);
    if (at <= end) to = at;
  }
  insertRange(from, to - from, part.quoted);
}

function nextCharacter(at: usize, end: usize): usize {
  at++;
  while (at < end && (load<u8>(at) & 0xc0) == 0x80) at++;
  return at;
}

function previousCharacter(at: usize, begin: usize): usize {
  at--;
  while (at > begin && (load<u8>(at) & 0xc0) == 0x80) at--;
  return at;
}

/** $@ and $* */
function allParameters(part: Part): void {
  const separate = part.special == 0x40;
  const quoted = part.quoted;
  const join = separate ? <u8>0x20 : joiner();
  for (let i = 0; i < parameters.length; i++) {
    if (i) {
      if (splitting && (separate || !quoted)) {
        endField(quoted);
        afterWhite = false;
      } else if (join) insertByte(join, quoted);
    }
    insert(parameters.get(i), quoted);
  }
  if (quoted && !separate) present = true;
}

function insertByte(byte: u8, quoted: bool): void {
  const room = memory.data(2);
  store<u8>(room, byte);
  insertRange(room, 1, quoted || !splitting);
}
