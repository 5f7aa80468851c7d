// ln: make links. Source: POSIX ln; -r, -t, -T, -v as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { answerIsYes } from '../lib/ask';
import { At, linkAt, symlinkAt, unlinkAt } from '../lib/at';
import { Errno } from '../lib/errno';
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
import { relativePath } from '../lib/real-path';
import { message } from '../lib/report';
import { FileType, lstat, Stat, stat } from '../lib/stat';
import { stderr, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { chooseTarget, targetOf } from '../lib/target';

const HELP = `usage: ln [-fs] [-L|-P] SOURCE [NAME]
       ln [-fs] [-L|-P] SOURCE... DIRECTORY
       ln [-fs] [-L|-P] -t DIRECTORY SOURCE...
Give files one more name.
  -s  symbolic links    -r  relative to where they are    -f  remove what has the name
  -L  of what a symbolic link leads to, -P of the link itself (the default)
  -n  a link to a directory is no directory to link into    -T  nor is any other
  -i  ask before removing    -v  say what is done
`;
const LONG =
  'force=f interactive=i logical=L physical=P no-dereference=n relative=r symbolic=s target-directory=t: no-target-directory=T verbose=v';

let symbolic = false;
let relative = false;
let force = false;
let interactive = false;
let logical = false;
let verbose = false;
const from = changetype<Stat>(memory.data(144, 8));
const to = changetype<Stat>(memory.data(144, 8));

export function main(): i32 {
  permuteOperands();
  let target: usize = 0;
  let plain = false;
  let noFollow = false;
  const letters = 'fiLPnrst:Tv';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x73) symbolic = true;
    else if (option == 0x72) relative = true;
    else if (option == 0x66) {
      force = true;
      interactive = false;
    } else if (option == 0x69) {
      interactive = true;
      force = false;
    } else if (option == 0x4c || option == 0x50) logical = option == 0x4c;
    else if (option == 0x6e) noFollow = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x74) target = optionArgument();
    else plain = true;
  }
  if (!target && operandCount() == 1) target = literal('.');
  const last = target || !operandCount() ? target : argument(argumentCount() - 1);
  const isLink = noFollow && lstat(last, to) == 0 && (to.mode & FileType.mask) == FileType.link;
  const sources = chooseTarget(target, plain, isLink);
  if (sources < 0) return 1;
  let status = 0;
  for (let i = 0; i < sources; i++) {
    const source = argument(operandIndex() + i);
    const name = targetOf(source);
    status |= makeLink(source, name);
    free(name);
  }
  return status;
}

function makeLink(source: usize, name: usize): i32 {
  if (!symbolic) {
    const error = logical ? stat(source, from) : lstat(source, from);
    if (error < 0) return fail('failed to access', source, error);
    if ((from.mode & FileType.mask) == FileType.directory) {
      message().bytes(source).text(': hard link not allowed for directory').newline();
      return 1;
    }
  }
  if (lstat(name, to) == 0 && (force || interactive)) {
    if ((to.mode & FileType.mask) == FileType.directory) {
      message().bytes(name).text(': cannot overwrite directory').newline();
      return 1;
    }
    if (!symbolic && from.device == to.device && from.inode == to.inode) {
      message().text("'").bytes(source).text("' and '").bytes(name).text("' are the same file").newline();
      return 1;
    }
    if (interactive) {
      message().text("replace '").bytes(name).text("'? ");
      if (!answerIsYes()) return 1;
    }
    const error = unlinkAt(At.workingDirectory, name, 0);
    if (error < 0 && error != -Errno.NOENT) return fail('cannot remove', name, error);
  }
  const text = symbolic && relative ? relativePath(source, name) : source;
  const error = symbolic
    ? symlinkAt(text, At.workingDirectory, name)
    : linkAt(At.workingDirectory, source, At.workingDirectory, name, logical ? At.symlinkFollow : 0);
  if (error < 0) {
    message()
      .text(symbolic ? "failed to create symbolic link '" : "failed to create hard link '")
      .bytes(name);
    if (!symbolic) stderr.text("' => '").bytes(source);
    stderr.text("': ").text(errorMessage(error)).newline();
    return 1;
  }
  if (verbose)
    stdout
      .text("'")
      .bytes(name)
      .text(symbolic ? "' -> '" : "' => '")
      .bytes(text)
      .text("'")
      .newline();
  return 0;
}

function fail(what: string, path: usize, error: i32): i32 {
  message().text(what).text(" '").bytes(path).text("': ").text(errorMessage(error)).newline();
  return 1;
}
