/**
 * What is to happen when a process has used so much processor time: ITIMER_VIRTUAL, ITIMER_PROF, timers on processor-time
 * clocks, RLIMIT_CPU. The timer interrupt looks at the running process, and only if `cpuWatch` says that there is
 * something to watch.
 */
import { acquire, release } from '../lib/spinlock';
import { NS_PER_SECOND, TICK_NS } from '../sched/clock';
import { currentThread } from '../sched/scheduler';
import { RLIMIT_CPU, RLIM_INFINITY, limitOf, limitPair } from './limits';
import { posixCpuTimersLocked } from './posix-timers';
import { PROCESS_ZOMBIE, Process, processLock } from './process';
import { hasTimers, timersOf } from './process-timers';
import { signalLocked } from './signal';
import { SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU } from './signal-numbers';

/** After one of these has changed. The caller holds processLock. */
export function cpuWatchUpdateLocked(p: Process): void {
  let watch =
    limitOf(p, RLIMIT_CPU) != RLIM_INFINITY || load<u64>(limitPair(p, RLIMIT_CPU), 8) != RLIM_INFINITY;
  if (hasTimers(p)) {
    const t = timersOf(p);
    watch = watch || (t.virtualLeft | t.profLeft) != 0 || t.cpuArmed != 0;
  }
  p.cpuWatch = watch ? 1 : 0;
}

/** From the timer interrupt, after the scheduler has accounted the tick. */
export function cpuWatchTick(userMode: bool): void {
  const process = currentThread().process;
  if (process == 0) return;
  const p = changetype<Process>(process);
  if (p.cpuWatch == 0 || p.state == PROCESS_ZOMBIE) return;
  acquire(processLock());
  if (hasTimers(p)) {
    const t = timersOf(p);
    if (userMode && t.virtualLeft != 0) {
      t.virtualLeft = counted(p, t.virtualLeft, t.virtualInterval, SIGVTALRM);
    }
    if (t.profLeft != 0) t.profLeft = counted(p, t.profLeft, t.profInterval, SIGPROF);
    if (t.cpuArmed != 0) posixCpuTimersLocked(p);
  }
  limitTime(p);
  cpuWatchUpdateLocked(p);
  release(processLock());
}

/** One tick less; at the end the signal and the next interval. */
function counted(p: Process, left: u64, interval: u64, signal: i32): u64 {
  if (left > TICK_NS) return left - TICK_NS;
  signalLocked(p, signal);
  return interval == 0 ? 0 : max(interval, TICK_NS);
}

/** SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one (getrlimit(2)). */
function limitTime(p: Process): void {
  const soft = limitOf(p, RLIMIT_CPU);
  const hard = load<u64>(limitPair(p, RLIMIT_CPU), 8);
  if (hard != RLIM_INFINITY && p.groupRunNs >= hard * NS_PER_SECOND) signalLocked(p, SIGKILL);
  if (soft == RLIM_INFINITY || p.groupRunNs < max<u64>(soft, p.cpuWarned) * NS_PER_SECOND) return;
  p.cpuWarned = p.groupRunNs / NS_PER_SECOND + 1;
  signalLocked(p, SIGXCPU);
}
