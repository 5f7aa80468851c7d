/** /proc/PID/smaps: how much of each area of a process's memory is there, and whose it is (Linux proc(5)). */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { AddressSpace, spaceDestroy, spaceLock, tableLock } from '../../mm/address-space';
import { frameReferences } from '../../mm/frames';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { PAGE_SIZE } from '../../mm/layout';
import { PG_DIRTY, recordOf } from '../../mm/mapping';
import { PTE_ACCESSED, PTE_ADDRESS, PTE_DIRTY, findEntry } from '../../mm/page-table';
import { PTE_FILE, PTE_SPECIAL } from '../../mm/user-pages';
import { VMA_LOCKED } from '../../mm/vma';
import { fileRelease, File } from '../file';
import { PATH_MAX } from '../path-walk';
import { spaceOfProcess } from './links';
import { Area, areaLine, nextArea } from './process-memory';
import { TextBuffer, textByte, textPadded, textString } from './text-buffer';

/** What one table of the last level maps: the locks are given back after so much. */
const STRETCH: u64 = 512 * PAGE_SIZE;

/** Bytes; sharedClean to privateDirty in this order: shared before private, clean before dirty. */
@unmanaged
class Sums {
  resident: u64;
  proportional: u64;
  sharedClean: u64;
  sharedDirty: u64;
  privateClean: u64;
  privateDirty: u64;
  referenced: u64;
  anonymous: u64;
}

function countPage(entry: u64, sums: Sums): void {
  const frame = entry & PTE_ADDRESS;
  const ofFile = (entry & PTE_FILE) != 0;
  // The page cache holds a reference of its own.
  const references = frameReferences(frame);
  const users = ofFile && references > 1 ? references - 1 : max<u32>(references, 1);
  const dirty = (entry & PTE_DIRTY) != 0 || (ofFile && (recordOf(frame).flags & PG_DIRTY) != 0);
  sums.resident += PAGE_SIZE;
  sums.proportional += PAGE_SIZE / users;
  if ((entry & PTE_ACCESSED) != 0) sums.referenced += PAGE_SIZE;
  if (!ofFile) sums.anonymous += PAGE_SIZE;
  const at = changetype<usize>(sums) + offsetof<Sums>('sharedClean') + (users > 1 ? 0 : 16) + (dirty ? 8 : 0);
  store<u64>(at, load<u64>(at) + PAGE_SIZE);
}

function countArea(space: AddressSpace, a: Area, sums: Sums): void {
  memory.fill(changetype<usize>(sums), 0, offsetof<Sums>());
  let at = a.start;
  while (at < a.end) {
    const stop = min((at + STRETCH) & ~(STRETCH - 1), a.end);
    const outer = lockIrqSave(spaceLock(space));
    const flags = lockIrqSave(tableLock(space));
    for (; at < stop; at += PAGE_SIZE) {
      const slot = findEntry(space.pml4, at, 0);
      if (slot == 0) at = stop - PAGE_SIZE;
      else {
        const entry = load<u64>(slot);
        if (entry != 0 && (entry & PTE_SPECIAL) == 0) countPage(entry, sums);
      }
    }
    unlockIrqRestore(tableLock(space), flags);
    unlockIrqRestore(spaceLock(space), outer);
  }
}

function line(t: TextBuffer, name: string, bytes: u64): void {
  textString(t, name);
  for (let n = name.length; n < 16; n++) textByte(t, 0x20);
  textPadded(t, bytes / 1024, 8);
  textString(t, ' kB\n');
}

function areaLines(t: TextBuffer, a: Area, s: Sums): void {
  line(t, 'Size:', a.end - a.start);
  line(t, 'KernelPageSize:', PAGE_SIZE);
  line(t, 'MMUPageSize:', PAGE_SIZE);
  line(t, 'Rss:', s.resident);
  line(t, 'Pss:', s.proportional);
  line(t, 'Shared_Clean:', s.sharedClean);
  line(t, 'Shared_Dirty:', s.sharedDirty);
  line(t, 'Private_Clean:', s.privateClean);
  line(t, 'Private_Dirty:', s.privateDirty);
  line(t, 'Referenced:', s.referenced);
  line(t, 'Anonymous:', s.anonymous);
  line(t, 'Swap:', 0);
  line(t, 'Locked:', a.flags & VMA_LOCKED ? s.proportional : 0);
}

/** /proc/PID/smaps. */
export function processSmaps(t: TextBuffer, pid: i32, _tid: i32): void {
  const space = spaceOfProcess(pid);
  if (changetype<usize>(space) == 0) return;
  const room = kmalloc(<usize>PATH_MAX + offsetof<Area>() + offsetof<Sums>());
  if (room == 0) t.failed = true;
  else {
    const a = changetype<Area>(room + <usize>PATH_MAX);
    const sums = changetype<Sums>(room + <usize>PATH_MAX + offsetof<Area>());
    let from: u64 = 0;
    while (!t.failed && nextArea(space, from, a)) {
      areaLine(t, a, space, room);
      countArea(space, a, sums);
      areaLines(t, a, sums);
      if (a.file != 0) fileRelease(changetype<File>(a.file));
      from = a.end;
    }
  }
  kfree(room);
  spaceDestroy(space);
}
