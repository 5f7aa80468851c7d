/**
 * The end of the file systems before the machine goes off: everything is written, then each is made read-only, which leaves it
 * clean on its device. Nothing is unmounted: programs that still run keep what they have, and can write no more.
 */
import { MS_RDONLY, SuperBlock } from './super-block';
import { dcacheEnter, dcacheLeave } from './dentry';
import { Mount, firstMountLocked, mountGetLocked, mountPutLocked } from './mount';
import { superBlockSync, syncAll } from './sync';

const NO_OPTIONS = memory.data(1, 1);

function endOne(superBlock: SuperBlock): void {
  if (superBlock.device == null || (superBlock.flags & MS_RDONLY) != 0) return;
  superBlockSync(superBlock);
  if (superBlock.ops.remount == 0) return;
  const flags = superBlock.flags | MS_RDONLY;
  if (call_indirect<i32>(superBlock.ops.remount, superBlock, flags, NO_OPTIONS) == 0)
    superBlock.flags = flags;
}

/** May sleep; for threads that are about to turn the machine off or restart it. */
export function fileSystemsEnd(): void {
  let flags = dcacheEnter();
  let mount = firstMountLocked();
  while (mount != null) {
    mountGetLocked(mount);
    dcacheLeave(flags);
    endOne(mount.superBlock);
    flags = dcacheEnter();
    const next: Mount | null = mount.attached ? mount.next : null;
    mountPutLocked(mount);
    mount = next;
  }
  dcacheLeave(flags);
  syncAll();
}
