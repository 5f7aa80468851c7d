// passwd: change a password in /etc/passwd. Source: passwd(1), passwd(5).
//
// The new file is written beside the old one, brought to the disk and renamed over it: a crash leaves one or the other.

import { argument } from '../lib/arguments';
import { bytesEqual, duplicateBytes, findByte } from '../lib/bytes';
import { hashPassword, passwordMatches } from '../lib/crypt';
import { close, open, Open, writeFully } from '../lib/file';
import { Buffer } from '../lib/buffer';
import { literal } from '../lib/literal';
import { askPassword } from '../lib/login';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { findUser, findUserById, User } from '../lib/passwd';
import { printf } from '../lib/printf';
import { closeReader, nextLine, openReader } from '../lib/reader';
import { reportError, reportText, reportUsage, reportWord } from '../lib/report';
import { Sys, syscall } from '../lib/syscall';

const HELP = `usage: passwd [-d | -l] [USER]
Change the password of USER (of whoever calls).
  -d  no password: anybody can log in as USER (root only)
  -l  lock: nobody can (root only)
`;

export function main(): i32 {
  let how: i32 = 0;
  for (let option = nextOption('dl', HELP); option != END; option = nextOption('dl', HELP)) {
    if (option == BAD) return 2;
    how = option;
  }
  if (operandCount() > 1) {
    reportUsage('extra operand');
    return 2;
  }
  const caller = <u32>syscall(Sys.getuid);
  const user = operandCount() ? findUser(argument(operandIndex())) : findUserById(caller);
  if (!user) {
    if (operandCount()) reportWord('no such user', argument(operandIndex()));
    else reportText('you have no entry in /etc/passwd');
    return 1;
  }
  if (caller != 0 && (user.uid != caller || how)) {
    reportText('only root may do that');
    return 1;
  }
  let field = literal(how == 0x6c ? '*' : '');
  if (!how) {
    if (caller != 0 && !knowsOld(user)) return 1;
    field = askNew(user);
    if (!field) return 1;
  }
  const error = replaceField(user.name, field);
  if (error < 0) {
    reportError(literal('/etc/passwd'), error);
    return 1;
  }
  printf('Password of %s changed.\n', user.name);
  return 0;
}

function knowsOld(user: User): bool {
  if (load<u8>(user.password) == 0) return true;
  const old = askPassword('Current password: ');
  if (old && passwordMatches(old, user.password)) return true;
  reportText('that is not the current password');
  return false;
}

/** The hash of a password that was typed twice; 0 when that failed. */
function askNew(user: User): usize {
  printf('Changing the password of %s.\n', user.name);
  const typed = askPassword('New password: ');
  if (!typed || load<u8>(typed) == 0) {
    reportText('no password given: nothing changed');
    return 0;
  }
  const first = duplicateBytes(typed);
  const second = askPassword('Again: ');
  if (!second || !bytesEqual(first, second)) {
    reportText('they differ: nothing changed');
    return 0;
  }
  return hashPassword(first);
}

/** Writes /etc/passwd anew, with `field` as the second one of the user's line. */
function replaceField(name: usize, field: usize): i64 {
  const path = literal('/etc/passwd');
  const beside = literal('/etc/passwd.new');
  const from = open(path, Open.readOnly);
  if (from < 0) return from;
  const reader = openReader(from);
  if (!reader) return -12;
  const text = make<Buffer>();
  for (let line = nextLine(reader); line; line = nextLine(reader)) {
    const colon = findByte(line, 0x3a);
    const second = colon ? findByte(colon + 1, 0x3a) : 0;
    if (second) store<u8>(colon, 0);
    if (second && bytesEqual(line, name)) {
      text.bytes(line);
      text.byte(0x3a);
      text.bytes(field);
      text.bytes(second);
    } else {
      if (second) store<u8>(colon, 0x3a);
      text.bytes(line);
    }
    text.byte(0x0a);
  }
  closeReader(reader);
  close(from);
  const to = open(beside, Open.writeOnly | Open.create | Open.truncate, 0o644);
  if (to < 0) return to;
  let error: i64 = writeFully(to, text.at, text.length);
  if (error >= 0) error = syscall(Sys.fsync, <u64>to);
  close(to);
  if (error < 0) return error;
  return syscall(Sys.rename, beside, path);
}
