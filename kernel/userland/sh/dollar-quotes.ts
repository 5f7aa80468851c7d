// $'…': quotes in which a backslash stands for bytes. Source: POSIX.1-2024 2.2.4.

import { simpleEscape } from '../lib/echo';
import { literal } from '../lib/literal';
import { hexadecimalDigit } from '../lib/number';
import { emptyQuotes } from './quoting';
import { advance, END, peekByte } from './source';
import { failSyntax } from './syntax';
import { put } from './word-builder';

/** At the opening quote. */
export function dollarQuoted(): void {
  advance();
  let byte = peekByte();
  if (byte == 0x27) emptyQuotes();
  while (byte != 0x27) {
    if (byte == END) {
      failSyntax(literal('unterminated quoted string'));
      return;
    }
    advance();
    if (byte == 0x5c) escape();
    else put(byte, true);
    byte = peekByte();
  }
  advance();
}

/** Behind a backslash. A byte of value 0 ends no word here: it is left out (the standard leaves it open). */
function escape(): void {
  const letter = peekByte();
  if (letter == END) return;
  let code = 0;
  if (letter >= 0x30 && letter <= 0x37) code = digits(8, 3);
  else {
    advance();
    if (letter == 0x78) code = digits(16, 2);
    else if (letter == 0x63) code = control();
    else code = namedByte(letter);
  }
  if (code) put(code & 0xff, true);
}

/** \e \" \' and the letters of echo; of others the backslash stays. */
function namedByte(letter: i32): i32 {
  if (letter == 0x65) return 0x1b;
  if (letter == 0x22 || letter == 0x27) return letter;
  const code = simpleEscape(<u8>letter);
  if (code) return code;
  put(0x5c, true);
  return letter;
}

/** \cX: the control character of X; \c\\ is that of the backslash. */
function control(): i32 {
  const letter = peekByte();
  if (letter == END) return 0;
  advance();
  if (letter == 0x5c && peekByte() == 0x5c) advance();
  return letter == 0x3f ? 0x7f : letter & 0x1f;
}

/** A number of at most `most` digits. */
function digits(base: i32, most: i32): i32 {
  let value = 0;
  for (let i = 0; i < most; i++) {
    const digit = hexadecimalDigit(peekByte());
    if (digit >= base) break;
    value = value * base + digit;
    advance();
  }
  return value;
}
