/** Processes: creation, execution, end, groups, sessions. Rows of the table of system calls; table.ts says what a row holds. */
import * as exec from '../calls/exec';
import * as futex from '../calls/futex';
import * as identity from '../calls/identity';
import * as pidfd from '../calls/pidfd';
import * as process from '../calls/process';
import * as thread from '../calls/thread';
import * as wait from '../calls/wait';
import { linux, linuxPartial } from '../table';

export function processRows(): void {
  linux(39, 'getpid', '', process.sysGetpid);
  linuxPartial(56, 'clone', 'ddppd', thread.sysClone, 'namespaces, CLONE_PIDFD');
  linux(57, 'fork', '', thread.sysFork);
  linux(58, 'vfork', '', thread.sysVfork);
  linux(59, 'execve', 'spp', exec.sysExecve);
  linux(60, 'exit', 'd', thread.sysExit);
  linux(61, 'wait4', 'dpdp', wait.sysWait4);
  linux(109, 'setpgid', 'dd', process.sysSetpgid);
  linux(110, 'getppid', '', process.sysGetppid);
  linux(111, 'getpgrp', '', process.sysGetpgrp);
  linux(112, 'setsid', '', process.sysSetsid);
  linux(121, 'getpgid', 'd', process.sysGetpgid);
  linux(124, 'getsid', 'd', process.sysGetsid);
  linuxPartial(157, 'prctl', 'ddddd', identity.sysPrctl, 'capabilities, seccomp, memory layout, speculation');
  linux(158, 'arch_prctl', 'dd', process.sysArchPrctl);
  linux(186, 'gettid', '', thread.sysGettid);
  linux(202, 'futex', 'pdddpd', futex.sysFutex);
  linux(218, 'set_tid_address', 'd', thread.sysSetTidAddress);
  linux(231, 'exit_group', 'd', thread.sysExitGroup);
  linux(247, 'waitid', 'ddpdp', wait.sysWaitid);
  linux(424, 'pidfd_send_signal', 'ddpd', pidfd.sysPidfdSendSignal);
  linux(434, 'pidfd_open', 'dd', pidfd.sysPidfdOpen);
  linux(273, 'set_robust_list', 'pd', futex.sysSetRobustList);
  linux(274, 'get_robust_list', 'dpp', futex.sysGetRobustList);
  linux(322, 'execveat', 'dsppd', exec.sysExecveat);
  linuxPartial(
    435,
    'clone3',
    'pd',
    thread.sysClone3,
    'namespaces, CLONE_PIDFD, CLONE_CLEAR_SIGHAND, set_tid, cgroups',
  );
}
