/** Signals. Rows of the table of system calls; table.ts says what a row holds. */
import * as signal from '../calls/signal';
import * as signalWait from '../calls/signal-wait';
import { linux } from '../table';

export function signalRows(): void {
  linux(13, 'rt_sigaction', 'dppd', signal.sysRtSigaction);
  linux(14, 'rt_sigprocmask', 'dppd', signal.sysRtSigprocmask);
  linux(15, 'rt_sigreturn', '', signal.sysRtSigreturn);
  linux(34, 'pause', '', signal.sysPause);
  linux(62, 'kill', 'dd', signal.sysKill);
  linux(128, 'rt_sigtimedwait', 'pppd', signalWait.sysRtSigtimedwait);
  linux(127, 'rt_sigpending', 'pd', signal.sysRtSigpending);
  linux(129, 'rt_sigqueueinfo', 'ddp', signal.sysRtSigqueueinfo);
  linux(130, 'rt_sigsuspend', 'pd', signal.sysRtSigsuspend);
  linux(131, 'sigaltstack', 'pp', signal.sysSigaltstack);
  linux(200, 'tkill', 'dd', signal.sysTkill);
  linux(219, 'restart_syscall', '', signal.sysRestartSyscall);
  linux(234, 'tgkill', 'ddd', signal.sysTgkill);
  linux(297, 'rt_tgsigqueueinfo', 'dddp', signal.sysRtTgsigqueueinfo);
}
