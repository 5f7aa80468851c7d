/**
 * Names and personality: uname, sethostname, setdomainname, personality; prctl.
 */
import { EFAULT, EINVAL, EPERM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { currentCredentials, isSuperuser } from '../../proc/credentials';
import { PROCESS_NAME_SIZE, currentProcess, processLock, processName } from '../../proc/process';
import { SIGNAL_MAX } from '../../proc/signal-numbers';
import { domainNameText, hostNameText } from '../../proc/host-name';
import { currentThread } from '../../sched/scheduler';
import { Thread, threadName, threadScratch } from '../../sched/tcb';
import { SyscallArgs } from '../arguments';
import { copyFromUser, copyStringFromUser, copyToUser } from '../user-copy';

const FIELD: usize = 65;
const NAME_MAX: u64 = 64;

const PERSONALITY_QUERY: u32 = 0xffff_ffff;
const PR_SET_PDEATHSIG: u64 = 1;
const PR_GET_PDEATHSIG: u64 = 2;
const PR_GET_DUMPABLE: u64 = 3;
const PR_SET_DUMPABLE: u64 = 4;
const PR_GET_KEEPCAPS: u64 = 7;
const PR_SET_NAME: u64 = 15;
const PR_GET_NAME: u64 = 16;
const PR_SET_TIMERSLACK: u64 = 29;
const PR_GET_TIMERSLACK: u64 = 30;
const PR_SET_CHILD_SUBREAPER: u64 = 36;
const PR_GET_CHILD_SUBREAPER: u64 = 37;
const PR_SET_NO_NEW_PRIVS: u64 = 38;
const PR_GET_NO_NEW_PRIVS: u64 = 39;
const PR_GET_TID_ADDRESS: u64 = 40;
/** Linux's default in nanoseconds. */
const TIMER_SLACK: u64 = 50_000;

function put(at: usize, text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(at + <usize>i, <u8>text.charCodeAt(i));
}

export function sysUname(a: SyscallArgs): i64 {
  const out = threadScratch(currentThread());
  memory.fill(out, 0, FIELD * 6);
  put(out, 'Breenix');
  memory.copy(out + FIELD, hostNameText(), FIELD);
  put(out + FIELD * 2, '0.1.0');
  put(out + FIELD * 3, '#1 TypeScript');
  put(out + FIELD * 4, 'x86_64');
  memory.copy(out + FIELD * 5, domainNameText(), FIELD);
  return copyToUser(a.a0, out, FIELD * 6) < 0 ? -EFAULT : 0;
}

function setName(target: usize, address: u64, length: u64): i64 {
  if (!isSuperuser(currentCredentials())) return -EPERM;
  if (length > NAME_MAX) return -EINVAL;
  const text = threadScratch(currentThread());
  memory.fill(text, 0, FIELD);
  if (copyFromUser(text, address, <usize>length) < 0) return -EFAULT;
  memory.copy(target, text, FIELD);
  return 0;
}

export function sysSethostname(a: SyscallArgs): i64 {
  return setName(hostNameText(), a.a0, a.a1);
}

export function sysSetdomainname(a: SyscallArgs): i64 {
  return setName(domainNameText(), a.a0, a.a1);
}

/** PER_LINUX with any flags; none of the flags changes anything here. */
export function sysPersonality(a: SyscallArgs): i64 {
  const p = currentProcess();
  const old = p.personality;
  if (<u32>a.a0 != PERSONALITY_QUERY) p.personality = <u32>a.a0;
  return old;
}

function giveInt(address: u64, value: i32): i64 {
  const word = threadScratch(currentThread());
  store<i32>(word, value);
  return copyToUser(address, word, 4) < 0 ? -EFAULT : 0;
}

/** The process's name is its first thread's. */
function nameOf(t: Thread): usize {
  return t.id == currentProcess().pid ? processName(currentProcess()) : threadName(t);
}

export function sysPrctl(a: SyscallArgs): i64 {
  const p = currentProcess();
  const t = currentThread();
  if (a.a0 == PR_SET_NAME) {
    const text = threadScratch(t);
    memory.fill(text, 0, PROCESS_NAME_SIZE);
    if (copyStringFromUser(text, a.a1, PROCESS_NAME_SIZE) == -EFAULT) return -EFAULT;
    store<u8>(text + PROCESS_NAME_SIZE - 1, 0);
    memory.copy(nameOf(t), text, PROCESS_NAME_SIZE);
    return 0;
  }
  if (a.a0 == PR_GET_NAME) return copyToUser(a.a1, nameOf(t), PROCESS_NAME_SIZE) < 0 ? -EFAULT : 0;
  if (a.a0 == PR_SET_PDEATHSIG) {
    if (a.a1 > <u64>SIGNAL_MAX) return -EINVAL;
    const flags = lockIrqSave(processLock());
    p.parentDeathSignal = <i32>a.a1;
    unlockIrqRestore(processLock(), flags);
    return 0;
  }
  if (a.a0 == PR_GET_PDEATHSIG) return giveInt(a.a1, p.parentDeathSignal);
  if (a.a0 == PR_GET_DUMPABLE) return 1;
  if (a.a0 == PR_SET_DUMPABLE) return a.a1 <= 1 ? 0 : -EINVAL;
  if (a.a0 == PR_GET_KEEPCAPS) return 0;
  if (a.a0 == PR_GET_TIMERSLACK) return <i64>(t.timerSlack != 0 ? t.timerSlack : TIMER_SLACK);
  if (a.a0 == PR_SET_TIMERSLACK) {
    t.timerSlack = <i64>a.a1 > 0 ? a.a1 : t.timerSlackDefault;
    return 0;
  }
  if (a.a0 == PR_SET_CHILD_SUBREAPER) {
    p.subreaper = a.a1 != 0 ? 1 : 0;
    return 0;
  }
  if (a.a0 == PR_GET_CHILD_SUBREAPER) return giveInt(a.a1, <i32>p.subreaper);
  if (a.a0 == PR_SET_NO_NEW_PRIVS) {
    if (a.a1 != 1 || (a.a2 | a.a3 | a.a4) != 0) return -EINVAL;
    p.noNewPrivileges = 1;
    return 0;
  }
  if (a.a0 == PR_GET_NO_NEW_PRIVS) return p.noNewPrivileges;
  if (a.a0 == PR_GET_TID_ADDRESS) {
    const word = threadScratch(t);
    store<u64>(word, t.clearTid);
    return copyToUser(a.a1, word, 8) < 0 ? -EFAULT : 0;
  }
  return -EINVAL;
}
