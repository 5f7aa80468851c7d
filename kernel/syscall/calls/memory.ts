/**
 * brk, mmap, munmap, mprotect (POSIX; Linux brk). Mappings are anonymous and private so far.
 */
import { fileRelease } from '../../fs/file';
import { EBADF, EINVAL, ENODEV, ENOMEM } from '../../lib/errno';
import { spaceBrk, spaceMap, spaceMapAnywhere, spaceProtect, spaceUnmap } from '../../mm/address-space';
import { USER_END } from '../../mm/layout';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { isUserRange } from '../user-copy';

const MAP_PRIVATE: u64 = 0x02;
const MAP_TYPE: u64 = 0x0f;
const MAP_FIXED: u64 = 0x10;
const MAP_ANONYMOUS: u64 = 0x20;
const MAP_FIXED_NOREPLACE: u64 = 0x100000;

export function sysBrk(a: SyscallArgs): i64 {
  return <i64>spaceBrk(currentProcess().space, a.a0);
}

export function sysMmap(a: SyscallArgs): i64 {
  const length = (a.a1 + 4095) & ~4095;
  const flags = a.a3;
  if (a.a1 == 0 || (flags & MAP_TYPE) != MAP_PRIVATE) return -EINVAL;
  if (a.a1 > USER_END) return -ENOMEM;
  if ((flags & MAP_ANONYMOUS) == 0) return refuseFile(a.a4);
  const space = currentProcess().space;
  const prot = <u32>a.a2;
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0) {
    const wanted = a.a0 & ~4095;
    if (wanted != 0 && spaceMap(space, wanted, length, prot, 0) == 0) return <i64>wanted;
    return spaceMapAnywhere(space, length, prot);
  }
  if ((flags & MAP_FIXED_NOREPLACE) == 0) {
    const error = spaceUnmap(space, a.a0, length);
    if (error < 0) return error;
  }
  const error = spaceMap(space, a.a0, length, prot, 0);
  return error < 0 ? error : <i64>a.a0;
}

export function sysMunmap(a: SyscallArgs): i64 {
  return spaceUnmap(currentProcess().space, a.a0, roundUp(a.a1));
}

export function sysMprotect(a: SyscallArgs): i64 {
  if ((a.a0 & 4095) != 0) return -EINVAL;
  if (a.a1 == 0) return 0;
  // POSIX: addresses that are not the process's are ENOMEM here, where munmap says EINVAL.
  if (!isUserRange(a.a0, roundUp(a.a1))) return -ENOMEM;
  return spaceProtect(currentProcess().space, a.a0, roundUp(a.a1), <u32>a.a2);
}

/** Files cannot be mapped yet; one that is not open is the caller's mistake all the same. */
function refuseFile(fd: u64): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  fileRelease(file);
  return -ENODEV;
}

function roundUp(length: u64): u64 {
  return length > USER_END ? length : (length + 4095) & ~4095;
}
