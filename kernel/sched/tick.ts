/**
 * The timer interrupt: keeps time, runs due timers, counts the quantum down. It never switches threads.
 */
import { registerIrq } from '../arch/x86_64/irq';
import { thisCpu } from '../arch/x86_64/percpu';
import { pitStartTicks } from '../arch/x86_64/pit';
import { clockTick } from './clock';
import { cpuWatchTick } from '../proc/cpu-watch';
import { schedulerTick } from './scheduler';
import { timersRun } from './timer';

const TIMER_LINE: u32 = 0;

export function ticksStart(): void {
  pitStartTicks();
  registerIrq(TIMER_LINE, onTick);
}

function onTick(_line: u32): void {
  clockTick();
  timersRun();
  const userMode = thisCpu().interruptedUser != 0;
  schedulerTick(userMode);
  cpuWatchTick();
}
