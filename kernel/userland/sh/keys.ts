// Keys from the bytes of a terminal. Source: ECMA-48 (CSI), xterm's control sequences (PC-style function keys).

import { Errno } from '../lib/errno';
import { read } from '../lib/file';

/** Keys that are no single byte. Bytes are themselves. */
export const enum Key {
  none = 256,
  up,
  down,
  left,
  right,
  home,
  end,
  remove,
  wordLeft,
  wordRight,
  removeWord,
  removeWordBefore,
  upperWord,
  lowerWord,
  capitalWord,
  lastWord,
  pageUp,
  pageDown,
  /** The terminal is gone. */
  hangUp,
}

const ESCAPE: i32 = 27;

function nextByte(): i32 {
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
  const byte = nextByte();
  if (byte != ESCAPE) return byte;
  const second = nextByte();
  switch (second) {
    case 0x5b: // [
      return controlSequence();
    case 0x4f: // O
      return letterKey(nextByte(), false);
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

/** After CSI: parameters and a final byte. */
function controlSequence(): i32 {
  let number = 0;
  let modified = false;
  while (true) {
    const byte = nextByte();
    if (byte == Key.hangUp) return byte;
    if (byte >= 0x30 && byte <= 0x39) {
      if (!modified) number = number * 10 + byte - 0x30;
    } else if (byte == 0x3b) modified = true;
    else if (byte == 0x7e) return numberKey(number);
    else if (byte >= 0x40) return letterKey(byte, modified);
  }
  return Key.none;
}

function numberKey(number: i32): i32 {
  switch (number) {
    case 1:
    case 7:
      return Key.home;
    case 3:
      return Key.remove;
    case 4:
    case 8:
      return Key.end;
    default:
      return Key.none;
  }
}

function letterKey(letter: i32, modified: bool): i32 {
  switch (letter) {
    case 0x41:
      return Key.up;
    case 0x42:
      return Key.down;
    case 0x43:
      return modified ? Key.wordRight : Key.right;
    case 0x44:
      return modified ? Key.wordLeft : Key.left;
    case 0x46:
      return Key.end;
    case 0x48:
      return Key.home;
    default:
      return letter == Key.hangUp ? letter : Key.none;
  }
}
