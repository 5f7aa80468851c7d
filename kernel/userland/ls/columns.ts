// Lists in lines, columns, rows, and with commas; the inode number and the size before a name.

import { byteLength } from '../lib/bytes';
import { humanSize } from '../lib/human';
import { List } from '../lib/list';
import { calloc, free, mustAllocate } from '../lib/malloc';
import { printf, snprintf } from '../lib/printf';
import { Stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { Entry } from './entry';
import { markOf, showName, textColumns } from './names';
import { Format, blocks, format, human, inodes, width } from './options';

export const scratch = memory.data(64);

/** Widths of the inode number and the blocks, at 0 and 8. */
export function measureFront(list: List, widths: usize): void {
  for (let i = 0; i < list.length; i++) {
    const found = changetype<Entry>(list.get(i)).stat;
    if (inodes) widen(widths, snprintf(0, 0, '%u', found.inode));
    if (blocks) {
      blocksText(found);
      widen(widths + 8, byteLength(scratch));
    }
  }
}

function blocksText(found: Stat): void {
  if (human) humanSize(<u64>found.blocks * 512, human, scratch);
  else snprintf(scratch, 64, '%u', (found.blocks + 1) / 2);
}

export function showFront(entry: Entry, widths: usize): void {
  if (inodes) printf('%*u ', load<usize>(widths), entry.stat.inode);
  if (blocks) {
    blocksText(entry.stat);
    printf('%*s ', load<usize>(widths + 8), scratch);
  }
}

function frontWidth(widths: usize): i32 {
  return <i32>((inodes ? load<usize>(widths) + 1 : 0) + (blocks ? load<usize>(widths + 8) + 1 : 0));
}

export function showLines(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  measureFront(list, widths);
  for (let i = 0; i < list.length; i++) {
    showFront(changetype<Entry>(list.get(i)), widths);
    showName(changetype<Entry>(list.get(i)));
    stdout.newline();
  }
}

/** As many columns as there is room for, each as wide as it must be. */
export function showColumns(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  measureFront(list, widths);
  const front = frontWidth(widths);
  const count = list.length;
  if (!count) return;
  for (let i = 0; i < count; i++) {
    const entry = changetype<Entry>(list.get(i));
    entry.width = front + textColumns(entry.name) + (markOf(entry.stat.mode) ? 1 : 0);
  }
  const columnWidths = mustAllocate(calloc(<usize>count, 4));
  let across = min<i32>(count, max<i32>(width / 3, 1));
  while (across > 1 && layout(list, across, columnWidths) >= width) across--;
  layout(list, across, columnWidths);
  const down = (count + across - 1) / across;
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const index = format == Format.columns ? column * down + row : row * across + column;
      const after = format == Format.columns ? index + down : column + 1 < across ? index + 1 : count;
      if (index >= count) continue;
      const entry = changetype<Entry>(list.get(index));
      showFront(entry, widths);
      showName(entry);
      if (after < count)
        stdout.fill(0x20, load<i32>(columnWidths + ((<usize>column) << 2)) - entry.width + 2);
    }
    stdout.newline();
  }
  free(columnWidths);
}

/** Fills in the widths for `across` columns and returns the width of the whole line. */
function layout(list: List, across: i32, columnWidths: usize): i32 {
  const down = (list.length + across - 1) / across;
  memory.fill(columnWidths, 0, (<usize>across) << 2);
  for (let i = 0; i < list.length; i++) {
    const at = columnWidths + ((<usize>(format == Format.columns ? i / down : i % across)) << 2);
    store<i32>(at, max<i32>(load<i32>(at), changetype<Entry>(list.get(i)).width));
  }
  let total = 2 * (across - 1);
  for (let i = 0; i < across; i++) {
    const columnWidth = load<i32>(columnWidths + ((<usize>i) << 2));
    total += columnWidth;
  }
  return total;
}

export function showCommas(list: List): void {
  const widths = memory.data(64, 8);
  memory.fill(widths, 0, 64);
  let column = 0;
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    const last = i + 1 == list.length;
    const size =
      textColumns(entry.name) +
      (markOf(entry.stat.mode) ? 1 : 0) +
      (inodes ? <i32>snprintf(0, 0, '%u ', entry.stat.inode) : 0);
    if (i && column + 2 + size + (last ? 0 : 1) > width) {
      stdout.byte(0x2c).newline();
      column = 0;
    } else if (i) {
      stdout.text(', ');
      column += 2;
    }
    showFront(entry, widths);
    showName(entry);
    column += size;
  }
  if (list.length) stdout.newline();
}

export function widen(at: usize, size: usize): void {
  store<usize>(at, max<usize>(load<usize>(at), size));
}
