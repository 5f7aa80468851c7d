/**
 * Taking signals: what happens to the current process before it returns to user code.
 */
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { stopCurrent } from '../sched/scheduler';
import { processExit } from './exit';
import { PROCESS_STOPPED, Process, currentProcess, processLock } from './process';
import { deliverable, notifyParentLocked } from './signal';
import { DEFAULT_IGNORE, DEFAULT_STOP, DEFAULT_TERMINATE, defaultAction, signalBit } from './signal-numbers';

/**
 * Acts on pending signals of the current process before it returns to user code. Does not return when one ends it.
 */
export function deliverSignals(): void {
  const p = currentProcess();
  while (deliverable(p) != 0) {
    const flags = lockIrqSave(processLock());
    const set = deliverable(p);
    const signal = set == 0 ? 0 : <i32>ctz(set) + 1;
    if (signal != 0) p.pendingSignals &= ~signalBit(signal);
    const action = signal == 0 ? DEFAULT_IGNORE : defaultAction(signal);
    if (action == DEFAULT_STOP) stopLocked(p, signal);
    unlockIrqRestore(processLock(), flags);
    if (action == DEFAULT_TERMINATE) processExit(signal);
  }
}

function stopLocked(p: Process, signal: i32): void {
  p.state = PROCESS_STOPPED;
  p.stopSignal = signal;
  p.continued = 0;
  notifyParentLocked(p);
  while (p.state == PROCESS_STOPPED) stopCurrent(processLock());
}
