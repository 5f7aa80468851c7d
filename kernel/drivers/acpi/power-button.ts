/**
 * The power button: the interrupt counts the press, a kernel task acts on it, because turning the machine off by the
 * kernel itself writes to disks and so has to sleep. What a press means: proc/shutdown.ts.
 */
import { logWarn } from '../../lib/log';
import { requestPowerOff } from '../../proc/shutdown';
import { TASK_PENDING, spawnTask, wakeTask } from '../../sched/task';
import { acpiWatchPowerButton } from './fixed-events';

const presses = memory.data(4, 4);
let task: i32 = -1;

function onPress(): void {
  atomic.add<u32>(presses, 1);
  wakeTask(task);
}

function poll(_argument: usize): i32 {
  for (let count = atomic.xchg<u32>(presses, 0); count != 0; count--) {
    logWarn('acpi', 'power button pressed');
    requestPowerOff();
  }
  return TASK_PENDING;
}

/** True when the machine has a power button that will be heard. */
export function powerButtonInit(fadt: usize): bool {
  task = spawnTask(poll, 0);
  return task >= 0 && acpiWatchPowerButton(fadt, onPress);
}
