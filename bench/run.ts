/**
 * `npm run bench`: one benchmark after the other, each in a process of its own, so that one that fails does not keep the
 * rest from running; each prints its table and writes bench/results/NAME.json.
 *
 * Usage: node bench/run.ts [--rounds N] [NAME …]    (default: all, each with its own number of rounds)
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const SCRIPTS: Readonly<Record<string, string>> = {
  cpu: 'cpu/run.ts',
  boot: 'machine/boot.ts',
  disk: 'machine/disk.ts',
  idle: 'machine/idle.ts',
  latency: 'machine/latency.ts',
  os: 'os/run.ts',
};

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(SCRIPTS, name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(SCRIPTS).join(', ')}\n`);
  process.exit(2);
}
const failed: string[] = [];
for (const [name, script] of Object.entries(SCRIPTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stdout.write(`\n${name}\n`);
  const words = values.rounds === undefined ? [] : ['--rounds', values.rounds];
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...words], {
    stdio: 'inherit',
  });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) process.stderr.write(`\nfailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
