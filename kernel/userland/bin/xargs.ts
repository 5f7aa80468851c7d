// xargs: builds commands from the words of the standard input and runs them. Source: POSIX xargs; -0 -P -r as in GNU's
// and the BSDs'.

import { argument, argumentCount } from '../lib/arguments';
import { Buffer } from '../lib/buffer';
import { byteLength, bytesEqual, duplicateBytes } from '../lib/bytes';
import { Errno } from '../lib/errno';
import { exit, exitNow } from '../lib/exit';
import { dup2, open, Open } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { free, make, mustAllocate } from '../lib/malloc';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { execSearch, fork, waitpid } from '../lib/process';
import { END_OF_FILE, nextLine, openReader, readByte, Reader } from '../lib/reader';
import { message, reportError, reportText } from '../lib/report';
import { stderr, stdout } from '../lib/stream';
import { exited, exitStatus, signalled } from '../lib/wait-status';

const HELP = `usage: xargs [-0prtx] [-E TEXT] [-I TEXT] [-L N] [-n N] [-P N] [-s N] [COMMAND [WORD...]]
Run COMMAND (echo) with its words and those of the standard input behind them, as often as it takes.
  -0  words end with a 0 byte       -I TEXT  one command for each line, which replaces TEXT in the words
  -n N  at most N words a command   -L N  at most N lines     -s N  at most N bytes
  -P N  N commands at a time        -E TEXT  ends the input   -r  no command without input
  -t  print commands before they run      -p  and ask         -x  end when a command does not fit -s
End with 123 when a command failed, 124 when one ended with 255, 125 when a signal ended one, 126 or 127 when it could
not be run.
`;

const LETTERS = '0prtxE:I:L:n:P:s:';

let zero = false;
let asks = false;
let unlessEmpty = false;
let traces = false;
let strict = false;
let endText: usize = 0;
let replaced: usize = 0;
let maximumLines: i64 = 0;
let maximumWords: i64 = 0;
let parallel: i64 = 1;
let maximumBytes: i64 = 131072 - 2048;

let input: Reader = changetype<Reader>(<usize>0);
const word = make<Buffer>();
/** The word that was read ended its line. */
let endsLine = false;
let status: i32 = 0;
let running: i64 = 0;

function isBlank(byte: i32): bool {
  return byte == 0x20 || byte == 0x09;
}

/** The next word into `word`; false at the end of the input. */
function readWord(): bool {
  word.clear();
  endsLine = false;
  let byte = readByte(input);
  if (zero) {
    if (byte == END_OF_FILE) return false;
    for (; byte != END_OF_FILE && byte != 0; byte = readByte(input)) word.byte(<u8>byte);
    endsLine = true;
    return true;
  }
  // With -I a word is a line, without the blanks at its begin.
  while (isBlank(byte) || byte == 0x0a) byte = readByte(input);
  if (byte == END_OF_FILE) return false;
  let trailing = false;
  while (byte != END_OF_FILE && byte != 0x0a && (replaced || !isBlank(byte))) {
    trailing = false;
    if (byte == 0x5c) {
      byte = readByte(input);
      if (byte == END_OF_FILE) break;
      word.byte(<u8>byte);
    } else if (byte == 0x27 || byte == 0x22) {
      const quote = byte;
      for (byte = readByte(input); byte != quote; byte = readByte(input)) {
        if (byte == END_OF_FILE || byte == 0x0a) {
          reportText(quote == 0x27 ? 'unmatched single quote' : 'unmatched double quote');
          finish(1);
        }
        word.byte(<u8>byte);
      }
    } else {
      word.byte(<u8>byte);
      trailing = isBlank(byte);
    }
    byte = readByte(input);
  }
  // A blank at the end of a line lets -L go on with the next one (POSIX xargs, -L).
  endsLine = byte == 0x0a || byte == END_OF_FILE;
  if (trailing && replaced)
    while (word.length && isBlank(load<u8>(word.at + word.length - 1))) word.remove(word.length - 1, 1);
  return !(endText && bytesEqual(word.at, endText));
}

const command = make<List>();
let fixedWords = 0;
let fixedBytes: i64 = 0;
let bytes: i64 = 0;

function resetCommand(): void {
  for (let i = fixedWords; i < command.length; i++) free(command.get(i));
  command.length = fixedWords;
  bytes = fixedBytes;
}

/** Waits until fewer than `most` commands run. */
function waitFor(most: i64): void {
  const room = memory.data(4, 4);
  while (running > 0 && running >= most) {
    const pid = waitpid(-1, room, 0);
    if (pid == -Errno.INTR) continue;
    running--;
    if (pid < 0) continue;
    const how = load<i32>(room);
    if (signalled(how)) {
      message().bytes(command.get(0)).text(': ended by a signal').newline();
      status = 125;
      finish(125);
    } else if (exited(how)) {
      const code = exitStatus(how);
      if (code == 255) {
        message().bytes(command.get(0)).text(': ended with status 255; stopping').newline();
        finish(124);
      }
      if (code == 126 || code == 127) finish(code);
      if (code) status = 123;
    }
  }
}

function finish(code: i32): void {
  // The others may end in peace.
  const room = memory.data(4, 4);
  while (running > 0) {
    if (waitpid(-1, room, 0) != -Errno.INTR) running--;
  }
  exit(code);
}

function mayRun(): bool {
  if (!traces && !asks) return true;
  for (let i = 0; i < command.length; i++) {
    if (i) stderr.byte(0x20);
    stderr.bytes(command.get(i));
  }
  if (!asks) {
    stderr.newline();
    return true;
  }
  stderr.text('?...').flush();
  const terminal = open(literal('/dev/tty'), Open.readOnly | Open.closeOnExec);
  const reader: Reader | null = terminal < 0 ? null : openReader(terminal);
  const line: usize = reader ? nextLine(reader) : 0;
  return line != 0 && (load<u8>(line) | 0x20) == 0x79;
}

function run(): void {
  if (!mayRun()) {
    resetCommand();
    return;
  }
  waitFor(parallel);
  stdout.flush();
  const pid = fork();
  if (pid == 0) {
    const empty = open(literal('/dev/null'), Open.readOnly);
    if (empty > 0) dup2(empty, 0);
    const error = execSearch(command.get(0), command.values);
    reportError(command.get(0), error);
    exitNow(error == -Errno.NOENT ? 127 : 126);
  }
  if (pid < 0) {
    reportError(literal('fork'), pid);
    finish(1);
  }
  running++;
  if (parallel == 1) waitFor(1);
  resetCommand();
}

function append(text: usize): void {
  assert(command.append(mustAllocate(duplicateBytes(text))), 'out of memory');
  bytes += <i64>byteLength(text) + 1;
}

/** The word with each `replaced` in it changed to the line. */
function substituted(from: usize): usize {
  const text = make<Buffer>();
  text.clear();
  const size = byteLength(replaced);
  while (load<u8>(from)) {
    let same: usize = 0;
    while (same < size && load<u8>(from + same) == load<u8>(replaced + same)) same++;
    if (size && same == size) {
      text.range(word.at, word.length);
      from += size;
    } else text.byte(load<u8>(from++));
  }
  const at = text.at;
  free(changetype<usize>(text));
  return at;
}

function runForLines(): void {
  const template = make<List>();
  for (let i = 0; i < command.length; i++) assert(template.append(command.get(i)), 'out of memory');
  fixedWords = 0;
  while (readWord()) {
    command.length = 0;
    bytes = 0;
    for (let i = 0; i < template.length; i++) {
      const each = substituted(template.get(i));
      assert(command.append(each), 'out of memory');
      bytes += <i64>byteLength(each) + 1;
    }
    if (bytes > maximumBytes) {
      reportText('argument list too long');
      finish(1);
    }
    run();
  }
}

function runForWords(): void {
  let words: i64 = 0;
  let lines: i64 = 0;
  let any = false;
  while (readWord()) {
    const size = <i64>word.length + 1;
    if (bytes + size > maximumBytes) {
      if (!words || (strict && (maximumWords || maximumLines))) {
        reportText('argument line too long');
        finish(1);
      }
      run();
      words = 0;
      lines = 0;
    }
    append(word.at);
    any = true;
    words++;
    if (endsLine) lines++;
    if ((maximumWords && words >= maximumWords) || (maximumLines && lines >= maximumLines)) {
      run();
      words = 0;
      lines = 0;
    }
  }
  if (words || (!any && !unlessEmpty)) run();
}

function number(): i64 {
  const text = optionArgument();
  if (parseDigits(text, 10) && parsed() > 0) return parsed();
  message().bytes(text).text(': not a positive number').newline();
  exit(1);
  return 0;
}

export function main(): i32 {
  for (let option = nextOption(LETTERS, HELP); option != END; option = nextOption(LETTERS, HELP)) {
    if (option == BAD) return 1;
    if (option == 0x30) zero = true;
    else if (option == 0x70) asks = true;
    else if (option == 0x72) unlessEmpty = true;
    else if (option == 0x74) traces = true;
    else if (option == 0x78) strict = true;
    else if (option == 0x45) endText = optionArgument();
    else if (option == 0x49) replaced = optionArgument();
    else if (option == 0x4c) maximumLines = number();
    else if (option == 0x6e) maximumWords = number();
    else if (option == 0x50)
      parallel = parseDigits(optionArgument(), 10) && parsed() == 0 ? i32.MAX_VALUE : number();
    else maximumBytes = number();
  }
  if (endText && !load<u8>(endText)) endText = 0;
  const reader = openReader(0);
  if (!reader) return 1;
  input = reader;
  if (!operandCount()) assert(command.append(literal('echo')), 'out of memory');
  for (let i = operandIndex(); i < argumentCount(); i++) assert(command.append(argument(i)), 'out of memory');
  fixedWords = command.length;
  for (let i = 0; i < fixedWords; i++) fixedBytes += <i64>byteLength(command.get(i)) + 1;
  bytes = fixedBytes;
  if (replaced) runForLines();
  else runForWords();
  waitFor(1);
  return status;
}
