/**
 * Terminals and sessions (POSIX XBD 11.1.2 to 11.1.4): who owns a terminal, and what background processes may do.
 *
 * A process remembers a terminal (`Process.tty`), the terminal the session it belongs to: it is the controlling terminal
 * only while both agree, so that neither has to be told when the other lets go.
 */
import { EINTR, EINVAL, EIO, ENOTTY, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { Process, currentProcess } from '../../proc/process';
import { groupIsInSession, groupIsOrphaned } from '../../proc/groups';
import { signalGroup, signalHeldBack } from '../../proc/signal';
import { SIGCONT, SIGHUP, SIGTTIN, SIGTTOU } from '../../proc/signal-numbers';
import { Tty, ttyLock } from './tty';

function isControlling(tty: Tty, process: Process): bool {
  return process.tty == changetype<usize>(tty) && process.sid == tty.session;
}

/** The controlling terminal of a process; null when it has none (any more). */
export function controllingTty(process: Process): Tty | null {
  const tty = changetype<Tty>(process.tty);
  return process.tty != 0 && tty.session == process.sid ? tty : null;
}

/**
 * Makes the terminal the controlling one of the calling session leader; -EPERM when it may not be. A superuser may take
 * it from another session with `steal`.
 */
export function ttyAcquire(tty: Tty, steal: bool = false): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0) return -EPERM;
  if (isControlling(tty, process)) return 0;
  if (process.pid != process.sid || controllingTty(process) != null) return -EPERM;
  const flags = lockIrqSave(ttyLock(tty));
  const free = tty.session == 0 || (steal && isSuperuser(currentCredentials()));
  if (free) {
    tty.session = process.sid;
    tty.foreground = process.pgid;
  }
  unlockIrqRestore(ttyLock(tty), flags);
  if (!free) return -EPERM;
  process.tty = changetype<usize>(tty);
  return 0;
}

/** The session's leader is gone, or gave the terminal up: the foreground group hears of it. */
export function ttyRelease(tty: Tty, session: i32): void {
  const flags = lockIrqSave(ttyLock(tty));
  let group: i32 = 0;
  if (tty.session == session) {
    group = tty.foreground;
    tty.session = 0;
    tty.foreground = 0;
  }
  unlockIrqRestore(ttyLock(tty), flags);
  if (group == 0) return;
  signalGroup(group, SIGHUP);
  signalGroup(group, SIGCONT);
}

function checkBackground(tty: Tty, signal: i32): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0 || !isControlling(tty, process)) return 0;
  if (tty.foreground == 0 || process.pgid == tty.foreground) return 0;
  if (signalHeldBack(signal)) return signal == SIGTTIN ? -EIO : 0;
  // Nobody would continue it.
  if (groupIsOrphaned(process.pgid, process.sid)) return -EIO;
  signalGroup(process.pgid, signal);
  return -EINTR;
}

/** 0 when the caller may read; a background process is stopped with SIGTTIN instead. */
export function ttyCheckRead(tty: Tty): i32 {
  return checkBackground(tty, SIGTTIN);
}

/** 0 when the caller may write or change settings; a background process is stopped with SIGTTOU instead. */
export function ttyCheckChange(tty: Tty): i32 {
  return checkBackground(tty, SIGTTOU);
}

/** The foreground group; -ENOTTY when the terminal is not the caller's controlling one. */
export function ttyForeground(tty: Tty): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0 || !isControlling(tty, process)) return -ENOTTY;
  return tty.foreground;
}

/** The session of the terminal; -ENOTTY as above. */
export function ttySession(tty: Tty): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0 || !isControlling(tty, process)) return -ENOTTY;
  return tty.session;
}

/** Moves a group of the caller's session to the foreground. */
export function ttySetForeground(tty: Tty, group: i32): i32 {
  const process = currentProcess();
  if (changetype<usize>(process) == 0 || !isControlling(tty, process)) return -ENOTTY;
  const refused = ttyCheckChange(tty);
  if (refused != 0) return refused;
  if (group <= 0) return -EINVAL;
  if (!groupIsInSession(group, process.sid)) return -EPERM;
  tty.foreground = group;
  return 0;
}
