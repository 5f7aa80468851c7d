/**
 * Messages in the order in which a POSIX message queue gives them out: higher priority first, older first among equals.
 * A binary heap of pointers; `at` has room for as many as the queue may hold. Pure: the caller locks.
 */
@unmanaged
export class Message {
  priority: u32;
  length: u32;
  /** Rises with every message of the queue. */
  sequence: u64;
}

/** Its bytes. */
export function messageData(message: Message): usize {
  return changetype<usize>(message) + offsetof<Message>();
}

function before(a: Message, b: Message): bool {
  return a.priority != b.priority ? a.priority > b.priority : a.sequence < b.sequence;
}

function get(at: usize, n: u32): Message {
  return changetype<Message>(load<usize>(at + <usize>n * 8));
}

function set(at: usize, n: u32, message: Message): void {
  store<usize>(at + <usize>n * 8, changetype<usize>(message));
}

/** Adds to a heap of `count`. */
export function heapPush(at: usize, count: u32, message: Message): void {
  let n = count;
  while (n != 0) {
    const parent = (n - 1) >> 1;
    if (!before(message, get(at, parent))) break;
    set(at, n, get(at, parent));
    n = parent;
  }
  set(at, n, message);
}

/** Takes the first of a heap of `count`, which is not 0. */
export function heapPop(at: usize, count: u32): Message {
  const first = get(at, 0);
  const last = get(at, count - 1);
  const left = count - 1;
  let n: u32 = 0;
  while (true) {
    let child: u32 = 2 * n + 1;
    if (child >= left) break;
    if (child + 1 < left && before(get(at, child + 1), get(at, child))) child++;
    if (before(last, get(at, child))) break;
    set(at, n, get(at, child));
    n = child;
  }
  if (left != 0) set(at, n, last);
  return first;
}
