// From text to tokens; a word becomes a list of parts at once, so that nothing is scanned again when it is expanded.
// Source: POSIX 2.3 (token recognition); quoting.ts, dollar.ts, substitution-syntax.ts, tilde.ts read what is in a word.
//
// Rules: peekToken() looks at the next token, nextToken() takes it; the word or descriptor is in tokenWord, tokenNumber.
// After an error (syntax.ts) every token is `end`.

import { Part, Word } from './ast';
import { Pending, pending, readHereDocuments, setPending } from './here-document';
import { unquotedByte } from './quoting';
import { advance, END, peekByte, peekJoined, sourceLine } from './source';
import { setSyntaxError, syntaxError } from './syntax';
import { tilde } from './tilde';
import { Token } from './token';
import { endParts, firstPart, flushRun, lastPart, run, setParts, startParts } from './word-builder';
import { endsWord } from './word-bytes';

let kind: i32 = Token.end;
let peeked = false;
export let tokenWord: Word = changetype<Word>(<usize>0);
export let tokenNumber: i32 = 0;
/** The line where the token begins. */
export let tokenLine: i32 = 1;

export function startLexer(): void {
  peeked = false;
  setSyntaxError(0);
  setPending(null);
  tokenLine = sourceLine;
}

/** What a parser inside a word saves of the lexer, and puts back. */
@unmanaged
@final
export class LexerState {
  peeked: bool;
  kind: i32;
  word: Word;
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
  setPending(null);
}

export function restoreLexer(from: LexerState): void {
  peeked = from.peeked;
  kind = from.kind;
  tokenWord = from.word;
  setParts(from.first, from.last);
  setPending(from.pending);
  tokenLine = from.line;
  run.clear();
}

export function peekToken(): i32 {
  if (syntaxError) return Token.end;
  if (!peeked) {
    kind = scan();
    peeked = true;
    if (syntaxError) kind = Token.end;
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
      return semicolonToken();
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

function semicolonToken(): i32 {
  const token = oneOrTwo(0x3b, Token.semicolon, Token.doubleSemicolon);
  if (token == Token.doubleSemicolon || peekJoined() != 0x26) return token;
  advance();
  return Token.semicolonAnd;
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

function scanWord(): i32 {
  startParts();
  let byte = peekJoined();
  if (byte == 0x7e) tilde();
  for (byte = peekJoined(); !endsWord(byte) && !syntaxError; byte = peekJoined()) unquotedByte(byte);
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
