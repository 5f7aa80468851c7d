/** Limits of the running process on files: RLIMIT_FSIZE and RLIMIT_NOFILE (getrlimit(2)). Kernel threads have none. */
import { signalSelf } from '../proc/kill-signal';
import { RLIMIT_FSIZE, RLIMIT_NOFILE, limitOf } from '../proc/limits';
import { currentProcess, isNull } from '../proc/process';
import { SIGXFSZ } from '../proc/signal-numbers';
import { NO_LIMIT, setLimitSources } from './limits';

function fileSize(): u64 {
  const p = currentProcess();
  return isNull(p) ? NO_LIMIT : limitOf(p, RLIMIT_FSIZE);
}

function tooLarge(): void {
  signalSelf(SIGXFSZ);
}

function descriptors(): u32 {
  const p = currentProcess();
  return isNull(p) ? u32.MAX_VALUE : <u32>min(limitOf(p, RLIMIT_NOFILE), <u64>u32.MAX_VALUE);
}

export function processLimitsInit(): void {
  setLimitSources(fileSize, tooLarge, descriptors);
}
