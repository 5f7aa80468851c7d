// Completion of the word before the cursor: a variable behind $, a command (program, builtin, function, alias) in the
// first place of a command, a path elsewhere.
//
// Rules: complete() changes the line and returns where the cursor then is. When there are several ways on and none is
// common to them, they are in candidates().

import { Buffer, freeBuffer } from '../lib/buffer';
import { byteLength, compareBytes, findLastByte } from '../lib/bytes';
import { closeDirectory, Directory, nextEntry, openDirectory } from '../lib/directory';
import { freeListDeep, List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, malloc, mustAllocate } from '../lib/malloc';
import { isDirectory } from '../lib/stat';
import { builtinName } from './builtins';
import { aliasAt } from './alias';
import { appendDirectory, Command, knownCommands, nextInPath, pathList } from './commands';
import { homeOf } from './home';
import { listVariables, Variable } from './variables';

const found = make<List>();

/** What the word could become, when the last complete() could not decide; sorted. */
export function candidates(): List {
  return found;
}

export function complete(line: Buffer, cursor: usize): usize {
  freeListDeep(found);
  let start = cursor;
  while (start && !(endsWord(load<u8>(line.at + start - 1)) && !isEscaped(line, start - 1))) start--;
  const word = make<Buffer>();
  word.clear();
  for (let i = start; i < cursor; i++) {
    if (load<u8>(line.at + i) == 0x5c && i + 1 < cursor) i++;
    word.byte(load<u8>(line.at + i));
  }
  const dollar = findLastByte(word.at, 0x24);
  let known: usize;
  if (dollar) known = collectVariables(word, dollar);
  else {
    known = lastSlash(word);
    if (known || !isCommandPlace(line, start)) collectPaths(word, known);
    else collectCommands(word.at);
  }
  found.sort(compareBytes);
  removeDoubles();
  const end = found.length ? extend(line, cursor, word, known) : cursor;
  freeBuffer(word);
  free(changetype<usize>(word));
  return end;
}

/** Whether a backslash stands before the byte. */
function isEscaped(line: Buffer, index: usize): bool {
  return index > 0 && load<u8>(line.at + index - 1) == 0x5c;
}

/** $NAME and ${NAME; returns where the name begins. */
function collectVariables(word: Buffer, dollar: usize): usize {
  const braced = load<u8>(dollar, 1) == 0x7b;
  const prefix = dollar + (braced ? 2 : 1);
  const list = listVariables(0);
  for (let i = 0; i < list.length; i++) {
    addIfMatching(prefix, changetype<Variable>(list.get(i)).name, braced ? 0x7d : 0x20);
  }
  free(list.values);
  free(changetype<usize>(list));
  return prefix - word.at;
}

function endsWord(byte: u8): bool {
  return (
    byte == 0x20 ||
    byte == 0x3b ||
    byte == 0x26 ||
    byte == 0x7c ||
    byte == 0x3c ||
    byte == 0x3e ||
    byte == 0x28
  );
}

/** Whether only blanks stand between the word and the begin of a command. */
function isCommandPlace(line: Buffer, start: usize): bool {
  let at = start;
  while (at && load<u8>(line.at + at - 1) == 0x20) at--;
  if (!at) return true;
  const byte = load<u8>(line.at + at - 1);
  return byte == 0x3b || byte == 0x26 || byte == 0x7c || byte == 0x28;
}

/** Bytes up to and with the last slash. */
function lastSlash(word: Buffer): usize {
  let size = word.length;
  while (size && load<u8>(word.at + size - 1) != 0x2f) size--;
  return size;
}

function collectCommands(prefix: usize): void {
  for (let i = 0; builtinName(i); i++) addIfMatching(prefix, builtinName(i), 0x20);
  const known = knownCommands();
  for (let i = 0; i < known.length; i++) {
    const command = changetype<Command>(known.get(i));
    if (command.definition) addIfMatching(prefix, command.name, 0x20);
  }
  free(known.values);
  free(changetype<usize>(known));
  let index = 0;
  for (let alias = aliasAt(index); alias; alias = aliasAt(++index)) addIfMatching(prefix, alias.name, 0x20);
  const path = make<Buffer>();
  for (let at = pathList(); at; at = nextInPath(at)) {
    path.clear();
    appendDirectory(at, path);
    const directory = openDirectory(path.at);
    if (!directory) continue;
    while (nextEntry(directory)) addIfMatching(prefix, directory.name, 0x20);
    closeDirectory(directory);
  }
  freeBuffer(path);
  free(changetype<usize>(path));
}

function collectPaths(word: Buffer, slash: usize): void {
  const path = make<Buffer>();
  path.clear();
  let from: usize = 0;
  if (load<u8>(word.at) == 0x7e) {
    // ~/ and ~user/
    let end: usize = 1;
    while (end < slash && load<u8>(word.at + end) != 0x2f) end++;
    const home = homeOf(word.at + 1, end - 1);
    if (home && end < word.length) {
      path.bytes(home);
      from = end;
    }
  }
  path.range(word.at + from, max<usize>(slash, from) - from);
  const directory = openDirectory(slash ? path.at : literal('.'));
  const prefix = word.at + slash;
  while (directory && nextEntry(directory)) {
    const name = directory.name;
    if (load<u8>(name) == 0x2e && load<u8>(prefix) != 0x2e) continue;
    addIfMatching(prefix, name, entryIsDirectory(directory, path) ? 0x2f : 0x20);
  }
  if (directory) closeDirectory(directory);
  freeBuffer(path);
  free(changetype<usize>(path));
}

function entryIsDirectory(directory: Directory, path: Buffer): bool {
  const DIRECTORY: u8 = 4;
  const REGULAR: u8 = 8;
  if (directory.type == DIRECTORY || directory.type == REGULAR) return directory.type == DIRECTORY;
  const before = path.length;
  path.bytes(directory.name);
  const answer = isDirectory(path.at);
  path.remove(before, path.length - before);
  return answer;
}

/** Remembers `name` with the byte that would stand behind it. */
function addIfMatching(prefix: usize, name: usize, ending: u8): void {
  for (let i: usize = 0; load<u8>(prefix + i); i++) if (load<u8>(prefix + i) != load<u8>(name + i)) return;
  const length = byteLength(name);
  const ended = mustAllocate(malloc(length + 2));
  memory.copy(ended, name, length);
  store<u8>(ended + length, ending);
  store<u8>(ended + length + 1, 0);
  assert(found.append(ended), 'out of memory');
}

function removeDoubles(): void {
  for (let i = found.length - 1; i > 0; i--) {
    if (compareBytes(found.get(i), found.get(i - 1)) == 0) free(found.removeAt(i));
  }
}

/** Inserts what is common to all candidates; empties the list when that decided something. */
function extend(line: Buffer, cursor: usize, word: Buffer, slash: usize): usize {
  const known = word.length - slash;
  let common = byteLength(found.get(0));
  for (let i = 1; i < found.length; i++) {
    let same: usize = 0;
    while (same < common && load<u8>(found.get(i) + same) == load<u8>(found.get(0) + same)) same++;
    common = same;
  }
  for (let i = known; i < common; i++) {
    const byte = load<u8>(found.get(0) + i);
    const ending = i + 1 == byteLength(found.get(0));
    if (!ending && needsEscape(byte)) line.insert(cursor++, 0x5c);
    line.insert(cursor++, byte);
  }
  if (common > known) freeListDeep(found);
  return cursor;
}

/** Whether the byte means something to the shell, so that a backslash must stand before it in a word. */
function needsEscape(byte: u8): bool {
  if (
    byte >= 0x80 ||
    byte == 0x2f ||
    byte == 0x2e ||
    byte == 0x2d ||
    byte == 0x5f ||
    byte == 0x2b ||
    byte == 0x3a
  )
    return false;
  const lower = byte | 0x20;
  return (
    !(lower >= 0x61 && lower <= 0x7a) &&
    !(byte >= 0x30 && byte <= 0x39) &&
    byte != 0x2c &&
    byte != 0x40 &&
    byte != 0x25 &&
    byte != 0x3d
  );
}
