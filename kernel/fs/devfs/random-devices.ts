/**
 * /dev/random and /dev/urandom (Linux random(4)): both give the same bytes and never wait; what is written is mixed into
 * the pool.
 */
import { EFAULT, ENOMEM } from '../../lib/errno';
import { randomBytes, randomMix } from '../../lib/random';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { copyAny } from '../../syscall/user-copy';
import { File, FileOps, FileTransfer } from '../file';
import { S_IFCHR, makeDevice } from '../stat';
import { devfsRegister } from './register';

const MEMORY_MAJOR: u32 = 1;
const RANDOM_MINOR: u32 = 8;
const URANDOM_MINOR: u32 = 9;
const MODE: u32 = S_IFCHR | 0o666;
/** Bytes made at a time. */
const PIECE: usize = 256;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** `buffer` is user or kernel memory, as in write. */
function read(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  const piece = kmalloc(PIECE);
  if (piece == 0) return -ENOMEM;
  let done: usize = 0;
  let missed: usize = 0;
  while (done < count && missed == 0) {
    const n = min(count - done, PIECE);
    randomBytes(piece, n);
    missed = copyAny(buffer + done, piece, n);
    done += n - missed;
  }
  memory.fill(piece, 0, PIECE);
  kfree(piece);
  return done == 0 && missed != 0 ? -EFAULT : <i64>done;
}

function write(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  const piece = kmalloc(PIECE);
  if (piece == 0) return -ENOMEM;
  let done: usize = 0;
  let missed: usize = 0;
  while (done < count && missed == 0) {
    const n = min(count - done, PIECE);
    missed = copyAny(piece, buffer + done, n);
    for (let at: usize = 0; at < n - missed; at += 8) randomMix(load<u64>(piece + at));
    done += n - missed;
  }
  kfree(piece);
  return done == 0 && missed != 0 ? -EFAULT : <i64>done;
}

export function randomDevicesInit(): void {
  const readFunction: FileTransfer = read;
  ops.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  ops.write = writeFunction.index;
  ops.anyMemory = true;
  devfsRegister('random', MODE, makeDevice(MEMORY_MAJOR, RANDOM_MINOR), ops, 0, 0);
  devfsRegister('urandom', MODE, makeDevice(MEMORY_MAJOR, URANDOM_MINOR), ops, 0, 0);
}
