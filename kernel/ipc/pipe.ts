/**
 * The buffer of a pipe or FIFO: a ring of bytes in pages that come when they are written and go when they are read.
 *
 * - `lock` guards all fields. Bytes are copied without it, as user memory may fault and sleep; `busy` keeps others out
 *   meanwhile: pipeEnter() before the buffer is looked at, busy = 1 and the lock given up around a copy, pipeLeave() after.
 * - Positions count all bytes ever; page of a position: (position >> 12) & (pageCount - 1). When the pipe runs empty in
 *   the middle of a page both go back to the page's start, so that short messages use one page over and over.
 * - Readers sleep on `readers` while it is empty, writers on `writers` while there is no room.
 * Source: POSIX pipe(), read(), write(); Linux pipe(7).
 */
import { allocFrame, freeFrame } from '../mm/frames';
import { alloc, kfree, kmalloc } from '../mm/kmalloc';
import { physToVirt, virtToPhys } from '../mm/layout';
import { WaitQueue, sleepOnUninterruptible, wakeAll } from '../sched/wait-queue';
import { copyAny } from '../syscall/user-copy';

export const PIPE_BUF: usize = 4096;
const PAGE: usize = 4096;
const PAGE_SHIFT: u64 = 12;
/** 64 KiB, as Linux has it. */
export const PIPE_DEFAULT_PAGES: u32 = 16;

@unmanaged
export class Pipe {
  /** A spinlock. */
  lock: u32;
  /** A thread copies. */
  busy: u32;
  readPosition: u64;
  writePosition: u64;
  /** A power of two. */
  pageCount: u32;
  /** Open ends. A descriptor that is open both ways counts as both. */
  readerCount: u32;
  writerCount: u32;
  /** Open files. */
  users: u32;
  /** How often each end was opened, ever: what an opener of a FIFO waits for. */
  readerOpens: u32;
  writerOpens: u32;
  /** `pageCount` addresses, 0 where there is no page. */
  pages: usize;
  /** A page kept for the next need; 0: none. */
  spare: usize;
  /** Wait queues. */
  readers0: u64;
  readers1: u64;
  readers2: u64;
  writers0: u64;
  writers1: u64;
  writers2: u64;
  turn0: u64;
  turn1: u64;
  turn2: u64;
}

export function pipeLock(pipe: Pipe): usize {
  return changetype<usize>(pipe) + offsetof<Pipe>('lock');
}

export function pipeReaders(pipe: Pipe): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(pipe) + offsetof<Pipe>('readers0'));
}

export function pipeWriters(pipe: Pipe): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(pipe) + offsetof<Pipe>('writers0'));
}

/** Who waits for the copy to end, or for the other end of a FIFO. */
export function pipeTurn(pipe: Pipe): WaitQueue {
  return changetype<WaitQueue>(changetype<usize>(pipe) + offsetof<Pipe>('turn0'));
}

/** An empty pipe that nobody has open; null when out of memory. */
export function pipeCreate(): Pipe | null {
  const pipe = alloc<Pipe>();
  if (changetype<usize>(pipe) == 0) return null;
  pipe.pageCount = PIPE_DEFAULT_PAGES;
  pipe.pages = kmalloc(<usize>PIPE_DEFAULT_PAGES * 8);
  if (pipe.pages != 0) return pipe;
  kfree(changetype<usize>(pipe));
  return null;
}

/** Nobody has it open any more. */
export function pipeDestroy(pipe: Pipe): void {
  for (let n: u32 = 0; n < pipe.pageCount; n++) freePage(load<usize>(pipe.pages + <usize>n * 8));
  freePage(pipe.spare);
  kfree(pipe.pages);
  kfree(changetype<usize>(pipe));
}

function freePage(page: usize): void {
  if (page != 0) freeFrame(virtToPhys(page));
}

/** Waits until nobody copies. The lock is held. */
export function pipeEnter(pipe: Pipe): void {
  while (pipe.busy != 0) sleepOnUninterruptible(pipeTurn(pipe), pipeLock(pipe), 0);
}

/** After a copy; the lock is held again. */
export function pipeLeave(pipe: Pipe): void {
  pipe.busy = 0;
  if (pipeTurn(pipe).head != 0) wakeAll(pipeTurn(pipe));
}

/** Bytes to read. */
export function pipeUsed(pipe: Pipe): usize {
  return <usize>(pipe.writePosition - pipe.readPosition);
}

export function pipeCapacity(pipe: Pipe): usize {
  return (<usize>pipe.pageCount) << PAGE_SHIFT;
}

export function pipeRoom(pipe: Pipe): usize {
  return pipeCapacity(pipe) - pipeUsed(pipe);
}

function slotOf(pipe: Pipe, position: u64): usize {
  return pipe.pages + ((<usize>(position >> PAGE_SHIFT)) & (<usize>pipe.pageCount - 1)) * 8;
}

/**
 * Copies up to `count` bytes from `position` on to `to` (kernel or user memory); `count` bytes are there. Returns what
 * was copied, less when memory faults. Without the lock, busy.
 */
export function pipeCopyOut(pipe: Pipe, position: u64, to: usize, count: usize): usize {
  let done: usize = 0;
  while (done < count) {
    const within = (<usize>(position + <u64>done)) & (PAGE - 1);
    const n = min(count - done, PAGE - within);
    const left = copyAny(to + done, load<usize>(slotOf(pipe, position + <u64>done)) + within, n);
    done += n - left;
    if (left != 0) break;
  }
  return done;
}

/** As pipeCopyOut, into the buffer: also less than asked when there is no memory for pages. `count` bytes have room. */
export function pipeCopyIn(pipe: Pipe, from: usize, count: usize): usize {
  const position = pipe.writePosition;
  let done: usize = 0;
  while (done < count) {
    const within = (<usize>(position + <u64>done)) & (PAGE - 1);
    const n = min(count - done, PAGE - within);
    const page = pageForWrite(pipe, slotOf(pipe, position + <u64>done));
    if (page == 0) break;
    const left = copyAny(page + within, from + done, n);
    done += n - left;
    if (left != 0) break;
  }
  return done;
}

function pageForWrite(pipe: Pipe, slot: usize): usize {
  let page = load<usize>(slot);
  if (page != 0) return page;
  page = pipe.spare;
  pipe.spare = 0;
  if (page == 0) {
    const frame = allocFrame();
    if (frame == 0) return 0;
    page = physToVirt(frame);
  }
  store<usize>(slot, page);
  return page;
}

/** After a short pipeCopyIn: whether there is a page to go on in, so that it was not memory that ran out. */
export function pipeHasPage(pipe: Pipe): bool {
  return load<usize>(slotOf(pipe, pipe.writePosition)) != 0;
}

/** `count` bytes were read: their pages go. The lock is held. */
export function pipeConsume(pipe: Pipe, count: usize): void {
  let page = pipe.readPosition >> PAGE_SHIFT;
  pipe.readPosition += <u64>count;
  const last = pipe.readPosition >> PAGE_SHIFT;
  for (; page < last; page++) {
    // The ring may have come round: then the newest bytes lie in the front of this page.
    const wrapped = pipe.writePosition > (page + pipe.pageCount) << PAGE_SHIFT;
    if (!wrapped) dropPage(pipe, slotOf(pipe, page << PAGE_SHIFT));
  }
  if (pipe.readPosition != pipe.writePosition) return;
  pipe.readPosition = last << PAGE_SHIFT;
  pipe.writePosition = pipe.readPosition;
}

function dropPage(pipe: Pipe, slot: usize): void {
  const page = load<usize>(slot);
  store<usize>(slot, 0);
  if (pipe.spare == 0) pipe.spare = page;
  else freePage(page);
}

/** Gives the pipe room for `pageCount` pages (a power of two): false when what is in it does not fit, or no memory. */
export function pipeSetPages(pipe: Pipe, pageCount: u32, slots: usize): bool {
  const first = pipe.readPosition >> PAGE_SHIFT;
  const end = (pipe.writePosition + <u64>PAGE - 1) >> PAGE_SHIFT;
  if (end - first > <u64>pageCount || end - first > <u64>pipe.pageCount) return false;
  for (let page = first; page < end; page++) {
    store<usize>(
      slots + ((<usize>page) & (<usize>pageCount - 1)) * 8,
      load<usize>(slotOf(pipe, page << PAGE_SHIFT)),
    );
    store<usize>(slotOf(pipe, page << PAGE_SHIFT), 0);
  }
  for (let n: u32 = 0; n < pipe.pageCount; n++) freePage(load<usize>(pipe.pages + <usize>n * 8));
  kfree(pipe.pages);
  pipe.pages = slots;
  pipe.pageCount = pageCount;
  return true;
}
