// printenv: print environment variables. As in other systems.

import { argument, argumentCount } from '../lib/arguments';
import { environmentVector, getEnvironment } from '../lib/environment';
import { BAD, END, nextOption, operandCount, operandIndex } from '../lib/options';
import { stdout } from '../lib/stream';

const HELP = `usage: printenv [-0] [NAME...]
Print the values of variables, all of the environment without a NAME; 1 when one is not set.
  -0  end each with 0
`;

export function main(): i32 {
  let delimiter: u8 = 0x0a;
  for (
    let option = nextOption('0', HELP, 'null=0');
    option != END;
    option = nextOption('0', HELP, 'null=0')
  ) {
    if (option == BAD) return 2;
    delimiter = 0;
  }
  if (!operandCount()) {
    for (let at = environmentVector(); load<usize>(at); at += 8)
      stdout.bytes(load<usize>(at)).byte(delimiter);
    return 0;
  }
  let status = 0;
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const value = getEnvironment(argument(i));
    if (value) stdout.bytes(value).byte(delimiter);
    else status = 1;
  }
  return status;
}
