/**
 * An orderly end, asked for from outside (the power button): init hears of it by SIGUSR2, ends all programs and calls
 * reboot(POWER_OFF). The signal is the one that FreeBSD's kernel sends (shutdown_nice; init(8)) and that busybox's init
 * takes for the same. The kernel does it alone, after a sync, when init has no handler for it (it is not there yet, or is
 * another program), and at the second request, because then init is stuck.
 */
import { fileSystemsEnd } from '../fs/shutdown';
import { PID_INIT } from '../lib/ids';
import { logWarn } from '../lib/log';
import { machinePowerOff } from '../lib/power';
import { lockIrqSave, unlockIrqRestore } from '../lib/spinlock';
import { isNull, processFindLocked, processLock } from './process';
import { signalLocked } from './signal';
import { signalHandler } from './signal-actions';
import { SIGUSR2 } from './signal-numbers';

let asked: bool = false;

/** True when init took the request. */
function askInit(): bool {
  const flags = lockIrqSave(processLock());
  const init = processFindLocked(PID_INIT);
  const listens = !isNull(init) && signalHandler(init, SIGUSR2) != 0;
  if (listens) signalLocked(init, SIGUSR2);
  unlockIrqRestore(processLock(), flags);
  return listens;
}

/** For a kernel thread: may sleep, and need not return. */
export function requestPowerOff(): void {
  const first = !asked;
  asked = true;
  if (first && askInit()) return;
  logWarn('power', first ? 'init takes no requests: off at once' : 'asked again: off at once');
  fileSystemsEnd();
  machinePowerOff();
}
