/** Giving new files to the current process: what calls that make a descriptor end with. */
import { fdInstall } from './fd-table';
import { File, FileOps, fileRelease } from './file';
import { anonymousFile } from './anonymous';
import { O_CLOEXEC } from './open-flags';
import { ENOMEM } from '../lib/errno';
import { kfree } from '../mm/kmalloc';
import { currentProcess } from '../proc/process';

/** The lowest free descriptor for `file`, whose reference it takes over in any case; or -EMFILE, -ENOMEM. */
export function installFile(file: File, cloexec: bool): i32 {
  const fd = fdInstall(currentProcess().files, file, 0, cloexec);
  if (fd < 0) fileRelease(file);
  return fd;
}

/**
 * A descriptor of a new anonymous file with `data` (from kmalloc, freed by the file's release, or here; 0: -ENOMEM).
 * `flags`: access mode, O_NONBLOCK, O_CLOEXEC.
 */
export function installAnonymous(mode: u32, ops: FileOps, flags: u32, data: usize): i32 {
  if (data == 0) return -ENOMEM;
  const file = anonymousFile(mode, ops, flags & ~O_CLOEXEC, data);
  if (file != null) return installFile(file, (flags & O_CLOEXEC) != 0);
  kfree(data);
  return -ENOMEM;
}
