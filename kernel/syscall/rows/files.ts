/** Descriptors: what is done with an open file. Rows of the table of system calls; table.ts says what a row holds. */
import * as attributes from '../calls/attributes';
import * as copy from '../calls/copy-files';
import * as descriptor from '../calls/descriptor';
import * as directory from '../calls/directory';
import * as file from '../calls/file';
import * as stat from '../calls/stat';
import * as storage from '../calls/storage';
import { linux, linuxPartial } from '../table';

export function filesRows(): void {
  linux(0, 'read', 'fpd', file.sysRead);
  linux(1, 'write', 'fpd', file.sysWrite);
  linux(3, 'close', 'f', descriptor.sysClose);
  linux(5, 'fstat', 'fp', stat.sysFstat);
  linux(8, 'lseek', 'fdd', file.sysLseek);
  linux(16, 'ioctl', 'fdd', descriptor.sysIoctl);
  linux(17, 'pread64', 'fpdd', file.sysPread64);
  linux(18, 'pwrite64', 'fpdd', file.sysPwrite64);
  linux(19, 'readv', 'fpd', file.sysReadv);
  linux(20, 'writev', 'fpd', file.sysWritev);
  linux(32, 'dup', 'f', descriptor.sysDup);
  linux(33, 'dup2', 'ff', descriptor.sysDup2);
  linux(40, 'sendfile', 'ffpd', copy.sysSendfile);
  linuxPartial(
    72,
    'fcntl',
    'fdd',
    descriptor.sysFcntl,
    'signals of F_SETOWN and F_SETSIG, leases, F_NOTIFY, write hints',
  );
  linux(73, 'flock', 'fd', descriptor.sysFlock);
  linux(74, 'fsync', 'f', storage.sysFsync);
  linux(75, 'fdatasync', 'f', storage.sysFdatasync);
  linux(77, 'ftruncate', 'fd', attributes.sysFtruncate);
  linux(78, 'getdents', 'fpd', directory.sysGetdents);
  linux(91, 'fchmod', 'fd', attributes.sysFchmod);
  linux(93, 'fchown', 'fdd', attributes.sysFchown);
  linux(187, 'readahead', 'fdd', storage.sysReadahead);
  linux(217, 'getdents64', 'fpd', directory.sysGetdents64);
  linuxPartial(221, 'fadvise64', 'fddd', storage.sysFadvise64, 'only POSIX_FADV_WILLNEED changes anything');
  linuxPartial(275, 'splice', 'fpfpdd', copy.sysSplice, 'pages are copied, SPLICE_F_NONBLOCK is ignored');
  linuxPartial(277, 'sync_file_range', 'fddd', storage.sysSyncFileRange, 'it writes the whole file');
  linux(285, 'fallocate', 'fddd', storage.sysFallocate);
  linux(292, 'dup3', 'ffd', descriptor.sysDup3);
  linux(295, 'preadv', 'fpddd', file.sysPreadv);
  linux(296, 'pwritev', 'fpddd', file.sysPwritev);
  linux(326, 'copy_file_range', 'fpfpdd', copy.sysCopyFileRange);
  linuxPartial(327, 'preadv2', 'fpdddd', file.sysPreadv2, 'RWF_NOWAIT');
  linuxPartial(328, 'pwritev2', 'fpdddd', file.sysPwritev2, 'RWF_NOWAIT, RWF_APPEND');
  linux(436, 'close_range', 'ddd', descriptor.sysCloseRange);
}
