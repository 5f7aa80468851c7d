// The operands, and what is below those that are directories.

import { byteLength, bytesAre, bytesStartWith, findLastByte } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { Errno } from '../lib/errno';
import { Open, close, open } from '../lib/file';
import { closeLines, openLines } from '../lib/lines';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, mustAllocate } from '../lib/malloc';
import { joinPath } from '../lib/path';
import { message, reportError, suggestHelp } from '../lib/report';
import { FileType, Stat, lstat, stat } from '../lib/stat';
import { matchPattern } from '../sh/pattern';
import { excluded, excludedDirectories, files, given, included, names, recursive, silent } from './options';
import { addPatterns, compileAll } from './patterns';
import { search, setShowNames } from './search';

export let failed = false;

function complain(path: usize, error: i64): void {
  failed = true;
  if (!silent) reportError(path, error);
}

function searchFile(path: usize): void {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) {
    complain(path, fd);
    return;
  }
  searchDescriptor(fd, path);
  close(fd);
}

function searchDescriptor(fd: i32, name: usize): void {
  const reader = openLines(fd, 0x0a);
  search(reader, name);
  if (reader.error < 0) complain(name, reader.error);
  closeLines(reader);
}

function matchesAny(globs: List, name: usize): bool {
  const end = name + byteLength(name);
  for (let i = 0; i < globs.length; i++) if (matchPattern(globs.get(i), name, end)) return true;
  return false;
}

/** --include, --exclude and --exclude-dir. */
function isPassedOver(path: usize, isDirectory: bool): bool {
  const slash = findLastByte(path, 0x2f);
  const name = slash ? slash + 1 : path;
  if (isDirectory) return matchesAny(excludedDirectories, name);
  return matchesAny(excluded, name) || (included.length > 0 && !matchesAny(included, name));
}

function searchTree(path: usize, isOperand: bool): void {
  const what = changetype<Stat>(memory.data(144, 8));
  const error = isOperand ? stat(path, what) : lstat(path, what);
  if (error < 0) {
    complain(path, error);
    return;
  }
  const type = what.mode & FileType.mask;
  const isDirectory = type == FileType.directory;
  if ((!isOperand || !isDirectory) && isPassedOver(path, isDirectory)) return;
  if (!isDirectory) {
    // Links and devices below a directory are passed over.
    if (isOperand || type == FileType.regular) searchFile(path);
    return;
  }
  if (!recursive) {
    complain(path, -Errno.ISDIR);
    return;
  }
  const directory = openDirectory(path);
  if (!directory) {
    complain(path, directoryError());
    return;
  }
  while (nextEntry(directory)) {
    if (bytesAre(directory.name, '.') || bytesAre(directory.name, '..')) continue;
    const child = mustAllocate(joinPath(path, directory.name));
    searchTree(bytesStartWith(child, './') && bytesAre(path, '.') && !dotGiven ? child + 2 : child, false);
    free(child);
  }
  closeDirectory(directory);
}

/** The operand . was given, not assumed. */
let dotGiven = false;

/** Compiles the patterns and searches the operands; false without a pattern, after a message. */
export function searchOperands(): bool {
  let first = 0;
  if (!given) {
    if (!files.length) {
      message().text('a pattern is needed').newline();
      suggestHelp();
      return false;
    }
    addPatterns(files.get(0), byteLength(files.get(0)));
    first = 1;
  }
  compileAll();
  const count = files.length - first;
  setShowNames(names >= 0 ? names == 1 : count > 1 || recursive);
  if (!count && !recursive) searchDescriptor(0, literal('(standard input)'));
  if (!count && recursive) searchTree(literal('.'), true);
  dotGiven = count > 0;
  for (let i = first; i < files.length; i++) {
    const path = files.get(i);
    if (bytesAre(path, '-')) searchDescriptor(0, literal('(standard input)'));
    else searchTree(path, true);
  }
  return true;
}
