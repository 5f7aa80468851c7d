/**
 * What /proc tells of a process or thread, taken under the process lock in one moment and written out afterwards.
 */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { Credentials, credentialsOf } from '../../proc/credentials';
import { processTimesUpdate, userPart } from '../../proc/cpu-time';
import {
  PROCESS_NAME_SIZE,
  PROCESS_STOPPED,
  PROCESS_ZOMBIE,
  Process,
  isNull,
  parentPidLocked,
  processFindLocked,
  processFirstLocked,
  processLock,
  processName,
  processThread,
} from '../../proc/process';
import { signalHandler } from '../../proc/signal-actions';
import { isNullThread, threadFindLocked } from '../../proc/thread-group';
import { SLEEP_UNINTERRUPTIBLE, THREAD_SLEEPING, THREAD_STOPPED, Thread } from '../../sched/tcb';
import { controllingTty } from '../../drivers/tty/job-control';
import { Inode } from '../inode';
import { makeDevice } from '../stat';

const STATE_RUNNING: u8 = 0x52;
const STATE_SLEEPING: u8 = 0x53;
const STATE_WAITING: u8 = 0x44;
const STATE_STOPPED: u8 = 0x54;
const STATE_ZOMBIE: u8 = 0x5a;
const SIGNALS: i32 = 64;

@unmanaged
export class ProcessSnapshot {
  /** Of the thread, where one is asked for; the process's otherwise. */
  tid: i32;
  pid: i32;
  ppid: i32;
  pgid: i32;
  sid: i32;
  tpgid: i32;
  ttyNumber: u64;
  /** A letter, as ps shows it. */
  state: u8;
  threads: u32;
  nice: i32;
  /** Real-time priority, 0 for normal threads; SCHED_ number. */
  priority: u32;
  policy: u32;
  cpu: u32;
  exitSignal: i32;
  oomAdjust: i32;
  userNs: u64;
  systemNs: u64;
  /** In ticks. */
  childUserTicks: u64;
  childSystemTicks: u64;
  startNs: u64;
  sizeBytes: u64;
  residentPages: u64;
  filePages: u64;
  peakPages: u64;
  lockedPages: u64;
  dataPages: u64;
  argumentsStart: u64;
  argumentsEnd: u64;
  /** Where the auxiliary vector lies. */
  auxiliaryStart: u64;
  voluntary: u64;
  involuntary: u64;
  minorFaults: u64;
  majorFaults: u64;
  childMinorFaults: u64;
  childMajorFaults: u64;
  pending: u64;
  sharedPending: u64;
  blocked: u64;
  ignored: u64;
  caught: u64;
  /** PROCESS_NAME_SIZE bytes. */
  name: usize;
  credentials: Credentials;
}

/** The snapshot, with room for the name and the credentials behind it. */
export const SNAPSHOT_BYTES: usize =
  offsetof<ProcessSnapshot>() + PROCESS_NAME_SIZE + offsetof<Credentials>();

function stateOf(p: Process, t: Thread): u8 {
  if (p.state == PROCESS_ZOMBIE || isNullThread(t)) return STATE_ZOMBIE;
  if (p.state == PROCESS_STOPPED || t.state == THREAD_STOPPED) return STATE_STOPPED;
  if (t.state != THREAD_SLEEPING) return STATE_RUNNING;
  return t.interruptible == SLEEP_UNINTERRUPTIBLE ? STATE_WAITING : STATE_SLEEPING;
}

function fillTimes(p: Process, t: Thread, oneThread: bool, s: ProcessSnapshot): void {
  if (oneThread) {
    s.userNs = userPart(t.runNs, t.userTicks, t.systemTicks);
    s.minorFaults = t.minorFaults;
    s.majorFaults = t.majorFaults;
    s.systemNs = t.runNs - s.userNs;
  } else {
    processTimesUpdate(p);
    s.userNs = p.userNs;
    s.minorFaults = p.groupMinorFaults;
    s.majorFaults = p.groupMajorFaults;
    s.systemNs = p.systemNs;
  }
  s.childMinorFaults = p.childMinorFaults;
  s.childMajorFaults = p.childMajorFaults;
  s.childUserTicks = p.childUserTicks;
  s.childSystemTicks = p.childSystemTicks;
  s.startNs = p.startNs;
}

function fillMemory(p: Process, s: ProcessSnapshot): void {
  if (changetype<usize>(p.space) == 0) return;
  s.sizeBytes = p.space.sizeBytes;
  s.residentPages = p.space.residentPages;
  s.filePages = p.space.filePages;
  s.peakPages = p.space.peakPages;
  s.lockedPages = p.space.lockedPages;
  s.dataPages = p.space.dataPages;
}

function fillSignals(p: Process, t: Thread, s: ProcessSnapshot): void {
  s.sharedPending = p.pendingSignals;
  s.ignored = p.ignoredSignals;
  s.caught = 0;
  for (let n = 1; n <= SIGNALS; n++) if (signalHandler(p, n) != 0) s.caught |= (<u64>1) << (n - 1);
  if (isNullThread(t)) return;
  s.pending = t.pending;
  s.blocked = t.blocked;
}

function fill(p: Process, t: Thread, oneThread: bool, s: ProcessSnapshot): void {
  s.tid = oneThread ? t.id : p.pid;
  s.pid = p.pid;
  s.ppid = parentPidLocked(p);
  s.pgid = p.pgid;
  s.sid = p.sid;
  s.tpgid = -1;
  s.ttyNumber = 0;
  const tty = controllingTty(p);
  if (tty != null) {
    s.tpgid = tty.foreground;
    s.ttyNumber = makeDevice(tty.major, tty.minor);
  }
  s.state = stateOf(p, t);
  s.threads = p.threadCount;
  s.exitSignal = p.exitSignal;
  s.oomAdjust = p.oomScoreAdjust;
  s.argumentsStart = p.argumentsStart;
  s.argumentsEnd = p.argumentsEnd;
  s.auxiliaryStart = p.auxiliaryStart;
  if (!isNullThread(t)) {
    s.nice = t.nice;
    s.priority = t.priority;
    s.policy = t.policy;
    s.cpu = t.cpu;
    s.voluntary = t.switchesVoluntary;
    s.involuntary = t.switchesInvoluntary;
  }
  fillTimes(p, t, oneThread, s);
  fillMemory(p, s);
  fillSignals(p, t, s);
  memory.copy(s.name, processName(p), PROCESS_NAME_SIZE);
  memory.copy(changetype<usize>(s.credentials), changetype<usize>(credentialsOf(p)), offsetof<Credentials>());
}

/** `tid` 0: of the process. `s` has SNAPSHOT_BYTES, zeroed. False when there is no such process or thread. */
export function snapshotTake(pid: i32, tid: i32, s: ProcessSnapshot): bool {
  s.name = changetype<usize>(s) + offsetof<ProcessSnapshot>();
  s.credentials = changetype<Credentials>(s.name + PROCESS_NAME_SIZE);
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  let found = !isNull(p);
  if (found) {
    const t = tid == 0 ? processThread(p) : threadFindLocked(tid);
    if (tid != 0 && (isNullThread(t) || t.process != changetype<usize>(p))) found = false;
    else fill(p, t, tid != 0, s);
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** The lowest process number above `after`, or 0. */
export function nextProcess(after: i32): i32 {
  const flags = lockIrqSave(processLock());
  let found: i32 = 0;
  let p = processFirstLocked();
  while (!isNull(p)) {
    if (p.pid > after && (found == 0 || p.pid < found)) found = p.pid;
    p = changetype<Process>(p.allNext);
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** The lowest number of a thread of the process above `after`, or -1. */
export function nextThread(pid: i32, after: i32): i32 {
  const flags = lockIrqSave(processLock());
  let found: i32 = -1;
  const p = processFindLocked(pid);
  for (let at = isNull(p) ? 0 : p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
    const id = changetype<Thread>(at).id;
    if (id > after && (found < 0 || id < found)) found = id;
  }
  unlockIrqRestore(processLock(), flags);
  return found;
}

export function processIsThere(pid: i32): bool {
  const flags = lockIrqSave(processLock());
  const found = !isNull(processFindLocked(pid));
  unlockIrqRestore(processLock(), flags);
  return found;
}

export function threadIsThere(pid: i32, tid: i32): bool {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  const t = threadFindLocked(tid);
  const found = !isNull(p) && !isNullThread(t) && t.process == changetype<usize>(p);
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** Makes the process's effective user and group the owner of the inode. */
export function ownerOf(pid: i32, inode: Inode): void {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  if (!isNull(p)) {
    inode.uid = credentialsOf(p).euid;
    inode.gid = credentialsOf(p).egid;
  }
  unlockIrqRestore(processLock(), flags);
}

/** How many processes and threads there are, and how many threads could run: for /proc/loadavg and stat. */
@unmanaged
export class TaskCounts {
  processes: u32;
  threads: u32;
  runnable: u32;
  blocked: u32;
}

export function countTasks(out: TaskCounts): void {
  out.processes = 0;
  out.threads = 0;
  out.runnable = 0;
  out.blocked = 0;
  const flags = lockIrqSave(processLock());
  let p = processFirstLocked();
  while (!isNull(p)) {
    out.processes++;
    for (let at = p.thread; at != 0; at = changetype<Thread>(at).groupNext) {
      out.threads++;
      const state = stateOf(p, changetype<Thread>(at));
      if (state == STATE_RUNNING) out.runnable++;
      else if (state == STATE_WAITING) out.blocked++;
    }
    p = changetype<Process>(p.allNext);
  }
  unlockIrqRestore(processLock(), flags);
}
