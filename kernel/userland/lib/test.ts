// For the programs that test the kernel: checks, children, and the TEST_MARKER line.
//
// Rules: a program checks as often as it likes and ends with `return finish('name', 'hint')`. The first check that fails
// is the one that is reported. Source: docs/internals/contracts.md.

import { Errno } from './errno';
import { exit } from './exit';
import { literal } from './literal';
import { printf, snprintf } from './printf';
import { fork, waitpid } from './process';
import { stdout } from './stream';
import { errorName } from './strerror';
import { exited, exitStatus, signalled, termSignal } from './wait-status';

const failure = memory.data(160);
let failed = false;

/** Remembers what is wrong, unless something was already. */
export function check(condition: bool, what: string): void {
  if (!condition && !failed) {
    failed = true;
    snprintf(failure, 160, '%s', literal(what));
  }
}

export function checkEqual(actual: i64, expected: i64, what: string): void {
  if (actual != expected && !failed) {
    failed = true;
    snprintf(failure, 160, '%s: %d instead of %d', literal(what), actual, expected);
  }
}

/** Checks that a call failed with the errno. */
export function checkError(result: i64, error: i32, what: string): void {
  if (result == -(<i64>error) || failed) return;
  failed = true;
  const wanted = literal(errorName(error));
  if (result >= 0) snprintf(failure, 160, '%s: %d instead of %s', literal(what), result, wanted);
  else snprintf(failure, 160, '%s: %s instead of %s', literal(what), literal(errorName(result)), wanted);
}

export function hasFailed(): bool {
  return failed;
}

/** Prints the marker and returns the exit status. */
export function finish(name: string, hint: string): i32 {
  if (failed) printf('TEST_MARKER: %s FAIL %s; %s\n', literal(name), failure, literal(hint));
  else printf('TEST_MARKER: %s OK\n', literal(name));
  return failed ? 1 : 0;
}

/** In a child of a test: ends it with 0, or with `status` and the reason on stdout when a check failed there. */
export function finishChild(status: i32): void {
  if (failed) stdout.text('in the child: ').bytes(failure).newline();
  exit(failed ? status : 0);
}

/** Runs `body` in a child and returns the status of wait(), or negative errno. What `body` returns is its exit status. */
export function inChild(body: () => i32): i32 {
  stdout.flush();
  const pid = fork();
  if (pid == 0) exit(body());
  return pid < 0 ? pid : waitStatus(pid);
}

/** The status that wait() gives for `pid`, or negative errno. */
export function waitStatus(pid: i32): i32 {
  const status = memory.data(4, 4);
  store<i32>(status, -1);
  let waited: i32;
  do waited = waitpid(pid, status, 0);
  while (waited == -Errno.INTR);
  if (waited < 0) return waited;
  return waited == pid ? load<i32>(status) : -Errno.CHILD;
}

/** Checks that `body`, in a child, is killed by the signal. */
export function checkKilled(body: () => i32, signal: i32, what: string): void {
  const status = inChild(body);
  check(status >= 0, 'fork or wait failed');
  if (failed || (signalled(status) && termSignal(status) == signal)) return;
  failed = true;
  if (exited(status)) snprintf(failure, 160, '%s: it went on (status %d)', literal(what), exitStatus(status));
  else {
    snprintf(failure, 160, '%s: signal %d instead of %d', literal(what), termSignal(status), signal);
  }
}

/** Checks that `body`, in a child, returns 0. */
export function checkSucceeds(body: () => i32, what: string): void {
  const status = inChild(body);
  if (status == 0 || failed) return;
  failed = true;
  if (status < 0) snprintf(failure, 160, '%s: fork or wait: %d', literal(what), status);
  else if (exited(status)) snprintf(failure, 160, '%s: status %d', literal(what), exitStatus(status));
  else snprintf(failure, 160, '%s: signal %d', literal(what), termSignal(status));
}

let anyFailed = false;

/**
 * For a program with several tests: prints the marker of the one that ends here and starts the next with a clean slate.
 * `finishAll` gives the exit status.
 */
export function finishTest(name: string, hint: string): void {
  if (failed) anyFailed = true;
  finish(name, hint);
  failed = false;
}

/** The exit status of a program whose tests ended with finishTest. */
export function finishAll(): i32 {
  return anyFailed ? 1 : 0;
}

/**
 * Runs one of several tests in a child of its own, so that whatever it does to its process (handlers, mappings, masks)
 * is gone afterwards. `body` checks; a check that fails there fails the test.
 */
export function testInChild(name: string, hint: string, body: () => void): void {
  stdout.flush();
  const pid = fork();
  if (pid == 0) {
    body();
    if (finish(name, hint) != 0) exit(1);
    exit(0);
  }
  const status = pid < 0 ? pid : waitStatus(pid);
  if (status < 0) {
    check(false, 'fork or wait failed');
    finishTest(name, hint);
  } else if (signalled(status)) {
    failed = true;
    snprintf(failure, 160, 'killed by signal %d', termSignal(status));
    finishTest(name, hint);
  } else if (exitStatus(status) != 0) anyFailed = true;
}
