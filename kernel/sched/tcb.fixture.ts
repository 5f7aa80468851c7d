/** For run-queue.test.ts: what a run queue knows of a thread. */
@unmanaged
export class Thread {
  id: i32;
  priority: u32;
  next: usize;
  previous: usize;
  vruntime: u64;
  heapPlace: u32;
  queued: u32;
}
