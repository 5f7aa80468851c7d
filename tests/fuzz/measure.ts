/** What a fuzzed machine costs its host, whoever else runs there: the processor's time and memory without garbage. */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Resident memory in MiB without garbage: when V8 collects by itself depends on the host. */
export async function residentMib(): Promise<number> {
  if (typeof collectGarbage !== 'function') throw new Error('this V8 has no gc()');
  // What the first one finds to be unreachable is given back by the second one.
  for (let i = 0; i < 2; i++) {
    Reflect.apply(collectGarbage, undefined, []);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Math.round(process.memoryUsage.rss() / MIB);
}

/** Milliseconds of the processor that this thread has had. */
export function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
