// Descriptors: the lowest free number, dup, close-on-exec, limits, and calls on descriptors that are not open.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, dup, dup2, fcntl, Fcntl, ioctl, lseek, open, Open, read, Seek, write } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { execve, fork } from '../lib/process';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish, waitStatus } from '../lib/test';

const buffer = memory.data(64);
const CLOSE_ON_EXEC: u64 = 1;

/** 0 when descriptor 20 is open and 21 is closed. */
function asChild(): i32 {
  return fcntl(20, Fcntl.getFlags, 0) == 0 && fcntl(21, Fcntl.getFlags, 0) == -Errno.BADF ? 0 : 1;
}

function tryClosed(fd: i32): void {
  checkError(read(fd, buffer, 1), Errno.BADF, 'read of a closed descriptor');
  checkError(write(fd, buffer, 1), Errno.BADF, 'write to a closed descriptor');
  checkError(close(fd), Errno.BADF, 'close of a closed descriptor');
  checkError(lseek(fd, 0, Seek.set), Errno.BADF, 'lseek of a closed descriptor');
  checkError(dup(fd), Errno.BADF, 'dup of a closed descriptor');
  checkError(dup2(fd, 30), Errno.BADF, 'dup2 of a closed descriptor');
  checkError(fcntl(fd, Fcntl.getFlags, 0), Errno.BADF, 'fcntl of a closed descriptor');
  checkError(ioctl(fd, 0x5401, buffer), Errno.BADF, 'ioctl of a closed descriptor');
  checkError(syscall(Sys.fstat, fd, memory.data(144, 8)), Errno.BADF, 'fstat of a closed descriptor');
  checkError(syscall(Sys.getdents64, fd, buffer, 64), Errno.BADF, 'getdents64 of a closed descriptor');
}

/** Until EMFILE; all of them closed again. */
function tryLimit(): void {
  const limits = memory.data(16, 8);
  const RLIMIT_NOFILE: u64 = 7;
  checkEqual(syscall(Sys.getrlimit, RLIMIT_NOFILE, limits), 0, 'getrlimit');
  const limit = <i32>min<u64>(load<u64>(limits), 5000);
  let last: i32 = 0;
  let opened = 0;
  while (opened < limit) {
    const fd = dup(1);
    if (fd < 0) {
      checkError(fd, Errno.MFILE, 'one descriptor too many');
      break;
    }
    last = fd;
    opened++;
  }
  check(opened > 10, 'not even ten descriptors');
  for (let fd = last - opened + 1; fd <= last; fd++) checkEqual(close(fd), 0, 'close');
}

export function main(): i32 {
  if (argumentCount() > 1 && bytesAre(argument(1), '--child')) return asChild();
  const path = literal('/bin/true');
  const a = open(path, Open.readOnly);
  const b = open(path, Open.readOnly);
  check(a > 2 && b > a, 'open gives rising numbers');
  checkEqual(close(a), 0, 'close');
  checkEqual(open(path, Open.readOnly), a, 'the lowest free number');
  const copy = dup(a);
  checkEqual(read(a, buffer, 4), 4, 'read');
  checkEqual(lseek(copy, 0, Seek.current), 4, 'a duplicate shares the offset');
  checkEqual(lseek(b, 0, Seek.current), 0, 'another open has its own');
  checkEqual(dup2(a, 20), 20, 'dup2');
  checkEqual(dup2(20, 20), 20, 'dup2 to itself');
  checkEqual(fcntl(a, Fcntl.duplicateCloseOnExec, 21), 21, 'F_DUPFD_CLOEXEC');
  checkEqual(fcntl(21, Fcntl.getFlags, 0), CLOSE_ON_EXEC, 'its flag');
  checkEqual(fcntl(20, Fcntl.getFlags, 0), 0, 'dup2 leaves the flag clear');
  checkEqual(fcntl(a, Fcntl.duplicate, 21), 22, 'F_DUPFD from a number that is in use');
  const pid = fork();
  if (pid == 0) {
    const argv = make<List>();
    argv.append(literal('file_descriptors'));
    argv.append(literal('--child'));
    const envp = make<List>();
    envp.append(literal('A=1'));
    execve(argument(0), argv.values, envp.values);
    exit(99);
  }
  checkEqual(waitStatus(pid), 0, 'descriptors after exec');
  checkEqual(lseek(a, 0, Seek.current), 4, 'the child shared the offset and left it');
  tryClosed(29);
  tryClosed(-1);
  tryClosed(1 << 30);
  checkError(dup2(a, 1 << 30), Errno.BADF, 'dup2 to a number beyond the limit');
  checkError(write(a, buffer, 1), Errno.BADF, 'write to a descriptor that is open for reading');
  const out = open(literal('/dev/null'), Open.writeOnly);
  checkError(read(out, buffer, 1), Errno.BADF, 'read of a descriptor that is open for writing');
  tryLimit();
  return finish('file_descriptors', 'POSIX 2.14 (file descriptor allocation), fcntl(), dup()');
}
