// The orderly end: every program is asked to end and given time for it, then killed; files are written out by power().
//
// A shell that talks to somebody ignores SIGTERM but not the loss of its terminal, SIGHUP; a stopped program takes
// neither before SIGCONT. Order and signals as in FreeBSD's init(8) and busybox's init.

import { Errno } from '../lib/errno';
import { writeFully } from '../lib/file';
import { byteLength } from '../lib/bytes';
import { literal } from '../lib/literal';
import { Power, power } from '../lib/power';
import { Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { monotonicNs } from '../lib/time';
import { waitForEvent } from './events';

const EVERYBODY: i32 = -1;
const MILLISECOND: i64 = 1000000;
const TIME_TO_END: i64 = 3000 * MILLISECOND;
const TIME_TO_DIE: i64 = 1000 * MILLISECOND;
const LOOK: i64 = 100 * MILLISECOND;

/** To the console: whoever sits there is about to lose the shell. */
function announce(text: string): void {
  const line = literal(text);
  writeFully(1, line, byteLength(line));
}

/** True once no other process is left: all that lose their parent become init's children. */
function allEnded(within: i64): bool {
  const deadline = monotonicNs() + within;
  while (true) {
    let pid: i32;
    do pid = waitpid(-1, 0, Wait.noHang);
    while (pid > 0 || pid == -Errno.INTR);
    if (pid == -Errno.CHILD) return true;
    if (monotonicNs() >= deadline) return false;
    waitForEvent(LOOK);
  }
}

/** Returns only when the machine cannot be turned off: negative errno. */
export function shutDown(): i64 {
  announce('\ninit: the system is going down to power off\n');
  kill(EVERYBODY, Signal.TERM);
  kill(EVERYBODY, Signal.HUP);
  kill(EVERYBODY, Signal.CONT);
  let ended = allEnded(TIME_TO_END);
  if (!ended) {
    kill(EVERYBODY, Signal.KILL);
    ended = allEnded(TIME_TO_DIE);
  }
  announce(ended ? 'init: all programs have ended\n' : 'init: some programs do not end\n');
  return power(Power.off);
}
