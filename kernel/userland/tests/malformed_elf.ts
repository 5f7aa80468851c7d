// Every malformed program of /tests/data is refused with ENOEXEC, and the caller goes on. `well-formed` is the one that
// the others were made from: it runs.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { closeDirectory, nextEntry, openDirectory } from '../lib/directory';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { joinPath } from '../lib/path';
import { printf } from '../lib/printf';
import { execve, fork } from '../lib/process';
import { check, checkEqual, finish, waitStatus } from '../lib/test';
import { exited, exitStatus } from '../lib/wait-status';

/** Status of a child in which exec failed with ENOEXEC, and with something else. */
const REFUSED: i32 = 77;
const OTHER: i32 = 78;
/** What `well-formed` exits with. */
const RAN: i32 = 42;

function tryOne(path: usize): i32 {
  const pid = fork();
  if (pid == 0) {
    const argv = make<List>();
    argv.append(path);
    const envp = make<List>();
    envp.append(literal('A=1'));
    exit(execve(path, argv.values, envp.values) == -Errno.NOEXEC ? REFUSED : OTHER);
  }
  return waitStatus(pid);
}

export function main(): i32 {
  const folder = argumentCount() > 1 ? argument(1) : literal('/tests/data');
  const directory = openDirectory(folder);
  let count = 0;
  while (directory && nextEntry(directory)) {
    if (load<u8>(directory.name) == 0x2e) continue;
    const path = joinPath(folder, directory.name);
    const status = tryOne(path);
    const expected = bytesAre(directory.name, 'well-formed') ? RAN : REFUSED;
    const fine = exited(status) && exitStatus(status) == expected;
    if (!fine) printf('%s: wait status %#x\n', path, status);
    check(fine, 'a malformed program was not refused with ENOEXEC (see above)');
    count++;
  }
  if (directory) closeDirectory(directory);
  check(count >= 20, 'the malformed programs are not there');
  checkEqual(tryOne(joinPath(folder, literal('well-formed'))), RAN << 8, 'the well-formed program');
  return finish(
    'malformed_elf',
    'proc/elf.ts checks every field before anything of the old program is given up',
  );
}
