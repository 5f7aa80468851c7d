// Runs every program of /tests, one after the other, each with a time limit, and counts.
//
//   run_all [DIRECTORY [NAME...]]     (without a directory: /tests, then /tests/c)
//
// The last line is `TESTS: P passed, F failed`; the status is 0 when none failed.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre, compareBytes, duplicateBytes } from '../lib/bytes';
import { closeDirectory, directoryError, nextEntry, openDirectory } from '../lib/directory';
import { environmentVector } from '../lib/environment';
import { exitNow } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { joinPath } from '../lib/path';
import { printf } from '../lib/printf';
import { execve, fork, getpgid, getpid, setpgid, Wait, waitpid } from '../lib/process';
import { reportError } from '../lib/report';
import { Disposition, kill, setDisposition, Signal, signalMessage } from '../lib/signal';
import { isDirectory } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { foregroundGroup, setForegroundGroup } from '../lib/terminal';
import { monotonicNs, sleepNs } from '../lib/time';
import { exited, exitStatus, signalled, termSignal } from '../lib/wait-status';

const LIMIT_NS: i64 = 60_000_000_000;
/** How often a running test is looked at. */
const LOOK_NS: i64 = 2_000_000;

const status = memory.data(4, 4);
/** Descriptor 0 is a terminal, and this program is in its foreground: each test is, too. */
let hasTerminal = false;
let ownGroup: i32 = 0;
let passed = 0;
let failed = 0;

/** The names to run, sorted. */
function collect(folder: usize): List {
  const names = make<List>();
  if (argumentCount() > 2) {
    for (let i = 2; i < argumentCount(); i++) names.append(argument(i));
    return names;
  }
  const directory = openDirectory(folder);
  if (!directory) {
    reportError(folder, directoryError());
    return names;
  }
  while (nextEntry(directory)) {
    const name = directory.name;
    if (load<u8>(name) == 0x2e || bytesAre(name, 'run_all')) continue;
    const path = mustAllocate(joinPath(folder, name));
    if (!isDirectory(path)) assert(names.append(mustAllocate(duplicateBytes(name))), 'out of memory');
    free(path);
  }
  closeDirectory(directory);
  names.sort(compareBytes);
  return names;
}

/** Runs one; true when it ended with 0 in time. */
function run(folder: usize, name: usize): bool {
  const path = mustAllocate(joinPath(folder, name));
  stdout.flush();
  const pid = fork();
  if (pid == 0) {
    // A group of its own, in the foreground: whatever the test leaves running ends with it.
    setpgid(0, 0);
    if (hasTerminal) setForegroundGroup(0, getpid());
    setDisposition(Signal.TTOU, Disposition.standard);
    const argv = make<List>();
    argv.append(path);
    execve(path, argv.values, environmentVector());
    exitNow(127);
  }
  free(path);
  if (pid < 0) {
    printf('TEST_MARKER: %s FAIL fork: error %d; is memory lost?\n', name, -pid);
    return false;
  }
  setpgid(pid, pid);
  const inTime = waitUntil(pid, monotonicNs() + LIMIT_NS);
  kill(-pid, Signal.KILL);
  if (hasTerminal) setForegroundGroup(0, ownGroup);
  const result = load<i32>(status);
  if (!inTime) {
    printf('TEST_MARKER: %s FAIL it did not end in %d s; it was killed\n', name, LIMIT_NS / 1_000_000_000);
  } else if (signalled(result)) {
    printf(
      'TEST_MARKER: %s FAIL killed: %s; see the kernel log\n',
      name,
      literal(signalMessage(termSignal(result))),
    );
  } else if (exitStatus(result) > 1) {
    printf('TEST_MARKER: %s FAIL exit status %d; see its output\n', name, exitStatus(result));
  }
  return inTime && exited(result) && exitStatus(result) == 0;
}

/** False when the time was up; the process has been killed and waited for then. */
function waitUntil(pid: i32, deadline: i64): bool {
  while (monotonicNs() < deadline) {
    if (waitpid(pid, status, Wait.noHang) == pid) return true;
    sleepNs(LOOK_NS);
  }
  kill(-pid, Signal.KILL);
  kill(pid, Signal.KILL);
  waitpid(pid, status, 0);
  return false;
}

function runFolder(folder: usize): void {
  const names = collect(folder);
  for (let i = 0; i < names.length; i++) {
    if (run(folder, names.get(i))) passed++;
    else failed++;
  }
}

export function main(): i32 {
  hasTerminal = isTerminal(0) && foregroundGroup(0) == getpgid(0);
  ownGroup = getpgid(0);
  setDisposition(Signal.TTOU, Disposition.ignore);
  if (argumentCount() > 1) runFolder(argument(1));
  else {
    runFolder(literal('/tests'));
    runFolder(literal('/tests/c'));
  }
  printf('TESTS: %d passed, %d failed\n', passed, failed);
  return failed || !passed ? 1 : 0;
}
