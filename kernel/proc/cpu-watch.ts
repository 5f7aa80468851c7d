/**
 * What is to happen when a process has used so much processor time: ITIMER_VIRTUAL, ITIMER_PROF, timers on processor-time
 * clocks, RLIMIT_CPU. The timer interrupt looks at the running process, and only if `cpuWatch` says that there is
 * something to watch.
 */
import { acquire, release } from '../lib/spinlock';
import { NS_PER_SECOND } from '../sched/clock';
import { currentThread } from '../sched/scheduler';
import { processRunNs, processUserNs } from './cpu-time';
import { RLIMIT_CPU, RLIM_INFINITY, limitOf, limitPair } from './limits';
import { foreignCpuTimers, foreignCpuTimersLocked, posixCpuTimersLocked } from './posix-timers';
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
    watch = watch || (t.virtualNs | t.profNs) != 0 || t.cpuArmed != 0;
  }
  p.cpuWatch = watch ? 1 : 0;
}

/** From the timer interrupt, after the scheduler has accounted the tick. */
export function cpuWatchTick(): void {
  const process = currentThread().process;
  if (process == 0) return;
  const p = changetype<Process>(process);
  if (p.state == PROCESS_ZOMBIE || (p.cpuWatch == 0 && !foreignCpuTimers())) return;
  acquire(processLock());
  if (hasTimers(p)) {
    const t = timersOf(p);
    if (t.virtualNs != 0)
      t.virtualNs = served(p, processUserNs(p), t.virtualNs, t.virtualInterval, SIGVTALRM);
    if (t.profNs != 0) t.profNs = served(p, processRunNs(p), t.profNs, t.profInterval, SIGPROF);
    if (t.cpuArmed != 0) posixCpuTimersLocked(p, p.pid);
  }
  if (foreignCpuTimers()) foreignCpuTimersLocked(p);
  limitTime(p);
  cpuWatchUpdateLocked(p);
  release(processLock());
}

/** When the timer that was to expire `at` does so next; 0 for never. Its signal is sent if it is due. */
function served(p: Process, now: u64, at: u64, interval: u64, signal: i32): u64 {
  if (now < at) return at;
  signalLocked(p, signal);
  return interval == 0 ? 0 : at + ((now - at) / interval + 1) * interval;
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
