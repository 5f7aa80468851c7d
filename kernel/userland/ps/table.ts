// The list: chosen, sorted, with columns as wide as they must be.

import { byteLength, compareBytes, duplicateRange } from '../lib/bytes';
import { textWidth } from '../lib/character-width';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { getpid } from '../lib/process';
import { ProcessInfo, listProcesses, processesError } from '../lib/processes';
import { message, reportError } from '../lib/report';
import { isTerminal, stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { terminalColumns } from '../lib/terminal';
import { Column, Kind, columns, findColumn } from './columns';
import { isChosen } from './selection';
import { nameOr, number, startValues, value } from './values';

let headings = true;
export let wide = false;
let sortKind: i32 = -1;
let sortBackwards = false;

export function makeWide(): void {
  wide = true;
}

export function hideHeadings(): void {
  headings = false;
}

export function setSort(name: usize): bool {
  if (load<u8>(name) == 0x2d || load<u8>(name) == 0x2b) sortBackwards = load<u8>(name++) == 0x2d;
  sortKind = findColumn(name, byteLength(name));
  if (sortKind < 0) message().text("unknown column '").bytes(name).text("'").newline();
  return sortKind >= 0;
}

export function list(): i32 {
  const all = listProcesses();
  if (!all.length) {
    reportError(literal('/proc'), processesError());
    return 1;
  }
  startValues();
  const uid = <u32>syscall(Sys.geteuid);
  let terminal: u64 = 0;
  const self = getpid();
  for (let i = 0; i < all.length; i++) {
    if (changetype<ProcessInfo>(all.get(i)).pid == self)
      terminal = changetype<ProcessInfo>(all.get(i)).terminal;
  }
  const chosen = make<List>();
  for (let i = 0; i < all.length; i++) {
    if (isChosen(changetype<ProcessInfo>(all.get(i)), terminal, uid)) chosen.append(all.get(i));
  }
  if (sortKind >= 0) chosen.sort(compare);
  measure(chosen);
  show(chosen);
  return chosen.length ? 0 : 1;
}

/** Columns that hold numbers and names become as wide as the widest. */
function measure(chosen: List): void {
  for (let i = 0; i < columns.length; i++) {
    const column = changetype<Column>(columns.get(i));
    const kind = column.kind;
    if (kind == Kind.args || kind == Kind.name || kind <= Kind.realGroup) continue;
    for (let j = 0; j < chosen.length; j++) {
      const cell = value(kind, changetype<ProcessInfo>(chosen.get(j)));
      column.width = max<i32>(column.width, <i32>byteLength(cell));
    }
  }
}

function show(chosen: List): void {
  const room = wide || !isTerminal(1) ? i32.MAX_VALUE : terminalColumns(1);
  let titled = false;
  for (let i = 0; i < columns.length; i++)
    if (load<u8>(changetype<Column>(columns.get(i)).heading)) titled = true;
  if (headings && titled) showRow(null, room);
  for (let i = 0; i < chosen.length; i++) showRow(changetype<ProcessInfo>(chosen.get(i)), room);
}

function showRow(process: ProcessInfo | null, room: i32): void {
  let used = 0;
  for (let i = 0; i < columns.length; i++) {
    const column = changetype<Column>(columns.get(i));
    const last = i + 1 == columns.length;
    let cell = process ? value(column.kind, process) : column.heading;
    let size = byteLength(cell);
    // A name that is too long gives way to the number.
    if (process && column.kind <= Kind.realGroup && <i32>size > column.width) {
      const number = column.kind < Kind.group ? process.uid : process.gid;
      cell = nameOr(0, number);
      size = byteLength(cell);
    }
    if (i) stdout.byte(0x20);
    used += i ? 1 : 0;
    const width = textWidth(cell, size);
    const pad = column.width - width;
    if (column.right) stdout.fill(0x20, pad);
    if (column.kind == Kind.args || column.kind == Kind.name) {
      const fits = last
        ? room - used
        : column.kind == Kind.name
          ? max<i32>(column.width, width)
          : column.width;
      size = <usize>min<i64>(size, max<i32>(fits, 0));
      stdout.range(cell, size);
    } else stdout.range(cell, size);
    if (!column.right && !last) stdout.fill(0x20, column.width - <i32>size);
    used += max<i32>(column.width, width);
  }
  stdout.newline();
}

function compare(a: usize, b: usize): i32 {
  const first = changetype<ProcessInfo>(a);
  const second = changetype<ProcessInfo>(b);
  let order: i32;
  if (sortKind <= Kind.realGroup || (sortKind >= Kind.terminal && sortKind <= Kind.state)) {
    const copy = mustAllocate(duplicateRange(value(sortKind, first), byteLength(value(sortKind, first))));
    order = compareBytes(copy, value(sortKind, second));
  } else {
    const x = number(sortKind, first);
    const y = number(sortKind, second);
    order = x < y ? -1 : x > y ? 1 : 0;
  }
  return sortBackwards ? -order : order;
}
