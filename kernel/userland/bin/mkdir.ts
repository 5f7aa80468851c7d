// mkdir: make directories. Source: POSIX mkdir.

import { argument, argumentCount } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { applyMode, currentUmask, modeIsValid } from '../lib/mode';
import {
  BAD,
  END,
  nextOption,
  operandCount,
  operandIndex,
  optionArgument,
  permuteOperands,
} from '../lib/options';
import { message, reportUsage } from '../lib/report';
import { isDirectory } from '../lib/stat';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: mkdir [-pv] [-m MODE] DIRECTORY...
Make directories.
  -p  those above it, too; no complaint when it is there    -v  say what was made
  -m MODE  permissions, octal or as chmod has them          --parents --mode=MODE --verbose
`;
const LONG = 'parents=p mode=m: verbose=v';

let parents = false;
let verbose = false;
let modeText: usize = 0;
let umask: u32 = 0;

export function main(): i32 {
  permuteOperands();
  for (let option = nextOption('m:pv', HELP, LONG); option != END; option = nextOption('m:pv', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option == 0x70) parents = true;
    else if (option == 0x76) verbose = true;
    else modeText = optionArgument();
  }
  if (modeText && !modeIsValid(modeText)) {
    message().text("invalid mode '").bytes(modeText).text("'").newline();
    return 1;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  umask = currentUmask();
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) status |= make(argument(i));
  return status;
}

function make(path: usize): i32 {
  if (parents && !makeParents(path)) return 1;
  // With -m the permissions are set exactly, whatever the umask.
  const mode = modeText ? applyMode(modeText, 0o777, true, umask) : 0o777;
  let error = <i32>syscall(Sys.mkdir, path, modeText ? mode & 0o700 : 0o777);
  if (error == -Errno.EXIST && parents && isDirectory(path)) return 0;
  if (!error) {
    if (verbose) announce(path);
    if (modeText) error = <i32>syscall(Sys.chmod, path, mode);
  }
  return error < 0 ? fail(path, error) : 0;
}

/** Makes what stands before each slash, writable and searchable by its owner whatever the umask (POSIX mkdir -p). */
function makeParents(path: usize): bool {
  let at = path;
  while (load<u8>(at) == 0x2f) at++;
  for (; load<u8>(at); at++) {
    if (load<u8>(at) != 0x2f) continue;
    let rest = at;
    while (load<u8>(rest) == 0x2f) rest++;
    if (!load<u8>(rest)) return true;
    store<u8>(at, 0);
    const error = <i32>syscall(Sys.mkdir, path, 0o777);
    if (!error) {
      if (verbose) announce(path);
      if (umask & 0o300) syscall(Sys.chmod, path, (0o777 & ~umask) | 0o300);
    } else if (!isDirectory(path)) {
      fail(path, error == -Errno.EXIST ? -Errno.NOTDIR : error);
      store<u8>(at, 0x2f);
      return false;
    }
    store<u8>(at, 0x2f);
    at = rest - 1;
  }
  return true;
}

function announce(path: usize): void {
  stdout.text("mkdir: created directory '").bytes(path).text("'").newline();
}

function fail(path: usize, error: i32): i32 {
  message().text("cannot create directory '").bytes(path).text("': ").text(errorMessage(error)).newline();
  return 1;
}
