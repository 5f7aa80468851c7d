/**
 * The areas of an address space: a list of ranges sorted by address that do not overlap. Bounds are page aligned.
 *
 * No locking and no page tables here: address-space.ts holds the space's lock and keeps the tables in step.
 */
import { alloc, kfree } from './kmalloc';

export const PROT_READ: u32 = 1;
export const PROT_WRITE: u32 = 2;
export const PROT_EXEC: u32 = 4;

export const VMA_HEAP: u32 = 1;
export const VMA_STACK: u32 = 2;

@unmanaged
export class Vma {
  next: usize;
  start: u64;
  /** First byte after the area. */
  end: u64;
  prot: u32;
  flags: u32;
}

/** A list head is the address of a usize. The area that contains `va`; null when none does. */
export function vmaFind(head: usize, va: u64): Vma {
  let at = load<usize>(head);
  while (at != 0 && changetype<Vma>(at).end <= va) at = changetype<Vma>(at).next;
  if (at != 0 && changetype<Vma>(at).start > va) at = 0;
  return changetype<Vma>(at);
}

/** Does any area overlap [start, end)? */
export function vmaOverlaps(head: usize, start: u64, end: u64): bool {
  let at = load<usize>(head);
  while (at != 0 && changetype<Vma>(at).end <= start) at = changetype<Vma>(at).next;
  return at != 0 && changetype<Vma>(at).start < end;
}

/** Adds [start, end), which must be free; joins it with an equal neighbour. False when out of memory. */
export function vmaInsert(head: usize, start: u64, end: u64, prot: u32, flags: u32): bool {
  let link = head;
  let before = changetype<Vma>(<usize>0);
  while (load<usize>(link) != 0 && changetype<Vma>(load<usize>(link)).start < start) {
    before = changetype<Vma>(load<usize>(link));
    link = changetype<usize>(before) + offsetof<Vma>('next');
  }
  if (changetype<usize>(before) != 0 && joins(before, start, prot, flags)) {
    before.end = end;
    joinNext(before);
    return true;
  }
  const area = alloc<Vma>();
  if (changetype<usize>(area) == 0) return false;
  area.start = start;
  area.end = end;
  area.prot = prot;
  area.flags = flags;
  area.next = load<usize>(link);
  store<usize>(link, changetype<usize>(area));
  joinNext(area);
  return true;
}

/**
 * Makes `start` and `end` boundaries of areas, so that [start, end) can be changed as whole areas. False when out of
 * memory; the list is valid either way.
 */
export function vmaSplit(head: usize, start: u64, end: u64): bool {
  return splitAt(head, start) && splitAt(head, end);
}

/** Removes the areas inside [start, end); vmaSplit must have succeeded. */
export function vmaRemove(head: usize, start: u64, end: u64): void {
  let link = head;
  while (load<usize>(link) != 0) {
    const area = changetype<Vma>(load<usize>(link));
    if (area.start >= end) return;
    if (area.start >= start) {
      store<usize>(link, area.next);
      kfree(changetype<usize>(area));
    } else {
      link = changetype<usize>(area) + offsetof<Vma>('next');
    }
  }
}

/** Is every page of [start, end) in some area? */
export function vmaCovers(head: usize, start: u64, end: u64): bool {
  let va = start;
  while (va < end) {
    const area = vmaFind(head, va);
    if (changetype<usize>(area) == 0) return false;
    va = area.end;
  }
  return true;
}

/** Highest free range of `length` bytes that ends at or below `top` and starts at or above `bottom`; 0 when none. */
export function vmaFindFree(head: usize, length: u64, bottom: u64, top: u64): u64 {
  let best: u64 = 0;
  let gapStart = bottom;
  let at = load<usize>(head);
  while (true) {
    const gapEnd = at != 0 ? min(changetype<Vma>(at).start, top) : top;
    if (gapEnd > gapStart && gapEnd - gapStart >= length) best = gapEnd - length;
    if (at == 0 || changetype<Vma>(at).start >= top) return best;
    gapStart = max(gapStart, changetype<Vma>(at).end);
    at = changetype<Vma>(at).next;
  }
}

/** Copies all areas to another list; false when out of memory (the copy is then incomplete but valid). */
export function vmaCopyAll(from: usize, to: usize): bool {
  for (let at = load<usize>(from); at != 0; at = changetype<Vma>(at).next) {
    const area = changetype<Vma>(at);
    if (!vmaInsert(to, area.start, area.end, area.prot, area.flags)) return false;
  }
  return true;
}

function joins(area: Vma, start: u64, prot: u32, flags: u32): bool {
  return area.end == start && area.prot == prot && area.flags == flags;
}

function joinNext(area: Vma): void {
  const next = changetype<Vma>(area.next);
  if (area.next == 0 || !joins(area, next.start, next.prot, next.flags)) return;
  area.end = next.end;
  area.next = next.next;
  kfree(changetype<usize>(next));
}

function splitAt(head: usize, va: u64): bool {
  const area = vmaFind(head, va);
  if (changetype<usize>(area) == 0 || area.start == va) return true;
  const upper = alloc<Vma>();
  if (changetype<usize>(upper) == 0) return false;
  upper.start = va;
  upper.end = area.end;
  upper.prot = area.prot;
  upper.flags = area.flags;
  upper.next = area.next;
  area.end = va;
  area.next = changetype<usize>(upper);
  return true;
}
