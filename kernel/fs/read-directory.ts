/**
 * Reading a directory: "." and ".." come from here, for every file system alike; the rest from the file system, whose
 * positions begin at FIRST_POSITION.
 */
import { EINVAL, ENOMEM } from '../lib/errno';
import { kfree, kmalloc } from '../mm/kmalloc';
import { parentNumber } from './mount';
import { DIRENT_SCRATCH_BYTES, DirentSink, direntEmit } from './dirent';
import { File } from './file';
import { direntType } from './stat';

export const FIRST_POSITION: u64 = 2;
const DOTS = memory.data<u8>([0x2e, 0x2e]);

function read(file: File, sink: DirentSink): i64 {
  const type = direntType(file.inode.mode);
  if (file.offset == 0 && direntEmit(sink, file.inode.number, 1, type, DOTS, 1)) file.offset = 1;
  if (file.offset == 1) {
    if (direntEmit(sink, parentNumber(file.mount, file.dentry), FIRST_POSITION, type, DOTS, 2))
      file.offset = FIRST_POSITION;
  }
  let error = 0;
  if (!sink.full) error = call_indirect<i32>(file.ops.readDirectory, file, sink);
  if (sink.used != 0) return <i64>sink.used;
  if (error != 0) return error;
  return sink.full ? -EINVAL : 0;
}

/** The caller holds the file's position. Bytes written, 0 at the end, or a negative errno. */
export function readDirectory(file: File, buffer: usize, size: usize): i64 {
  const memory = kmalloc(offsetof<DirentSink>() + DIRENT_SCRATCH_BYTES);
  if (memory == 0) return -ENOMEM;
  const sink = changetype<DirentSink>(memory);
  sink.scratch = memory + offsetof<DirentSink>();
  sink.buffer = buffer;
  sink.size = size;
  const n = read(file, sink);
  kfree(memory);
  return n;
}
