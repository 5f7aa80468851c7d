/**
 * The order of service in a request queue: ascending by disk and sector from where the last command ended, then from the
 * beginning again (C-SCAN), with requests that continue each other taken as one command. Pure list work; the queue's lock is held.
 *
 * The queue holds at most as many requests as there are (48), so a plain sorted list is the fastest structure.
 */
import { BlockRequest, IO_FLUSH, RequestQueue } from './request';

function isBefore(r: BlockRequest, disk: usize, lba: u64): bool {
  const own = changetype<usize>(r.disk);
  return own < disk || (own == disk && r.lba < lba);
}

/** Puts `r` in its place; equal sectors stay in the order in which they came. */
export function queueInsert(q: RequestQueue, r: BlockRequest): void {
  const disk = changetype<usize>(r.disk);
  let before: BlockRequest | null = null;
  let at = q.first;
  while (at != null && !isBefore(r, changetype<usize>(at.disk), at.lba)) {
    before = at;
    at = at.next;
  }
  r.next = at;
  if (before == null) q.first = r;
  else before.next = r;
}

function continues(last: BlockRequest, next: BlockRequest, sectors: u32): bool {
  if (next.operation != last.operation || next.operation == IO_FLUSH) return false;
  if (next.disk != last.disk || next.lba != last.lba + last.sectors) return false;
  return sectors + next.sectors <= next.disk.maxSectors;
}

/** Takes the next command out of the queue: a chain of requests by `next`, or null when it is empty. */
export function queueTake(q: RequestQueue): BlockRequest | null {
  let before: BlockRequest | null = null;
  let r = q.first;
  while (r != null && isBefore(r, q.lastDisk, q.lastLba)) {
    before = r;
    r = r.next;
  }
  if (r == null) {
    before = null;
    r = q.first;
    if (r == null) return null;
  }
  const first = r;
  let last = r;
  let sectors = r.sectors;
  let next = last.next;
  while (next != null && continues(last, next, sectors)) {
    sectors += next.sectors;
    last = next;
    next = last.next;
  }
  if (before == null) q.first = next;
  else before.next = next;
  last.next = null;
  q.lastDisk = changetype<usize>(last.disk);
  q.lastLba = last.lba + last.sectors;
  return first;
}
