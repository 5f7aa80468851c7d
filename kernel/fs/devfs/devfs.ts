/**
 * The device file system: the devices that drivers register, and what programs add to them (links, directories, nodes)
 * for as long as the system runs. Contents of regular files it has none: -EPERM.
 */
import { ENOENT, ENOMEM, ENOTEMPTY, EPERM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { realtimeNs } from '../../sched/clock';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileOps, FileReadDirectory } from '../file';
import {
  Inode,
  InodeChanged,
  InodeCreate,
  InodeLookup,
  InodeOps,
  InodeReadLink,
  InodeRelease,
  InodeRename,
  InodeSymlink,
  InodeUnlink,
  SuperBlock,
  inodeCreate,
  inodeFind,
  inodeInsert,
  inodeTouchModified,
} from '../inode';
import { inodeInitOwner } from '../owner';
import { FIRST_POSITION } from '../read-directory';
import { S_IFLNK, direntType, isDirectory, isRegular, isSymlink } from '../stat';
import {
  DevNode,
  devNodeAfter,
  devNodeAttach,
  devNodeCreate,
  devNodeDetach,
  devNodeFind,
  devNodeFree,
  devRoot,
} from './nodes';

export { devfsDirectory, devfsLink, devfsRegister, devfsRegisterBytes } from './register';

/** TMPFS_MAGIC, as devtmpfs has. */
const MAGIC: u32 = 0x01021994;

const ops = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const directoryOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const noFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function nodeOf(inode: Inode): DevNode {
  return changetype<DevNode>(inode.data);
}

function inodeOf(superBlock: SuperBlock, node: DevNode): Inode | null {
  const known = inodeFind(superBlock, node.number);
  if (known != null) return known;
  const fileOps = isDirectory(node.mode) ? directoryOps : noFileOps;
  const inode = inodeCreate(superBlock, node.number, node.mode, ops, fileOps);
  if (inode == null) return null;
  inode.data = changetype<usize>(node);
  inode.uid = node.uid;
  inode.gid = node.gid;
  inode.links = node.links;
  inode.specialDevice = node.specialDevice;
  inode.accessed = node.accessed;
  inode.modified = node.modified;
  inode.changed = node.changed;
  if (isSymlink(node.mode)) inode.size = node.targetLength;
  return inodeInsert(inode);
}

function give(superBlock: SuperBlock, node: DevNode, out: usize): i32 {
  const inode = inodeOf(superBlock, node);
  if (inode == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(inode));
  return 0;
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  const node = devNodeFind(nodeOf(directory), name, length);
  return changetype<usize>(node) == 0 ? -ENOENT : give(directory.superBlock, node, out);
}

/** Attributes and times are kept by the node: an inode may leave memory. */
function changed(inode: Inode): i32 {
  const node = nodeOf(inode);
  node.mode = inode.mode;
  node.uid = inode.uid;
  node.gid = inode.gid;
  node.links = inode.links;
  node.accessed = inode.accessed;
  node.modified = inode.modified;
  node.changed = inode.changed;
  return 0;
}

function touchDirectory(directory: Inode): void {
  inodeTouchModified(directory);
  directory.links = nodeOf(directory).links;
  changed(directory);
}

/** Adds a filled node: gives its inode an owner. */
function addNode(directory: Inode, node: DevNode, out: usize): i32 {
  devNodeAttach(nodeOf(directory), node);
  const error = give(directory.superBlock, node, out);
  if (error != 0) {
    devNodeDetach(node);
    devNodeFree(node);
    return error;
  }
  const inode = changetype<Inode>(load<usize>(out));
  inodeInitOwner(inode, directory);
  changed(inode);
  touchDirectory(directory);
  return 0;
}

function create(directory: Inode, name: usize, length: u32, mode: u32, rdev: u64, out: usize): i32 {
  if (isRegular(mode)) return -EPERM;
  const node = devNodeCreate(name, length, mode, rdev);
  return changetype<usize>(node) == 0 ? -ENOMEM : addNode(directory, node, out);
}

function symlink(
  directory: Inode,
  name: usize,
  length: u32,
  target: usize,
  targetLength: u32,
  out: usize,
): i32 {
  const node = devNodeCreate(name, length, S_IFLNK | 0o777, 0);
  if (changetype<usize>(node) == 0) return -ENOMEM;
  node.target = kmalloc(targetLength);
  if (node.target == 0) {
    devNodeFree(node);
    return -ENOMEM;
  }
  memory.copy(node.target, target, targetLength);
  node.targetLength = targetLength;
  return addNode(directory, node, out);
}

function readLink(inode: Inode, buffer: usize, max: u32): i32 {
  const node = nodeOf(inode);
  const n = min(node.targetLength, max);
  memory.copy(buffer, node.target, n);
  return n;
}

/** Takes a name away: its links are 0 then, and release() frees the node. */
function drop(inode: Inode): void {
  devNodeDetach(nodeOf(inode));
  inode.links = 0;
  inode.changed = <i64>realtimeNs();
}

function unlink(directory: Inode, _name: usize, _length: u32, inode: Inode): i32 {
  if (nodeOf(inode).firstChild != 0) return -ENOTEMPTY;
  drop(inode);
  touchDirectory(directory);
  return 0;
}

function rename(
  oldDirectory: Inode,
  _oldName: usize,
  _oldLength: u32,
  inode: Inode,
  newDirectory: Inode,
  name: usize,
  length: u32,
  replaced: Inode | null,
): i32 {
  const node = nodeOf(inode);
  if (replaced != null && nodeOf(replaced).firstChild != 0) return -ENOTEMPTY;
  const newName = kmalloc(length);
  if (newName == 0) return -ENOMEM;
  memory.copy(newName, name, length);
  if (replaced != null) drop(replaced);
  devNodeDetach(node);
  kfree(node.name);
  node.name = newName;
  node.nameLength = length;
  devNodeAttach(nodeOf(newDirectory), node);
  inode.changed = <i64>realtimeNs();
  changed(inode);
  touchDirectory(oldDirectory);
  if (newDirectory != oldDirectory) touchDirectory(newDirectory);
  return 0;
}

function release(inode: Inode): void {
  if (inode.links == 0) devNodeFree(nodeOf(inode));
}

/** Positions are numbers of nodes. */
function readEntries(file: File, sink: DirentSink): i32 {
  const directory = nodeOf(file.inode);
  while (true) {
    const node = devNodeAfter(directory, file.offset - FIRST_POSITION);
    if (changetype<usize>(node) == 0) return 0;
    const next = node.number + FIRST_POSITION;
    if (!direntEmit(sink, node.number, next, direntType(node.mode), node.name, node.nameLength)) return 0;
    file.offset = next;
  }
}

function setUpOps(): void {
  const lookupFunction: InodeLookup = lookup;
  ops.lookup = lookupFunction.index;
  const changedFunction: InodeChanged = changed;
  ops.changed = changedFunction.index;
  const createFunction: InodeCreate = create;
  ops.create = createFunction.index;
  const symlinkFunction: InodeSymlink = symlink;
  ops.symlink = symlinkFunction.index;
  const readLinkFunction: InodeReadLink = readLink;
  ops.readLink = readLinkFunction.index;
  const unlinkFunction: InodeUnlink = unlink;
  ops.unlink = unlinkFunction.index;
  const renameFunction: InodeRename = rename;
  ops.rename = renameFunction.index;
  const releaseFunction: InodeRelease = release;
  ops.release = releaseFunction.index;
  const readFunction: FileReadDirectory = readEntries;
  directoryOps.readDirectory = readFunction.index;
}

/** The `mount` of the type (filesystems.ts). */
export function devfsMount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  setUpOps();
  superBlock.noNegative = true;
  superBlock.magic = MAGIC;
  const root = devRoot();
  return changetype<usize>(root) == 0 ? -ENOMEM : give(superBlock, root, out);
}
