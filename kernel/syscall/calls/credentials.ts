/**
 * User and group numbers of the calling process (credentials(7), setuid(2), setresuid(2), setgroups(2)), capabilities.
 *
 * Only the process itself changes its numbers; the lock is for those who look at them from outside (kill).
 */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { Credentials, MAX_GROUPS, currentCredentials, groupAt, isSuperuser } from '../../proc/credentials';
import { currentProcess, isNull, processFindLocked, processLock } from '../../proc/process';
import { credentialsOf } from '../../proc/credentials';
import { UserAccount, accountReleaseLocked, accountRetainLocked } from '../../proc/user-account';
import { currentThread } from '../../sched/scheduler';
import { threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyToUser } from '../user-copy';

/** "Leave as it is" of setreuid and its like. */
const KEEP: u32 = 0xffff_ffff;
/** Capability structures' versions (capget(2)); what of 64 capabilities there are (CAP_LAST_CAP is 40). */
const CAP_VERSION_1: u32 = 0x19980330;
const CAP_VERSION_2: u32 = 0x20071026;
const CAP_VERSION_3: u32 = 0x20080522;
const CAP_LOW: u32 = 0xffff_ffff;
const CAP_HIGH: u32 = 0x1ff;

export function sysGetuid(_a: SyscallArgs): i64 {
  return currentCredentials().uid;
}

export function sysGetgid(_a: SyscallArgs): i64 {
  return currentCredentials().gid;
}

export function sysGeteuid(_a: SyscallArgs): i64 {
  return currentCredentials().euid;
}

export function sysGetegid(_a: SyscallArgs): i64 {
  return currentCredentials().egid;
}

/** Sets all three and the one for files; counts the process for its new real user. */
function setUsers(real: u32, effective: u32, saved: u32): void {
  const c = currentCredentials();
  const p = currentProcess();
  const flags = lockIrqSave(processLock());
  if (c.uid != real) {
    const account = accountRetainLocked(real);
    if (changetype<usize>(account) != 0) {
      accountReleaseLocked(changetype<UserAccount>(p.account));
      p.account = changetype<usize>(account);
    }
  }
  // A process that changed its rights tells no longer what it had before (prctl(2), PR_SET_PDEATHSIG).
  if (c.euid != effective) p.parentDeathSignal = 0;
  c.uid = real;
  c.euid = effective;
  c.suid = saved;
  c.fsuid = effective;
  unlockIrqRestore(processLock(), flags);
}

function setGroups(real: u32, effective: u32, saved: u32): void {
  const c = currentCredentials();
  const flags = lockIrqSave(processLock());
  c.gid = real;
  c.egid = effective;
  c.sgid = saved;
  c.fsgid = effective;
  unlockIrqRestore(processLock(), flags);
}

export function sysSetuid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const id = <u32>a.a0;
  if (id == KEEP) return -EINVAL;
  if (isSuperuser(c)) setUsers(id, id, id);
  else if (id == c.uid || id == c.suid) setUsers(c.uid, id, c.suid);
  else return -EPERM;
  return 0;
}

export function sysSetgid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const id = <u32>a.a0;
  if (id == KEEP) return -EINVAL;
  if (isSuperuser(c)) setGroups(id, id, id);
  else if (id == c.gid || id == c.sgid) setGroups(c.gid, id, c.sgid);
  else return -EPERM;
  return 0;
}

/** POSIX setreuid: the saved number follows when the real one is set, or the effective one to something new. */
export function sysSetreuid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const real = <u32>a.a0 == KEEP ? c.uid : <u32>a.a0;
  const effective = <u32>a.a1 == KEEP ? c.euid : <u32>a.a1;
  if (!isSuperuser(c)) {
    if (real != c.uid && real != c.euid) return -EPERM;
    if (effective != c.uid && effective != c.euid && effective != c.suid) return -EPERM;
  }
  const follows = <u32>a.a0 != KEEP || (<u32>a.a1 != KEEP && effective != c.uid);
  setUsers(real, effective, follows ? effective : c.suid);
  return 0;
}

export function sysSetregid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const real = <u32>a.a0 == KEEP ? c.gid : <u32>a.a0;
  const effective = <u32>a.a1 == KEEP ? c.egid : <u32>a.a1;
  if (!isSuperuser(c)) {
    if (real != c.gid && real != c.egid) return -EPERM;
    if (effective != c.gid && effective != c.egid && effective != c.sgid) return -EPERM;
  }
  const follows = <u32>a.a0 != KEEP || (<u32>a.a1 != KEEP && effective != c.gid);
  setGroups(real, effective, follows ? effective : c.sgid);
  return 0;
}

export function sysSetresuid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const real = <u32>a.a0 == KEEP ? c.uid : <u32>a.a0;
  const effective = <u32>a.a1 == KEEP ? c.euid : <u32>a.a1;
  const saved = <u32>a.a2 == KEEP ? c.suid : <u32>a.a2;
  const good = isOneOf(real, c.uid, c.euid, c.suid) && isOneOf(effective, c.uid, c.euid, c.suid);
  if (!isSuperuser(c) && !(good && isOneOf(saved, c.uid, c.euid, c.suid))) return -EPERM;
  setUsers(real, effective, saved);
  return 0;
}

export function sysSetresgid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const real = <u32>a.a0 == KEEP ? c.gid : <u32>a.a0;
  const effective = <u32>a.a1 == KEEP ? c.egid : <u32>a.a1;
  const saved = <u32>a.a2 == KEEP ? c.sgid : <u32>a.a2;
  const good = isOneOf(real, c.gid, c.egid, c.sgid) && isOneOf(effective, c.gid, c.egid, c.sgid);
  if (!isSuperuser(c) && !(good && isOneOf(saved, c.gid, c.egid, c.sgid))) return -EPERM;
  setGroups(real, effective, saved);
  return 0;
}

function isOneOf(id: u32, a: u32, b: u32, c: u32): bool {
  return id == a || id == b || id == c;
}

function giveThree(a: SyscallArgs, first: u32, second: u32, third: u32): i64 {
  const word = threadScratch(currentThread());
  store<u32>(word, first);
  store<u32>(word, second, 4);
  store<u32>(word, third, 8);
  if (copyToUser(a.a0, word, 4) < 0 || copyToUser(a.a1, word + 4, 4) < 0) return -EFAULT;
  return copyToUser(a.a2, word + 8, 4) < 0 ? -EFAULT : 0;
}

export function sysGetresuid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  return giveThree(a, c.uid, c.euid, c.suid);
}

export function sysGetresgid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  return giveThree(a, c.gid, c.egid, c.sgid);
}

/** Returns the number before, whether or not it changed. */
export function sysSetfsuid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const old = c.fsuid;
  const id = <u32>a.a0;
  if (id != KEEP && (isSuperuser(c) || id == c.fsuid || isOneOf(id, c.uid, c.euid, c.suid))) c.fsuid = id;
  return old;
}

export function sysSetfsgid(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const old = c.fsgid;
  const id = <u32>a.a0;
  if (id != KEEP && (isSuperuser(c) || id == c.fsgid || isOneOf(id, c.gid, c.egid, c.sgid))) c.fsgid = id;
  return old;
}

export function sysGetgroups(a: SyscallArgs): i64 {
  const c = currentCredentials();
  const count = <i32>a.a0;
  if (count < 0 || (count != 0 && <u32>count < c.groupCount)) return -EINVAL;
  if (count != 0 && copyToUser(a.a1, groupAt(c, 0), <usize>c.groupCount * 4) < 0) return -EFAULT;
  return c.groupCount;
}

export function sysSetgroups(a: SyscallArgs): i64 {
  const c = currentCredentials();
  if (!isSuperuser(c)) return -EPERM;
  if (a.a0 > <u64>MAX_GROUPS) return -EINVAL;
  const list = threadScratch(currentThread());
  const bytes = <usize>a.a0 * 4;
  if (copyFromUser(list, a.a1, bytes) < 0) return -EFAULT;
  const flags = lockIrqSave(processLock());
  memory.copy(groupAt(c, 0), list, bytes);
  c.groupCount = <u32>a.a0;
  unlockIrqRestore(processLock(), flags);
  return 0;
}

/** Words of 32 capabilities in a structure of that version: 0 for an unknown one, after telling which is known. */
function capabilityWords(header: u64): i32 {
  const raw = threadScratch(currentThread());
  if (copyFromUser(raw, header, 8) < 0) return -EFAULT;
  const version = load<u32>(raw);
  if (version == CAP_VERSION_1) return 1;
  if (version == CAP_VERSION_2 || version == CAP_VERSION_3) return 2;
  store<u32>(raw, CAP_VERSION_3);
  return copyToUser(header, raw, 4) < 0 ? -EFAULT : 0;
}

/** All for the superuser, none for others: Breenix has no finer rights. */
export function sysCapget(a: SyscallArgs): i64 {
  const words = capabilityWords(a.a0);
  if (words < 0) return words;
  if (words == 0) return a.a1 == 0 ? 0 : -EINVAL;
  const raw = threadScratch(currentThread());
  const pid = load<i32>(raw, 4);
  if (pid < 0) return -EINVAL;
  const flags = lockIrqSave(processLock());
  const p = pid == 0 ? currentProcess() : processFindLocked(pid);
  const none = isNull(p);
  const c = none ? changetype<Credentials>(<usize>0) : credentialsOf(p);
  const effective = !none && isSuperuser(c);
  const permitted = !none && (effective || c.uid == 0 || c.suid == 0);
  unlockIrqRestore(processLock(), flags);
  if (none) return -ESRCH;
  if (a.a1 == 0) return 0;
  for (let i: i32 = 0; i < words; i++) {
    const all = i == 0 ? CAP_LOW : CAP_HIGH;
    store<u32>(raw + <usize>i * 12, effective ? all : 0);
    store<u32>(raw + <usize>i * 12, permitted ? all : 0, 4);
    store<u32>(raw + <usize>i * 12, 0, 8);
  }
  return copyToUser(a.a1, raw, <usize>words * 12) < 0 ? -EFAULT : 0;
}

/** Nothing can be given away: what is there already may be set, anything else is refused. */
export function sysCapset(a: SyscallArgs): i64 {
  const words = capabilityWords(a.a0);
  if (words <= 0) return words < 0 ? words : -EINVAL;
  const raw = threadScratch(currentThread());
  const pid = load<i32>(raw, 4);
  if (pid != 0 && pid != currentProcess().pid) return -EPERM;
  if (copyFromUser(raw, a.a1, <usize>words * 12) < 0) return -EFAULT;
  const super_ = isSuperuser(currentCredentials());
  for (let i: i32 = 0; i < words; i++) {
    const all = !super_ ? 0 : i == 0 ? CAP_LOW : CAP_HIGH;
    if (load<u32>(raw + <usize>i * 12) != all || load<u32>(raw + <usize>i * 12, 4) != all) return -EPERM;
  }
  return 0;
}
