/** Registers FAT32 for the unit tests. */
import { registerFileSystem } from '../filesystems';
import { fat32Mount } from './fat32';

export function registerFat32(): void {
  registerFileSystem('fat32', true, fat32Mount);
}
