/** Stands in for fs/tmpfs/shared-memory.ts in unit tests: there is no memory to share. */
// Imported as from the module that this replaces.
import { ENOMEM } from '../../lib/errno';

export function sharedMemoryFile(_name: string, _size: u64, _accounted: bool): i64 {
  return -ENOMEM;
}
