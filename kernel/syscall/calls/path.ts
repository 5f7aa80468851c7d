/**
 * Calls on paths (POSIX open, stat, access, chdir, getcwd, readlink and their *at forms).
 */
import { dentryPath } from '../../fs/dentry';
import { fdInstall } from '../../fs/fd-table';
import { File, fileRelease, fileStat } from '../../fs/file';
import { O_CLOEXEC } from '../../fs/open-flags';
import { PATH_MAX } from '../../fs/path';
import { STAT_BYTES } from '../../fs/stat';
import { vfsAccess, vfsOpen, vfsReadLink, vfsRefuseCreate, vfsResolve, vfsStat } from '../../fs/vfs';
import { EBADF, EFAULT, EINVAL, ENOMEM, ERANGE } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { copyString } from '../../proc/clone';
import { SyscallArgs } from '../arguments';
import { fileOf, giveStructure, isNullFile, isPathError, pathError, takePath } from '../buffers';
import { copyFromUser, copyToUser } from '../user-copy';

const AT_FDCWD: i32 = -100;
const AT_SYMLINK_NOFOLLOW: u64 = 0x100;
const AT_EMPTY_PATH: u64 = 0x1000;

export function sysOpen(a: SyscallArgs): i64 {
  return open(AT_FDCWD, a.a0, <u32>a.a1, <u32>a.a2);
}

export function sysOpenat(a: SyscallArgs): i64 {
  return open(<i32>a.a0, a.a1, <u32>a.a2, <u32>a.a3);
}

export function sysStat(a: SyscallArgs): i64 {
  return stat(AT_FDCWD, a.a0, a.a1, true);
}

export function sysLstat(a: SyscallArgs): i64 {
  return stat(AT_FDCWD, a.a0, a.a1, false);
}

export function sysNewfstatat(a: SyscallArgs): i64 {
  if ((a.a3 & AT_EMPTY_PATH) != 0 && isEmptyString(a.a1)) return statOfDescriptor(a.a0, a.a2);
  return stat(<i32>a.a0, a.a1, a.a2, (a.a3 & AT_SYMLINK_NOFOLLOW) == 0);
}

export function sysAccess(a: SyscallArgs): i64 {
  return access(AT_FDCWD, a.a0, <u32>a.a1);
}

export function sysFaccessat(a: SyscallArgs): i64 {
  return access(<i32>a.a0, a.a1, <u32>a.a2);
}

export function sysReadlink(a: SyscallArgs): i64 {
  return readlink(AT_FDCWD, a.a0, a.a1, a.a2);
}

export function sysReadlinkat(a: SyscallArgs): i64 {
  return readlink(<i32>a.a0, a.a1, a.a2, a.a3);
}

export function sysChdir(a: SyscallArgs): i64 {
  const path = takePath(a.a0);
  if (isPathError(path)) return pathError(path);
  const p = currentProcess();
  const resolved = kmalloc(PATH_MAX);
  let error = resolved == 0 ? -ENOMEM : vfsResolve(p.cwd, path, resolved, PATH_MAX);
  if (error >= 0) {
    const cwd = copyString(resolved);
    error = cwd == 0 ? -ENOMEM : 0;
    if (cwd != 0) {
      kfree(p.cwd);
      p.cwd = cwd;
    }
  }
  kfree(resolved);
  kfree(path);
  return error;
}

/** Linux getcwd: the length with the NUL. */
export function sysGetcwd(a: SyscallArgs): i64 {
  const cwd = currentProcess().cwd;
  let size: usize = 1;
  while (load<u8>(cwd + size - 1) != 0) size++;
  if (a.a1 < <u64>size) return -ERANGE;
  const error = copyToUser(a.a0, cwd, size);
  return error < 0 ? error : <i64>size;
}

/** What changes a directory, while the file systems are read-only: -EROFS, or why the path itself is wrong. */
export function sysRefuseWrite(a: SyscallArgs): i64 {
  const path = takePath(a.a0);
  if (isPathError(path)) return pathError(path);
  const error = vfsRefuseCreate(currentProcess().cwd, path);
  kfree(path);
  return error;
}

function open(dirfd: i32, address: u64, flags: u32, mode: u32): i64 {
  const path = takePath(address);
  if (isPathError(path)) return pathError(path);
  const p = currentProcess();
  const base = baseOf(dirfd, path);
  let result = isPathError(base) ? pathError(base) : 0;
  if (result == 0) {
    const slot = kmalloc(8);
    result = slot == 0 ? -ENOMEM : vfsOpen(base, path, flags, mode & ~p.umask, slot);
    if (result == 0) {
      const file = changetype<File>(load<usize>(slot));
      result = fdInstall(p.files, file, 0, (flags & O_CLOEXEC) != 0);
      if (result < 0) fileRelease(file);
    }
    kfree(slot);
    freeBase(base);
  }
  kfree(path);
  return result;
}

function stat(dirfd: i32, address: u64, out: u64, follow: bool): i64 {
  const path = takePath(address);
  if (isPathError(path)) return pathError(path);
  const base = baseOf(dirfd, path);
  let error = isPathError(base) ? pathError(base) : 0;
  const buffer = kmalloc(STAT_BYTES);
  if (error == 0) {
    error = buffer == 0 ? -ENOMEM : vfsStat(base, path, buffer, follow);
    freeBase(base);
  }
  kfree(path);
  if (error == 0) return giveStructure(out, buffer, STAT_BYTES);
  kfree(buffer);
  return error;
}

function statOfDescriptor(fd: u64, out: u64): i64 {
  const file = fileOf(fd);
  if (isNullFile(file)) return -EBADF;
  const buffer = kmalloc(STAT_BYTES);
  const error = buffer == 0 ? -ENOMEM : fileStat(file, buffer);
  fileRelease(file);
  if (error == 0) return giveStructure(out, buffer, STAT_BYTES);
  kfree(buffer);
  return error;
}

function access(dirfd: i32, address: u64, mode: u32): i64 {
  if ((mode & ~7) != 0) return -EINVAL;
  const path = takePath(address);
  if (isPathError(path)) return pathError(path);
  const base = baseOf(dirfd, path);
  let error = isPathError(base) ? pathError(base) : 0;
  if (error == 0) {
    error = vfsAccess(base, path, mode);
    freeBase(base);
  }
  kfree(path);
  return error;
}

function readlink(dirfd: i32, address: u64, out: u64, size: u64): i64 {
  if (<i64>size <= 0) return -EINVAL;
  const path = takePath(address);
  if (isPathError(path)) return pathError(path);
  const base = baseOf(dirfd, path);
  let result = isPathError(base) ? pathError(base) : 0;
  if (result == 0) {
    const buffer = kmalloc(PATH_MAX);
    result = buffer == 0 ? -ENOMEM : vfsReadLink(base, path, buffer, <u32>min(size, <u64>PATH_MAX));
    if (result > 0 && copyToUser(out, buffer, result) < 0) result = -EFAULT;
    kfree(buffer);
    freeBase(base);
  }
  kfree(path);
  return result;
}

/**
 * The directory that a relative path starts from: the working directory, or that of a descriptor (then a copy that
 * freeBase frees). Errors as takePath gives them.
 */
function baseOf(dirfd: i32, path: usize): usize {
  const cwd = currentProcess().cwd;
  if (dirfd == AT_FDCWD || load<u8>(path) == 47) return cwd;
  const file = fileOf(<u64>dirfd);
  if (isNullFile(file)) return <usize>(<isize>-EBADF);
  const buffer = kmalloc(PATH_MAX);
  const length = buffer == 0 ? -ENOMEM : dentryPath(file.dentry, buffer, PATH_MAX);
  fileRelease(file);
  if (length >= 0) return buffer;
  kfree(buffer);
  return <usize>(<isize>length);
}

function freeBase(base: usize): void {
  if (base != currentProcess().cwd) kfree(base);
}

function isEmptyString(address: u64): bool {
  const byte = kmalloc(1);
  const empty = byte != 0 && copyFromUser(byte, address, 1) == 0 && load<u8>(byte) == 0;
  kfree(byte);
  return empty;
}
