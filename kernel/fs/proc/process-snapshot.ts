/**
 * What /proc tells of a process, taken under the process lock in one moment and written out afterwards.
 */
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { spaceRead } from '../../mm/fault';
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
import { THREAD_SLEEPING } from '../../sched/tcb';
import { controllingTty } from '../../drivers/tty/job-control';
import { makeDevice } from '../stat';

const STATE_RUNNING: u8 = 0x52;
const STATE_SLEEPING: u8 = 0x53;
const STATE_STOPPED: u8 = 0x54;
const STATE_ZOMBIE: u8 = 0x5a;
/** A longer command line is cut. */
export const ARGUMENTS_MAX: usize = 4096;

@unmanaged
export class ProcessSnapshot {
  pid: i32;
  ppid: i32;
  pgid: i32;
  sid: i32;
  tpgid: i32;
  ttyNumber: u64;
  /** A letter, as ps shows it. */
  state: u8;
  /** In ticks of the scheduler. */
  userTicks: u64;
  systemTicks: u64;
  childUserTicks: u64;
  childSystemTicks: u64;
  startNs: u64;
  sizeBytes: u64;
  residentPages: u64;
  /** PROCESS_NAME_SIZE bytes. */
  name: usize;
}

export const SNAPSHOT_NAME_BYTES: usize = PROCESS_NAME_SIZE;

function stateOf(p: Process): u8 {
  if (p.state == PROCESS_ZOMBIE) return STATE_ZOMBIE;
  if (p.state == PROCESS_STOPPED) return STATE_STOPPED;
  return p.thread != 0 && processThread(p).state == THREAD_SLEEPING ? STATE_SLEEPING : STATE_RUNNING;
}

function fill(p: Process, s: ProcessSnapshot): void {
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
  s.state = stateOf(p);
  s.userTicks = p.userTicks;
  s.systemTicks = p.systemTicks;
  if (p.thread != 0) {
    s.userTicks += processThread(p).userTicks;
    s.systemTicks += processThread(p).systemTicks;
  }
  s.childUserTicks = p.childUserTicks;
  s.childSystemTicks = p.childSystemTicks;
  s.startNs = p.startNs;
  s.sizeBytes = 0;
  s.residentPages = 0;
  if (changetype<usize>(p.space) != 0) {
    s.sizeBytes = p.space.sizeBytes;
    s.residentPages = p.space.residentPages;
  }
  memory.copy(s.name, processName(p), PROCESS_NAME_SIZE);
}

/** False when there is no such process. */
export function snapshotTake(pid: i32, s: ProcessSnapshot): bool {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  const found = !isNull(p);
  if (found) fill(p, s);
  unlockIrqRestore(processLock(), flags);
  return found;
}

/** Copies the arguments, each with its NUL, to `out` (ARGUMENTS_MAX bytes); their length. */
export function snapshotArguments(pid: i32, out: usize): usize {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  let length: usize = 0;
  if (!isNull(p) && changetype<usize>(p.space) != 0) {
    const wanted = <usize>min(p.argumentsEnd - p.argumentsStart, <u64>ARGUMENTS_MAX);
    length = spaceRead(p.space, p.argumentsStart, out, wanted);
  }
  unlockIrqRestore(processLock(), flags);
  return length;
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

export function processIsThere(pid: i32): bool {
  const flags = lockIrqSave(processLock());
  const found = !isNull(processFindLocked(pid));
  unlockIrqRestore(processLock(), flags);
  return found;
}
