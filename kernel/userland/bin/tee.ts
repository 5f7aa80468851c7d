// tee: copy the standard input to the standard output and to files. Source: POSIX tee.

import { argument, argumentCount } from '../lib/arguments';
import { Errno } from '../lib/errno';
import { open, Open, read, writeFully } from '../lib/file';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { List } from '../lib/list';
import { BAD, END, nextOption, operandIndex } from '../lib/options';
import { reportError } from '../lib/report';
import { Disposition, setDisposition, Signal } from '../lib/signal';

const HELP = `usage: tee [-ai] [FILE...]
Copy the standard input to the standard output and to each FILE.
  -a  append    -i  ignore the interrupt signal
`;

const BUFFER_SIZE: usize = 65536;

/** An output that failed is closed to further writing. */
const FAILED: usize = 0xffffffff;

export function main(): i32 {
  let flags: u32 = Open.writeOnly | Open.create | Open.truncate;
  const long = 'append=a ignore-interrupts=i';
  for (let option = nextOption('ai', HELP, long); option != END; option = nextOption('ai', HELP, long)) {
    if (option == BAD) return 1;
    if (option == 0x61) flags = Open.writeOnly | Open.create | Open.append;
    else setDisposition(Signal.INT, Disposition.ignore);
  }
  let status = 0;
  const outputs = make<List>();
  const names = make<List>();
  outputs.append(1);
  names.append(literal('standard output'));
  for (let i = operandIndex(); i < argumentCount(); i++) {
    const fd = open(argument(i), flags);
    if (fd < 0) {
      reportError(argument(i), fd);
      status = 1;
      continue;
    }
    outputs.append(fd);
    names.append(argument(i));
  }
  const buffer = mustAllocate(malloc(BUFFER_SIZE));
  let got = read(0, buffer, BUFFER_SIZE);
  for (; got > 0 || got == -Errno.INTR; got = read(0, buffer, BUFFER_SIZE)) {
    if (got < 0) continue;
    let alive = 0;
    for (let i = 0; i < outputs.length; i++) {
      if (outputs.get(i) == FAILED) continue;
      const error = writeFully(<i32>outputs.get(i), buffer, <usize>got);
      if (error < 0) {
        reportError(names.get(i), error);
        status = 1;
        outputs.set(i, FAILED);
      } else alive++;
    }
    if (!alive) return 1;
  }
  if (got < 0) {
    reportError(literal('read error'), got);
    return 1;
  }
  return status;
}
