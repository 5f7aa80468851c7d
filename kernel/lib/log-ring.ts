/**
 * The kernel's log: a ring of bytes that remembers the last 64 KiB. Positions count all bytes ever written, so a
 * reader knows when the ring has overtaken it. Callers hold the log lock (log.ts).
 *
 * Each line is `<L>[sssss.uuuuuu] subsystem: text\n`, L being the level, as in Linux's /dev/kmsg of old.
 */
import { logRing } from '../arch/x86_64/image';

export const LOG_RING_SIZE: u64 = 65536;
const MASK: u64 = LOG_RING_SIZE - 1;

let end: u64 = 0;

export function ringEnd(): u64 {
  return end;
}

export function ringStart(): u64 {
  return end > LOG_RING_SIZE ? end - LOG_RING_SIZE : 0;
}

export function ringPut(byte: u8): void {
  store<u8>(logRing() + <usize>(end & MASK), byte);
  end++;
}

/** `position` must be in [ringStart, ringEnd). */
export function ringAt(position: u64): u8 {
  return load<u8>(logRing() + <usize>(position & MASK));
}
