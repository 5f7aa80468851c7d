/** Mounts devfs on a directory of the root file system, for the unit test. */
import { Dentry, dentryPut, namespaceEnter, namespaceLeave } from '../dentry';
import { superBlockCreate } from '../inode';
import { mountOn } from '../mount';
import { FOLLOW, pathResolve } from '../path';
import { devfsRoot } from './devfs';
import { memoryDevicesInit } from './memory-devices';

const name = memory.data<u8>([0x64, 0x65, 0x76, 0]);
const slot = memory.data(8, 8);

/** 0 or a negative errno. */
export function mountDevfsOn(path: usize): i32 {
  const superBlock = superBlockCreate(name, name);
  if (superBlock == null) return -1;
  const root = devfsRoot(superBlock);
  if (root == null) return -1;
  namespaceEnter();
  const error = pathResolve(0, path, FOLLOW, slot, 0);
  namespaceLeave();
  if (error != 0) return error;
  const at = changetype<Dentry>(load<usize>(slot));
  const result = mountOn(at, superBlock, root);
  dentryPut(at);
  return result;
}

export function registerDevices(): void {
  memoryDevicesInit();
}
