/** For tests that hand a disk in memory to a checker of the host. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const PIECE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** Writes a file with holes where `bytes` are zero: an empty volume of a gibibyte costs the host's disk next to nothing. */
export function writeSparse(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'w');
  try {
    ftruncateSync(descriptor, bytes.length);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      if (ZEROS.compare(piece, 0, piece.length, 0, piece.length) !== 0)
        writeSync(descriptor, piece, 0, piece.length, at);
    }
  } finally {
    closeSync(descriptor);
  }
}
