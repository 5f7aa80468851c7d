/** /dev/null, /dev/zero and /dev/full, with Linux's numbers (major 1). */
import { ENOSPC } from '../../lib/errno';
import { File, FileOps } from '../file';
import { S_IFCHR, makeDevice } from '../stat';
import { devfsRegister } from './devfs';

const MEMORY_MAJOR: u32 = 1;
const NULL_MINOR: u32 = 3;
const ZERO_MINOR: u32 = 5;
const FULL_MINOR: u32 = 7;
const MODE: u32 = S_IFCHR | 0o666;

const nullOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const zeroOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));
const fullOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function readNothing(_file: File, _buffer: usize, _count: usize, _offset: u64): i64 {
  return 0;
}

function readZeros(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  memory.fill(buffer, 0, count);
  return <i64>count;
}

function writeAway(_file: File, _buffer: usize, count: usize, _offset: u64): i64 {
  return <i64>count;
}

function writeNever(_file: File, _buffer: usize, _count: usize, _offset: u64): i64 {
  return -ENOSPC;
}

type Transfer = (file: File, buffer: usize, count: usize, offset: u64) => i64;

function setOps(ops: FileOps, read: Transfer, write: Transfer): void {
  ops.read = read.index;
  ops.write = write.index;
}

export function memoryDevicesInit(): void {
  setOps(nullOps, readNothing, writeAway);
  setOps(zeroOps, readZeros, writeAway);
  setOps(fullOps, readZeros, writeNever);
  devfsRegister('null', MODE, makeDevice(MEMORY_MAJOR, NULL_MINOR), nullOps, 0, 0);
  devfsRegister('zero', MODE, makeDevice(MEMORY_MAJOR, ZERO_MINOR), zeroOps, 0, 0);
  devfsRegister('full', MODE, makeDevice(MEMORY_MAJOR, FULL_MINOR), fullOps, 0, 0);
}
