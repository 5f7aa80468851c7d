// Operands and directories, one after the other.

import { argument, argumentCount } from '../lib/arguments';
import { At, statAt } from '../lib/at';
import { Directory, closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { humanSize } from '../lib/human';
import { List, freeList } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { operandCount, operandIndex } from '../lib/options';
import { joinPath } from '../lib/path';
import { snprintf } from '../lib/printf';
import { message } from '../lib/report';
import { FileType } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { scratch, showColumns, showCommas, showLines } from './columns';
import { Entry, describe, fail, isSelf, status } from './entry';
import { showLong } from './long';
import { showText } from './names';
import {
  Format,
  all,
  almostAll,
  blocks,
  directoriesFirst,
  followOperands,
  format,
  human,
  itself,
  marks,
  recursive,
  slashes,
} from './options';
import { sortEntries } from './order';

let shownAny = false;

/** Lists the operands, files first; the exit status. */
export function listOperands(): i32 {
  const files = make<List>();
  const directories = make<List>();
  if (!operandCount()) addOperand(files, directories, literal('.'));
  for (let i = operandIndex(); i < argumentCount(); i++) addOperand(files, directories, argument(i));
  if (files.length) {
    show(files);
    shownAny = true;
  }
  sortEntries(directories);
  const titles = directories.length + files.length > 1 || recursive || operandCount() > 1;
  for (let i = 0; i < directories.length; i++) {
    listDirectory(changetype<Entry>(directories.get(i)).name, titles);
  }
  return status;
}

function addOperand(files: List, directories: List, path: usize): void {
  // An operand that is a link to a directory is listed as one, unless what is shown is about the link.
  const follow = followOperands || (format != Format.long && !itself && !marks);
  const entry = describe(At.workingDirectory, path, 0, follow, true);
  if (!entry) return;
  const isDirectory = (entry.stat.mode & FileType.mask) == FileType.directory;
  (isDirectory && !itself ? directories : files).append(changetype<usize>(entry));
}

function listDirectory(path: usize, title: bool): void {
  const directory = openDirectory(path);
  if (!directory) {
    message()
      .text("cannot open directory '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(directoryError()))
      .newline();
    fail(2);
    return;
  }
  if (shownAny) stdout.newline();
  shownAny = true;
  if (title) {
    showText(path);
    stdout.text(':').newline();
  }
  const list = readEntries(directory, path);
  if (directory.error < 0) {
    message()
      .text("reading directory '")
      .bytes(path)
      .text("': ")
      .text(errorMessage(directory.error))
      .newline();
    fail(2);
  }
  closeDirectory(directory);
  if (format == Format.long || blocks) showTotal(list);
  show(list);
  if (recursive) descend(path, list);
  for (let i = 0; i < list.length; i++) {
    free(changetype<Entry>(list.get(i)).target);
    free(list.get(i));
  }
  freeList(list);
  free(changetype<usize>(list));
}

function readEntries(directory: Directory, path: usize): List {
  const list = make<List>();
  while (nextEntry(directory)) {
    const first = load<u8>(directory.name);
    if (first == 0x2e && !all && (!almostAll || isSelf(directory.name))) continue;
    const entry = describe(directory.fd, directory.name, path, false, false);
    if (!entry) continue;
    if (!entry.known) {
      entry.stat.inode = directory.inode;
      entry.stat.mode = (<u32>directory.type) << 12;
      const unknown = !directory.type && (recursive || slashes || directoriesFirst);
      if (unknown) statAt(directory.fd, directory.name, entry.stat, At.symlinkNoFollow);
    }
    list.append(changetype<usize>(entry));
  }
  return list;
}

function showTotal(list: List): void {
  let total: u64 = 0;
  for (let i = 0; i < list.length; i++) total += <u64>changetype<Entry>(list.get(i)).stat.blocks;
  stdout.text('total ');
  if (human) humanSize(total * 512, human, scratch);
  else snprintf(scratch, 64, '%u', (total + 1) / 2);
  stdout.bytes(scratch).newline();
}

function descend(path: usize, list: List): void {
  for (let i = 0; i < list.length; i++) {
    const entry = changetype<Entry>(list.get(i));
    if ((entry.stat.mode & FileType.mask) != FileType.directory || isSelf(entry.name)) continue;
    const below = mustAllocate(joinPath(path, entry.name));
    listDirectory(below, true);
    free(below);
  }
}

/** Sorts and prints. */
function show(list: List): void {
  sortEntries(list);
  if (format == Format.long) showLong(list);
  else if (format == Format.columns || format == Format.rows) showColumns(list);
  else if (format == Format.commas) showCommas(list);
  else showLines(list);
}
