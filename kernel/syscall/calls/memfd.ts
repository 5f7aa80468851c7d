/** memfd_create(2): a file of memory with a descriptor and no place in the tree. */
import { File, fileRelease } from '../../fs/file';
import { fdInstall } from '../../fs/fd-table';
import { MEMFD_NAME_MAX, memfdFile } from '../../fs/tmpfs/shared-memory';
import { EFAULT, EINVAL, ENAMETOOLONG, ENOMEM, isErrno } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { copyStringFromUser } from '../user-copy';

const MFD_CLOEXEC: u64 = 1;
const MFD_ALLOW_SEALING: u64 = 2;
const MFD_NOEXEC_SEAL: u64 = 8;
const MFD_EXEC: u64 = 16;

export function sysMemfdCreate(a: SyscallArgs): i64 {
  const flags = a.a1;
  // MFD_HUGETLB: there are no huge pages.
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)) != 0) return -EINVAL;
  if ((flags & (MFD_NOEXEC_SEAL | MFD_EXEC)) == (MFD_NOEXEC_SEAL | MFD_EXEC)) return -EINVAL;
  const name = kmalloc(MEMFD_NAME_MAX + 1);
  if (name == 0) return -ENOMEM;
  const length = a.a0 == 0 ? -EFAULT : copyStringFromUser(name, a.a0, MEMFD_NAME_MAX + 1);
  if (length < 0) {
    kfree(name);
    return length == -ENAMETOOLONG ? -EINVAL : length;
  }
  const executable = (flags & MFD_NOEXEC_SEAL) == 0;
  const file = memfdFile(name, length, (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL)) != 0, executable);
  kfree(name);
  if (isErrno(file)) return file;
  const fd = fdInstall(currentProcess().files, changetype<File>(<usize>file), 0, (flags & MFD_CLOEXEC) != 0);
  if (fd < 0) fileRelease(changetype<File>(<usize>file));
  return fd;
}
