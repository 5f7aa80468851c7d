// The text of the editor: lines, and every change to them, so that all can be undone and done again.
//
// Rules: replaceLines() is the only way to change text; lines are never changed in place, so what undo keeps needs no
// copies. Changes between two calls of beginGroup() are undone together.

import { List } from '../lib/list';
import { free, make, malloc, mustAllocate } from '../lib/malloc';

@unmanaged
@final
export class Line {
  at: usize;
  length: usize;
}

/** Lines [at, at + inserted) took the place of `removed`. */
@unmanaged
@final
class Change {
  at: i32;
  inserted: i32;
  removed: List;
  group: i32;
  row: i32;
  column: i32;
}

const lines = make<List>();
const changes = make<List>();
/** How many of them are done; those after it can be done again. */
let done = 0;
let savedAt = 0;
let group = 0;
/** Where the cursor was when the group began. */
let groupRow = 0;
let groupColumn = 0;

export function makeLine(from: usize, length: usize): Line {
  const line = make<Line>();
  line.at = mustAllocate(malloc(length + 1));
  line.length = length;
  memory.copy(line.at, from, length);
  store<u8>(line.at + length, 0);
  return line;
}

function freeLine(line: Line): void {
  free(line.at);
  free(changetype<usize>(line));
}

export function lineCount(): i32 {
  return lines.length;
}

export function lineAt(row: i32): Line {
  return changetype<Line>(lines.get(row));
}

export function lengthOf(row: i32): i32 {
  return <i32>lineAt(row).length;
}

/** A text of this one line, without a past. */
export function startText(list: List): void {
  lines.length = 0;
  for (let i = 0; i < list.length; i++) lines.append(list.get(i));
  if (!lines.length) lines.append(changetype<usize>(makeLine(0, 0)));
  for (let i = 0; i < changes.length; i++) freeChange(changetype<Change>(changes.get(i)));
  changes.length = 0;
  done = 0;
  savedAt = 0;
}

function freeChange(change: Change): void {
  for (let i = 0; i < change.removed.length; i++) freeLine(changetype<Line>(change.removed.get(i)));
  free(change.removed.values);
  free(changetype<usize>(change.removed));
  free(changetype<usize>(change));
}

/** What comes now is undone by itself; the cursor goes back here then. */
export function beginGroup(row: i32, column: i32): void {
  group++;
  groupRow = row;
  groupColumn = column;
}

/** Puts the lines of `list` where `count` lines were; those go into `removed`. */
function splice(at: i32, count: i32, list: List, removed: List): void {
  for (let i = 0; i < count; i++) removed.append(lines.get(at + i));
  const before = lines.length;
  const grow = list.length - count;
  for (let i = 0; i < grow; i++) lines.append(0);
  const tail = lines.values + <usize>(at + count) * 8;
  memory.copy(tail + <usize>(<isize>grow * 8), tail, <usize>(before - at - count) * 8);
  lines.length = before + grow;
  for (let i = 0; i < list.length; i++) lines.set(at + i, list.get(i));
}

/** The lines of `list`, which it takes over, take the place of `count` lines from `at` on. The text is never empty. */
export function replaceLines(at: i32, count: i32, list: List): void {
  while (changes.length > done) freeChange(changetype<Change>(changes.removeAt(changes.length - 1)));
  if (savedAt > done) savedAt = -1;
  const change = make<Change>();
  change.at = at;
  change.removed = make<List>();
  splice(at, count, list, change.removed);
  change.inserted = list.length;
  if (!lines.length) {
    lines.append(changetype<usize>(makeLine(0, 0)));
    change.inserted = 1;
  }
  change.group = group;
  change.row = groupRow;
  change.column = groupColumn;
  changes.append(changetype<usize>(change));
  done++;
  free(list.values);
  free(changetype<usize>(list));
}

/** One line becomes these bytes. Typing in one line makes one change, not one a key. */
export function setLine(row: i32, from: usize, length: usize): void {
  const line = makeLine(from, length);
  const last = done ? changetype<Change>(changes.get(done - 1)) : null;
  if (last && done == changes.length && last.group == group && last.at == row && last.inserted == 1) {
    if (last.removed.length == 1 && savedAt != done) {
      freeLine(lineAt(row));
      lines.set(row, changetype<usize>(line));
      return;
    }
  }
  const list = make<List>();
  list.append(changetype<usize>(line));
  replaceLines(row, 1, list);
}

/** Row and column of the cursor after undo() or redo(). */
export let undoneRow = 0;
export let undoneColumn = 0;

/** Exchanges what is there with what was. */
function swap(change: Change): void {
  const taken = make<List>();
  const back = change.removed;
  splice(change.at, change.inserted, back, taken);
  change.inserted = back.length;
  change.removed = taken;
  free(back.values);
  free(changetype<usize>(back));
}

export function undo(): bool {
  if (done == 0) return false;
  const number = changetype<Change>(changes.get(done - 1)).group;
  while (done > 0 && changetype<Change>(changes.get(done - 1)).group == number) {
    const change = changetype<Change>(changes.get(--done));
    swap(change);
    undoneRow = change.row;
    undoneColumn = change.column;
  }
  return true;
}

export function redo(): bool {
  if (done == changes.length) return false;
  const number = changetype<Change>(changes.get(done)).group;
  while (done < changes.length && changetype<Change>(changes.get(done)).group == number) {
    const change = changetype<Change>(changes.get(done++));
    swap(change);
    undoneRow = change.at;
    undoneColumn = 0;
  }
  return true;
}

export function isModified(): bool {
  return done != savedAt;
}

export function markSaved(): void {
  savedAt = done;
}
