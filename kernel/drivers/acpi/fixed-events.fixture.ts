/** Counts the presses of the power button in place of the kernel's task. */
import { acpiModeInit } from './mode';
import { acpiWatchPowerButton } from './fixed-events';

export { levelIrqs, raiseIrq } from '../../arch/x86_64/irq';

let presses: i32 = 0;

function pressed(): void {
  presses++;
}

export function pressCount(): i32 {
  return presses;
}

export function watch(fadt: usize): bool {
  acpiModeInit(fadt);
  return acpiWatchPowerButton(fadt, pressed);
}
