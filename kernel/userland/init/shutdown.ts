// The orderly end: every program is asked to end and given time for it, then killed; files are written out by power().
//
// A shell that talks to somebody ignores SIGTERM but not the loss of its terminal, SIGHUP; a stopped program takes
// neither before SIGCONT. Order and signals as in FreeBSD's init(8) and busybox's init.

import { Errno } from '../lib/errno';
import { close, open, Open, readFully } from '../lib/file';
import { findByte } from '../lib/bytes';
import { literal } from '../lib/literal';
import { Power, power } from '../lib/power';
import { Wait, waitpid } from '../lib/process';
import { kill, Signal } from '../lib/signal';
import { monotonicNs } from '../lib/time';
import { Sys, syscall } from '../lib/syscall';
import { waitForEvent } from './events';
import { announce } from './log';

const MS_RDONLY: u64 = 1;
const MS_REMOUNT: u64 = 32;
const EVERYBODY: i32 = -1;
const MILLISECOND: i64 = 1000000;
const TIME_TO_END: i64 = 3000 * MILLISECOND;
const TIME_TO_DIE: i64 = 1000 * MILLISECOND;
const LOOK: i64 = 100 * MILLISECOND;

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

/** Ends all programs, unmounts what can be, then `action` of power(). Returns only when that fails: negative errno. */
export function shutDown(action: u32): i64 {
  if (action == Power.restart) announce('\ninit: the system is going down to start again\n');
  else if (action == Power.halt) announce('\ninit: the system is going down to halt\n');
  else announce('\ninit: the system is going down to power off\n');
  kill(EVERYBODY, Signal.TERM);
  kill(EVERYBODY, Signal.HUP);
  kill(EVERYBODY, Signal.CONT);
  let ended = allEnded(TIME_TO_END);
  if (!ended) {
    kill(EVERYBODY, Signal.KILL);
    ended = allEnded(TIME_TO_DIE);
  }
  announce(ended ? 'init: all programs have ended\n' : 'init: some programs do not end\n');
  unmountAll();
  return power(action);
}

/** What lies deepest goes first; what is still in use stays, and is synced by power(). The root becomes read-only. */
function unmountAll(): void {
  const text = memory.data(8192);
  syscall(Sys.sync);
  const fd = open(literal('/proc/mounts'), Open.readOnly);
  const size = fd < 0 ? 0 : readFully(fd, text, 8191);
  close(fd);
  if (size <= 0) return;
  store<u8>(text + <usize>size, 0);
  for (let end = text + <usize>size; end > text;) {
    let line = end - 1;
    while (line > text && load<u8>(line - 1) != 0x0a) line--;
    const point = findByte(line, 0x20);
    const after = point ? findByte(point + 1, 0x20) : 0;
    if (after) {
      store<u8>(after, 0);
      if (load<u8>(point + 2)) syscall(Sys.umount2, point + 1, 0);
    }
    end = line;
  }
  syscall(Sys.mount, literal('none'), literal('/'), 0, MS_REMOUNT | MS_RDONLY, 0);
}
