/** pidfd_open(2), pidfd_send_signal(2). */
import { fileRelease } from '../../fs/file';
import { installFile } from '../../fs/install';
import { anonymousFile } from '../../fs/anonymous';
import { O_NONBLOCK, O_RDWR } from '../../fs/open-flags';
import { EBADF, EFAULT, EINVAL, ENOMEM, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentCredentials } from '../../proc/credentials';
import { signalOneLocked } from '../../proc/kill-signal';
import { isPidFd, pidFdOps, pidFdProcessLocked, pidHandleDrop, pidHandleTake } from '../../proc/pidfd';
import { currentProcess, isNull, processLock } from '../../proc/process';
import { SIGINFO_SIZE, SI_USER, SignalInfo, signalInfoSet } from '../../proc/signal-info';
import { SIGNAL_MAX } from '../../proc/signal-numbers';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { fileOf, isNullFile } from '../buffers';
import { copyFromUser } from '../user-copy';

const MODE: u32 = 0o600;

export function sysPidfdOpen(a: SyscallArgs): i64 {
  const pid = <i32>a.a0;
  const flags = <u32>a.a1;
  if (pid <= 0 || (flags & ~O_NONBLOCK) != 0) return -EINVAL;
  const handle = pidHandleTake(pid);
  if (handle <= 1) return handle == 0 ? -ESRCH : -ENOMEM;
  const file = anonymousFile(MODE, pidFdOps, O_RDWR | flags, handle);
  if (file != null) return installFile(file, true);
  pidHandleDrop(handle);
  return -ENOMEM;
}

export function sysPidfdSendSignal(a: SyscallArgs): i64 {
  const signal = <i32>a.a1;
  if (a.a3 != 0) return -EINVAL;
  const info = changetype<SignalInfo>(threadScratch(currentThread()));
  if (a.a2 != 0) {
    if (copyFromUser(changetype<usize>(info), a.a2, SIGINFO_SIZE) < 0) return -EFAULT;
    if (info.signal != signal) return -EINVAL;
  } else {
    signalInfoSet(info, signal, SI_USER, currentProcess().pid, currentCredentials().uid);
  }
  if (signal < 0 || signal > SIGNAL_MAX) return -EINVAL;
  const file = fileOf(a.a0);
  if (isNullFile(file)) return -EBADF;
  let result: i32 = -EBADF;
  if (isPidFd(file)) {
    const flags = lockIrqSave(processLock());
    const p = pidFdProcessLocked(file);
    result = isNull(p) ? -ESRCH : signalOneLocked(p, info, a.a2 != 0);
    unlockIrqRestore(processLock(), flags);
  }
  fileRelease(file);
  return result;
}
