/**
 * Stands in for mm/page-cache.ts where a test needs pages: a plain list of them, written back by pageCacheFlush() in runs of
 * neighbours, as the real one does.
 */
import { Inode, SuperBlock } from '../fs/inode';
import { kfree, kmalloc } from './kmalloc';
import { physToVirt, virtToPhys } from './layout';

const PAGE_BYTES: u32 = 4096;
const MAX_RUN: u32 = 32;

@unmanaged
class Page {
  next: Page | null;
  inode: Inode;
  index: u64;
  data: usize;
  dirty: bool;
}

let first: Page | null = null;
const list = memory.data(32 * 8, 8);

function find(inode: Inode, index: u64): Page | null {
  let p = first;
  while (p != null && (p.inode != inode || p.index != index)) p = p.next;
  return p;
}

function ofPage(page: u64): Page {
  const data = physToVirt(page);
  let p = first;
  while (p != null && p.data != data) p = p.next;
  return changetype<Page>(changetype<usize>(p));
}

function make(inode: Inode, index: u64): Page | null {
  const p = changetype<Page>(kmalloc(offsetof<Page>()));
  const data = kmalloc(PAGE_BYTES);
  if (changetype<usize>(p) == 0 || data == 0) {
    kfree(changetype<usize>(p));
    kfree(data);
    return null;
  }
  p.inode = inode;
  p.index = index;
  p.data = data;
  p.next = first;
  first = p;
  inode.pages = 1;
  return p;
}

/** Reads up to `wanted` absent pages of the file at once, as read-ahead does. */
export function pageGet(inode: Inode, index: u64, wanted: u32): i64 {
  const found = find(inode, index);
  if (found != null) return <i64>virtToPhys(found.data);
  const end = (inode.size + PAGE_BYTES - 1) / PAGE_BYTES;
  let n: u32 = 0;
  while (n < min(max(wanted, 1), MAX_RUN) && (n == 0 || index + n < end) && find(inode, index + n) == null) {
    const p = make(inode, index + n);
    if (p == null) break;
    store<u64>(list + n * 8, p.data);
    n++;
  }
  if (n == 0) return -12;
  const error = call_indirect<i32>(inode.ops.readPages, inode, index, n, list);
  const first = find(inode, index);
  if (error == 0 && first != null) return <i64>virtToPhys(first.data);
  for (let i: u32 = 0; i < n; i++) {
    const p = find(inode, index + i);
    if (p != null) remove(p);
  }
  return error;
}

export function pagePut(_page: u64): void {}

export function pageMarkDirty(page: u64): void {
  ofPage(page).dirty = true;
}

function remove(p: Page): void {
  if (first == p) first = p.next;
  else {
    let at = first;
    while (at != null && at.next != p) at = at.next;
    if (at != null) at.next = p.next;
  }
  kfree(p.data);
  kfree(changetype<usize>(p));
}

export function pageCacheTruncate(inode: Inode, size: u64): void {
  const keep = (size + PAGE_BYTES - 1) / PAGE_BYTES;
  let p = first;
  while (p != null) {
    const next: Page | null = p.next;
    if (p.inode == inode && p.index >= keep) remove(p);
    p = next;
  }
  const tail = find(inode, size / PAGE_BYTES);
  if (tail == null || (size & (PAGE_BYTES - 1)) == 0) return;
  memory.fill(tail.data + <usize>(size & (PAGE_BYTES - 1)), 0, PAGE_BYTES - <usize>(size & (PAGE_BYTES - 1)));
  tail.dirty = true;
}

export function pageCacheDrop(inode: Inode): void {
  let p = first;
  while (p != null) {
    const next: Page | null = p.next;
    if (p.inode == inode) remove(p);
    p = next;
  }
  inode.pages = 0;
}

/** Lowest dirty page from `from` on; -1: none. */
function lowestDirty(inode: Inode, from: u64): i64 {
  let best: i64 = -1;
  let p = first;
  while (p != null) {
    if (p.inode == inode && p.dirty && p.index >= from && (best < 0 || <i64>p.index < best))
      best = <i64>p.index;
    p = p.next;
  }
  return best;
}

export function pageCacheFlush(inode: Inode): i32 {
  let index = lowestDirty(inode, 0);
  let result = 0;
  while (index >= 0) {
    let n: u32 = 0;
    let p = find(inode, <u64>index);
    while (p != null && p.dirty && n < MAX_RUN) {
      p.dirty = false;
      store<u64>(list + n * 8, p.data);
      n++;
      p = find(inode, <u64>index + n);
    }
    const error = call_indirect<i32>(inode.ops.writePages, inode, <u64>index, n, list);
    if (result == 0) result = error;
    index = lowestDirty(inode, <u64>index + n);
  }
  return result;
}

export function pageCacheFlushAll(_superBlock: SuperBlock | null): void {}

/** Writes what is dirty of every file; the first error, or 0. */
export function flushEveryFile(): i32 {
  let result = 0;
  let p = first;
  while (p != null) {
    const error = p.dirty ? pageCacheFlush(p.inode) : 0;
    if (result == 0) result = error;
    p = p.next;
  }
  return result;
}
