/**
 * pipe(2) and pipe2(2) (POSIX pipe).
 */
import { anonymousFile, anonymousSibling } from '../../fs/anonymous';
import { fdClose, fdInstall } from '../../fs/fd-table';
import { File, fileRelease } from '../../fs/file';
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_WRONLY } from '../../fs/open-flags';
import { S_IFIFO } from '../../fs/stat';
import { pipeCreate, pipeDestroy } from '../../ipc/pipe';
import { pipeAttach, pipeOps } from '../../ipc/pipe-file';
import { EINVAL, ENFILE, ENOMEM } from '../../lib/errno';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { currentProcess } from '../../proc/process';
import { SyscallArgs } from '../arguments';
import { copyToUser } from '../user-copy';

const MODE: u32 = S_IFIFO | 0o600;

export function sysPipe(a: SyscallArgs): i64 {
  return makePipe(a.a0, 0);
}

export function sysPipe2(a: SyscallArgs): i64 {
  if ((a.a1 & ~(<u64>(O_CLOEXEC | O_NONBLOCK))) != 0) return -EINVAL;
  return makePipe(a.a0, <u32>a.a1);
}

function makePipe(ends: u64, flags: u32): i64 {
  const numbers = kmalloc(8);
  if (numbers == 0) return -ENOMEM;
  const pipe = pipeCreate();
  if (pipe == null) {
    kfree(numbers);
    return -ENOMEM;
  }
  const status = flags & O_NONBLOCK;
  const reader = anonymousFile(MODE, pipeOps, O_RDONLY | status, 0);
  if (reader == null) {
    pipeDestroy(pipe);
    kfree(numbers);
    return -ENFILE;
  }
  // Nobody else knows the pipe yet: no lock.
  pipeAttach(pipe, reader);
  const writer = anonymousSibling(reader, O_WRONLY | status, 0);
  if (writer == null) {
    fileRelease(reader);
    kfree(numbers);
    return -ENFILE;
  }
  pipeAttach(pipe, writer);
  const result = install(reader, writer, (flags & O_CLOEXEC) != 0, numbers, ends);
  kfree(numbers);
  return result;
}

/** Takes over both references. */
function install(reader: File, writer: File, cloexec: bool, numbers: usize, ends: u64): i64 {
  const files = currentProcess().files;
  const from = fdInstall(files, reader, 0, cloexec);
  if (from < 0) {
    fileRelease(reader);
    fileRelease(writer);
    return from;
  }
  const to = fdInstall(files, writer, 0, cloexec);
  if (to < 0) {
    fdClose(files, from);
    fileRelease(writer);
    return to;
  }
  store<i32>(numbers, from);
  store<i32>(numbers, to, 4);
  const error = copyToUser(ends, numbers, 8);
  if (error == 0) return 0;
  fdClose(files, from);
  fdClose(files, to);
  return error;
}
