// Keys from the bytes of a terminal. Source: ECMA-48 (CSI), xterm's control sequences (PC-style function keys).

/** Keys that are no character; characters are their code points, or their bytes. */
export const enum Key {
  none = 0x110000,
  up,
  down,
  left,
  right,
  home,
  end,
  pageUp,
  pageDown,
  insert,
  remove,
  f1,
  wordLeft,
  wordRight,
  removeWord,
  removeWordBefore,
  upperWord,
  lowerWord,
  capitalWord,
  lastWord,
  /** The size has changed. */
  resize,
  /** Nothing came in time. */
  timeout,
  /** The terminal is gone. */
  hangUp,
}

/** The key after ESC [: parameters and a final byte. What `next` gives that is no byte ends it and is the result. */
export function controlSequence(next: () => i32): i32 {
  let number = 0;
  let modified = false;
  while (true) {
    const byte = next();
    if (byte > 0xff) return byte;
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
    case 2:
      return Key.insert;
    case 3:
      return Key.remove;
    case 4:
    case 8:
      return Key.end;
    case 5:
      return Key.pageUp;
    case 6:
      return Key.pageDown;
    case 11:
      return Key.f1;
    default:
      return Key.none;
  }
}

/** The key of a final letter, after ESC [ or ESC O; what is no byte is the result. */
export function letterKey(letter: i32, modified: bool): i32 {
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
    case 0x50:
      return Key.f1;
    default:
      return letter > 0xff ? letter : Key.none;
  }
}
