// Walking a tree of directories: chmod -R, du, rm -r, cp -R.
//
// Rules: the visitor is told of each file once (Phase.file), of each directory before and after what is in it; `visit`
// returns non-zero from Phase.before to leave a directory out (there is no Phase.after then). A file is reached by
// `directory` and `name` (lib/at.ts), never by its whole path, which is for messages and may be longer than PATH_MAX:
// a symbolic link put in the place of a directory meanwhile leads nowhere, and a directory moved away ends the walk.
// No more than OPEN_LIMIT directories are open at once, however deep the tree. Nothing of a Visit outlives the call.
// Source: POSIX nftw(), rm (RATIONALE), XBD 4.8 (file system resources).

import { At, openAt, statAt } from './at';
import { Buffer, freeBuffer } from './buffer';
import { byteLength } from './bytes';
import { Errno } from './errno';
import { close, Open } from './file';
import { literal } from './literal';
import { free, make, malloc, mustAllocate } from './malloc';
import { FileType, fstat, Stat } from './stat';
import { Sys, syscall } from './syscall';

export const enum WalkFlag {
  /** -H: symbolic links among the operands are followed. */
  followOperand = 1,
  /** -L: all are. */
  followAll = 2,
  /** What is mounted below is left out. */
  oneFileSystem = 4,
  /** For files that the directory says are no directories, `stat.mode` holds the type alone and the rest is 0. */
  typeSuffices = 8,
}

export const enum Phase {
  file,
  before,
  after,
  /** A directory that cannot be read, with `error`; Phase.after follows. */
  unreadable,
  /** There is no such file, with `error`. */
  missing,
  /** A directory that is its own ancestor, by a symbolic link: it is not entered again. */
  cycle,
}

@unmanaged
@final
export class Visit {
  phase: i32;
  /** The descriptor of the directory that the file is in. */
  directory: i32;
  name: usize;
  /** As the user would write it. */
  path: usize;
  stat: Stat;
  /** 0 for the operand itself. */
  level: i32;
  error: i32;
  /** In Phase.before and after: the symbolic link was followed. */
  followed: bool;
}

/** A directory being walked. */
@unmanaged
@final
class Level {
  parent: Level | null;
  fd: i32;
  depth: i32;
  /** Names, each after a byte of its type (DT_*), ended by a 0 byte. */
  names: Buffer;
  next: usize;
  name: usize;
  pathLength: usize;
  stat: Stat;
  followed: bool;
}

const OPEN_LIMIT: i32 = 64;
const ENTRIES: usize = 32768;
const DT_DIRECTORY: u8 = 4;
const DT_LINK: u8 = 10;

const visitor = make<Visit>();
const path = make<Buffer>();
let top: Level | null = null;
let openLevels: i32 = 0;
let walkFlags: u32 = 0;
let rootDevice: u64 = 0;
let entries: usize = 0;
let call: (visit: Visit) => i32 = nothing;

function nothing(visit: Visit): i32 {
  return visit.phase;
}

/** Walks `operand` and what is below it. Not to be called from a visitor. */
export function walk(operand: usize, flags: u32, visit: (visit: Visit) => i32): void {
  call = visit;
  walkFlags = flags;
  if (!visitor.path) visitor.stat = make<Stat>();
  path.clear();
  path.bytes(operand);
  reach(null, operand, 0);
  for (let level = top; level; level = top) {
    if (level.next < level.names.length) {
      const type = load<u8>(level.names.at + level.next);
      const name = level.names.at + level.next + 1;
      level.next += byteLength(name) + 2;
      path.length = level.pathLength;
      if (load<u8>(path.at + path.length - 1) != 0x2f) path.byte(0x2f);
      path.bytes(name);
      reach(level, name, type);
    } else leave(level);
  }
}

function tell(phase: i32, parent: Level | null, name: usize, error: i32): i32 {
  visitor.phase = phase;
  visitor.directory = parent ? parent.fd : At.workingDirectory;
  visitor.name = name;
  visitor.path = path.at;
  visitor.level = parent ? parent.depth + 1 : 0;
  visitor.error = error;
  return call(visitor);
}

/** Visits what `name` in `parent` is, and enters it when it is a directory. */
function reach(parent: Level | null, name: usize, type: u8): void {
  const found = visitor.stat;
  const directory: i32 = parent ? parent.fd : At.workingDirectory;
  const follow =
    (walkFlags & (parent ? WalkFlag.followAll : WalkFlag.followAll | WalkFlag.followOperand)) != 0;
  visitor.followed = false;
  if (walkFlags & WalkFlag.typeSuffices && type && type != DT_DIRECTORY && !(follow && type == DT_LINK)) {
    memory.fill(changetype<usize>(found), 0, 144);
    found.mode = (<u32>type) << 12;
    tell(Phase.file, parent, name, 0);
    return;
  }
  let error = statAt(directory, name, found, At.symlinkNoFollow);
  if (!error && follow && (found.mode & FileType.mask) == FileType.link) {
    // A link that leads nowhere is visited itself.
    if (statAt(directory, name, found, 0) < 0) error = statAt(directory, name, found, At.symlinkNoFollow);
    else visitor.followed = true;
  }
  if (error < 0) {
    tell(Phase.missing, parent, name, error);
    return;
  }
  if ((found.mode & FileType.mask) != FileType.directory) {
    tell(Phase.file, parent, name, 0);
    return;
  }
  if (!parent) rootDevice = found.device;
  else if (walkFlags & WalkFlag.oneFileSystem && found.device != rootDevice) return;
  if (visitor.followed && isAncestor(parent, found)) {
    tell(Phase.cycle, parent, name, -Errno.LOOP);
    return;
  }
  if (tell(Phase.before, parent, name, 0)) return;
  enter(parent, name);
}

function isAncestor(level: Level | null, found: Stat): bool {
  let at: Level | null = level;
  while (at) {
    if (at.stat.inode == found.inode && at.stat.device == found.device) return true;
    at = at.parent;
  }
  return false;
}

function enter(parent: Level | null, name: usize): void {
  const level = make<Level>();
  level.parent = parent;
  level.name = name;
  level.depth = parent ? parent.depth + 1 : 0;
  level.names = make<Buffer>();
  level.stat = make<Stat>();
  level.followed = visitor.followed;
  level.pathLength = path.length;
  memory.copy(changetype<usize>(level.stat), changetype<usize>(visitor.stat), 144);
  top = level;
  const flags: u32 = Open.readOnly | Open.directory | Open.closeOnExec | (level.followed ? 0 : Open.noFollow);
  level.fd = openAt(parent ? parent.fd : At.workingDirectory, name, flags, 0);
  let error = level.fd < 0 ? level.fd : 0;
  if (!error) {
    openLevels++;
    const found = changetype<Stat>(memory.data(144, 8));
    error = fstat(level.fd, found);
    // Somebody has put another one in its place.
    if (!error && (found.inode != level.stat.inode || found.device != level.stat.device))
      error = -Errno.AGAIN;
    // chmod and its like may have changed it since.
    if (!error) memory.copy(changetype<usize>(level.stat), changetype<usize>(found), 144);
  }
  if (!error) error = readNames(level);
  if (error < 0) tell(Phase.unreadable, parent, name, error);
  closeFarAncestor(level);
}

/** Reads all names at once, so that what the visitor creates or removes does not matter. */
function readNames(level: Level): i32 {
  if (!entries) entries = mustAllocate(malloc(ENTRIES));
  let got = syscall(Sys.getdents64, level.fd, entries, ENTRIES);
  for (; got > 0; got = syscall(Sys.getdents64, level.fd, entries, ENTRIES)) {
    for (let at = entries; at < entries + <usize>got; at += load<u16>(at, 16)) {
      const name = at + 19;
      if (load<u8>(name) == 0x2e && (!load<u8>(name, 1) || (load<u8>(name, 1) == 0x2e && !load<u8>(name, 2))))
        continue;
      level.names.byte(load<u8>(at, 18));
      level.names.range(name, byteLength(name) + 1);
    }
  }
  return <i32>got;
}

/** Keeps the number of open directories small; leave() opens them again. */
function closeFarAncestor(level: Level): void {
  if (openLevels <= OPEN_LIMIT || walkFlags & WalkFlag.followAll) return;
  let far: Level | null = level.parent;
  for (let i = 2; i < OPEN_LIMIT; i++) {
    if (!far) return;
    far = far.parent;
  }
  while (far && far.fd >= 0) {
    close(far.fd);
    far.fd = -1;
    openLevels--;
    far = far.parent;
  }
}

function leave(level: Level): void {
  const parent = level.parent;
  let lost = 0;
  if (parent && parent.fd < 0) lost = reopen(parent, level.fd);
  if (level.fd >= 0) {
    close(level.fd);
    openLevels--;
  }
  top = parent;
  path.length = level.pathLength;
  store<u8>(path.at + path.length, 0);
  memory.copy(changetype<usize>(visitor.stat), changetype<usize>(level.stat), 144);
  visitor.followed = level.followed;
  if (lost < 0) {
    tell(Phase.unreadable, parent, level.name, lost);
    abandon();
  } else tell(Phase.after, parent, level.name, 0);
  freeLevel(level);
}

/** Opens a directory again as the parent of one that is still open. 0 or negative errno. */
function reopen(parent: Level, child: i32): i32 {
  const fd = openAt(
    child,
    literal('..'),
    Open.readOnly | Open.directory | Open.closeOnExec | Open.noFollow,
    0,
  );
  if (fd < 0) return fd;
  const found = changetype<Stat>(memory.data(144, 8));
  const error = fstat(fd, found);
  if (error < 0 || found.inode != parent.stat.inode || found.device != parent.stat.device) {
    close(fd);
    return error < 0 ? error : -Errno.NOENT;
  }
  parent.fd = fd;
  openLevels++;
  return 0;
}

/** The tree has been moved away under our feet: nothing above can be reached safely. */
function abandon(): void {
  for (let level = top; level; level = top) {
    top = level.parent;
    if (level.fd >= 0) {
      close(level.fd);
      openLevels--;
    }
    freeLevel(level);
  }
}

function freeLevel(level: Level): void {
  freeBuffer(level.names);
  free(changetype<usize>(level.names));
  free(changetype<usize>(level.stat));
  free(changetype<usize>(level));
}
