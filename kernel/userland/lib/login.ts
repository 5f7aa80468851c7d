// Becoming a user: groups, user, environment, shell. For login and su.
//
// Rules: the functions that become do not come back on success. Source: POSIX login practice; initgroups(3), environ(7).

import { byteLength, findLastByte } from './bytes';
import { Errno } from './errno';
import { setEnvironmentVariable } from './environment';
import { literal } from './literal';
import { malloc, mustAllocate } from './malloc';
import { groupsOf, User } from './passwd';
import { snprintf } from './printf';
import { Sys, syscall } from './syscall';
import { read } from './file';
import { stdout } from './stream';
import { getTermios, setTermiosFlush, Termios } from './terminal';

const MAX_GROUPS: i32 = 64;
const ECHO: u32 = 0o10;
const ECHONL: u32 = 0o100;
const ICANON: u32 = 0o2;
const PASSWORD_BYTES: usize = 256;

/** Groups and user of the process become those of `user`: 0 or negative errno. */
export function becomeUser(user: User): i64 {
  const groups = memory.data(64 * 4, 4);
  const count = groupsOf(user.name, user.gid, groups, MAX_GROUPS);
  const already = syscall(Sys.getuid) == user.uid && syscall(Sys.getgid) == user.gid;
  const failed = syscall(Sys.setgroups, <u64>count, groups);
  // A kernel without the call has no other users to become either.
  if (failed == -Errno.NOSYS && already) return 0;
  if (failed < 0) return failed;
  const noGroup = syscall(Sys.setgid, user.gid);
  return noGroup < 0 ? noGroup : syscall(Sys.setuid, user.uid);
}

/** HOME, SHELL, USER, LOGNAME, PATH. */
export function setUserEnvironment(user: User): void {
  setEnvironmentVariable(literal('HOME'), user.home);
  setEnvironmentVariable(literal('SHELL'), shellOf(user));
  setEnvironmentVariable(literal('USER'), user.name);
  setEnvironmentVariable(literal('LOGNAME'), user.name);
  setEnvironmentVariable(literal('PATH'), literal(user.uid == 0 ? '/bin:/usr/bin:/tests' : '/bin:/usr/bin'));
}

export function shellOf(user: User): usize {
  return load<u8>(user.shell) ? user.shell : literal('/bin/sh');
}

/** `-sh` for /bin/sh: what tells a shell that it is a login shell. */
export function loginName(shell: usize): usize {
  const slash = findLastByte(shell, 0x2f);
  const name = slash ? slash + 1 : shell;
  const room = byteLength(name) + 2;
  const result = mustAllocate(malloc(room));
  snprintf(result, room, '-%s', name);
  return result;
}

/** Asks on the terminal without echo; a static byte string, or 0 when nobody is there. */
export function askPassword(prompt: string): usize {
  const line = memory.data(256);
  const mode = changetype<Termios>(memory.data(64, 8));
  const isTerminal = getTermios(0, mode) >= 0;
  const before = mode.local;
  if (isTerminal) {
    mode.local = (before & ~ECHO) | ICANON | ECHONL;
    setTermiosFlush(0, mode);
  }
  stdout.text(prompt).flush();
  const got = read(0, line, PASSWORD_BYTES - 1);
  mode.local = before;
  if (isTerminal) setTermiosFlush(0, mode);
  if (got <= 0) return 0;
  let size: usize = 0;
  while (<i64>size < got && load<u8>(line + size) != 0x0a) size++;
  memory.fill(line + size, 0, PASSWORD_BYTES - size);
  return line;
}
