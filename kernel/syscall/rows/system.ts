/** The system as a whole: names, limits, counters, log, power. Rows of the table of system calls; table.ts says what a row holds. */
import * as hangUp from '../calls/hang-up';
import * as identity from '../calls/identity';
import * as info from '../calls/info';
import { linux } from '../table';

export function systemRows(): void {
  linux(63, 'uname', 'p', identity.sysUname);
  linux(99, 'sysinfo', 'p', info.sysSysinfo);
  linux(103, 'syslog', 'dpd', info.sysSyslog);
  linux(135, 'personality', 'd', identity.sysPersonality);
  linux(153, 'vhangup', '', hangUp.sysVhangup);
  linux(170, 'sethostname', 'pd', identity.sysSethostname);
  linux(171, 'setdomainname', 'pd', identity.sysSetdomainname);
  linux(169, 'reboot', 'dddd', info.sysReboot);
  linux(318, 'getrandom', 'pdd', info.sysGetrandom);
}
