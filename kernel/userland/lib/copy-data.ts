// Copying the contents of one open file into another.
//
// Rules: both descriptors are at their beginnings and stay the caller's. Holes stay holes. 0 or negative errno;
// copyFailedWriting() says at which end. Source: Linux copy_file_range(2); lseek(2) SEEK_DATA, SEEK_HOLE.

import { Errno } from './errno';
import { lseek, read, Seek, writeFully } from './file';
import { malloc, mustAllocate } from './malloc';
import { FileType, fstat, Stat } from './stat';
import { Sys, syscall } from './syscall';

const SEEK_DATA: u32 = 3;
const SEEK_HOLE: u32 = 4;
const BUFFER: usize = 131072;
const RANGE: u64 = 1 << 24;

let buffer: usize = 0;
let writing = false;
let kernelCopies = true;

/** Whether the last error came from the file that is written. */
export function copyFailedWriting(): bool {
  return writing;
}

export function copyData(from: i32, to: i32): i64 {
  const found = changetype<Stat>(memory.data(144, 8));
  writing = false;
  let error: i64 = fstat(from, found);
  if (error < 0) return error;
  const regular = (found.mode & FileType.mask) == FileType.regular && found.size > 0;
  // Fewer blocks than the size needs: there are holes.
  if (regular && found.blocks * 512 < found.size) return copySparse(from, to, found.size);
  if (regular && kernelCopies) {
    let got: i64;
    do got = syscall(Sys.copy_file_range, from, 0, to, 0, RANGE, 0);
    while (got > 0 || got == -Errno.INTR);
    if (got < 0) kernelCopies = false;
    writing = got == -Errno.NOSPC || got == -Errno.FBIG;
    if (writing) return got;
  }
  // The rest, if any: other kinds of files, files that have grown, kernels and file systems without that call.
  do error = copySome(from, to, BUFFER);
  while (error > 0);
  return error;
}

/** Bytes copied, at most `most`; 0 at the end. */
function copySome(from: i32, to: i32, most: usize): i64 {
  if (!buffer) buffer = mustAllocate(malloc(BUFFER));
  let got: i64;
  do got = read(from, buffer, min<usize>(most, BUFFER));
  while (got == -Errno.INTR);
  writing = false;
  if (got <= 0) return got;
  const error = writeFully(to, buffer, <usize>got);
  writing = error < 0;
  return error < 0 ? error : got;
}

function copySparse(from: i32, to: i32, size: i64): i64 {
  let at = lseek(from, 0, SEEK_DATA);
  if (at < 0 && at != -Errno.NXIO) {
    lseek(from, 0, Seek.set);
    let error: i64;
    do error = copySome(from, to, BUFFER);
    while (error > 0);
    return error;
  }
  while (at >= 0) {
    const hole = lseek(from, at, SEEK_HOLE);
    const end = hole < 0 ? size : hole;
    lseek(from, at, Seek.set);
    lseek(to, at, Seek.set);
    while (at < end) {
      const done = copySome(from, to, <usize>min<i64>(end - at, BUFFER));
      if (done < 0) return done;
      if (!done) break;
      at += done;
    }
    at = lseek(from, end, SEEK_DATA);
  }
  writing = true;
  return syscall(Sys.ftruncate, to, size);
}
