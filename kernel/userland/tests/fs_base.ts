// The FS base (thread-local storage) is the process' own: it survives switches, is copied by fork and refused for kernel
// addresses.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { loadFs } from '../lib/machine';
import { fork, schedYield } from '../lib/process';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish, waitStatus } from '../lib/test';

const SET_FS: u64 = 0x1002;
const GET_FS: u64 = 0x1003;
const TURNS: i32 = 200;

/** FS points at `cell`, which holds `value`; 0 when it stays so over many switches. */
function keep(cell: usize, value: u64): i32 {
  store<u64>(cell, value);
  if (syscall(Sys.arch_prctl, SET_FS, cell) != 0) return 1;
  for (let i = 0; i < TURNS; i++) {
    schedYield();
    if (loadFs(0) != value) return 2;
  }
  return 0;
}

export function main(): i32 {
  const first = memory.data(64, 16);
  const second = memory.data(64, 16);
  checkEqual(keep(first, 0x1234_5678), 0, 'FS of the parent');
  const pid = fork();
  if (pid == 0) {
    if (loadFs(0) != 0x1234_5678) exit(3);
    exit(keep(second, 0x8765_4321));
  }
  checkEqual(keep(first, 0xabcd_ef00), 0, 'FS of the parent beside the child');
  checkEqual(waitStatus(pid), 0, 'FS of the child');
  const place = memory.data(8, 8);
  checkEqual(syscall(Sys.arch_prctl, GET_FS, place), 0, 'ARCH_GET_FS');
  check(load<usize>(place) == first, 'ARCH_GET_FS gives another address');
  checkError(syscall(Sys.arch_prctl, SET_FS, 0xffff_8000_0000_0000), Errno.PERM, 'FS in kernel memory');
  checkError(
    syscall(Sys.arch_prctl, SET_FS, 0x8000_0000_0000_0000),
    Errno.PERM,
    'FS at an address that is not canonical',
  );
  checkError(syscall(Sys.arch_prctl, 0x9999, 0), Errno.INVAL, 'an unknown code');
  return finish('fs_base', 'MSR 0xC0000100 is part of the thread; SWAPGS keeps GS apart');
}
