/** Processes: creation, execution, end, groups, sessions. Rows of the table of system calls; table.ts says what a row holds. */
import * as process from '../calls/process';
import { linux } from '../table';

export function processRows(): void {
  linux(24, 'sched_yield', '', process.sysSchedYield);
  linux(39, 'getpid', '', process.sysGetpid);
  linux(56, 'clone', 'ddppd', process.sysClone);
  linux(57, 'fork', '', process.sysFork);
  linux(58, 'vfork', '', process.sysFork);
  linux(59, 'execve', 'spp', process.sysExecve);
  linux(60, 'exit', 'd', process.sysExit);
  linux(61, 'wait4', 'dpdp', process.sysWait4);
  linux(95, 'umask', 'd', process.sysUmask);
  linux(102, 'getuid', '', process.sysGetRootId);
  linux(104, 'getgid', '', process.sysGetRootId);
  linux(107, 'geteuid', '', process.sysGetRootId);
  linux(108, 'getegid', '', process.sysGetRootId);
  linux(109, 'setpgid', 'dd', process.sysSetpgid);
  linux(110, 'getppid', '', process.sysGetppid);
  linux(111, 'getpgrp', '', process.sysGetpgrp);
  linux(112, 'setsid', '', process.sysSetsid);
  linux(121, 'getpgid', 'd', process.sysGetpgid);
  linux(124, 'getsid', 'd', process.sysGetsid);
  linux(157, 'prctl', 'ddddd', process.sysPrctl);
  linux(158, 'arch_prctl', 'dd', process.sysArchPrctl);
  linux(186, 'gettid', '', process.sysGetpid);
  linux(218, 'set_tid_address', 'p', process.sysSetTidAddress);
  linux(231, 'exit_group', 'd', process.sysExit);
  linux(273, 'set_robust_list', 'pd', process.sysSetRobustList);
}
