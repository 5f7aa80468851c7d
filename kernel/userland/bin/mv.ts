// mv: move and rename files. Source: POSIX mv.

import { argument } from '../lib/arguments';
import { answerIsYes } from '../lib/ask';
import { At, renameAt, unlinkAt } from '../lib/at';
import { bytesEqual } from '../lib/bytes';
import { Copy, copyTree } from '../lib/copy-tree';
import { Errno } from '../lib/errno';
import { access, Access } from '../lib/file';
import { free } from '../lib/malloc';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { message } from '../lib/report';
import { FileType, lstat, Stat } from '../lib/stat';
import { isTerminal, stderr, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { chooseTarget, targetOf } from '../lib/target';
import { Phase, Visit, walk } from '../lib/walk';

const HELP = `usage: mv [-finuv] [-T] SOURCE DESTINATION
       mv [-finuv] SOURCE... DIRECTORY
       mv [-finuv] -t DIRECTORY SOURCE...
Rename files, or move them; to another file system by copying and removing.
  -f  do not ask    -i  ask before overwriting    -n  never overwrite
  -u  only over what is older    -v  say what is done    -T  DESTINATION is no directory to move into
`;
const LONG =
  'force=f interactive=i no-clobber=n update=u verbose=v target-directory=t: no-target-directory=T strip-trailing-slashes=S';

let force = false;
let interactive = false;
let noClobber = false;
let update = false;
let verbose = false;
let status: i32 = 0;
const from = changetype<Stat>(memory.data(144, 8));
const to = changetype<Stat>(memory.data(144, 8));

export function main(): i32 {
  permuteOperands();
  let target: usize = 0;
  let plain = false;
  const letters = 'fint:Tuv';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x66) {
      force = true;
      interactive = noClobber = false;
    } else if (option == 0x69) {
      interactive = true;
      force = noClobber = false;
    } else if (option == 0x6e) {
      noClobber = true;
      interactive = force = false;
    } else if (option == 0x75) update = true;
    else if (option == 0x76) verbose = true;
    else if (option == 0x74) target = optionArgument();
    else if (option == 0x54) plain = true;
  }
  const sources = chooseTarget(target, plain, false);
  if (sources < 0) return 1;
  for (let i = 0; i < sources; i++) {
    const source = argument(operandIndex() + i);
    const destination = targetOf(source);
    move(source, destination);
    free(destination);
  }
  return status;
}

function fail(what: string, path: usize, error: i32): void {
  message().text(what).text(" '").bytes(path).text("': ").text(errorMessage(error)).newline();
  status = 1;
}

function move(source: usize, destination: usize): void {
  let error = lstat(source, from);
  if (error < 0) return fail('cannot stat', source, error);
  const exists = lstat(destination, to) == 0;
  if (exists && !mayReplace(source, destination)) return;
  error = renameAt(At.workingDirectory, source, At.workingDirectory, destination, 0);
  if (error == -Errno.XDEV) {
    moveAcross(source, destination, exists);
    return;
  }
  if (error == -Errno.INVAL && (from.mode & FileType.mask) == FileType.directory) {
    message().text("cannot move '").bytes(source).text("' to a subdirectory of itself, '").bytes(destination);
    stderr.text("'").newline();
    status = 1;
    return;
  }
  if (error < 0) {
    message().text("cannot move '").bytes(source).text("' to '").bytes(destination).text("': ");
    stderr.text(errorMessage(error)).newline();
    status = 1;
  } else tell(source, destination);
}

function tell(source: usize, destination: usize): void {
  if (verbose) stdout.text("renamed '").bytes(source).text("' -> '").bytes(destination).text("'").newline();
}

/** Whether what is there may be replaced; says why not. */
function mayReplace(source: usize, destination: usize): bool {
  if (from.device == to.device && from.inode == to.inode) {
    // Two names of one file: rename() would do nothing. Moving one away leaves the other.
    if (
      !bytesEqual(source, destination) &&
      from.links > 1 &&
      (from.mode & FileType.mask) != FileType.directory
    ) {
      const error = unlinkAt(At.workingDirectory, source, 0);
      if (error < 0) fail('cannot remove', source, error);
      else tell(source, destination);
      return false;
    }
    message()
      .text("'")
      .bytes(source)
      .text("' and '")
      .bytes(destination)
      .text("' are the same file")
      .newline();
    status = 1;
    return false;
  }
  const sourceIsDirectory = (from.mode & FileType.mask) == FileType.directory;
  if (sourceIsDirectory != ((to.mode & FileType.mask) == FileType.directory)) {
    message().text(sourceIsDirectory ? "cannot overwrite non-directory '" : "cannot overwrite directory '");
    stderr.bytes(destination).text(sourceIsDirectory ? "' with directory '" : "' with non-directory '");
    stderr.bytes(source).text("'").newline();
    status = 1;
    return false;
  }
  if (noClobber) return false;
  if (update) {
    const seconds = to.modifySeconds - from.modifySeconds;
    if (seconds > 0 || (!seconds && to.modifyNanoseconds >= from.modifyNanoseconds)) return false;
  }
  if (force) return true;
  const isLink = (to.mode & FileType.mask) == FileType.link;
  const guarded = !isLink && isTerminal(0) && access(destination, Access.write) < 0;
  if (!interactive && !guarded) return true;
  message()
    .text(guarded ? "replace write-protected '" : "overwrite '")
    .bytes(destination)
    .text("'? ");
  return answerIsYes();
}

/** Source: POSIX mv, 4 to 6. */
function moveAcross(source: usize, destination: usize, exists: bool): void {
  if (exists) {
    const directory = (to.mode & FileType.mask) == FileType.directory;
    const error = unlinkAt(At.workingDirectory, destination, directory ? At.removeDirectory : 0);
    if (error < 0) return fail('cannot remove', destination, error);
  }
  if (copyTree(source, destination, Copy.recursive | Copy.everything, 0)) {
    status = 1;
    return;
  }
  walk(source, 0, removeVisit);
  tell(source, destination);
}

function removeVisit(at: Visit): i32 {
  if (at.phase == Phase.before || at.phase == Phase.unreadable) return 0;
  const error = unlinkAt(at.directory, at.name, at.phase == Phase.after ? At.removeDirectory : 0);
  if (error < 0) fail('cannot remove', at.path, error);
  return 0;
}
