// Jobs: the processes of one pipeline, in a process group of their own when the shell is interactive.
// Source: POSIX 2.11 (signals), 3.203 (job control), wait, jobs, fg, bg.
//
// Rules: whoever forks calls joinJob() in the parent and prepareChild() in the child with the same job. A job in the
// table is freed by the table; one in the foreground by its waiter.

import { Buffer, takeBytes } from '../lib/buffer';
import { Errno } from '../lib/errno';
import { Restart, setHandler } from '../lib/handler';
import { freeList, List } from '../lib/list';
import { free, make } from '../lib/malloc';
import { fprintf } from '../lib/printf';
import { getpgid, setpgid, Wait, waitpid } from '../lib/process';
import { Disposition, kill, setDisposition, Signal, signalMessage } from '../lib/signal';
import { stderr, stdout, Stream } from '../lib/stream';
import { getTermios, setForegroundGroup, setTermios, Termios } from '../lib/terminal';
import { exited, exitStatus, shellStatus, signalled, stopped, termSignal } from '../lib/wait-status';
import { Node } from './ast';
import { describe } from './describe';
import { enterChild, interactive, interrupted, setInterrupted } from './state';

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
}

const RUNNING: usize = usize.MAX_VALUE;

/** The table, oldest first. */
let table: Job | null = null;
let ownGroup: i32 = 0;
const ownTermios = changetype<Termios>(memory.data(64, 8));
const status = memory.data(4, 4);

/** Called once by an interactive shell: it takes the terminal and no longer dies from its keys. */
export function startJobControl(): void {
  shellSignals(Disposition.ignore);
  setHandler(Signal.INT, onInterrupt, Restart.never);
  setpgid(0, 0);
  ownGroup = getpgid(0);
  setForegroundGroup(0, ownGroup);
  getTermios(0, ownTermios);
}

/** ^C while no program runs: it ends loops of builtins, `wait` and `read`. */
function onInterrupt(_signal: i32): void {
  setInterrupted(true);
}

function shellSignals(disposition: u32): void {
  setDisposition(Signal.INT, disposition);
  setDisposition(Signal.QUIT, disposition);
  setDisposition(Signal.TSTP, disposition);
  setDisposition(Signal.TTIN, disposition);
  setDisposition(Signal.TTOU, disposition);
}

export function makeJob(node: Node): Job {
  const job = make<Job>();
  job.pids = make<List>();
  job.statuses = make<List>();
  const text = make<Buffer>();
  describe(node, text);
  job.text = takeBytes(text);
  free(changetype<usize>(text));
  return job;
}

/** In the parent, after each fork. */
export function joinJob(job: Job, pid: i32): void {
  assert(job.pids.append(<usize>pid) && job.statuses.append(RUNNING), 'out of memory');
  if (!interactive) return;
  if (!job.group) job.group = pid;
  setpgid(pid, job.group);
}

/** In the child, after fork: its group, the terminal for a foreground job, signals as a program expects them. */
export function prepareChild(job: Job, foreground: bool): void {
  if (interactive) {
    setpgid(0, job.group);
    if (foreground) setForegroundGroup(0, getpgid(0));
    shellSignals(Disposition.standard);
  } else if (!foreground) {
    setDisposition(Signal.INT, Disposition.ignore);
    setDisposition(Signal.QUIT, Disposition.ignore);
  }
  enterChild();
}

/** Waits for a foreground job and returns its $?. A job that stops moves into the table. */
export function waitForeground(job: Job): i32 {
  if (interactive) setForegroundGroup(0, job.group);
  for (let i = 0; i < job.pids.length; i++) {
    if (isRunning(job, i)) collect(job, i);
  }
  if (interactive) setForegroundGroup(0, ownGroup);
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  if (stopped(last)) {
    if (interactive) setTermios(0, ownTermios);
    if (!job.number) keepJob(job);
    show(job, stderr.newline());
    return shellStatus(last);
  }
  if (signalled(last)) reportDeath(last);
  forget(job);
  return shellStatus(last);
}

function reportDeath(last: i32): void {
  if (interactive) setTermios(0, ownTermios);
  const signal = termSignal(last);
  if (signal == Signal.INT) {
    setInterrupted(interactive);
    if (interactive) stderr.newline();
  } else if (signal != Signal.PIPE) stderr.text(signalMessage(signal)).newline();
}

/** Waits for process `i`; false when ^C came first. One that cannot be waited for counts as ended with 127. */
function collect(job: Job, i: i32): bool {
  let pid: i32;
  do pid = waitpid(<i32>job.pids.get(i), status, interactive ? Wait.untraced : 0);
  while (pid == -Errno.INTR && !interrupted);
  if (pid == -Errno.INTR) return false;
  job.statuses.set(i, pid > 0 ? load<u32>(status) : 127 << 8);
  return true;
}

function isRunning(job: Job, i: i32): bool {
  return job.statuses.get(i) == RUNNING || stopped(<i32>job.statuses.get(i));
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
  let last = table;
  while (last && last.next) last = last.next;
  job.number = last ? last.number + 1 : 1;
  if (last) last.next = job;
  else table = job;
  return job.number;
}

/** Notes which processes have ended, without waiting. */
export function pollJobs(): void {
  let job = table;
  while (job) {
    for (let i = 0; i < job.pids.length; i++) {
      if (!isRunning(job, i)) continue;
      const pid = waitpid(<i32>job.pids.get(i), status, Wait.noHang | Wait.untraced);
      if (pid > 0) job.statuses.set(i, load<u32>(status));
      else if (pid < 0 && pid != -Errno.INTR) job.statuses.set(i, 127 << 8);
    }
    job = job.next;
  }
}

/** Before a prompt: says which jobs have ended, and drops them. */
export function reportFinished(): void {
  pollJobs();
  let job = table;
  while (job) {
    const next = job.next;
    if (!isAlive(job, true)) {
      if (interactive) show(job, stderr);
      forget(job);
    }
    job = next;
  }
}

/** The `jobs` builtin. */
export function listJobs(): void {
  pollJobs();
  let job = table;
  while (job) {
    const next = job.next;
    show(job, stdout);
    if (!isAlive(job, true)) forget(job);
    job = next;
  }
}

function show(job: Job, out: Stream): void {
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  const mark = job.next ? 0x20 : 0x2b;
  fprintf(out, '[%d]%c  ', job.number, mark);
  if (isAlive(job, false)) out.text('Running');
  else if (isAlive(job, true)) out.text('Stopped');
  else if (signalled(last)) out.text(signalMessage(termSignal(last)));
  else if (exited(last) && exitStatus(last)) fprintf(out, 'Done(%d)', exitStatus(last));
  else out.text('Done');
  out.text('    ').bytes(job.text).newline();
}

/** Job `number`, or the newest for 0; null when there is none. */
export function findJob(number: i32): Job | null {
  let job = table;
  while (job && (number ? job.number != number : job.next != null)) job = job.next;
  return job;
}

/** The job that the process belongs to; null when there is none. */
export function findJobOf(pid: i32): Job | null {
  let job = table;
  while (job) {
    for (let i = 0; i < job.pids.length; i++) if (<i32>job.pids.get(i) == pid) return job;
    job = job.next;
  }
  return null;
}

/** Waits for a background job to end and drops it; its $?, or 130 when ^C came first. */
export function waitJob(job: Job): i32 {
  for (let i = 0; i < job.pids.length; i++)
    if (isRunning(job, i) && !collect(job, i)) return 128 + Signal.INT;
  const last = <i32>job.statuses.get(job.statuses.length - 1);
  forget(job);
  return shellStatus(last);
}

/** Lets a stopped job run on. */
export function continueJob(job: Job): void {
  for (let i = 0; i < job.pids.length; i++) {
    if (stopped(<i32>job.statuses.get(i))) job.statuses.set(i, RUNNING);
  }
  if (job.group) kill(-job.group, Signal.CONT);
  else kill(<i32>job.pids.get(0), Signal.CONT);
}

/** In a child: the shell's jobs are not its own. */
export function dropJobs(): void {
  table = null;
}

function forget(job: Job): void {
  if (table == job) table = job.next;
  else {
    let previous = table;
    while (previous && previous.next != job) previous = previous.next;
    if (previous) previous.next = job.next;
  }
  freeList(job.pids);
  freeList(job.statuses);
  free(changetype<usize>(job.pids));
  free(changetype<usize>(job.statuses));
  free(job.text);
  free(changetype<usize>(job));
}
