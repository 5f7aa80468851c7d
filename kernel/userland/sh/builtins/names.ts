// Builtins on names of commands: alias, unalias, command, hash, type. Source: POSIX.

import { bytesAre, findByte } from '../../lib/bytes';
import { List } from '../../lib/list';
import { literal } from '../../lib/literal';
import { free, make } from '../../lib/malloc';
import { access, Access } from '../../lib/file';
import { stdout } from '../../lib/stream';
import { aliasAt, findAlias, removeAlias, removeAliases, setAlias } from '../alias';
import { builtinNumber, isSpecialBuiltin, runBuiltin } from '../builtins';
import { commandPath, findCommand, forgetPaths, pathList, printPaths, searchPath } from '../commands';
import { setCurrentBuiltin, setForgiving, shellMessage } from '../error';
import { fork } from '../../lib/process';
import { joinJob, makeJob, prepareChild, waitForeground } from '../jobs';
import { exitQuietly } from '../leave';
import { isReserved } from '../reserved';
import { runPath } from '../simple';
import { stackCopy } from '../stack';
import { Kind, makeNode } from '../ast';
import { arena } from '../syntax';
import { lineNumber } from '../state';
import { writeQuoted } from '../variables';

const STANDARD_PATH = '/bin:/usr/bin:/sbin:/usr/sbin';

export function alias(words: List): i32 {
  if (words.length == 1) {
    for (let i = 0; aliasAt(i); i++) printAlias(i);
    return 0;
  }
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const word = words.get(i);
    const equals = findByte(word + 1, 0x3d);
    if (load<u8>(word) && equals) {
      setAlias(stackCopy(word, equals - word), equals + 1);
      continue;
    }
    let found = false;
    for (let k = 0; !found; k++) {
      const each = aliasAt(k);
      if (!each) break;
      if (findAlias(word) != each) continue;
      found = true;
      printAlias(k);
    }
    if (found) continue;
    shellMessage().bytes(word).text(' not found').newline();
    status = 1;
  }
  return status;
}

function printAlias(index: i32): void {
  const each = aliasAt(index);
  if (!each) return;
  stdout.bytes(each.name).byte(0x3d);
  writeQuoted(stdout, each.value);
  stdout.newline();
}

export function unalias(words: List): i32 {
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    if (bytesAre(words.get(i), '-a')) removeAliases();
    else if (!bytesAre(words.get(i), '--') && !removeAlias(words.get(i))) {
      shellMessage().bytes(words.get(i)).text(' not found').newline();
      status = 1;
    }
  }
  return status;
}

export function hash(words: List): i32 {
  if (words.length == 1) {
    printPaths();
    return 0;
  }
  if (bytesAre(words.get(1), '-r')) {
    forgetPaths();
    return 0;
  }
  let status = 0;
  for (let i = 1; i < words.length; i++) {
    const command = findCommand(words.get(i));
    if (builtinNumber(command) >= 0 || command.definition || commandPath(command)) continue;
    shellMessage().bytes(words.get(i)).text(': not found').newline();
    status = 1;
  }
  return status;
}

/** Says what a name is: in words, or for `command -v` as briefly as it can be used again. */
function describeName(name: usize, brief: bool, path: usize): i32 {
  const alias = findAlias(name);
  if (isReserved(name)) {
    stdout
      .bytes(name)
      .text(brief ? '' : ' is a shell keyword')
      .newline();
    return 0;
  }
  if (alias) {
    if (brief) {
      stdout.text('alias ').bytes(name).byte(0x3d);
      writeQuoted(stdout, alias.value);
      stdout.newline();
    } else stdout.bytes(name).text(' is an alias for ').bytes(alias.value).newline();
    return 0;
  }
  const command = findCommand(name);
  const builtin = builtinNumber(command);
  if (builtin >= 0 && isSpecialBuiltin(builtin)) {
    stdout
      .bytes(name)
      .text(brief ? '' : ' is a special shell builtin')
      .newline();
    return 0;
  }
  if (command.definition) {
    stdout
      .bytes(name)
      .text(brief ? '' : ' is a shell function')
      .newline();
    return 0;
  }
  if (builtin >= 0) {
    stdout
      .bytes(name)
      .text(brief ? '' : ' is a shell builtin')
      .newline();
    return 0;
  }
  const found = searchPath(name, path);
  const usable = found != 0 && access(found, Access.execute) == 0;
  if (usable) {
    if (!brief) stdout.bytes(name).text(' is ');
    stdout.bytes(found).newline();
  } else if (!brief) shellMessage().bytes(name).text(': not found').newline();
  free(found);
  return usable ? 0 : 127;
}

export function type(words: List): i32 {
  let status = 0;
  for (let i = 1; i < words.length; i++) status |= describeName(words.get(i), false, pathList());
  return status;
}

export function command(words: List): i32 {
  let standard = false;
  let brief = false;
  let verbose = false;
  let i = 1;
  for (; i < words.length && load<u8>(words.get(i)) == 0x2d && load<u8>(words.get(i), 1); i++) {
    const word = words.get(i);
    if (bytesAre(word, '--')) {
      i++;
      break;
    }
    for (let at = word + 1; load<u8>(at); at++) {
      if (load<u8>(at) == 0x70) standard = true;
      else if (load<u8>(at) == 0x76) brief = true;
      else if (load<u8>(at) == 0x56) verbose = true;
      else {
        shellMessage().text('Illegal option -').byte(load<u8>(at)).newline();
        return 2;
      }
    }
  }
  if (i >= words.length) return 0;
  const path = standard ? literal(STANDARD_PATH) : pathList();
  if (brief || verbose) {
    let status = 0;
    for (; i < words.length; i++) status = describeName(words.get(i), brief, path);
    return status;
  }
  const rest = make<List>();
  rest.values = words.values + ((<usize>i) << 3);
  rest.length = words.length - i;
  const status = runNamed(rest, path);
  free(changetype<usize>(rest));
  return status;
}

/** A builtin or a program, never a function; an error of a special builtin does not end the shell (POSIX command). */
function runNamed(words: List, path: usize): i32 {
  const found = findCommand(words.get(0));
  const number = builtinNumber(found);
  const outer = setCurrentBuiltin(0);
  let status: i32;
  if (number >= 0) {
    const before = setForgiving(true);
    status = runBuiltin(number, words);
    setForgiving(before);
  } else {
    const program = searchPath(words.get(0), path);
    const node = makeNode(arena, Kind.simple, null, null, lineNumber);
    const job = makeJob(node);
    const pid = fork();
    if (pid == 0) {
      prepareChild(job, true);
      exitQuietly(runPath(program, words));
    }
    joinJob(job, pid);
    status = waitForeground(job);
    free(program);
  }
  setCurrentBuiltin(outer);
  return status;
}
