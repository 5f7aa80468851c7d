/**
 * The system tests: the same image and the same tests on QEMU and on our own machine, both at once, reported
 * side by side.
 *
 * Usage: node tests/system/run.ts [--machine qemu|breenix] [--filter REGEXP] [--visual]
 *   --visual  prints the serial lines as they come and keeps a screenshot of each test in out/system-tests/
 *
 * Each machine has a process of its own for its tests: one that writes a disk image or waits for e2fsck must not keep
 * the other's serial line waiting.
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { MachineName } from '../harness/guest.ts';
import { systemImage } from '../harness/image-variant.ts';
import { formatReport, writeCounts } from './report.ts';
import { runMachine } from './run-machine.ts';
import type { Result } from './suite.ts';

const allMachines: readonly MachineName[] = ['qemu', 'breenix'];

const { values } = parseArgs({
  options: {
    machine: { type: 'string' },
    filter: { type: 'string', default: '' },
    visual: { type: 'boolean', default: false },
  },
});

/** Runs the tests of one machine in a process of its own, which sends the results when it is done. */
function runApart(machine: MachineName): Promise<readonly Result[]> {
  const child = fork(import.meta.filename, [...process.argv.slice(2), '--machine', machine], {
    serialization: 'advanced',
  });
  return new Promise((resolve) => {
    child.once('message', (results: readonly Result[]) => {
      resolve(results);
    });
    child.once('exit', (code, signal) => {
      // After its message, when there was one: then nobody hears of this.
      resolve([
        {
          category: 'System',
          name: 'the tests run to their end',
          machine,
          seconds: 0,
          failure: `the process of the tests ended with ${String(signal ?? code)}`,
        },
      ]);
    });
  });
}

const machines = allMachines.filter((name) => values.machine === undefined || name === values.machine);
if (machines.length === 0) {
  process.stderr.write(`system tests: no machine '${String(values.machine)}'; give qemu or breenix\n`);
  process.exit(2);
}
if (!existsSync(systemImage)) {
  process.stderr.write(`system tests: ${systemImage} does not exist; 'npm run build' makes it\n`);
  process.exit(2);
}
const started = performance.now();
const options = { filter: new RegExp(values.filter), visual: values.visual };
const [only, second] = machines;
const results =
  only !== undefined && second === undefined
    ? await runMachine(only, options)
    : (await Promise.all(machines.map(runApart))).flat();
if (process.send === undefined) {
  process.stdout.write(`\n${formatReport(results, machines)}\n`);
  process.stdout.write(`system tests took ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  writeCounts(results);
  process.exit(results.some(({ failure }) => failure !== null) || results.length === 0 ? 1 : 0);
}
process.send(results, () => process.exit(0));
