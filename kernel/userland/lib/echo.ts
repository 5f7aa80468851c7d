// echo: for the program and the shell's builtin. Source: POSIX echo with its XSI part, and -n.
//
// Rules: as the XSI standard says, operands may contain \a \b \c \f \n \r \t \v \\ and \0ddd; \c ends the output. -n, as
// the only option, leaves the newline out.

import { bytesAre } from './bytes';
import { List } from './list';
import { stdout } from './stream';

/** Writes words[1…]; returns 0. */
export function echoWords(words: List): i32 {
  let first = 1;
  const plain = words.length > 1 && bytesAre(words.get(1), '-n');
  if (plain) first++;
  for (let i = first; i < words.length; i++) {
    if (i > first) stdout.byte(0x20);
    if (!writeEscaped(words.get(i))) return 0;
  }
  if (!plain) stdout.newline();
  return 0;
}

/** Writes the text with its escapes; false after \c. Also the %b of printf. */
export function writeEscaped(at: usize): bool {
  for (; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte != 0x5c) {
      stdout.byte(byte);
      continue;
    }
    const next = load<u8>(at, 1);
    if (next == 0x63) return false;
    if (next == 0x30) {
      let value: u32 = 0;
      let end = at + 2;
      for (let i = 0; i < 3 && load<u8>(end) >= 0x30 && load<u8>(end) <= 0x37; i++)
        value = value * 8 + load<u8>(end++) - 0x30;
      stdout.byte(<u8>value);
      at = end - 1;
      continue;
    }
    const code = simpleEscape(next);
    if (!code) {
      stdout.byte(byte);
      continue;
    }
    stdout.byte(code);
    at++;
  }
  return true;
}

/** What a letter behind a backslash stands for; 0 when it is none of these. */
export function simpleEscape(letter: u8): u8 {
  switch (letter) {
    case 0x61:
      return 7;
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    case 0x76:
      return 11;
    case 0x5c:
      return 0x5c;
    default:
      return 0;
  }
}
