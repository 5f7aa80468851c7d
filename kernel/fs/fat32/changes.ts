/**
 * What changes names on a FAT volume: create, unlink, rename, as InodeOps. The VFS holds the inodes' mutexes.
 *
 * The order on the disk: what a name leads to comes before the name; a new name comes before the old one goes; clusters of
 * what was deleted are free only after that.
 */
import { EEXIST, EINVAL, ENOENT, ENOMEM, ENOTEMPTY, EPERM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { mutexLock, mutexUnlock } from '../../sched/mutex';
import { dentryForgetAll } from '../dentry';
import { Inode, inodePut, inodeTouchModified } from '../inode';
import { isDirectory, isRegular } from '../stat';
import { ENTRY_BYTES, FatWalk, fatWalkNext } from './directory';
import {
  entryOffset,
  eraseEntries,
  fillEntry,
  findFreeEntries,
  longEntries,
  setParent,
  stampCreation,
  updateEntry,
  writeDots,
  writeName,
} from './entries';
import { SHORT_NAME_BYTES, namesEqual } from './names';
import { fatInode, fatInodeOf, fatMode, nodeOf } from './nodes';
import { fatMakeRoom, fatSync, forgetChain } from './release';
import { longNameEncode, shortNameBasis, shortNameTail } from './short-name';
import { fatTake } from './table';
import { FatNode, FatVolume } from './volume';
import { walkCreate, walkFree, walkShortName } from './walk';

const SECTOR: u64 = 512;
/** Tails of short names that are tried before the clock chooses one. */
const SMALL_TAILS: u32 = 9;
const MAX_TAILS: u32 = 64;
const UNITS_BYTES: usize = 512;

/** A name being made: its UTF-16 units, its short name, and scratch for one entry. */
@unmanaged
class NewName {
  units: usize;
  unitCount: u32;
  basis: usize;
  entry: usize;
  scratch: usize;
}

function newNameCreate(): NewName | null {
  const at = kmalloc(offsetof<NewName>() + 8 + UNITS_BYTES + 16 + 2 * ENTRY_BYTES);
  if (at == 0) return null;
  const n = changetype<NewName>(at);
  n.units = (at + offsetof<NewName>() + 7) & ~7;
  n.basis = n.units + UNITS_BYTES;
  n.entry = n.basis + 16;
  n.scratch = n.entry + ENTRY_BYTES;
  return n;
}

/** Finds the name: 0 with the walk behind its entry, -ENOENT, or -EIO. The mutex is held. */
export function fatFind(w: FatWalk, name: usize, length: u32): i32 {
  w.position = 0;
  w.windowStart = 0;
  w.longEntries = 0;
  while (true) {
    const found = fatWalkNext(w);
    if (found <= 0) return found == 0 ? -ENOENT : found;
    if (namesEqual(w.name, w.nameLength, name, length)) return 0;
  }
}

/** Whether the directory has this short name: 1, 0 or -EIO. */
function isTaken(w: FatWalk, short: usize): i32 {
  w.position = 0;
  w.windowStart = 0;
  w.longEntries = 0;
  while (true) {
    const found = fatWalkNext(w);
    if (found <= 0) return found;
    if (memory.compare(walkShortName(w), short, SHORT_NAME_BYTES) == 0) return 1;
  }
}

/** Chooses a short name that the directory does not have, into n.entry. */
function chooseShort(w: FatWalk, n: NewName, seed: u32): i32 {
  let tail: u32 = 1;
  for (let tries: u32 = 0; tries < MAX_TAILS; tries++) {
    shortNameTail(n.basis, tail, n.entry);
    const taken = isTaken(w, n.entry);
    if (taken <= 0) return taken;
    tail = tail < SMALL_TAILS ? tail + 1 : 10 + (((seed + tries * 7919) * 0x9e3779b1) % 99989);
  }
  return -EEXIST;
}

/** Makes the units and the short name for a new name of the walk's directory. The mutex is held. */
function prepareName(w: FatWalk, n: NewName, name: usize, length: u32): i32 {
  const units = longNameEncode(name, length, n.units);
  if (units < 0) return units;
  memory.fill(n.entry, 0, ENTRY_BYTES);
  n.unitCount = <u32>units;
  if (shortNameBasis(name, length, n.basis)) {
    n.unitCount = 0;
    memory.copy(n.entry, n.basis, SHORT_NAME_BYTES);
    return 0;
  }
  let seed: u32 = length;
  for (let i: u32 = 0; i < length; i++) seed = seed * 31 + load<u8>(name + i);
  return chooseShort(w, n, seed);
}

/** Writes the prepared name for `node`, whose entry is there from then on. The mutex is held. */
function enter(dir: FatNode, n: NewName, node: FatNode): i32 {
  const total = longEntries(n.unitCount);
  const position = findFreeEntries(dir, total + 1);
  if (position < 0) return <i32>position;
  fillEntry(node, n.entry);
  const error = writeName(dir, <u32>position, n.units, n.unitCount, n.entry, n.scratch);
  if (error != 0) return error;
  const offset = entryOffset(dir, <u32>position + total);
  if (offset <= 0) return <i32>offset;
  node.entryOffset = <u64>offset;
  inodeTouchModified(dir.inode);
  return updateEntry(dir);
}

/** The parent's cluster as ".." tells it: 0 for the root. */
function parentCluster(dir: FatNode): u32 {
  return dir.entryOffset == 0 ? 0 : dir.firstCluster;
}

/** A new directory's first cluster with its dots. The mutex is held. */
function makeDirectory(dir: FatNode, node: FatNode, scratch: usize): i32 {
  const cluster = fatTake(node.volume);
  if (cluster < 0) return <i32>cluster;
  node.firstCluster = <u32>cluster;
  node.clusters = 1;
  node.inode.size = node.volume.geometry.clusterBytes;
  node.inode.blocks = node.inode.size / SECTOR;
  return writeDots(node, parentCluster(dir), scratch);
}

function createNamed(dir: FatNode, w: FatWalk, n: NewName, node: FatNode, name: usize, length: u32): i32 {
  const v = dir.volume;
  mutexLock(v.mutex);
  let error = prepareName(w, n, name, length);
  if (error == 0 && isDirectory(node.inode.mode)) error = makeDirectory(dir, node, n.scratch);
  stampCreation(n.entry);
  if (error == 0) error = enter(dir, n, node);
  mutexUnlock(v.mutex);
  return error;
}

/** As InodeOps.create: files and directories are all that FAT has. */
export function fatCreate(dir: Inode, name: usize, length: u32, mode: u32, _rdev: u64, out: usize): i32 {
  if (!isRegular(mode) && !isDirectory(mode)) return -EPERM;
  const parent = nodeOf(dir);
  const v = parent.volume;
  const room = fatMakeRoom(v);
  if (room != 0) return room;
  const w = walkCreate(parent, 0);
  const n = newNameCreate();
  let error = -ENOMEM;
  if (w != null && n != null) {
    v.uniqueNumber++;
    const readOnly = (mode & 0o222) == 0;
    const inode = fatInode(v, v.uniqueNumber, fatMode(v, isDirectory(mode), readOnly), 0, 0);
    if (inode != null) {
      // Without a name until enter(): nothing is written to where its number points.
      nodeOf(inode).entryOffset = 0;
      nodeOf(inode).clusters = 0;
      error = createNamed(parent, w, n, nodeOf(inode), name, length);
      if (error != 0) abandon(inode);
      else store<usize>(out, changetype<usize>(inode));
    }
  }
  if (w != null) walkFree(w);
  if (n != null) kfree(changetype<usize>(n));
  return error;
}

function abandon(inode: Inode): void {
  inode.links = 0;
  inodePut(inode);
}

/** Whether a directory has no entries: 1, 0, or -EIO. */
function isEmpty(node: FatNode): i32 {
  const w = walkCreate(node, 0);
  if (w == null) return -ENOMEM;
  mutexLock(node.volume.mutex);
  const found = fatWalkNext(w);
  mutexUnlock(node.volume.mutex);
  walkFree(w);
  return found < 0 ? found : 1 - found;
}

/** Names are going: the VFS must not find them by other spellings. */
function forgetAliases(v: FatVolume): void {
  if (!v.hasAliases) return;
  v.hasAliases = false;
  dentryForgetAll(v.superBlock);
}

/** Takes the name off the directory; the node has no entry then. The mutex is held. */
function erase(dir: FatNode, w: FatWalk, name: usize, length: u32): i32 {
  let error = fatFind(w, name, length);
  if (error == 0) error = eraseEntries(dir, w.slotStart, w.position);
  if (error != 0) return error;
  inodeTouchModified(dir.inode);
  return updateEntry(dir);
}

/** The file has lost its name: it lives until its last use ends. The mutex is held. */
function orphan(node: FatNode): void {
  node.entryOffset = 0;
  node.inode.links = 0;
  inodeTouchModified(node.inode);
  if (isDirectory(node.inode.mode)) forgetChain(node.volume, node.firstCluster);
}

/** As InodeOps.unlink. */
export function fatUnlink(dir: Inode, name: usize, length: u32, inode: Inode): i32 {
  const parent = nodeOf(dir);
  const v = parent.volume;
  if (isDirectory(inode.mode)) {
    const empty = isEmpty(nodeOf(inode));
    if (empty <= 0) return empty == 0 ? -ENOTEMPTY : empty;
  }
  const room = fatMakeRoom(v);
  if (room != 0) return room;
  const w = walkCreate(parent, 0);
  if (w == null) return -ENOMEM;
  mutexLock(v.mutex);
  const error = erase(parent, w, name, length);
  if (error == 0) orphan(nodeOf(inode));
  mutexUnlock(v.mutex);
  walkFree(w);
  forgetAliases(v);
  return error;
}

/** The entry of a replaced file becomes that of the one renamed to it: one sector, so it is the one or the other. */
function takeOver(node: FatNode, replaced: FatNode): i32 {
  const at = replaced.entryOffset;
  orphan(replaced);
  node.entryOffset = at;
  return updateEntry(node);
}

/** The new name of a rename. The mutex is held. */
function enterNew(node: FatNode, dir: FatNode, w: FatWalk, n: NewName, name: usize, length: u32): i32 {
  const error = prepareName(w, n, name, length);
  if (error != 0) return error;
  stampCreation(n.entry);
  return enter(dir, n, node);
}

/** Whether two names are one to FAT: only the case changes. */
function isSameName(a: FatNode, b: FatNode, aName: usize, aLength: u32, bName: usize, bLength: u32): bool {
  return a == b && namesEqual(aName, aLength, bName, bLength);
}

function renameIn(
  from: FatNode,
  fromWalk: FatWalk,
  oldName: usize,
  oldLength: u32,
  node: FatNode,
  to: FatNode,
  toWalk: FatWalk,
  n: NewName,
  newName: usize,
  newLength: u32,
  replaced: FatNode | null,
): i32 {
  const v = from.volume;
  mutexLock(v.mutex);
  let error = 0;
  if (isSameName(from, to, oldName, oldLength, newName, newLength)) {
    error = erase(from, fromWalk, oldName, oldLength);
    if (error == 0) error = enterNew(node, to, toWalk, n, newName, newLength);
    mutexUnlock(v.mutex);
    return error;
  }
  const oldPlace = node.entryOffset;
  if (replaced != null) error = takeOver(node, replaced);
  else error = enterNew(node, to, toWalk, n, newName, newLength);
  if (error == 0 && from != to && isDirectory(node.inode.mode)) error = setParent(node, parentCluster(to));
  const apart = oldPlace / SECTOR != node.entryOffset / SECTOR;
  mutexUnlock(v.mutex);
  // The new name is on the disk before the old one goes.
  if (error == 0 && apart) error = fatSync(v);
  if (error != 0) return error;
  mutexLock(v.mutex);
  error = erase(from, fromWalk, oldName, oldLength);
  mutexUnlock(v.mutex);
  return error;
}

/** As InodeOps.rename. */
export function fatRename(
  oldDir: Inode,
  oldName: usize,
  oldLength: u32,
  inode: Inode,
  newDir: Inode,
  newName: usize,
  newLength: u32,
  replaced: Inode | null,
): i32 {
  const from = nodeOf(oldDir);
  const to = nodeOf(newDir);
  let target: FatNode | null = null;
  if (replaced != null && replaced != inode) {
    target = nodeOf(replaced);
    const empty = isDirectory(replaced.mode) ? isEmpty(target) : 1;
    if (empty <= 0) return empty == 0 ? -ENOTEMPTY : empty;
  } else if (replaced != null && !isSameName(from, to, oldName, oldLength, newName, newLength))
    return -EINVAL;
  const room = fatMakeRoom(from.volume);
  if (room != 0) return room;
  const fromWalk = walkCreate(from, 0);
  const toWalk = walkCreate(to, 0);
  const n = newNameCreate();
  let error = -ENOMEM;
  if (fromWalk != null && toWalk != null && n != null) {
    const node = nodeOf(inode);
    error = renameIn(from, fromWalk, oldName, oldLength, node, to, toWalk, n, newName, newLength, target);
  }
  if (fromWalk != null) walkFree(fromWalk);
  if (toWalk != null) walkFree(toWalk);
  if (n != null) kfree(changetype<usize>(n));
  forgetAliases(from.volume);
  return error;
}

/** As InodeOps.lookup. */
export function fatLookup(dir: Inode, name: usize, length: u32, out: usize): i32 {
  const node = nodeOf(dir);
  const v: FatVolume = node.volume;
  const w = walkCreate(node, 0);
  if (w == null) return -ENOMEM;
  mutexLock(v.mutex);
  let error = fatFind(w, name, length);
  mutexUnlock(v.mutex);
  if (error == 0 && memory.compare(w.name, name, length) != 0) v.hasAliases = true;
  if (error == 0) {
    const inode = fatInodeOf(v, w);
    if (inode == null) error = -ENOMEM;
    else store<usize>(out, changetype<usize>(inode));
  }
  walkFree(w);
  return error;
}
