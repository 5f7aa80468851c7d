// The lines that were entered, the newest last, at most MAXIMUM of them; kept in the file HISTFILE ($HOME/.sh_history).
//
// Rules: loadHistory() once by an interactive shell; saveHistory() at its end writes what came since then behind what is
// in the file, so that several shells share it.

import { bytesEqual, duplicateBytes, byteLength } from '../lib/bytes';
import { close, open, Open, writeFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { printf, snprintf } from '../lib/printf';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { inChild } from './state';
import { named, valueOf } from './variables';

const MAXIMUM: i32 = 1000;

const lines = make<List>();
/** How many have been dropped at the old end. */
let dropped: i32 = 0;
/** Lines from here on are not in the file. */
let saved: i32 = 0;
let loaded = false;

/** Remembers a copy of the line, unless it is blank, begins with a blank, or repeats the last one. */
export function addHistory(line: usize): void {
  const first = load<u8>(line);
  if (!first || first == 0x20) return;
  if (lines.length && bytesEqual(lines.get(lines.length - 1), line)) return;
  if (lines.length == MAXIMUM) {
    free(lines.removeAt(0));
    dropped++;
    if (saved) saved--;
  }
  assert(lines.append(mustAllocate(duplicateBytes(line))), 'out of memory');
}

export function historyLength(): i32 {
  return lines.length;
}

/** A line that stays the history's own. */
export function historyLine(index: i32): usize {
  return lines.get(index);
}

/** The number of the oldest line. */
export function firstNumber(): i32 {
  return dropped + 1;
}

/** The number that the next line gets. */
export function historyNumber(): i32 {
  return dropped + lines.length + 1;
}

export function removeLast(): void {
  if (!lines.length) return;
  free(lines.removeAt(lines.length - 1));
  if (saved > lines.length) saved = lines.length;
}

export function printHistory(): void {
  for (let i = 0; i < lines.length; i++) printf('%5d  %s\n', dropped + i + 1, lines.get(i));
}

const path = memory.data(512);

/** The file's name; false when there is none. */
function filePath(): bool {
  const file = valueOf(named('HISTFILE'));
  if (file) return load<u8>(file) != 0 && snprintf(path, 512, '%s', file) < 512;
  const home = valueOf(named('HOME'));
  return home != 0 && snprintf(path, 512, '%s/.sh_history', home) < 512;
}

export function loadHistory(): void {
  loaded = true;
  if (!filePath()) return;
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return;
  const reader = openReader(fd);
  if (reader) {
    for (let line = nextLine(reader); line; line = nextLine(reader)) addHistory(line);
    closeReader(reader);
  }
  close(fd);
  saved = lines.length;
}

export function saveHistory(): void {
  if (!loaded || inChild || saved >= lines.length || !filePath()) return;
  const fd = open(path, Open.writeOnly | Open.create | Open.append | Open.closeOnExec, 0o600);
  if (fd < 0) return;
  for (let i = saved; i < lines.length; i++) {
    writeFully(fd, lines.get(i), byteLength(lines.get(i)));
    writeFully(fd, literal('\n'), 1);
  }
  close(fd);
  saved = lines.length;
}
