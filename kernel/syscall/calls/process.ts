/**
 * Processes: execve, numbers, groups and sessions, thread-local base registers.
 */
import { restoreInterrupts, saveAndDisableInterrupts } from '../../arch/x86_64/cpu';
import { EFAULT, EINVAL, ENOMEM, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { USER_END } from '../../mm/layout';
import { processExec } from '../../proc/exec';
import { createSession, getProcessGroup, getSession, setProcessGroup } from '../../proc/groups';
import {
  PROCESS_NAME_SIZE,
  currentProcess,
  parentPidLocked,
  processLock,
  processName,
} from '../../proc/process';
import { currentThread, loadUserBases } from '../../sched/scheduler';
import { Thread } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { isPathError, pathError, takePath } from '../buffers';
import { copyStringFromUser, copyToUser } from '../user-copy';

const ARCH_SET_GS: u64 = 0x1001;
const ARCH_SET_FS: u64 = 0x1002;
const ARCH_GET_FS: u64 = 0x1003;
const ARCH_GET_GS: u64 = 0x1004;

export function sysGetpid(_a: SyscallArgs): i64 {
  return currentProcess().pid;
}

export function sysGetppid(_a: SyscallArgs): i64 {
  const flags = lockIrqSave(processLock());
  const pid = parentPidLocked(currentProcess());
  unlockIrqRestore(processLock(), flags);
  return pid;
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

export function sysArchPrctl(a: SyscallArgs): i64 {
  const thread = currentThread();
  const word = changetype<usize>(thread);
  if (a.a0 == ARCH_GET_FS) return copyToUser(a.a1, word + offsetof<Thread>('fsBase'), 8);
  if (a.a0 == ARCH_GET_GS) return copyToUser(a.a1, word + offsetof<Thread>('gsBase'), 8);
  if (a.a0 != ARCH_SET_FS && a.a0 != ARCH_SET_GS) return -EINVAL;
  // A non-canonical base would fault in the kernel when it is loaded.
  if (a.a1 >= USER_END) return -EPERM;
  const flags = saveAndDisableInterrupts();
  if (a.a0 == ARCH_SET_FS) thread.fsBase = a.a1;
  else thread.gsBase = a.a1;
  loadUserBases(thread);
  restoreInterrupts(flags);
  return 0;
}
