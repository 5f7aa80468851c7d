/**
 * What another process of this host has used, from Linux's /proc (proc(5)). Ended threads are not counted by
 * `cpuSeconds`: measure processes whose threads last.
 */
import { readdirSync, readFileSync } from 'node:fs';

const KIB = 1024;

/**
 * Processor time of all threads that the process has, in seconds. From schedstat: in nanoseconds, at most a
 * scheduler tick behind; /proc/PID/stat would count in units of 10 ms. Throws when the process is gone.
 */
export function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch (error) {
      // A thread may end between the two reads.
      if (
        (error as NodeJS.ErrnoException).code !== 'ENOENT' &&
        (error as NodeJS.ErrnoException).code !== 'ESRCH'
      )
        throw error;
    }
  }
  return nanoseconds / 1e9;
}

/** Memory that the process has in the host's RAM, in bytes, shared pages included. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (line?.[1] === undefined) throw new Error(`/proc/${pid}/status has no VmRSS: the process has ended`);
  return Number(line[1]) * KIB;
}
