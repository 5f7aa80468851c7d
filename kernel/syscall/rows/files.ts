/** Descriptors: what is done with an open file. Rows of the table of system calls; table.ts says what a row holds. */
import * as attributes from '../calls/attributes';
import * as directory from '../calls/directory';
import * as file from '../calls/file';
import * as stat from '../calls/stat';
import { linux } from '../table';

export function filesRows(): void {
  linux(0, 'read', 'fpd', file.sysRead);
  linux(1, 'write', 'fpd', file.sysWrite);
  linux(3, 'close', 'f', file.sysClose);
  linux(5, 'fstat', 'fp', stat.sysFstat);
  linux(8, 'lseek', 'fdd', file.sysLseek);
  linux(16, 'ioctl', 'fdd', file.sysIoctl);
  linux(17, 'pread64', 'fpdd', file.sysPread64);
  linux(19, 'readv', 'fpd', file.sysReadv);
  linux(20, 'writev', 'fpd', file.sysWritev);
  linux(32, 'dup', 'f', file.sysDup);
  linux(33, 'dup2', 'ff', file.sysDup2);
  linux(72, 'fcntl', 'fdd', file.sysFcntl);
  linux(77, 'ftruncate', 'fd', attributes.sysFtruncate);
  linux(78, 'getdents', 'fpd', directory.sysGetdents);
  linux(91, 'fchmod', 'fd', attributes.sysFchmod);
  linux(93, 'fchown', 'fdd', attributes.sysFchown);
  linux(217, 'getdents64', 'fpd', directory.sysGetdents64);
  linux(292, 'dup3', 'ffd', file.sysDup3);
}
