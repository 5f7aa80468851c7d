/**
 * The timer interrupt: runs due timers; while a thread runs, ticks every millisecond, which count its turn down and its
 * time. It never switches threads. An idle processor has no ticks: the first that finds it so is the last, and the
 * scheduler starts them again (tickResume).
 */
import { registerIrq } from '../arch/x86_64/irq';
import { PerCpu, thisCpu } from '../arch/x86_64/percpu';
import { pitStartTicks } from '../arch/x86_64/pit';
import { TICK_NS, clockHz, clockTick, nowNs } from './clock';
import { clockEventNext, clockEventStart, clockEventTaken } from './clock-event';
import { cpuWatchTick } from '../proc/cpu-watch';
import { schedulerTick } from './scheduler';
import { timersRun } from './timer';

const TIMER_LINE: u32 = 0;

export function ticksStart(): void {
  if (clockHz() == 0) {
    pitStartTicks();
    registerIrq(TIMER_LINE, onTick);
    return;
  }
  thisCpu().tickStopped = 1;
  clockEventStart();
  registerIrq(TIMER_LINE, onEvent);
}

/** Where there is no clock to set a single interrupt by: it comes every millisecond. */
function onTick(_line: u32): void {
  tick();
  timersRun();
}

function onEvent(_line: u32): void {
  clockEventTaken();
  const cpu = thisCpu();
  const now = nowNs();
  if (cpu.tickStopped == 0 && now >= cpu.tickDueNs) {
    // In step with the one before; those that were missed are not made up for.
    cpu.tickDueNs = now + TICK_NS - ((now - cpu.tickDueNs) % TICK_NS);
    tick();
  }
  const timerDueNs = timersRun();
  if (isIdle(cpu)) cpu.tickStopped = 1;
  clockEventNext(cpu.tickStopped != 0 ? timerDueNs : min(timerDueNs, cpu.tickDueNs));
}

function isIdle(cpu: PerCpu): bool {
  return cpu.current == cpu.idle && cpu.needResched == 0;
}

function tick(): void {
  clockTick();
  const userMode = thisCpu().interruptedUser != 0;
  schedulerTick(userMode);
  cpuWatchTick();
}
