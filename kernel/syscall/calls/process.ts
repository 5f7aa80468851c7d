/**
 * Processes: fork, execve, exit, wait4, numbers, groups and sessions, thread-local base registers.
 */
import { MSR_FS_BASE, MSR_KERNEL_GS_BASE, writeMsr } from '../../arch/x86_64/cpu';
import { ECHILD, EFAULT, EINVAL, ENOMEM, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { alloc, kfree, kmalloc } from '../../mm/kmalloc';
import { USER_END } from '../../mm/layout';
import { processExec } from '../../proc/exec';
import { exitedStatus, processExit } from '../../proc/exit';
import { processFork } from '../../proc/fork';
import { createSession, getProcessGroup, getSession, setProcessGroup } from '../../proc/groups';
import {
  PROCESS_NAME_SIZE,
  currentProcess,
  parentPidLocked,
  processLock,
  processName,
} from '../../proc/process';
import { WCONTINUED, WNOHANG, WUNTRACED, WaitResult, processWait } from '../../proc/wait';
import { currentThread, schedule } from '../../sched/scheduler';
import { Thread } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { isPathError, pathError, takePath } from '../buffers';
import { copyStringFromUser, copyToUser } from '../user-copy';
import { RUSAGE_SIZE, putRusage } from './time';

/** Signal to the parent, VM, VFORK, PARENT_SETTID, CHILD_CLEARTID, CHILD_SETTID. */
const CLONE_VM: u64 = 0x100;
const CLONE_VFORK: u64 = 0x4000;
const CLONE_PARENT_SETTID: u64 = 0x100000;
const CLONE_CHILD_SETTID: u64 = 0x1000000;
const CLONE_KNOWN: u64 = 0xff | CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | 0x200000 | CLONE_CHILD_SETTID;
const ROBUST_LIST_HEAD_SIZE: u64 = 24;

const PR_SET_NAME: u64 = 15;
const PR_GET_NAME: u64 = 16;
const ARCH_SET_GS: u64 = 0x1001;
const ARCH_SET_FS: u64 = 0x1002;
const ARCH_GET_FS: u64 = 0x1003;
const ARCH_GET_GS: u64 = 0x1004;

export function sysExit(a: SyscallArgs): i64 {
  processExit(exitedStatus(<i32>a.a0));
  return 0;
}

export function sysFork(a: SyscallArgs): i64 {
  return processFork(currentProcess(), a, 0, 0);
}

export function sysExecve(a: SyscallArgs): i64 {
  const path = takePath(a.a0);
  if (isPathError(path)) return pathError(path);
  const error = processExec(currentProcess(), a, path, a.a1, a.a2);
  kfree(path);
  return error;
}

export function sysWait4(a: SyscallArgs): i64 {
  const options = <u32>a.a2;
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED)) != 0) return -EINVAL;
  if (<i32>a.a0 == i32.MIN_VALUE) return -ECHILD;
  const found = alloc<WaitResult>();
  if (changetype<usize>(found) == 0) return -ENOMEM;
  let result: i64 = processWait(currentProcess(), <i32>a.a0, options, found);
  if (result > 0 && a.a1 != 0 && copyToUser(a.a1, changetype<usize>(found), 4) < 0) result = -EFAULT;
  if (result > 0 && a.a3 != 0) {
    const usage = kmalloc(RUSAGE_SIZE);
    if (usage != 0) {
      putRusage(usage, found.userTicks, found.systemTicks);
      if (copyToUser(a.a3, usage, RUSAGE_SIZE) < 0) result = -EFAULT;
    }
    kfree(usage);
  }
  kfree(changetype<usize>(found));
  return result;
}

export function sysSchedYield(_a: SyscallArgs): i64 {
  schedule();
  return 0;
}

export function sysGetpid(_a: SyscallArgs): i64 {
  return currentProcess().pid;
}

export function sysGetppid(_a: SyscallArgs): i64 {
  const flags = lockIrqSave(processLock());
  const pid = parentPidLocked(currentProcess());
  unlockIrqRestore(processLock(), flags);
  return pid;
}

/** User and group numbers: everybody is root so far. */
export function sysGetRootId(_a: SyscallArgs): i64 {
  return 0;
}

export function sysSetpgid(a: SyscallArgs): i64 {
  return setProcessGroup(currentProcess(), <i32>a.a0, <i32>a.a1);
}

export function sysGetpgid(a: SyscallArgs): i64 {
  return getProcessGroup(currentProcess(), <i32>a.a0);
}

export function sysGetpgrp(_a: SyscallArgs): i64 {
  return currentProcess().pgid;
}

export function sysSetsid(_a: SyscallArgs): i64 {
  return createSession(currentProcess());
}

export function sysGetsid(a: SyscallArgs): i64 {
  return getSession(currentProcess(), <i32>a.a0);
}

export function sysUmask(a: SyscallArgs): i64 {
  const p = currentProcess();
  const old = p.umask;
  p.umask = (<u32>a.a0) & 0o777;
  return old;
}

/** The address matters only to processes with several threads. */
export function sysSetTidAddress(_a: SyscallArgs): i64 {
  return currentProcess().pid;
}

/**
 * clone(2) as C libraries use it to fork. What it would take to share memory is refused, except for the child of a vfork,
 * which gets a copy instead.
 */
export function sysClone(a: SyscallArgs): i64 {
  const flags = a.a0;
  if ((flags & ~CLONE_KNOWN) != 0) return -EINVAL;
  if ((flags & CLONE_VM) != 0 && (flags & CLONE_VFORK) == 0) return -EINVAL;
  const childTid = (flags & CLONE_CHILD_SETTID) != 0 ? a.a3 : 0;
  const pid = processFork(currentProcess(), a, a.a1, childTid);
  if (pid < 0 || (flags & CLONE_PARENT_SETTID) == 0) return pid;
  const word = kmalloc(4);
  if (word == 0) return pid;
  store<i32>(word, <i32>pid);
  copyToUser(a.a2, word, 4);
  kfree(word);
  return pid;
}

/** The process's name as /proc and ps show it; nothing else of prctl(2). */
export function sysPrctl(a: SyscallArgs): i64 {
  const name = processName(currentProcess());
  if (a.a0 == PR_GET_NAME) return copyToUser(a.a1, name, PROCESS_NAME_SIZE);
  if (a.a0 != PR_SET_NAME) return -EINVAL;
  const text = kmalloc(PROCESS_NAME_SIZE);
  if (text == 0) return -ENOMEM;
  const length = copyStringFromUser(text, a.a1, PROCESS_NAME_SIZE);
  if (length != -EFAULT) {
    store<u8>(text + PROCESS_NAME_SIZE - 1, 0);
    memory.copy(name, text, PROCESS_NAME_SIZE);
  }
  kfree(text);
  return length == -EFAULT ? -EFAULT : 0;
}

/** Robust futexes are a matter of several threads; the list of one is never walked. */
export function sysSetRobustList(a: SyscallArgs): i64 {
  return a.a1 == ROBUST_LIST_HEAD_SIZE ? 0 : -EINVAL;
}

export function sysArchPrctl(a: SyscallArgs): i64 {
  const thread = currentThread();
  const word = changetype<usize>(thread);
  if (a.a0 == ARCH_GET_FS) return copyToUser(a.a1, word + offsetof<Thread>('fsBase'), 8);
  if (a.a0 == ARCH_GET_GS) return copyToUser(a.a1, word + offsetof<Thread>('gsBase'), 8);
  if (a.a0 != ARCH_SET_FS && a.a0 != ARCH_SET_GS) return -EINVAL;
  // A non-canonical base would fault in the kernel when it is loaded.
  if (a.a1 >= USER_END) return -EPERM;
  if (a.a0 == ARCH_SET_FS) {
    thread.fsBase = a.a1;
    writeMsr(MSR_FS_BASE, a.a1);
  } else {
    thread.gsBase = a.a1;
    writeMsr(MSR_KERNEL_GS_BASE, a.a1);
  }
  return 0;
}
