// Five hello_time at once: each says hello, each ends well.

import { argument, argumentCount } from '../lib/arguments';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { execve, fork } from '../lib/process';
import { check, checkEqual, finish, waitStatus } from '../lib/test';

const COUNT: i32 = 5;

export function main(): i32 {
  const path = argumentCount() > 1 ? argument(1) : literal('/bin/hello_time');
  const argv = make<List>();
  argv.append(literal('hello_time'));
  const envp = make<List>();
  envp.append(literal('A=1'));
  const pids = make<List>();
  for (let i = 0; i < COUNT; i++) {
    const pid = fork();
    if (pid == 0) {
      execve(path, argv.values, envp.values);
      exit(3);
    }
    check(pid > 0, 'fork failed');
    pids.append(<usize>pid);
  }
  for (let i = 0; i < COUNT; i++) checkEqual(waitStatus(<i32>pids.get(i)), 0, 'status of a hello_time');
  return finish('multiple_processes', 'five processes share the processor and the same virtual addresses');
}
