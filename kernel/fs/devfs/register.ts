/** Putting devices into /dev: what drivers call, before or after it is mounted. */
import { ENOMEM } from '../../lib/errno';
import { kmalloc } from '../../mm/kmalloc';
import { FileOps } from '../file';
import { deviceRegister } from '../special';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../stat';
import { DevNode, devNodeAttach, devNodeCreate, devRoot } from './nodes';

const NAME_MAX: i32 = 32;
const scratch = memory.data(64, 8);

/** The directory that "pts/3" would be in is not made by this: names are of the top directory. */
function add(name: string, mode: u32, number: u64): DevNode {
  const length = min(name.length, NAME_MAX);
  for (let i = 0; i < length; i++) store<u8>(scratch + <usize>i, <u8>name.charCodeAt(i));
  return addBytes(scratch, length, mode, number);
}

function addBytes(name: usize, length: u32, mode: u32, number: u64): DevNode {
  const root = devRoot();
  if (changetype<usize>(root) == 0) return root;
  const node = devNodeCreate(name, length, mode, number);
  if (changetype<usize>(node) != 0) devNodeAttach(root, node);
  return node;
}

/**
 * Adds a device. `name` is ASCII; `mode` has type and permissions; `open` is (inode: Inode, file: File) => i32 or 0; `data`
 * is found in file.data. Nodes of this type and number on any file system are this device. 0 or -ENOMEM.
 */
export function devfsRegister(
  name: string,
  mode: u32,
  number: u64,
  ops: FileOps,
  open: u32,
  data: usize,
): i32 {
  const error = deviceRegister(mode & S_IFMT, number, ops, open, data);
  if (error != 0) return error;
  return changetype<usize>(add(name, mode, number)) == 0 ? -ENOMEM : 0;
}

/** As devfsRegister, with a NUL-terminated name. */
export function devfsRegisterBytes(
  name: usize,
  mode: u32,
  number: u64,
  ops: FileOps,
  open: u32,
  data: usize,
): i32 {
  const error = deviceRegister(mode & S_IFMT, number, ops, open, data);
  if (error != 0) return error;
  let length: u32 = 0;
  while (load<u8>(name + length) != 0) length++;
  return changetype<usize>(addBytes(name, length, mode, number)) == 0 ? -ENOMEM : 0;
}

/** Adds an empty directory: a place to mount on. 0 or -ENOMEM. */
export function devfsDirectory(name: string): i32 {
  return changetype<usize>(add(name, S_IFDIR | 0o755, 0)) == 0 ? -ENOMEM : 0;
}

/** Adds a symbolic link. 0 or -ENOMEM. */
export function devfsLink(name: string, target: string): i32 {
  const node = add(name, S_IFLNK | 0o777, 0);
  const text = kmalloc(<usize>target.length);
  if (changetype<usize>(node) == 0 || text == 0) return -ENOMEM;
  for (let i = 0; i < target.length; i++) store<u8>(text + <usize>i, <u8>target.charCodeAt(i));
  node.target = text;
  node.targetLength = target.length;
  return 0;
}
