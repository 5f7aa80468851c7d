/**
 * /dev/kmsg: what is written becomes lines of the kernel's log; what is read is the log. A line may begin with its level
 * as `<N>`, as Linux has it.
 */
import { LOG_INFO, logBegin, logBytes, logCopy, logEnd } from '../../lib/log';
import { File, FileOps } from '../file';
import { S_IFCHR, makeDevice } from '../stat';
import { devfsRegister } from './devfs';

const MEMORY_MAJOR: u32 = 1;
const KMSG_MINOR: u32 = 11;
/** Longer lines are cut. */
const MAX_LINE: usize = 200;

const ops = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

/** Length of the `<N>` at the start of the line, and its level in `level`. */
let level: u32 = LOG_INFO;
function levelPrefix(line: usize, length: usize): usize {
  level = LOG_INFO;
  if (length < 3 || load<u8>(line) != 0x3c || load<u8>(line, 2) != 0x3e) return 0;
  const digit = load<u8>(line, 1);
  if (digit < 0x30 || digit > 0x37) return 0;
  level = digit - 0x30;
  return 3;
}

function writeLine(line: usize, length: usize): void {
  const prefix = levelPrefix(line, length);
  if (length == prefix) return;
  logBegin(level, 'user');
  logBytes(line + prefix, min(length - prefix, MAX_LINE));
  logEnd();
}

function write(_file: File, buffer: usize, count: usize, _offset: u64): i64 {
  let start: usize = 0;
  for (let i: usize = 0; i <= count; i++) {
    if (i < count && load<u8>(buffer + i) != 0x0a) continue;
    if (i > start) writeLine(buffer + start, i - start);
    start = i + 1;
  }
  return <i64>count;
}

function read(_file: File, buffer: usize, count: usize, offset: u64): i64 {
  return <i64>logCopy(buffer, offset, count);
}

export function kmsgInit(): void {
  const readFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = read;
  ops.read = readFunction.index;
  const writeFunction: (file: File, buffer: usize, count: usize, offset: u64) => i64 = write;
  ops.write = writeFunction.index;
  ops.seekable = true;
  devfsRegister('kmsg', S_IFCHR | 0o600, makeDevice(MEMORY_MAJOR, KMSG_MINOR), ops, 0, 0);
}
