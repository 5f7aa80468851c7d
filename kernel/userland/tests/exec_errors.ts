// What exec refuses, and that the caller goes on unharmed.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc } from '../lib/malloc';
import { execve, fork } from '../lib/process';
import { Sys, syscall } from '../lib/syscall';
import { checkEqual, checkError, finish, waitStatus } from '../lib/test';

function exec(path: usize): i32 {
  const argv = make<List>();
  argv.append(literal('x'));
  const envp = make<List>();
  envp.append(literal('A=1'));
  return execve(path, argv.values, envp.values);
}

/** An argument list that no system takes: 8 MiB in 64 strings. */
function execHuge(): i32 {
  const text = malloc(131072);
  memory.fill(text, 0x61, 131071);
  store<u8>(text + 131071, 0);
  const argv = make<List>();
  for (let i = 0; i < 64; i++) argv.append(text);
  const envp = make<List>();
  envp.append(literal('A=1'));
  return execve(literal('/bin/true'), argv.values, envp.values);
}

function execLongName(): i32 {
  const name = malloc(5001);
  memory.fill(name, 0x61, 5000);
  store<u8>(name, 0x2f);
  store<u8>(name + 5000, 0);
  return exec(name);
}

/** 300 arguments of 100 bytes arrive. */
function execMany(): void {
  const text = malloc(101);
  memory.fill(text, 0x62, 100);
  store<u8>(text + 100, 0);
  const argv = make<List>();
  argv.append(literal('exec_errors'));
  argv.append(literal('--count'));
  for (let i = 0; i < 300; i++) argv.append(text);
  const envp = make<List>();
  envp.append(literal('A=1'));
  execve(argument(0), argv.values, envp.values);
  exit(99);
}

export function main(): i32 {
  if (argumentCount() > 1 && bytesAre(argument(1), '--count')) return argumentCount() == 302 ? 0 : 1;
  checkError(exec(literal('/no/such/program')), Errno.NOENT, 'a program that is not there');
  checkError(exec(literal('')), Errno.NOENT, 'an empty path');
  checkError(exec(literal('/bin')), Errno.ACCES, 'a directory');
  checkError(exec(literal('/bin/true/x')), Errno.NOTDIR, 'a path through a file');
  checkError(exec(literal('/dev/null')), Errno.ACCES, 'a device');
  checkError(execLongName(), Errno.NAMETOOLONG, 'a path of 5000 bytes');
  checkError(execHuge(), Errno.TOOBIG, 'arguments of 8 MiB');
  checkError(syscall(Sys.execve, 0, 0, 0), Errno.FAULT, 'no path at all');
  const pid = fork();
  if (pid == 0) execMany();
  checkEqual(waitStatus(pid), 0, '300 arguments');
  return finish('exec_errors', 'a failed exec leaves the caller as it was');
}
