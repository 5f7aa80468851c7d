// fork and exec: a child becomes another program, with its arguments and environment, and its status comes back.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { getEnvironment } from '../lib/environment';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { execve, fork, getpid } from '../lib/process';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

/** The role that this program plays when it is executed by itself. */
function asChild(): i32 {
  const argumentsArrived =
    argumentCount() == 4 && bytesAre(argument(2), 'two words') && load<u8>(argument(3)) == 0;
  const value = getEnvironment(literal('BREENIX_TEST'));
  const environmentArrived = value != 0 && bytesAre(value, 'a=b') && !getEnvironment(literal('PATH'));
  if (!argumentsArrived) return 1;
  return environmentArrived ? 42 : 2;
}

function become(): void {
  const argv = make<List>();
  argv.append(literal('fork_exec'));
  argv.append(literal('--child'));
  argv.append(literal('two words'));
  argv.append(literal(''));
  const envp = make<List>();
  envp.append(literal('BREENIX_TEST=a=b'));
  execve(argument(0), argv.values, envp.values);
  exit(3);
}

/** hello_time replaces the child: `Hello from userspace!` appears. */
function becomeHello(): void {
  const argv = make<List>();
  argv.append(literal('hello_time'));
  const envp = make<List>();
  envp.append(literal('A=1'));
  execve(argumentCount() > 1 ? argument(1) : literal('/bin/hello_time'), argv.values, envp.values);
  exit(3);
}

export function main(): i32 {
  if (argumentCount() > 1 && bytesAre(argument(1), '--child')) return asChild();
  const before = getpid();
  let pid = fork();
  if (pid == 0) become();
  checkEqual(waitStatus(pid), 42 << 8, "status of the program's second life");
  pid = fork();
  if (pid == 0) becomeHello();
  checkEqual(waitStatus(pid), 0, 'status of hello_time');
  check(getpid() == before, 'the parent is another one');
  return finish('fork_exec', 'exec replaces the address space, keeps the pid and passes argv and envp');
}
