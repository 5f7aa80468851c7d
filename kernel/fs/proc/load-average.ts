/**
 * Load averages (getloadavg(3)): how many threads could run or waited for a disk, averaged over 1, 5 and 15 minutes with
 * exponential decay. A kernel thread samples every five seconds.
 */
import { NS_PER_SECOND, nowNs } from '../../sched/clock';
import { spawnKernelThread } from '../../sched/thread';
import { sleepUntil } from '../../sched/wait-queue';
import { TaskCounts, countTasks } from './process-snapshot';

/** Fixed point with 11 bits behind the point, as sysinfo(2) wants 16 and proc hundredths. */
const SHIFT: u64 = 11;
const ONE: u64 = 1 << 11;
/** ONE * e^(-5 s / 1, 5, 15 min) */
const DECAY_1: u64 = 1884;
const DECAY_5: u64 = 2014;
const DECAY_15: u64 = 2037;
const INTERVAL_NS: u64 = 5 * NS_PER_SECOND;

const averages = memory.data(3 * 8, 8);
const counts = changetype<TaskCounts>(memory.data(offsetof<TaskCounts>(), 8));

function decay(n: usize, factor: u64, active: u64): void {
  const before = load<u64>(averages + n * 8);
  let after = before * factor + (active << SHIFT) * (ONE - factor);
  // Rounded up while it rises, so that it arrives.
  if (active << SHIFT >= before) after += ONE - 1;
  store<u64>(averages + n * 8, after >> SHIFT);
}

function sample(_argument: usize): void {
  let next = nowNs() + INTERVAL_NS;
  while (true) {
    sleepUntil(next);
    next += INTERVAL_NS;
    countTasks(counts);
    const active = <u64>(counts.runnable + counts.blocked);
    decay(0, DECAY_1, active);
    decay(1, DECAY_5, active);
    decay(2, DECAY_15, active);
  }
}

export function loadAverageInit(): void {
  spawnKernelThread('loadavg', sample, 0);
}

/** The average over 1 (0), 5 (1) or 15 (2) minutes in hundredths. */
export function loadHundredths(n: usize): u64 {
  return (load<u64>(averages + n * 8) * 100 + ONE / 2) >> SHIFT;
}

/** The same as sysinfo(2) has it: 16 bits behind the point. */
export function loadFixed16(n: usize): u64 {
  return load<u64>(averages + n * 8) << (16 - SHIFT);
}
