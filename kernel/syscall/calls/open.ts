/** Opening and creating files (POSIX open, openat, creat). */
import { fsContextUmask } from '../../fs/context';
import { fdInstall } from '../../fs/fd-table';
import { File, fileRelease } from '../../fs/file';
import { openWalk } from '../../fs/open';
import {
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_LARGEFILE,
  O_TMPFILE_BIT,
  O_TRUNC,
  O_WRONLY,
} from '../../fs/open-flags';
import { walkFree, walkScratch } from '../../fs/path-walk';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { isWalkError, takeWalk, walkError } from '../buffers';

/** Flags that open(2) knows; it ignores the others, as Linux does. */
const KNOWN_FLAGS: u32 = 0x7fffc3;
const PERMISSIONS: u32 = 0o7777;

function open(dirfd: u64, address: u64, flags: u32, mode: u32): i64 {
  const w = takeWalk(dirfd, address);
  if (isWalkError(w)) return walkError(w);
  const p = currentProcess();
  const creates = (flags & (O_CREAT | O_TMPFILE_BIT)) != 0;
  const permissions = creates ? mode & PERMISSIONS & ~fsContextUmask(p.fs) : 0;
  const slot = walkScratch(w) + 64;
  let result: i64 = openWalk(w, (flags & KNOWN_FLAGS) | O_LARGEFILE, permissions, slot);
  if (result == 0) {
    const file = changetype<File>(load<usize>(slot));
    result = fdInstall(p.files, file, 0, (flags & O_CLOEXEC) != 0);
    if (result < 0) fileRelease(file);
  }
  walkFree(w);
  return result;
}

export function sysOpen(a: SyscallArgs): i64 {
  return open(<u64>AT_FDCWD, a.a0, <u32>a.a1, <u32>a.a2);
}

export function sysOpenat(a: SyscallArgs): i64 {
  return open(a.a0, a.a1, <u32>a.a2, <u32>a.a3);
}

export function sysCreat(a: SyscallArgs): i64 {
  return open(<u64>AT_FDCWD, a.a0, O_CREAT | O_WRONLY | O_TRUNC, <u32>a.a1);
}
