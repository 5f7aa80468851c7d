/**
 * User and group numbers of the calling process (credentials(7)).
 */
import { currentCredentials } from '../../proc/credentials';
import { SyscallArgs } from '../arguments';

export function sysGetuid(_a: SyscallArgs): i64 {
  return currentCredentials().uid;
}

export function sysGetgid(_a: SyscallArgs): i64 {
  return currentCredentials().gid;
}

export function sysGeteuid(_a: SyscallArgs): i64 {
  return currentCredentials().euid;
}

export function sysGetegid(_a: SyscallArgs): i64 {
  return currentCredentials().egid;
}
