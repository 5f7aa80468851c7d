/**
 * Every system call: number, name, kinds of its arguments, handler. The SYSCALL gate takes Linux x86-64 numbers
 * (arch/x86/entry/syscalls/syscall_64.tbl), INT 0x80 Breenix's own.
 *
 * Kinds, one letter an argument: d number, f descriptor, s path or string, p address of a structure or buffer that may
 * be 0. The dispatcher refuses s and p outside of user space before a handler sees them.
 */
import { SyscallArgs } from './arguments';
import * as file from './calls/file';
import * as info from './calls/info';
import * as memory_ from './calls/memory';
import * as path from './calls/path';
import * as poll from './calls/poll';
import * as process from './calls/process';
import * as signal from './calls/signal';
import * as signalWait from './calls/signal-wait';
import * as time from './calls/time';

@unmanaged
export class SyscallRow {
  handler: u32;
  logged: u32;
  name: usize;
  kinds: usize;
}

const LINUX_CALLS: u32 = 512;
const BREENIX_CALLS: u32 = 16;
const ROW_SIZE: usize = 24;
export const GATE_TEST: u64 = 0x1234;

const linuxRows = memory.data(512 * 24, 8);
const breenixRows = memory.data(16 * 24, 8);
/** Stands for numbers beyond the tables. */
const unknownRow = memory.data(24, 8);

/** Row of a call number; one without a handler when there is no such call. */
export function linuxRow(number: u64): SyscallRow {
  return changetype<SyscallRow>(number < LINUX_CALLS ? linuxRows + <usize>number * ROW_SIZE : unknownRow);
}

export function breenixRow(number: u64): SyscallRow {
  return changetype<SyscallRow>(number < BREENIX_CALLS ? breenixRows + <usize>number * ROW_SIZE : unknownRow);
}

function linux(number: u64, name: string, kinds: string, handler: (a: SyscallArgs) => i64): void {
  fill(linuxRow(number), name, kinds, handler.index);
}

function breenix(number: u64, name: string, kinds: string, handler: (a: SyscallArgs) => i64): void {
  fill(breenixRow(number), name, kinds, handler.index);
}

function fill(row: SyscallRow, name: string, kinds: string, handler: u32): void {
  row.handler = handler;
  row.name = changetype<usize>(name);
  row.kinds = changetype<usize>(kinds);
}

export function syscallTableInit(): void {
  linux(0, 'read', 'fpd', file.sysRead);
  linux(1, 'write', 'fpd', file.sysWrite);
  linux(2, 'open', 'sdd', path.sysOpen);
  linux(3, 'close', 'f', file.sysClose);
  linux(4, 'stat', 'sp', path.sysStat);
  linux(5, 'fstat', 'fp', file.sysFstat);
  linux(6, 'lstat', 'sp', path.sysLstat);
  linux(7, 'poll', 'pdd', poll.sysPoll);
  linux(8, 'lseek', 'fdd', file.sysLseek);
  linux(9, 'mmap', 'dddddd', memory_.sysMmap);
  linux(10, 'mprotect', 'ddd', memory_.sysMprotect);
  linux(11, 'munmap', 'dd', memory_.sysMunmap);
  linux(12, 'brk', 'd', memory_.sysBrk);
  linux(13, 'rt_sigaction', 'dppd', signal.sysRtSigaction);
  linux(14, 'rt_sigprocmask', 'dppd', signal.sysRtSigprocmask);
  linux(15, 'rt_sigreturn', '', signal.sysRtSigreturn);
  linux(16, 'ioctl', 'fdd', file.sysIoctl);
  linux(17, 'pread64', 'fpdd', file.sysPread64);
  linux(19, 'readv', 'fpd', file.sysReadv);
  linux(20, 'writev', 'fpd', file.sysWritev);
  linux(21, 'access', 'sd', path.sysAccess);
  linux(24, 'sched_yield', '', process.sysSchedYield);
  linux(32, 'dup', 'f', file.sysDup);
  linux(33, 'dup2', 'ff', file.sysDup2);
  linux(34, 'pause', '', signal.sysPause);
  linux(35, 'nanosleep', 'pp', time.sysNanosleep);
  linux(39, 'getpid', '', process.sysGetpid);
  linux(56, 'clone', 'ddppd', process.sysClone);
  linux(57, 'fork', '', process.sysFork);
  linux(58, 'vfork', '', process.sysFork);
  linux(59, 'execve', 'spp', process.sysExecve);
  linux(60, 'exit', 'd', process.sysExit);
  linux(61, 'wait4', 'dpdp', process.sysWait4);
  linux(62, 'kill', 'dd', signal.sysKill);
  linux(63, 'uname', 'p', info.sysUname);
  linux(72, 'fcntl', 'fdd', file.sysFcntl);
  linux(79, 'getcwd', 'pd', path.sysGetcwd);
  linux(80, 'chdir', 's', path.sysChdir);
  linux(82, 'rename', 'ss', path.sysRefuseWrite);
  linux(83, 'mkdir', 'sd', path.sysRefuseWrite);
  linux(84, 'rmdir', 's', path.sysRefuseWrite);
  linux(85, 'creat', 'sd', path.sysRefuseWrite);
  linux(87, 'unlink', 's', path.sysRefuseWrite);
  linux(89, 'readlink', 'spd', path.sysReadlink);
  linux(90, 'chmod', 'sd', path.sysRefuseWrite);
  linux(95, 'umask', 'd', process.sysUmask);
  linux(96, 'gettimeofday', 'pp', time.sysGettimeofday);
  linux(97, 'getrlimit', 'dp', info.sysGetrlimit);
  linux(98, 'getrusage', 'dp', time.sysGetrusage);
  linux(99, 'sysinfo', 'p', info.sysSysinfo);
  linux(100, 'times', 'p', time.sysTimes);
  linux(102, 'getuid', '', process.sysGetRootId);
  linux(103, 'syslog', 'dpd', info.sysSyslog);
  linux(104, 'getgid', '', process.sysGetRootId);
  linux(107, 'geteuid', '', process.sysGetRootId);
  linux(108, 'getegid', '', process.sysGetRootId);
  linux(109, 'setpgid', 'dd', process.sysSetpgid);
  linux(110, 'getppid', '', process.sysGetppid);
  linux(111, 'getpgrp', '', process.sysGetpgrp);
  linux(112, 'setsid', '', process.sysSetsid);
  linux(121, 'getpgid', 'd', process.sysGetpgid);
  linux(124, 'getsid', 'd', process.sysGetsid);
  linux(128, 'rt_sigtimedwait', 'pppd', signalWait.sysRtSigtimedwait);
  linux(157, 'prctl', 'ddddd', process.sysPrctl);
  linux(158, 'arch_prctl', 'dd', process.sysArchPrctl);
  linux(169, 'reboot', 'dddd', info.sysReboot);
  linux(186, 'gettid', '', process.sysGetpid);
  linux(200, 'tkill', 'dd', signal.sysKill);
  linux(201, 'time', 'p', time.sysTime);
  linux(217, 'getdents64', 'fpd', file.sysGetdents64);
  linux(218, 'set_tid_address', 'p', process.sysSetTidAddress);
  linux(228, 'clock_gettime', 'dp', time.sysClockGettime);
  linux(229, 'clock_getres', 'dp', time.sysClockGetres);
  linux(230, 'clock_nanosleep', 'ddpp', time.sysClockNanosleep);
  linux(231, 'exit_group', 'd', process.sysExit);
  linux(234, 'tgkill', 'ddd', signal.sysTgkill);
  linux(257, 'openat', 'dsdd', path.sysOpenat);
  linux(262, 'newfstatat', 'dspd', path.sysNewfstatat);
  linux(267, 'readlinkat', 'dspd', path.sysReadlinkat);
  linux(269, 'faccessat', 'dsdd', path.sysFaccessat);
  linux(273, 'set_robust_list', 'pd', process.sysSetRobustList);
  linux(292, 'dup3', 'ffd', file.sysDup3);
  linux(302, 'prlimit64', 'ddpp', info.sysPrlimit64);
  linux(318, 'getrandom', 'pdd', info.sysGetrandom);

  breenix(0, 'exit', 'd', process.sysExit);
  breenix(1, 'write', 'fpd', file.sysWrite);
  breenix(2, 'read', 'fpd', file.sysRead);
  breenix(3, 'yield', '', process.sysSchedYield);
  breenix(4, 'get_time', '', time.sysGetTimeMs);
  breenix(5, 'fork', '', process.sysFork);
  breenix(11, 'exec', 'spp', process.sysExecve);
}
