// How the editing of a line ends, and the keys that end it whatever the keys of the rest.

import { Key } from '../lib/keys';
import { stdout } from '../lib/stream';
import { toEnd } from './edit-line';

export const enum Edited {
  line,
  /** ^C: the line is dropped. */
  abandoned,
  /** ^D on an empty line, or the terminal is gone. */
  ended,
}

/** What Enter, ^C and the end of the terminal make of the line; -1: `key` ends nothing. */
export function endedBy(key: i32): i32 {
  switch (key) {
    case 0x0a:
    case 0x0d:
      return Edited.line;
    case 0x03: // ^C
      toEnd();
      stdout.text('^C');
      return Edited.abandoned;
    case Key.hangUp:
      return Edited.ended;
    default:
      return -1;
  }
}
