/**
 * Page faults on user addresses: zeroed pages on demand, pages of files, copy-on-write, stacks that grow; and access to a
 * space's memory by the kernel.
 *
 * - Under the space's lock a fault is resolved with what is in memory. What has to be waited for (a page from a file system,
 *   memory) is waited for without locks, and the fault begins again.
 * - Shared pages of files that are written back are mapped read-only until the first write, which makes the page dirty
 *   and dates the file, also when the page is dirty already (POSIX mmap: st_mtime).
 */
import { interruptsEnabled } from '../arch/x86_64/cpu';
import { File, fileRelease, fileRetain } from '../fs/file';
import { inodeMutex, inodeTouchModified } from '../fs/inode';
import { EACCES, EFAULT, ENOMEM, ENXIO } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { mutexLock, mutexUnlock } from '../sched/mutex';
import { countFault } from '../sched/scheduler';
import { AddressSpace, presentPage, spaceLock, spaceTree, tableLock } from './address-space';
import { faultAround } from './fault-around';
import { allocFrame, allocZeroedFrame, frameReferences, frameRelease, freeFrameCount } from './frames';
import { PAGE_SHIFT, PAGE_SIZE, USER_END, physToVirt } from './layout';
import { Mapping, PG_DIRTY, PG_UPTODATE, isInMemory, recordOf } from './mapping';
import { outOfMemory } from './oom';
import { pageFindReady, pageGet, pageIsOf, pageMarkDirty, pagePut } from './page-cache';
import { PTE_ADDRESS, PTE_USER, PTE_WRITE, makeEntry } from './page-table';
import { checkPressure, reservedFrames } from './reclaim';
import { growStack } from './stack';
import { PTE_FILE, PTE_HIDDEN, PTE_SPECIAL, countResident, flushRange, userPageFlags } from './user-pages';
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  VMA_DEVICE,
  VMA_RANDOM,
  VMA_SHARED,
  Vma,
  isNullVma,
  vmaFind,
} from './vma';

/** A fault cannot be resolved yet: the page is to be read. */
const READ_FIRST: i32 = 1;
/** The file system is to be asked for room before the page may be written. */
const PREPARE_FIRST: i32 = 2;
/** Pages read at once when a page of a mapped file is missing: 64 KiB around it. */
const READ_AROUND: u64 = 16;

/** A page of zeroes that reads of untouched memory see. */
let zeroPage: u64 = 0;

/**
 * Resolves an access that the CPU refused. 0 when it may be tried again; -EFAULT when nothing is mapped there, -EACCES when
 * the mapping does not allow it, -ENXIO behind the end of a file or when it cannot be read (SIGBUS), -ENOMEM. May sleep,
 * unless interrupts are off.
 */
export function spaceFault(space: AddressSpace, va: u64, access: u32): i32 {
  return resolve(space, va, access, false);
}

/** Makes a page present whatever its protection; for a write with `write`. As spaceFault. */
export function spaceTouch(space: AddressSpace, va: u64, write: bool): i32 {
  return resolve(space, va, write ? PROT_WRITE : PROT_READ, true);
}

function resolve(space: AddressSpace, va: u64, access: u32, force: bool): i32 {
  if (va >= USER_END) return -EFAULT;
  const page = va & ~4095;
  let held: i64 = 0;
  let prepared = false;
  let result: i32 = 0;
  let attempt: u32 = 0;
  let waited = false;
  while (true) {
    const flags = lockIrqSave(spaceLock(space));
    let area = vmaFind(spaceTree(space), va);
    if (isNullVma(area)) area = growStack(space, va);
    let file: usize = 0;
    let index: u64 = 0;
    if (isNullVma(area)) result = -EFAULT;
    else if (!force && !isAllowed(area, access)) result = -EACCES;
    else {
      result = makePresent(space, area, page, access == PROT_WRITE, prepared);
      if (result > 0) {
        file = area.file;
        fileRetain(changetype<File>(file));
        index = indexOf(area, page);
      }
    }
    const around = file != 0 && (area.flags & VMA_RANDOM) == 0;
    unlockIrqRestore(spaceLock(space), flags);
    if (held > 0) pagePut(<u64>held);
    held = 0;
    if (result == 0) countFault(waited);
    if (result <= 0 && result != -ENOMEM) return result;
    if (!interruptsEnabled()) {
      if (file != 0) fileRelease(changetype<File>(file));
      return result == -ENOMEM ? -ENOMEM : -EFAULT;
    }
    if (result == -ENOMEM) {
      if (!outOfMemory(attempt++)) return -ENOMEM;
      continue;
    }
    waited = waited || (result == READ_FIRST && !isInMemory(changetype<File>(file).inode));
    held = result == READ_FIRST ? readPage(file, index, around && attempt == 0) : prepare(file, index);
    prepared = result == PREPARE_FIRST;
    fileRelease(changetype<File>(file));
    if (held == -ENOMEM) {
      if (!outOfMemory(attempt)) return -ENOMEM;
    } else if (held < 0) return -ENXIO;
    attempt++;
  }
}

function indexOf(area: Vma, page: u64): u64 {
  return (area.offset + (page - area.start)) >> PAGE_SHIFT;
}

/** Reads a page of a file, with its neighbours when `around`: the page with a reference, 0 to look again, or an errno. */
function readPage(file: usize, index: u64, around: bool): i64 {
  checkPressure();
  const inode = changetype<File>(file).inode;
  // Pages of tmpfs would be made, not read.
  if (!around || isInMemory(inode)) return pageGet(inode, index, 1);
  const first = index & ~(READ_AROUND - 1);
  const page = pageGet(inode, first, <u32>READ_AROUND);
  if (page < 0) return page == -ENOMEM ? page : 0;
  if (first == index) return page;
  pagePut(<u64>page);
  return pageGet(inode, index, <u32>(READ_AROUND - (index - first)));
}

/** Asks the file system for room for a page that is about to be written through a mapping. */
function prepare(file: usize, index: u64): i64 {
  const inode = changetype<File>(file).inode;
  const page = pageGet(inode, index, 1);
  if (page < 0) return page;
  mutexLock(inodeMutex(inode));
  const offset = index << PAGE_SHIFT;
  let error: i32 = 0;
  if (offset >= inode.size) error = -ENXIO;
  else if (inode.ops.prepareWrite != 0) {
    const length = min(PAGE_SIZE, inode.size - offset);
    error = call_indirect<i32>(inode.ops.prepareWrite, inode, offset, length);
  }
  if (error == 0) {
    inodeTouchModified(inode);
    if (inode.ops.changed != 0) call_indirect<i32>(inode.ops.changed, inode);
    pageMarkDirty(<u64>page);
  }
  mutexUnlock(inodeMutex(inode));
  if (error == 0) return page;
  pagePut(<u64>page);
  return error;
}

function isAllowed(area: Vma, access: u32): bool {
  if (access == PROT_READ) return (area.prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0;
  return (area.prot & access) != 0;
}

/** Both locks are held from here on: 0, READ_FIRST, PREPARE_FIRST (unless `prepared`), -ENXIO or -ENOMEM. */
function makePresent(space: AddressSpace, area: Vma, page: u64, write: bool, prepared: bool): i32 {
  const flags = lockIrqSave(tableLock(space));
  const entry = makeEntry(space.pml4, page, 0, PTE_USER);
  let result: i32 = -ENOMEM;
  if (entry != 0) {
    const old = load<u64>(entry);
    if (old == 0) result = fill(space, area, page, entry, write, prepared);
    else if (write && (old & PTE_WRITE) == 0) result = makeWritable(space, area, page, entry, old, prepared);
    else {
      result = 0;
      if ((old & PTE_HIDDEN) != 0 && area.prot != 0) {
        store<u64>(entry, (old & (PTE_ADDRESS | PTE_SPECIAL | PTE_FILE)) | userPageFlags(area.prot, false));
      }
    }
  }
  unlockIrqRestore(tableLock(space), flags);
  return result;
}

/** A frame for a program's page, leaving the kernel its reserve; 0 when there is none. */
function userFrame(zeroed: bool): u64 {
  if (freeFrameCount() < reservedFrames()) return 0;
  return zeroed ? allocZeroedFrame() : allocFrame();
}

function set(space: AddressSpace, at: usize, entry: u64): void {
  store<u64>(at, entry);
  countResident(space, entry, 1);
}

/** Nothing is at `page` yet. */
function fill(space: AddressSpace, area: Vma, page: u64, at: usize, write: bool, prepared: bool): i32 {
  if ((area.flags & VMA_DEVICE) != 0) {
    const frame = <u64>area.segment + (page - area.start);
    set(space, at, frame | PTE_SPECIAL | userPageFlags(area.prot, true) | area.offset);
    return 0;
  }
  if (area.file != 0) return fillFromFile(space, area, page, at, write, prepared);
  if (!write) {
    if (zeroPage == 0) zeroPage = allocZeroedFrame();
    if (zeroPage == 0) return -ENOMEM;
    set(space, at, zeroPage | PTE_SPECIAL | userPageFlags(area.prot, false));
    return 0;
  }
  const frame = userFrame(true);
  if (frame == 0) return -ENOMEM;
  set(space, at, frame | userPageFlags(area.prot, true));
  return 0;
}

function fillFromFile(
  space: AddressSpace,
  area: Vma,
  page: u64,
  at: usize,
  write: bool,
  prepared: bool,
): i32 {
  const inode = changetype<File>(area.file).inode;
  const index = indexOf(area, page);
  if (index << PAGE_SHIFT >= inode.size) return -ENXIO;
  const cached = pageFindReady(inode, index);
  if (cached == 0) return READ_FIRST;
  const record = recordOf(cached);
  if ((record.flags & PG_UPTODATE) == 0 || !pageIsOf(cached, inode, index)) {
    pagePut(cached);
    return READ_FIRST;
  }
  if ((area.flags & VMA_SHARED) == 0) {
    if (!write) {
      set(space, at, cached | PTE_FILE | userPageFlags(area.prot, false));
      faultAround(space, area, page, at, userPageFlags(area.prot, false) | PTE_FILE);
      return 0;
    }
    const copy = userFrame(false);
    if (copy != 0) {
      memory.copy(physToVirt(copy), physToVirt(cached), <usize>PAGE_SIZE);
      set(space, at, copy | userPageFlags(area.prot, true));
    }
    pagePut(cached);
    return copy == 0 ? -ENOMEM : 0;
  }
  const inMemory = changetype<Mapping>(record.mapping).inMemory;
  if (write && !inMemory && !(prepared && (record.flags & PG_DIRTY) != 0)) {
    pagePut(cached);
    return PREPARE_FIRST;
  }
  // A file in memory is written without asking first; the first write of a page that is not mapped yet dates it.
  if (write && inMemory) inodeTouchModified(inode);
  set(space, at, cached | PTE_FILE | userPageFlags(area.prot, inMemory || write));
  faultAround(space, area, page, at, userPageFlags(area.prot, inMemory) | PTE_FILE);
  return 0;
}

/** A write to a page that is present (or hidden) without write access. */
function makeWritable(space: AddressSpace, area: Vma, page: u64, at: usize, old: u64, prepared: bool): i32 {
  const frame = old & PTE_ADDRESS;
  let entry = old & (PTE_ADDRESS | PTE_FILE | PTE_SPECIAL);
  if ((area.flags & VMA_DEVICE) != 0) {
    entry |= area.offset;
  } else if ((area.flags & VMA_SHARED) != 0) {
    const record = recordOf(frame);
    if (record.mapping == 0) {
      // Truncated meanwhile.
      store<u64>(at, 0);
      countResident(space, old, -1);
      frameRelease(frame);
      flushRange(space, page, page + 4096);
      return -ENXIO;
    }
    const inMemory = changetype<Mapping>(record.mapping).inMemory;
    if (!inMemory && !(prepared && (record.flags & PG_DIRTY) != 0)) return PREPARE_FIRST;
  } else if ((old & (PTE_FILE | PTE_SPECIAL)) != 0 || frameReferences(frame) != 1) {
    const fromZeroes = (old & PTE_SPECIAL) != 0;
    const copy = userFrame(fromZeroes);
    if (copy == 0) return -ENOMEM;
    if (!fromZeroes) memory.copy(physToVirt(copy), physToVirt(frame), <usize>PAGE_SIZE);
    countResident(space, old, -1);
    countResident(space, copy, 1);
    if (!fromZeroes) frameRelease(frame);
    entry = copy;
  }
  store<u64>(at, entry | userPageFlags(area.prot, true));
  flushRange(space, page, page + 4096);
  return 0;
}

/**
 * Writes into a space whatever its protection, making pages present: program loading and argument set-up, also of a
 * space that does not run yet. 0, -EFAULT outside of all areas, -ENOMEM. May sleep.
 */
export function spaceWrite(space: AddressSpace, va: u64, source: usize, length: usize): i32 {
  let done: usize = 0;
  while (done < length) {
    const at = va + <u64>done;
    const offset = <usize>(at & 4095);
    const n = min(length - done, 4096 - offset);
    const error = spaceTouch(space, at & ~4095, true);
    if (error < 0) return error;
    memory.copy(presentPage(space, at & ~4095) + offset, source + done, n);
    done += n;
  }
  return 0;
}

/** As spaceWrite, zeroes. */
export function spaceZero(space: AddressSpace, va: u64, length: usize): i32 {
  const error = spaceTouch(space, va & ~4095, true);
  if (error < 0) return error;
  const offset = <usize>(va & 4095);
  memory.fill(presentPage(space, va & ~4095) + offset, 0, min(length, 4096 - offset));
  return 0;
}

/**
 * Reads from a space that need not be the current one (the arguments of another process): bytes copied, which is less
 * than `length` where nothing is in memory. Never sleeps.
 */
export function spaceRead(space: AddressSpace, va: u64, target: usize, length: usize): usize {
  const flags = lockIrqSave(tableLock(space));
  let done: usize = 0;
  while (done < length) {
    const at = va + <u64>done;
    const page = presentPage(space, at & ~4095);
    if (page == 0) break;
    const offset = <usize>(at & 4095);
    const n = min(length - done, 4096 - offset);
    memory.copy(target + done, page + offset, n);
    done += n;
  }
  unlockIrqRestore(tableLock(space), flags);
  return done;
}
