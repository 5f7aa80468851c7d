// paste: join lines of files side by side. Source: POSIX paste.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { openInput } from '../lib/inputs';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { byteLength } from '../lib/bytes';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { nextRecord, openReader, Reader } from '../lib/reader';
import { message, reportError } from '../lib/report';
import { stdout } from '../lib/stream';
import { characterAt, characterSize } from '../lib/characters';

const HELP = `usage: paste [-s] [-d LIST] [-z] [FILE...]
Write the lines of the files side by side, with tabs between.
  -d LIST  its characters in turn instead (\\n \\t \\\\ \\0: nothing)    -s  the lines of each file as one    -z  lines end with 0
`;
const LONG = 'delimiters=d: serial=s zero-terminated=z';

/** Addresses and lengths of the delimiters, by turns. */
const delimiters = make<List>();
let end: u8 = 0x0a;

export function main(): i32 {
  permuteOperands();
  let serial = false;
  let list = literal('\t');
  for (let option = nextOption('d:sz', HELP, LONG); option != END; option = nextOption('d:sz', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option == 0x73) serial = true;
    else if (option == 0x7a) end = 0;
    else list = optionArgument();
  }
  if (!parseDelimiters(list)) {
    message().text('delimiter list ends with an unescaped backslash: ').bytes(list).newline();
    return 1;
  }
  const readers = make<List>();
  let shared: Reader | null = null;
  let status = 0;
  for (let i = operandIndex(); i < max<i32>(argumentCount(), operandIndex() + 1); i++) {
    const path = operandCount() ? argument(i) : literal('-');
    // Each `-` takes the next line of the same input.
    if (bytesAre(path, '-') && shared) {
      readers.append(changetype<usize>(shared));
      continue;
    }
    const fd = openInput(path);
    if (fd < 0) {
      if (!serial) return 1;
      status = 1;
      continue;
    }
    const reader = openReader(fd);
    if (!reader) return 1;
    if (fd == 0) shared = reader;
    readers.append(changetype<usize>(reader));
  }
  if (serial) pasteSerially(readers);
  else pasteParallel(readers);
  for (let i = 0; i < readers.length; i++) {
    const error = changetype<Reader>(readers.get(i)).error;
    if (error < 0) {
      reportError(argument(operandIndex() + i), error);
      status = 1;
    }
  }
  return status;
}

function parseDelimiters(list: usize): bool {
  const stop = list + byteLength(list);
  if (list == stop) {
    delimiters.append(list);
    delimiters.append(0);
  }
  while (list < stop) {
    if (load<u8>(list) == 0x5c) {
      const letter = load<u8>(list, 1);
      if (!letter) return false;
      const byte = mustAllocate(malloc(1));
      const isNewline = letter == 0x6e;
      store<u8>(byte, isNewline ? 0x0a : letter == 0x74 ? 9 : letter);
      delimiters.append(byte);
      delimiters.append(letter == 0x30 ? 0 : 1);
      list += 2;
      continue;
    }
    characterAt(list, stop);
    delimiters.append(list);
    delimiters.append(characterSize());
    list += characterSize();
  }
  return true;
}

function separate(index: i32): void {
  const at = (index % (delimiters.length / 2)) * 2;
  stdout.range(delimiters.get(at), delimiters.get(at + 1));
}

function pasteParallel(readers: List): void {
  let alive = true;
  while (alive) {
    alive = false;
    // Delimiters are only written when it is known that there is a line.
    let pending = 0;
    for (let i = 0; i < readers.length; i++) {
      const reader = changetype<Reader>(readers.get(i));
      const line = nextRecord(reader, end);
      if (line && !alive) {
        for (; pending < i; pending++) separate(pending);
        alive = true;
      } else if (alive && i) separate(i - 1);
      if (line) stdout.range(line, reader.length);
    }
    if (alive) stdout.byte(end);
  }
}

function pasteSerially(readers: List): void {
  for (let i = 0; i < readers.length; i++) {
    const reader = changetype<Reader>(readers.get(i));
    let index = 0;
    for (let line = nextRecord(reader, end); line; line = nextRecord(reader, end)) {
      if (index) separate(index - 1);
      stdout.range(line, reader.length);
      index++;
    }
    stdout.byte(end);
  }
}
