// rm: remove files and trees. Source: POSIX rm.

import { argument, argumentCount } from '../lib/arguments';
import { answerIsYes } from '../lib/ask';
import { At, openAt, statAt, unlinkAt } from '../lib/at';
import { byteLength } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { Access, close, Open } from '../lib/file';
import { literal } from '../lib/literal';
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
import { FileType, Stat } from '../lib/stat';
import { isTerminal, stderr, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { fileKind } from '../lib/file-kind';
import { Phase, Visit, walk, WalkFlag } from '../lib/walk';

const HELP = `usage: rm [-dfiIRrv] FILE...
Remove files.
  -r, -R  directories and what is in them, too    -d  empty directories
  -f      no questions, no complaint about files that are not there
  -i      ask before each    -I  ask once before many    -v  say what was removed
  --one-file-system  leave out what is mounted below
  --no-preserve-root  do not refuse to remove /
`;
const LONG =
  'recursive=r force=f interactive=q? dir=d verbose=v one-file-system=x preserve-root=P? no-preserve-root=N';

let recursive = false;
let force = false;
let interactive = false;
let once = false;
let directories = false;
let verbose = false;
let oneFileSystem = false;
let preserveRoot = true;
let askProtected = false;
let status: i32 = 0;

export function main(): i32 {
  permuteOperands();
  const letters = 'dfiIRrv';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x71) {
      const when = optionArgument() ? load<u8>(optionArgument()) : 0x61;
      option = when == 0x61 || when == 0x79 ? 0x69 : when == 0x6f ? 0x49 : 0x66;
    }
    if (option == 0x72 || option == 0x52) recursive = true;
    else if (option == 0x66) {
      force = true;
      interactive = once = false;
    } else if (option == 0x69) {
      interactive = true;
      force = once = false;
    } else if (option == 0x49) {
      once = true;
      force = interactive = false;
    } else if (option == 0x64) directories = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x78) oneFileSystem = true;
    else if (option == 0x4e) preserveRoot = false;
  }
  if (!operandCount()) {
    if (force) return 0;
    reportUsage('missing operand');
    return 1;
  }
  askProtected = !force && isTerminal(0);
  if (once && (recursive || operandCount() > 3)) {
    message()
      .text('remove ')
      .unsigned(operandCount())
      .text(operandCount() == 1 ? ' argument' : ' arguments');
    stderr.text(recursive ? ' recursively? ' : '? ');
    if (!answerIsYes()) return 0;
  }
  for (let i = operandIndex(); i < argumentCount(); i++) remove(argument(i));
  return status;
}

function remove(path: usize): void {
  // A slash at the end says that it is a directory; the name before it is what is removed.
  const length = byteLength(path);
  let end = path + length;
  while (end > path + 1 && load<u8>(end - 1) == 0x2f) end--;
  const slashed = end < path + length;
  if (isDots(path, end)) {
    message().text("refusing to remove '.' or '..' directory: skipping '").bytes(path).text("'").newline();
    status = 1;
    return;
  }
  if (preserveRoot && recursive && isRoot(path)) {
    message().text("it is dangerous to operate recursively on '/'; use --no-preserve-root").newline();
    status = 1;
    return;
  }
  if (slashed) {
    const found = changetype<Stat>(memory.data(144, 8));
    const error = statAt(At.workingDirectory, path, found, At.symlinkNoFollow);
    if (error == -Errno.NOTDIR && !force) return fail(path, error);
    if (!error) {
      if ((found.mode & FileType.mask) != FileType.directory) return fail(path, -Errno.NOTDIR);
      // A symbolic link with a slash behind it: its directory is meant, which unlink() cannot name.
      store<u8>(end, 0);
      const link = statAt(At.workingDirectory, path, found, At.symlinkNoFollow) == 0;
      if (link && (found.mode & FileType.mask) == FileType.link) {
        store<u8>(end, 0x2f);
        return fail(path, -Errno.NOTDIR);
      }
    }
    store<u8>(end, 0);
  }
  const plain = !interactive && !askProtected;
  const flags: u32 = (oneFileSystem ? WalkFlag.oneFileSystem : 0) | (plain ? WalkFlag.typeSuffices : 0);
  walk(path, flags, visit);
}

function isDots(path: usize, end: usize): bool {
  let start = end;
  while (start > path && load<u8>(start - 1) != 0x2f) start--;
  const length = end - start;
  return load<u8>(start) == 0x2e && (length == 1 || (length == 2 && load<u8>(start, 1) == 0x2e));
}

function isRoot(path: usize): bool {
  const root = changetype<Stat>(memory.data(144, 8));
  const found = changetype<Stat>(memory.data(144, 8));
  if (statAt(At.workingDirectory, literal('/'), root, 0) < 0) return false;
  if (statAt(At.workingDirectory, path, found, At.symlinkNoFollow) < 0) return false;
  return root.device == found.device && root.inode == found.inode;
}

function fail(path: usize, error: i32): void {
  message().text("cannot remove '").bytes(path).text("': ").text(errorMessage(error)).newline();
  status = 1;
}

function visit(at: Visit): i32 {
  switch (at.phase) {
    case Phase.missing:
      if (!(force && (at.error == -Errno.NOENT || at.error == -Errno.NOTDIR))) fail(at.path, at.error);
      return 0;
    case Phase.unreadable:
      // An empty directory goes all the same; of others rmdir() tells.
      return 0;
    case Phase.before:
      if (!recursive) {
        if (!directories) fail(at.path, -Errno.ISDIR);
        else if (confirm(at, 'remove')) unlink(at, At.removeDirectory);
        return 1;
      }
      return (interactive || askProtected) && !isEmpty(at) && !confirm(at, 'descend into') ? 1 : 0;
    case Phase.after:
      if (confirm(at, 'remove')) unlink(at, At.removeDirectory);
      return 0;
    default:
      if (confirm(at, 'remove')) unlink(at, 0);
      return 0;
  }
}

function unlink(at: Visit, flags: u32): void {
  const error = unlinkAt(at.directory, at.name, flags);
  if (error < 0) {
    if (!(force && error == -Errno.NOENT)) fail(at.path, error);
  } else if (verbose) {
    stdout
      .text(flags ? "removed directory '" : "removed '")
      .bytes(at.path)
      .text("'")
      .newline();
  }
}

/** POSIX rm, 2c and 3: asks for -i, and on a terminal for what the user may not write. */
function confirm(at: Visit, what: string): bool {
  if (force) return true;
  const link = (at.stat.mode & FileType.mask) == FileType.link;
  const guarded = askProtected && !link && syscall(Sys.faccessat, at.directory, at.name, Access.write) < 0;
  if (!interactive && !guarded) return true;
  // `descend into` is only asked by -i and for a directory that may not be written.
  message()
    .text(what)
    .byte(0x20)
    .text(guarded ? 'write-protected ' : '');
  stderr.text(fileKind(at.stat)).text(" '").bytes(at.path).text("'? ");
  return answerIsYes();
}

function isEmpty(at: Visit): bool {
  const fd = openAt(at.directory, at.name, Open.readOnly | Open.directory | Open.noFollow, 0);
  if (fd < 0) return false;
  const entries = memory.data(1024, 8);
  let got = syscall(Sys.getdents64, fd, entries, 1024);
  let count = 0;
  for (; got > 0; got = syscall(Sys.getdents64, fd, entries, 1024)) {
    for (let entry = entries; entry < entries + <usize>got; entry += load<u16>(entry, 16)) count++;
    if (count > 2) break;
  }
  close(fd);
  return count <= 2;
}
