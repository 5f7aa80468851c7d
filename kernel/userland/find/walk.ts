// Going through the files below a path and evaluating the expression. Source: POSIX find.

import { Buffer } from '../lib/buffer';
import { byteLength, bytesAre, duplicateBytes, findLastByte } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { findGroupById, findUserById, groupName, userName } from '../lib/passwd';
import { message, reportError } from '../lib/report';
import { matchPattern } from '../sh/pattern';
import { FileType, lstat, Stat, stat } from '../lib/stat';
import { stdout } from '../lib/stream';
import { askAndExecute, executeOne, finishCommands, gather, removeFile } from './actions';
import {
  Compare,
  depthFirst,
  Expression,
  maximumDepth,
  minimumDepth,
  now,
  oneDevice,
  root,
  Test,
} from './expression';

export let failed = false;
let followsOperands = false;
let followsAll = false;

export function followOperands(on: bool): void {
  followsOperands = on;
}
export function followAll(on: bool): void {
  followsAll = on;
}

const path = make<Buffer>();
/** What the path is, at each depth. */
let pruned = false;

function complain(error: i64): void {
  stdout.flush();
  reportError(path.at, error);
  failed = true;
}

/** Directories above the current one, to see loops with -L: pairs of device and inode. */
const above = make<List>();

export function walkRoot(operand: usize): void {
  path.clear();
  path.bytes(operand);
  above.length = 0;
  visit(0, 0);
}

function examine(depth: i32, what: Stat): i32 {
  const follows = followsAll || (followsOperands && depth == 0);
  if (follows) {
    const error = stat(path.at, what);
    if (error >= 0) return 0;
  }
  return lstat(path.at, what);
}

function visit(depth: i32, device: u64): void {
  const what = make<Stat>();
  const error = examine(depth, what);
  if (error < 0) {
    complain(error);
    free(changetype<usize>(what));
    return;
  }
  const isDirectory = (what.mode & FileType.mask) == FileType.directory;
  pruned = false;
  const counts = depth >= minimumDepth;
  if (!depthFirst && counts) evaluate(root, what, depth);
  const enters =
    isDirectory && !pruned && depth < maximumDepth && !(oneDevice && depth > 0 && what.device != device);
  if (enters && !isLoop(what)) {
    assert(above.append(<usize>what.device) && above.append(<usize>what.inode), 'out of memory');
    readDirectory(depth, what.device);
    above.length -= 2;
  }
  if (depthFirst && counts) evaluate(root, what, depth);
  free(changetype<usize>(what));
}

function isLoop(what: Stat): bool {
  if (!followsAll) return false;
  for (let i = 0; i < above.length; i += 2) {
    if (above.get(i) != <usize>what.device || above.get(i + 1) != <usize>what.inode) continue;
    stdout.flush();
    message().bytes(path.at).text(': file system loop').newline();
    failed = true;
    return true;
  }
  return false;
}

function readDirectory(depth: i32, device: u64): void {
  const directory = openDirectory(path.at);
  if (!directory) {
    complain(directoryError());
    return;
  }
  // The names first: -delete and -exec may change the directory, and deep trees must not hold many descriptors.
  const names = make<List>();
  while (nextEntry(directory)) {
    const name = directory.name;
    if (bytesAre(name, '.') || bytesAre(name, '..')) continue;
    assert(names.append(mustAllocate(duplicateBytes(name))), 'out of memory');
  }
  if (directory.error < 0) complain(directory.error);
  closeDirectory(directory);
  const length = path.length;
  for (let i = 0; i < names.length; i++) {
    if (load<u8>(path.at + length - 1) != 0x2f) path.byte(0x2f);
    path.bytes(names.get(i));
    visit(depth + 1, device);
    path.remove(length, path.length - length);
    free(names.get(i));
  }
  free(names.values);
  free(changetype<usize>(names));
}

function evaluate(node: Expression | null, what: Stat, depth: i32): bool {
  if (!node) return true;
  switch (node.kind) {
    case Test.and:
      return evaluate(node.left, what, depth) && evaluate(node.right, what, depth);
    case Test.or:
      return evaluate(node.left, what, depth) || evaluate(node.right, what, depth);
    case Test.not:
      return !evaluate(node.left, what, depth);
    case Test.comma:
      evaluate(node.left, what, depth);
      return evaluate(node.right, what, depth);
    case Test.no:
      return false;
    case Test.name:
      return matches(node.text, baseOfPath(), false);
    case Test.ignoringName:
      return matches(node.text, baseOfPath(), true);
    case Test.path:
      return matchPattern(node.text, path.at, path.at + path.length);
    case Test.type:
      return isType(node.text, what.mode & FileType.mask);
    case Test.permissions:
      return hasPermissions(node, what.mode & 0o7777);
    case Test.user:
      return <i64>what.uid == node.number;
    case Test.group:
      return <i64>what.gid == node.number;
    case Test.noUser:
      return findUserById(what.uid) == null;
    case Test.noGroup:
      return findGroupById(what.gid) == null;
    case Test.size:
      return compare(node, (what.size + node.unit - 1) / node.unit);
    case Test.links:
      return compare(node, what.links);
    case Test.inode:
      return compare(node, what.inode);
    case Test.empty:
      return isEmpty(what);
    case Test.modified:
      return compare(node, (now - what.modifySeconds) / 86400);
    case Test.accessed:
      return compare(node, (now - what.accessSeconds) / 86400);
    case Test.changed:
      return compare(node, (now - what.changeSeconds) / 86400);
    case Test.modifiedMinutes:
      return compare(node, (now - what.modifySeconds + 59) / 60);
    case Test.accessedMinutes:
      return compare(node, (now - what.accessSeconds + 59) / 60);
    case Test.changedMinutes:
      return compare(node, (now - what.changeSeconds + 59) / 60);
    case Test.newer:
      return (
        what.modifySeconds > node.number ||
        (what.modifySeconds == node.number && what.modifyNanoseconds > node.more)
      );
    case Test.prune:
      pruned = true;
      return true;
    case Test.print:
      stdout.range(path.at, path.length).newline();
      return true;
    case Test.printZero:
      stdout.range(path.at, path.length).byte(0);
      return true;
    case Test.list:
      list(what);
      return true;
    case Test.remove: {
      const removed = removeFile(path.at, what);
      if (!removed) failed = true;
      return removed;
    }
    case Test.execute:
      return executeOne(node, path.at);
    case Test.executeMany:
      gather(node, path.at);
      return true;
    case Test.ask:
      return askAndExecute(node, path.at);
    case Test.quit: {
      const ended = finishCommands();
      stdout.flush();
      exit(failed || !ended ? 1 : 0);
      return true;
    }
    default:
      return true;
  }
}

/** The last component, without slashes behind it. */
function baseOfPath(): usize {
  let end = path.length;
  while (end > 1 && load<u8>(path.at + end - 1) == 0x2f) end--;
  if (end != path.length || end == 1) {
    const room = memory.data(4096);
    let start = end;
    while (start > 0 && load<u8>(path.at + start - 1) != 0x2f) start--;
    if (start == end) start = 0;
    const size = min<usize>(end - start, 4095);
    memory.copy(room, path.at + start, size);
    store<u8>(room + size, 0);
    return room;
  }
  const slash = findLastByte(path.at, 0x2f);
  return slash ? slash + 1 : path.at;
}

function matches(pattern: usize, name: usize, ignoresCase: bool): bool {
  if (!ignoresCase) return matchPattern(pattern, name, name + byteLength(name));
  const a = lower(pattern);
  const b = lower(name);
  const result = matchPattern(a, b, b + byteLength(b));
  free(a);
  free(b);
  return result;
}

function lower(text: usize): usize {
  const copy = mustAllocate(duplicateBytes(text));
  for (let at = copy; load<u8>(at); at++) {
    const byte = load<u8>(at);
    if (byte >= 0x41 && byte <= 0x5a) store<u8>(at, byte | 0x20);
  }
  return copy;
}

function typeLetter(type: u32): u8 {
  switch (type) {
    case FileType.directory:
      return 0x64;
    case FileType.regular:
      return 0x66;
    case FileType.link:
      return 0x6c;
    case FileType.fifo:
      return 0x70;
    case FileType.socket:
      return 0x73;
    case FileType.block:
      return 0x62;
    default:
      return 0x63;
  }
}

function isType(letters: usize, type: u32): bool {
  const letter = typeLetter(type);
  for (; load<u8>(letters); letters++) if (load<u8>(letters) == letter) return true;
  return false;
}

function hasPermissions(node: Expression, mode: u32): bool {
  const wanted = <u32>node.number;
  if (node.compare == Compare.less) return (mode & wanted) == wanted;
  if (node.compare == Compare.more) return !wanted || (mode & wanted) != 0;
  return mode == wanted;
}

function compare(node: Expression, value: i64): bool {
  if (node.compare == Compare.more) return value > node.number;
  if (node.compare == Compare.less) return value < node.number;
  return value == node.number;
}

function isEmpty(what: Stat): bool {
  const type = what.mode & FileType.mask;
  if (type == FileType.regular) return what.size == 0;
  if (type != FileType.directory) return false;
  const directory = openDirectory(path.at);
  if (!directory) return false;
  let any = false;
  while (!any && nextEntry(directory))
    any = !bytesAre(directory.name, '.') && !bytesAre(directory.name, '..');
  closeDirectory(directory);
  return !any;
}

/** inode, blocks, mode, links, owner, group, size, path */
function list(what: Stat): void {
  stdout
    .unsigned(what.inode)
    .byte(0x20)
    .unsigned(what.blocks / 2)
    .byte(0x20);
  const type = typeLetter(what.mode & FileType.mask);
  stdout.byte(type == 0x66 ? 0x2d : type);
  for (let shift: i32 = 6; shift >= 0; shift -= 3) {
    const bits = (what.mode >> shift) & 7;
    stdout
      .byte(bits & 4 ? 0x72 : 0x2d)
      .byte(bits & 2 ? 0x77 : 0x2d)
      .byte(bits & 1 ? 0x78 : 0x2d);
  }
  stdout.byte(0x20).unsigned(what.links).byte(0x20);
  const user = userName(what.uid);
  if (user) stdout.bytes(user);
  else stdout.unsigned(what.uid);
  stdout.byte(0x20);
  const group = groupName(what.gid);
  if (group) stdout.bytes(group);
  else stdout.unsigned(what.gid);
  stdout.byte(0x20).signed(what.size).byte(0x20).bytes(path.at).newline();
}
