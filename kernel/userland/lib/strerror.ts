// Names and messages of error numbers.
//
// Rules: results are literals, never freed. `error` may have either sign.
// Source: POSIX <errno.h>; the wording is that of the GNU C library, which users know.

import { Errno } from './errno';

/** The message: `No such file or directory`. */
export function errorMessage(error: i64): string {
  switch (<i32>(error < 0 ? -error : error)) {
    case 0:
      return 'Success';
    case Errno.PERM:
      return 'Operation not permitted';
    case Errno.NOENT:
      return 'No such file or directory';
    case Errno.SRCH:
      return 'No such process';
    case Errno.INTR:
      return 'Interrupted system call';
    case Errno.IO:
      return 'Input/output error';
    case Errno.NXIO:
      return 'No such device or address';
    case Errno.TOOBIG:
      return 'Argument list too long';
    case Errno.NOEXEC:
      return 'Exec format error';
    case Errno.BADF:
      return 'Bad file descriptor';
    case Errno.CHILD:
      return 'No child processes';
    case Errno.AGAIN:
      return 'Resource temporarily unavailable';
    case Errno.NOMEM:
      return 'Cannot allocate memory';
    case Errno.ACCES:
      return 'Permission denied';
    case Errno.FAULT:
      return 'Bad address';
    case Errno.NOTBLK:
      return 'Block device required';
    case Errno.BUSY:
      return 'Device or resource busy';
    case Errno.EXIST:
      return 'File exists';
    case Errno.XDEV:
      return 'Invalid cross-device link';
    case Errno.NODEV:
      return 'No such device';
    case Errno.NOTDIR:
      return 'Not a directory';
    case Errno.ISDIR:
      return 'Is a directory';
    case Errno.INVAL:
      return 'Invalid argument';
    case Errno.NFILE:
      return 'Too many open files in system';
    case Errno.MFILE:
      return 'Too many open files';
    case Errno.NOTTY:
      return 'Inappropriate ioctl for device';
    case Errno.TXTBSY:
      return 'Text file busy';
    case Errno.FBIG:
      return 'File too large';
    case Errno.NOSPC:
      return 'No space left on device';
    case Errno.SPIPE:
      return 'Illegal seek';
    case Errno.ROFS:
      return 'Read-only file system';
    case Errno.MLINK:
      return 'Too many links';
    case Errno.PIPE:
      return 'Broken pipe';
    case Errno.DOM:
      return 'Numerical argument out of domain';
    case Errno.RANGE:
      return 'Numerical result out of range';
    case Errno.DEADLK:
      return 'Resource deadlock avoided';
    case Errno.NAMETOOLONG:
      return 'File name too long';
    case Errno.NOLCK:
      return 'No locks available';
    case Errno.NOSYS:
      return 'Function not implemented';
    case Errno.NOTEMPTY:
      return 'Directory not empty';
    case Errno.LOOP:
      return 'Too many levels of symbolic links';
    case Errno.OVERFLOW:
      return 'Value too large for defined data type';
    case Errno.NOTSUP:
      return 'Operation not supported';
    case Errno.TIMEDOUT:
      return 'Connection timed out';
    default:
      return 'Unknown error';
  }
}

/** The name of the common ones, for tests and traces: `ENOENT`. */
export function errorName(error: i64): string {
  switch (<i32>(error < 0 ? -error : error)) {
    case 0:
      return 'success';
    case Errno.PERM:
      return 'EPERM';
    case Errno.NOENT:
      return 'ENOENT';
    case Errno.SRCH:
      return 'ESRCH';
    case Errno.INTR:
      return 'EINTR';
    case Errno.IO:
      return 'EIO';
    case Errno.TOOBIG:
      return 'E2BIG';
    case Errno.NOEXEC:
      return 'ENOEXEC';
    case Errno.BADF:
      return 'EBADF';
    case Errno.CHILD:
      return 'ECHILD';
    case Errno.AGAIN:
      return 'EAGAIN';
    case Errno.NOMEM:
      return 'ENOMEM';
    case Errno.ACCES:
      return 'EACCES';
    case Errno.FAULT:
      return 'EFAULT';
    case Errno.EXIST:
      return 'EEXIST';
    case Errno.NOTDIR:
      return 'ENOTDIR';
    case Errno.ISDIR:
      return 'EISDIR';
    case Errno.INVAL:
      return 'EINVAL';
    case Errno.MFILE:
      return 'EMFILE';
    case Errno.NOTTY:
      return 'ENOTTY';
    case Errno.SPIPE:
      return 'ESPIPE';
    case Errno.ROFS:
      return 'EROFS';
    case Errno.NAMETOOLONG:
      return 'ENAMETOOLONG';
    case Errno.NOSYS:
      return 'ENOSYS';
    default:
      return 'another errno';
  }
}
