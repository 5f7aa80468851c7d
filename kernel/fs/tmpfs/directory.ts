/**
 * Directories of tmpfs: names in a hash table that grows, and in a radix tree by position for reading them in order.
 *
 * - The directory's mutex guards it; the VFS holds it.
 * - A position is used once: readers that go on where they stopped see each name once, whatever comes and goes meanwhile.
 */
import { kfree, kmalloc } from '../../mm/kmalloc';
import { RADIX_NONE, RadixTree, radixGet, radixInsert, radixNext, radixRemove } from '../../mm/radix-tree';
import { Inode } from '../inode';
import { FIRST_POSITION } from '../read-directory';

/** A name; its bytes follow in memory. */
@unmanaged
export class TmpEntry {
  hashNext: usize;
  inode: Inode;
  position: u64;
  hash: u32;
  nameLength: u32;
}

/** Lies behind the tree in memory: TmpDirectory extends it. */
@unmanaged
export class TmpDirectory extends RadixTree {
  slots: usize;
  slotCount: u32;
  unused: u32;
  lastPosition: u64;
}

const FIRST_SLOTS: u32 = 8;

export function tmpEntryName(e: TmpEntry): usize {
  return changetype<usize>(e) + offsetof<TmpEntry>();
}

/** FNV-1a. */
function hashOf(name: usize, length: u32): u32 {
  let h: u32 = 0x811c9dc5;
  for (let i: u32 = 0; i < length; i++) h = (h ^ load<u8>(name + i)) * 0x01000193;
  return h ^ (h >> 15);
}

function slotOf(d: TmpDirectory, hash: u32): usize {
  return d.slots + <usize>(hash & (d.slotCount - 1)) * 8;
}

/** The entry of this name; null when there is none. */
export function tmpFind(d: TmpDirectory, name: usize, length: u32): TmpEntry {
  if (d.slotCount == 0) return changetype<TmpEntry>(<usize>0);
  const hash = hashOf(name, length);
  let at = load<usize>(slotOf(d, hash));
  while (at != 0) {
    const e = changetype<TmpEntry>(at);
    if (e.hash == hash && e.nameLength == length && memory.compare(tmpEntryName(e), name, length) == 0)
      return e;
    at = e.hashNext;
  }
  return changetype<TmpEntry>(<usize>0);
}

/** Makes the table as large as there are names; a table that cannot grow works on. False without any. */
function growTable(d: TmpDirectory): bool {
  if (d.count < d.slotCount) return true;
  const count = d.slotCount == 0 ? FIRST_SLOTS : d.slotCount * 2;
  const slots = kmalloc(<usize>count * 8);
  if (slots == 0) return d.slotCount != 0;
  const old = d.slots;
  const oldCount = d.slotCount;
  d.slots = slots;
  d.slotCount = count;
  for (let i: u32 = 0; i < oldCount; i++) {
    let at = load<usize>(old + <usize>i * 8);
    while (at != 0) {
      const e = changetype<TmpEntry>(at);
      at = e.hashNext;
      e.hashNext = load<usize>(slotOf(d, e.hash));
      store<usize>(slotOf(d, e.hash), changetype<usize>(e));
    }
  }
  kfree(old);
  return true;
}

/** Adds a name that is not there, for an inode whose reference the entry takes over. False when out of memory. */
export function tmpAdd(d: TmpDirectory, name: usize, length: u32, inode: Inode): bool {
  if (!growTable(d)) return false;
  const at = kmalloc(offsetof<TmpEntry>() + length);
  if (at == 0) return false;
  const e = changetype<TmpEntry>(at);
  e.inode = inode;
  e.nameLength = length;
  e.hash = hashOf(name, length);
  memory.copy(tmpEntryName(e), name, length);
  e.position = d.lastPosition + 1;
  if (!radixInsert(d, e.position, <u64>at)) {
    kfree(at);
    return false;
  }
  d.lastPosition = e.position;
  e.hashNext = load<usize>(slotOf(d, e.hash));
  store<usize>(slotOf(d, e.hash), at);
  return true;
}

/** Takes an entry out and frees it; its reference of the inode is the caller's. */
export function tmpTake(d: TmpDirectory, e: TmpEntry): Inode {
  const at = changetype<usize>(e);
  const inode = e.inode;
  let link = slotOf(d, e.hash);
  while (load<usize>(link) != at) link = load<usize>(link) + offsetof<TmpEntry>('hashNext');
  store<usize>(link, e.hashNext);
  radixRemove(d, e.position);
  kfree(at);
  return inode;
}

/** The first entry at or after a position of a directory's File; null behind the last. */
export function tmpEntryFrom(d: TmpDirectory, position: u64): TmpEntry {
  const from = position < FIRST_POSITION ? 0 : position - FIRST_POSITION;
  const index = radixNext(d, from);
  return changetype<TmpEntry>(index == RADIX_NONE ? <usize>0 : <usize>radixGet(d, index));
}

/** Where a File stands to read this entry. */
export function tmpPosition(e: TmpEntry): u64 {
  return e.position + FIRST_POSITION;
}

/** The directory has no names any more. */
export function tmpDirectoryFree(d: TmpDirectory): void {
  kfree(d.slots);
  d.slots = 0;
  d.slotCount = 0;
}
