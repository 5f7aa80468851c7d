/**
 * What a process may have of memory: its resource limits (getrlimit(2)).
 */
import { RLIM_INFINITY, limitOf } from '../proc/limits';
import { currentProcess, isNull } from '../proc/process';

export { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, RLIMIT_STACK } from '../proc/limits';

/** The current process's soft limit in bytes; RLIM_INFINITY for none, and for the kernel itself. */
export function memoryLimit(resource: u32): u64 {
  const p = currentProcess();
  return isNull(p) ? RLIM_INFINITY : limitOf(p, resource);
}
