// Which bytes end a word, and which are part of a name. Source: POSIX 2.3, 3.216 (name).

import { END } from './source';

export function endsWord(byte: i32): bool {
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

export function isNameByte(byte: i32): bool {
  const lower = byte | 0x20;
  return byte == 0x5f || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

export function isSpecial(byte: i32): bool {
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
