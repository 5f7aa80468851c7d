// A line from a descriptor, byte by byte.

import { Buffer } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { read } from '../lib/file';

/** Leaves the line with its newline in `to`; false at the end. */
export function readRawLine(fd: i32, to: Buffer): bool {
  const byte = memory.data(1);
  to.clear();
  while (true) {
    const got = read(fd, byte, 1);
    if (got == -Errno.INTR) continue;
    if (got <= 0) return to.length > 0;
    to.byte(load<u8>(byte));
    if (load<u8>(byte) == 0x0a) return true;
  }
  return false;
}
