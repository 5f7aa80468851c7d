/**
 * `npm run bench:idle`: the share of a host's core that a guest takes which waits at its prompt, in processor time. All
 * machines wait at the same time: whatever else the host does meets them alike, and they hardly meet each other.
 * Medians of the windows; bench/results/idle.json. Options: see options.ts; a round is a window of ten seconds.
 */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { printTable, writeResults } from '../lib/report.ts';
import { between, type SerialProcess } from '../lib/serial-process.ts';
import { BOOT_TIMEOUT_MS, GuestFiles, PROMPT, type Peer, type System } from './guests.ts';
import { Measurements } from './measurements.ts';
import { machineOptions } from './options.ts';

/** What a system still does once its shell is up, and what an engine still compiles, is not idling. */
const SETTLE_MS = 10_000;
const WINDOW_MS = 10_000;

interface Waiting {
  readonly peer: Peer;
  readonly system: System;
  readonly machine: SerialProcess;
}

const options = machineOptions({
  name: 'idle',
  purpose: 'How much of a host core a guest uses at its prompt; a round is a window of ten seconds.',
  rounds: 5,
  systems: true,
});
const measured = new Measurements();
const files = await GuestFiles.make();
const waiting: Waiting[] = [];

async function start(peer: Peer, system: System): Promise<void> {
  const machine = files.start(peer, system);
  waiting.push({ peer, system, machine });
  await machine.waitFor(PROMPT[system], BOOT_TIMEOUT_MS);
  process.stderr.write(`${system} on ${peer} waits\n`);
}

try {
  for (const system of options.systems) {
    for (const peer of options.peers) await start(peer, system);
  }
  await delay(SETTLE_MS);
  for (let round = 0; round < options.rounds; round++) {
    const begins = waiting.map(({ machine }) => machine.now());
    await delay(WINDOW_MS);
    waiting.forEach(({ peer, system, machine }, i) => {
      const begin = begins[i];
      if (begin === undefined) return;
      const { wall, cpu } = between(begin, machine.now());
      measured.add(`${system}: idle at the prompt`, '% of a core', peer, (cpu / wall) * 100);
    });
    process.stderr.write(`round ${round + 1}\n`);
  }
} finally {
  for (const { machine } of waiting) await machine.kill();
  files.remove();
}
printTable(measured.rows(), options.peers);
if (options.complete) {
  const statistic = `median of ${options.rounds} windows of ${WINDOW_MS / 1000} s`;
  writeResults('idle', { statistic, linux: files.kernel.version }, measured.rows());
}
