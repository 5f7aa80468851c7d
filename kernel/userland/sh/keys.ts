// The keys of the line editor: those of lib/keys.ts, and emacs' keys after ESC.

import { Errno } from '../lib/errno';
import { read } from '../lib/file';
import { controlSequence, Key, letterKey } from '../lib/keys';

const ESCAPE: i32 = 27;

/** The next byte that was typed; Key.hangUp without a terminal. */
export function readByte(): i32 {
  const byte = memory.data(1);
  while (true) {
    const got = read(0, byte, 1);
    if (got == 1) return load<u8>(byte);
    if (got != -Errno.INTR) return Key.hangUp;
  }
  return Key.hangUp;
}

/** Waits for a key. */
export function readKey(): i32 {
  const byte = readByte();
  if (byte != ESCAPE) return byte;
  const second = readByte();
  switch (second) {
    case 0x5b: // [
      return controlSequence(readByte);
    case 0x4f: // O
      return letterKey(readByte(), false);
    case 0x62: // b
      return Key.wordLeft;
    case 0x66: // f
      return Key.wordRight;
    case 0x64: // d
      return Key.removeWord;
    case 0x7f:
    case 0x08:
      return Key.removeWordBefore;
    case 0x75: // u
      return Key.upperWord;
    case 0x6c: // l
      return Key.lowerWord;
    case 0x63: // c
      return Key.capitalWord;
    case 0x2e: // .
    case 0x5f: // _
      return Key.lastWord;
    default:
      return second == Key.hangUp ? second : Key.none;
  }
}
