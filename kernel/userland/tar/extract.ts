// tar -x and -t: what an archive says is made below the working directory.
//
// Rules: names never lead out of it: a leading slash is taken off, a name with `..` is refused, and so is one that leads
// through a symbolic link. Directories get their modes and times at the end, when nothing is put into them any more.

import {
  At,
  chmodAt,
  chownAt,
  linkAt,
  mkdirAt,
  mknodAt,
  openAt,
  symlinkAt,
  unlinkAt,
  utimensAt,
} from '../lib/at';
import { Buffer } from '../lib/buffer';
import { byteLength, duplicateRange } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, Open, writeFully } from '../lib/file';
import { formatTime } from '../lib/format-time';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { modeText } from '../lib/mode-text';
import { printf } from '../lib/printf';
import { message, reportError } from '../lib/report';
import { FileType, lstat, Stat } from '../lib/stat';
import { stderr, stdout } from '../lib/stream';
import { CalendarTime } from '../lib/time';
import { localTime } from '../lib/zone';
import { readContent, skipContent } from './archive';
import { Member, MemberType } from './header';

/** Modes are kept as they are, owners too: -p, and root without it. */
export let keepAll = false;
let failed = false;
let mask: u32 = 0;
/** Name, mode and time of directories. */
const directories = make<List>();
const path = make<Buffer>();
const content = memory.data(32768);
const found = changetype<Stat>(memory.data(144, 8));

export function beginExtract(everything: bool, umask: u32): void {
  keepAll = everything;
  mask = umask;
}

export function extractFailed(): bool {
  return failed;
}

function fail(name: usize, error: i64): bool {
  reportError(name, error);
  failed = true;
  return false;
}

function refuse(name: usize, why: string): bool {
  message().bytes(name).text(': ').text(why).newline();
  failed = true;
  return false;
}

/** The name as a path in the working directory, without slashes at its ends; 0 after it was refused. */
function safePath(name: Buffer): usize {
  let start: usize = 0;
  let end = name.length;
  while (start < end && load<u8>(name.at + start) == 0x2f) start++;
  while (end > start && load<u8>(name.at + end - 1) == 0x2f) end--;
  path.clear();
  path.range(name.at + start, end - start);
  path.byte(0);
  if (end == start) path.insert(0, 0x2e);
  for (let at = path.at; ; at++) {
    const component = at == path.at || load<u8>(at - 1) == 0x2f;
    if (component && load<u16>(at) == 0x2e2e && (load<u8>(at, 2) == 0x2f || !load<u8>(at, 2))) {
      refuse(path.at, "its name has '..' in it: not extracted");
      return 0;
    }
    if (!load<u8>(at)) break;
  }
  return makeParents() ? path.at : 0;
}

/** Makes the directories above that are missing; false where one is a link or cannot be made. */
function makeParents(): bool {
  for (let at = path.at; load<u8>(at); at++) {
    if (load<u8>(at) != 0x2f) continue;
    store<u8>(at, 0);
    const error = lstat(path.at, found);
    const made = error == -Errno.NOENT ? mkdirAt(At.workingDirectory, path.at, 0o777) : error;
    const isLink = error == 0 && (found.mode & FileType.mask) == FileType.link;
    if (isLink) refuse(path.at, 'it is a symbolic link: nothing is extracted through it');
    else if (made < 0) fail(path.at, made);
    store<u8>(at, 0x2f);
    if (isLink || made < 0) return false;
  }
  return true;
}

function permissions(member: Member): u32 {
  return keepAll ? member.mode : member.mode & 0o777 & ~mask;
}

/** Owner, mode and time of what was made; a symbolic link has no mode. */
function finish(name: usize, member: Member): void {
  const isLink = member.type == MemberType.symlink;
  if (keepAll) chownAt(At.workingDirectory, name, member.uid, member.gid, At.symlinkNoFollow);
  if (!isLink) {
    const error = chmodAt(At.workingDirectory, name, permissions(member));
    if (error < 0) fail(name, error);
  }
  setTime(name, member.seconds);
}

function setTime(name: usize, seconds: i64): void {
  const times = memory.data(32, 8);
  memory.fill(times, 0, 32);
  store<i64>(times, seconds);
  store<i64>(times, seconds, 16);
  utimensAt(At.workingDirectory, name, times, At.symlinkNoFollow);
}

/** Makes what the member is; its content is read or skipped in any case. */
export function extractMember(member: Member, verbose: bool): void {
  const name = safePath(member.name);
  if (name && create(name, member)) {
    if (verbose) stderr.range(member.name.at, member.name.length).newline();
  }
  skipContent();
}

function create(name: usize, member: Member): bool {
  if (member.type == MemberType.directory) return makeDirectory(name, member);
  const gone = unlinkAt(At.workingDirectory, name, 0);
  if (gone < 0 && gone != -Errno.NOENT) return fail(name, gone);
  let error: i64 = 0;
  if (member.type == MemberType.symlink) {
    error = symlinkAt(linkText(member), At.workingDirectory, name);
  } else if (member.type == MemberType.hardLink) {
    return makeHardLink(name, member);
  } else if (member.type == MemberType.character || member.type == MemberType.block) {
    const type = member.type == MemberType.block ? FileType.block : FileType.character;
    const device =
      (<u64>(member.minor & 0xff)) | ((<u64>member.major) << 8) | ((<u64>(member.minor & ~0xff)) << 12);
    error = mknodAt(At.workingDirectory, name, type | 0o600, device);
  } else if (member.type == MemberType.fifo) {
    error = mknodAt(At.workingDirectory, name, FileType.fifo | 0o600, 0);
  } else if (!makeFile(name)) return false;
  if (error < 0) return fail(name, error);
  finish(name, member);
  return true;
}

function linkText(member: Member): usize {
  member.link.byte(0);
  return member.link.at;
}

function makeHardLink(name: usize, member: Member): bool {
  const own = mustAllocate(duplicateRange(name, byteLength(name) + 1));
  const target = safePath(member.link);
  const error = target ? linkAt(At.workingDirectory, target, At.workingDirectory, own, 0) : 0;
  if (error < 0) fail(own, error);
  free(own);
  return target != 0 && error >= 0;
}

function makeDirectory(name: usize, member: Member): bool {
  const error = mkdirAt(At.workingDirectory, name, 0o700);
  if (error < 0) {
    if (error != -Errno.EXIST || lstat(name, found) < 0) return fail(name, error);
    if ((found.mode & FileType.mask) != FileType.directory) return fail(name, error);
  }
  directories.append(mustAllocate(duplicateRange(name, byteLength(name) + 1)));
  directories.append(<usize>permissions(member));
  directories.append(<usize>member.seconds);
  if (keepAll) chownAt(At.workingDirectory, name, member.uid, member.gid, At.symlinkNoFollow);
  return true;
}

function makeFile(name: usize): bool {
  const flags = Open.writeOnly | Open.create | Open.exclusive | Open.noFollow | Open.closeOnExec;
  const fd = openAt(At.workingDirectory, name, flags, 0o600);
  if (fd < 0) return fail(name, fd);
  let good = true;
  for (let got = readContent(content, 32768); got; got = good ? readContent(content, 32768) : 0) {
    // A short archive was reported; what came of the file stays, as a part of it.
    if (got < 0) break;
    const error = writeFully(fd, content, <usize>got);
    if (error < 0) good = fail(name, error);
  }
  close(fd);
  return good;
}

/** Gives the directories their modes and times, the deepest first. */
export function endExtract(): void {
  for (let i = directories.length - 3; i >= 0; i -= 3) {
    const name = directories.get(i);
    const error = chmodAt(At.workingDirectory, name, <u32>directories.get(i + 1));
    if (error < 0) fail(name, error);
    setTime(name, <i64>directories.get(i + 2));
  }
}

const calendar = make<CalendarTime>();

function typeBits(type: i32): u32 {
  if (type == MemberType.directory) return FileType.directory;
  if (type == MemberType.symlink) return FileType.link;
  if (type == MemberType.character) return FileType.character;
  if (type == MemberType.block) return FileType.block;
  return type == MemberType.fifo ? FileType.fifo : FileType.regular;
}

/** A line of -t; as `ls -l` with `verbose`. */
export function listMember(member: Member, verbose: bool): void {
  if (verbose) {
    const letters = memory.data(16);
    modeText(member.mode | typeBits(member.type), letters);
    printf('%s %d/%d %10d ', letters, member.uid, member.gid, member.size);
    localTime(member.seconds, calendar);
    formatTime(stdout, literal('%F %H:%M '), calendar, member.seconds, 0);
  }
  stdout.range(member.name.at, member.name.length);
  if (verbose && member.type == MemberType.symlink)
    stdout.text(' -> ').range(member.link.at, member.link.length);
  if (verbose && member.type == MemberType.hardLink) {
    stdout.text(' link to ').range(member.link.at, member.link.length);
  }
  stdout.newline();
}
