/**
 * Out of memory: what happens when a program's page cannot be had although the caches gave back what they could.
 *
 * The process that frees the most memory ends (Linux's rule: resident pages, moved by oom_score_adj thousandths of all
 * memory), with a line in the log; whoever needs memory waits for that and tries again. init and kernel threads stay.
 */
import { PID_INIT } from '../lib/ids';
import { LOG_ERROR, logBegin, logCStr, logDec, logEnd, logStr } from '../lib/log';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import {
  PROCESS_ZOMBIE,
  Process,
  currentProcess,
  isNull,
  processFindLocked,
  processFirstLocked,
  processLock,
  processName,
} from '../proc/process';
import { signalProcess } from '../proc/signal';
import { SIGKILL } from '../proc/signal-numbers';
import { NS_PER_MS, NS_PER_SECOND, nowNs } from '../sched/clock';
import { sleepUntil } from '../sched/wait-queue';
import { totalFrameCount } from './frames';
import { makeRoom } from './reclaim';

/** oom_score_adj that keeps a process alive. */
const NEVER: i32 = -1000;
/** How long a victim may take to end before another one is chosen. */
const PATIENCE_NS: u64 = 5 * NS_PER_SECOND;
const RETRY_NS: u64 = 2 * NS_PER_MS;
/** After so many attempts the caller's process itself gives up. */
const MAX_ATTEMPTS: u32 = 5000;

let victimPid: i32 = 0;
let victimSinceNs: u64 = 0;

/** What ending the process would bring, in pages; 0 for one that is not to be ended. processLock is held. */
export function oomBadness(p: Process): i64 {
  if (p.pid == PID_INIT || p.state == PROCESS_ZOMBIE || changetype<usize>(p.space) == 0) return 0;
  if (p.oomScoreAdjust == NEVER) return 0;
  const adjust = (<i64>p.oomScoreAdjust * <i64>totalFrameCount()) / 1000;
  return max(<i64>p.space.residentPages + adjust, 1);
}

/** /proc/PID/oom_score: thousandths of all memory. processLock is held. */
export function oomScore(p: Process): i32 {
  return <i32>((oomBadness(p) * 1000) / <i64>totalFrameCount());
}

/** The process to end, 0 when there is none. */
function choose(): i32 {
  let best: i64 = 0;
  let pid: i32 = 0;
  const flags = lockIrqSave(processLock());
  for (let p = processFirstLocked(); !isNull(p); p = changetype<Process>(p.allNext)) {
    const badness = oomBadness(p);
    // Of equals the youngest: it has lost the least.
    if (badness != 0 && badness >= best) {
      best = badness;
      pid = p.pid;
    }
  }
  unlockIrqRestore(processLock(), flags);
  return pid;
}

/** Whether the last victim still holds its memory. */
function victimLives(): bool {
  if (victimPid == 0 || nowNs() - victimSinceNs > PATIENCE_NS) return false;
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(victimPid);
  const lives = !isNull(p) && p.state != PROCESS_ZOMBIE && changetype<usize>(p.space) != 0;
  unlockIrqRestore(processLock(), flags);
  return lives;
}

function kill(pid: i32): void {
  const flags = lockIrqSave(processLock());
  const p = processFindLocked(pid);
  let resident: u64 = 0;
  if (!isNull(p) && changetype<usize>(p.space) != 0) resident = p.space.residentPages;
  unlockIrqRestore(processLock(), flags);
  if (isNull(p)) return;
  logBegin(LOG_ERROR, 'mm');
  logStr('out of memory: ending process ');
  logDec(pid);
  logStr(' (');
  logCStr(processName(p));
  logStr('), which has ');
  logDec(resident * 4);
  logStr(' KiB');
  logEnd();
  signalProcess(p, SIGKILL);
}

/**
 * A page could not be had at the `attempt`th time: makes room, or ends a process. True when it is worth trying again, false
 * when the caller itself is to end. No lock is held.
 */
export function outOfMemory(attempt: u32): bool {
  if (makeRoom()) return true;
  if (attempt > MAX_ATTEMPTS) return false;
  const me = currentProcess();
  if (!victimLives()) {
    const pid = choose();
    if (pid == 0) return false;
    victimPid = pid;
    victimSinceNs = nowNs();
    kill(pid);
  }
  if (!isNull(me) && me.pid == victimPid) return false;
  sleepUntil(nowNs() + RETRY_NS);
  return true;
}
