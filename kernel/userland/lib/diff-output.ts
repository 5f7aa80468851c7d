// The forms in which diff shows changes. Source: POSIX diff (STDOUT): default, -c, -e, -f, -u.

import { Change, Text } from './diff-lines';
import { formatTime } from './format-time';
import { List } from './list';
import { literal } from './literal';
import { make } from './malloc';
import { Stat } from './stat';
import { stdout } from './stream';
import { CalendarTime } from './time';
import { localTime } from './zone';

export const enum Form {
  normal,
  unified,
  context,
  ed,
  forward,
}

const calendar = make<CalendarTime>();

/** `--- name<tab>time`, or the label alone. */
export function showHeading(mark: string, name: usize, label: usize, found: Stat, unified: bool): void {
  stdout.text(mark).byte(0x20);
  if (label) {
    stdout.bytes(label).newline();
    return;
  }
  stdout.bytes(name).byte(9);
  localTime(found.modifySeconds, calendar);
  const format = unified ? literal('%Y-%m-%d %H:%M:%S.%N %z') : literal('%a %b %e %H:%M:%S %Y');
  formatTime(stdout, format, calendar, found.modifySeconds, found.modifyNanoseconds);
  stdout.newline();
}

function showLine(mark: string, text: Text, index: i32): void {
  stdout.text(mark).range(text.line(index), text.length(index)).newline();
  if (text.unfinished && index + 1 == text.count) stdout.text('\\ No newline at end of file\n');
}

/** `4` or `4,7`; an empty range is the line before it. */
function showRange(from: i32, to: i32): void {
  if (to - from > 1)
    stdout
      .unsigned(from + 1)
      .byte(0x2c)
      .unsigned(to);
  else stdout.unsigned(to);
}

export function showNormal(a: Text, b: Text, changes: List): void {
  for (let i = 0; i < changes.length; i++) {
    const change = changetype<Change>(changes.get(i));
    const removed = change.toA > change.fromA;
    const added = change.toB > change.fromB;
    showRange(change.fromA, change.toA);
    stdout.byte(removed ? (added ? 0x63 : 0x64) : 0x61);
    showRange(change.fromB, change.toB);
    stdout.newline();
    for (let j = change.fromA; j < change.toA; j++) showLine('< ', a, j);
    if (removed && added) stdout.text('---\n');
    for (let j = change.fromB; j < change.toB; j++) showLine('> ', b, j);
  }
}

/** The last change of those that share their context with the one at `first`. */
function groupEnd(changes: List, first: i32, context: i32): i32 {
  let last = first;
  while (last + 1 < changes.length) {
    const gap = changetype<Change>(changes.get(last + 1)).fromA - changetype<Change>(changes.get(last)).toA;
    if (gap > 2 * context) break;
    last++;
  }
  return last;
}

/** `from,count` of a unified hunk. */
function unifiedRange(from: i32, to: i32): void {
  const count = to - from;
  if (count == 1) stdout.unsigned(from + 1);
  else
    stdout
      .unsigned(count ? from + 1 : from)
      .byte(0x2c)
      .unsigned(count);
}

export function showUnified(a: Text, b: Text, changes: List, context: i32): void {
  for (let first = 0; first < changes.length;) {
    const last = groupEnd(changes, first, context);
    const begin = changetype<Change>(changes.get(first));
    const end = changetype<Change>(changes.get(last));
    const before = min<i32>(context, begin.fromA);
    const after = min<i32>(context, a.count - end.toA);
    stdout.text('@@ -');
    unifiedRange(begin.fromA - before, end.toA + after);
    stdout.text(' +');
    unifiedRange(begin.fromB - before, end.toB + after);
    stdout.text(' @@\n');
    let at = begin.fromA - before;
    for (let i = first; i <= last; i++) {
      const change = changetype<Change>(changes.get(i));
      for (; at < change.fromA; at++) showLine(' ', a, at);
      for (; at < change.toA; at++) showLine('-', a, at);
      for (let j = change.fromB; j < change.toB; j++) showLine('+', b, j);
    }
    for (; at < end.toA + after; at++) showLine(' ', a, at);
    first = last + 1;
  }
}

function contextRange(from: i32, to: i32): void {
  if (to - from > 1)
    stdout
      .unsigned(from + 1)
      .byte(0x2c)
      .unsigned(to);
  else stdout.unsigned(to);
}

export function showContext(a: Text, b: Text, changes: List, context: i32): void {
  for (let first = 0; first < changes.length;) {
    const last = groupEnd(changes, first, context);
    const begin = changetype<Change>(changes.get(first));
    const end = changetype<Change>(changes.get(last));
    const before = min<i32>(context, begin.fromA);
    const after = min<i32>(context, a.count - end.toA);
    let removes = false;
    let adds = false;
    for (let i = first; i <= last; i++) {
      const change = changetype<Change>(changes.get(i));
      if (change.toA > change.fromA) removes = true;
      if (change.toB > change.fromB) adds = true;
    }
    stdout.text('***************\n*** ');
    contextRange(begin.fromA - before, end.toA + after);
    stdout.text(' ****\n');
    if (removes) {
      let at = begin.fromA - before;
      for (let i = first; i <= last; i++) {
        const change = changetype<Change>(changes.get(i));
        for (; at < change.fromA; at++) showLine('  ', a, at);
        for (; at < change.toA; at++) showLine(change.toB > change.fromB ? '! ' : '- ', a, at);
      }
      for (; at < end.toA + after; at++) showLine('  ', a, at);
    }
    stdout.text('--- ');
    contextRange(begin.fromB - before, end.toB + after);
    stdout.text(' ----\n');
    if (adds) {
      let at = begin.fromB - before;
      for (let i = first; i <= last; i++) {
        const change = changetype<Change>(changes.get(i));
        for (; at < change.fromB; at++) showLine('  ', b, at);
        for (; at < change.toB; at++) showLine(change.toA > change.fromA ? '! ' : '+ ', b, at);
      }
      for (; at < end.toB + after; at++) showLine('  ', b, at);
    }
    first = last + 1;
  }
}

/** A script for ed, from the end to the beginning so that numbers stay right. */
export function showEd(b: Text, changes: List): void {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changetype<Change>(changes.get(i));
    const adds = change.toB > change.fromB;
    const removes = change.toA > change.fromA;
    showRange(change.fromA, change.toA);
    stdout.byte(removes ? (adds ? 0x63 : 0x64) : 0x61).newline();
    if (!adds) continue;
    let inserting = true;
    for (let j = change.fromB; j < change.toB; j++) {
      if (!inserting) stdout.text('a\n');
      inserting = true;
      const dot = b.length(j) == 1 && load<u8>(b.line(j)) == 0x2e;
      if (dot) {
        // A line of one dot would end the text: two, of which one is taken away again.
        stdout.text('..\n.\ns/.//\n');
        inserting = false;
      } else stdout.range(b.line(j), b.length(j)).newline();
    }
    if (inserting) stdout.text('.\n');
  }
}

/** As -e, from the beginning to the end: for reading, not for ed. */
export function showForward(b: Text, changes: List): void {
  for (let i = 0; i < changes.length; i++) {
    const change = changetype<Change>(changes.get(i));
    const adds = change.toB > change.fromB;
    const removes = change.toA > change.fromA;
    stdout.byte(removes ? (adds ? 0x63 : 0x64) : 0x61);
    if (change.toA - change.fromA > 1)
      stdout
        .unsigned(change.fromA + 1)
        .byte(0x20)
        .unsigned(change.toA);
    else stdout.unsigned(change.toA);
    stdout.newline();
    if (!adds) continue;
    for (let j = change.fromB; j < change.toB; j++) stdout.range(b.line(j), b.length(j)).newline();
    stdout.text('.\n');
  }
}
