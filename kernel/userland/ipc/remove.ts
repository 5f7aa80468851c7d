// ipcrm: remove System V message queues, shared memory and semaphores. Source: POSIX ipcrm.

import { Errno } from '../lib/errno';
import { BAD, END, nextOption, operandCount, optionArgument } from '../lib/options';
import { message, reportUsage } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { Facility, findIpc, parseIpcNumber, removeIpc } from './objects';
import { parsed } from '../lib/number';

const HELP = `usage: ipcrm [-q MSGID|-Q MSGKEY|-m SHMID|-M SHMKEY|-s SEMID|-S SEMKEY]...
Remove message queues, shared memory and semaphores of System V, by the number that ipcs shows or by key (0x… too).
Shared memory goes when the last process has detached it.
`;
const LONG = 'queue-id=q: queue-key=Q: shmem-id=m: shmem-key=M: semaphore-id=s: semaphore-key=S:';

function facilityOf(option: i32): i32 {
  const letter = option | 0x20;
  if (letter == 0x71) return Facility.queues;
  return letter == 0x6d ? Facility.memory : Facility.semaphores;
}

export function removeMain(): i32 {
  let status = 0;
  let any = false;
  const letters = 'q:Q:m:M:s:S:';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 1;
    any = true;
    if (!remove(facilityOf(option), (option & 0x20) == 0, optionArgument())) status = 1;
  }
  if (!any || operandCount()) {
    reportUsage(any ? 'extra operand' : 'what is to be removed?');
    return 1;
  }
  return status;
}

function remove(facility: i32, byKey: bool, word: usize): bool {
  if (!parseIpcNumber(word)) {
    message().text("invalid number '").bytes(word).text("'").newline();
    return false;
  }
  let id = parsed();
  // The key of IPC_PRIVATE belongs to nothing in particular.
  if (byKey && id) id = findIpc(facility, id);
  else if (byKey) id = -Errno.INVAL;
  const error = id < 0 ? <i32>id : removeIpc(facility, id);
  if (error < 0)
    message()
      .text(byKey ? 'key ' : 'identifier ')
      .bytes(word)
      .text(': ')
      .text(errorMessage(error))
      .newline();
  return error >= 0;
}
