// A line typed at the bottom of the screen, with what was typed there before.

import { Buffer } from '../lib/buffer';
import { bytesEqual, duplicateBytes } from '../lib/bytes';
import { characterWidth } from '../lib/character-width';
import { characterAt, characterSize } from '../lib/characters';
import { screenColumns, screenRow, screenRows, screenShow } from '../lib/full-screen';
import { Key } from '../lib/keys';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { encodeCodePoint } from '../lib/utf8';
import { ESCAPE, isReplaying, nextKey } from './state';

const line = make<Buffer>();
const history = make<List>();
const room = memory.data(8);

function width(b: Buffer): i32 {
  let n = 0;
  for (let at = b.at; at < b.at + b.length; at += characterSize())
    n += characterWidth(characterAt(at, b.at + b.length));
  return n;
}

function paint(prompt: string): void {
  if (isReplaying()) return;
  const row = screenRow(screenRows() - 1);
  row.bytes(literal(prompt));
  row.range(line.at, line.length);
  screenShow(screenRows() - 1, min(screenColumns() - 1, prompt.length + width(line)));
}

function rubOut(): void {
  do line.remove(line.length - 1, 1);
  while (line.length && (load<u8>(line.at + line.length) & 0xc0) == 0x80);
}

function recall(index: i32): void {
  line.clear();
  if (index < history.length) line.bytes(history.get(index));
}

/** What was typed, valid until the next call; 0 when it was given up. `start` stands there already. */
export function readLine(prompt: string, start: usize = 0): usize {
  line.clear();
  if (start) line.bytes(start);
  let at = history.length;
  while (true) {
    paint(prompt);
    const key = nextKey();
    if (key == 13 || key == 10) break;
    if (key == ESCAPE || key == 3 || key == Key.hangUp) return 0;
    if (key == 127 || key == 8) {
      if (line.length == 0) return 0;
      rubOut();
    } else if (key == 21) line.clear();
    else if (key == 23) {
      while (line.length && load<u8>(line.at + line.length - 1) == 0x20) rubOut();
      while (line.length && load<u8>(line.at + line.length - 1) != 0x20) rubOut();
    } else if (key == Key.up && at > 0) recall(--at);
    else if (key == Key.down && at < history.length) recall(++at);
    else if (key == 22) {
      const end = encodeCodePoint(<u32>nextKey(), room);
      line.range(room, end - room);
    } else if (key < 0x110000 && (key >= 0x20 || key == 9)) {
      const end = encodeCodePoint(key, room);
      line.range(room, end - room);
    }
  }
  if (line.length && (!history.length || !bytesEqual(history.get(history.length - 1), line.at))) {
    history.append(duplicateBytes(line.at));
  }
  return line.at;
}
