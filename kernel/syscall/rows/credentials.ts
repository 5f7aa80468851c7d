/** User and group numbers, capabilities, limits. Rows of the table of system calls; table.ts says what a row holds. */
import * as credentials from '../calls/credentials';
import * as limits from '../calls/limits';
import { linux, linuxPartial } from '../table';

export function credentialsRows(): void {
  linux(97, 'getrlimit', 'dp', limits.sysGetrlimit);
  linux(102, 'getuid', '', credentials.sysGetuid);
  linux(104, 'getgid', '', credentials.sysGetgid);
  linux(105, 'setuid', 'd', credentials.sysSetuid);
  linux(106, 'setgid', 'd', credentials.sysSetgid);
  linux(107, 'geteuid', '', credentials.sysGeteuid);
  linux(108, 'getegid', '', credentials.sysGetegid);
  linux(113, 'setreuid', 'dd', credentials.sysSetreuid);
  linux(114, 'setregid', 'dd', credentials.sysSetregid);
  linux(115, 'getgroups', 'dp', credentials.sysGetgroups);
  linuxPartial(116, 'setgroups', 'dp', credentials.sysSetgroups, 'more than 32 groups');
  linux(117, 'setresuid', 'ddd', credentials.sysSetresuid);
  linux(118, 'getresuid', 'ppp', credentials.sysGetresuid);
  linux(119, 'setresgid', 'ddd', credentials.sysSetresgid);
  linux(120, 'getresgid', 'ppp', credentials.sysGetresgid);
  linux(122, 'setfsuid', 'd', credentials.sysSetfsuid);
  linux(123, 'setfsgid', 'd', credentials.sysSetfsgid);
  linux(125, 'capget', 'pp', credentials.sysCapget);
  linuxPartial(126, 'capset', 'pp', credentials.sysCapset, 'giving capabilities up');
  linux(160, 'setrlimit', 'dp', limits.sysSetrlimit);
  linux(302, 'prlimit64', 'ddpp', limits.sysPrlimit64);
}
