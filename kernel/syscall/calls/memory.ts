/**
 * mmap, munmap, mprotect, mremap, brk (POSIX; Linux mmap(2), mremap(2), brk(2)).
 *
 * PROT_WRITE with PROT_EXEC is allowed, as on Linux: compilers that run what they make need it. Nothing gets both unasked.
 */
import { fileAccessed } from '../../fs/access-time';
import { File, fileRelease, fileRetain } from '../../fs/file';
import { O_ACCMODE, O_APPEND, O_RDWR, O_WRONLY } from '../../fs/open-flags';
import { isRegular } from '../../fs/stat';
import { MS_NOEXEC } from '../../fs/super-block';
import { tmpSeals } from '../../fs/tmpfs/seals';
import { sharedMemoryFile } from '../../fs/tmpfs/shared-memory';
import {
  EACCES,
  EAGAIN,
  EBADF,
  EINVAL,
  ENODEV,
  ENOMEM,
  ENOSPC,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
  isErrno,
} from '../../lib/errno';
import { AddressSpace, spaceBrk, spaceProtect, spaceUnmap } from '../../mm/address-space';
import { areaAlloc } from '../../mm/areas';
import { kfree } from '../../mm/kmalloc';
import { USER_END } from '../../mm/layout';
import { RLIMIT_MEMLOCK, memoryLimit } from '../../mm/limits';
import { Place, isValidRange, spaceEnter, spaceMapFile } from '../../mm/map';
import { spacePopulate } from '../../mm/populate';
import { spaceRemap } from '../../mm/remap';
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  VMA_GROWS_DOWN,
  VMA_LOCKED,
  VMA_NEVER_EXEC,
  VMA_NEVER_WRITE,
  VMA_NO_RESERVE,
  VMA_SHARED,
  Vma,
  isNullVma,
} from '../../mm/vma';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';

const MAP_SHARED: u64 = 0x01;
const MAP_PRIVATE: u64 = 0x02;
const MAP_SHARED_VALIDATE: u64 = 0x03;
const MAP_TYPE: u64 = 0x0f;
const MAP_FIXED: u64 = 0x10;
const MAP_ANONYMOUS: u64 = 0x20;
const MAP_32BIT: u64 = 0x40;
const MAP_GROWSDOWN: u64 = 0x100;
const MAP_LOCKED: u64 = 0x2000;
const MAP_NORESERVE: u64 = 0x4000;
const MAP_POPULATE: u64 = 0x8000;
const MAP_NONBLOCK: u64 = 0x10000;
const MAP_HUGETLB: u64 = 0x40000;
const MAP_FIXED_NOREPLACE: u64 = 0x100000;
/** All that MAP_SHARED_VALIDATE knows: those above, MAP_DENYWRITE, MAP_EXECUTABLE and MAP_STACK. */
const MAP_KNOWN: u64 = 0x17f970 | MAP_SHARED_VALIDATE;
/** Bits of mprotect that are no protection: PROT_SEM is ignored, PROT_GROWSDOWN and PROT_GROWSUP. */
const PROT_SEM: u64 = 8;
const PROT_GROWSDOWN: u64 = 0x0100_0000;
const PROT_GROWSUP: u64 = 0x0200_0000;

const SEAL_WRITE: u32 = 8 | 16;

export function sysBrk(a: SyscallArgs): i64 {
  const space = currentProcess().space;
  if (a.a0 > space.brk && !mayLock(space, roundUp(a.a0) - roundUp(space.brk), 0)) return <i64>space.brk;
  return <i64>spaceBrk(space, a.a0);
}

function placeOf(flags: u64): Place {
  if ((flags & MAP_FIXED_NOREPLACE) != 0) return Place.Exactly;
  if ((flags & MAP_FIXED) != 0) return Place.Replace;
  return (flags & MAP_32BIT) != 0 ? Place.Low : Place.Hint;
}

function areaFlags(flags: u64): u32 {
  let result: u32 = 0;
  if ((flags & MAP_TYPE) != MAP_PRIVATE) result |= VMA_SHARED;
  if ((flags & MAP_GROWSDOWN) != 0) result |= VMA_GROWS_DOWN;
  if ((flags & MAP_NORESERVE) != 0) result |= VMA_NO_RESERVE;
  if ((flags & MAP_LOCKED) != 0) result |= VMA_LOCKED;
  return result;
}

/** Memory that will be locked, by MAP_LOCKED or mlockall(MCL_FUTURE), within RLIMIT_MEMLOCK (POSIX mmap, EAGAIN)? */
function mayLock(space: AddressSpace, length: u64, flags: u64): bool {
  if ((flags & MAP_LOCKED) == 0 && (space.futureFlags & VMA_LOCKED) == 0) return true;
  if (isSuperuser(currentCredentials())) return true;
  const limit = memoryLimit(RLIMIT_MEMLOCK);
  return limit == ~(<u64>0) || (space.lockedPages << 12) + length <= limit;
}

export function sysMmap(a: SyscallArgs): i64 {
  const flags = a.a3;
  const anonymous = (flags & MAP_ANONYMOUS) != 0;
  if ((a.a5 & 4095) != 0) return -EINVAL;
  let file = changetype<File>(<usize>0);
  if (!anonymous) {
    file = fileOf(a.a4);
    if (isNullFile(file)) return -EBADF;
  }
  const result = mapChecked(a, file);
  if (!anonymous) fileRelease(file);
  return result;
}

/** `file` is the caller's, null for anonymous memory. */
function mapChecked(a: SyscallArgs, file: File): i64 {
  const flags = a.a3;
  const type = flags & MAP_TYPE;
  if (a.a1 == 0) return -EINVAL;
  if (a.a1 > USER_END) return -ENOMEM;
  const length = (a.a1 + 4095) & ~4095;
  if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE) return -EINVAL;
  if (type == MAP_SHARED_VALIDATE && (flags & ~MAP_KNOWN) != 0) return -EOPNOTSUPP;
  // There are no huge pages in reserve.
  if ((flags & MAP_HUGETLB) != 0) return -ENOMEM;
  const prot = (<u32>(a.a2 & ~PROT_SEM)) & (PROT_READ | PROT_WRITE | PROT_EXEC);
  const place = placeOf(flags);
  if (place == Place.Exactly || place == Place.Replace) {
    if ((a.a0 & 4095) != 0) return -EINVAL;
    if (!isValidRange(a.a0, length)) return a.a0 + length > USER_END || a.a0 >= USER_END ? -ENOMEM : -EPERM;
  }
  const space = currentProcess().space;
  if (!mayLock(space, length, flags)) return -EAGAIN;
  const result = isNullFile(file)
    ? mapAnonymous(space, a.a0, length, prot, flags, place)
    : mapFile(space, a.a0, length, prot, flags, file, a.a5, place);
  if (result > 0 && (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE) {
    spacePopulate(space, <u64>result, <u64>result + length);
  }
  return result;
}

function mapAnonymous(
  space: AddressSpace,
  address: u64,
  length: u64,
  prot: u32,
  flags: u64,
  place: Place,
): i64 {
  const kind = areaFlags(flags);
  if ((kind & VMA_SHARED) == 0) return spaceMapFile(space, address, length, prot, kind, 0, 0, place);
  if ((kind & VMA_GROWS_DOWN) != 0) return -EINVAL;
  const file = sharedMemoryFile('dev/zero', length, (kind & VMA_NO_RESERVE) == 0);
  if (isErrno(file)) return file;
  const result = spaceMapFile(space, address, length, prot, kind, <usize>file, 0, place);
  fileRelease(changetype<File>(<usize>file));
  return result;
}

/** Nothing on such a mount is run, by whatever way. */
function isNoExec(file: File): bool {
  return changetype<usize>(file.mount) != 0 && (file.mount.flags & MS_NOEXEC) != 0;
}

/** May the file be mapped like this? 0 or a negative errno. */
function checkFile(file: File, prot: u32, shared: bool, length: u64, offset: u64): i32 {
  const mode = file.flags & O_ACCMODE;
  if (offset + length < offset || offset + length > 0x7fff_ffff_ffff_f000) return -EOVERFLOW;
  if (mode == O_WRONLY) return -EACCES;
  if (shared && (prot & PROT_WRITE) != 0 && (mode != O_RDWR || (file.flags & O_APPEND) != 0)) return -EACCES;
  if ((prot & PROT_EXEC) != 0 && isNoExec(file)) return -EPERM;
  const paged = isRegular(file.inode.mode) && file.inode.ops.readPages != 0;
  if (!paged && file.ops.mmap == 0) return -ENODEV;
  if (shared && (prot & PROT_WRITE) != 0 && (tmpSeals(file.inode) & SEAL_WRITE) != 0) return -EPERM;
  return 0;
}

function mapFile(
  space: AddressSpace,
  address: u64,
  length: u64,
  prot: u32,
  flags: u64,
  file: File,
  offset: u64,
  place: Place,
): i64 {
  let kind = areaFlags(flags);
  const shared = (kind & VMA_SHARED) != 0;
  const refused = checkFile(file, prot, shared, length, offset);
  if (refused != 0) return refused;
  if ((kind & VMA_GROWS_DOWN) != 0) return -EINVAL;
  const sealed = (tmpSeals(file.inode) & SEAL_WRITE) != 0;
  if (shared && ((file.flags & O_ACCMODE) != O_RDWR || sealed)) kind |= VMA_NEVER_WRITE;
  if (isNoExec(file)) kind |= VMA_NEVER_EXEC;
  const at = changetype<usize>(file);
  fileAccessed(file);
  if (file.ops.mmap == 0) return spaceMapFile(space, address, length, prot, kind, at, offset, place);
  return mapDevice(space, address, length, prot, kind, file, offset, place);
}

/** Lets the device fill the area. */
function mapDevice(
  space: AddressSpace,
  address: u64,
  length: u64,
  prot: u32,
  kind: u32,
  file: File,
  offset: u64,
  place: Place,
): i64 {
  const area = areaAlloc();
  if (isNullVma(area)) return -ENOMEM;
  prepareArea(area, length, prot, kind, file, offset);
  const error = call_indirect<i32>(file.ops.mmap, file, area);
  if (error != 0) {
    if (area.file != 0) fileRelease(changetype<File>(area.file));
    kfree(changetype<usize>(area));
    return error;
  }
  return spaceEnter(space, area, address, length, place);
}

function prepareArea(area: Vma, length: u64, prot: u32, kind: u32, file: File, offset: u64): void {
  area.end = length;
  area.prot = prot;
  area.flags = kind;
  area.file = changetype<usize>(file);
  area.offset = offset;
  fileRetain(file);
}

export function sysMunmap(a: SyscallArgs): i64 {
  return spaceUnmap(currentProcess().space, a.a0, roundUp(a.a1));
}

export function sysMprotect(a: SyscallArgs): i64 {
  const grows = a.a2 & (PROT_GROWSDOWN | PROT_GROWSUP);
  const prot = a.a2 & ~(PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP);
  if ((a.a0 & 4095) != 0 || grows == (PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  if ((prot & ~(<u64>(PROT_READ | PROT_WRITE | PROT_EXEC))) != 0) return -EINVAL;
  if (a.a1 == 0) return 0;
  // POSIX: addresses that are not the process's are ENOMEM here, where munmap says EINVAL.
  if (!isValidRange(a.a0, roundUp(a.a1))) return -ENOMEM;
  return spaceProtect(currentProcess().space, a.a0, roundUp(a.a1), <u32>prot);
}

/** pkey_mprotect(2): with the key -1 it is mprotect; other keys nobody has. */
export function sysPkeyMprotect(a: SyscallArgs): i64 {
  return <i32>a.a3 == -1 ? sysMprotect(a) : -EINVAL;
}

/** pkey_alloc(2) where the processor has no protection keys: -ENOSPC. */
export function sysPkeyAlloc(a: SyscallArgs): i64 {
  return a.a0 != 0 || a.a1 > 3 ? -EINVAL : -ENOSPC;
}

export function sysPkeyFree(_a: SyscallArgs): i64 {
  return -EINVAL;
}

export function sysMremap(a: SyscallArgs): i64 {
  const space = currentProcess().space;
  if (a.a2 > USER_END) return -EINVAL;
  return spaceRemap(space, a.a0, roundUp(a.a1), roundUp(a.a2), a.a3, a.a4);
}

function roundUp(length: u64): u64 {
  return length > USER_END ? length : (length + 4095) & ~4095;
}
