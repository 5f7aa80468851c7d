/**
 * Process groups and sessions (POSIX 3.296, 3.343): setpgid, setsid, getpgid, getsid.
 */
import { EACCES, EINVAL, EPERM, ESRCH } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import {
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
} from './process';
import { signalGroupLocked } from './signal';
import { SIGCONT, SIGHUP } from './signal-numbers';

/** Moves `pid` (0: the caller) into group `pgid` (0: a group of its own). */
export function setProcessGroup(me: Process, pid: i32, pgid: i32): i32 {
  if (pgid < 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const result = setGroupLocked(me, pid, pgid);
  unlockIrqRestore(processLock(), flags);
  return result;
}

function setGroupLocked(me: Process, pid: i32, pgid: i32): i32 {
  const p = pid == 0 ? me : processFindLocked(pid);
  if (isNull(p) || (p != me && p.parent != changetype<usize>(me))) return -ESRCH;
  if (p.sid == p.pid || p.sid != me.sid) return -EPERM;
  // POSIX setpgid: a child that has executed a program is out of reach.
  if (p != me && p.hasExecuted != 0) return -EACCES;
  const wanted = pgid == 0 ? p.pid : pgid;
  if (wanted != p.pid && !isGroupInSession(wanted, me.sid)) return -EPERM;
  p.pgid = wanted;
  return 0;
}

/** A new session with the caller as its leader, without a terminal: its number, or -EPERM for a group leader. */
export function createSession(me: Process): i32 {
  const flags = lockIrqSave(processLock());
  const leads = isGroupLocked(me.pid);
  if (!leads) {
    me.sid = me.pid;
    me.pgid = me.pid;
    me.tty = 0;
  }
  unlockIrqRestore(processLock(), flags);
  return leads ? -EPERM : me.pid;
}

export function getProcessGroup(me: Process, pid: i32): i32 {
  const flags = lockIrqSave(processLock());
  const p = pid == 0 ? me : processFindLocked(pid);
  const result = isNull(p) ? -ESRCH : p.pgid;
  unlockIrqRestore(processLock(), flags);
  return result;
}

export function getSession(me: Process, pid: i32): i32 {
  const flags = lockIrqSave(processLock());
  const p = pid == 0 ? me : processFindLocked(pid);
  const result = isNull(p) ? -ESRCH : p.sid;
  unlockIrqRestore(processLock(), flags);
  return result;
}

/** Is there such a group in that session? For tcsetpgrp. */
export function groupIsInSession(pgid: i32, sid: i32): bool {
  const flags = lockIrqSave(processLock());
  const result = isGroupInSession(pgid, sid);
  unlockIrqRestore(processLock(), flags);
  return result;
}

function isGroupInSession(pgid: i32, sid: i32): bool {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid == pgid && p.sid == sid) return true;
  }
  return false;
}

/**
 * No member has a parent in another group of the same session (POSIX 3.255): nobody could continue it if it stopped.
 * Init and what it adopted count as no such parent only where they are of another session, which they are.
 */
export function isOrphanedGroupLocked(pgid: i32): bool {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid == pgid && isAnchored(p, pgid)) return false;
  }
  return true;
}

/** As isOrphanedGroupLocked, for callers without the lock. */
export function groupIsOrphaned(pgid: i32, _sid: i32): bool {
  const flags = lockIrqSave(processLock());
  const result = isOrphanedGroupLocked(pgid);
  unlockIrqRestore(processLock(), flags);
  return result;
}

function isAnchored(p: Process, pgid: i32): bool {
  if (p.parent == 0 || p.state == PROCESS_ZOMBIE) return false;
  const parent = changetype<Process>(p.parent);
  return parent.pgid != pgid && parent.sid == p.sid;
}

/**
 * `p` is about to end: remembers of each stopped process of its session whether its group is orphaned already, so that
 * groupsAfterExitLocked finds those that become so.
 */
export function groupsBeforeExitLocked(p: Process): void {
  if (stoppedProcesses == 0) return;
  for (let at = processFirstLocked(); !isNull(at); at = changetype<Process>(at.allNext)) {
    if (at.state == PROCESS_STOPPED && at.sid == p.sid)
      at.wasOrphaned = isOrphanedGroupLocked(at.pgid) ? 1 : 0;
  }
}

/** A group that the end of `p` orphans and that has a stopped member gets SIGHUP and SIGCONT (POSIX _exit). */
export function groupsAfterExitLocked(p: Process): void {
  if (stoppedProcesses == 0) return;
  for (let at = processFirstLocked(); !isNull(at); at = changetype<Process>(at.allNext)) {
    if (at.state != PROCESS_STOPPED || at.sid != p.sid || at.wasOrphaned != 0) continue;
    if (!isOrphanedGroupLocked(at.pgid)) continue;
    const group = at.pgid;
    signalGroupLocked(group, SIGHUP);
    signalGroupLocked(group, SIGCONT);
  }
}

/** Counts processes as they stop and go on: exits look for orphaned groups only when there are some. */
export function countStopped(by: i32): void {
  stoppedProcesses += by;
}

let stoppedProcesses: i32 = 0;

function isGroupLocked(pgid: i32): bool {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid == pgid) return true;
  }
  return false;
}
