// Builtins on variables: export, readonly, unset, local. Source: POSIX 2.14; local is as in dash and most shells.

import { bytesAre, findByte } from '../../lib/bytes';
import { List } from '../../lib/list';
import { make } from '../../lib/malloc';
import { findCommand, removeFunction } from '../commands';
import { fatal, shellMessage, shellText } from '../error';
import { makeLocal } from '../simple';
import { stackCopy } from '../stack';
import { callDepth } from '../state';
import {
  exportVariable,
  findVariable,
  Flag,
  isName,
  printVariables,
  SavedVariable,
  saveVariable,
  setVariable,
  unsetVariable,
  Variable,
  variableNamed,
} from '../variables';

/** The variable of NAME or NAME=value, null after a message. */
function variableOf(word: usize): Variable | null {
  const equals = findByte(word, 0x3d);
  const name = equals ? stackCopy(word, equals - word) : word;
  if (!isName(name)) {
    shellMessage().bytes(word).text(': bad variable name').newline();
    fatal(2);
    return null;
  }
  return equals ? findVariable(word, equals - word) : variableNamed(name);
}

function mark(words: List, flag: u32, prefix: string): i32 {
  let first = 1;
  if (words.length > 1 && bytesAre(words.get(1), '-p')) first++;
  if (words.length > first && bytesAre(words.get(first), '--')) first++;
  if (words.length == first) {
    printVariables(flag, prefix);
    return 0;
  }
  for (let i = first; i < words.length; i++) {
    const word = words.get(i);
    const variable = variableOf(word);
    if (!variable) return 2;
    const equals = findByte(word, 0x3d);
    if (equals && !setVariable(variable, equals + 1)) {
      fatal(2);
      return 2;
    }
    if (flag == Flag.exported) exportVariable(variable);
    else variable.flags |= flag;
  }
  return 0;
}

export function exportNames(words: List): i32 {
  return mark(words, Flag.exported, 'export ');
}

export function readonly(words: List): i32 {
  return mark(words, Flag.readOnly, 'readonly ');
}

export function unset(words: List): i32 {
  let functions = false;
  let variables = false;
  let i = 1;
  for (; i < words.length && load<u8>(words.get(i)) == 0x2d; i++) {
    if (bytesAre(words.get(i), '-f')) functions = true;
    else if (bytesAre(words.get(i), '-v')) variables = true;
    else if (bytesAre(words.get(i), '--')) {
      i++;
      break;
    } else {
      shellMessage().text('Illegal option ').bytes(words.get(i)).newline();
      fatal(2);
      return 2;
    }
  }
  for (; i < words.length; i++) {
    const word = words.get(i);
    if (functions) {
      removeFunction(findCommand(word));
      continue;
    }
    if (!isName(word)) {
      shellMessage().bytes(word).text(': bad variable name').newline();
      fatal(2);
      return 2;
    }
    const variable = variableNamed(word);
    if (!variables && !variable.value) removeFunction(findCommand(word));
    if (!unsetVariable(variable)) {
      fatal(2);
      return 2;
    }
  }
  return 0;
}

export function local(words: List): i32 {
  if (!callDepth) {
    shellText('not in a function');
    fatal(2);
    return 2;
  }
  for (let i = 1; i < words.length; i++) {
    const word = words.get(i);
    const variable = variableOf(word);
    if (!variable) return 2;
    if (variable.flags & Flag.readOnly) {
      shellMessage().bytes(variable.name).text(': is read only').newline();
      fatal(2);
      return 2;
    }
    const saved = make<SavedVariable>();
    saveVariable(variable, saved, true);
    makeLocal(saved);
    const equals = findByte(word, 0x3d);
    if (equals) setVariable(variable, equals + 1);
  }
  return 0;
}
