/**
 * The thread that brings the system up once interrupts and threads work: drivers, root file system, first programs.
 */
import { logInfo } from '../lib/log';
import { sleepUntil } from '../sched/wait-queue';
import { nowNs } from '../sched/clock';

export function startSystem(_argument: usize): void {
  logInfo('start', 'threads run');
  sleepUntil(nowNs() + 50_000_000);
  logInfo('start', 'slept 50 ms');
}
