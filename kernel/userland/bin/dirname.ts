// dirname: a path without its last component. Source: POSIX dirname.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength } from '../lib/bytes';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { reportUsage } from '../lib/report';
import { stdout } from '../lib/stream';

const HELP = `usage: dirname [-z] PATH...
Print each path without its last component.
  -z  end each with 0
`;

export function main(): i32 {
  let delimiter: u8 = 0x0a;
  for (
    let option = nextOption('z', HELP, 'zero=z');
    option != END;
    option = nextOption('z', HELP, 'zero=z')
  ) {
    if (option == BAD) return 1;
    delimiter = 0;
  }
  if (!operandCount()) {
    reportUsage('missing operand');
    return 1;
  }
  for (let i = operandIndex(); i < argumentCount(); i++) print(argument(i), delimiter);
  return 0;
}

function print(path: usize, delimiter: u8): void {
  let end = path + byteLength(path);
  while (end > path + 1 && load<u8>(end - 1) == 0x2f) end--;
  while (end > path && load<u8>(end - 1) != 0x2f) end--;
  if (end == path) {
    stdout.byte(load<u8>(path) == 0x2f ? 0x2f : 0x2e).byte(delimiter);
    return;
  }
  while (end > path + 1 && load<u8>(end - 1) == 0x2f) end--;
  stdout.range(path, end - path).byte(delimiter);
}
