/**
 * /dev/kmsg: what is written becomes lines of the kernel's log; what is read is the log. A line may begin with its level
 * as `<N>`, as Linux has it.
 */
import { kmsgWrite } from '../../lib/kmsg';
import { logCopy } from '../../lib/log';
import { File, FileOps, FileTransfer } from '../file';
import { S_IFCHR, makeDevice } from '../stat';
import { devfsRegister } from './devfs';

const MEMORY_MAJOR: u32 = 1;
const KMSG_MINOR: u32 = 11;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

function write(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  return kmsgWrite(buffer, count);
}

function read(_file: File, buffer: usize, count: usize, offset: u64): i64 {
  return <i64>logCopy(buffer, offset, count);
}

export function kmsgInit(): void {
  const readFunction: FileTransfer = read;
  ops.read = readFunction.index;
  const writeFunction: FileTransfer = write;
  ops.write = writeFunction.index;
  ops.seekable = true;
  devfsRegister('kmsg', S_IFCHR | 0o600, makeDevice(MEMORY_MAJOR, KMSG_MINOR), ops, 0, 0);
}
