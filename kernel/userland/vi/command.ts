// Normal and visual mode: counts, registers, operators, commands. Source: POSIX vi, "Command Descriptions".

import { Key } from '../lib/keys';
import { draw } from './display';
import { beginGroup } from './lines';
import { normalCommand } from './normal';
import {
  Mode,
  beginCommand,
  clearMessage,
  column,
  endCommand,
  fail,
  isReplaying,
  mode,
  nextKey,
  registerIndex,
  row,
} from './state';
import { visualCommand } from './visual';

/** What has been typed of the command, for the bottom line. */
const pending = memory.data(32);

let pendingSize: usize = 0;

/** Its parts. */
export let count = 0;

export let register = -1;
export let append = false;

export function commandKey(): i32 {
  while (true) {
    if (!isReplaying()) draw(pending);
    const key = nextKey();
    if (key == Key.resize) continue;
    if (pendingSize < 20 && key >= 0x20 && key < 0x7f) {
      store<u8>(pending + pendingSize++, <u8>key);
      store<u8>(pending + pendingSize, 0);
    }
    return key;
  }
  return Key.hangUp;
}

/** Digits from `key` on; the first key that is none. */
export function readCount(key: i32): i32 {
  let next = key;
  let n = 0;
  while ((next >= 0x31 && next <= 0x39) || (next == 0x30 && n)) {
    n = min(n * 10 + next - 0x30, 999999);
    next = commandKey();
  }
  if (n) count = count ? count * n : n;
  return next;
}

export function clearCount(): void {
  count = 0;
}

/** One command of normal or visual mode. */
export function runCommand(): void {
  beginCommand();
  pendingSize = 0;
  store<u8>(pending, 0);
  count = 0;
  register = -1;
  append = false;
  let key = readCount(commandKey());
  clearMessage();
  while (key == 0x22) {
    const letter = commandKey();
    register = registerIndex(letter);
    append = letter >= 0x41 && letter <= 0x5a;
    if (register < 0) return fail('No such register');
    key = readCount(commandKey());
  }
  beginGroup(row, column);
  if (mode == Mode.normal) normalCommand(key);
  else visualCommand(key);
  endCommand();
}
