// env: print the environment, or run a program in a changed one. Source: POSIX env; -u, -0, -C, -S as elsewhere.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesAre, findByte } from '../lib/bytes';
import { chdir } from '../lib/directory';
import {
  environmentVector,
  setEnvironment,
  setEnvironmentVariable,
  unsetEnvironmentVariable,
} from '../lib/environment';
import { Errno } from '../lib/errno';
import { List } from '../lib/list';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { BAD, END, nextOption, operandIndex, optionArgument } from '../lib/options';
import { execSearch } from '../lib/process';
import { message, reportError, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';

const HELP = `usage: env [-i] [-0] [-u NAME]... [-C DIRECTORY] [NAME=VALUE...] [PROGRAM [ARGUMENT...]]
Run a program with variables set; without a program, print the environment.
  -i, -  start with an empty environment    -u NAME  without NAME    -0  end each line with 0
  -C DIRECTORY  there    -S TEXT  TEXT in words as further arguments (for #! lines)
`;
const LONG = 'ignore-environment=i null=0 unset=u: chdir=C: split-string=S:';

export function main(): i32 {
  let delimiter: u8 = 0x0a;
  let directory: usize = 0;
  let split: usize = 0;
  const letters = '0C:iS:u:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 125;
    if (option == 0x69) setEnvironment(memory.data(8, 8));
    else if (option == 0x30) delimiter = 0;
    else if (option == 0x43) directory = optionArgument();
    else if (option == 0x53) split = optionArgument();
    else {
      const name = optionArgument();
      if (!load<u8>(name) || findByte(name, 0x3d)) {
        message().text("cannot unset '").bytes(name).text("': Invalid argument").newline();
        return 125;
      }
      unsetEnvironmentVariable(name);
    }
  }
  const words = make<List>();
  if (split) splitWords(split, words);
  for (let i = operandIndex(); i < argumentCount(); i++) words.append(argument(i));
  let i = 0;
  if (i < words.length && bytesAre(words.get(i), '-')) {
    setEnvironment(memory.data(8, 8));
    i++;
  }
  for (; i < words.length; i++) {
    const equals = findByte(words.get(i), 0x3d);
    if (!equals) break;
    store<u8>(equals, 0);
    const error = setEnvironmentVariable(words.get(i), equals + 1);
    if (error < 0) {
      reportError(words.get(i), error);
      return 125;
    }
  }
  if (i == words.length) {
    if (directory) {
      reportUsage('-C needs a program');
      return 125;
    }
    for (let at = environmentVector(); load<usize>(at); at += 8)
      stdout.bytes(load<usize>(at)).byte(delimiter);
    return 0;
  }
  if (!delimiter) {
    reportUsage('cannot specify -0 with a program');
    return 125;
  }
  const refused = directory ? chdir(directory) : 0;
  if (refused < 0) {
    message()
      .text("cannot change directory to '")
      .bytes(directory)
      .text("': ")
      .text(errorMessage(refused))
      .newline();
    return 125;
  }
  const error = execSearch(words.get(i), words.values + ((<usize>i) << 3));
  reportError(words.get(i), error);
  return error == -Errno.NOENT ? 127 : 126;
}

/** Words with blanks between; quotes and backslashes keep blanks in. */
function splitWords(text: usize, to: List): void {
  const copy = mustAllocate(malloc(byteLength(text) + 1));
  let out = copy;
  while (load<u8>(text)) {
    while (load<u8>(text) == 0x20 || load<u8>(text) == 9) text++;
    if (!load<u8>(text)) break;
    to.append(out);
    let quote: u8 = 0;
    for (; load<u8>(text); text++) {
      const byte = load<u8>(text);
      if (quote ? byte == quote : byte == 0x22 || byte == 0x27) quote = quote ? 0 : byte;
      else if (!quote && (byte == 0x20 || byte == 9)) break;
      else if (byte == 0x5c && quote != 0x27 && load<u8>(text, 1)) store<u8>(out++, load<u8>(++text));
      else store<u8>(out++, byte);
    }
    store<u8>(out++, 0);
  }
}
