// head: the first lines of files. Source: POSIX head, with -c.

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { close, open, Open } from '../lib/file';
import { literal } from '../lib/literal';
import { parseDigits, parsed } from '../lib/number';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { closeReader, END_OF_FILE, openReader, readByte } from '../lib/reader';
import { reportError, reportText, reportWord } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: head [-n COUNT | -c COUNT | -COUNT] [FILE...]
Print the first lines of files: 10 of each.
  -n COUNT  so many lines    -c COUNT  so many bytes
`;

let limit: i64 = 10;
let byBytes = false;

export function main(): i32 {
  const letters = 'n:c:0123456789';
  let digits: i64 = -1;
  for (let option = nextOption(letters, HELP); option != END; option = nextOption(letters, HELP)) {
    if (option == BAD) return 1;
    if (option >= 0x30 && option <= 0x39) {
      digits = max<i64>(digits, 0) * 10 + option - 0x30;
      limit = digits;
      continue;
    }
    if (!parseDigits(optionArgument(), 10)) {
      reportWord('not a number', optionArgument());
      return 1;
    }
    limit = parsed();
    byBytes = option == 0x63;
  }
  if (!operandCount()) return copy(0, literal('standard input'));
  let status = 0;
  let first = true;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const path = argument(i);
    const fd = bytesAre(path, '-') ? 0 : open(path, Open.readOnly);
    if (fd < 0) {
      reportError(path, fd);
      status = 1;
      continue;
    }
    if (operandCount() > 1) {
      if (!first) stdout.newline();
      stdout.text('==> ').bytes(path).text(' <==\n');
    }
    first = false;
    status |= copy(fd, path);
    if (fd) close(fd);
  }
  return status;
}

function copy(fd: i32, name: usize): i32 {
  const reader = openReader(fd);
  if (!reader) {
    reportText('out of memory');
    return 1;
  }
  for (let rest = limit; rest > 0;) {
    const byte = readByte(reader);
    if (byte == END_OF_FILE) break;
    stdout.byte(<u8>byte);
    if (byBytes || byte == 0x0a) rest--;
  }
  const error = reader.error;
  closeReader(reader);
  if (error < 0) reportError(name, error);
  return error < 0 ? 1 : 0;
}
