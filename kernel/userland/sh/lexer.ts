// From text to tokens; a word becomes a list of parts at once, so that nothing is scanned again when it is expanded.
// Source: POSIX 2.2 (quoting), 2.3 (token recognition), 2.6 (what $ begins), 2.7.4 (here-documents).
//
// Rules: peekToken() looks at the next token, nextToken() takes it; the word or descriptor is in tokenWord, tokenNumber.
// A syntax error is noted once (lexError()); from then on every token is `end`. Trees go into the arena of setArena().

import { Arena, arenaMake, arenaTake } from '../lib/arena';
import { Buffer } from '../lib/buffer';
import { bytesEqual } from '../lib/bytes';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { Modifier, Node, Part, PartKind, Redirection, Word } from './ast';
import { parseNested } from './parser';
import {
  advance,
  END,
  peekByte,
  peekJoined,
  peekSecond,
  popSource,
  position,
  pushText,
  refills,
  rewind,
  sourceLine,
} from './source';
import { hasPattern } from './pattern';
import { stackCopy } from './stack';
import { findVariable } from './variables';

export const enum Token {
  end,
  word,
  newline,
  /** A number that stands directly before < or >. */
  ioNumber,
  semicolon,
  ampersand,
  andIf,
  orIf,
  pipe,
  less,
  great,
  doubleGreat,
  doubleLess,
  doubleLessDash,
  lessAnd,
  greatAnd,
  lessGreat,
  clobber,
  open,
  close,
  doubleSemicolon,
}

export let arena: Arena = changetype<Arena>(<usize>0);
let kind: i32 = Token.end;
let peeked = false;
export let tokenWord: Word = changetype<Word>(<usize>0);
export let tokenNumber: i32 = 0;
/** The line where the token begins. */
export let tokenLine: i32 = 1;
/** 0, or what is wrong: `unexpected "…"`, a byte string. */
let wrong: usize = 0;
/** The text of the literal part that is being read. */
const run = make<Buffer>();
let runQuoted = false;
let runPattern = false;
/** The list of parts that is being built. */
let firstPart: Part | null = null;
let lastPart: Part | null = null;

/** Here-documents whose text has not come yet, oldest first. */
@unmanaged
@final
class Pending {
  next: Pending | null;
  redirection: Redirection;
  delimiter: usize;
  quoted: bool;
  strips: bool;
}
let pending: Pending | null = null;

export function setArena(to: Arena): void {
  arena = to;
}

export function startLexer(): void {
  peeked = false;
  wrong = 0;
  pending = null;
  tokenLine = sourceLine;
}

export function lexError(): usize {
  return wrong;
}

/** Notes an error: the first one counts. */
export function failLexer(what: usize): void {
  if (!wrong) wrong = what;
  kind = Token.end;
  peeked = true;
}

/** What a parser inside a word saves of the lexer, and puts back. */
@unmanaged
@final
export class LexerState {
  peeked: bool;
  kind: i32;
  word: Word;
  runText: usize;
  runLength: usize;
  runQuoted: bool;
  runPattern: bool;
  first: Part | null;
  last: Part | null;
  pending: Pending | null;
  line: i32;
}

export function saveLexer(to: LexerState): void {
  flushRun();
  to.peeked = peeked;
  to.kind = kind;
  to.word = tokenWord;
  to.first = firstPart;
  to.last = lastPart;
  to.pending = pending;
  to.line = tokenLine;
  peeked = false;
  pending = null;
}

export function restoreLexer(from: LexerState): void {
  peeked = from.peeked;
  kind = from.kind;
  tokenWord = from.word;
  firstPart = from.first;
  lastPart = from.last;
  pending = from.pending;
  tokenLine = from.line;
  run.clear();
}

export function peekToken(): i32 {
  if (wrong) return Token.end;
  if (!peeked) {
    kind = scan();
    peeked = true;
    if (wrong) kind = Token.end;
  }
  return kind;
}

export function nextToken(): i32 {
  const taken = peekToken();
  peeked = false;
  return taken;
}

/** The alias of the word that was peeked at has been pushed: read again. */
export function forgetToken(): void {
  peeked = false;
}

/** How a token that was just looked at is named in a message. */
export function tokenName(token: i32): usize {
  switch (token) {
    case Token.end:
      return literal('end of file');
    case Token.word:
      return tokenWord.plain ? tokenWord.plain : literal('word');
    case Token.ioNumber:
      return literal('redirection');
    case Token.newline:
      return literal('newline');
    case Token.semicolon:
      return literal('";"');
    case Token.ampersand:
      return literal('"&"');
    case Token.andIf:
      return literal('"&&"');
    case Token.orIf:
      return literal('"||"');
    case Token.pipe:
      return literal('"|"');
    case Token.open:
      return literal('"("');
    case Token.close:
      return literal('")"');
    case Token.doubleSemicolon:
      return literal('";;"');
    default:
      return literal('redirection');
  }
}

function scan(): i32 {
  let byte = peekJoined();
  while (byte == 0x20 || byte == 0x09) {
    advance();
    byte = peekJoined();
  }
  if (byte == 0x23) {
    while (byte != END && byte != 0x0a) {
      advance();
      byte = peekByte();
    }
  }
  tokenLine = sourceLine;
  switch (byte) {
    case END:
      if (pending) readHereDocuments();
      return Token.end;
    case 0x0a:
      advance();
      if (pending) readHereDocuments();
      return Token.newline;
    case 0x28:
      advance();
      return Token.open;
    case 0x29:
      advance();
      return Token.close;
    case 0x3b:
      return oneOrTwo(0x3b, Token.semicolon, Token.doubleSemicolon);
    case 0x26:
      return oneOrTwo(0x26, Token.ampersand, Token.andIf);
    case 0x7c:
      return oneOrTwo(0x7c, Token.pipe, Token.orIf);
    case 0x3c:
      return lessToken();
    case 0x3e:
      return greatToken();
    default:
      return scanWord();
  }
}

function oneOrTwo(byte: i32, single: i32, double: i32): i32 {
  advance();
  if (peekJoined() != byte) return single;
  advance();
  return double;
}

function lessToken(): i32 {
  advance();
  const second = peekJoined();
  if (second == 0x3c) {
    advance();
    if (peekJoined() != 0x2d) return Token.doubleLess;
    advance();
    return Token.doubleLessDash;
  }
  if (second != 0x26 && second != 0x3e) return Token.less;
  advance();
  return second == 0x26 ? Token.lessAnd : Token.lessGreat;
}

function greatToken(): i32 {
  advance();
  const second = peekJoined();
  if (second != 0x3e && second != 0x26 && second != 0x7c) return Token.great;
  advance();
  return second == 0x3e ? Token.doubleGreat : second == 0x26 ? Token.greatAnd : Token.clobber;
}

// Parts.

function startParts(): void {
  firstPart = null;
  lastPart = null;
  run.clear();
  runPattern = false;
}

function addPart(partKind: i32, quoted: bool): Part {
  flushRun();
  const part = arenaMake<Part>(arena);
  part.kind = partKind;
  part.quoted = quoted;
  part.index = -1;
  const last = lastPart;
  if (last) last.next = part;
  else firstPart = part;
  lastPart = part;
  return part;
}

function arenaBytes(from: usize, length: usize): usize {
  const at = mustAllocate(arenaTake(arena, length + 1));
  memory.copy(at, from, length);
  return at;
}

function flushRun(): void {
  if (!run.length) return;
  const length = run.length;
  const text = arenaBytes(run.at, length);
  const hasPattern = runPattern;
  const quoted = runQuoted;
  run.clear();
  runPattern = false;
  const part = addPart(PartKind.literal, quoted);
  part.text = text;
  part.length = length;
  part.pattern = hasPattern;
}

function put(byte: i32, quoted: bool): void {
  if (quoted != runQuoted) {
    flushRun();
    runQuoted = quoted;
  }
  if (!quoted && (byte == 0x2a || byte == 0x3f || byte == 0x5b || byte == 0x5c)) runPattern = true;
  run.byte(<u8>byte);
}

function endParts(): Word {
  flushRun();
  const word = arenaMake<Word>(arena);
  const first = firstPart;
  word.first = first;
  if (first && !first.next && first.kind == PartKind.literal && !first.quoted) {
    if (first.pattern && !hasPattern(first.text)) first.pattern = false;
    if (!first.pattern) word.plain = first.text;
  }
  return word;
}

function endsWord(byte: i32): bool {
  switch (byte) {
    case END:
    case 0x09:
    case 0x0a:
    case 0x20:
    case 0x26:
    case 0x28:
    case 0x29:
    case 0x3b:
    case 0x3c:
    case 0x3e:
    case 0x7c:
      return true;
    default:
      return false;
  }
}

function scanWord(): i32 {
  startParts();
  let byte = peekJoined();
  if (byte == 0x7e) tilde(false);
  for (byte = peekJoined(); !endsWord(byte) && !wrong; byte = peekJoined()) unquotedByte(byte);
  tokenWord = endParts();
  if ((byte == 0x3c || byte == 0x3e) && tokenWord.plain && isNumber(tokenWord.plain)) return Token.ioNumber;
  return Token.word;
}

function isNumber(at: usize): bool {
  let value = 0;
  for (; load<u8>(at); at++) {
    const digit = <i32>load<u8>(at) - 0x30;
    if (digit < 0 || digit > 9 || value > 100000) return false;
    value = value * 10 + digit;
  }
  tokenNumber = value;
  return true;
}

/** One byte or one quoted or expanded construct outside double quotes. */
function unquotedByte(byte: i32): void {
  if (byte == 0x5c) {
    advance();
    const next = peekByte();
    if (next == END) put(0x5c, true);
    else {
      put(next, true);
      advance();
    }
  } else if (byte == 0x27) singleQuoted();
  else if (byte == 0x22) doubleQuoted();
  else if (byte == 0x24) dollar(false);
  else if (byte == 0x60) backquoted(false);
  else {
    put(byte, false);
    advance();
  }
}

/** '…' */
function singleQuoted(): void {
  advance();
  let byte = peekByte();
  if (byte == 0x27) emptyQuotes();
  while (byte != 0x27) {
    if (byte == END) {
      failLexer(literal('unterminated quoted string'));
      return;
    }
    put(byte, true);
    advance();
    byte = peekByte();
  }
  advance();
}

/** A quoted part of no length: the word exists even if nothing else is in it. */
function emptyQuotes(): void {
  const part = addPart(PartKind.literal, true);
  part.text = literal('');
}

/** "…" */
function doubleQuoted(): void {
  advance();
  let byte = peekJoined();
  if (byte == 0x22) emptyQuotes();
  while (byte != 0x22 && !wrong) {
    if (byte == END) {
      failLexer(literal('unterminated quoted string'));
      return;
    }
    quotedByte(byte, 0x22);
    byte = peekJoined();
  }
  advance();
}

/** Inside double quotes, or a here-document (`quote` 0): a backslash quotes only $ ` \ and the quote. */
function quotedByte(byte: i32, quote: i32): void {
  if (byte == 0x24) dollar(true);
  else if (byte == 0x60) backquoted(true);
  else if (byte == 0x5c) {
    advance();
    const next = peekByte();
    if (next == 0x24 || next == 0x60 || next == 0x5c || (quote && next == quote)) {
      put(next, true);
      advance();
    } else put(0x5c, true);
  } else {
    put(byte, true);
    advance();
  }
}

/** ~ and what stands before the next / (or, in an assignment, the next colon). */
function tilde(inAssignment: bool): void {
  const part = addPart(PartKind.tilde, false);
  advance();
  let byte = peekJoined();
  while (isNameByte(byte) || byte == 0x2d || byte == 0x2e) {
    run.byte(<u8>byte);
    advance();
    byte = peekJoined();
  }
  const text = arenaBytes(run.at, run.length);
  const length = run.length;
  run.clear();
  const ends = endsWord(byte) || byte == 0x2f || byte == 0x7d || (inAssignment && byte == 0x3a);
  part.text = text;
  part.length = length;
  if (ends) return;
  // Something else stands behind it: it is text.
  part.kind = PartKind.literal;
  const whole = mustAllocate(arenaTake(arena, length + 2));
  store<u8>(whole, 0x7e);
  memory.copy(whole + 1, text, length);
  part.text = whole;
  part.length = length + 1;
}

/** Splits literal text of an assignment's value where a ~ stands at its begin or behind a colon. */
export function findTildes(word: Word): void {
  let before: Part | null = null;
  let part = word.first;
  let afterColon = true;
  while (part) {
    if (part.kind == PartKind.literal && !part.quoted) {
      for (let i: usize = 0; i < part.length; i++) {
        const byte = load<u8>(part.text + i);
        if (byte == 0x7e && afterColon) {
          const fresh = splitTilde(part, i, before, word);
          if (fresh) {
            before = fresh;
            part = fresh;
            break;
          }
        }
        afterColon = byte == 0x3a;
      }
    }
    if (part.kind != PartKind.literal || part.quoted) afterColon = false;
    before = part;
    part = part.next;
  }
}

/** Makes text, tilde and rest of a literal part; returns the tilde's part, or null when it is none. */
function splitTilde(part: Part, at: usize, before: Part | null, word: Word): Part | null {
  let end = at + 1;
  while (end < part.length) {
    const byte = load<u8>(part.text + end);
    if (!isNameByte(byte) && byte != 0x2d && byte != 0x2e) break;
    end++;
  }
  const next: u8 = end < part.length ? load<u8>(part.text + end) : 0;
  if (next != 0x2f && next != 0x3a && (end < part.length || part.next)) return null;
  const mark = arenaMake<Part>(arena);
  mark.kind = PartKind.tilde;
  mark.index = -1;
  mark.text = arenaBytes(part.text + at + 1, end - at - 1);
  mark.length = end - at - 1;
  mark.next = part.next;
  if (end < part.length) {
    const rest = arenaMake<Part>(arena);
    rest.kind = PartKind.literal;
    rest.index = -1;
    rest.text = part.text + end;
    rest.length = part.length - end;
    rest.pattern = part.pattern;
    rest.next = part.next;
    mark.next = rest;
  }
  word.plain = 0;
  if (at) {
    part.text = arenaBytes(part.text, at);
    part.length = at;
    part.next = mark;
  } else if (before) before.next = mark;
  else word.first = mark;
  return mark;
}

function isNameByte(byte: i32): bool {
  const lower = byte | 0x20;
  return byte == 0x5f || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

function isSpecial(byte: i32): bool {
  return (
    byte == 0x40 ||
    byte == 0x2a ||
    byte == 0x23 ||
    byte == 0x3f ||
    byte == 0x2d ||
    byte == 0x24 ||
    byte == 0x21
  );
}

/** What begins with $. */
function dollar(quoted: bool): void {
  advance();
  const byte = peekJoined();
  if (byte == 0x28) {
    advance();
    if (peekJoined() == 0x28 && arithmetic(quoted)) return;
    const part = addPart(PartKind.command, quoted);
    part.node = parseNested(true);
    return;
  }
  if (byte == 0x7b) {
    advance();
    braced(quoted);
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
  if (byte == 0x7e && !inQuotes) tilde(false);
  for (byte = peekJoined(); byte != 0x7d && !wrong; byte = peekJoined()) {
    if (byte == END) {
      failLexer(literal('missing "}"'));
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
  firstPart = outerFirst;
  lastPart = outerLast;
}

/** `…`: the text without the backslashes that quote $ ` \ (and " in double quotes) is a command. */
function backquoted(quoted: bool): void {
  const line = sourceLine;
  const part = addPart(PartKind.command, quoted);
  advance();
  let byte = peekByte();
  while (byte != 0x60) {
    if (byte == END) {
      failLexer(literal('unterminated backquote'));
      return;
    }
    if (byte == 0x5c) {
      advance();
      byte = peekByte();
      if (byte == END) continue;
      if (byte != 0x24 && byte != 0x60 && byte != 0x5c && !(quoted && byte == 0x22)) run.byte(0x5c);
    }
    run.byte(<u8>byte);
    advance();
    byte = peekByte();
  }
  advance();
  const length = run.length;
  const text = arenaBytes(run.at, length);
  run.clear();
  pushText(text, length, line);
  part.node = parseNested(false);
  popSource();
}

/** $((…)), behind the first (. False, with nothing read, when it is a command substitution that begins with (. */
function arithmetic(quoted: bool): bool {
  const start = position();
  const line = sourceLine;
  const stamp = refills;
  const part = addPart(PartKind.arithmetic, quoted);
  const outerFirst = firstPart;
  const outerLast = lastPart;
  startParts();
  advance();
  let depth = 0;
  let byte = peekJoined();
  while (!wrong) {
    if (byte == END) {
      failLexer(literal('missing "))"'));
      return true;
    }
    if (byte == 0x28) depth++;
    if (byte == 0x29) {
      if (!depth) break;
      depth--;
    }
    if (byte == 0x22) {
      // Quotes mean nothing in here.
      advance();
    } else quotedByte(byte, 0x22);
    byte = peekJoined();
  }
  if (wrong) return true;
  advance();
  if (peekJoined() != 0x29) {
    firstPart = outerFirst;
    lastPart = outerLast;
    run.clear();
    // ( … ) … ): a subshell in a command substitution. The arithmetic part becomes an empty text.
    part.kind = PartKind.literal;
    part.text = literal('');
    part.quoted = false;
    if (rewind(start, line, stamp)) return false;
    failLexer(literal('missing "))"'));
    return true;
  }
  advance();
  part.word = endParts();
  firstPart = outerFirst;
  lastPart = outerLast;
  return true;
}

// Here-documents.

/** The redirection waits for its text, which begins behind the next newline. */
export function addHereDocument(redirection: Redirection, strips: bool): void {
  const fresh = arenaMake<Pending>(arena);
  fresh.redirection = redirection;
  fresh.strips = strips;
  let part = redirection.word.first;
  for (; part; part = changetype<Part>(part).next) {
    if (part.quoted) fresh.quoted = true;
    if (part.kind == PartKind.tilde) run.byte(0x7e);
    run.range(part.text, part.length);
  }
  fresh.delimiter = arenaBytes(run.at, run.length);
  run.clear();
  let last = pending;
  while (last && last.next) last = last.next;
  if (last) last.next = fresh;
  else pending = fresh;
}

const documentLine = make<Buffer>();
const documentText = make<Buffer>();

function readHereDocuments(): void {
  let each = pending;
  pending = null;
  while (each && !wrong) {
    readHereDocument(each);
    each = each.next;
  }
}

function readHereDocument(document: Pending): void {
  const line = sourceLine;
  documentText.clear();
  while (true) {
    documentLine.clear();
    let byte = document.quoted ? peekByte() : peekJoined();
    while (document.strips && byte == 0x09) {
      advance();
      byte = peekByte();
    }
    if (byte == END) break;
    while (byte != END && byte != 0x0a) {
      documentLine.byte(<u8>byte);
      advance();
      if (byte == 0x5c && !document.quoted) {
        // What a backslash quotes is kept together with it.
        byte = peekByte();
        if (byte == END || byte == 0x0a) continue;
        documentLine.byte(<u8>byte);
        advance();
      }
      byte = document.quoted ? peekByte() : peekJoined();
    }
    if (byte == 0x0a) advance();
    if (bytesEqual(documentLine.at, document.delimiter)) break;
    documentText.range(documentLine.at, documentLine.length);
    documentText.byte(0x0a);
  }
  const length = documentText.length;
  const text = arenaBytes(documentText.at, length);
  startParts();
  if (document.quoted) {
    const part = addPart(PartKind.literal, true);
    part.text = text;
    part.length = length;
  } else {
    pushText(text, length, line);
    for (let byte = peekJoined(); byte != END && !wrong; byte = peekJoined()) quotedByte(byte, 0);
    popSource();
  }
  document.redirection.word = endParts();
}

/** Text as in a here-document: parameters, commands, arithmetic. Null when it is wrong. */
export function parseDocument(text: usize, length: usize): Word | null {
  // A prompt may be written in the middle of a word.
  const outerWrong = wrong;
  const outerFirst = firstPart;
  const outerLast = lastPart;
  const outerLength = run.length;
  const outerRun = stackCopy(run.at, outerLength);
  const outerQuoted = runQuoted;
  const outerPattern = runPattern;
  wrong = 0;
  startParts();
  pushText(text, length, sourceLine);
  for (let byte = peekJoined(); byte != END && !wrong; byte = peekJoined()) quotedByte(byte, 0);
  popSource();
  const word = endParts();
  const good = !wrong;
  wrong = outerWrong;
  firstPart = outerFirst;
  lastPart = outerLast;
  run.clear();
  run.range(outerRun, outerLength);
  runQuoted = outerQuoted;
  runPattern = outerPattern;
  return good ? word : null;
}
