// ipcmk: make a System V message queue, shared memory or semaphores. As in other systems.

import { parsed, parseDigits } from '../lib/number';
import { BAD, END, nextOption, operandCount, optionArgument } from '../lib/options';
import { message, reportUsage, reportWord } from '../lib/report';
import { parseSize, sizeValue } from '../lib/size';
import { stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { Facility, makeIpc } from './objects';

const HELP = `usage: ipcmk [-p MODE] -Q | -M SIZE | -S COUNT
Make a message queue (-Q), shared memory of SIZE bytes (-M) or a set of COUNT semaphores (-S) of System V, with a key of
its own, and print its number.
  -p MODE  permissions, octal (0644)
`;
const LONG = 'queue=Q shmem=M: semaphore=S: mode=p:';

export function makeMain(): i32 {
  let facility = -1;
  let size: u64 = 0;
  let mode: u64 = 0o644;
  for (
    let option = nextOption('QM:S:p:', HELP, LONG);
    option != END;
    option = nextOption('QM:S:p:', HELP, LONG)
  ) {
    if (option == BAD) return 1;
    if (option == 0x70) {
      if (!parseDigits(optionArgument(), 8) || parsed() > 0o777) {
        reportWord('invalid mode', optionArgument());
        return 1;
      }
      mode = <u64>parsed();
      continue;
    }
    facility = option == 0x51 ? Facility.queues : option == 0x4d ? Facility.memory : Facility.semaphores;
    if (option == 0x51) continue;
    if (!parseSize(optionArgument())) {
      reportWord('invalid size', optionArgument());
      return 1;
    }
    size = <u64>sizeValue();
  }
  if (facility < 0 || operandCount()) {
    reportUsage(facility < 0 ? 'what is to be made?' : 'extra operand');
    return 1;
  }
  const key = memory.data(4, 4);
  syscall(Sys.getrandom, key, 4, 0);
  // Not IPC_PRIVATE, 0: others shall find it.
  const id = makeIpc(facility, load<i32>(key) | 1, size, mode);
  if (id < 0) {
    message().text('cannot make it: ').text(errorMessage(id)).newline();
    return 1;
  }
  if (facility == Facility.queues) stdout.text('Message queue id: ');
  else stdout.text(facility == Facility.memory ? 'Shared memory id: ' : 'Semaphore id: ');
  stdout.unsigned(id).newline();
  return 0;
}
