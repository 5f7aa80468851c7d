/**
 * Making and ending processes and threads: fork, vfork, clone, clone3, exit, exit_group, gettid, set_tid_address.
 */
import { E2BIG, EFAULT, EINVAL } from '../../lib/errno';
import { SIGNAL_MAX } from '../../proc/signal-numbers';
import {
  CLONE_PARENT,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  CloneRequest,
  processClone,
} from '../../proc/clone';
import { exitedStatus, processExit, threadLeave } from '../../proc/exit';
import { currentProcess } from '../../proc/process';
import { SIGCHLD } from '../../proc/signal-numbers';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser } from '../user-copy';

const EXIT_SIGNAL_MASK: u64 = 0xff;
/** Behind what copies on the way may use of the scratch bytes. */
const REQUEST: usize = 256;
/** struct clone_args (clone(2)): the first published size; and what later ones added, which must be 0. */
const CLONE_ARGS_SIZE0: u64 = 64;
const CLONE_ARGS_SIZE: u64 = 88;
const CLONE_ARGS_MAX: u64 = 256;

export function sysExit(a: SyscallArgs): i64 {
  threadLeave(exitedStatus(<i32>a.a0));
  return 0;
}

export function sysExitGroup(a: SyscallArgs): i64 {
  processExit(exitedStatus(<i32>a.a0));
  return 0;
}

function request(flags: u64, stack: u64, exitSignal: i32): CloneRequest {
  const r = changetype<CloneRequest>(threadScratch(currentThread()) + REQUEST);
  memory.fill(changetype<usize>(r), 0, offsetof<CloneRequest>());
  r.flags = flags;
  r.stack = stack;
  r.exitSignal = exitSignal;
  return r;
}

export function sysFork(a: SyscallArgs): i64 {
  return processClone(currentProcess(), a, request(0, 0, SIGCHLD));
}

export function sysVfork(a: SyscallArgs): i64 {
  return processClone(currentProcess(), a, request(CLONE_VM | CLONE_VFORK, 0, SIGCHLD));
}

export function sysClone(a: SyscallArgs): i64 {
  const exitSignal = <i32>(a.a0 & EXIT_SIGNAL_MASK);
  if (exitSignal > SIGNAL_MAX) return -EINVAL;
  const r = request(a.a0 & ~EXIT_SIGNAL_MASK & 0xffff_ffff, a.a1, exitSignal);
  r.parentTid = a.a2;
  r.childTid = a.a3;
  r.tls = a.a4;
  return processClone(currentProcess(), a, r);
}

/** flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup. */
export function sysClone3(a: SyscallArgs): i64 {
  if (a.a1 < CLONE_ARGS_SIZE0) return -EINVAL;
  if (a.a1 > CLONE_ARGS_MAX) return -E2BIG;
  const raw = threadScratch(currentThread());
  memory.fill(raw, 0, <usize>CLONE_ARGS_MAX);
  if (copyFromUser(raw, a.a0, <usize>a.a1) < 0) return -EFAULT;
  for (let at = <usize>CLONE_ARGS_SIZE; at < <usize>a.a1; at++) if (load<u8>(raw + at) != 0) return -E2BIG;
  const flags = load<u64>(raw);
  const exitSignal = load<u64>(raw, 32);
  const stack = load<u64>(raw, 40);
  const size = load<u64>(raw, 48);
  if ((flags & EXIT_SIGNAL_MASK) != 0 || exitSignal > <u64>SIGNAL_MAX || load<u64>(raw, 72) != 0)
    return -EINVAL;
  if ((flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && exitSignal != 0) return -EINVAL;
  if ((stack == 0) != (size == 0)) return -EINVAL;
  const r = request(flags, stack + size, <i32>exitSignal);
  r.childTid = load<u64>(raw, 16);
  r.parentTid = load<u64>(raw, 24);
  r.tls = load<u64>(raw, 56);
  return processClone(currentProcess(), a, r);
}

export function sysGettid(_a: SyscallArgs): i64 {
  return currentThread().id;
}

export function sysSetTidAddress(a: SyscallArgs): i64 {
  currentThread().clearTid = a.a0;
  return currentThread().id;
}
