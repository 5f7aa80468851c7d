/**
 * The device file system: a flat directory of the devices that drivers register, before or after it is mounted.
 */
import { ENOENT, ENOMEM } from '../../lib/errno';
import { kmalloc } from '../../mm/kmalloc';
import { DirentSink, direntEmit } from '../dirent';
import { File, FileOps } from '../file';
import { Inode, InodeOps, SuperBlock, inodeCreate } from '../inode';
import { FIRST_POSITION } from '../read-directory';
import { S_IFDIR, direntType } from '../stat';

const ROOT_NUMBER: u64 = 1;
const MAX_NODES: u32 = 64;
/** TMPFS_MAGIC, as devtmpfs has. */
const MAGIC: u32 = 0x01021994;

/** A device: its name follows the structure in memory, NUL-terminated. */
@unmanaged
class Node {
  mode: u32;
  nameLength: u32;
  specialDevice: u64;
  ops: FileOps;
  /** (inode: Inode, file: File) => i32, or 0. */
  open: u32;
  /** Given to open() in inode.data. */
  data: usize;
}

const nodes = memory.data(64 * 8, 8);
let nodeCount: u32 = 0;

const rootOps = changetype<InodeOps>(memory.data(offsetof<InodeOps>(), 8));
const emptyFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const rootFileOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function nodeAt(n: u32): Node {
  return changetype<Node>(load<usize>(nodes + n * 8));
}

function nodeName(node: Node): usize {
  return changetype<usize>(node) + offsetof<Node>();
}

/**
 * Adds a device. `name` is ASCII; `mode` has type and permissions; `open` is a function index or 0; `data` is found in the
 * inode's data. 0 or -ENOMEM.
 */
export function devfsRegister(
  name: string,
  mode: u32,
  specialDevice: u64,
  ops: FileOps,
  open: u32,
  data: usize,
): i32 {
  if (nodeCount == MAX_NODES) return -ENOMEM;
  const length = <u32>name.length;
  const memory = kmalloc(offsetof<Node>() + length + 1 + offsetof<InodeOps>() + 8);
  if (memory == 0) return -ENOMEM;
  const node = changetype<Node>(memory);
  node.mode = mode;
  node.nameLength = length;
  node.specialDevice = specialDevice;
  node.ops = ops;
  node.open = open;
  node.data = data;
  for (let i: u32 = 0; i < length; i++) store<u8>(nodeName(node) + i, <u8>name.charCodeAt(i));
  inodeOpsOf(node).open = open;
  store<usize>(nodes + nodeCount * 8, memory);
  nodeCount++;
  return 0;
}

function lookupNothing(_directory: Inode, _name: usize, _length: u32, _out: usize): i32 {
  return -ENOENT;
}

function readNothing(_file: File, _sink: DirentSink): i32 {
  return 0;
}

/** Adds an empty directory: a place to mount on. 0 or -ENOMEM. */
export function devfsDirectory(name: string): i32 {
  const readFunction: (file: File, sink: DirentSink) => i32 = readNothing;
  emptyFileOps.readDirectory = readFunction.index;
  const error = devfsRegister(name, S_IFDIR | 0o755, 0, emptyFileOps, 0, 0);
  const lookupFunction: (directory: Inode, name: usize, length: u32, out: usize) => i32 = lookupNothing;
  if (error == 0) inodeOpsOf(nodeAt(nodeCount - 1)).lookup = lookupFunction.index;
  return error;
}

/** Each device has inode operations of its own: they differ in open. */
function inodeOpsOf(node: Node): InodeOps {
  return changetype<InodeOps>((nodeName(node) + node.nameLength + 1 + 7) & ~7);
}

function lookup(directory: Inode, name: usize, length: u32, out: usize): i32 {
  for (let n: u32 = 0; n < nodeCount; n++) {
    const node = nodeAt(n);
    if (node.nameLength != length || memory.compare(nodeName(node), name, length) != 0) continue;
    const inode = inodeCreate(
      directory.superBlock,
      ROOT_NUMBER + 1 + n,
      node.mode,
      inodeOpsOf(node),
      node.ops,
    );
    if (inode == null) return -ENOMEM;
    inode.specialDevice = node.specialDevice;
    inode.data = node.data;
    store<usize>(out, changetype<usize>(inode));
    return 0;
  }
  return -ENOENT;
}

function readEntries(file: File, sink: DirentSink): i32 {
  while (file.offset - FIRST_POSITION < nodeCount) {
    const n = <u32>(file.offset - FIRST_POSITION);
    const node = nodeAt(n);
    const next = file.offset + 1;
    if (
      !direntEmit(sink, ROOT_NUMBER + 1 + n, next, direntType(node.mode), nodeName(node), node.nameLength)
    ) {
      break;
    }
    file.offset = next;
  }
  return 0;
}

/** The root inode for a mount; null when out of memory. */
export function devfsRoot(superBlock: SuperBlock): Inode | null {
  const lookupFunction: (directory: Inode, name: usize, length: u32, out: usize) => i32 = lookup;
  rootOps.lookup = lookupFunction.index;
  const readFunction: (file: File, sink: DirentSink) => i32 = readEntries;
  rootFileOps.readDirectory = readFunction.index;
  const inode = inodeCreate(superBlock, ROOT_NUMBER, S_IFDIR | 0o755, rootOps, rootFileOps);
  return inode;
}

/** The `mount` of the type (filesystems.ts). */
export function devfsMount(superBlock: SuperBlock, _options: usize, out: usize): i32 {
  superBlock.noNegative = true;
  superBlock.magic = MAGIC;
  const root = devfsRoot(superBlock);
  if (root == null) return -ENOMEM;
  store<usize>(out, changetype<usize>(root));
  return 0;
}
