// From the text of a sed script to commands. Source: POSIX sed (EXTENDED DESCRIPTION).
//
// Rules: addScript() for each -e and -f, then finishScript(). An error ends the program with status 1.

import { Buffer } from '../lib/buffer';
import { bytesAre, bytesEqual, duplicateRange } from '../lib/bytes';
import { exit } from '../lib/exit';
import { open, Open } from '../lib/file';
import { List } from '../lib/list';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { compileRegex, Regex, RegexFlag, regexErrorMessage } from '../lib/regex';
import { characterAt, characterLength } from '../lib/regex/characters';
import { message, reportError } from '../lib/report';
import { stdout, Stream, stderr, streamToDescriptor } from '../lib/stream';
import { Address, Command, MARK, Place } from './command';

export const commands: List = make<List>();
/** -E */
export let extended = false;
/** The script begins with #n. */
export let startsQuiet = false;

const script = make<Buffer>();
let at: usize = 0;
const blocks = make<List>();

export function setExtended(): void {
  extended = true;
}

/** Adds a piece of script; pieces are separated by newlines. */
export function addScript(text: usize, length: usize): void {
  if (script.length) script.byte(0x0a);
  script.range(text, length);
}

export function fail(what: string): void {
  message().text('script: ').text(what).newline();
  exit(1);
}

export function commandOf(index: i32): Command {
  return changetype<Command>(commands.get(index));
}

export function finishScript(): void {
  script.byte(0x0a);
  at = script.at;
  if (load<u8>(at) == 0x23 && load<u8>(at, 1) == 0x6e && load<u8>(at, 2) == 0x0a) startsQuiet = true;
  while (true) {
    skipSeparators();
    if (!load<u8>(at)) break;
    parseCommand();
  }
  if (blocks.length) fail('unmatched {');
  for (let i = 0; i < commands.length; i++) {
    const command = commandOf(i);
    if (command.letter == 0x62 || command.letter == 0x74 || command.letter == 0x54) findLabel(command);
  }
}

function findLabel(command: Command): void {
  command.target = commands.length;
  if (!load<u8>(command.text)) return;
  for (let i = 0; i < commands.length; i++) {
    const each = commandOf(i);
    if (each.letter != 0x3a || !bytesEqual(each.text, command.text)) continue;
    command.target = i;
    return;
  }
  message().text("script: can't find label for jump to ").bytes(command.text).newline();
  exit(1);
}

function skipBlanks(): void {
  while (load<u8>(at) == 0x20 || load<u8>(at) == 0x09) at++;
}

function skipSeparators(): void {
  while (true) {
    const byte = load<u8>(at);
    if (byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x3b) at++;
    else if (byte == 0x23) while (load<u8>(at) && load<u8>(at) != 0x0a) at++;
    else return;
  }
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}

function number(): i64 {
  let value: i64 = 0;
  for (; isDigit(load<u8>(at)); at++) value = value * 10 + load<u8>(at) - 0x30;
  return value;
}

function parseAddress(place: Place, isSecond: bool): void {
  const byte = load<u8>(at);
  if (isDigit(byte)) {
    place.kind = Address.line;
    place.number = number();
    if (load<u8>(at) == 0x7e && !isSecond) {
      at++;
      place.kind = Address.step;
      place.step = number();
    }
  } else if (byte == 0x24) {
    at++;
    place.kind = Address.last;
  } else if (byte == 0x2f || byte == 0x5c) {
    if (byte == 0x5c) at++;
    const delimiter = load<u8>(at++);
    const pattern = delimited(delimiter, true);
    let flags: u32 = 0;
    while (load<u8>(at) == 0x49 || load<u8>(at) == 0x4d)
      flags |= load<u8>(at++) == 0x49 ? RegexFlag.ignoreCase : RegexFlag.lines;
    place.kind = Address.regex;
    place.regex = compile(pattern, flags);
  } else if (isSecond && (byte == 0x2b || byte == 0x7e) && isDigit(load<u8>(at, 1))) {
    at++;
    place.kind = byte == 0x2b ? Address.plus : Address.multiple;
    place.number = number();
  }
}

/** null for the empty expression: the last one that was used. */
function compile(pattern: Buffer, flags: u32): Regex | null {
  if (!pattern.length) return null;
  const regex = compileRegex(pattern.at, pattern.length, flags | (extended ? RegexFlag.extended : 0));
  if (!regex) fail(regexErrorMessage());
  return regex;
}

/** Text up to the delimiter, without the backslashes before delimiters; \n is a newline. */
function delimited(delimiter: u8, isRegex: bool): Buffer {
  const text = make<Buffer>();
  text.clear();
  let inBracket = false;
  while (inBracket || load<u8>(at) != delimiter) {
    const byte = load<u8>(at);
    if (!byte || (byte == 0x0a && isRegex)) {
      fail(isRegex ? 'unterminated address or expression' : 'unterminated s or y command');
      return text;
    }
    if (byte == 0x5c && !inBracket) {
      const next = load<u8>(at, 1);
      if (next == delimiter) {
        // A delimiter that means something in an expression is an ordinary character here.
        text.byte(next);
        at += 2;
        continue;
      }
      if (isRegex && next == 0x6e) {
        text.byte(0x0a);
        at += 2;
        continue;
      }
      if (isRegex && next == 0x74) {
        text.byte(0x09);
        at += 2;
        continue;
      }
      text.byte(byte);
      if (next) text.byte(next);
      at += next ? 2 : 1;
      continue;
    }
    if (isRegex && byte == 0x5b && !inBracket) {
      inBracket = true;
      text.byte(byte);
      at++;
      if (load<u8>(at) == 0x5e) text.byte(load<u8>(at++));
      if (load<u8>(at) == 0x5d) text.byte(load<u8>(at++));
      continue;
    }
    if (
      inBracket &&
      byte == 0x5b &&
      (load<u8>(at, 1) == 0x3a || load<u8>(at, 1) == 0x2e || load<u8>(at, 1) == 0x3d)
    ) {
      const mark = load<u8>(at, 1);
      text.range(at, 2);
      at += 2;
      while (load<u8>(at) && !(load<u8>(at) == mark && load<u8>(at, 1) == 0x5d)) text.byte(load<u8>(at++));
      if (load<u8>(at)) {
        text.range(at, 2);
        at += 2;
      }
      continue;
    }
    if (inBracket && byte == 0x5c && load<u8>(at, 1) == 0x6e) {
      text.byte(0x0a);
      at += 2;
      continue;
    }
    if (byte == 0x5d) inBracket = false;
    text.byte(byte);
    at++;
  }
  at++;
  return text;
}

function parseCommand(): void {
  const command = make<Command>();
  command.first = make<Place>();
  command.second = make<Place>();
  command.replacement = make<Buffer>();
  command.number = -1;
  parseAddress(command.first, false);
  skipBlanks();
  if (command.first.kind != Address.none && load<u8>(at) == 0x2c) {
    at++;
    skipBlanks();
    parseAddress(command.second, true);
    if (command.second.kind == Address.none) fail('unexpected ,');
    skipBlanks();
  }
  while (load<u8>(at) == 0x21) {
    command.negated = true;
    at++;
    skipBlanks();
  }
  command.letter = load<u8>(at);
  if (!command.letter || command.letter == 0x0a) {
    fail('missing command');
    return;
  }
  at++;
  assert(commands.append(changetype<usize>(command)), 'out of memory');
  parseArguments(command);
}

function parseArguments(command: Command): void {
  switch (command.letter) {
    case 0x7b: // {
      assert(blocks.append(commands.length - 1), 'out of memory');
      return;
    case 0x7d: // }
      if (command.first.kind != Address.none) fail('} takes no address');
      if (!blocks.length) {
        fail('unexpected }');
        return;
      }
      commandOf(<i32>blocks.removeAt(blocks.length - 1)).target = commands.length;
      endCommand();
      return;
    case 0x61: // a
    case 0x63: // c
    case 0x69: // i
      parseText(command);
      return;
    case 0x3a: // :
      if (command.first.kind != Address.none) fail(': takes no address');
      parseLabel(command);
      if (!load<u8>(command.text)) fail('":" lacks a label');
      return;
    case 0x62: // b
    case 0x74: // t
    case 0x54: // T
      parseLabel(command);
      return;
    case 0x72: // r
      command.text = fileName();
      return;
    case 0x77: // w
      command.output = outputFor(fileName());
      return;
    case 0x73: // s
      parseSubstitute(command);
      return;
    case 0x79: // y
      parseTranslate(command);
      return;
    case 0x71: // q
    case 0x51: // Q
    case 0x6c: // l
      skipBlanks();
      if (isDigit(load<u8>(at))) command.number = number();
      endCommand();
      return;
    case 0x3d: // =
    case 0x64: // d
    case 0x44: // D
    case 0x67: // g
    case 0x47: // G
    case 0x68: // h
    case 0x48: // H
    case 0x6e: // n
    case 0x4e: // N
    case 0x70: // p
    case 0x50: // P
    case 0x78: // x
    case 0x7a: // z
      endCommand();
      return;
    default:
      message().text('script: unknown command: ').byte(command.letter).newline();
      exit(1);
  }
}

function endCommand(): void {
  skipBlanks();
  const byte = load<u8>(at);
  if (byte && byte != 0x0a && byte != 0x3b && byte != 0x7d && byte != 0x23)
    fail('extra characters after command');
}

function parseLabel(command: Command): void {
  skipBlanks();
  const start = at;
  while (
    load<u8>(at) &&
    load<u8>(at) != 0x0a &&
    load<u8>(at) != 0x3b &&
    !(load<u8>(at) == 0x7d && command.letter != 0x3a)
  )
    at++;
  let end = at;
  while (end > start && load<u8>(end - 1) == 0x20) end--;
  command.text = mustAllocate(duplicateRange(start, end - start));
}

function fileName(): usize {
  skipBlanks();
  const start = at;
  while (load<u8>(at) && load<u8>(at) != 0x0a) at++;
  if (at == start) fail('missing file name');
  return mustAllocate(duplicateRange(start, at - start));
}

/** a\ text, with lines that end in a backslash going on; also a text, on one line. */
function parseText(command: Command): void {
  skipBlanks();
  if (load<u8>(at) == 0x5c) {
    at++;
    const start = at;
    skipBlanks();
    if (load<u8>(at) == 0x0a) at++;
    else at = start;
    // Leading blanks of the first line go, unless a backslash keeps them.
    skipBlanks();
    if (load<u8>(at) == 0x5c && (load<u8>(at, 1) == 0x20 || load<u8>(at, 1) == 0x09)) at++;
  }
  const text = make<Buffer>();
  text.clear();
  while (load<u8>(at) && load<u8>(at) != 0x0a) {
    if (load<u8>(at) == 0x5c && load<u8>(at, 1)) at++;
    text.byte(load<u8>(at++));
  }
  if (load<u8>(at)) at++;
  text.byte(0x0a);
  command.text = text.at;
  command.textLength = text.length;
}

/** The replacement: MARK and a digit for & and \N, MARK MARK for a literal MARK, MARK and u l U L E for letter case. */
function parseReplacement(command: Command, delimiter: u8): void {
  const to = command.replacement;
  to.clear();
  while (load<u8>(at) != delimiter) {
    const byte = load<u8>(at);
    if (!byte) {
      fail('unterminated s command');
      return;
    }
    at++;
    if (byte == 0x26) {
      to.byte(MARK);
      to.byte(0x30);
    } else if (byte == 0x5c) {
      const next = load<u8>(at++);
      if (isDigit(next)) {
        to.byte(MARK);
        to.byte(next);
        const regex = command.regex;
        if (regex && <i32>next - 0x30 > regex.groups) fail('invalid reference in the replacement of s');
      } else if (next == 0x6e) to.byte(0x0a);
      else if (next == 0x74) to.byte(0x09);
      else if (next == 0x75 || next == 0x6c || next == 0x55 || next == 0x4c || next == 0x45) {
        to.byte(MARK);
        to.byte(next);
      } else put(to, next);
    } else put(to, byte);
  }
  at++;
}

function put(to: Buffer, byte: u8): void {
  if (byte == MARK) to.byte(MARK);
  to.byte(byte);
}

function parseSubstitute(command: Command): void {
  const delimiter = load<u8>(at++);
  if (!delimiter || delimiter == 0x0a || delimiter == 0x5c) fail('bad delimiter of s');
  const pattern = delimited(delimiter, true);
  // Flags decide how the expression is read: look at them first.
  const replacementAt = at;
  command.regex = null;
  parseReplacement(command, delimiter);
  let flags: u32 = 0;
  let more = true;
  command.which = 1;
  while (more) {
    const flag = load<u8>(at);
    if (flag == 0x67) command.globally = true;
    else if (flag == 0x70) command.prints = true;
    else if (flag == 0x69 || flag == 0x49) flags |= RegexFlag.ignoreCase;
    else if (flag == 0x4d || flag == 0x6d) flags |= RegexFlag.lines;
    else if (isDigit(flag)) {
      command.which = number();
      if (!command.which) fail('number of s may not be 0');
      at--;
    } else if (flag == 0x77) {
      at++;
      command.output = outputFor(fileName());
      at--;
      more = false;
    } else {
      more = false;
      at--;
    }
    at++;
  }
  command.regex = compile(pattern, flags);
  const end = at;
  if (command.regex) {
    at = replacementAt;
    parseReplacement(command, delimiter);
    at = end;
  }
  endCommand();
}

function parseTranslate(command: Command): void {
  const delimiter = load<u8>(at++);
  const from = unescaped(delimited(delimiter, false), delimiter);
  const to = unescaped(delimited(delimiter, false), delimiter);
  command.pairs = mustAllocate(malloc((from.length + 1) << 3));
  let a = from.at;
  let b = to.at;
  const endA = a + from.length;
  const endB = b + to.length;
  while (a < endA && b < endB) {
    const pair = command.pairs + ((<usize>command.pairCount) << 3);
    command.pairCount++;
    store<u32>(pair, characterAt(a, endA));
    a += characterLength();
    store<u32>(pair, characterAt(b, endB), 4);
    b += characterLength();
  }
  if (a < endA || b < endB) fail('strings for y are different lengths');
  endCommand();
}

/** \\ and \n of y. */
function unescaped(text: Buffer, _delimiter: u8): Buffer {
  const to = make<Buffer>();
  to.clear();
  for (let i: usize = 0; i < text.length; i++) {
    let byte = load<u8>(text.at + i);
    if (byte == 0x5c && i + 1 < text.length) {
      const next = load<u8>(text.at + i + 1);
      if (next == 0x6e) byte = 0x0a;
      else if (next == 0x74) byte = 0x09;
      if (next == 0x5c || next == 0x6e || next == 0x74) i++;
    }
    to.byte(byte);
  }
  return to;
}

const outputs = make<List>();

/** One stream for each file of w, made empty at the begin. */
function outputFor(path: usize): Stream {
  if (bytesAre(path, '/dev/stdout')) return stdout;
  if (bytesAre(path, '/dev/stderr')) return stderr;
  for (let i = 0; i < outputs.length; i += 2) {
    if (bytesEqual(outputs.get(i), path)) return changetype<Stream>(outputs.get(i + 1));
  }
  const fd = open(path, Open.writeOnly | Open.create | Open.truncate);
  if (fd < 0) {
    reportError(path, fd);
    exit(4);
  }
  const stream = make<Stream>();
  streamToDescriptor(stream, fd, mustAllocate(malloc(4096)), 4096);
  assert(outputs.append(path) && outputs.append(changetype<usize>(stream)), 'out of memory');
  return stream;
}

export function flushOutputs(): void {
  for (let i = 1; i < outputs.length; i += 2) changetype<Stream>(outputs.get(i)).flush();
}
