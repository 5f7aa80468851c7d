/**
 * A bounded queue of bytes between one producer and one consumer, typically an interrupt handler and a kernel
 * task, without a lock.
 *
 * - One context pushes, one context pops; each writes only its own index.
 * - The capacity is a power of two. Indices run freely and wrap at 2^32, so that full and empty differ.
 * - On x86 stores are seen in program order; the atomic index makes the compiler keep that order too.
 */
@unmanaged
export class ByteQueue {
  data: usize;
  mask: u32;
  /** Total bytes ever pushed (producer). */
  head: u32;
  /** Total bytes ever popped (consumer). */
  tail: u32;
}

/** `storage` holds `capacity` bytes, a power of two. */
export function byteQueueInit(q: ByteQueue, storage: usize, capacity: u32): void {
  assert(capacity != 0 && (capacity & (capacity - 1)) == 0, 'byte queue capacity is a power of two');
  q.data = storage;
  q.mask = capacity - 1;
  q.head = 0;
  q.tail = 0;
}

function headOf(q: ByteQueue): u32 {
  return atomic.load<u32>(changetype<usize>(q) + offsetof<ByteQueue>('head'));
}

function tailOf(q: ByteQueue): u32 {
  return atomic.load<u32>(changetype<usize>(q) + offsetof<ByteQueue>('tail'));
}

export function byteQueueLength(q: ByteQueue): u32 {
  return headOf(q) - tailOf(q);
}

export function byteQueueRoom(q: ByteQueue): u32 {
  return q.mask + 1 - byteQueueLength(q);
}

/** False when the queue is full; the byte is not stored then. */
export function byteQueuePush(q: ByteQueue, byte: u8): bool {
  const head = q.head;
  if (head - tailOf(q) > q.mask) return false;
  store<u8>(q.data + (head & q.mask), byte);
  atomic.store<u32>(changetype<usize>(q) + offsetof<ByteQueue>('head'), head + 1);
  return true;
}

/** The next byte, or -1 when the queue is empty. */
export function byteQueuePop(q: ByteQueue): i32 {
  const tail = q.tail;
  if (headOf(q) == tail) return -1;
  const byte = load<u8>(q.data + (tail & q.mask));
  atomic.store<u32>(changetype<usize>(q) + offsetof<ByteQueue>('tail'), tail + 1);
  return byte;
}
