/**
 * `npm run bench:latency`: how long after it is due an interrupt's handler runs while the guest is busy, in the host's
 * time. Ours and QEMU TCG in turns; bench/results/latency.json.
 *
 * - Timers of one millisecond, armed by each handler anew (latency.asm): from the moment in which the guest arms one to
 *   the first instructions of its handler, less the millisecond. QEMU's time-stamp counter is the host's; ours follows
 *   guest time, which waits for a timer that is late, so that our guest reads the host's clock by a port.
 * - Bytes on the serial line: from sending one to the machine's process to getting it back.
 * - Keys: from sending one to the machine's process, by the same protocol to both, to a byte on the serial line that its
 *   handler sends.
 * - The guest computes, or changes words all over 8 MiB.
 * - A host that does something else meanwhile shows in the highest times: medians of rounds, and the least of their 99th
 *   percentiles.
 *
 * Usage: node bench/machine/latency.ts [--rounds N] [--peers ours,tcg]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from '../../build/build.ts';
import { startQemu } from '../lib/machines.ts';
import { printTable, writeResults } from '../lib/report.ts';
import { SerialProcess } from '../lib/serial-process.ts';
import { median, minimum, quantile } from '../lib/statistics.ts';
import type { Peer } from './guests.ts';
import {
  assembleLatencyGuest,
  CLOCK_COUNTS_PER_MS,
  CLOCK_PORT,
  ECHOES,
  KEYS,
  LATENCY_MEMORY_MIB,
  TIMERS,
  WORK,
} from './latency-guest.ts';
import { Keys } from './latency-keys.ts';
import { Measurements } from './measurements.ts';
import { machineOptions } from './options.ts';

const TIMEOUT_MS = 60_000;
const SEND_AFTER_MS = 3;

interface Series {
  readonly name: string;
  readonly timesMs: readonly number[];
}

/** Counts of the guest's clock until one is known in milliseconds. */
interface TimerCounts {
  readonly name: string;
  readonly dueMs: number;
  readonly counts: readonly number[];
}

function start(peer: Peer, image: string, keySocket: string): SerialProcess {
  if (peer === 'ours') {
    const program = path.join(import.meta.dirname, 'latency-machine.ts');
    return new SerialProcess(process.execPath, [program, image, keySocket]);
  }
  return startQemu([
    ...['-drive', `file=${image},format=raw,if=ide`, '-m', String(LATENCY_MEMORY_MIB)],
    ...['-qmp', `unix:${keySocket},server=on,wait=off`],
  ]);
}

/** Sends something again and again, at times that have nothing to do with the machine's, until `answer` comes back. */
async function answers(
  machine: SerialProcess,
  count: number,
  send: () => void,
  answer: RegExp,
  after: () => void = () => undefined,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    await delay(SEND_AFTER_MS * (1 + Math.random()));
    const sent = performance.now();
    send();
    const back = await machine.waitFor(answer, TIMEOUT_MS);
    times.push(back.wall * 1e3 - sent);
    after();
  }
  return times;
}

const echoes = (machine: SerialProcess): Promise<number[]> =>
  answers(
    machine,
    ECHOES,
    () => {
      machine.send('x');
    },
    /x/,
  );

const keyAnswers = (machine: SerialProcess, keys: Keys): Promise<number[]> =>
  answers(
    machine,
    KEYS,
    () => {
      keys.send(true);
    },
    /k/,
    () => {
      keys.send(false);
    },
  );

/** Everything that one machine says; the counts of its clock in a millisecond are measured when they are not known. */
async function measure(machine: SerialProcess, keys: Keys, knownPerMs: number | null): Promise<Series[]> {
  const clock = async (): Promise<{ readonly counts: number; readonly wallMs: number }> => {
    const said = await machine.waitFor(/C ([0-9A-F]{8})\n/, TIMEOUT_MS);
    return { counts: parseInt(said.match[1] ?? '', 16), wallMs: said.wall * 1e3 };
  };
  const series: Series[] = [];
  const timers: TimerCounts[] = [];
  const begin = await clock();
  for (const [letter, work] of Object.entries(WORK)) {
    const said = await machine.waitFor(
      new RegExp(`((?:T ${letter}.\n(?:[0-9A-F]{8}\n)+)+)E ${letter}\n`),
      TIMEOUT_MS,
    );
    for (const part of (said.match[1] ?? '').split('T ').slice(1)) {
      const timer = TIMERS[part[1] ?? ''];
      if (timer === undefined) throw new Error(`the guest names a timer ${part.slice(0, 2)}`);
      const counts = part
        .trim()
        .split('\n')
        .slice(1)
        .map((hex) => parseInt(hex, 16));
      timers.push({ name: `${timer.name} to handler, ${work}`, dueMs: timer.dueMs, counts });
    }
    series.push({ name: `serial byte and back, ${work}`, timesMs: await echoes(machine) });
    await machine.waitFor(new RegExp(`K ${letter}\n`), TIMEOUT_MS);
    series.push({ name: `key to its answer, ${work}`, timesMs: await keyAnswers(machine, keys) });
  }
  const end = await clock();
  const perMs = knownPerMs ?? ((end.counts - begin.counts) >>> 0) / (end.wallMs - begin.wallMs);
  for (const { name, dueMs, counts } of timers)
    series.push({ name, timesMs: counts.map((count) => count / perMs - dueMs) });
  return series;
}

const options = machineOptions({
  name: 'latency',
  purpose:
    "How long after it is due an interrupt's handler runs while the guest is busy, ours and QEMU TCG in turns.",
  rounds: 5,
  systems: false,
});
await build(['emulator']);
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-latency-'));
const measured = { medians: new Measurements(median), tails: new Measurements(minimum) };
try {
  const images = { ours: path.join(folder, 'ours.img'), tcg: path.join(folder, 'tcg.img') };
  assembleLatencyGuest(images.ours, CLOCK_PORT);
  assembleLatencyGuest(images.tcg, 0);
  for (let round = 0; round < options.rounds; round++) {
    for (const peer of options.peers) {
      const keySocket = path.join(folder, `${peer}-${round}.sock`);
      const machine = start(peer, images[peer], keySocket);
      let keys: Keys | null = null;
      try {
        keys = await Keys.connect(keySocket, TIMEOUT_MS);
        const perMs = peer === 'ours' ? CLOCK_COUNTS_PER_MS : null;
        for (const { name, timesMs } of await measure(machine, keys, perMs)) {
          measured.medians.add(`${name}, median`, 'ms', peer, median(timesMs));
          measured.tails.add(`${name}, 99 of 100`, 'ms', peer, quantile(timesMs, 0.99));
        }
      } finally {
        keys?.close();
        await machine.kill();
      }
      process.stderr.write(`round ${round + 1}: ${peer}\n`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rows = [...measured.medians.rows(), ...measured.tails.rows()].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);
printTable(rows, options.peers);
if (options.complete) {
  const statistic = `median of ${options.rounds} rounds; of the 99th percentiles the least; guest busy`;
  writeResults('latency', { statistic }, rows);
}
