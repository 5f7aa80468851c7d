// Out of memory: the process that takes it all ends, with SIGKILL, and nobody else; its memory comes back. And what is
// refused at once: more than there is.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { MapFlag, mmap, Protection } from '../lib/memory-map';
import { fork } from '../lib/process';
import { Signal } from '../lib/signal';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, checkError, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';
import { signalled, termSignal } from '../lib/wait-status';

const READ_WRITE: u32 = Protection.read | Protection.write;
const PRIVATE: u32 = MapFlag.copied | MapFlag.anonymous;
const CHUNK: usize = 4 << 20;

/** Bytes of struct sysinfo: totalram at 32, freeram at 40, mem_unit at 104. */
function memoryOf(offset: usize): i64 {
  const info = memory.data(128, 8);
  if (syscall(Sys.sysinfo, info) < 0) return -1;
  return load<i64>(info + offset) * load<u32>(info, 104);
}

/** Takes memory until somebody stops it. */
function devour(): i32 {
  for (let total: i64 = 0; total < 1 << 40; total += CHUNK) {
    const at = mmap(0, CHUNK, READ_WRITE, PRIVATE, -1, 0);
    if (at < 0) return 1;
    for (let page: usize = 0; page < CHUNK; page += 4096) store<u8>(<usize>at + page, 1);
  }
  return 2;
}

export function main(): i32 {
  const total = memoryOf(32);
  const before = memoryOf(40);
  checkError(mmap(0, <usize>total * 2, READ_WRITE, PRIVATE, -1, 0), Errno.NOMEM, 'twice the memory there is');
  // A bystander with pages of its own, asleep meanwhile.
  const bystander = fork();
  if (bystander == 0) {
    const at = mmap(0, CHUNK, READ_WRITE, PRIVATE, -1, 0);
    for (let page: usize = 0; page < CHUNK; page += 4096) store<u64>(<usize>at + page, page);
    sleepNs(1_500_000_000);
    for (let page: usize = 0; page < CHUNK; page += 4096) if (load<u64>(<usize>at + page) != page) exit(1);
    exit(0);
  }
  for (let round = 0; round < 2; round++) {
    const glutton = fork();
    if (glutton == 0) exit(devour());
    const status = waitStatus(glutton);
    check(signalled(status), 'the process that took all memory went on');
    if (signalled(status)) checkEqual(termSignal(status), Signal.KILL, 'its signal');
  }
  checkEqual(waitStatus(bystander), 0, 'a process that took little');
  check(before - memoryOf(40) < 2 << 20, 'memory is lost');
  return finish('out_of_memory', 'mm/oom.ts: the log says who was ended, and why');
}
