// Commands that the shell runs itself, because they change the shell. Source: POSIX 2.14 and 1.6.
//
// Rules: a builtin gets its words, itself first, and returns its status; what it prints goes through stdout.

import { Buffer, freeBuffer } from '../lib/buffer';
import { bytesAre, bytesEqual, findByte } from '../lib/bytes';
import { chdir, getcwd } from '../lib/directory';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make } from '../lib/malloc';
import { parsed, parseInteger } from '../lib/number';
import { PATH_MAX } from '../lib/path';
import { message, reportError, reportText, reportWord } from '../lib/report';
import { evaluateTest } from '../lib/test-expression';
import { errorMessage } from '../lib/strerror';
import { stdout } from '../lib/stream';
import { runProgram } from './execute';
import { printHelp } from './help';
import { printHistory } from './history';
import { continueJob, findJob, findJobOf, Job, listJobs, waitForeground, waitJob } from './jobs';
import { isName } from './name';
import { readLineInto } from './read';
import { readInto, runText, setParameters } from './script';
import { interactive, interrupted, lastStatus, loopDepth, parameters, setLeaving, setTrace } from './state';
import { findProgram } from './which';
import {
  exportVariable,
  printExported,
  printVariables,
  setVariable,
  unsetVariable,
  variable,
} from './variables';

type Builtin = (words: List) => i32;

const names = make<List>();
const functions = make<List>();

/** Special builtins come first: an error in one ends a shell that is not interactive. */
let specialCount: i32 = 0;

function register(name: string, run: Builtin): void {
  assert(names.append(literal(name)) && functions.append(<usize>run.index), 'out of memory');
}

function registerAll(): void {
  register(':', colon);
  register('.', dot);
  register('break', breakLoop);
  register('continue', continueLoop);
  register('eval', evaluate);
  register('exec', execute);
  register('exit', leave);
  register('export', exportNames);
  register('set', set);
  register('shift', shift);
  register('unset', unset);
  specialCount = names.length;
  register('[', testExpression);
  register('bg', background);
  register('cd', changeDirectory);
  register('fg', foreground);
  register('help', help);
  register('history', history);
  register('jobs', jobs);
  register('read', readVariables);
  register('test', testExpression);
  register('type', type);
  register('wait', wait);
}

/** The number of a builtin, -1 when there is none of this name. */
export function findBuiltin(name: usize): i32 {
  if (!names.length) registerAll();
  for (let i = 0; i < names.length; i++) if (bytesEqual(names.get(i), name)) return i;
  return -1;
}

export function isSpecialBuiltin(number: i32): bool {
  return number >= 0 && number < specialCount;
}

export function builtinName(number: i32): usize {
  return number < names.length ? names.get(number) : 0;
}

export function runBuiltin(number: i32, words: List): i32 {
  const status = call_indirect<i32>(<u32>functions.get(number), words);
  if (stdout.flush() < 0) {
    reportError(words.get(0), -stdout.failed());
    stdout.error = 0;
    return 1;
  }
  return status;
}

/** A number in words[index], `absent` without one; -1 after a message. */
function numberAt(words: List, index: i32, absent: i32): i32 {
  if (words.length <= index) return absent;
  const word = words.get(index);
  if (parseInteger(word) && parsed() >= 0 && parsed() <= i32.MAX_VALUE) return <i32>parsed();
  message().bytes(words.get(0)).text(': not a number: ').bytes(word).newline();
  return -1;
}

function colon(_words: List): i32 {
  return 0;
}

function dot(words: List): i32 {
  if (words.length < 2) {
    reportText('.: a file name is needed');
    return 2;
  }
  const text = make<Buffer>();
  const error = readInto(words.get(1), text);
  if (error < 0) reportError(words.get(1), error);
  const status = error < 0 ? 1 : runText(text.at);
  freeBuffer(text);
  free(changetype<usize>(text));
  if (error < 0 && !interactive) exit(1);
  return status;
}

function breakLoop(words: List): i32 {
  const levels = numberAt(words, 1, 1);
  if (levels > 0) setLeaving(min<i32>(levels, loopDepth), false);
  return levels > 0 ? 0 : 1;
}

function continueLoop(words: List): i32 {
  const levels = numberAt(words, 1, 1);
  if (levels > 0) setLeaving(min<i32>(levels, loopDepth), true);
  return levels > 0 ? 0 : 1;
}

function evaluate(words: List): i32 {
  const text = make<Buffer>();
  text.clear();
  for (let i = 1; i < words.length; i++) {
    if (i > 1) text.byte(0x20);
    text.bytes(words.get(i));
  }
  const status = text.length ? runText(text.at) : 0;
  freeBuffer(text);
  free(changetype<usize>(text));
  return status;
}

function execute(words: List): i32 {
  if (words.length == 1) return 0;
  free(words.removeAt(0));
  const status = runProgram(words);
  if (!interactive) exit(status);
  return status;
}

function leave(words: List): i32 {
  const status = numberAt(words, 1, lastStatus);
  exit(status < 0 ? 2 : status & 255);
  return 0;
}

function exportNames(words: List): i32 {
  if (words.length == 1 || bytesAre(words.get(1), '-p')) {
    printExported();
    return 0;
  }
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const word = words.get(i);
    const equals = findByte(word, 0x3d);
    if (equals) store<u8>(equals, 0);
    if (!isName(word)) {
      reportWord('export: not a name', word);
      status = 1;
      continue;
    }
    if (equals) setVariable(word, equals + 1);
    const error = exportVariable(word);
    if (error < 0) {
      reportError(word, error);
      status = 1;
    }
  }
  return status;
}

function set(words: List): i32 {
  if (words.length == 1) {
    printVariables();
    return 0;
  }
  const first = words.get(1);
  if (bytesAre(first, '-x') || bytesAre(first, '+x')) {
    setTrace(load<u8>(first) == 0x2d);
    return 0;
  }
  if (bytesAre(first, '--')) setParameters(words, 2);
  else if (load<u8>(first) == 0x2d || load<u8>(first) == 0x2b) {
    reportWord('set: unknown option', first);
    return 2;
  } else setParameters(words, 1);
  return 0;
}

function shift(words: List): i32 {
  const count = numberAt(words, 1, 1);
  if (count < 0 || count > parameters.length) {
    if (count > 0) reportText('shift: there are not so many parameters');
    return 1;
  }
  for (let i = 0; i < count; i++) free(parameters.removeAt(0));
  return 0;
}

function unset(words: List): i32 {
  for (let i = 1; i < words.length; i++) if (!bytesAre(words.get(i), '-v')) unsetVariable(words.get(i));
  return 0;
}

function changeDirectory(words: List): i32 {
  let target = words.length > 1 ? words.get(1) : variable(literal('HOME'));
  const back = target && bytesAre(target, '-');
  if (back) target = variable(literal('OLDPWD'));
  if (!target || words.length > 2) {
    reportText(
      words.length > 2 ? 'cd: one directory only' : back ? 'cd: OLDPWD is not set' : 'cd: HOME is not set',
    );
    return 2;
  }
  const previous = memory.data(4096);
  const known = getcwd(previous, PATH_MAX) == 0;
  const error = chdir(target);
  if (error < 0) {
    message().text('cd: ').bytes(target).text(': ').text(errorMessage(error)).newline();
    return 1;
  }
  if (known) setVariable(literal('OLDPWD'), previous);
  const now = memory.data(4096);
  if (getcwd(now, PATH_MAX) == 0) {
    setVariable(literal('PWD'), now);
    if (back) stdout.bytes(now).newline();
  }
  return 0;
}

function background(words: List): i32 {
  const job = jobAt(words, 1);
  if (!job) return 1;
  continueJob(job);
  stdout.byte(0x5b).unsigned(job.number).text('] ').bytes(job.text).text(' &').newline();
  return 0;
}

function foreground(words: List): i32 {
  const job = jobAt(words, 1);
  if (!job) return 1;
  stdout.bytes(job.text).newline();
  stdout.flush();
  continueJob(job);
  return waitForeground(job);
}

/** %N, a number that follows %, or without a word the newest. Null after a message. */
function jobAt(words: List, index: i32): Job | null {
  const job = words.length > index ? parseJob(words.get(index)) : findJob(0);
  if (!job) {
    const out = message().bytes(words.get(0)).text(': no such job');
    if (words.length > index) out.text(': ').bytes(words.get(index));
    out.newline();
  }
  return job;
}

function parseJob(word: usize): Job | null {
  const percent = load<u8>(word) == 0x25;
  if (percent && bytesAre(word, '%%')) return findJob(0);
  if (percent && bytesAre(word, '%+')) return findJob(0);
  if (!parseInteger(percent ? word + 1 : word)) return null;
  return percent ? findJob(<i32>parsed()) : findJobOf(<i32>parsed());
}

function help(_words: List): i32 {
  printHelp();
  return 0;
}

function history(_words: List): i32 {
  printHistory();
  return 0;
}

function jobs(_words: List): i32 {
  listJobs();
  return 0;
}

function readVariables(words: List): i32 {
  let first = 1;
  const raw = words.length > 1 && bytesAre(words.get(1), '-r');
  if (raw) first++;
  return readLineInto(words, first, raw);
}

/** test and [ */
function testExpression(words: List): i32 {
  return evaluateTest(words);
}

function type(words: List): i32 {
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const number = findBuiltin(words.get(i));
    if (number >= 0) stdout.bytes(words.get(i)).text(' is a shell builtin').newline();
    else {
      const path = findProgram(words.get(i));
      if (path) stdout.bytes(words.get(i)).text(' is ').bytes(path).newline();
      else reportWord('type: not found', words.get(i));
      if (!path) status = 1;
      free(path);
    }
  }
  return status;
}

function wait(words: List): i32 {
  if (words.length == 1) {
    for (let job = findJob(0); job && !interrupted; job = findJob(0)) waitJob(job);
    return interrupted ? 130 : 0;
  }
  let status = 127;
  for (let i = 1; i < words.length; i++) {
    const job = parseJob(words.get(i));
    status = job ? waitJob(job) : 127;
  }
  return status;
}
