// Directories: every name once, whatever the size of the buffer; the working directory; what is refused.

import { bytesAre, compareBytes, duplicateBytes } from '../lib/bytes';
import { chdir, closeDirectory, getcwd, nextEntry, openDirectory } from '../lib/directory';
import { Errno } from '../lib/errno';
import { close, open, Open } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish } from '../lib/test';

/** The sorted names of /bin. */
function names(): List {
  const list = make<List>();
  const directory = openDirectory(literal('/bin'));
  check(directory != null, '/bin cannot be opened');
  while (directory && nextEntry(directory)) list.append(duplicateBytes(directory.name));
  if (directory) {
    checkEqual(directory.error, 0, 'reading /bin');
    closeDirectory(directory);
  }
  list.sort(compareBytes);
  return list;
}

/** How many entries there are when they are read with a small buffer. */
function countBy(size: usize): i32 {
  const fd = open(literal('/bin'), Open.readOnly | Open.directory);
  const buffer = memory.data(1024, 8);
  let count = 0;
  for (let got = syscall(Sys.getdents64, fd, buffer, size); got != 0;) {
    check(got > 0, 'getdents64 failed');
    if (got < 0) break;
    for (let at = buffer; at < buffer + <usize>got; at += load<u16>(at, 16)) count++;
    got = syscall(Sys.getdents64, fd, buffer, size);
  }
  close(fd);
  return count;
}

function isWorkingDirectory(expected: string): bool {
  const path = memory.data(4096);
  return getcwd(path, 4096) == 0 && bytesAre(path, expected);
}

export function main(): i32 {
  const list = names();
  check(list.length > 10, '/bin has not even ten entries');
  let found = false;
  for (let i = 0; i < list.length; i++) {
    if (bytesAre(list.get(i), 'sh')) found = true;
    if (i) check(compareBytes(list.get(i), list.get(i - 1)) != 0, 'a name came twice');
  }
  check(found, 'there is no sh in /bin');
  checkEqual(countBy(1024), list.length, 'entries with a buffer of 1024 bytes');
  checkEqual(countBy(300), list.length, 'entries with a buffer of 300 bytes');
  const fd = open(literal('/bin'), Open.readOnly);
  checkError(syscall(Sys.getdents64, fd, memory.data(8, 8), 8), Errno.INVAL, 'a buffer that is too small');
  close(fd);
  checkError(
    open(literal('/bin/true'), Open.readOnly | Open.directory),
    Errno.NOTDIR,
    'a file as a directory',
  );
  checkEqual(chdir(literal('/')), 0, 'chdir to the root');
  check(isWorkingDirectory('/'), 'getcwd in the root');
  checkEqual(chdir(literal('etc')), 0, 'chdir relative');
  check(isWorkingDirectory('/etc'), 'getcwd after a relative path');
  checkEqual(chdir(literal('..//./etc/../etc/')), 0, 'chdir over dots and slashes');
  check(isWorkingDirectory('/etc'), 'getcwd after dots and slashes');
  checkEqual(chdir(literal('../..')), 0, 'above the root is the root');
  check(isWorkingDirectory('/'), 'getcwd above the root');
  checkError(chdir(literal('/nowhere')), Errno.NOENT, 'chdir to nowhere');
  checkError(chdir(literal('/bin/true')), Errno.NOTDIR, 'chdir to a file');
  checkError(getcwd(memory.data(4), 1), Errno.RANGE, 'getcwd with one byte');
  check(isWorkingDirectory('/'), 'a failed chdir leaves the directory');
  return finish('directories', 'getdents64 records never straddle the buffer; paths are normalised');
}
