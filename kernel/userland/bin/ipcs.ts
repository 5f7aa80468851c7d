// ipcs, ipcrm, ipcmk: System V message queues, shared memory and semaphores. One program with three names; the parts are
// in ../ipc. Source: POSIX ipcs, ipcrm.

import { programName } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { listMain } from '../ipc/list';
import { makeMain } from '../ipc/make';
import { removeMain } from '../ipc/remove';

export function main(): i32 {
  const name = programName();
  if (bytesAre(name, 'ipcrm')) return removeMain();
  return bytesAre(name, 'ipcmk') ? makeMain() : listMain();
}
