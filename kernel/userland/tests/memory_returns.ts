// Memory of the dead comes back: fork, exec, exit, mappings, files in memory and shared segments, many times, leave as much
// free memory as there was.
//
//   memory_returns [ROUNDS]        (200 rounds without; the long test gives 10000)

import { argument, argumentCount } from '../lib/arguments';
import { environmentVector } from '../lib/environment';
import { exit, exitNow } from '../lib/exit';
import { close, open, Open, write } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { MapFlag, mmap, munmap, Protection } from '../lib/memory-map';
import { execve, fork } from '../lib/process';
import { Sys, syscall } from '../lib/syscall';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

const READ_WRITE: u32 = Protection.read | Protection.write;
const SIZE: usize = 64 * 1024;
/** Caches and tables may keep this much; what leaks grows with the rounds. */
const SLACK: i64 = 512 * 1024;
const SHMGET: u64 = 29;
const SHMAT: u64 = 30;
const SHMCTL: u64 = 31;

function freeMemory(): i64 {
  const info = memory.data(128, 8);
  if (syscall(Sys.sysinfo, info) < 0) return -1;
  return load<i64>(info, 40) * load<u32>(info, 104);
}

function fill(at: i64): void {
  for (let page: usize = 0; page < SIZE; page += 4096) store<u8>(<usize>at + page, 1);
}

/** A file of 64 KiB, mapped and copied. */
function useFile(): void {
  const path = literal('/dev/shm/memory_returns');
  const fd = open(path, Open.create | Open.readWrite, 0o600);
  for (let i = 0; i < 64; i++) write(fd, (<usize>path) & ~4095, 1024);
  const at = mmap(0, SIZE, READ_WRITE, MapFlag.copied, fd, 0);
  fill(at);
  munmap(<usize>at, SIZE);
  close(fd);
  syscall(Sys.unlink, path);
}

function round(number: i32): void {
  const pid = fork();
  if (pid == 0) {
    fill(mmap(0, SIZE, READ_WRITE, MapFlag.copied | MapFlag.anonymous, -1, 0));
    fill(mmap(0, SIZE, READ_WRITE, MapFlag.visible | MapFlag.anonymous, -1, 0));
    const id = syscall(SHMGET, 0, SIZE, 0o600);
    fill(syscall(SHMAT, id, 0, 0));
    syscall(SHMCTL, id, 0, 0);
    if (number % 2 == 0) exit(0);
    const argv = make<List>();
    argv.append(argument(0));
    argv.append(literal('0'));
    execve(argument(0), argv.values, environmentVector());
    exitNow(127);
  }
  checkEqual(pid > 0 ? waitStatus(pid) : pid, 0, 'a child');
  useFile();
}

function parse(text: usize): i32 {
  let value = 0;
  for (let at = text; load<u8>(at) != 0; at++) value = value * 10 + (load<u8>(at) - 0x30);
  return value;
}

export function main(): i32 {
  const rounds = argumentCount() > 1 ? parse(argument(1)) : 200;
  if (rounds == 0) return 0;
  for (let i = 0; i < 20; i++) round(i);
  const before = freeMemory();
  for (let i = 0; i < rounds; i++) round(i);
  const lost = before - freeMemory();
  check(lost < SLACK, 'free memory falls with every round');
  return finish(
    'memory_returns',
    'fork, exec, exit, munmap, unlink and shmdt give back what they were given',
  );
}
