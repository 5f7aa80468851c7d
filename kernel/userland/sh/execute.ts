// Running a tree. Source: POSIX 2.9 (shell commands), 2.9.1.1 (command search and execution).
//
// Rules: execute() returns the status and sets $?. It returns early while a `break`, `continue` or an interruption from
// the keyboard is under way. executeAndExit() is for a child: it does not return.

import { bytesAre, duplicateRange, findByte } from '../lib/bytes';
import { setEnvironmentVariable } from '../lib/environment';
import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { close, dup2, pipe } from '../lib/file';
import { freeListDeep, List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { execSearch, fork } from '../lib/process';
import { message, reportError } from '../lib/report';
import { stderr, stdout } from '../lib/stream';
import { Kind, Node } from './ast';
import { findBuiltin, isSpecialBuiltin, runBuiltin } from './builtins';
import { expandToOne, expandWord } from './expand';
import { dropJobs, Job, joinJob, keepJob, makeJob, prepareChild, waitForeground } from './jobs';
import { redirect, restore } from './redirect';
import { runScript } from './script';
import { setLastBackground, setLastStatus, setLeaving, setLoopDepth } from './state';
import {
  continuing,
  interactive,
  interrupted,
  lastStatus,
  leaving,
  loopDepth,
  parameters,
  trace,
} from './state';
import { exportVariable, setVariable } from './variables';

export function execute(node: Node | null): i32 {
  if (!node || leaving || interrupted) return lastStatus;
  const status = dispatch(node);
  setLastStatus(status);
  return status;
}

function dispatch(node: Node): i32 {
  switch (node.kind) {
    case Kind.simple:
      return executeSimple(node);
    case Kind.pipe:
    case Kind.subshell:
      return runForeground(node);
    case Kind.background:
      return runBackground(node);
    case Kind.not:
      return execute(node.left) ? 0 : 1;
    case Kind.and: {
      const status = execute(node.left);
      return status == 0 ? execute(node.right) : status;
    }
    case Kind.or: {
      const status = execute(node.left);
      return status != 0 ? execute(node.right) : status;
    }
    case Kind.sequence:
      execute(node.left);
      return execute(node.right);
    default:
      return executeCompound(node);
  }
}

/** A compound command in this shell, with its redirections around it. */
function executeCompound(node: Node): i32 {
  if (!node.redirection) return executeBody(node);
  const saved = make<List>();
  const status = redirect(node.redirection, saved) ? executeBody(node) : 1;
  restore(saved);
  free(changetype<usize>(saved));
  return status;
}

function executeBody(node: Node): i32 {
  switch (node.kind) {
    case Kind.group:
      return execute(node.left);
    case Kind.branch:
      if (execute(node.left) == 0) return execute(node.right);
      return node.other ? execute(node.other) : 0;
    case Kind.whileLoop:
      return executeLoop(node, true);
    case Kind.untilLoop:
      return executeLoop(node, false);
    default:
      return executeFor(node);
  }
}

/** Whether a loop ends after its body, because of `break`, an outer `continue`, or an interruption. */
function leavesLoop(): bool {
  if (leaving > 1 || (leaving == 1 && !continuing)) {
    setLeaving(leaving - 1, continuing);
    return true;
  }
  if (leaving == 1) setLeaving(0, false);
  return interrupted;
}

function executeLoop(node: Node, wanted: bool): i32 {
  let status = 0;
  setLoopDepth(loopDepth + 1);
  while ((execute(node.left) == 0) == wanted && !interrupted && !leaving) {
    status = execute(node.right);
    if (leavesLoop()) break;
  }
  setLoopDepth(loopDepth - 1);
  return interrupted ? lastStatus : status;
}

function executeFor(node: Node): i32 {
  const words = node.words;
  if (!words) return 0;
  const values = make<List>();
  let status = 0;
  if (node.hasIn) {
    for (let i = 1; i < words.length; i++) if (!expandWord(words.get(i), values)) status = 1;
  } else {
    for (let i = 0; i < parameters.length; i++) appendCopy(values, parameters.get(i));
  }
  if (status == 0) {
    setLoopDepth(loopDepth + 1);
    for (let i = 0; i < values.length; i++) {
      setVariable(words.get(0), values.get(i));
      status = execute(node.left);
      if (leavesLoop()) break;
    }
    setLoopDepth(loopDepth - 1);
  }
  freeListDeep(values);
  free(changetype<usize>(values));
  return status;
}

function appendCopy(list: List, text: usize): void {
  let end = text;
  while (load<u8>(end)) end++;
  assert(list.append(mustAllocate(duplicateRange(text, end - text))), 'out of memory');
}

/** The words of a simple command, expanded; the caller frees them. Null after a message. */
function expandCommand(node: Node): List | null {
  const argv = make<List>();
  const words = node.words;
  for (let i = 0; words && i < words.length; i++) {
    if (expandWord(words.get(i), argv)) continue;
    freeArguments(argv);
    return null;
  }
  if (trace && argv.length) {
    stderr.byte(0x2b);
    for (let i = 0; i < argv.length; i++) stderr.byte(0x20).bytes(argv.get(i));
    stderr.newline();
  }
  return argv;
}

function freeArguments(argv: List): void {
  freeListDeep(argv);
  free(changetype<usize>(argv));
}

function executeSimple(node: Node): i32 {
  const argv = expandCommand(node);
  if (!argv) return 1;
  const builtin = argv.length ? findBuiltin(argv.get(0)) : 0;
  let status: i32;
  if (argv.length && builtin < 0) status = runForeground(node);
  else {
    const stays = argv.length > 0 && bytesAre(argv.get(0), 'exec');
    const saved = make<List>();
    let done = redirect(node.redirection, stays ? null : saved);
    if (done) done = assign(node, false);
    status = 1;
    if (done) status = argv.length ? runBuiltin(builtin, argv) : 0;
    restore(saved);
    free(changetype<usize>(saved));
    if (!done && argv.length && isSpecialBuiltin(builtin) && !interactive) exit(1);
  }
  freeArguments(argv);
  return status;
}

/** Makes the assignments before a command, in the environment when it is a program. False after a message. */
function assign(node: Node, intoEnvironment: bool): bool {
  const assignments = node.assignments;
  for (let i = 0; assignments && i < assignments.length; i++) {
    const word = assignments.get(i);
    const equals = findByte(word, 0x3d);
    const name = mustAllocate(duplicateRange(word, equals - word));
    const value = expandToOne(equals + 1);
    let error: i32 = 0;
    if (value && intoEnvironment) {
      exportVariable(name);
      error = setEnvironmentVariable(name, value);
    } else if (value) error = setVariable(name, value);
    if (error < 0) reportError(name, error);
    free(name);
    free(value);
    if (!value || error < 0) return false;
  }
  return true;
}

function runForeground(node: Node): i32 {
  const job = makeJob(node);
  const error = launch(node, job, true);
  if (job.pids.length) {
    const status = waitForeground(job);
    return error ? 1 : status;
  }
  return 1;
}

function runBackground(node: Node): i32 {
  const body = node.left;
  if (!body) return 0;
  const job = makeJob(body);
  const error = launch(body, job, false);
  if (!job.pids.length) return 1;
  const last = <i32>job.pids.get(job.pids.length - 1);
  setLastBackground(last);
  const number = keepJob(job);
  if (interactive) stderr.byte(0x5b).unsigned(number).text('] ').unsigned(last).newline();
  return error ? 1 : 0;
}

/** Starts every part of a pipeline, left to right. Returns 0, or negative errno after a message. */
function launch(node: Node, job: Job, foreground: bool): i32 {
  const parts = make<List>();
  collectParts(node, parts);
  const ends = memory.data(8, 4);
  let input: i32 = -1;
  let error: i32 = 0;
  stdout.flush();
  for (let i = 0; i < parts.length && error == 0; i++) {
    const isLast = i + 1 == parts.length;
    store<i32>(ends, -1);
    store<i32>(ends, -1, 4);
    if (!isLast) error = pipe(ends);
    if (error < 0) {
      reportError(literal('pipe'), error);
      break;
    }
    const readEnd = load<i32>(ends);
    const writeEnd = load<i32>(ends, 4);
    const pid = fork();
    if (pid == 0) {
      prepareChild(job, foreground);
      if (input >= 0) moveTo(input, 0);
      if (readEnd >= 0) close(readEnd);
      if (writeEnd >= 0) moveTo(writeEnd, 1);
      executeAndExit(changetype<Node>(parts.get(i)));
    }
    if (pid < 0) {
      reportError(literal('fork'), pid);
      error = pid;
    } else joinJob(job, pid);
    if (input >= 0) close(input);
    if (writeEnd >= 0) close(writeEnd);
    input = readEnd;
  }
  if (input >= 0) close(input);
  free(parts.values);
  free(changetype<usize>(parts));
  return error;
}

function moveTo(fd: i32, target: i32): void {
  if (fd == target) return;
  dup2(fd, target);
  close(fd);
}

function collectParts(node: Node, parts: List): void {
  const left = node.left;
  const right = node.right;
  if (node.kind == Kind.pipe && left && right) {
    collectParts(left, parts);
    collectParts(right, parts);
  } else assert(parts.append(changetype<usize>(node)), 'out of memory');
}

/** In a child: runs the command in place of the shell. */
function executeAndExit(node: Node): void {
  dropJobs();
  if (node.kind == Kind.simple) exit(replace(node));
  if (!redirect(node.redirection, null)) exit(1);
  if (node.kind == Kind.subshell) exit(execute(node.left));
  node.redirection = null;
  exit(execute(node));
}

/** A simple command in place of the shell; the status when it is no program or cannot be run. */
function replace(node: Node): i32 {
  const argv = expandCommand(node);
  if (!argv || !redirect(node.redirection, null)) return 1;
  if (!argv.length) return assign(node, false) ? 0 : 1;
  const builtin = findBuiltin(argv.get(0));
  if (!assign(node, builtin < 0)) return 1;
  return builtin >= 0 ? runBuiltin(builtin, argv) : runProgram(argv);
}

/** Runs a program in place of this process; the status when that cannot be: 126 or 127. */
export function runProgram(argv: List): i32 {
  stdout.flush();
  const name = argv.get(0);
  const error = load<u8>(name) ? execSearch(name, argv.values) : -Errno.NOENT;
  if (error == -Errno.NOEXEC) {
    const status = runScript(name, argv);
    if (status >= 0) return status;
  }
  if (error != -Errno.NOENT) reportError(name, error);
  else if (findByte(name, 0x2f)) reportError(name, error);
  else message().bytes(name).text(': not found').newline();
  return error == -Errno.NOENT || error == -Errno.NOTDIR ? 127 : 126;
}
