// From text to tokens. Source: POSIX 2.3 (token recognition).
//
// Rules: a word keeps its quotes: expand.ts removes them. startTokens() first; peekToken() looks at the next token,
// nextToken() takes it. Where the text ends inside a quote or after a backslash, the kind is `incomplete`.

import { Buffer } from '../lib/buffer';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';

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
  lessAnd,
  greatAnd,
  lessGreat,
  clobber,
  open,
  close,
  /** ;; */
  doubleSemicolon,
  incomplete,
}

let at: usize = 0;
let kind: i32 = Token.end;
let peeked = false;
const word = make<Buffer>();

/** Begins at `text`, a byte string that stays as it is while tokens are taken. */
export function startTokens(text: usize): void {
  at = text;
  peeked = false;
  kind = Token.end;
}

/** The kind of the next token; its text, for a word or a number, is in tokenText(). */
export function peekToken(): i32 {
  if (!peeked) {
    kind = scan();
    peeked = true;
  }
  return kind;
}

export function nextToken(): i32 {
  const taken = peekToken();
  peeked = false;
  return taken;
}

/** Valid until the token after it is looked at. */
export function tokenText(): usize {
  return word.at;
}

/** Where the next token that has not been looked at begins. */
export function tokenPosition(): usize {
  return at;
}

/** How a token that was just taken is named in a message. */
export function tokenName(token: i32): usize {
  switch (token) {
    case Token.word:
    case Token.ioNumber:
      return word.at;
    case Token.newline:
      return literal('newline');
    case Token.semicolon:
      return literal(';');
    case Token.ampersand:
      return literal('&');
    case Token.andIf:
      return literal('&&');
    case Token.orIf:
      return literal('||');
    case Token.pipe:
      return literal('|');
    case Token.open:
      return literal('(');
    case Token.close:
      return literal(')');
    case Token.doubleSemicolon:
      return literal(';;');
    case Token.doubleLess:
      return literal('<<');
    default:
      return literal('redirection');
  }
}

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

function scan(): i32 {
  while (true) {
    while (isBlank(load<u8>(at))) at++;
    if (load<u16>(at) != 0x0a5c) break;
    at += 2;
  }
  const first = load<u8>(at);
  if (first == 0x23) while (load<u8>(at) && load<u8>(at) != 0x0a) at++;
  switch (load<u8>(at)) {
    case 0:
      return Token.end;
    case 0x0a:
      at++;
      return Token.newline;
    case 0x28:
      at++;
      return Token.open;
    case 0x29:
      at++;
      return Token.close;
    case 0x3b:
      return operator(0x3b, Token.semicolon, Token.doubleSemicolon);
    case 0x26:
      return operator(0x26, Token.ampersand, Token.andIf);
    case 0x7c:
      return operator(0x7c, Token.pipe, Token.orIf);
    case 0x3c:
      return redirection(0x3c);
    case 0x3e:
      return redirection(0x3e);
    default:
      return scanWord();
  }
}

/** One or two of `byte`. */
function operator(byte: u8, single: i32, double: i32): i32 {
  at++;
  if (load<u8>(at) != byte) return single;
  at++;
  return double;
}

function redirection(first: u8): i32 {
  const second = load<u8>(++at);
  at++;
  if (first == 0x3c) {
    if (second == 0x3c) return Token.doubleLess;
    if (second == 0x26) return Token.lessAnd;
    if (second == 0x3e) return Token.lessGreat;
  } else {
    if (second == 0x3e) return Token.doubleGreat;
    if (second == 0x26) return Token.greatAnd;
    if (second == 0x7c) return Token.clobber;
  }
  at--;
  return first == 0x3c ? Token.less : Token.great;
}

function endsWord(byte: u8): bool {
  switch (byte) {
    case 0:
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
  word.clear();
  let digits = true;
  while (!endsWord(load<u8>(at))) {
    const byte = load<u8>(at);
    if (byte < 0x30 || byte > 0x39) digits = false;
    if (byte == 0x5c) {
      if (!load<u8>(at, 1)) return Token.incomplete;
      if (load<u8>(at, 1) != 0x0a) word.range(at, 2);
      at += 2;
    } else if (byte == 0x27) {
      if (!single()) return Token.incomplete;
    } else if (byte == 0x22) {
      if (!double()) return Token.incomplete;
    } else if (byte == 0x24 && load<u8>(at, 1) == 0x7b) {
      if (!braced()) return Token.incomplete;
    } else {
      word.byte(byte);
      at++;
    }
  }
  const next = load<u8>(at);
  return digits && (next == 0x3c || next == 0x3e) ? Token.ioNumber : Token.word;
}

/** '…' */
function single(): bool {
  word.byte(load<u8>(at++));
  while (load<u8>(at) != 0x27) {
    if (!load<u8>(at)) return false;
    word.byte(load<u8>(at++));
  }
  word.byte(load<u8>(at++));
  return true;
}

/** "…" */
function double(): bool {
  word.byte(load<u8>(at++));
  while (load<u8>(at) != 0x22) {
    if (!load<u8>(at)) return false;
    if (load<u8>(at) == 0x5c) {
      if (!load<u8>(at, 1)) return false;
      word.byte(load<u8>(at++));
    } else if (load<u8>(at) == 0x24 && load<u8>(at, 1) == 0x7b) {
      if (!braced()) return false;
      continue;
    }
    word.byte(load<u8>(at++));
  }
  word.byte(load<u8>(at++));
  return true;
}

/** ${…}, with quotes inside. */
function braced(): bool {
  word.range(at, 2);
  at += 2;
  while (load<u8>(at) != 0x7d) {
    const byte = load<u8>(at);
    if (!byte) return false;
    if (byte == 0x27) {
      if (!single()) return false;
    } else if (byte == 0x22) {
      if (!double()) return false;
    } else if (byte == 0x24 && load<u8>(at, 1) == 0x7b) {
      if (!braced()) return false;
    } else {
      if (byte == 0x5c) {
        if (!load<u8>(at, 1)) return false;
        word.byte(load<u8>(at++));
      }
      word.byte(load<u8>(at++));
    }
  }
  word.byte(load<u8>(at++));
  return true;
}
