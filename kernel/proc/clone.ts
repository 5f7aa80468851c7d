/**
 * fork, vfork, clone (clone(2)): a new process, or a new thread of the calling one.
 *
 * A new process has a copy of everything: memory copy-on-write, the descriptors, the handlers; or shares the one or the
 * other with its parent where CLONE_VM, CLONE_FILES and CLONE_SIGHAND say so. The child goes on at the same place with 0 as
 * the result.
 */
import { fxsave } from '../arch/x86_64/cpu';
import { FPU_STATE_SIZE } from '../arch/x86_64/fpu';
import { TRAP_FRAME_SIZE, TrapFrame } from '../arch/x86_64/trap-frame';
import { fsContextClone, fsContextShare } from '../fs/context';
import { fdTableClone, fdTableDestroy, fdTableShare } from '../fs/fd-table';
import { EAGAIN, EINVAL, ENOMEM } from '../lib/errno';
import { allocPid, freePid } from '../lib/ids';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { spaceDestroy, spaceShare } from '../mm/address-space';
import { spaceWrite } from '../mm/fault';
import { kmalloc } from '../mm/kmalloc';
import { spaceFork } from '../mm/space-fork';
import { currentThread, enqueueNew } from '../sched/scheduler';
import { Thread, threadFree, threadName } from '../sched/tcb';
import { copyToUser } from '../syscall/user-copy';
import { cpuWatchUpdateLocked } from './cpu-watch';
import { Credentials, credentialsOf } from './credentials';
import { RLIMIT_NPROC, limitOf, limitsCopy } from './limits';
import {
  PROCESS_NAME_SIZE,
  Process,
  isNull,
  processAlloc,
  processFree,
  processLock,
  processName,
  processPublish,
} from './process';
import { copySignalActions, releaseSignalActions, shareSignalActions } from './signal-actions';
import { inheritScheduling } from './scheduling';
import { programFileRelease, programFileShare } from './program';
import { threadAttachLocked } from './thread-group';
import { UserAccount, accountReleaseLocked, accountRetainLocked } from './user-account';
import { userFrame, userThreadCreate } from './user-thread';
import { vforkWait } from './vfork';

export const CLONE_VM: u64 = 0x100;
export const CLONE_FS: u64 = 0x200;
export const CLONE_FILES: u64 = 0x400;
export const CLONE_SIGHAND: u64 = 0x800;
export const CLONE_VFORK: u64 = 0x4000;
export const CLONE_PARENT: u64 = 0x8000;
export const CLONE_THREAD: u64 = 0x10000;
export const CLONE_SETTLS: u64 = 0x80000;
export const CLONE_PARENT_SETTID: u64 = 0x100000;
export const CLONE_CHILD_CLEARTID: u64 = 0x200000;
export const CLONE_CHILD_SETTID: u64 = 0x1000000;
/** Ignored, as by Linux: SYSVSEM, DETACHED, UNTRACED, PTRACE, IO. */
const CLONE_IGNORED: u64 = 0x40000 | 0x400000 | 0x800000 | 0x2000 | 0x80000000;
const CLONE_KNOWN: u64 =
  CLONE_VM |
  CLONE_FS |
  CLONE_FILES |
  CLONE_SIGHAND |
  CLONE_VFORK |
  CLONE_PARENT |
  CLONE_THREAD |
  CLONE_SETTLS |
  CLONE_PARENT_SETTID |
  CLONE_CHILD_CLEARTID |
  CLONE_CHILD_SETTID |
  CLONE_IGNORED;

/** What is asked for: CLONE_ flags (without the signal), addresses in the caller's memory. */
@unmanaged
export class CloneRequest {
  flags: u64;
  /** Stack pointer of the child, 0 for the parent's. */
  stack: u64;
  parentTid: u64;
  childTid: u64;
  tls: u64;
  exitSignal: i32;
  padding: i32;
}

/** The child's number, -EINVAL for flags that do not go together, -EAGAIN when there are too many, -ENOMEM. */
export function processClone(parent: Process, frame: TrapFrame, r: CloneRequest): i64 {
  if ((r.flags & ~CLONE_KNOWN) != 0) return -EINVAL;
  if ((r.flags & CLONE_THREAD) != 0 && (r.flags & CLONE_SIGHAND) == 0) return -EINVAL;
  if ((r.flags & CLONE_SIGHAND) != 0 && (r.flags & CLONE_VM) == 0) return -EINVAL;
  return (r.flags & CLONE_THREAD) != 0 ? newThread(parent, frame, r) : newProcess(parent, frame, r);
}

function newThread(p: Process, frame: TrapFrame, r: CloneRequest): i64 {
  const tid = allocPid();
  if (tid == 0) return -EAGAIN;
  const t = userThreadCreate(p, tid);
  if (changetype<usize>(t) == 0) {
    freePid(tid);
    return -ENOMEM;
  }
  copyThread(t, frame, r);
  if ((r.flags & CLONE_PARENT_SETTID) != 0) putTid(r.parentTid, t);
  if ((r.flags & CLONE_CHILD_SETTID) != 0) putTid(r.childTid, t);
  const flags = lockIrqSave(processLock());
  // A group that is ending, or whose program is being replaced, gets no new member.
  const refused = (p.groupExit | (<u32>(p.execThread != 0))) != 0;
  if (!refused) threadAttachLocked(p, t);
  unlockIrqRestore(processLock(), flags);
  if (refused) {
    freePid(tid);
    threadFree(t);
    return -EAGAIN;
  }
  enqueueNew(t);
  return tid;
}

function newProcess(parent: Process, frame: TrapFrame, r: CloneRequest): i64 {
  const child = processAlloc(0);
  if (isNull(child)) return -EAGAIN;
  let error = countProcess(parent, child);
  if (error == 0 && !copyParts(parent, child, r.flags)) error = -ENOMEM;
  let t = changetype<Thread>(<usize>0);
  if (error == 0) {
    t = userThreadCreate(child, child.pid);
    if (changetype<usize>(t) == 0) error = -ENOMEM;
  }
  if (error < 0) {
    abandon(child);
    return error;
  }
  const mine = currentThread();
  copyThread(t, frame, r);
  // A sibling announces itself as its maker would: otherwise a process could send its parent any signal (clone(2)).
  child.exitSignal = (r.flags & CLONE_PARENT) != 0 ? parent.exitSignal : r.exitSignal;
  if ((r.flags & CLONE_PARENT_SETTID) != 0) putTid(r.parentTid, t);
  if ((r.flags & CLONE_CHILD_SETTID) != 0)
    spaceWrite(child.space, r.childTid, changetype<usize>(child) + offsetof<Process>('pid'), 4);
  const pid = child.pid;
  const waits = (r.flags & CLONE_VFORK) != 0;
  if (waits) child.vforkWaiter = changetype<usize>(mine);
  const flags = lockIrqSave(processLock());
  threadAttachLocked(child, t);
  unlockIrqRestore(processLock(), flags);
  const above = (r.flags & CLONE_PARENT) != 0 && parent.parent != 0;
  processPublish(child, above ? changetype<Process>(parent.parent) : parent);
  enqueueNew(t);
  if (waits) vforkWait(mine, pid);
  return pid;
}

/** Counts the child for its user: 0, -EAGAIN beyond RLIMIT_NPROC (root has none), -ENOMEM. */
function countProcess(parent: Process, child: Process): i32 {
  const c = credentialsOf(parent);
  const flags = lockIrqSave(processLock());
  const account = accountRetainLocked(c.uid);
  child.account = changetype<usize>(account);
  unlockIrqRestore(processLock(), flags);
  if (child.account == 0) return -ENOMEM;
  return c.uid != 0 && c.euid != 0 && account.processes > limitOf(parent, RLIMIT_NPROC) ? -EAGAIN : 0;
}

function abandon(child: Process): void {
  programFileRelease(child.executable);
  if (child.files != 0) fdTableDestroy(child.files);
  if (changetype<usize>(child.space) != 0) spaceDestroy(child.space);
  const flags = lockIrqSave(processLock());
  releaseSignalActions(child);
  accountReleaseLocked(changetype<UserAccount>(child.account));
  unlockIrqRestore(processLock(), flags);
  processFree(child);
}

/** Registers, processor state and masks of the calling thread. */
function copyThread(t: Thread, frame: TrapFrame, r: CloneRequest): void {
  const mine = currentThread();
  fxsave(mine.fpuState);
  memory.copy(t.fpuState, mine.fpuState, FPU_STATE_SIZE);
  t.fsBase = (r.flags & CLONE_SETTLS) != 0 ? r.tls : mine.fsBase;
  t.gsBase = mine.gsBase;
  t.blocked = mine.blocked;
  inheritScheduling(t, mine);
  t.timerSlack = mine.timerSlack;
  t.timerSlackDefault = mine.timerSlack;
  if ((r.flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) {
    t.altStack = mine.altStack;
    t.altSize = mine.altSize;
    t.altFlags = mine.altFlags;
  }
  if ((r.flags & CLONE_CHILD_CLEARTID) != 0) t.clearTid = r.childTid;
  memory.copy(threadName(t), threadName(mine), 32);
  memory.copy(changetype<usize>(userFrame(t)), changetype<usize>(frame), TRAP_FRAME_SIZE);
  userFrame(t).rax = 0;
  if (r.stack != 0) userFrame(t).rsp = r.stack;
}

function putTid(address: u64, t: Thread): void {
  copyToUser(address, changetype<usize>(t) + offsetof<Thread>('id'), 4);
}

/** All that needs memory; false when there is none (what was made is left in `child`). */
function copyParts(parent: Process, child: Process, flags: u64): bool {
  child.pgid = parent.pgid;
  child.sid = parent.sid;
  child.tty = parent.tty;
  child.personality = parent.personality;
  child.noNewPrivileges = parent.noNewPrivileges;
  child.oomScoreAdjust = parent.oomScoreAdjust;
  limitsCopy(parent, child);
  cpuWatchUpdateLocked(child);
  memory.copy(
    changetype<usize>(credentialsOf(child)),
    changetype<usize>(credentialsOf(parent)),
    offsetof<Credentials>(),
  );
  child.ignoredSignals = parent.ignoredSignals;
  child.argumentsStart = parent.argumentsStart;
  child.argumentsEnd = parent.argumentsEnd;
  child.auxiliaryStart = parent.auxiliaryStart;
  memory.copy(processName(child), processName(parent), PROCESS_NAME_SIZE);
  child.executable = programFileShare(parent.executable);
  child.fs = (flags & CLONE_FS) != 0 ? fsContextShare(parent.fs) : fsContextClone(parent.fs);
  if (child.fs == 0) return false;
  const shareHandlers = (flags & CLONE_SIGHAND) != 0;
  if (!(shareHandlers ? shareSignalActions(parent, child) : copySignalActions(parent, child))) return false;
  child.space = (flags & CLONE_VM) != 0 ? spaceShare(parent.space) : spaceFork(parent.space);
  if (changetype<usize>(child.space) == 0) return false;
  child.files = (flags & CLONE_FILES) != 0 ? fdTableShare(parent.files) : fdTableClone(parent.files);
  return child.files != 0;
}
