/**
 * Tells a running process from one that is gone, also when its number was given to another process since.
 * Source: proc(5), field 22 of /proc/PID/stat and /proc/sys/kernel/random/boot_id.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    return '';
  }
}

/** Start time on Linux: clock ticks since boot, after the command name, which may itself contain anything. */
function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    // A zombie holds nothing any more: its files are closed.
    return state === 'Z' || state === 'X' ? null : `${fields[19] ?? ''}.${bootId()}`;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function otherStart(pid: number): string | null {
  if (!isAlive(pid)) return null;
  if (process.platform === 'win32') return 'running';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .replace(/\W+/g, '-');
  } catch {
    return null;
  }
}

/** Text that no later process with this number will have; null when there is no such process. */
export function processStart(pid: number): string | null {
  return process.platform === 'linux' ? linuxStart(pid) : otherStart(pid);
}
