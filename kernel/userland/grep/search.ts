// One file: its lines, and what is printed of them.

import { duplicateRange } from '../lib/bytes';
import { exit } from '../lib/exit';
import { LineReader, findByteFast, lineAt, lineLength, nextTextLine } from '../lib/lines';
import { List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { stdout } from '../lib/stream';
import {
  after,
  before,
  colour,
  counts,
  inverted,
  limit,
  listsMatching,
  listsOthers,
  number,
  numbers,
  only,
  quiet,
  textAlways,
} from './options';
import { findMatch, matchBegin, matchEnd, matches } from './patterns';

export let found = false;
let showNames = false;

export function setShowNames(on: bool): void {
  showNames = on;
}

/** NAME:NUMBER: before a line; - instead of : for context. */
function writePrefix(name: usize, line: i64, mark: u8): void {
  if (showNames) {
    if (colour) stdout.text('\x1b[35m').bytes(name).text('\x1b[m\x1b[36m').byte(mark).text('\x1b[m');
    else stdout.bytes(name).byte(mark);
  }
  if (numbers) {
    if (colour) stdout.text('\x1b[32m').unsigned(line).text('\x1b[m\x1b[36m').byte(mark).text('\x1b[m');
    else stdout.unsigned(line).byte(mark);
  }
}

function writeOnly(name: usize, number: i64, line: usize, length: usize): void {
  let from: usize = 0;
  while (from <= length && findMatch(line, length, from)) {
    if (matchEnd > matchBegin) {
      writePrefix(name, number, 0x3a);
      if (colour) stdout.text('\x1b[01;31m\x1b[K');
      stdout.range(line + matchBegin, matchEnd - matchBegin);
      if (colour) stdout.text('\x1b[m\x1b[K');
      stdout.newline();
      from = matchEnd;
    } else from = matchEnd + 1;
  }
}

function writeLine(name: usize, number: i64, line: usize, length: usize, mark: u8): void {
  writePrefix(name, number, mark);
  let from: usize = 0;
  if (colour && mark == 0x3a && !inverted) {
    let at: usize = 0;
    while (at <= length && findMatch(line, length, at)) {
      if (matchEnd == matchBegin) {
        at = matchEnd + 1;
        continue;
      }
      stdout.range(line + from, matchBegin - from);
      stdout
        .text('\x1b[01;31m\x1b[K')
        .range(line + matchBegin, matchEnd - matchBegin)
        .text('\x1b[m\x1b[K');
      from = matchEnd;
      at = matchEnd;
    }
  }
  stdout.range(line + from, length - from).newline();
}

/** Copies of the lines before the current one, for -B. */
const kept = make<List>();

function clearKept(): void {
  for (let i = 0; i < kept.length; i += 2) free(kept.get(i));
  kept.length = 0;
}

/** Something was printed before: -- stands between groups of lines. */
let anyGroup = false;

export function search(reader: LineReader, name: usize): void {
  let count: i64 = 0;
  let number: i64 = 0;
  let trailing: i64 = 0;
  let lastShown: i64 = 0;
  let binary = false;
  let isFirst = true;
  const brief = counts || quiet || listsMatching || listsOthers;
  const hasContext = (after > 0 || before > 0) && !brief && !only;
  clearKept();
  while (count < limit || trailing > 0) {
    if (!nextTextLine(reader)) break;
    const line = lineAt;
    const length = lineLength;
    number++;
    if (isFirst && !textAlways) {
      const end = reader.buffer + min<usize>(reader.end, 32768);
      binary = findByteFast(reader.buffer, end, 0) < end;
    }
    isFirst = false;
    const hit = count < limit && matches(line, length) != inverted;
    if (!hit) {
      if (!hasContext) continue;
      if (trailing > 0) {
        trailing--;
        writeLine(name, number, line, length, 0x2d);
        lastShown = number;
      } else if (before) {
        if (kept.length >= before * 2) {
          free(kept.removeAt(0));
          kept.removeAt(0);
        }
        keepCopy(line, length);
      }
      continue;
    }
    count++;
    found = true;
    if (quiet) {
      stdout.flush();
      exit(0);
    }
    if (listsMatching || listsOthers) break;
    if (counts) continue;
    if (binary) {
      stdout.text('Binary file ').bytes(name).text(' matches\n');
      break;
    }
    if (hasContext) {
      const first = number - kept.length / 2;
      if (anyGroup && first > lastShown + 1) stdout.text(colour ? '\x1b[36m--\x1b[m\n' : '--\n');
      else if (anyGroup && !lastShown) stdout.text('--\n');
      for (let i = 0; i < kept.length; i += 2) {
        writeLine(name, first + i / 2, kept.get(i), kept.get(i + 1), 0x2d);
      }
      clearKept();
      anyGroup = true;
      lastShown = number;
      trailing = after;
    }
    if (only) {
      if (!inverted) writeOnly(name, number, line, length);
    } else writeLine(name, number, line, length, 0x3a);
  }
  if (counts) {
    if (showNames) stdout.bytes(name).byte(0x3a);
    stdout.unsigned(count).newline();
  }
  if ((listsMatching && count > 0) || (listsOthers && !count)) {
    stdout.bytes(name).newline();
    if (listsOthers) found = true;
  }
}

function keepCopy(line: usize, length: usize): void {
  const copy = mustAllocate(duplicateRange(line, length));
  assert(kept.append(copy) && kept.append(length), 'out of memory');
}
