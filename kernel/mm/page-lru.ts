/**
 * The order of use of pages that can be given up: a clock with second chances (FreeBSD's and Linux's older page-out do
 * the same). Pages are linked by frame number through their records. The cache lock is held by all callers.
 */
import { frameRecord } from './buddy';
import { PAGE_SHIFT } from './layout';
import { PG_LRU, recordOf } from './mapping';

let newest: u32 = 0;
let oldest: u32 = 0;
let length: u64 = 0;

export function lruLength(): u64 {
  return length;
}

/** The page that was used the longest time ago; 0 when there is none. */
export function lruOldest(): u64 {
  return (<u64>oldest) << PAGE_SHIFT;
}

export function lruAdd(page: u64): void {
  const frame = <u32>(page >> PAGE_SHIFT);
  const record = frameRecord(frame);
  record.flags |= PG_LRU;
  record.next = newest;
  record.previous = 0;
  if (newest != 0) frameRecord(newest).previous = frame;
  else oldest = frame;
  newest = frame;
  length++;
}

export function lruRemove(page: u64): void {
  const record = recordOf(page);
  if ((record.flags & PG_LRU) == 0) return;
  record.flags &= ~PG_LRU;
  if (record.previous != 0) frameRecord(record.previous).next = record.next;
  else newest = record.next;
  if (record.next != 0) frameRecord(record.next).previous = record.previous;
  else oldest = record.previous;
  record.next = 0;
  record.previous = 0;
  length--;
}

/** Another turn for a page. */
export function lruRotate(page: u64): void {
  lruRemove(page);
  lruAdd(page);
}
