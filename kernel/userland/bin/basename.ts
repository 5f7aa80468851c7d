// basename: the last component of a path. Source: POSIX basename.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesEqual } from '../lib/bytes';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { message, suggestHelp, reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: basename PATH [SUFFIX]
       basename -a [-s SUFFIX] [-z] PATH...
Print the last component of PATH, without SUFFIX.
  -a  several paths    -s SUFFIX  implies -a    -z  end each with 0
`;
const LONG = 'multiple=a suffix=s: zero=z';

export function main(): i32 {
  let several = false;
  let suffix: usize = 0;
  let delimiter: u8 = 0x0a;
  for (let option = nextOption('as:z', HELP, LONG); option != END; option = nextOption('as:z', HELP, LONG)) {
    if (option == BAD) return 1;
    if (option == 0x7a) delimiter = 0;
    else several = true;
    if (option == 0x73) suffix = optionArgument();
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  let last = argumentCount();
  if (!several && operandCount() > 2) {
    message()
      .text("extra operand '")
      .bytes(argument(operandIndex() + 2))
      .text("'")
      .newline();
    suggestHelp();
    return 1;
  }
  if (!several && operandCount() == 2) suffix = argument(--last);
  for (let i = operandIndex(); i < last; i++) print(argument(i), suffix, delimiter);
  return 0;
}

function print(path: usize, suffix: usize, delimiter: u8): void {
  let end = path + byteLength(path);
  while (end > path + 1 && load<u8>(end - 1) == 0x2f) end--;
  let start = end;
  while (start > path && load<u8>(start - 1) != 0x2f) start--;
  if (start == end && end > path) start = end - 1;
  store<u8>(end, 0);
  const tail = suffix ? byteLength(suffix) : 0;
  if (tail && end - start > tail && bytesEqual(end - tail, suffix)) end -= tail;
  stdout.range(start, end - start).byte(delimiter);
}
