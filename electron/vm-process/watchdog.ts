/**
 * Ends this process when its parent is gone and the main thread does not notice, because it hangs: a thread of
 * its own looks every second. A main thread that notices says how long it needs for what it has to do.
 */
import process from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 1000;
const GRACE_MS = 5000;

export interface Watchdog {
  /** The main thread works, and will have ended this process in `milliseconds` from now. */
  allow(milliseconds: number): void;
}

export function startWatchdog(): Watchdog {
  // Without the options of this process: an --import that starts a watchdog would start one in the worker too, and
  // that one the next, without end.
  const worker = new Worker(new URL(import.meta.url), {
    execArgv: [],
    workerData: { parentPid: process.ppid },
  });
  worker.unref();
  return {
    allow: (milliseconds) => {
      worker.postMessage(milliseconds);
    },
  };
}

function watch(parentPid: number): void {
  let endAtMs = Number.NaN;
  parentPort?.on('message', (milliseconds: number) => {
    endAtMs = performance.now() + milliseconds;
  });
  setInterval(() => {
    if (process.ppid === parentPid) return;
    if (Number.isNaN(endAtMs)) endAtMs = performance.now() + GRACE_MS;
    if (performance.now() < endAtMs) return;
    process.kill(process.pid, 'SIGKILL');
  }, LOOK_EVERY_MS);
}

if (!isMainThread) watch((workerData as { readonly parentPid: number }).parentPid);
