// A pointer that is no good makes a call fail with EFAULT: it never faults the kernel, and never reads or writes what the
// process itself could not. Every call that takes a pointer, every kind of bad pointer.

import { literal } from '../lib/literal';
import { Errno } from '../lib/errno';
import { open, Open } from '../lib/file';
import { mapPages, unmapPages } from '../lib/heap';
import { mprotect, Protection } from '../lib/memory-map';
import { fork } from '../lib/process';
import { exit } from '../lib/exit';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish, waitStatus } from '../lib/test';

let zero: i32 = -1;
let program: i32 = -1;
let readOnlyPage: usize = 0;

/** Calls that read what the pointer points at. */
function tryInputs(bad: usize): void {
  checkError(syscall(Sys.write, 1, bad, 16), Errno.FAULT, 'write');
  checkError(syscall(Sys.open, bad, 0, 0), Errno.FAULT, 'open');
  checkError(syscall(Sys.stat, bad, memory.data(144, 8)), Errno.FAULT, 'stat of a bad path');
  checkError(syscall(Sys.lstat, bad, memory.data(144, 8)), Errno.FAULT, 'lstat of a bad path');
  checkError(syscall(Sys.access, bad, 0), Errno.FAULT, 'access');
  checkError(syscall(Sys.chdir, bad), Errno.FAULT, 'chdir');
  checkError(syscall(Sys.execve, bad, 0, 0), Errno.FAULT, 'execve of a bad path');
  checkError(syscall(Sys.execve, literal('/bin/true'), bad, 0), Errno.FAULT, 'execve with bad arguments');
  checkError(syscall(Sys.execve, literal('/bin/true'), 0, bad), Errno.FAULT, 'execve with a bad environment');
  checkError(syscall(Sys.nanosleep, bad, 0), Errno.FAULT, 'nanosleep');
  checkError(syscall(Sys.rt_sigaction, 10, bad, 0, 8), Errno.FAULT, 'rt_sigaction');
  checkError(syscall(Sys.rt_sigprocmask, 0, bad, 0, 8), Errno.FAULT, 'rt_sigprocmask');
}

/** Calls that write where the pointer points. */
function tryOutputs(bad: usize): void {
  checkError(syscall(Sys.read, zero, bad, 16), Errno.FAULT, 'read');
  checkError(syscall(Sys.read, program, bad, 16), Errno.FAULT, 'read from the disk');
  checkError(syscall(Sys.pread64, program, bad, 16, 0), Errno.FAULT, 'pread64');
  checkError(syscall(Sys.fstat, program, bad), Errno.FAULT, 'fstat');
  checkError(syscall(Sys.stat, literal('/bin'), bad), Errno.FAULT, 'stat into a bad place');
  checkError(syscall(Sys.getcwd, bad, 4096), Errno.FAULT, 'getcwd');
  checkError(syscall(Sys.uname, bad), Errno.FAULT, 'uname');
  checkError(syscall(Sys.clock_gettime, 1, bad), Errno.FAULT, 'clock_gettime');
  checkError(syscall(Sys.gettimeofday, bad, 0), Errno.FAULT, 'gettimeofday');
  checkError(syscall(Sys.sysinfo, bad), Errno.FAULT, 'sysinfo');
  checkError(syscall(Sys.rt_sigaction, 10, 0, bad, 8), Errno.FAULT, 'rt_sigaction into a bad place');
  checkError(syscall(Sys.rt_sigprocmask, 0, 0, bad, 8), Errno.FAULT, 'rt_sigprocmask into a bad place');
  const directory = open(literal('/bin'), Open.readOnly | Open.directory);
  checkError(syscall(Sys.getdents64, directory, bad, 1024), Errno.FAULT, 'getdents64');
  syscall(Sys.close, directory);
  const child = fork();
  if (child == 0) exit(0);
  checkError(syscall(Sys.wait4, child, bad, 0, 0), Errno.FAULT, 'wait4');
  waitStatus(child);
}

/** A path and a vector that run off the end of their mapping. */
function tryEdges(): void {
  const pages = mapPages(8192);
  unmapPages(pages + 4096, 4096);
  const end = pages + 4096;
  memory.fill(end - 64, 0x0a, 64);
  checkError(syscall(Sys.open, end - 64, 0, 0), Errno.FAULT, 'a path that runs off its page');
  // A part may be transferred before the bad page is met.
  const written = syscall(Sys.write, 1, end - 8, 16);
  check(written == -Errno.FAULT || written == 8, 'a buffer that begins well and ends badly');
  const got = syscall(Sys.read, zero, end - 8, 4096);
  check(got == -Errno.FAULT || got == 8, 'reading into such a buffer');
  store<usize>(end - 8, literal('x'));
  checkError(
    syscall(Sys.execve, literal('/bin/true'), end - 8, 0),
    Errno.FAULT,
    'a vector that runs off its page',
  );
  store<u8>(end - 1, 0);
  store<u8>(end - 2, 0x2e);
  check(syscall(Sys.access, end - 2, 0) == 0, 'a path that ends with its page is fine');
  unmapPages(pages, 4096);
}

function tryAll(bad: usize): void {
  tryInputs(bad);
  tryOutputs(bad);
}

export function main(): i32 {
  zero = open(literal('/dev/zero'), Open.readOnly);
  program = open(literal('/bin/true'), Open.readOnly);
  check(zero >= 0, '/dev/zero cannot be opened');
  check(program >= 0, '/bin/true cannot be opened');
  tryAll(0xffff_ffff_8010_0000);
  tryAll(0xffff_8000_0010_0000);
  tryAll(0x0000_8000_0000_0000);
  tryAll(0xdead_0000_0000_0000);
  tryAll(0xffff_ffff_ffff_fff8);
  tryAll(0x4000_0000);
  // Inside user space by its start, beyond it by its end.
  tryAll(0x0000_7fff_ffff_fff8);
  checkError(syscall(Sys.write, 1, 0x1000_0000, u64.MAX_VALUE), Errno.FAULT, 'the largest length');
  checkError(
    syscall(Sys.write, 1, 0x1000_0000, 0x7fff_ffff_f000),
    Errno.FAULT,
    'a length that leaves user space',
  );
  readOnlyPage = mapPages(4096);
  checkEqual(mprotect(readOnlyPage, 4096, Protection.read), 0, 'mprotect');
  tryOutputs(readOnlyPage);
  tryEdges();
  return finish('bad_pointers', 'syscall/user-copy.ts checks range and protection of every user pointer');
}
