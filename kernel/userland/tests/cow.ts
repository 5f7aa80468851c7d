// Copy-on-write over many pages and several generations: every process sees its own values, and the frames come back.

import { exit } from '../lib/exit';
import { mapPages, unmapPages } from '../lib/heap';
import { fork } from '../lib/process';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

const PAGES: usize = 256;
const PAGE: usize = 4096;
const ROUNDS: i32 = 8;
const ATTEMPTS: i32 = 10;

function fill(at: usize, value: u64): void {
  for (let page: usize = 0; page < PAGES; page++) store<u64>(at + page * PAGE, value + page);
}

function holds(at: usize, value: u64): bool {
  for (let page: usize = 0; page < PAGES; page++)
    if (load<u64>(at + page * PAGE) != value + page) return false;
  return true;
}

/** A grandchild writes, then the child, while the parent still reads the old values. */
function generations(at: usize): i32 {
  fill(at, 100);
  const pid = fork();
  if (pid == 0) {
    const below = fork();
    if (below == 0) {
      if (!holds(at, 100)) exit(1);
      fill(at, 300);
      exit(holds(at, 300) ? 0 : 2);
    }
    if (waitStatus(below) != 0 || !holds(at, 100)) exit(3);
    fill(at, 200);
    exit(holds(at, 200) ? 0 : 4);
  }
  const status = waitStatus(pid);
  return status ? status : holds(at, 100) ? 0 : 5;
}

/** Free memory in bytes (struct sysinfo: freeram at 40, mem_unit at 104). */
function freeMemory(): i64 {
  const info = memory.data(128, 8);
  if (syscall(Sys.sysinfo, info) < 0) return -1;
  return load<i64>(info, 40) * load<u32>(info, 104);
}

/**
 * Whether some rounds, which copy 4 MiB of pages, leave about as much free memory as there was. Other processes may take
 * some meanwhile: frames that are lost are lost at every attempt.
 */
function losesLittle(at: usize): bool {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = freeMemory();
    for (let round = 0; round < ROUNDS; round++) checkEqual(generations(at), 0, 'a later round');
    if (before - freeMemory() < 256 * 1024) return true;
  }
  return false;
}

export function main(): i32 {
  const at = mapPages(PAGES * PAGE);
  check(at != 0, 'mmap failed');
  checkEqual(generations(at), 0, 'the first round');
  check(losesLittle(at), 'frames are lost');
  unmapPages(at, PAGES * PAGE);
  return finish(
    'cow',
    'a shared frame has a count; the last owner writes without copying; exit gives frames back',
  );
}
