/**
 * Making, cutting, joining and ending areas. Whoever calls holds the space's lock, except where it says otherwise.
 *
 * - Areas that end are collected in the space (`ended`): their files are put once no spinlock is held (areasFree).
 */
import { File, fileRelease, fileRetain } from '../fs/file';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { AddressSpace, spaceTree } from './address-space';
import { uncommit } from './commit';
import { fileAreaAdd, fileAreaRemove, fileAreasLock } from './file-areas';
import { alloc, kfree } from './kmalloc';
import {
  PROT_WRITE,
  VMA_ACCOUNTED,
  VMA_DEVICE,
  VMA_GROWS_DOWN,
  VMA_LOCKED,
  VMA_SHARED,
  VMA_STACK,
  Vma,
  isNullVma,
  vmaAt,
  vmaFind,
  vmaInsert,
  vmaRemove,
  vmaResized,
} from './vma';

/** (segment: usize, change: i32) => void of SysV shared memory: areas of a segment came or went. */
let segmentFunction: u32 = 0;

export function setSegmentFunction(count: (segment: usize, change: i32) => void): void {
  segmentFunction = count.index;
}

function countSegment(area: Vma, change: i32): void {
  if (area.segment != 0 && (area.flags & VMA_DEVICE) == 0)
    call_indirect<void>(segmentFunction, area.segment, change);
}

export function areaPages(area: Vma): u64 {
  return (area.end - area.start) >> 12;
}

/** Does an area of this kind count for RLIMIT_DATA: private, writable, no stack? */
export function isData(prot: u32, flags: u32): bool {
  return (prot & PROT_WRITE) != 0 && (flags & (VMA_SHARED | VMA_STACK | VMA_GROWS_DOWN)) == 0;
}

/** A blank area, without any lock; null when out of memory. */
export function areaAlloc(): Vma {
  return alloc<Vma>();
}

/** Enters a filled area, whose range is free, and counts it. False when out of memory: it is the caller's still. */
export function areaEnter(space: AddressSpace, area: Vma): bool {
  area.space = changetype<usize>(space);
  if (!fileAreaAdd(area)) return false;
  vmaInsert(spaceTree(space), area);
  space.sizeBytes += area.end - area.start;
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages += areaPages(area);
  if (isData(area.prot, area.flags)) space.dataPages += areaPages(area);
  countSegment(area, 1);
  return true;
}

/** Takes an area out of the space and puts it on the list of ended ones. Its pages are gone already. */
export function areaEnd(space: AddressSpace, area: Vma): void {
  fileAreaRemove(area);
  vmaRemove(spaceTree(space), area);
  space.sizeBytes -= area.end - area.start;
  if ((area.flags & VMA_LOCKED) != 0) space.lockedPages -= areaPages(area);
  if (isData(area.prot, area.flags)) space.dataPages -= areaPages(area);
  if ((area.flags & VMA_ACCOUNTED) != 0) uncommit(areaPages(area));
  area.left = space.ended;
  space.ended = changetype<usize>(area);
}

/** The ended areas, for areasFree after unlocking. */
export function takeEnded(space: AddressSpace): usize {
  const ended = space.ended;
  space.ended = 0;
  return ended;
}

/** Frees ended areas; may sleep, no lock is held. */
export function areasFree(list: usize): void {
  let at = list;
  while (at != 0) {
    const area = vmaAt(at);
    at = area.left;
    countSegment(area, -1);
    if (area.file != 0) fileRelease(changetype<File>(area.file));
    kfree(changetype<usize>(area));
  }
}

/** Copies what an area shows and may; the file gets another reference. */
export function areaCopy(from: Vma, to: Vma): void {
  to.start = from.start;
  to.end = from.end;
  to.prot = from.prot;
  to.flags = from.flags;
  to.file = from.file;
  to.offset = from.offset;
  to.segment = from.segment;
  if (to.file != 0) fileRetain(changetype<File>(to.file));
}

/** Changes where an area begins or ends; what it shows stays at its addresses. */
export function areaResize(space: AddressSpace, area: Vma, start: u64, end: u64): void {
  const listed = area.file != 0;
  const flags = listed ? lockIrqSave(fileAreasLock()) : 0;
  const shift = start - area.start;
  if (listed) area.offset += shift;
  if ((area.flags & VMA_DEVICE) != 0) area.segment += <usize>shift;
  area.start = start;
  area.end = end;
  if (listed) unlockIrqRestore(fileAreasLock(), flags);
  vmaResized(spaceTree(space), area);
}

/** Makes `va` a bound of areas. False when out of memory. */
function splitAt(space: AddressSpace, va: u64): bool {
  const area = vmaFind(spaceTree(space), va);
  if (isNullVma(area) || area.start == va) return true;
  const upper = areaAlloc();
  if (isNullVma(upper)) return false;
  areaCopy(area, upper);
  upper.space = area.space;
  upper.start = va;
  if (area.file != 0) upper.offset = area.offset + (va - area.start);
  if ((area.flags & VMA_DEVICE) != 0) upper.segment = area.segment + <usize>(va - area.start);
  areaResize(space, area, area.start, va);
  fileAreaAdd(upper); // the mapping exists: nothing to allocate
  vmaInsert(spaceTree(space), upper);
  countSegment(upper, 1);
  return true;
}

/** Makes `start` and `end` bounds of areas, so that [start, end) is whole areas. False when out of memory. */
export function areasSplit(space: AddressSpace, start: u64, end: u64): bool {
  return splitAt(space, start) && splitAt(space, end);
}

/** Would `upper`, which begins where `lower` ends, be the same area? */
function joins(lower: Vma, upper: Vma): bool {
  if (lower.end != upper.start || lower.prot != upper.prot || lower.flags != upper.flags) return false;
  if (lower.file != upper.file || lower.segment != 0 || upper.segment != 0) return false;
  return lower.file == 0 || lower.offset + (lower.end - lower.start) == upper.offset;
}

/** Joins an area with equal neighbours; the area that it has become. */
export function areaJoin(space: AddressSpace, area: Vma): Vma {
  let joined = area;
  const before = vmaAt(area.previous);
  if (area.previous != 0 && joins(before, area)) joined = merge(space, before, area);
  const next = vmaAt(joined.next);
  if (joined.next != 0 && joins(joined, next)) joined = merge(space, joined, next);
  return joined;
}

/** `upper` ends, `lower` takes its place; what is counted of both stays. */
function merge(space: AddressSpace, lower: Vma, upper: Vma): Vma {
  const end = upper.end;
  fileAreaRemove(upper);
  vmaRemove(spaceTree(space), upper);
  upper.left = space.ended;
  space.ended = changetype<usize>(upper);
  areaResize(space, lower, lower.start, end);
  return lower;
}
