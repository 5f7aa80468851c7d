// Jobs: the processes of one pipeline, in a process group of their own with `set -m`.
// Source: POSIX 2.11 (signals), 3.203 (job control), jobs, fg, bg, wait, 2.9.3.1 (asynchronous lists).
//
// Rules: whoever forks calls joinJob() in the parent and prepareChild() in the child with the same job; before a child
// that goes on as a shell, pollJobs(). A job in the
// table is freed by the table; one in the foreground by its waiter.

import { Buffer, takeBytes } from '../lib/buffer';
import { bytesStartWithBytes, containsBytes } from './text';
import { Errno } from '../lib/errno';
import { fcntl, Fcntl, open, Open, close, dup2 } from '../lib/file';
import { freeList, List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parseInteger, parsed } from '../lib/number';
import { getpgid, setpgid, Wait, waitpid } from '../lib/process';
import { kill, Signal, signalMessage } from '../lib/signal';
import { stderr, stdout, Stream } from '../lib/stream';
import { foregroundGroup, getTermios, setForegroundGroup, setTermios, Termios } from '../lib/terminal';
import {
  dumpedCore,
  exited,
  exitStatus,
  shellStatus,
  signalled,
  stopped,
  stopSignal,
  termSignal,
} from '../lib/wait-status';
import { Node } from './ast';
import { describe } from './describe';
import { enterChild, interactive, Option, option, setOption } from './state';
import { forgetTraps, ignoreKeys, interrupted, trapPending, updateSignals } from './traps';

@unmanaged
@final
export class Job {
  next: Job | null;
  /** In the table: 1, 2, …; 0 for a foreground job. */
  number: i32;
  /** The process group; 0 without job control. */
  group: i32;
  pids: List;
  /** For each process: RUNNING, or the status that wait() gave. */
  statuses: List;
  text: usize;
  /** The newest of those that were stopped or started last is the current job. */
  order: i32;
  /** What it is has been said. */
  told: bool;
}

const RUNNING: usize = usize.MAX_VALUE;
/** Ended jobs that a script has not waited for are remembered up to this many. */
const REMEMBERED: i32 = 256;

/** The table, in the order of numbers. */
let table: Job | null = null;
/** In a subshell that has started no job of its own: the table is that of the shell it comes from. */
let inherited = false;
let tableLength = 0;
let orders = 0;
let terminal: i32 = -1;
let ownGroup: i32 = 0;
let firstGroup: i32 = 0;
const ownTermios = changetype<Termios>(memory.data(64, 8));
const status = memory.data(4, 4);

/** `set -m`, and at the begin of an interactive shell: takes the terminal. False when there is none. */
export function startJobControl(): bool {
  if (terminal < 0) {
    let fd = open(literal('/dev/tty'), Open.readWrite | Open.closeOnExec);
    if (fd < 0) fd = <i32>fcntl(2, Fcntl.duplicateCloseOnExec, 10);
    if (fd < 0) return false;
    terminal = <i32>fcntl(fd, Fcntl.duplicateCloseOnExec, 10);
    close(fd);
    if (foregroundGroup(terminal) < 0) {
      close(terminal);
      terminal = -1;
      return false;
    }
  }
  firstGroup = getpgid(0);
  // Wait until the shell is in the foreground.
  for (let i = 0; i < 100 && foregroundGroup(terminal) != getpgid(0); i++) kill(0, Signal.TTIN);
  setOption(Option.monitor, true);
  updateSignals();
  setpgid(0, 0);
  ownGroup = getpgid(0);
  setForegroundGroup(terminal, ownGroup);
  getTermios(terminal, ownTermios);
  return true;
}

/** `set +m`, and at the end. */
export function stopJobControl(): void {
  if (terminal >= 0 && firstGroup) {
    setForegroundGroup(terminal, firstGroup);
    setpgid(0, firstGroup);
    close(terminal);
    terminal = -1;
  }
  setOption(Option.monitor, false);
  updateSignals();
}

function hasTerminal(): bool {
  return option(Option.monitor) && terminal >= 0;
}

/** `kept`: it will be in the table, where its text is seen. */
export function makeJob(node: Node, kept: bool = false): Job {
  const job = make<Job>();
  job.pids = make<List>();
  job.statuses = make<List>();
  if (!kept && !interactive && !option(Option.monitor)) return job;
  const text = make<Buffer>();
  text.clear();
  describe(node, text);
  job.text = takeBytes(text);
  free(changetype<usize>(text));
  return job;
}

/** In the parent, after each fork. */
export function joinJob(job: Job, pid: i32): void {
  assert(job.pids.append(<usize>pid) && job.statuses.append(RUNNING), 'out of memory');
  if (!option(Option.monitor)) return;
  if (!job.group) job.group = pid;
  setpgid(pid, job.group);
}

/** In the child, after fork: its group, the terminal for a foreground job, signals as a program expects them. */
export function prepareChild(job: Job | null, foreground: bool): void {
  const monitor = option(Option.monitor);
  const fd = terminal;
  if (monitor && job) {
    setpgid(0, job.group);
    if (foreground && fd >= 0) setForegroundGroup(fd, getpgid(0));
  }
  enterChild();
  setOption(Option.monitor, false);
  terminal = -1;
  inherited = table != null;
  forgetTraps();
  updateSignals();
  if (!monitor && !foreground) {
    ignoreKeys();
    const empty = open(literal('/dev/null'), Open.readOnly);
    if (empty > 0) {
      dup2(empty, 0);
      close(empty);
    }
  }
}

/** Waits for a foreground job and returns its $?. A job that stops moves into the table. */
export function waitForeground(job: Job): i32 {
  const own = hasTerminal();
  for (let i = 0; i < job.pids.length; i++) {
    if (isRunning(job, i)) collect(job, i, false);
  }
  if (own) setForegroundGroup(terminal, ownGroup);
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  if (isStopped(job)) {
    if (own) setTermios(terminal, ownTermios);
    if (!job.number) keepJob(job);
    else job.order = ++orders;
    job.told = true;
    stderr.newline();
    show(job, stderr, false, false);
    return stopped(last) ? shellStatus(last) : 128 + Signal.TSTP;
  }
  let result = shellStatus(last);
  if (option(Option.pipefail)) {
    for (let i = job.statuses.length - 1; i >= 0 && !result; i--)
      result = shellStatus(<i32>job.statuses.get(i));
  }
  if (signalled(last)) reportDeath(last);
  forget(job);
  return result;
}

function reportDeath(last: i32): void {
  if (hasTerminal()) setTermios(terminal, ownTermios);
  const signal = termSignal(last);
  if (signal == Signal.INT) {
    if (interactive) stderr.newline();
  } else if (signal != Signal.PIPE) {
    stderr
      .text(signalMessage(signal))
      .text(dumpedCore(last) ? ' (core dumped)' : '')
      .newline();
  }
}

/** Whether a foreground job ended by ^C, so that the rest of a line is dropped. */
export function endedByInterrupt(result: i32): bool {
  return interactive && result == 128 + Signal.INT;
}

/** Waits for process `i`; false when a signal came first and `yields`. */
function collect(job: Job, i: i32, yields: bool): bool {
  let pid: i32;
  do pid = waitpid(<i32>job.pids.get(i), status, option(Option.monitor) ? Wait.untraced : 0);
  while (pid == -Errno.INTR && !(yields && trapPending()));
  if (pid == -Errno.INTR) return false;
  job.statuses.set(i, pid > 0 ? load<u32>(status) : 127 << 8);
  return true;
}

/** Waits for one process that is no job; its $?. */
export function waitProcess(pid: i32): i32 {
  let got: i32;
  do got = waitpid(pid, status, 0);
  while (got == -Errno.INTR);
  if (got < 0) return 127;
  return shellStatus(load<i32>(status));
}

function isRunning(job: Job, i: i32): bool {
  return job.statuses.get(i) == RUNNING || stopped(<i32>job.statuses.get(i));
}

function isStopped(job: Job): bool {
  for (let i = 0; i < job.pids.length; i++) {
    if (job.statuses.get(i) != RUNNING && stopped(<i32>job.statuses.get(i))) return true;
  }
  return false;
}

/** Whether a process of the job runs (or, with `orStopped`, is stopped). */
function isAlive(job: Job, orStopped: bool): bool {
  for (let i = 0; i < job.pids.length; i++) {
    if (job.statuses.get(i) == RUNNING) return true;
    if (orStopped && stopped(<i32>job.statuses.get(i))) return true;
  }
  return false;
}

/** Puts a job into the table and returns its number. */
export function keepJob(job: Job): i32 {
  if (inherited) {
    inherited = false;
    table = null;
    tableLength = 0;
  }
  if (tableLength > REMEMBERED) forgetOldest();
  let last = table;
  while (last && last.next) last = last.next;
  job.number = last ? last.number + 1 : 1;
  job.order = ++orders;
  if (last) last.next = job;
  else table = job;
  tableLength++;
  return job.number;
}

function forgetOldest(): void {
  pollJobs();
  let job = table;
  while (job && isAlive(job, true)) job = job.next;
  if (job) forget(job);
}

/** Notes which processes have ended, without waiting; also before a subshell begins, which cannot ask. */
export function pollJobs(): void {
  if (inherited) return;
  let job = table;
  while (job) {
    for (let i = 0; i < job.pids.length; i++) {
      if (!isRunning(job, i)) continue;
      const pid = waitpid(<i32>job.pids.get(i), status, Wait.noHang | Wait.untraced);
      if (pid > 0) {
        job.statuses.set(i, load<u32>(status));
        job.told = false;
        if (stopped(load<i32>(status))) job.order = ++orders;
      } else if (pid < 0 && pid != -Errno.INTR) job.statuses.set(i, 127 << 8);
    }
    job = job.next;
  }
}

/** Before a prompt: says which jobs have changed, and drops those that have ended. */
export function reportFinished(): void {
  if (!table) return;
  pollJobs();
  let job = table;
  while (job) {
    const next = job.next;
    const ended = !isAlive(job, true);
    if (interactive && !job.told && (ended || !isAlive(job, false))) {
      show(job, stderr, false, false);
      job.told = true;
    }
    // A script may still wait for it.
    if (ended && interactive) forget(job);
    job = next;
  }
}

/** The `jobs` builtin, for one job or (null) all. */
export function listJobs(only: Job | null, long: bool, idsOnly: bool): void {
  pollJobs();
  let job = table;
  while (job) {
    const next = job.next;
    if (!only || only == job) {
      if (idsOnly) stdout.unsigned(job.group ? job.group : job.pids.get(0)).newline();
      else show(job, stdout, long, true);
      job.told = true;
      if (!isAlive(job, true)) forget(job);
    }
    job = next;
  }
}

/** Whether some job is stopped: a warning before exit. */
export function hasStoppedJobs(): bool {
  let job = table;
  while (job) {
    if (!isAlive(job, false) && isAlive(job, true)) return true;
    job = job.next;
  }
  return false;
}

function show(job: Job, out: Stream, long: bool, _listed: bool): void {
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  const mark = currentJob() == job ? 0x2b : previousJob() == job ? 0x2d : 0x20;
  out
    .byte(0x5b)
    .unsigned(job.number)
    .byte(0x5d)
    .byte(<u8>mark)
    .byte(0x20);
  if (long) out.unsigned(job.pids.get(0));
  out.byte(0x20);
  if (isAlive(job, false)) out.text('Running');
  else if (isAlive(job, true)) {
    out.text('Stopped');
    const signal = stoppedBy(job);
    if (signal == Signal.TTIN) out.text(' (tty input)');
    else if (signal == Signal.TTOU) out.text(' (tty output)');
    else if (signal == Signal.STOP) out.text(' (signal)');
  } else if (signalled(last)) out.text(signalMessage(termSignal(last)));
  else if (exited(last) && exitStatus(last)) out.text('Done(').unsigned(exitStatus(last)).byte(0x29);
  else out.text('Done');
  out.text('    ');
  if (job.text) out.bytes(job.text);
  out.newline();
}

function stoppedBy(job: Job): i32 {
  for (let i = 0; i < job.pids.length; i++) {
    const each = <i32>job.statuses.get(i);
    if (job.statuses.get(i) != RUNNING && stopped(each)) return stopSignal(each);
  }
  return 0;
}

/** The job that was stopped or started last: stopped ones come first. */
export function currentJob(): Job | null {
  return newestBut(null);
}

export function previousJob(): Job | null {
  return newestBut(currentJob());
}

function newestBut(other: Job | null): Job | null {
  let best: Job | null = null;
  let bestStopped = false;
  let job = table;
  while (job) {
    const isStopped = !isAlive(job, false) && isAlive(job, true);
    if (job != other) {
      const better =
        !best || (isStopped && !bestStopped) || (isStopped == bestStopped && job.order > best.order);
      if (better) {
        best = job;
        bestStopped = isStopped;
      }
    }
    job = job.next;
  }
  return best;
}

let ambiguous = false;
export function jobIsAmbiguous(): bool {
  return ambiguous;
}

/** %N %% %+ %- %TEXT %?TEXT, or a process id; null when there is none. */
export function findJob(word: usize): Job | null {
  ambiguous = false;
  if (load<u8>(word) != 0x25) return parseInteger(word) ? findJobOf(<i32>parsed()) : null;
  const name = word + 1;
  const first = load<u8>(name);
  if (!first || ((first == 0x25 || first == 0x2b) && !load<u8>(name, 1))) return currentJob();
  if (first == 0x2d && !load<u8>(name, 1)) return previousJob();
  const byNumber = first >= 0x30 && first <= 0x39 && parseInteger(name);
  const number = byNumber ? <i32>parsed() : 0;
  let found: Job | null = null;
  let job = table;
  while (job) {
    const matches = byNumber
      ? job.number == number
      : job.text != 0 &&
        (first == 0x3f ? containsBytes(job.text, name + 1) : bytesStartWithBytes(job.text, name));
    if (matches) {
      if (found) ambiguous = true;
      found = job;
    }
    job = job.next;
  }
  return ambiguous ? null : found;
}

/** Whether the jobs are another shell's: to be shown and signalled, not waited for. */
export function jobsAreInherited(): bool {
  return inherited;
}

/** The job that the process belongs to; null when there is none. */
export function findJobOf(pid: i32): Job | null {
  if (inherited) return null;
  let job = table;
  while (job) {
    for (let i = 0; i < job.pids.length; i++) if (<i32>job.pids.get(i) == pid) return job;
    job = job.next;
  }
  return null;
}

/** A job of the table, by its place; null behind the last. */
export function jobAfter(job: Job | null): Job | null {
  if (job) return job.next;
  return inherited ? null : table;
}

/** Waits for a job to end and drops it; its $?, or -1 when a signal came first that is trapped. */
export function waitJob(job: Job): i32 {
  for (let i = 0; i < job.pids.length; i++) {
    if (job.statuses.get(i) == RUNNING && !collect(job, i, true)) return -1;
    if (interrupted) return -1;
  }
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  if (isAlive(job, true)) return shellStatus(last);
  forget(job);
  return shellStatus(last);
}

/** Lets a stopped job run on. */
export function continueJob(job: Job, foreground: bool): void {
  if (foreground && hasTerminal() && job.group) setForegroundGroup(terminal, job.group);
  for (let i = 0; i < job.pids.length; i++) {
    if (job.statuses.get(i) != RUNNING && stopped(<i32>job.statuses.get(i))) job.statuses.set(i, RUNNING);
  }
  job.order = ++orders;
  if (job.group) kill(-job.group, Signal.CONT);
  else kill(<i32>job.pids.get(0), Signal.CONT);
}

/** Sends a signal to all of the job. 0 or negative errno. */
export function signalJob(job: Job, signal: i32): i32 {
  let result: i32;
  if (job.group) result = kill(-job.group, signal);
  else {
    result = 0;
    for (let i = 0; i < job.pids.length; i++) {
      const error = kill(<i32>job.pids.get(i), signal);
      if (error < 0) result = error;
    }
  }
  const wakes = signal == Signal.TERM || signal == Signal.HUP;
  if (wakes && isStopped(job) && job.group) kill(-job.group, Signal.CONT);
  return result;
}

export function forget(job: Job): void {
  if (table == job) {
    table = job.next;
    tableLength--;
  } else {
    let previous = table;
    while (previous && previous.next != job) previous = previous.next;
    if (previous) {
      previous.next = job.next;
      tableLength--;
    }
  }
  freeList(job.pids);
  freeList(job.statuses);
  free(changetype<usize>(job.pids));
  free(changetype<usize>(job.statuses));
  free(job.text);
  free(changetype<usize>(job));
}
