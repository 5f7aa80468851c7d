// chroot: run a program with another root directory. As in other systems.

import { argument, argumentVector } from '../lib/arguments';
import { findByte } from '../lib/bytes';
import { chdir } from '../lib/directory';
import { getEnvironment } from '../lib/environment';
import { Errno } from '../lib/errno';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { findUserById, groupsOf, parseGroup, parseUser } from '../lib/passwd';
import { execSearch } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: chroot [--userspec=USER[:GROUP]] DIRECTORY [PROGRAM [ARGUMENT...]]
Run a program (an interactive shell) with DIRECTORY as the root.
`;

export function main(): i32 {
  let user: usize = 0;
  for (
    let option = nextOption('', HELP, 'userspec=u:');
    option != END;
    option = nextOption('', HELP, 'userspec=u:')
  ) {
    if (option == BAD) return 125;
    user = optionArgument();
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 125;
  }
  const directory = argument(operandIndex());
  let error = <i32>syscall(Sys.chroot, directory);
  if (!error) error = chdir(literal('/'));
  if (error < 0) {
    message()
      .text("cannot change root directory to '")
      .bytes(directory)
      .text("': ")
      .text(errorMessage(error))
      .newline();
    return 125;
  }
  if (user && !becomes(user)) return 125;
  let vector: usize = argumentVector(operandIndex() + 1);
  if (operandCount() == 1) {
    const list = make<List>();
    const shell = getEnvironment(literal('SHELL'));
    list.append(shell ? shell : literal('/bin/sh'));
    list.append(literal('-i'));
    vector = list.values;
  }
  const failed = execSearch(load<usize>(vector), vector);
  reportError(load<usize>(vector), failed);
  return failed == -Errno.NOENT ? 127 : 126;
}

/** Names are those of the new root's /etc/passwd. */
function becomes(word: usize): bool {
  const colon = findByte(word, 0x3a);
  if (colon) store<u8>(colon, 0);
  const uid = parseUser(word);
  const known = findUserById(<u32>uid);
  let gid: i64 = colon ? parseGroup(colon + 1) : -2;
  if (gid == -2 && known) gid = known.gid;
  if (uid < 0 || gid == -1) {
    message().text("invalid user '").bytes(word).text("'").newline();
    return false;
  }
  const groups = memory.data(128, 4);
  const count = known && gid >= 0 ? groupsOf(known.name, <u32>gid, groups, 32) : 0;
  let error = syscall(Sys.setgroups, count, groups);
  if (!error && gid >= 0) error = syscall(Sys.setgid, gid);
  if (!error) error = syscall(Sys.setuid, uid);
  if (error < 0) reportError(word, error);
  return error == 0;
}
