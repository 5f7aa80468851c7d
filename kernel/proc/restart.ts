/**
 * restart_syscall(2): goes on with a call that a stop cut short and whose time-out must not begin anew.
 */
import { EINTR, ERESTART_RESTARTBLOCK } from '../lib/errno';
import { Thread } from '../sched/tcb';

/** What the handler returns: `again` runs unless a handler runs first (then it is EINTR). It uses the restart fields. */
export function setRestart(t: Thread, again: (t: Thread) => i64): i64 {
  t.restartCall = again.index;
  return -ERESTART_RESTARTBLOCK;
}

export function restartCall(t: Thread): i64 {
  if (t.restartCall == 0) return -EINTR;
  return call_indirect<i64>(t.restartCall, t);
}
