/** Names: what is done with a path. Rows of the table of system calls; table.ts says what a row holds. */
import * as path from '../calls/path';
import { linux } from '../table';

export function pathsRows(): void {
  linux(2, 'open', 'sdd', path.sysOpen);
  linux(4, 'stat', 'sp', path.sysStat);
  linux(6, 'lstat', 'sp', path.sysLstat);
  linux(21, 'access', 'sd', path.sysAccess);
  linux(79, 'getcwd', 'pd', path.sysGetcwd);
  linux(80, 'chdir', 's', path.sysChdir);
  linux(82, 'rename', 'ss', path.sysRefuseWrite);
  linux(83, 'mkdir', 'sd', path.sysRefuseWrite);
  linux(84, 'rmdir', 's', path.sysRefuseWrite);
  linux(85, 'creat', 'sd', path.sysRefuseWrite);
  linux(87, 'unlink', 's', path.sysRefuseWrite);
  linux(89, 'readlink', 'spd', path.sysReadlink);
  linux(90, 'chmod', 'sd', path.sysRefuseWrite);
  linux(257, 'openat', 'dsdd', path.sysOpenat);
  linux(262, 'newfstatat', 'dspd', path.sysNewfstatat);
  linux(267, 'readlinkat', 'dspd', path.sysReadlinkat);
  linux(269, 'faccessat', 'dsdd', path.sysFaccessat);
}
