/**
 * Who may do what to another process, by credentials (kill(2), sched_setscheduler(2), prlimit(2), ptrace(2)).
 */
import { currentThread } from '../sched/scheduler';
import { Thread } from '../sched/tcb';
import { currentCredentials, credentialsOf, isSuperuser } from './credentials';
import { Process } from './process';

/** The sender's real or effective user must be the target's real or saved one. */
export function maySignal(target: Process): bool {
  const me = currentCredentials();
  const it = credentialsOf(target);
  if (isSuperuser(me)) return true;
  return me.euid == it.suid || me.euid == it.uid || me.uid == it.suid || me.uid == it.uid;
}

/** Reading what a process keeps to itself: all user and group numbers must be the caller's real ones. */
export function mayTrace(t: Thread): bool {
  if (t.process == currentThread().process) return true;
  return mayTraceProcess(changetype<Process>(t.process));
}

export function mayTraceProcess(target: Process): bool {
  const me = currentCredentials();
  const it = credentialsOf(target);
  if (isSuperuser(me)) return true;
  const users = me.uid == it.uid && me.uid == it.euid && me.uid == it.suid;
  return users && me.gid == it.gid && me.gid == it.egid && me.gid == it.sgid;
}

/** Scheduling and priorities: the caller's effective user is the target's real or effective one. */
export function mayTune(target: Process): bool {
  const me = currentCredentials();
  const it = credentialsOf(target);
  return isSuperuser(me) || me.euid == it.euid || me.euid == it.uid;
}
