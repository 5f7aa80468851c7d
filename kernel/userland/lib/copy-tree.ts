// Copying files and trees: cp, and mv to another file system.
//
// Rules: messages are printed here; the result is 0, or 1 when there was one. The destination is reached by descriptors
// and names as the source is (lib/walk.ts), so links planted meanwhile lead neither elsewhere.
// Source: POSIX cp (EXTENDED DESCRIPTION), mv 6.

import { answerIsYes } from './ask';
import {
  At,
  chmodAt,
  chownAt,
  linkAt,
  mkdirAt,
  mknodAt,
  openAt,
  readlinkAt,
  statAt,
  symlinkAt,
  unlinkAt,
  utimensAt,
} from './at';
import { Buffer } from './buffer';
import { byteLength, duplicateBytes } from './bytes';
import { copyData, copyFailedWriting } from './copy-data';
import { Errno } from './errno';
import { close, Open } from './file';
import { List } from './list';
import { make, malloc, mustAllocate } from './malloc';
import { currentUmask } from './mode';
import { message } from './report';
import { FileType, Stat } from './stat';
import { stderr, stdout } from './stream';
import { errorMessage } from './strerror';
import { Sys, syscall } from './syscall';
import { Phase, Visit, walk, WalkFlag } from './walk';

export const enum Copy {
  recursive = 1,
  /** A destination that cannot be opened is removed first. */
  force = 2,
  interactive = 4,
  noClobber = 8,
  /** Only when the source is newer or there is no destination. */
  update = 16,
  verbose = 32,
  mode = 64,
  owner = 128,
  times = 256,
  /** Names of one file become names of one file. */
  links = 512,
  hardLinks = 1024,
  symbolicLinks = 2048,
  removeDestination = 4096,
  everything = 64 | 128 | 256 | 512,
}

/** The copy of a file that has several names. */
@unmanaged
@final
class Known {
  next: Known | null;
  device: u64;
  inode: u64;
  path: usize;
}

const BUCKETS: usize = 1024;

let flags: u32 = 0;
let status: i32 = 0;
let umask: u32 = 0;
let follow: u32 = 0;
let root: usize = 0;
let sourceLength: usize = 0;
let known: usize = 0;
const shown = make<Buffer>();
/** By level: the descriptor of the directory that is filled, and whether it was made here. */
const targets = make<List>();
const made = make<List>();
const found = make<Stat>();
/** The topmost directory written to: the walk may come across it. */
let rootDevice: u64 = 0;
let rootInode: u64 = 0;

/** Copies `source` to the name `destination` itself. `walkFlags` say which links are followed (lib/walk.ts). */
export function copyTree(source: usize, destination: usize, copyFlags: u32, walkFlags: u32): i32 {
  flags = copyFlags;
  status = 0;
  umask = currentUmask();
  root = destination;
  rootInode = 0;
  sourceLength = byteLength(source);
  targets.length = 0;
  made.length = 0;
  follow = walkFlags;
  walk(source, walkFlags, visit);
  return status;
}

/** The destination's path, for messages. */
function destinationPath(at: Visit): usize {
  shown.clear();
  shown.bytes(root);
  const rest = at.path + (at.level ? sourceLength : byteLength(at.path));
  if (load<u8>(rest) && load<u8>(rest) != 0x2f && load<u8>(shown.at + shown.length - 1) != 0x2f)
    shown.byte(0x2f);
  shown.bytes(rest);
  return shown.at;
}

function targetDirectory(at: Visit): i32 {
  return at.level ? <i32>targets.get(at.level - 1) : At.workingDirectory;
}

function targetName(at: Visit): usize {
  return at.level ? at.name : root;
}

function fail(what: string, path: usize, error: i64): i32 {
  const out = message().text(what).text(" '").bytes(path).text("'");
  if (error) out.text(': ').text(errorMessage(error));
  out.newline();
  status = 1;
  return 1;
}

function visit(at: Visit): i32 {
  switch (at.phase) {
    case Phase.missing:
      return fail('cannot stat', at.path, at.error);
    case Phase.unreadable:
      return fail('cannot open directory', at.path, at.error);
    case Phase.cycle:
      return fail('cannot copy cyclic symbolic link', at.path, 0);
    case Phase.before:
      return enterDirectory(at);
    case Phase.after:
      finishDirectory(at);
      return 0;
    default:
      copyFile(at);
      return 0;
  }
}

function enterDirectory(at: Visit): i32 {
  if (!(flags & Copy.recursive)) {
    message().text("-r not specified; omitting directory '").bytes(at.path).text("'").newline();
    status = 1;
    return 1;
  }
  if (rootInode && at.stat.inode == rootInode && at.stat.device == rootDevice) {
    message().text('cannot copy a directory into itself').text(", '").bytes(at.path).text("'").newline();
    status = 1;
    return 1;
  }
  const directory = targetDirectory(at);
  const name = targetName(at);
  let isNew = false;
  let error = statAt(directory, name, found, 0);
  if (!error && (found.mode & FileType.mask) != FileType.directory) {
    message().text("cannot overwrite non-directory '").bytes(destinationPath(at)).text("' with directory '");
    stderr.bytes(at.path).text("'").newline();
    status = 1;
    return 1;
  }
  if (error < 0) {
    // Its owner must be able to fill it; finishDirectory() sets the mode that it gets.
    error = mkdirAt(directory, name, (at.stat.mode & 0o777 & ~0o077) | 0o700);
    if (error < 0) return fail('cannot create directory', destinationPath(at), error);
    isNew = true;
    if (flags & Copy.verbose) tell(at);
  }
  const fd = openAt(directory, name, Open.readOnly | Open.directory | Open.closeOnExec, 0);
  if (fd < 0) return fail('cannot open directory', destinationPath(at), fd);
  if (!at.level && syscall(Sys.fstat, fd, changetype<usize>(found)) == 0) {
    rootDevice = found.device;
    rootInode = found.inode;
  }
  targets.append(<usize>fd);
  made.append(isNew ? 1 : 0);
  return 0;
}

function finishDirectory(at: Visit): void {
  targets.length--;
  made.length--;
  const fd = <i32>targets.get(at.level);
  close(fd);
  const directory = targetDirectory(at);
  const name = targetName(at);
  const error = keepAttributes(at, directory, name, 0);
  if (error < 0) fail('cannot preserve attributes of', destinationPath(at), error);
  if (!(flags & Copy.mode) && made.get(at.level)) chmodAt(directory, name, at.stat.mode & 0o777 & ~umask);
}

/** Owner, mode and times as far as they are asked for. An owner that may not be given away costs the set-id bits. */
function keepAttributes(at: Visit, directory: i32, name: usize, linkFlag: u32): i32 {
  let mode = at.stat.mode & 0o7777;
  let error: i32 = 0;
  if (flags & Copy.owner) {
    const refused = chownAt(directory, name, at.stat.uid, at.stat.gid, linkFlag);
    if (refused < 0) {
      mode &= 0o1777;
      if (refused == -Errno.PERM) chownAt(directory, name, -1, at.stat.gid, linkFlag);
      else error = refused;
    }
  }
  if (flags & Copy.mode && !linkFlag) {
    const refused = chmodAt(directory, name, mode);
    if (refused < 0) error = refused;
  }
  if (flags & Copy.times) {
    const times = memory.data(32, 8);
    store<i64>(times, at.stat.accessSeconds);
    store<i64>(times, at.stat.accessNanoseconds, 8);
    store<i64>(times, at.stat.modifySeconds, 16);
    store<i64>(times, at.stat.modifyNanoseconds, 24);
    const refused = utimensAt(directory, name, times, linkFlag);
    if (refused < 0 && !linkFlag) error = refused;
  }
  return error;
}

function tell(at: Visit): void {
  stdout.text("'").bytes(at.path).text("' -> '").bytes(destinationPath(at)).text("'").newline();
}

function copyFile(at: Visit): void {
  const directory = targetDirectory(at);
  const name = targetName(at);
  const type = at.stat.mode & FileType.mask;
  const asLink = type == FileType.link;
  if (asLink && follow & (at.level ? WalkFlag.followAll : WalkFlag.followAll | WalkFlag.followOperand)) {
    fail('cannot stat', at.path, -Errno.NOENT);
    return;
  }
  let exists = statAt(directory, name, found, asLink || flags & Copy.hardLinks ? At.symlinkNoFollow : 0) == 0;
  if (exists) {
    const proceed = mayReplace(at, directory, name);
    if (!proceed) return;
    const special = asLink || (flags & Copy.recursive && type != FileType.regular);
    const replaced =
      flags & (Copy.removeDestination | (flags & Copy.force ? Copy.hardLinks | Copy.symbolicLinks : 0));
    if (special || replaced || (flags & Copy.links && at.stat.links > 1)) {
      const error = unlinkAt(directory, name, 0);
      if (error < 0) {
        fail('cannot remove', destinationPath(at), error);
        return;
      }
      exists = false;
    }
  }
  let error: i32;
  if (flags & Copy.hardLinks) {
    error = linkAt(at.directory, at.name, directory, name, at.followed ? At.symlinkFollow : 0);
    if (error < 0) fail('cannot create hard link', destinationPath(at), error);
  } else if (flags & Copy.symbolicLinks) {
    error = symlinkAt(at.path, directory, name);
    if (error < 0) fail('cannot create symbolic link', destinationPath(at), error);
  } else if (flags & Copy.links && at.stat.links > 1 && linkToCopy(at, directory, name)) error = 0;
  else if (asLink) error = copyLink(at, directory, name);
  else if (type == FileType.regular || !(flags & Copy.recursive))
    error = copyContents(at, directory, name, exists);
  else {
    error = mknodAt(directory, name, (at.stat.mode & ~0o7777) | (at.stat.mode & 0o777), at.stat.rdev);
    if (error < 0) fail('cannot create special file', destinationPath(at), error);
    else error = keepAttributes(at, directory, name, 0);
  }
  if (!error && flags & Copy.verbose) tell(at);
}

/** Whether what is there may go. */
function mayReplace(at: Visit, directory: i32, name: usize): bool {
  if (found.device == at.stat.device && found.inode == at.stat.inode) {
    if (flags & Copy.hardLinks) return false;
    message()
      .text("'")
      .bytes(at.path)
      .text("' and '")
      .bytes(destinationPath(at))
      .text("' are the same file")
      .newline();
    status = 1;
    return false;
  }
  if ((found.mode & FileType.mask) == FileType.directory) {
    message().text("cannot overwrite directory '").bytes(destinationPath(at)).text("' with non-directory");
    stderr.newline();
    status = 1;
    return false;
  }
  if (flags & Copy.noClobber) return false;
  if (flags & Copy.update) {
    const seconds = found.modifySeconds - at.stat.modifySeconds;
    if (seconds > 0 || (!seconds && found.modifyNanoseconds >= at.stat.modifyNanoseconds)) return false;
  }
  if (!(flags & Copy.interactive)) return true;
  message().text("overwrite '").bytes(destinationPath(at)).text("'? ");
  return answerIsYes() && directory != -1 && name != 0;
}

/** True when the file has been copied under another name and this is now one more name of that copy. */
function linkToCopy(at: Visit, directory: i32, name: usize): bool {
  if (!known) known = mustAllocate(malloc(BUCKETS * 8));
  if (!knownReady) {
    memory.fill(known, 0, BUCKETS * 8);
    knownReady = true;
  }
  const bucket = known + (((<usize>((at.stat.inode * 31) ^ at.stat.device)) & (BUCKETS - 1)) << 3);
  let entry = load<Known | null>(bucket);
  while (entry) {
    if (entry.inode == at.stat.inode && entry.device == at.stat.device) {
      return linkAt(At.workingDirectory, entry.path, directory, name, 0) == 0;
    }
    entry = entry.next;
  }
  const fresh = make<Known>();
  fresh.next = load<Known | null>(bucket);
  fresh.device = at.stat.device;
  fresh.inode = at.stat.inode;
  fresh.path = mustAllocate(duplicateBytes(destinationPath(at)));
  store<Known>(bucket, fresh);
  return false;
}

let knownReady = false;

function copyLink(at: Visit, directory: i32, name: usize): i32 {
  const text = memory.data(4096);
  const size = readlinkAt(at.directory, at.name, text, 4095);
  if (size < 0) return -fail('cannot read symbolic link', at.path, size);
  store<u8>(text + <usize>size, 0);
  const error = symlinkAt(text, directory, name);
  if (error < 0) return -fail('cannot create symbolic link', destinationPath(at), error);
  keepAttributes(at, directory, name, At.symlinkNoFollow);
  return 0;
}

function copyContents(at: Visit, directory: i32, name: usize, exists: bool): i32 {
  const from = openAt(at.directory, at.name, Open.readOnly | Open.closeOnExec, 0);
  if (from < 0) return -fail('cannot open', at.path, from);
  // While it is being written, a copy that will be somebody else's is nobody else's to read.
  const mode = flags & Copy.owner ? at.stat.mode & 0o700 : at.stat.mode & 0o777;
  const creating: u32 = Open.writeOnly | Open.create | Open.exclusive | Open.closeOnExec;
  let to = -1;
  if (exists) {
    to = openAt(directory, name, Open.writeOnly | Open.truncate | Open.closeOnExec, 0);
    if (to < 0 && flags & Copy.force) {
      const error = unlinkAt(directory, name, 0);
      if (error < 0) to = error;
      else exists = false;
    }
  }
  if (!exists) to = openAt(directory, name, creating, mode);
  if (to < 0) {
    const dangling = !exists && to == -Errno.EXIST;
    fail(
      dangling ? 'not writing through dangling symlink' : 'cannot create regular file',
      destinationPath(at),
      dangling ? 0 : to,
    );
    close(from);
    return -1;
  }
  let error = copyData(from, to);
  if (error < 0)
    fail(
      copyFailedWriting() ? 'error writing' : 'error reading',
      copyFailedWriting() ? destinationPath(at) : at.path,
      error,
    );
  close(from);
  const closed = close(to);
  if (!error && closed < 0) {
    error = closed;
    fail('error writing', destinationPath(at), error);
  }
  if (!error) {
    const refused = keepAttributes(at, directory, name, 0);
    if (refused < 0) fail('cannot preserve attributes of', destinationPath(at), refused);
  }
  return <i32>error;
}
