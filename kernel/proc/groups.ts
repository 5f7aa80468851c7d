/**
 * Process groups and sessions (POSIX 3.296, 3.343): setpgid, setsid, getpgid, getsid.
 */
import { EINVAL, EPERM, ESRCH } from '../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { Process, isNull, processFindLocked, processFirstLocked, processLock } from './process';

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
  if (p.sid == p.pid) return -EPERM;
  if (p.sid != me.sid) return -EPERM;
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

/**
 * Whether nobody of the session outside the group is a parent of a member (POSIX 3.264): nobody would continue the group
 * if it were stopped.
 */
export function groupIsOrphaned(pgid: i32, sid: i32): bool {
  const flags = lockIrqSave(processLock());
  let orphaned = true;
  for (let p = processFirstLocked(); !isNull(p) && orphaned; p = changetype<Process>(p.allNext)) {
    if (p.pgid != pgid || p.parent == 0) continue;
    const parent = changetype<Process>(p.parent);
    if (parent.sid == sid && parent.pgid != pgid) orphaned = false;
  }
  unlockIrqRestore(processLock(), flags);
  return orphaned;
}

function isGroupInSession(pgid: i32, sid: i32): bool {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid == pgid && p.sid == sid) return true;
  }
  return false;
}

function isGroupLocked(pgid: i32): bool {
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    if (p.pgid == pgid) return true;
  }
  return false;
}
