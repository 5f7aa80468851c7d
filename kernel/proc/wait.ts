/**
 * wait4(2): news of children, and the end of zombies.
 */
import { ECHILD } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { sleepOn } from '../sched/wait-queue';
import {
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  childWaitQueue,
  isNull,
  processFree,
  processLock,
  processUnpublishLocked,
} from './process';

export const WNOHANG: u32 = 1;
export const WUNTRACED: u32 = 2;
export const WCONTINUED: u32 = 8;

const STATUS_CONTINUED: i32 = 0xffff;
const STATUS_STOPPED: i32 = 0x7f;

/** What a wait has found. */
@unmanaged
export class WaitResult {
  status: i32;
  padding: u32;
  userTicks: u64;
  systemTicks: u64;
}

/**
 * `pid`: > 0 that child, -1 any, 0 any of the caller's group, < -1 any of group -pid. Returns the child's number, 0 with
 * WNOHANG when there is no news, -ECHILD or -EINTR.
 */
export function processWait(me: Process, pid: i32, options: u32, out: WaitResult): i32 {
  const flags = lockIrqSave(processLock());
  let result = look(me, pid, options, out);
  while (result == 0 && (options & WNOHANG) == 0) {
    const error = sleepOn(childWaitQueue(me), processLock());
    result = look(me, pid, options, out);
    if (error < 0 && result == 0) result = error;
  }
  let dead = changetype<Process>(<usize>0);
  if (result > 0 && found.state == PROCESS_ZOMBIE) {
    dead = found;
    me.childUserTicks += out.userTicks;
    me.childSystemTicks += out.systemTicks;
    processUnpublishLocked(dead);
  }
  unlockIrqRestore(processLock(), flags);
  if (!isNull(dead)) processFree(dead);
  return result;
}

/** Set by look(), under processLock. */
let found: Process = changetype<Process>(<usize>0);

/** 0: there are such children, but no news. */
function look(me: Process, pid: i32, options: u32, out: WaitResult): i32 {
  let result = -ECHILD;
  for (let at = me.firstChild; at != 0; at = changetype<Process>(at).nextSibling) {
    const child = changetype<Process>(at);
    if (!matches(me, child, pid)) continue;
    result = 0;
    if (!hasNews(child, options, out)) continue;
    found = child;
    return child.pid;
  }
  return result;
}

function matches(me: Process, child: Process, pid: i32): bool {
  if (pid > 0) return child.pid == pid;
  if (pid == -1) return true;
  return child.pgid == (pid == 0 ? me.pgid : -pid);
}

function hasNews(child: Process, options: u32, out: WaitResult): bool {
  if (child.state == PROCESS_ZOMBIE) {
    out.status = child.exitStatus;
    out.userTicks = child.userTicks + child.childUserTicks;
    out.systemTicks = child.systemTicks + child.childSystemTicks;
    return true;
  }
  if (child.state == PROCESS_STOPPED && child.stopSignal != 0 && (options & WUNTRACED) != 0) {
    out.status = STATUS_STOPPED | (child.stopSignal << 8);
    child.stopSignal = 0;
    return true;
  }
  if (child.continued != 0 && (options & WCONTINUED) != 0) {
    out.status = STATUS_CONTINUED;
    child.continued = 0;
    return true;
  }
  return false;
}
