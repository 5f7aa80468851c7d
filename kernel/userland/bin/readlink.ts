// readlink, realpath: what symbolic links say, and where they lead. Source: POSIX.1-2024 readlink, realpath.

import { argument, argumentCount, programName } from '../lib/arguments';
import { bytesAre, bytesEqual, byteLength } from '../lib/bytes';
import { literal } from '../lib/literal';
import { free } from '../lib/malloc';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { Missing, realPath, realPathError, relativeTo } from '../lib/real-path';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';

const HELP_LINK = `usage: readlink [-efmnqsvz] FILE...
Print what symbolic links say.
  -f  the path without links; all but the last name must exist    -e  all must    -m  none need
  -n  no newline    -v  say why when it fails    -z  end each with 0
`;
const HELP_PATH = `usage: realpath [-emqsz] [--relative-to=DIRECTORY] [--relative-base=DIRECTORY] FILE...
Print the paths of files without symbolic links, . and ..
  -e  the file must exist    -m  nothing needs to    -s  leave symbolic links    -q  no complaints    -z  end with 0
`;
const LONG_LINK =
  'canonicalize=f canonicalize-existing=e canonicalize-missing=m no-newline=n quiet=q silent=q verbose=v zero=z';
const LONG_PATH =
  'canonicalize-existing=e canonicalize-missing=m strip=s no-symlinks=s quiet=q zero=z relative-to=\x01: relative-base=\x02: logical=L physical=P';

export function main(): i32 {
  const isPath = bytesAre(programName(), 'realpath');
  permuteOperands();
  let canonical = isPath;
  let missing: Missing = Missing.last;
  let links = true;
  let quiet = !isPath;
  let newline = true;
  let delimiter: u8 = 0x0a;
  let base: usize = 0;
  let within: usize = 0;
  const letters = isPath ? 'eELmPqsz' : 'efmnqsvz';
  const help = isPath ? HELP_PATH : HELP_LINK;
  const long = isPath ? LONG_PATH : LONG_LINK;
  for (
    let option = nextOption(letters, help, long);
    option != END;
    option = nextOption(letters, help, long)
  ) {
    if (option == BAD) return 1;
    if (option == 0x65) missing = Missing.none;
    else if (option == 0x6d) missing = Missing.any;
    else if (option == 0x66 || option == 0x45) missing = Missing.last;
    else if (option == 0x6e) newline = false;
    else if (option == 0x71) quiet = true;
    else if (option == 0x76) quiet = false;
    else if (option == 0x7a) delimiter = 0;
    else if (option == 0x73 && isPath) links = false;
    else if (option == 0x01) base = optionArgument();
    else if (option == 0x02) within = optionArgument();
    if (option == 0x65 || option == 0x6d || option == 0x66) canonical = true;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  if (operandCount() > 1) newline = true;
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    const text = canonical ? realPath(path, missing, links) : linkText(path);
    if (!text) {
      if (!quiet) reportError(path, canonical ? realPathError() : failure);
      status = 1;
      continue;
    }
    let shown = text;
    if (base || within) {
      const real = within ? realPath(within, missing, links) : 0;
      if (!real || isBelow(text, real)) shown = relativeTo(text, base ? base : within);
    }
    stdout.bytes(shown);
    if (newline) stdout.byte(delimiter);
    if (canonical) free(text);
  }
  return status;
}

let failure: i32 = 0;

function linkText(path: usize): usize {
  const text = memory.data(4097);
  const size = syscall(Sys.readlink, path, text, 4096);
  failure = <i32>size;
  if (size < 0) return 0;
  store<u8>(text + <usize>size, 0);
  return text;
}

function isBelow(path: usize, directory: usize): bool {
  const length = byteLength(directory);
  if (bytesEqual(directory, literal('/'))) return true;
  return (
    !memory.compare(path, directory, length) && (!load<u8>(path + length) || load<u8>(path + length) == 0x2f)
  );
}
