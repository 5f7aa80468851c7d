/**
 * wait4(2), waitid(2): news of children, and the end of zombies.
 */
import { ECHILD } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { sleepOn } from '../sched/wait-queue';
import { nsToTicks, processPeakPages, processSystemNs, processUserNs } from './cpu-time';
import { credentialsOf } from './credentials';
import {
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  childWaitQueue,
  isNull,
  processFindLocked,
  processFree,
  processLock,
  processUnpublishLocked,
} from './process';
import { SIGCHLD } from './signal-numbers';

export const WNOHANG: u32 = 1;
export const WUNTRACED: u32 = 2;
export const WEXITED: u32 = 4;
export const WCONTINUED: u32 = 8;
/** The child stays waitable. */
export const WNOWAIT: u32 = 0x01000000;
const WALL: u32 = 0x40000000;
const WCLONE: u32 = 0x80000000;

/** Which children: all, one, those of a group. */
export const P_ALL: u32 = 0;
export const P_PID: u32 = 1;
export const P_PGID: u32 = 2;
/** Of waitid alone: the child of a descriptor (pidfd.ts). */
export const P_PIDFD: u32 = 3;

const STATUS_CONTINUED: i32 = 0xffff;
const STATUS_STOPPED: i32 = 0x7f;

/** What is waited for, and what was found. */
@unmanaged
export class WaitRequest {
  kind: u32;
  id: i32;
  options: u32;
  /** As wait4 gives it. */
  status: i32;
  uid: u32;
  /** For waitid: no news is an error. */
  mayNotWait: u32;
  userNs: u64;
  systemNs: u64;
  minorFaults: u64;
  majorFaults: u64;
  peakPages: u64;
  /** The Process that was found. */
  found: usize;
}

/** The child's number, 0 with WNOHANG when there is no news, -ECHILD or -EINTR. */
export function processWait(me: Process, r: WaitRequest): i32 {
  const flags = lockIrqSave(processLock());
  let result = look(me, r);
  while (result == 0 && (r.options & WNOHANG) == 0) {
    const error = sleepOn(childWaitQueue(me), processLock());
    result = look(me, r);
    if (error < 0 && result == 0) result = error;
  }
  let dead = changetype<Process>(<usize>0);
  const found = changetype<Process>(r.found);
  if (result > 0 && found.state == PROCESS_ZOMBIE && (r.options & WNOWAIT) == 0) {
    dead = found;
    me.childUserNs += r.userNs;
    me.childSystemNs += r.systemNs;
    me.childMinorFaults += r.minorFaults;
    me.childMajorFaults += r.majorFaults;
    me.childPeakPages = max(me.childPeakPages, r.peakPages);
    me.childUserTicks = nsToTicks(me.childUserNs);
    me.childSystemTicks = nsToTicks(me.childSystemNs);
    processUnpublishLocked(dead);
  }
  unlockIrqRestore(processLock(), flags);
  if (!isNull(dead)) processFree(dead);
  return result;
}

/** 0: there are such children, but no news. */
function look(me: Process, r: WaitRequest): i32 {
  if (r.kind == P_PID) {
    const child = processFindLocked(r.id);
    if (isNull(child) || child.parent != changetype<usize>(me) || !isOfKind(child, r.options)) return -ECHILD;
    return hasNews(child, r) ? child.pid : 0;
  }
  let result = -ECHILD;
  for (let at = me.firstChild; at != 0; at = changetype<Process>(at).nextSibling) {
    const child = changetype<Process>(at);
    if (r.kind == P_PGID && child.pgid != r.id) continue;
    if (!isOfKind(child, r.options)) continue;
    result = 0;
    if (hasNews(child, r)) return child.pid;
  }
  return result;
}

/** __WCLONE: those that end without SIGCHLD; otherwise the others; __WALL: both. */
function isOfKind(child: Process, options: u32): bool {
  if ((options & WALL) != 0) return true;
  return (child.exitSignal != SIGCHLD) == ((options & WCLONE) != 0);
}

function hasNews(child: Process, r: WaitRequest): bool {
  const keep = (r.options & WNOWAIT) != 0;
  r.found = changetype<usize>(child);
  r.uid = credentialsOf(child).uid;
  r.userNs = processUserNs(child) + child.childUserNs;
  r.systemNs = processSystemNs(child) + child.childSystemNs;
  r.minorFaults = child.groupMinorFaults + child.childMinorFaults;
  r.majorFaults = child.groupMajorFaults + child.childMajorFaults;
  r.peakPages = max(processPeakPages(child), child.childPeakPages);
  if (child.state == PROCESS_ZOMBIE && (r.options & WEXITED) != 0) {
    r.status = child.exitStatus;
    return true;
  }
  if (child.state == PROCESS_STOPPED && child.stopSignal != 0 && (r.options & WUNTRACED) != 0) {
    r.status = STATUS_STOPPED | (child.stopSignal << 8);
    if (!keep) child.stopSignal = 0;
    return true;
  }
  if (child.continued != 0 && (r.options & WCONTINUED) != 0) {
    r.status = STATUS_CONTINUED;
    if (!keep) child.continued = 0;
    return true;
  }
  return false;
}
