// tar -c: walks the operands and writes a member for each file. A file of several names is written once, the others as
// links to it.

import { openAt, readlinkAt } from '../lib/at';
import { bytesEqual, duplicateBytes } from '../lib/bytes';
import { Buffer } from '../lib/buffer';
import { close, Open, read } from '../lib/file';
import { List } from '../lib/list';
import { make, mustAllocate } from '../lib/malloc';
import { message, reportError } from '../lib/report';
import { FileType } from '../lib/stat';
import { stderr } from '../lib/stream';
import { Phase, Visit, walk } from '../lib/walk';
import { padContent, writeBytes, writeMember } from './archive';
import { makeMember, MemberType } from './header';

/** Device, inode and name of files with several names. */
const seen = make<List>();
const member = makeMember();
const content = memory.data(32768);
let verbose = false;
let failed = false;
let saidStripped = false;

/** Adds an operand and what is below it; false when something could not be written. */
export function addOperand(operand: usize, isVerbose: bool): bool {
  verbose = isVerbose;
  failed = false;
  walk(operand, 0, visit);
  return !failed;
}

function fail(path: usize, error: i64): i32 {
  reportError(path, error);
  failed = true;
  return 0;
}

/** Names in archives are relative. */
function relativeName(path: usize, to: Buffer, directory: bool): void {
  to.clear();
  if (load<u8>(path) == 0x2f && !saidStripped) {
    message().text("removing leading '/' from member names").newline();
    saidStripped = true;
  }
  while (load<u8>(path) == 0x2f) path++;
  to.bytes(load<u8>(path) ? path : mustAllocate(duplicateBytes(path)));
  if (!to.length) to.byte(0x2e);
  if (directory && load<u8>(to.at + to.length - 1) != 0x2f) to.byte(0x2f);
}

function typeOf(mode: u32): i32 {
  const type = mode & FileType.mask;
  if (type == FileType.directory) return MemberType.directory;
  if (type == FileType.link) return MemberType.symlink;
  if (type == FileType.character) return MemberType.character;
  if (type == FileType.block) return MemberType.block;
  return type == FileType.fifo ? MemberType.fifo : MemberType.file;
}

/** The name under which the file is in the archive already; 0 when it is not. Remembers it. */
function earlierName(at: Visit): usize {
  for (let i = 0; i < seen.length; i += 3) {
    if (<u64>seen.get(i) == at.stat.device && <u64>seen.get(i + 1) == at.stat.inode) return seen.get(i + 2);
  }
  seen.append(<usize>at.stat.device);
  seen.append(<usize>at.stat.inode);
  const copy = make<Buffer>();
  copy.range(member.name.at, member.name.length);
  copy.byte(0);
  seen.append(copy.at);
  return 0;
}

function visit(at: Visit): i32 {
  if (at.phase == Phase.missing || at.phase == Phase.unreadable) return fail(at.path, at.error);
  if (at.phase == Phase.after || at.phase == Phase.cycle) return 0;
  const type = at.stat.mode & FileType.mask;
  if (type == FileType.socket) {
    message().bytes(at.path).text(': socket ignored').newline();
    return 0;
  }
  relativeName(at.path, member.name, type == FileType.directory);
  member.link.clear();
  member.type = typeOf(at.stat.mode);
  member.mode = at.stat.mode & 0o7777;
  member.uid = at.stat.uid;
  member.gid = at.stat.gid;
  member.seconds = at.stat.modifySeconds;
  member.major = <u32>((at.stat.rdev >> 8) & 0xfff);
  member.minor = <u32>((at.stat.rdev & 0xff) | ((at.stat.rdev >> 12) & 0xfff00));
  member.size = 0;
  if (type == FileType.link && !takeLink(at)) return 0;
  const earlier = type != FileType.directory && at.stat.links > 1 ? earlierName(at) : 0;
  if (earlier && !bytesEqual(earlier, at.path)) {
    member.type = MemberType.hardLink;
    member.link.clear();
    member.link.bytes(earlier);
  }
  if (member.type == MemberType.file) return addFile(at);
  tell();
  if (!writeMember(member)) failed = true;
  return failed ? 1 : 0;
}

function tell(): void {
  if (verbose) stderr.range(member.name.at, member.name.length).newline();
}

function takeLink(at: Visit): bool {
  const size = readlinkAt(at.directory, at.name, content, 4096);
  if (size < 0) {
    fail(at.path, size);
    return false;
  }
  member.link.range(content, <usize>size);
  return true;
}

/** As many bytes as the header says, whatever happens to the file meanwhile. */
function addFile(at: Visit): i32 {
  const fd = openAt(at.directory, at.name, Open.readOnly | Open.closeOnExec | Open.noFollow, 0);
  if (fd < 0) return fail(at.path, fd);
  member.size = at.stat.size;
  tell();
  if (!writeMember(member)) failed = true;
  for (let left = member.size; left > 0 && !failed;) {
    const wanted = <usize>min<i64>(left, 32768);
    let got = read(fd, content, wanted);
    if (got <= 0) {
      if (got < 0) fail(at.path, got);
      else {
        message().bytes(at.path).text(': it became shorter while it was read; zeroes fill it').newline();
        failed = true;
      }
      memory.fill(content, 0, wanted);
      // The archive stays whole.
      for (; left > 0; left -= 32768) if (!writeBytes(content, <usize>min<i64>(left, 32768))) break;
      memory.fill(content, 0, 32768);
      got = 0;
    } else if (!writeBytes(content, <usize>got)) failed = true;
    left -= got;
  }
  close(fd);
  if (!padContent()) failed = true;
  return 0;
}
