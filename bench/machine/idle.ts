/**
 * `npm run bench:idle`: the share of a host's core that a guest takes which waits at its prompt, over 30 seconds, in
 * processor time. Ours and QEMU TCG in turns; medians; bench/results/idle.json. Options: see options.ts.
 */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { printTable, writeResults } from '../lib/report.ts';
import { between } from '../lib/serial-process.ts';
import { BOOT_TIMEOUT_MS, GuestFiles, PROMPT, type Peer, type System } from './guests.ts';
import { Measurements } from './measurements.ts';
import { machineOptions } from './options.ts';

/** What a system still does once its shell is up, and what an engine still compiles, is not idling. */
const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;

const options = machineOptions(1);
const measured = new Measurements();
const files = await GuestFiles.make();

async function measure(peer: Peer, system: System): Promise<void> {
  const machine = files.start(peer, system);
  try {
    await machine.waitFor(PROMPT[system], BOOT_TIMEOUT_MS);
    await delay(SETTLE_MS);
    const before = machine.now();
    await delay(WINDOW_MS);
    const { wall, cpu } = between(before, machine.now());
    measured.add(`${system}: idle at the prompt`, '% of a core', peer, (cpu / wall) * 100);
    process.stderr.write(`${system} on ${peer}: ${((cpu / wall) * 100).toFixed(2)} %\n`);
  } finally {
    await machine.kill();
  }
}

try {
  for (let round = 0; round < options.rounds; round++) {
    for (const system of options.systems) {
      for (const peer of options.peers) await measure(peer, system);
    }
  }
} finally {
  files.remove();
}
printTable(measured.rows(), options.peers);
if (options.complete) {
  const statistic = `median of ${options.rounds} rounds of ${WINDOW_MS / 1000} s`;
  writeResults('idle', { statistic, linux: files.kernel.version }, measured.rows());
}
