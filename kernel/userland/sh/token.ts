// The tokens of the shell's grammar. Source: POSIX 2.10.2.

import { literal } from '../lib/literal';
import { Word } from './ast';

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
  semicolonAnd,
}

/** How a token is named in a message; `word` is the one that it stands for, if it is a word. */
export function tokenName(token: i32, word: Word): usize {
  switch (token) {
    case Token.end:
      return literal('end of file');
    case Token.word:
      return word.plain ? word.plain : literal('word');
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
    case Token.semicolonAnd:
      return literal('";&"');
    default:
      return literal('redirection');
  }
}
