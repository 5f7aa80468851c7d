/**
 * Ends this process when its parent is gone and the main thread does not notice, because it hangs: a thread of
 * its own looks every second. A main thread that works has flushed its disk and ended within the grace period.
 */
import process from 'node:process';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 1000;
const GRACE_MS = 5000;

export function startWatchdog(): void {
  // Without the options of this process: an --import that starts a watchdog would start one in the worker too, and
  // that one the next, without end.
  const worker = new Worker(new URL(import.meta.url), {
    execArgv: [],
    workerData: { parentPid: process.ppid },
  });
  worker.unref();
}

function watch(parentPid: number): void {
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    setTimeout(() => {
      process.stderr.write('the parent is gone and this process hangs: ending it\n');
      process.kill(process.pid, 'SIGKILL');
    }, GRACE_MS);
  }, LOOK_EVERY_MS);
}

if (!isMainThread) watch((workerData as { readonly parentPid: number }).parentPid);
