// Builtins on the history: fc -l, fc -s, history. Source: POSIX fc.

import { Buffer } from '../../lib/buffer';
import { byteLength, bytesAre, findByte } from '../../lib/bytes';
import { close, open, Open, read, writeFully } from '../../lib/file';
import { List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { make } from '../../lib/malloc';
import { parseInteger, parsed } from '../../lib/number';
import { getpid } from '../../lib/process';
import { snprintf } from '../../lib/printf';
import { Sys, syscall } from '../../lib/syscall';
import { stdout } from '../../lib/stream';
import { shellText } from '../error';
import {
  addHistory,
  firstNumber,
  historyLength,
  historyLine,
  historyNumber,
  printHistory,
  removeLast,
} from '../history';
import { evaluateText } from '../script';
import { stackCopy } from '../stack';
import { bytesStartWithBytes } from '../text';
import { named, valueOf } from '../variables';

export function showHistory(_words: List): i32 {
  printHistory();
  return 0;
}

/** The index of a line that a number, a negative number or the begin of a command names; -1 when there is none. */
function find(word: usize): i32 {
  if (parseInteger(word)) {
    const index = parsed() < 0 ? historyLength() + <i32>parsed() : <i32>parsed() - firstNumber();
    return max<i32>(0, min<i32>(index, historyLength() - 1));
  }
  for (let i = historyLength() - 1; i >= 0; i--) if (bytesStartWithBytes(historyLine(i), word)) return i;
  return -1;
}

export function editHistory(words: List): i32 {
  let lists = false;
  let again = false;
  let plain = false;
  let reversed = false;
  let editor: usize = 0;
  let i = 1;
  for (
    ;
    i < words.length &&
    load<u8>(words.get(i)) == 0x2d &&
    !(load<u8>(words.get(i), 1) <= 0x39 && load<u8>(words.get(i), 1) >= 0x30);
    i++
  ) {
    const word = words.get(i);
    if (bytesAre(word, '--')) {
      i++;
      break;
    }
    for (let at = word + 1; load<u8>(at); at++) {
      const letter = load<u8>(at);
      if (letter == 0x6c) lists = true;
      else if (letter == 0x73) again = true;
      else if (letter == 0x6e) plain = true;
      else if (letter == 0x72) reversed = true;
      else if (letter == 0x65 && i + 1 < words.length) {
        editor = words.get(++i);
        break;
      }
    }
  }
  // The line with fc itself does not count.
  if (!lists) removeLast();
  if (!historyLength()) {
    shellText('history is empty');
    return 1;
  }
  if (again || (editor && bytesAre(editor, '-'))) return repeat(words, i);
  let from =
    i < words.length ? find(words.get(i)) : lists ? max<i32>(0, historyLength() - 17) : historyLength() - 1;
  let to = i + 1 < words.length ? find(words.get(i + 1)) : lists ? historyLength() - 1 : from;
  if (from < 0 || to < 0) {
    shellText('no such command in the history');
    return 1;
  }
  if (lists) {
    if (from > to) reversed = !reversed;
    const low = min<i32>(from, to);
    const high = max<i32>(from, to);
    for (let k = 0; k <= high - low; k++) {
      const index = reversed ? high - k : low + k;
      if (!plain) stdout.unsigned(firstNumber() + index);
      stdout.byte(0x09).bytes(historyLine(index)).newline();
    }
    return 0;
  }
  return edit(from, to, editor);
}

/** fc -s [old=new] [command] */
function repeat(words: List, i: i32): i32 {
  let equals: usize = 0;
  let pattern: usize = 0;
  if (i < words.length) {
    equals = findByte(words.get(i), 0x3d);
    if (equals) pattern = words.get(i++);
  }
  const index = i < words.length ? find(words.get(i)) : historyLength() - 1;
  if (index < 0) {
    shellText('no such command in the history');
    return 1;
  }
  const line = historyLine(index);
  const text = make<Buffer>();
  text.clear();
  let at = line;
  const size = equals ? equals - pattern : 0;
  let done = !equals;
  while (load<u8>(at)) {
    if (
      !done &&
      memory.compare(at, pattern, min<usize>(size, byteLength(at))) == 0 &&
      byteLength(at) >= size
    ) {
      text.bytes(equals + 1);
      at += size;
      done = true;
    } else text.byte(load<u8>(at++));
  }
  stdout.bytes(text.at).newline();
  stdout.flush();
  addHistory(text.at);
  return evaluateText(text.at);
}

/** Lets an editor change the lines and runs what it leaves. */
function edit(from: i32, to: i32, editor: usize): i32 {
  const path = memory.data(40);
  snprintf(path, 40, '/tmp/fc.%d', getpid());
  let fd = open(path, Open.writeOnly | Open.create | Open.truncate, 0o600);
  if (fd < 0) {
    shellText('cannot create a temporary file');
    return 1;
  }
  const step = from <= to ? 1 : -1;
  for (let k = from; ; k += step) {
    writeFully(fd, historyLine(k), byteLength(historyLine(k)));
    writeFully(fd, literal('\n'), 1);
    if (k == to) break;
  }
  close(fd);
  const command = make<Buffer>();
  command.clear();
  const chosen = valueOf(named('FCEDIT'));
  command.bytes(editor ? editor : chosen ? chosen : literal('vi'));
  command.byte(0x20);
  command.bytes(path);
  let status = evaluateText(command.at);
  if (!status) {
    command.clear();
    fd = open(path, Open.readOnly | Open.closeOnExec);
    const block = memory.data(1024);
    let got = fd < 0 ? 0 : read(fd, block, 1024);
    for (; got > 0; got = read(fd, block, 1024)) command.range(block, <usize>got);
    close(fd);
    stdout.bytes(command.at).flush();
    const text = stackCopy(command.at, command.length);
    const length = byteLength(text);
    if (length) addHistory(stackCopy(text, length - 1));
    status = evaluateText(text);
  }
  syscall(Sys.unlink, path);
  return status;
}
