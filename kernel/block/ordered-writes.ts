/**
 * Two classes of writes for file systems without a journal: what is held here (names) goes to the medium only after
 * everything else that was dirty, so that a name never leads to something that is not there.
 *
 * - orderedHold marks a changed piece of a pinned buffer; orderedSync writes the rest, a flush, the held pieces, a flush.
 * - The mutex guards the list and is not held over I/O; syncs go one at a time.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { kfree, kmalloc } from '../mm/kmalloc';
import { Mutex, mutexLock, mutexUnlock } from '../sched/mutex';
import { BlockDevice, blockFlush } from './block';
import { Buffer, sectorBits } from './buffer';
import { bufferDirty, bufferHold, bufferPin, bufferPut, bufferRelease } from './buffer-cache';
import { bufferWriteBack } from './write-back';

const MAX_HELD: u32 = 512;
const ENTRY_BYTES: usize = 24;

@unmanaged
export class OrderedWrites {
  device: BlockDevice;
  syncMutex: Mutex;
  entries: usize;
  count: u32;
  lock: u32;
}

/** null when out of memory. */
export function orderedCreate(device: BlockDevice): OrderedWrites | null {
  const at = kmalloc(offsetof<OrderedWrites>() + 8 + offsetof<Mutex>());
  const entries = kmalloc(<usize>MAX_HELD * ENTRY_BYTES);
  if (at == 0 || entries == 0) {
    kfree(at);
    kfree(entries);
    return null;
  }
  const o = changetype<OrderedWrites>(at);
  o.device = device;
  o.syncMutex = changetype<Mutex>((at + offsetof<OrderedWrites>() + 7) & ~7);
  o.entries = entries;
  return o;
}

/** Everything has been written before. */
export function orderedFree(o: OrderedWrites): void {
  kfree(o.entries);
  kfree(changetype<usize>(o));
}

function lockOf(o: OrderedWrites): usize {
  return changetype<usize>(o) + offsetof<OrderedWrites>('lock');
}

/** The list is nearly full: the caller had better sync before its next change. */
export function orderedIsTight(o: OrderedWrites): bool {
  return o.count + 64 > MAX_HELD;
}

export function orderedIsEmpty(o: OrderedWrites): bool {
  return o.count == 0;
}

/** [offset, offset + bytes) of the pinned buffer was changed, and is to be written last. */
export function orderedHold(o: OrderedWrites, buffer: usize, offset: u64, bytes: u32): void {
  const bits = sectorBits(offset, bytes);
  if ((changetype<Buffer>(buffer).held & bits) == bits) return;
  if (o.count == MAX_HELD) {
    bufferDirty(buffer, offset, bytes);
    return;
  }
  bufferHold(buffer, offset, bytes);
  bufferPin(buffer);
  const flags = lockIrqSave(lockOf(o));
  const entry = o.entries + <usize>o.count * ENTRY_BYTES;
  store<usize>(entry, buffer);
  store<u64>(entry, offset, 8);
  store<u32>(entry, bytes, 16);
  o.count++;
  unlockIrqRestore(lockOf(o), flags);
}

/** The piece at `offset` is free: it is not written any more. The caller forgets its buffer. */
export function orderedForget(o: OrderedWrites, offset: u64, bytes: u32): void {
  const flags = lockIrqSave(lockOf(o));
  let n: u32 = 0;
  while (n < o.count) {
    const entry = o.entries + <usize>n * ENTRY_BYTES;
    const at = load<u64>(entry, 8);
    if (at < offset || at >= offset + bytes) {
      n++;
      continue;
    }
    const buffer = load<usize>(entry);
    bufferRelease(buffer, at, load<u32>(entry, 16));
    bufferPut(buffer);
    o.count--;
    memory.copy(entry, o.entries + <usize>o.count * ENTRY_BYTES, ENTRY_BYTES);
  }
  unlockIrqRestore(lockOf(o), flags);
}

function releaseAll(o: OrderedWrites): void {
  const flags = lockIrqSave(lockOf(o));
  for (let n: u32 = 0; n < o.count; n++) {
    const entry = o.entries + <usize>n * ENTRY_BYTES;
    const buffer = load<usize>(entry);
    bufferRelease(buffer, load<u64>(entry, 8), load<u32>(entry, 16));
    bufferPut(buffer);
  }
  o.count = 0;
  unlockIrqRestore(lockOf(o), flags);
}

/** Everything changed before the call is on the medium, names last. 0 or the first error. */
export function orderedSync(o: OrderedWrites): i32 {
  mutexLock(o.syncMutex);
  let error = bufferWriteBack(o.device);
  if (error == 0) error = blockFlush(o.device);
  if (error == 0 && o.count != 0) {
    releaseAll(o);
    error = bufferWriteBack(o.device);
    if (error == 0) error = blockFlush(o.device);
  }
  mutexUnlock(o.syncMutex);
  return error;
}
