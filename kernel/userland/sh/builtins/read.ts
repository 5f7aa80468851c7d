// read: a line into variables. Source: POSIX read.

import { Buffer } from '../../lib/buffer';
import { bytesAre } from '../../lib/bytes';
import { Errno } from '../../lib/errno';
import { read } from '../../lib/file';
import { List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { make } from '../../lib/malloc';
import { stderr, isTerminal } from '../../lib/stream';
import { shellMessage } from '../error';
import { separatorKind } from '../expand';
import { stackCopy } from '../stack';
import { interactive } from '../state';
import { caughtSignal, runTraps, trapPending } from '../traps';
import { isName, setVariableRange, variableNamed } from '../variables';

/** The line; in `quoted` a 1 for each byte that a backslash quoted. */
const line = make<Buffer>();
const quoted = make<Buffer>();
let signalCame = false;

/** A byte, -1 at the end, on an error or when a trapped signal came. Byte by byte: the rest is for others. */
function nextByte(): i32 {
  const byte = memory.data(1);
  while (true) {
    const got = read(0, byte, 1);
    if (got == 1) return load<u8>(byte);
    if (got != -Errno.INTR) return -1;
    if (trapPending()) {
      signalCame = true;
      return -1;
    }
  }
  return -1;
}

/** False at the end of the input before the delimiter. */
function readLine(raw: bool, delimiter: i32): bool {
  line.clear();
  quoted.clear();
  signalCame = false;
  while (true) {
    let byte = nextByte();
    if (byte < 0) return false;
    let isQuoted: u8 = 0;
    if (byte == 0x5c && !raw) {
      byte = nextByte();
      if (byte < 0) return false;
      if (byte == 0x0a) {
        if (interactive && isTerminal(0)) stderr.text('> ').flush();
        continue;
      }
      isQuoted = 1;
    } else if (byte == delimiter) return true;
    if (!byte) continue;
    line.byte(<u8>byte);
    quoted.byte(isQuoted);
  }
  return false;
}

/** How a byte separates: 0 not at all, 1 as white space, 2 as another byte of IFS. */
function kindAt(index: usize): u8 {
  return load<u8>(quoted.at + index) ? 0 : separatorKind(load<u8>(line.at + index));
}

export function readVariables(words: List): i32 {
  let raw = false;
  let prompt: usize = 0;
  let delimiter: i32 = 0x0a;
  let first = 1;
  for (; first < words.length && load<u8>(words.get(first)) == 0x2d; first++) {
    const word = words.get(first);
    if (bytesAre(word, '-r')) raw = true;
    else if (bytesAre(word, '-p') && first + 1 < words.length) prompt = words.get(++first);
    else if (bytesAre(word, '-d') && first + 1 < words.length) delimiter = load<u8>(words.get(++first));
    else if (bytesAre(word, '--')) {
      first++;
      break;
    } else {
      shellMessage().text('Illegal option ').bytes(word).newline();
      return 2;
    }
  }
  if (first >= words.length) {
    shellMessage().text('arg count').newline();
    return 2;
  }
  for (let i = first; i < words.length; i++) {
    if (isName(words.get(i))) continue;
    shellMessage().bytes(words.get(i)).text(': bad variable name').newline();
    return 2;
  }
  if (prompt && isTerminal(0)) stderr.bytes(prompt).flush();
  const complete = readLine(raw, delimiter);
  if (signalCame) {
    const status = 128 + caughtSignal();
    runTraps();
    return status;
  }
  return assignFields(words, first) && complete ? 0 : 1;
}

function assignFields(words: List, first: i32): bool {
  let at: usize = 0;
  const length = line.length;
  const text = stackCopy(line.length ? line.at : literal(''), length);
  while (at < length && kindAt(at) == 1) at++;
  for (let i = first; i < words.length; i++) {
    const start = at;
    let end = at;
    if (i + 1 < words.length) {
      while (end < length && !kindAt(end)) end++;
      at = end;
      // One delimiter: white space, a byte of IFS that is none, white space.
      while (at < length && kindAt(at) == 1) at++;
      if (at < length && kindAt(at) == 2) {
        at++;
        while (at < length && kindAt(at) == 1) at++;
      }
    } else end = lastEnd(start, length);
    if (!setVariableRange(variableNamed(words.get(i)), text + start, end - start)) return false;
  }
  return true;
}

/** Where the last variable's text ends: without white space of IFS, and without a single delimiter behind one field. */
function lastEnd(start: usize, length: usize): usize {
  let end = length;
  while (end > start && kindAt(end - 1) == 1) end--;
  // "a:" and "a :" are one field with its delimiter; "a:b:" is more than one and stays.
  let field = start;
  while (field < end && !kindAt(field)) field++;
  let rest = field;
  while (rest < end && kindAt(rest) == 1) rest++;
  if (rest < end && kindAt(rest) == 2 && rest + 1 == end) return field;
  return end;
}
