/**
 * /dev/null, /dev/zero and /dev/full, with Linux's numbers (major 1). Mapping /dev/zero gives memory of zeroes (zero(4)):
 * private, or shared with the children like an anonymous mapping.
 */
import { EFAULT, ENOSPC, isErrno } from '../../lib/errno';
import { VMA_NO_RESERVE, VMA_SHARED, Vma } from '../../mm/vma';
import { copyAny } from '../../syscall/user-copy';
import { File, FileMmap, FileOps, fileRelease } from '../file';
import { S_IFCHR, makeDevice } from '../stat';
import { sharedMemoryFile } from '../tmpfs/shared-memory';
import { devfsRegister } from './devfs';

const MEMORY_MAJOR: u32 = 1;
const NULL_MINOR: u32 = 3;
const ZERO_MINOR: u32 = 5;
const FULL_MINOR: u32 = 7;
const MODE: u32 = S_IFCHR | 0o666;

/** What /dev/zero copies from. */
const zeroes = memory.data(4096, 8);
const ZERO_BYTES: usize = 4096;

const nullOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const zeroOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const fullOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function readNothing(_file: File, _buffer: usize, _count: usize, _offset: u64): i64 {
  return 0;
}

/** `buffer` is user or kernel memory. */
function readZeros(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  let done: usize = 0;
  while (done < count) {
    const n = min(count - done, ZERO_BYTES);
    const missed = copyAny(buffer + done, zeroes, n);
    done += n - missed;
    if (missed != 0) return done != 0 ? <i64>done : -EFAULT;
  }
  return <i64>done;
}

/** The area holds a reference to the device's file, which it no longer needs. */
function mapZeros(file: File, area: Vma): i32 {
  let memory: i64 = 0;
  if ((area.flags & VMA_SHARED) != 0) {
    memory = sharedMemoryFile('dev/zero', area.end, (area.flags & VMA_NO_RESERVE) == 0);
    if (isErrno(memory)) return <i32>memory;
  }
  area.file = <usize>memory;
  area.offset = 0;
  fileRelease(file);
  return 0;
}

function writeAway(_file: File, _buffer: usize, count: usize, _offset: u64): i64 {
  return <i64>count;
}

function writeNever(_file: File, _buffer: usize, _count: usize, _offset: u64): i64 {
  return -ENOSPC;
}

type Transfer = (file: File, buffer: usize, count: usize, offset: u64) => i64;

function setOps(ops: FileOps, read: Transfer, write: Transfer): void {
  ops.anyMemory = true;
  ops.read = read.index;
  ops.write = write.index;
}

export function memoryDevicesInit(): void {
  setOps(nullOps, readNothing, writeAway);
  setOps(zeroOps, readZeros, writeAway);
  const mmap: FileMmap = mapZeros;
  zeroOps.mmap = mmap.index;
  setOps(fullOps, readZeros, writeNever);
  devfsRegister('null', MODE, makeDevice(MEMORY_MAJOR, NULL_MINOR), nullOps, 0, 0);
  devfsRegister('zero', MODE, makeDevice(MEMORY_MAJOR, ZERO_MINOR), zeroOps, 0, 0);
  devfsRegister('full', MODE, makeDevice(MEMORY_MAJOR, FULL_MINOR), fullOps, 0, 0);
}
