/**
 * The scattered buffers of a message (struct iovec), walked from front to back. Addresses are user or kernel memory whose
 * range was checked.
 */
import { copyAny } from '../syscall/user-copy';

@unmanaged
export class Pieces {
  /** Pairs of address and length. */
  vectors: usize;
  count: u32;
  /** Where the walk is. */
  index: u32;
  offset: usize;
  /** Bytes in all of them. */
  total: usize;
}

/**
 * Copies up to `count` bytes between the pieces and kernel memory at `buffer`; bytes moved: fewer where the pieces end or
 * memory faults.
 */
export function piecesCopy(p: Pieces, buffer: usize, count: usize, fromPieces: bool): usize {
  let done: usize = 0;
  while (done < count && p.index < p.count) {
    const vector = p.vectors + <usize>p.index * 16;
    const length = load<usize>(vector, 8);
    const n = min(length - p.offset, count - done);
    const at = load<usize>(vector) + p.offset;
    const left = fromPieces ? copyAny(buffer + done, at, n) : copyAny(at, buffer + done, n);
    done += n - left;
    p.offset += n - left;
    if (left != 0) break;
    if (p.offset == length) {
      p.index++;
      p.offset = 0;
    }
  }
  return done;
}
