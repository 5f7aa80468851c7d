// Forking until the system says no: EAGAIN or ENOMEM, nothing breaks, and afterwards everything works again.

import { Errno } from '../lib/errno';
import { exit } from '../lib/exit';
import { List } from '../lib/list';
import { make } from '../lib/malloc';
import { fork } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { check, checkEqual, checkSucceeds, finish, waitStatus } from '../lib/test';
import { sleepNs } from '../lib/time';

/** More than the process table of a small system holds; a larger one may not refuse at all. */
const MOST: i32 = 300;

function nothing(): i32 {
  return 0;
}

export function main(): i32 {
  const pids = make<List>();
  let refused: i32 = 0;
  while (pids.length < MOST) {
    const pid = fork();
    if (pid == 0) {
      sleepNs(60_000_000_000);
      exit(0);
    }
    if (pid < 0) {
      refused = pid;
      break;
    }
    pids.append(<usize>pid);
  }
  check(pids.length >= 20, 'not even 20 processes at once');
  check(
    refused == 0 || refused == -Errno.AGAIN || refused == -Errno.NOMEM,
    'fork was refused with a strange errno',
  );
  for (let i = 0; i < pids.length; i++) checkEqual(kill(<i32>pids.get(i), Signal.KILL), 0, 'kill');
  for (let i = 0; i < pids.length; i++) {
    checkEqual(waitStatus(<i32>pids.get(i)) & 0x7f, Signal.KILL, 'status of a killed process');
  }
  for (let i = 0; i < 10; i++) checkSucceeds(nothing, 'fork after all were gone');
  return finish('many_processes', 'when fork fails half-way, everything it took goes back');
}
