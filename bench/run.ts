/**
 * `npm run bench`: one benchmark after the other, each in a process of its own, so that one that fails does not keep the
 * rest from running; each prints its table and writes bench/results/NAME.json.
 * `--help` lists the options.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { oneOf, readCommandLine } from './lib/command-line.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  cpu: 'cpu/run.ts',
  boot: 'machine/boot.ts',
  disk: 'machine/disk.ts',
  idle: 'machine/idle.ts',
  latency: 'machine/latency.ts',
  os: 'os/run.ts',
};

const names = Object.keys(SCRIPTS);
const { chosen, words } = readCommandLine(
  {
    command: 'npm run bench --',
    purpose: `One benchmark after the other; NAME is one of ${names.join(', ')} (default: all).`,
    options: { rounds: { value: 'N', help: 'rounds of each (default: as many as it takes by itself)' } },
    words: { names: '[NAME …]', least: 0, most: names.length },
  },
  (line) => ({
    chosen: line.words.map((word) => oneOf('benchmark', word, names)),
    words: line.text('rounds') === undefined ? [] : ['--rounds', String(line.count('rounds'))],
  }),
);
const failed: string[] = [];
for (const [name, script] of Object.entries(SCRIPTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...words], {
    stdio: 'inherit',
  });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) process.stderr.write(`\nfailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
