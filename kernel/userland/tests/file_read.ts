// Reading a file: its whole contents, offsets, the end, and what cannot be opened. The file is this program itself.

import { argument } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { close, lseek, open, Open, read, readAt, readFully, Seek } from '../lib/file';
import { literal } from '../lib/literal';
import { free, malloc } from '../lib/malloc';
import { fstat, Stat } from '../lib/stat';
import { check, checkEqual, checkError, finish } from '../lib/test';

const small = memory.data(16);

/** The same bytes, whatever the size of the pieces. */
function sumBy(fd: i32, piece: usize, total: i64): u64 {
  const buffer = malloc(piece);
  let sum: u64 = 0;
  let done: i64 = 0;
  checkEqual(lseek(fd, 0, Seek.set), 0, 'back to the begin');
  while (true) {
    const got = read(fd, buffer, piece);
    check(got >= 0, 'read failed');
    if (got <= 0) break;
    done += got;
    for (let i: usize = 0; i < <usize>got; i++) sum = sum * 31 + load<u8>(buffer + i);
  }
  checkEqual(done, total, 'bytes until the end');
  free(buffer);
  return sum;
}

export function main(): i32 {
  const path = argument(0);
  const fd = open(path, Open.readOnly);
  check(fd >= 0, 'this program cannot be opened');
  const stat = changetype<Stat>(memory.data(144, 8));
  checkEqual(fstat(fd, stat), 0, 'fstat');
  check(stat.size > 4096, 'its size');
  checkEqual(read(fd, small, 4), 4, 'read');
  checkEqual(load<u32>(small), 0x464c457f, 'it begins with the ELF magic');
  const whole = sumBy(fd, 1 << 20, stat.size);
  check(sumBy(fd, 4096, stat.size) == whole, 'pieces of 4096 bytes differ');
  check(sumBy(fd, 513, stat.size) == whole, 'pieces of 513 bytes differ');
  checkEqual(read(fd, small, 16), 0, 'read at the end');
  checkEqual(lseek(fd, 0, Seek.end), stat.size, 'SEEK_END');
  checkEqual(lseek(fd, -4, Seek.end), stat.size - 4, 'SEEK_END - 4');
  checkEqual(readFully(fd, small, 16), 4, 'the last four bytes');
  checkEqual(lseek(fd, 1000, Seek.set), 1000, 'SEEK_SET');
  checkEqual(lseek(fd, -10, Seek.current), 990, 'SEEK_CUR');
  checkError(lseek(fd, -1, Seek.set), Errno.INVAL, 'an offset below 0');
  checkError(lseek(fd, 0, 9), Errno.INVAL, 'an unknown whence');
  checkEqual(lseek(fd, stat.size + 5000, Seek.set), stat.size + 5000, 'an offset beyond the end');
  checkEqual(read(fd, small, 16), 0, 'read beyond the end');
  checkEqual(readAt(fd, small, 4, 0), 4, 'pread64');
  checkEqual(load<u32>(small), 0x464c457f, 'what pread64 read');
  checkEqual(lseek(fd, 0, Seek.current), stat.size + 5000, 'pread64 leaves the offset');
  checkError(readAt(fd, small, 4, -1), Errno.INVAL, 'pread64 below 0');
  checkEqual(read(fd, small, 0), 0, 'reading nothing');
  checkEqual(close(fd), 0, 'close');
  checkError(open(literal('/no/such/file'), Open.readOnly), Errno.NOENT, 'a file that is not there');
  checkError(open(literal('/bin/true/x'), Open.readOnly), Errno.NOTDIR, 'a path through a file');
  checkError(open(literal(''), Open.readOnly), Errno.NOENT, 'an empty path');
  checkError(open(literal('/bin'), Open.writeOnly), Errno.ISDIR, 'a directory for writing');
  const directory = open(literal('/bin'), Open.readOnly);
  checkError(read(directory, small, 16), Errno.ISDIR, 'reading a directory');
  close(directory);
  return finish('file_read', 'POSIX read(), lseek(); FAT32 cluster chains in any piece size');
}
