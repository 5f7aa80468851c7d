// mktemp: make a file or directory with a name that nobody can guess. As in other systems.

import { argument } from '../lib/arguments';
import { At, mkdirAt } from '../lib/at';
import { byteLength, duplicateBytes, findByte } from '../lib/bytes';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { close, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { joinPath } from '../lib/path';
import { message, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: mktemp [-dqtu] [-p DIRECTORY] [TEMPLATE]
Make a temporary file that nobody else can read, and print its name. The last X of TEMPLATE, at least three,
become letters and digits (tmp.XXXXXXXXXX in $TMPDIR or /tmp).
  -d  a directory    -p DIRECTORY  there    -t  TEMPLATE is a name in $TMPDIR    -q  no complaint    -u  only the name
`;
const LONG = 'directory=d quiet=q dry-run=u tmpdir=p? suffix=\x01:';

const ATTEMPTS = 100;

export function main(): i32 {
  let directory = false;
  let quiet = false;
  let dry = false;
  let inTemporary = false;
  let parent: usize = 0;
  let suffix: usize = 0;
  for (
    let option = nextOption('dp:qtu', HELP, LONG);
    option != END;
    option = nextOption('dp:qtu', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x64) directory = true;
    else if (option == 0x71) quiet = true;
    else if (option == 0x75) dry = true;
    else if (option == 0x74) inTemporary = true;
    else if (option == 0x01) suffix = optionArgument();
    else {
      inTemporary = true;
      parent = optionArgument();
    }
  }
  if (operandCount() > 1) {
    reportUsage('too many templates');
    return 1;
  }
  const template = operandCount() ? argument(operandIndex()) : literal('tmp.XXXXXXXXXX');
  if (!operandCount()) inTemporary = true;
  if (inTemporary && findByte(template, 0x2f) && !parent) {
    message().text("invalid template, '").bytes(template).text("', contains directory separator").newline();
    return 1;
  }
  if (!parent || !load<u8>(parent)) parent = getEnvironment(literal('TMPDIR'));
  if (!parent || !load<u8>(parent)) parent = literal('/tmp');
  const path = mustAllocate(inTemporary ? joinPath(parent, template) : duplicateBytes(template));
  const base = byteLength(path) - byteLength(template);
  let end = path + byteLength(path);
  while (end > path + base && load<u8>(end - 1) != 0x58) end--;
  let start = end;
  while (start > path + base && load<u8>(start - 1) == 0x58) start--;
  if (end - start < 3) {
    message().text("too few X's in template '").bytes(template).text("'").newline();
    return 1;
  }
  if (suffix && load<u8>(end)) {
    message().text("with --suffix, template '").bytes(template).text("' must end in X").newline();
    return 1;
  }
  const name = suffix ? mustAllocate(concatenate(path, suffix)) : path;
  const from = name + (start - path);
  const error = makeOne(name, from, end - start, directory, dry);
  if (error < 0) {
    if (!quiet) {
      const out = message().text(directory ? 'failed to create directory' : 'failed to create file');
      out.text(" via template '").bytes(template).text("': ").text(errorMessage(error)).newline();
    }
    return 1;
  }
  stdout.bytes(name).newline();
  return 0;
}

function concatenate(first: usize, second: usize): usize {
  const copy = mustAllocate(joinPath(first, second));
  const at = copy + byteLength(first);
  memory.copy(at, second, byteLength(second) + 1);
  return copy;
}

function makeOne(name: usize, from: usize, length: usize, directory: bool, dry: bool): i32 {
  let error: i32 = -Errno.EXIST;
  for (let attempt = 0; attempt < ATTEMPTS && error == -Errno.EXIST; attempt++) {
    randomLetters(from, length);
    if (dry) return 0;
    if (directory) error = mkdirAt(At.workingDirectory, name, 0o700);
    else {
      error = open(name, Open.readWrite | Open.create | Open.exclusive, 0o600);
      if (error >= 0) {
        close(error);
        error = 0;
      }
    }
  }
  return error;
}

/** 62 characters; bytes that would make some likelier than others are thrown again. */
function randomLetters(at: usize, length: usize): void {
  const byte = memory.data(8);
  for (let i: usize = 0; i < length;) {
    if (syscall(Sys.getrandom, byte, 1, 0) != 1) continue;
    const value = load<u8>(byte) & 63;
    if (value >= 62) continue;
    store<u8>(at + i, value < 10 ? 0x30 + value : value < 36 ? 0x41 + value - 10 : 0x61 + value - 36);
    i++;
  }
}
