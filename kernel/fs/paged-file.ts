/**
 * Reading and writing regular files through the page cache: `read` and `write` of FileOps for every file system whose
 * inodes have `readPages`.
 *
 * - A file system takes pagedReadIndex() and pagedWriteIndex() for its FileOps.
 * - Buffers may be user memory (`anyMemory` of FileOps).
 * - pagedWrite() is called with the inode's mutex held, so that a file has one writer at a time; pagedRead() without.
 * - What a program wrote to a mapped page behind the end of the file never shows: it is zeroed when the file grows over it.
 */
import { EFAULT, EFBIG, EINVAL, ENOSPC } from '../lib/errno';
import { PAGE_SHIFT, PAGE_SIZE, physToVirt } from '../mm/layout';
import { Mapping, mappingOf } from '../mm/mapping';
import {
  pageCacheTruncate,
  pageFind,
  pageForOverwrite,
  pageGet,
  pageMarkDirty,
  pagePut,
} from '../mm/page-cache';
import { READ_MAX } from '../mm/page-read';
import { dirtyLimit } from '../mm/reclaim';
import { dirtyPageCount, writeMapping } from '../mm/writeback';
import { copyAny } from '../syscall/user-copy';
import { File } from './file';
import { Inode, inodeTouchModified } from './inode';

/** Largest file: what a signed offset can name. */
const MAX_FILE_SIZE: u64 = 0x7fff_ffff_ffff_ffff;
const PAGE_MASK: u64 = PAGE_SIZE - 1;
/** What a hole holds. */
const zeroes = memory.data(4096, 8);

/** Pages from `offset` to the end of a request. */
function pagesOf(offset: u64, count: u64): u32 {
  const pages = ((offset & PAGE_MASK) + count + PAGE_MASK) >> PAGE_SHIFT;
  return <u32>min(pages, <u64>READ_MAX);
}

/** As FileOps.read: bytes read, 0 at the end, or a negative errno when there was nothing before the error. */
export function pagedRead(file: File, buffer: usize, count: usize, offset: u64): i64 {
  return pagedReadInode(file.inode, buffer, count, offset);
}

export function pagedReadInode(inode: Inode, buffer: usize, count: usize, offset: u64): i64 {
  const mapping = mappingOf(inode);
  const sparse = changetype<usize>(mapping) != 0 && mapping.inMemory;
  let done: usize = 0;
  while (done < count) {
    const at = offset + done;
    if (at >= inode.size) break;
    const left = min(<u64>(count - done), inode.size - at);
    const within = <usize>(at & PAGE_MASK);
    const n = min(<usize>left, <usize>PAGE_SIZE - within);
    // A hole of a file in memory is read without filling it.
    const page = sparse
      ? <i64>pageFind(inode, at >> PAGE_SHIFT)
      : pageGet(inode, at >> PAGE_SHIFT, pagesOf(at, left));
    if (page < 0) return done != 0 ? <i64>done : page;
    const missed = copyAny(buffer + done, page == 0 ? zeroes : physToVirt(<u64>page) + within, n);
    if (page != 0) pagePut(<u64>page);
    done += n - missed;
    if (missed != 0) return done != 0 ? <i64>done : -EFAULT;
  }
  return <i64>done;
}

function prepare(inode: Inode, offset: u64, length: u64): i32 {
  if (inode.ops.prepareWrite == 0) return 0;
  return call_indirect<i32>(inode.ops.prepareWrite, inode, offset, length);
}

/** Writes within one page: bytes written, or a negative errno. */
function writePart(inode: Inode, buffer: usize, n: usize, at: u64): i64 {
  const index = at >> PAGE_SHIFT;
  const within = <usize>(at & PAGE_MASK);
  const fresh = (within == 0 && n == <usize>PAGE_SIZE) || index << PAGE_SHIFT >= inode.size;
  const page = fresh ? pageForOverwrite(inode, index) : pageGet(inode, index, 1);
  if (page < 0) return page;
  const done = n - copyAny(physToVirt(<u64>page) + within, buffer, n);
  // Also when nothing arrived: the page may be new, and the storage for it is reserved.
  if (done != 0 && at + done > inode.size) inode.size = at + done;
  pageMarkDirty(<u64>page);
  pagePut(<u64>page);
  return done != 0 ? <i64>done : -EFAULT;
}

/** As FileOps.write: bytes written, or a negative errno when there were none. The inode's mutex is held. */
export function pagedWrite(file: File, buffer: usize, count: usize, offset: u64): i64 {
  return pagedWriteInode(file.inode, buffer, count, offset);
}

export function pagedWriteInode(inode: Inode, buffer: usize, count: usize, offset: u64): i64 {
  if (inode.ops.readPages == 0) return -EINVAL;
  if (count == 0) return 0;
  if (offset >= MAX_FILE_SIZE) return -EFBIG;
  const length = min(<u64>count, MAX_FILE_SIZE - offset);
  // All storage at once if possible; otherwise as much as there is, page by page.
  const error = prepare(inode, offset, length);
  const stepwise = error == -ENOSPC && length > PAGE_SIZE - (offset & PAGE_MASK);
  if (error < 0 && !stepwise) return error;
  if (offset > inode.size) pageCacheTruncate(inode, offset);
  let done: u64 = 0;
  let result: i64 = 0;
  while (done < length) {
    const at = offset + done;
    const n = min(length - done, PAGE_SIZE - (at & PAGE_MASK));
    result = stepwise ? prepare(inode, at, n) : 0;
    if (result == 0) result = writePart(inode, buffer + <usize>done, <usize>n, at);
    if (result < 0) break;
    done += result;
    if (<u64>result < n) break;
  }
  if (done != 0) settle(inode);
  return done != 0 ? <i64>done : result;
}

/** After a write: times, the file system's record of the inode, and the writer's share of the writing. */
function settle(inode: Inode): void {
  inodeTouchModified(inode);
  if (inode.ops.changed != 0) call_indirect<i32>(inode.ops.changed, inode);
  if (dirtyPageCount() > dirtyLimit() && inode.pages != 0) {
    const mapping = changetype<Mapping>(inode.pages);
    if (!mapping.inMemory) writeMapping(mapping);
  }
}

/** Function index for FileOps.read. */
export function pagedReadIndex(): u32 {
  const read: (file: File, buffer: usize, count: usize, offset: u64) => i64 = pagedRead;
  return read.index;
}

/** Function index for FileOps.write. */
export function pagedWriteIndex(): u32 {
  const write: (file: File, buffer: usize, count: usize, offset: u64) => i64 = pagedWrite;
  return write.index;
}
