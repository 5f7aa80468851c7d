/**
 * Resource limits of a process (getrlimit(2)): sixteen pairs behind its control block. Who grants a resource asks
 * `limitOf`; the process itself changes them (prlimit64: also others), a word at a time, so reading needs no lock.
 */
import { USER_STACK_LIMIT } from '../mm/layout';
import { Process } from './process';

export const RLIMIT_CPU: u32 = 0;
export const RLIMIT_FSIZE: u32 = 1;
export const RLIMIT_DATA: u32 = 2;
export const RLIMIT_STACK: u32 = 3;
export const RLIMIT_CORE: u32 = 4;
export const RLIMIT_RSS: u32 = 5;
export const RLIMIT_NPROC: u32 = 6;
export const RLIMIT_NOFILE: u32 = 7;
export const RLIMIT_MEMLOCK: u32 = 8;
export const RLIMIT_AS: u32 = 9;
export const RLIMIT_LOCKS: u32 = 10;
export const RLIMIT_SIGPENDING: u32 = 11;
export const RLIMIT_MSGQUEUE: u32 = 12;
export const RLIMIT_NICE: u32 = 13;
export const RLIMIT_RTPRIO: u32 = 14;
export const RLIMIT_RTTIME: u32 = 15;
export const RLIMIT_COUNT: u32 = 16;
export const RLIM_INFINITY: u64 = ~(<u64>0);
export const LIMITS_SIZE: usize = 256;

const DEFAULT_PROCESSES: u64 = 4000;
const DEFAULT_SIGNALS: u64 = 4000;
const DEFAULT_FILES: u64 = 1024;
const DEFAULT_FILES_HARD: u64 = 4096;
const DEFAULT_MEMLOCK: u64 = 8 << 20;
const DEFAULT_MESSAGES: u64 = 819200;

/** Address of the pair of a limit: soft, hard. */
export function limitPair(p: Process, resource: u32): usize {
  return changetype<usize>(p) + offsetof<Process>() + <usize>resource * 16;
}

/** The soft limit: RLIM_INFINITY means none. */
export function limitOf(p: Process, resource: u32): u64 {
  return load<u64>(limitPair(p, resource));
}

export function limitsCopy(from: Process, to: Process): void {
  memory.copy(limitPair(to, 0), limitPair(from, 0), LIMITS_SIZE);
}

/** What the first process of all starts with. */
export function limitsInit(p: Process): void {
  for (let r: u32 = 0; r < RLIMIT_COUNT; r++) set(p, r, RLIM_INFINITY, RLIM_INFINITY);
  set(p, RLIMIT_STACK, USER_STACK_LIMIT, RLIM_INFINITY);
  set(p, RLIMIT_CORE, 0, RLIM_INFINITY);
  set(p, RLIMIT_NPROC, DEFAULT_PROCESSES, DEFAULT_PROCESSES);
  set(p, RLIMIT_NOFILE, DEFAULT_FILES, DEFAULT_FILES_HARD);
  set(p, RLIMIT_MEMLOCK, DEFAULT_MEMLOCK, DEFAULT_MEMLOCK);
  set(p, RLIMIT_SIGPENDING, DEFAULT_SIGNALS, DEFAULT_SIGNALS);
  set(p, RLIMIT_MSGQUEUE, DEFAULT_MESSAGES, DEFAULT_MESSAGES);
  set(p, RLIMIT_NICE, 0, 0);
  set(p, RLIMIT_RTPRIO, 0, 0);
}

function set(p: Process, resource: u32, soft: u64, hard: u64): void {
  store<u64>(limitPair(p, resource), soft);
  store<u64>(limitPair(p, resource), hard, 8);
}
