/** Mounts devfs on a directory of the root file system, for the unit test. */
import { Inode, superBlockCreate } from '../inode';
import { mountNew } from '../mount';
import { walkFree } from '../path-walk';
import { vfsDirectory } from '../vfs';
import { devfsMount } from './devfs';
import { memoryDevicesInit } from './memory-devices';

const name = memory.data<u8>([0x64, 0x65, 0x76, 0]);
const slot = memory.data(8, 8);

/** 0 or a negative errno. */
export function mountDevfsOn(path: usize): i32 {
  const w = vfsDirectory(0, path, slot);
  if (w == null) return load<i32>(slot);
  const superBlock = superBlockCreate(name, name);
  if (superBlock == null) return -1;
  let error = devfsMount(superBlock, name, slot);
  if (error == 0) {
    const root = changetype<Inode>(load<usize>(slot));
    error = mountNew(superBlock, root, w.mount, w.dentry, name, 0);
  }
  walkFree(w);
  return error;
}

export function registerDevices(): void {
  memoryDevicesInit();
}
