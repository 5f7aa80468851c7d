/** The system as a whole: names, limits, counters, log, power. Rows of the table of system calls; table.ts says what a row holds. */
import * as info from '../calls/info';
import { linux } from '../table';

export function systemRows(): void {
  linux(63, 'uname', 'p', info.sysUname);
  linux(97, 'getrlimit', 'dp', info.sysGetrlimit);
  linux(99, 'sysinfo', 'p', info.sysSysinfo);
  linux(103, 'syslog', 'dpd', info.sysSyslog);
  linux(169, 'reboot', 'dddd', info.sysReboot);
  linux(302, 'prlimit64', 'ddpp', info.sysPrlimit64);
  linux(318, 'getrandom', 'pdd', info.sysGetrandom);
}
