// Simple commands: assignments, functions, builtins, programs. Source: POSIX 2.9.1.

import { arenaRelease } from '../lib/arena';
import { byteLength, bytesAre, findByte } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { close, open, Open, read } from '../lib/file';
import { freeList, List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { execve, fork } from '../lib/process';
import { errorMessage } from '../lib/strerror';
import { stderr, stdout } from '../lib/stream';
import { Assignment, Node, Word } from './ast';
import { builtinNumber, isSpecialBuiltin, runBuiltin } from './builtins';
import { Command, commandPath, findCommand, pathList, searchPath } from './commands';
import { fatal, setForgiving, shellErrno, shellMessage } from './error';
import { execute } from './execute';
import { expandToOne, expandWord } from './expand';
import { joinJob, makeJob, prepareChild, waitForeground, endedByInterrupt } from './jobs';
import { exitShell } from './leave';
import { expandPrompt } from './prompt';
import { keepChanges, redirect, restore } from './redirect';
import { stackCopy, stackMark, stackRelease, stackTake } from './stack';
import {
  callDepth,
  interactive,
  lastStatus,
  Leaving,
  leaving,
  loopDepth,
  Option,
  option,
  parameters,
  setCallDepth,
  setLeaving,
  setLineNumber,
  setLoopDepth,
  setSubstitutionStatus,
  substitutionStatus,
  swapParameters,
} from './state';
import {
  environmentVector,
  exportVariable,
  Flag,
  named,
  restoreVariable,
  SavedVariable,
  saveVariable,
  setVariable,
  valueOf,
} from './variables';

/** Expanded words of all commands that are being put together. */
const fields = make<List>();

export function executeSimple(node: Node, last: bool): i32 {
  const mark = stackMark();
  const base = fields.length;
  setLineNumber(node.line);
  setSubstitutionStatus(0);
  let good = true;
  for (let word = node.words; word && good; word = changetype<Word>(word).next)
    good = expandWord(word, fields);
  const count = fields.length - base;
  let status: i32 = 2;
  if (good && count == 0) status = executeAssignments(node);
  else if (good) {
    // A list of its own: the words, and a 0 behind them for exec.
    const words = changetype<List>(stackTake(offsetof<List>()));
    words.values = stackTake((<usize>count + 1) << 3);
    words.length = count;
    words.capacity = count + 1;
    memory.copy(words.values, fields.values + ((<usize>base) << 3), (<usize>count) << 3);
    words.set(count, 0);
    fields.length = base;
    status = executeWords(node, words, last);
  } else if (!interactive) status = lastStatus;
  fields.length = base;
  stackRelease(mark);
  return status;
}

/** Without a command name. */
function executeAssignments(node: Node): i32 {
  if (node.redirection) {
    const saved = make<List>();
    const done = redirect(node.redirection, saved);
    restore(saved);
    free(changetype<usize>(saved));
    if (!done) return 1;
  }
  if (option(Option.xtrace)) trace(node, null);
  return assign(node.assignments, false) ? substitutionStatus : 2;
}

/** False after a message; that is fatal. */
function assign(first: Assignment | null, exports: bool): bool {
  for (let each = first; each; each = changetype<Assignment>(each).next) {
    const value = expandToOne(each.value);
    if (!value) return false;
    if (!setVariable(each.variable, value)) {
      fatal(2);
      return false;
    }
    if (exports) exportVariable(each.variable);
  }
  return true;
}

/** `set -x` */
function trace(node: Node, words: List | null): void {
  const prefix = valueOf(named('PS4'));
  const text = prefix ? expandPrompt(prefix) : literal('+ ');
  stdout.flush();
  stderr.bytes(text);
  let any = false;
  for (let each = node.assignments; each; each = changetype<Assignment>(each).next) {
    const value = expandToOne(each.value);
    if (any) stderr.byte(0x20);
    stderr
      .bytes(each.variable.name)
      .byte(0x3d)
      .bytes(value ? value : literal(''));
    any = true;
  }
  for (let i = 0; words && i < words.length; i++) {
    if (any) stderr.byte(0x20);
    traceWord(words.get(i));
    any = true;
  }
  stderr.newline();
}

function traceWord(word: usize): void {
  let plain = load<u8>(word) != 0;
  for (let at = word; load<u8>(at) && plain; at++) {
    const byte = load<u8>(at);
    const lower = byte | 0x20;
    plain =
      byte >= 0x80 ||
      (lower >= 0x61 && lower <= 0x7a) ||
      (byte >= 0x2b && byte <= 0x3a) ||
      byte == 0x5f ||
      byte == 0x25 ||
      byte == 0x3d ||
      byte == 0x40 ||
      byte == 0x5b ||
      byte == 0x5d;
  }
  if (plain) {
    stderr.bytes(word);
    return;
  }
  stderr.byte(0x27);
  for (let at = word; load<u8>(at); at++) {
    if (load<u8>(at) == 0x27) stderr.text("'\\''");
    else stderr.byte(load<u8>(at));
  }
  stderr.byte(0x27);
}

function executeWords(node: Node, words: List, last: bool): i32 {
  if (option(Option.xtrace)) trace(node, words);
  const command = findCommand(words.get(0));
  const builtin = builtinNumber(command);
  if (builtin >= 0 && isSpecialBuiltin(builtin)) return executeSpecial(node, words, builtin);
  const definition = command.definition;
  if (definition) return executeFunction(node, words, definition);
  if (builtin >= 0) return executeRegular(node, words, builtin);
  return executeProgram(node, words, command, last);
}

/** Assignments stay, and errors end the shell (POSIX 2.8.1, 2.14). */
function executeSpecial(node: Node, words: List, builtin: i32): i32 {
  const stays = bytesAre(words.get(0), 'exec');
  const saved = make<List>();
  const done = redirect(node.redirection, saved);
  if (stays && done) keepChanges(saved);
  let status: i32 = 2;
  if (done && assign(node.assignments, false)) status = runBuiltin(builtin, words);
  restore(saved);
  free(changetype<usize>(saved));
  if (!done) fatal(2);
  return status;
}

/** Sets the variables for one command; what they were is returned, to be put back. */
function assignFor(node: Node): SavedVariable | null {
  let saved: SavedVariable | null = null;
  for (let each = node.assignments; each; each = changetype<Assignment>(each).next) {
    const value = expandToOne(each.value);
    if (!value) break;
    const one = changetype<SavedVariable>(stackTake(offsetof<SavedVariable>()));
    if (each.variable.flags & Flag.readOnly) {
      shellMessage().bytes(each.variable.name).text(': is read only').newline();
      fatal(2);
      break;
    }
    saveVariable(each.variable, one, false);
    one.next = saved;
    saved = one;
    setVariable(each.variable, value);
    exportVariable(each.variable);
  }
  return saved;
}

function putBack(saved: SavedVariable | null): void {
  for (let each = saved; each; each = changetype<SavedVariable>(each).next) restoreVariable(each);
}

function executeRegular(node: Node, words: List, builtin: i32): i32 {
  if (!node.redirection && !node.assignments) return runBuiltin(builtin, words);
  const saved = make<List>();
  let status: i32 = 1;
  if (redirect(node.redirection, saved)) {
    const variables = assignFor(node);
    status = leaving ? lastStatus : runBuiltin(builtin, words);
    putBack(variables);
  }
  restore(saved);
  free(changetype<usize>(saved));
  return status;
}

/** What a function has to put back, linked by `local`. */
let locals: SavedVariable | null = null;

/** For `local`: the variable's value comes back when the function ends. */
export function makeLocal(saved: SavedVariable): void {
  saved.next = locals;
  locals = saved;
}

function executeFunction(node: Node, words: List, definition: Node): i32 {
  const body = definition.left;
  if (!body) return 0;
  if (callDepth > 1000) {
    shellMessage().bytes(words.get(0)).text(': functions are nested too deeply').newline();
    fatal(2);
    return 2;
  }
  const saved = node.redirection ? make<List>() : null;
  let status: i32 = 1;
  if (!saved || redirect(node.redirection, saved)) {
    const variables = assignFor(node);
    const fresh = changetype<List>(stackTake(offsetof<List>()));
    fresh.values = words.values + 8;
    fresh.length = words.length - 1;
    fresh.capacity = 0;
    const outer = swapParameters(fresh);
    const outerLocals = locals;
    const outerLoops = loopDepth;
    locals = null;
    setLoopDepth(0);
    setCallDepth(callDepth + 1);
    // The function may define itself anew while it runs.
    definition.arena.references++;
    const forgiving = setForgiving(false);
    status = execute(body, false);
    setForgiving(forgiving);
    arenaRelease(definition.arena);
    setCallDepth(callDepth - 1);
    setLoopDepth(outerLoops);
    for (let each = locals; each;) {
      const next = each.next;
      restoreVariable(each);
      free(changetype<usize>(each));
      each = next;
    }
    locals = outerLocals;
    if (parameters.capacity) freeOwned();
    swapParameters(outer);
    if (leaving == Leaving.returning) setLeaving(Leaving.nothing, 0);
    if (leaving == Leaving.nothing) status = lastStatus;
    putBack(variables);
  }
  if (saved) {
    restore(saved);
    free(changetype<usize>(saved));
  }
  return status;
}

/** Parameters that `set` or `shift` made their own within the function. */
function freeOwned(): void {
  for (let i = 0; i < parameters.length; i++) free(parameters.get(i));
  freeList(parameters);
}

function executeProgram(node: Node, words: List, command: Command, last: bool): i32 {
  stdout.flush();
  const isPath = findByte(command.name, 0x2f) != 0;
  const ownPath = assignsPath(node.assignments);
  const path = isPath ? command.name : ownPath ? command.name : commandPath(command);
  if (last) return replaceShell(node, words, path, ownPath);
  if (!path) return executeMissing(node, words);
  const job = makeJob(node);
  stderr.flush();
  const pid = fork();
  if (pid == 0) {
    prepareChild(job, true);
    exitShell(replaceShell(node, words, path, ownPath));
  }
  if (pid < 0) {
    shellErrno(literal('fork'), pid);
    return 2;
  }
  joinJob(job, pid);
  const status = waitForeground(job);
  if (endedByInterrupt(status)) setLeaving(Leaving.toPrompt, 0);
  return status;
}

function assignsPath(first: Assignment | null): bool {
  for (let each = first; each; each = changetype<Assignment>(each).next)
    if (bytesAre(each.variable.name, 'PATH')) return true;
  return false;
}

function executeMissing(node: Node, words: List): i32 {
  const saved = make<List>();
  let status: i32 = 1;
  if (redirect(node.redirection, saved)) {
    shellMessage().bytes(words.get(0)).text(': not found').newline();
    status = 127;
  }
  restore(saved);
  free(changetype<usize>(saved));
  return status;
}

/** In a child, or at the end of the shell: a program takes its place. The status when that fails. */
function replaceShell(node: Node, words: List, path: usize, ownPath: bool): i32 {
  if (!redirect(node.redirection, null)) return 1;
  if (!assign(node.assignments, true)) return 2;
  if (ownPath && !findByte(path, 0x2f)) path = searchPath(path, pathList());
  return runPath(path, words);
}

/** Runs the program at `path` in place of this process; the status when that cannot be: 126 or 127. */
export function runPath(path: usize, words: List): i32 {
  stdout.flush();
  const name = words.get(0);
  if (!path || !load<u8>(path)) {
    shellMessage().bytes(name).text(': not found').newline();
    return 127;
  }
  const error = execve(path, words.values, environmentVector());
  if (error == -Errno.NOEXEC && isText(path)) runAsScript(path, words);
  if (error == -Errno.NOENT && !findByte(name, 0x2f)) {
    shellMessage().bytes(name).text(': not found').newline();
    return 127;
  }
  shellMessage().bytes(name).text(': ').text(errorMessage(error)).newline();
  return error == -Errno.NOENT || error == -Errno.NOTDIR || error == -Errno.NAMETOOLONG ? 127 : 126;
}

/** Whether a file that the system would not execute is a script: no 0 byte in its first line or so. */
function isText(path: usize): bool {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return false;
  const block = stackTake(256);
  const got = read(fd, block, 256);
  close(fd);
  for (let i: usize = 0; <i64>i < got; i++) if (!load<u8>(block + i)) return false;
  return got >= 0;
}

/** POSIX 2.9.1.1: as if the shell were invoked with the path as its first operand. */
function runAsScript(path: usize, words: List): void {
  const vector = stackTake((<usize>words.length + 2) << 3);
  store<usize>(vector, words.get(0));
  store<usize>(vector, stackCopy(path, byteLength(path)), 8);
  memory.copy(vector + 16, words.values + 8, (<usize>words.length) << 3);
  execve(literal('/proc/self/exe'), vector, environmentVector());
  execve(literal('/bin/sh'), vector, environmentVector());
}
