// The shell's language, from the table of testing/shell-cases.ts: each script is run by /bin/sh in a directory of its
// own; standard output and status must be what the table says. Each case is a test with a marker.
//
// With the number of a case as argument only that one is run, and what came out is shown.

import { argument, argumentCount } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { bytesEqual } from '../lib/bytes';
import { chdir } from '../lib/directory';
import { Errno } from '../lib/errno';
import { exitNow } from '../lib/exit';
import { close, dup2, open, Open, pipe, read } from '../lib/file';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { printf, snprintf } from '../lib/printf';
import { execve, fork, getpid, waitpid } from '../lib/process';
import { stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { check, finish } from '../lib/test';
import { shellStatus } from '../lib/wait-status';
import { environmentVector, setEnvironmentVariable } from '../lib/environment';
import { SHELL_CASES } from '../testing/shell-cases';

const output = make<Buffer>();
const directory = memory.data(64);
let status: i32 = 0;

/** Runs `sh -c script` and leaves what it wrote in `output`, its status in `status`. */
function run(script: usize, number: i32): bool {
  const ends = memory.data(8, 4);
  const vector = memory.data(32, 8);
  store<usize>(vector, literal('sh'));
  store<usize>(vector, literal('-c'), 8);
  store<usize>(vector, script, 16);
  store<usize>(vector, 0, 24);
  snprintf(directory, 64, '/tmp/shell.%d.%d', getpid(), number);
  syscall(Sys.mkdir, directory, 0o777);
  if (pipe(ends) < 0) return false;
  const pid = fork();
  if (pid == 0) {
    const empty = open(literal('/dev/null'), Open.readWrite);
    chdir(directory);
    dup2(empty, 0);
    dup2(empty, 2);
    dup2(load<i32>(ends, 4), 1);
    close(load<i32>(ends));
    close(load<i32>(ends, 4));
    close(empty);
    execve(literal('/bin/sh'), vector, environmentVector());
    exitNow(127);
  }
  close(load<i32>(ends, 4));
  if (pid < 0) return false;
  output.clear();
  const block = memory.data(1024);
  let got: i64;
  do {
    got = read(load<i32>(ends), block, 1024);
    if (got > 0) output.range(block, <usize>got);
  } while (got > 0 || got == -Errno.INTR);
  close(load<i32>(ends));
  const how = memory.data(4, 4);
  do got = waitpid(pid, how, 0);
  while (got == -Errno.INTR);
  status = shellStatus(load<i32>(how));
  return true;
}

/** Cuts a field off at the separator (C2 A6 on a line of its own) and returns what follows; 0 at the end. */
function cut(at: usize): usize {
  for (; load<u8>(at); at++) {
    if (load<u8>(at) != 0x0a || load<u16>(at, 1) != 0xa6c2 || load<u8>(at, 3) != 0x0a) continue;
    store<u8>(at, 0);
    return at + 4;
  }
  return 0;
}

export function main(): i32 {
  setEnvironmentVariable(literal('HOME'), literal('/'));
  const word = argumentCount() > 1 ? argument(1) : 0;
  const only = word && parseDigits(word, 10) ? <i32>parsed() : 0;
  const text = make<Buffer>();
  text.bytes(literal(SHELL_CASES));
  let at = text.at + 1;
  let number = 0;
  while (true) {
    const script = at;
    const expected = cut(script);
    if (!expected) break;
    const wanted = cut(expected);
    if (!wanted) break;
    at = cut(wanted);
    number++;
    if (!at) break;
    if (only && number != only) continue;
    check(run(script, number), 'pipe or fork failed');
    parseDigits(wanted, 10);
    // The newline before the separator is not the output's own.
    const right = bytesEqual(output.at, expected) && status == <i32>parsed();
    if (right) printf('TEST_MARKER: shell_case_%d OK\n', number);
    else printf('TEST_MARKER: shell_case_%d FAIL status %d; run shell_language %d\n', number, status, number);
    if (!right || only) {
      stdout.unsigned(number).text(': ').bytes(script).newline().text('--- got ').unsigned(status).newline();
      stdout.bytes(output.at).text('--- instead of ').bytes(wanted).newline().bytes(expected).text('---\n');
    }
    check(right, 'a case of the table');
  }
  check(number > 200, 'the table is not complete');
  return finish('shell_language', 'sh');
}
