// Running a tree. Source: POSIX 2.9 (shell commands), 2.8.2 (exit status).
//
// Rules: execute() returns the status and sets $?. It returns early while something is being left (state.ts: break,
// continue, return, an error in an interactive shell). `last` tells that nothing follows in this process: a program then
// takes the shell's place instead of a child's.

import { byteLength } from '../lib/bytes';
import { close, dup2, fcntl, Fcntl, pipe } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { freeList } from '../lib/list';
import { free, make } from '../lib/malloc';
import { fork } from '../lib/process';
import { stderr, stdout } from '../lib/stream';
import { CaseItem, Kind, Node, Word } from './ast';
import { fatal, shellErrno } from './error';
import { expandPattern, expandToOne, expandWord } from './expand';
import { defineFunction } from './commands';
import {
  endedByInterrupt,
  Job,
  joinJob,
  keepJob,
  makeJob,
  pollJobs,
  prepareChild,
  waitForeground,
} from './jobs';
import { exitShell } from './leave';
import { matchPattern } from './pattern';
import { redirect, restore } from './redirect';
import { executeSimple } from './simple';
import { executeTimed } from './timed';
import { stackCopy, stackMark, stackRelease, stackTake } from './stack';
import {
  inChild,
  interactive,
  lastStatus,
  Leaving,
  leaving,
  levels,
  loopDepth,
  Option,
  option,
  parameters,
  setLastBackground,
  setLastStatus,
  setLeaving,
  setLineNumber,
  setLoopDepth,
  setTested,
  tested,
} from './state';
import { hasTraps, runTraps, trapPending } from './traps';
import { setVariable } from './variables';

export function execute(node: Node | null, last: bool): i32 {
  if (!node || leaving || (option(Option.noexec) && !interactive)) return lastStatus;
  const status = dispatch(node, last);
  setLastStatus(status);
  if (trapPending()) runTraps();
  return lastStatus;
}

function dispatch(node: Node, last: bool): i32 {
  switch (node.kind) {
    case Kind.simple:
      return checked(executeSimple(node, last && !hasTraps()));
    case Kind.pipe:
      return checked(executePipeline(node));
    case Kind.subshell:
      return checked(executeSubshell(node, last));
    case Kind.background:
      return executeBackground(node);
    case Kind.not: {
      const status = executeTested(node.left);
      return status ? 0 : 1;
    }
    case Kind.timed:
      return executeTimed(node);
    case Kind.and: {
      const status = executeTested(node.left);
      if (leaving) return status;
      return status == 0 ? execute(node.right, last) : status;
    }
    case Kind.or: {
      const status = executeTested(node.left);
      if (leaving) return status;
      return status != 0 ? execute(node.right, last) : status;
    }
    case Kind.sequence:
      execute(node.left, false);
      return execute(node.right, last);
    case Kind.definition: {
      defineFunction(node.name, node);
      return 0;
    }
    default:
      return executeCompound(node, last);
  }
}

/** `set -e`: a command that failed ends the shell, outside conditions. */
function checked(status: i32): i32 {
  if (status && option(Option.errexit) && !tested && !leaving) exitShell(status);
  return status;
}

/** A condition: `set -e` does not count there. */
function executeTested(node: Node | null): i32 {
  setTested(tested + 1);
  const status = execute(node, false);
  setTested(tested - 1);
  return status;
}

/** A compound command in this shell, with its redirections around it. */
function executeCompound(node: Node, last: bool): i32 {
  if (!node.redirection) return executeBody(node, last);
  setLineNumber(node.line);
  const mark = stackMark();
  const saved = changetype<List>(stackTake(offsetof<List>()));
  memory.fill(changetype<usize>(saved), 0, offsetof<List>());
  const status = redirect(node.redirection, saved) ? executeBody(node, false) : 1;
  restore(saved);
  stackRelease(mark);
  return status;
}

function executeBody(node: Node, last: bool): i32 {
  switch (node.kind) {
    case Kind.group:
      return execute(node.left, last);
    case Kind.branch:
      if (executeTested(node.left) == 0) return leaving ? lastStatus : execute(node.right, last);
      if (leaving) return lastStatus;
      return node.other ? execute(node.other, last) : 0;
    case Kind.whileLoop:
      return executeLoop(node, true);
    case Kind.untilLoop:
      return executeLoop(node, false);
    case Kind.choice:
      return executeCase(node, last);
    default:
      return executeFor(node);
  }
}

/** Whether a loop ends after its body, because of `break`, an outer `continue`, or something else that is left. */
function leavesLoop(): bool {
  if (!leaving) return false;
  if (leaving != Leaving.breakLoop && leaving != Leaving.goOn) return true;
  if (levels > 1) {
    setLeaving(leaving, levels - 1);
    return true;
  }
  const ends = leaving == Leaving.breakLoop;
  setLeaving(Leaving.nothing, 0);
  return ends;
}

function executeLoop(node: Node, wanted: bool): i32 {
  let status = 0;
  setLoopDepth(loopDepth + 1);
  while (true) {
    const condition = executeTested(node.left);
    if (leaving) {
      if (leavesLoop()) break;
      continue;
    }
    if ((condition == 0) != wanted) break;
    status = execute(node.right, false);
    if (leavesLoop()) break;
  }
  setLoopDepth(loopDepth - 1);
  return leaving ? lastStatus : status;
}

function executeFor(node: Node): i32 {
  const variable = node.variable;
  if (!variable) return 0;
  const mark = stackMark();
  const values = make<List>();
  let status = 0;
  let good = true;
  setLineNumber(node.line);
  if (node.hasIn) {
    for (let word = node.words; word && good; word = changetype<Word>(word).next)
      good = expandWord(word, values);
  } else {
    // Copies: the body may set or shift the parameters.
    for (let i = 0; i < parameters.length; i++) {
      const each = parameters.get(i);
      assert(values.append(stackCopy(each, byteLength(each))), 'out of memory');
    }
  }
  setLoopDepth(loopDepth + 1);
  for (let i = 0; i < values.length && good; i++) {
    if (!setVariable(variable, values.get(i))) {
      status = 2;
      fatal(2);
      break;
    }
    status = execute(node.left, false);
    if (leavesLoop()) break;
  }
  setLoopDepth(loopDepth - 1);
  freeList(values);
  free(changetype<usize>(values));
  stackRelease(mark);
  return good ? status : lastStatus;
}

function executeCase(node: Node, last: bool): i32 {
  const word = node.words;
  if (!word) return 0;
  setLineNumber(node.line);
  const mark = stackMark();
  const value = expandToOne(word);
  let item: CaseItem | null = value ? node.items : null;
  let found: CaseItem | null = null;
  let end = value;
  while (value && load<u8>(end)) end++;
  while (item && !found) {
    for (let each = item.patterns; each && !found; each = changetype<Word>(each).next) {
      const pattern = expandPattern(each);
      if (!pattern) {
        stackRelease(mark);
        return lastStatus;
      }
      if (matchPattern(pattern, value, end)) found = item;
    }
    item = item.next;
  }
  stackRelease(mark);
  if (!value) return lastStatus;
  let status = 0;
  let each: CaseItem | null = found;
  while (each && !leaving) {
    const next: CaseItem | null = each.fallsThrough ? each.next : null;
    status = each.body ? execute(each.body, last && !next) : 0;
    each = next;
  }
  return status;
}

/** A child that runs the node and ends with its status; the parent gets the pid, or negative errno after a message. */
export function forkNode(node: Node, job: Job | null, foreground: bool): i32 {
  stdout.flush();
  stderr.flush();
  pollJobs();
  const pid = fork();
  if (pid == 0) {
    prepareChild(job, foreground);
    runInChild(node);
  }
  if (pid < 0) shellErrno(literal('fork'), pid);
  else if (job) joinJob(job, pid);
  return pid;
}

/** In a child: runs the node and ends. */
export function runInChild(node: Node): void {
  if (node.kind == Kind.subshell) {
    if (!redirect(node.redirection, null)) exitShell(1);
    exitShell(execute(node.left, true));
  }
  exitShell(execute(node, true));
}

function executeSubshell(node: Node, last: bool): i32 {
  setLineNumber(node.line);
  if (last && inChild && !hasTraps()) {
    if (!redirect(node.redirection, null)) return 1;
    return execute(node.left, true);
  }
  const job = makeJob(node);
  if (forkNode(node, job, true) < 0) return 2;
  return foreground(job);
}

function foreground(job: Job): i32 {
  const status = waitForeground(job);
  if (endedByInterrupt(status)) setLeaving(Leaving.toPrompt, 0);
  return status;
}

/** Starts every part of a pipeline, left to right, and waits. */
function executePipeline(node: Node): i32 {
  const job = makeJob(node);
  const error = launch(node, job, true);
  if (!job.pids.length) return 2;
  const status = foreground(job);
  return error < 0 ? 2 : status;
}

function executeBackground(node: Node): i32 {
  const body = node.left;
  if (!body) return 0;
  const job = makeJob(body, true);
  const error = launch(body, job, false);
  if (!job.pids.length) return 2;
  const last = <i32>job.pids.get(job.pids.length - 1);
  setLastBackground(last);
  const number = keepJob(job);
  if (interactive) stderr.byte(0x5b).unsigned(number).text('] ').unsigned(last).newline();
  return error < 0 ? 2 : 0;
}

function launch(node: Node, job: Job, inForeground: bool): i32 {
  if (node.kind != Kind.pipe) return forkNode(node, job, inForeground);
  const ends = memory.data(8, 4);
  let input: i32 = -1;
  let error: i32 = 0;
  stdout.flush();
  pollJobs();
  for (let part = node.left; part && error >= 0; part = changetype<Node>(part).next) {
    store<i32>(ends, -1);
    store<i32>(ends, -1, 4);
    if (part.next) error = pipe(ends);
    if (error < 0) {
      shellErrno(literal('pipe'), error);
      break;
    }
    const readEnd = load<i32>(ends);
    const writeEnd = load<i32>(ends, 4);
    const pid = fork();
    if (pid == 0) {
      prepareChild(job, inForeground);
      if (readEnd >= 0) close(readEnd);
      if (input >= 0) moveTo(input, 0);
      if (writeEnd >= 0) moveTo(writeEnd, 1);
      runInChild(part);
    }
    if (pid < 0) {
      shellErrno(literal('fork'), pid);
      error = pid;
    } else joinJob(job, pid);
    if (input >= 0) close(input);
    if (writeEnd >= 0) close(writeEnd);
    input = readEnd;
  }
  if (input >= 0) close(input);
  return error;
}

function moveTo(fd: i32, target: i32): void {
  if (fd == target) return;
  dup2(fd, target);
  close(fd);
}

/** For the shell's own files: moves a descriptor to where scripts do not use it. */
export function moveHigh(fd: i32): i32 {
  if (fd < 0) return fd;
  const high = <i32>fcntl(fd, Fcntl.duplicateCloseOnExec, 10);
  if (high < 0) return fd;
  close(fd);
  return high;
}
