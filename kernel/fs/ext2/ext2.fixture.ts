/** Registers ext2 for the unit tests. */
import { registerFileSystem } from '../filesystems';
import { ext2Mount } from './super';

export function registerExt2(): void {
  registerFileSystem('ext2', true, ext2Mount);
}
