/** tee(2) and vmsplice(2): between pipes, and between a pipe and memory. Bytes are copied, no pages move. */
import { File, fileRelease, fileWrite, isReadable, isWritable } from '../../fs/file';
import { O_NONBLOCK } from '../../fs/open-flags';
import { isPipe, pipePeek } from '../../ipc/pipe-file';
import { EBADF, EINVAL, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { sysReadv, sysWritev } from './file';

const SPLICE_F_NONBLOCK: u32 = 2;
/** MOVE, NONBLOCK, MORE, GIFT. */
const SPLICE_F_ALL: u32 = 15;
const CHUNK: u64 = 65536;

export function sysTee(a: SyscallArgs): i64 {
  const flags = <u32>a.a3;
  if ((flags & ~SPLICE_F_ALL) != 0) return -EINVAL;
  if (a.a2 == 0) return 0;
  const from = fileOf(a.a0);
  const to = fileOf(a.a1);
  let result: i64 = -EBADF;
  if (!isNullFile(from) && !isNullFile(to)) result = duplicate(from, to, <usize>min(a.a2, CHUNK), flags);
  if (!isNullFile(from)) fileRelease(from);
  if (!isNullFile(to)) fileRelease(to);
  return result;
}

function duplicate(from: File, to: File, count: usize, flags: u32): i64 {
  if (!isReadable(from) || !isWritable(to)) return -EBADF;
  if (!isPipe(from) || !isPipe(to) || from.data == to.data) return -EINVAL;
  const buffer = kmalloc(count);
  if (buffer == 0) return -ENOMEM;
  const nonBlocking = (flags & SPLICE_F_NONBLOCK) != 0 || (from.flags & O_NONBLOCK) != 0;
  let result = pipePeek(from, buffer, count, nonBlocking);
  if (result > 0) result = fileWrite(to, buffer, <usize>result);
  kfree(buffer);
  return result;
}

/** Into the writing end as writev, out of the reading end as readv. */
export function sysVmsplice(a: SyscallArgs): i64 {
  if (((<u32>a.a3) & ~SPLICE_F_ALL) != 0) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  const pipe = isPipe(file);
  const writes = isWritable(file);
  fileRelease(file);
  if (!pipe) return -EBADF;
  return writes ? sysWritev(a) : sysReadv(a);
}
