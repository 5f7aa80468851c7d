/**
 * The types of file systems, by name. A file system registers its type once, before anything is mounted (fs/init.ts).
 *
 * `mount` is (superBlock: SuperBlock, options: usize, out: usize) => i32: the super block has its names, its device (when
 * the type needs one) and its flags set; `options` are those of mount(2), NUL-terminated, "" when there are none. It fills
 * the rest and stores the root inode, with a reference, in `out`; or answers -EINVAL when no such file system is on the
 * device, another errno, and has nothing left behind.
 */
import { SuperBlock } from './super-block';

@unmanaged
export class FileSystemType {
  /** Address of the name's string object: ASCII. */
  name: usize;
  needsDevice: bool;
  mount: u32;
  /** The name, NUL-terminated. */
  cName: usize;
}

const MAX_TYPES: u32 = 16;
const NAME_BYTES: u32 = 16;
const types = memory.data(16 * 32, 8);
const names = memory.data(16 * 16, 8);
let count: u32 = 0;

export type MountFunction = (superBlock: SuperBlock, options: usize, out: usize) => i32;

export function registerFileSystem(name: string, needsDevice: bool, mount: MountFunction): void {
  assert(count < MAX_TYPES && <u32>name.length < NAME_BYTES, 'too many file systems, or too long a name');
  const type = fileSystemAt(count);
  type.name = changetype<usize>(name);
  type.needsDevice = needsDevice;
  type.mount = mount.index;
  type.cName = names + <usize>(count * NAME_BYTES);
  for (let i = 0; i < name.length; i++) store<u8>(type.cName + <usize>i, <u8>name.charCodeAt(i));
  count++;
}

/** Types in the order of registration. */
export function fileSystemCount(): u32 {
  return count;
}

export function fileSystemAt(index: u32): FileSystemType {
  return changetype<FileSystemType>(types + <usize>(index * 32));
}

function sameName(type: FileSystemType, name: usize): bool {
  let i: usize = 0;
  while (load<u8>(name + i) != 0 && load<u8>(name + i) == load<u8>(type.cName + i)) i++;
  return load<u8>(name + i) == load<u8>(type.cName + i);
}

/** By its NUL-terminated name; null when there is none. */
export function fileSystemFind(name: usize): FileSystemType | null {
  for (let i: u32 = 0; i < count; i++) if (sameName(fileSystemAt(i), name)) return fileSystemAt(i);
  return null;
}

/** Calls the type's `mount`. */
export function fileSystemMount(
  type: FileSystemType,
  superBlock: SuperBlock,
  options: usize,
  out: usize,
): i32 {
  return call_indirect<i32>(type.mount, superBlock, options, out);
}
