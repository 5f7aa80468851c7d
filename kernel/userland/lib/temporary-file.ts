// Temporary files without a name: gone when they are closed, however the process ends. Source: POSIX tmpfile().

import { joinPath } from './path';
import { getEnvironment } from './environment';
import { Errno } from './errno';
import { open, Open } from './file';
import { literal } from './literal';
import { free, malloc, mustAllocate } from './malloc';
import { snprintf } from './printf';
import { Sys, syscall } from './syscall';

const ATTEMPTS = 100;

/** A descriptor for reading and writing, in `directory` (0: $TMPDIR, else /tmp); negative errno. */
export function temporaryFile(directory: usize): i32 {
  if (!directory) directory = getEnvironment(literal('TMPDIR'));
  if (!directory || !load<u8>(directory)) directory = literal('/tmp');
  const name = mustAllocate(malloc(32));
  const random = memory.data(8, 8);
  let fd: i32 = -Errno.EXIST;
  for (let i = 0; i < ATTEMPTS && fd == -Errno.EXIST; i++) {
    syscall(Sys.getrandom, random, 8, 0);
    snprintf(name, 32, 'tmp.%016x', load<u64>(random));
    const path = mustAllocate(joinPath(directory, name));
    fd = open(path, Open.readWrite | Open.create | Open.exclusive | Open.closeOnExec, 0o600);
    if (fd >= 0) syscall(Sys.unlink, path);
    free(path);
  }
  free(name);
  return fd;
}
