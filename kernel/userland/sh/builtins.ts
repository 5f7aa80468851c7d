// Commands that the shell runs itself. Source: POSIX 2.14 (special builtins) and 1.6 (the others).
//
// Rules: a builtin gets its words, itself first, and returns its status; what it prints goes through stdout. It must not
// write into its words: they may be part of the tree.

import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make } from '../lib/malloc';
import { evaluateTest } from '../lib/test-expression';
import { errorMessage } from '../lib/strerror';
import { stdout } from '../lib/stream';
import { echoWords } from '../lib/echo';
import { formatWords } from '../lib/format-words';
import { Command, findCommand } from './commands';
import { setCurrentBuiltin, shellMessage } from './error';
import {
  breakLoop,
  colon,
  continueLoop,
  dot,
  evaluate,
  execute,
  leave,
  returnFrom,
  shift,
  showTimes,
} from './builtins/control';
import { changeDirectory, printDirectory, setMask, ulimit } from './builtins/files';
import { background, foreground, jobs, killJobs, wait } from './builtins/jobs';
import { alias, command as runCommand, hash, type, unalias } from './builtins/names';
import { getopts, set, trap } from './builtins/options';
import { readVariables } from './builtins/read';
import { exportNames, local, readonly, unset } from './builtins/variables';
import { editHistory, showHistory } from './builtins/history';
import { printHelp } from './help';

type Builtin = (words: List) => i32;

const names = make<List>();
const functions = make<List>();

/** Special builtins come first. */
let specialCount: i32 = 0;

function register(name: string, run: Builtin): void {
  findCommand(literal(name)).builtin = names.length;
  assert(names.append(literal(name)) && functions.append(<usize>run.index), 'out of memory');
}

/** Called once. */
export function startBuiltins(): void {
  register(':', colon);
  register('.', dot);
  register('break', breakLoop);
  register('continue', continueLoop);
  register('eval', evaluate);
  register('exec', execute);
  register('exit', leave);
  register('export', exportNames);
  register('readonly', readonly);
  register('return', returnFrom);
  register('set', set);
  register('shift', shift);
  register('times', showTimes);
  register('trap', trap);
  register('unset', unset);
  specialCount = names.length;
  register('[', test);
  register('alias', alias);
  register('bg', background);
  register('cd', changeDirectory);
  register('command', runCommand);
  register('echo', echo);
  register('false', falsehood);
  register('fc', editHistory);
  register('fg', foreground);
  register('getopts', getopts);
  register('hash', hash);
  register('help', help);
  register('history', showHistory);
  register('jobs', jobs);
  register('kill', killJobs);
  register('local', local);
  register('printf', printf);
  register('pwd', printDirectory);
  register('read', readVariables);
  register('test', test);
  register('true', colon);
  register('type', type);
  register('ulimit', ulimit);
  register('umask', setMask);
  register('unalias', unalias);
  register('wait', wait);
}

export function builtinNumber(command: Command): i32 {
  return command.builtin;
}

export function isSpecialBuiltin(number: i32): bool {
  return number >= 0 && number < specialCount;
}

export function builtinName(number: i32): usize {
  return number < names.length ? names.get(number) : 0;
}

export function runBuiltin(number: i32, words: List): i32 {
  const outer = setCurrentBuiltin(number < 2 ? 0 : names.get(number));
  let status = call_indirect<i32>(<u32>functions.get(number), words);
  if (stdout.used || stdout.error) {
    if (stdout.flush() < 0) {
      shellMessage().text('write error: ').text(errorMessage(stdout.failed())).newline();
      stdout.error = 0;
      if (!status) status = 1;
    }
  }
  setCurrentBuiltin(outer);
  return status;
}

function test(words: List): i32 {
  return evaluateTest(words);
}

function echo(words: List): i32 {
  return echoWords(words);
}

function printf(words: List): i32 {
  return formatWords(words);
}

function falsehood(_words: List): i32 {
  return 1;
}

function help(_words: List): i32 {
  printHelp();
  return 0;
}
