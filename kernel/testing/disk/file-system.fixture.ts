/**
 * What the VFS asks of a file system, without paths: one mounted super block, inodes by their address. It does what the VFS
 * does around the operations (sizes, the page cache, `changed`), so that tests see files as programs do.
 */
import { BlockDevice } from '../../block/block';
import { bufferWriteBack } from '../../block/write-back';
import { fileSystemFind, fileSystemMount } from '../../fs/filesystems';
import { DIRENT_SCRATCH_BYTES, DirentSink } from '../../fs/dirent';
import { File } from '../../fs/file';
import { Inode, inodeGet, inodePut, setPageRelease } from '../../fs/inode';
import { StatFs, SuperBlock, superBlockCreate } from '../../fs/super-block';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { physToVirt } from '../../mm/layout';
import {
  pageCacheDrop,
  pageCacheFlush,
  pageCacheTruncate,
  pageGet,
  pageMarkDirty,
} from '../../mm/page-cache';

const PAGE: u64 = 4096;
const slot = memory.data(8, 8);
const name = memory.data(32, 8);
let mounted: SuperBlock | null = null;

function pageRelease(inode: Inode): void {
  if (inode.links != 0) pageCacheFlush(inode);
  pageCacheDrop(inode);
}

function superBlock(): SuperBlock {
  return changetype<SuperBlock>(changetype<usize>(mounted));
}

/** Mounts; the root's inode or a negative errno. `typeName` and `options` are NUL-terminated. */
export function fxMount(device: BlockDevice, typeName: usize, flags: u32, options: usize): i32 {
  const type = fileSystemFind(typeName);
  const sb = superBlockCreate(name, name);
  if (type == null || sb == null) return -22;
  const releaseFunction: (inode: Inode) => void = pageRelease;
  setPageRelease(releaseFunction);
  sb.device = device;
  sb.flags = flags;
  const error = fileSystemMount(type, sb, options, slot);
  if (error != 0) {
    kfree(changetype<usize>(sb));
    return error;
  }
  mounted = sb;
  return <i32>load<usize>(slot);
}

export function fxUnmount(): void {
  const sb = superBlock();
  call_indirect<i32>(sb.ops.sync, sb);
  call_indirect<void>(sb.ops.unmount, sb);
  kfree(changetype<usize>(sb));
  mounted = null;
}

export function fxReadOnly(): bool {
  return (superBlock().flags & 1) != 0;
}

export function fxSync(): i32 {
  const sb = superBlock();
  return call_indirect<i32>(sb.ops.sync, sb);
}

export function fxRemount(flags: u32): i32 {
  const sb = superBlock();
  const error = call_indirect<i32>(sb.ops.remount, sb, flags, name);
  if (error == 0) sb.flags = flags;
  return error;
}

/** Field `n` of statfs: block size, blocks, free, available, files, free files. */
export function fxStatfs(n: u32): u64 {
  const s = alloc<StatFs>();
  call_indirect<i32>(superBlock().ops.statfs, superBlock(), s);
  const value = load<u64>(changetype<usize>(s) + 8 + n * 8);
  kfree(changetype<usize>(s));
  return value;
}

/** Background writing, as the flusher does it. */
export function fxWriteBack(): i32 {
  return bufferWriteBack(null);
}

export function fxLookup(dir: Inode, at: usize, length: u32): i32 {
  const error = call_indirect<i32>(dir.ops.lookup, dir, at, length, slot);
  return error != 0 ? error : <i32>load<usize>(slot);
}

export function fxCreate(dir: Inode, at: usize, length: u32, mode: u32, rdev: u64): i32 {
  const error = call_indirect<i32>(dir.ops.create, dir, at, length, mode, rdev, slot);
  return error != 0 ? error : <i32>load<usize>(slot);
}

export function fxTemporary(dir: Inode, mode: u32): i32 {
  const error = call_indirect<i32>(dir.ops.temporary, dir, mode, slot);
  return error != 0 ? error : <i32>load<usize>(slot);
}

export function fxSymlink(dir: Inode, at: usize, length: u32, target: usize, n: u32): i32 {
  const error = call_indirect<i32>(dir.ops.symlink, dir, at, length, target, n, slot);
  return error != 0 ? error : <i32>load<usize>(slot);
}

export function fxReadLink(inode: Inode, buffer: usize, size: u32): i32 {
  return call_indirect<i32>(inode.ops.readLink, inode, buffer, size);
}

export function fxLink(inode: Inode, dir: Inode, at: usize, length: u32): i32 {
  return call_indirect<i32>(dir.ops.link, inode, dir, at, length);
}

export function fxUnlink(dir: Inode, at: usize, length: u32): i32 {
  const found = fxLookup(dir, at, length);
  if (found < 0) return found;
  const inode = changetype<Inode>(<usize>found);
  const error = call_indirect<i32>(dir.ops.unlink, dir, at, length, inode);
  inodePut(inode);
  return error;
}

export function fxRename(a: Inode, aName: usize, aLength: u32, b: Inode, bName: usize, bLength: u32): i32 {
  const found = fxLookup(a, aName, aLength);
  if (found < 0) return found;
  const inode = changetype<Inode>(<usize>found);
  const target = fxLookup(b, bName, bLength);
  const replaced = target > 0 ? changetype<Inode | null>(<usize>target) : null;
  const error = call_indirect<i32>(a.ops.rename, a, aName, aLength, inode, b, bName, bLength, replaced);
  inodePut(inode);
  if (replaced != null) inodePut(replaced);
  return error;
}

export function fxExchange(a: Inode, aName: usize, aLength: u32, b: Inode, bName: usize, bLength: u32): i32 {
  const one = fxLookup(a, aName, aLength);
  const two = fxLookup(b, bName, bLength);
  if (one < 0 || two < 0) return min(one, two);
  const first = changetype<Inode>(<usize>one);
  const second = changetype<Inode>(<usize>two);
  const error = call_indirect<i32>(a.ops.exchange, a, aName, aLength, first, b, bName, bLength, second);
  inodePut(first);
  inodePut(second);
  return error;
}

export function fxGet(inode: Inode): void {
  inodeGet(inode);
}

export function fxPut(inode: Inode): void {
  inodePut(inode);
}

function prepare(inode: Inode, offset: u64, length: u64): i32 {
  if (inode.ops.prepareWrite == 0) return 0;
  return call_indirect<i32>(inode.ops.prepareWrite, inode, offset, length);
}

/** write(2): into the pages. 0 or a negative errno. */
export function fxWrite(inode: Inode, offset: u64, bytes: usize, length: u32): i32 {
  const error = prepare(inode, offset, length);
  if (error != 0) return error;
  let done: u32 = 0;
  while (done < length) {
    const at = offset + done;
    const within = <u32>(at & (PAGE - 1));
    const n = min(<u32>PAGE - within, length - done);
    const page = pageGet(inode, at / PAGE, 1);
    if (page < 0) return <i32>page;
    memory.copy(physToVirt(<u64>page) + within, bytes + done, n);
    if (at + n > inode.size) inode.size = at + n;
    pageMarkDirty(<u64>page);
    done += n;
  }
  return call_indirect<i32>(inode.ops.changed, inode);
}

/** read(2): bytes read or a negative errno. */
export function fxRead(inode: Inode, offset: u64, bytes: usize, length: u32): i32 {
  if (offset >= inode.size) return 0;
  const whole = <u32>min(<u64>length, inode.size - offset);
  let done: u32 = 0;
  while (done < whole) {
    const at = offset + done;
    const within = <u32>(at & (PAGE - 1));
    const n = min(<u32>PAGE - within, whole - done);
    const page = pageGet(inode, at / PAGE, 1);
    if (page < 0) return <i32>page;
    memory.copy(bytes + done, physToVirt(<u64>page) + within, n);
    done += n;
  }
  return <i32>whole;
}

/** Forgets the file's pages, written before: the next read comes from the disk. */
export function fxForget(inode: Inode): i32 {
  const error = pageCacheFlush(inode);
  pageCacheDrop(inode);
  return error;
}

export function fxFlush(inode: Inode): i32 {
  return pageCacheFlush(inode);
}

/** fsync(2) and fdatasync(2). */
export function fxFsync(inode: Inode, dataOnly: u32): i32 {
  const error = pageCacheFlush(inode);
  const failed = call_indirect<i32>(inode.ops.sync, inode, dataOnly);
  return error != 0 ? error : failed;
}

/** truncate(2), in the VFS's order. */
export function fxSetSize(inode: Inode, size: u64): i32 {
  if (size > inode.size) pageCacheTruncate(inode, size);
  else {
    inode.size = size;
    pageCacheTruncate(inode, size);
  }
  return call_indirect<i32>(inode.ops.setSize, inode, size);
}

export function fxAllocate(inode: Inode, mode: u32, offset: u64, length: u64): i32 {
  return call_indirect<i32>(inode.ops.allocate, inode, mode, offset, length);
}

export function fxSetMode(inode: Inode, mode: u32, uid: u32): i32 {
  inode.mode = mode;
  inode.uid = uid;
  return call_indirect<i32>(inode.ops.changed, inode);
}

export function fxSetTimes(inode: Inode, accessed: i64, modified: i64): i32 {
  inode.accessed = accessed;
  inode.modified = modified;
  return call_indirect<i32>(inode.ops.changed, inode);
}

/** Field `n` of an inode: number, size, blocks, mode, links, uid, device, modified, accessed. */
export function fxStat(inode: Inode, n: u32): u64 {
  if (n == 0) return inode.number;
  if (n == 1) return inode.size;
  if (n == 2) return inode.blocks;
  if (n == 3) return inode.mode;
  if (n == 4) return inode.links;
  if (n == 5) return inode.uid;
  if (n == 6) return inode.specialDevice;
  return n == 7 ? <u64>inode.modified : <u64>inode.accessed;
}

/** getdents64 from `offset` (2 begins) on: bytes used; the next offset is stored in `next`. */
export function fxReadDirectory(dir: Inode, offset: u64, buffer: usize, size: u32, next: usize): i32 {
  const file = alloc<File>();
  const sinkAt = kmalloc(offsetof<DirentSink>() + DIRENT_SCRATCH_BYTES);
  const sink = changetype<DirentSink>(sinkAt);
  sink.scratch = sinkAt + offsetof<DirentSink>();
  sink.buffer = buffer;
  sink.size = size;
  file.inode = dir;
  file.offset = offset;
  file.ops = dir.fileOps;
  const error = call_indirect<i32>(dir.fileOps.readDirectory, file, sink);
  store<u64>(next, file.offset);
  const used = <i32>sink.used;
  kfree(sinkAt);
  kfree(changetype<usize>(file));
  return error != 0 ? error : used;
}
