/**
 * `npm run bench:cpu`: the thirteen guest programs on our machine, on v86 and on QEMU TCG, in turns. Every machine boots
 * the same disk by SeaBIOS; a program's time is that between its two lines on the serial port, taken outside. A result
 * that differs between machines is an error. Prints tables, and writes bench/results/cpu.json when all rows ran.
 * `--help` lists the options.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from '../../build/build.ts';
import { readCommandLine } from '../lib/command-line.ts';
import { startOurs, startQemu } from '../lib/machines.ts';
import { printTable, type Row, writeResults } from '../lib/report.ts';
import { between, type Moment, SerialProcess } from '../lib/serial-process.ts';
import { geometricMean, median, minimum } from '../lib/statistics.ts';
import { makeBenchmarkImage } from './make-image.ts';

type Bits = 32 | 64;
type Clock = 'wall' | 'cpu';

const MEMORY_MIB = 128;
const PROGRAM_TIMEOUT_MS = 300_000;
/** In the order of their bits in the image's mask. */
const PROGRAMS = 'sieve crc32 sha256 mandel hash chase fib memstr repmovs vm icall sse2pd fpscalar'.split(
  ' ',
);

const ours = (image: string, ...words: string[]): SerialProcess =>
  startOurs(['--image', image, '--memory', `${MEMORY_MIB}M`, '--headless', ...words]);

const machines: Readonly<
  Record<
    string,
    { readonly bits: readonly Bits[]; readonly start: (image: string, bits: Bits) => SerialProcess }
  >
> = {
  ours: { bits: [32, 64], start: (image) => ours(image) },
  interpreter: { bits: [32, 64], start: (image) => ours(image, '--no-translator') },
  v86: {
    bits: [32],
    start: (image) =>
      new SerialProcess(process.execPath, [
        path.join(import.meta.dirname, 'v86-host.ts'),
        image,
        String(MEMORY_MIB),
      ]),
  },
  tcg: {
    bits: [32, 64],
    start: (image, bits) =>
      startQemu(['-m', String(MEMORY_MIB), '-drive', `file=${image},format=raw,if=ide,snapshot=on`], bits),
  },
};

const { rows, peers, images, clock, rounds, scale } = readCommandLine(
  {
    command: 'npm run bench:cpu --',
    purpose: 'Thirteen guest programs on our machine, on v86 and on QEMU TCG, in turns.',
    options: {
      rounds: { value: 'N', byDefault: '3', help: 'how often each machine is started' },
      rows: { value: 'a,b', help: `only these programs of ${PROGRAMS.join(', ')}` },
      image: { value: '32|64', help: 'only this image; v86 has no long mode' },
      machines: {
        value: 'a,b',
        byDefault: 'ours,v86,tcg',
        help: 'of ours, interpreter (ours with --no-translator), v86, tcg',
      },
      scale: { value: 'N', byDefault: '1', help: "each program's work times N" },
      clock: {
        value: 'wall|cpu',
        byDefault: 'cpu',
        help: 'the host clock, or processor time of all threads, which other work disturbs less',
      },
    },
  },
  (line) => ({
    rows: line.some('rows', PROGRAMS),
    peers: line.some('machines', Object.keys(machines)),
    images: line.some('image', ['32', '64']).map((bits): Bits => (bits === '32' ? 32 : 64)),
    clock: line.one<Clock>('clock', ['wall', 'cpu']),
    rounds: line.count('rounds'),
    scale: line.count('scale'),
  }),
);

interface Measured {
  readonly result: string;
  readonly times: Moment[];
}

/** Boots `image` once and measures each chosen program. */
async function measure(
  machine: SerialProcess,
  add: (name: string, result: string, time: Moment) => void,
): Promise<void> {
  try {
    await machine.waitFor(/BOOT(32|64)\r?\n/, PROGRAM_TIMEOUT_MS);
    for (const name of PROGRAMS.filter((program) => rows.includes(program))) {
      const started = await machine.waitFor(new RegExp(`S ${name}\\r?\\n`), PROGRAM_TIMEOUT_MS);
      const ended = await machine.waitFor(
        new RegExp(`E ${name} ([0-9a-f]{8}) [0-9a-f]+\\r?\\n`),
        PROGRAM_TIMEOUT_MS,
      );
      add(name, ended.match[1] ?? '', between(started, ended));
    }
  } finally {
    await machine.kill();
  }
}

/** Writes the image with its configuration: how much work, which programs. */
function configuredImage(bits: Bits, file: string): void {
  makeBenchmarkImage(bits, file);
  const image = readFileSync(file);
  const configuration = image.indexOf('BENCHCFG');
  if (configuration < 0) throw new Error(`${file} has no BENCHCFG: is it the benchmark's image?`);
  const mask = rows.reduce((bitsSet, name) => bitsSet | (1 << PROGRAMS.indexOf(name)), 0);
  image.writeUInt32LE(scale, configuration + 8);
  image.writeUInt32LE(mask >>> 0, configuration + 12);
  writeFileSync(file, image);
}

/** By image and program, then by machine. */
type Table = Map<string, Map<string, Measured>>;

async function runImage(bits: Bits, folder: string, table: Table): Promise<void> {
  const file = path.join(folder, `bench${bits}.img`);
  configuredImage(bits, file);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const machine = machines[peer];
      if (machine?.bits.includes(bits) !== true) continue;
      await measure(machine.start(file, bits), (name, result, time) => {
        const row = table.get(`${bits} ${name}`) ?? new Map<string, Measured>();
        table.set(`${bits} ${name}`, row);
        for (const [other, { result: theirs }] of row) {
          if (theirs !== result)
            throw new Error(`${name}, ${bits} bit: ${peer} computed ${result}, ${other} ${theirs}`);
        }
        const measured = row.get(peer) ?? { result, times: [] };
        measured.times.push(time);
        row.set(peer, measured);
      });
      process.stderr.write(`round ${round + 1} of ${rounds}, ${bits} bit: ${peer} done\n`);
    }
  }
}

const timesOf = (table: Table, name: string, peer: string): number[] =>
  (table.get(name)?.get(peer)?.times ?? []).map((time) => time[clock]);

function tableRows(table: Table, summary: (times: readonly number[]) => number): Row[] {
  return [...table.keys()].map((name) => ({
    name,
    unit: 's',
    ...Object.fromEntries(peers.map((peer) => [peer, summary(timesOf(table, name, peer))])),
  }));
}

/** How many times faster than `peer` ours is, over the rows that both have. */
function speedups(table: Table, peer: string, bits: Bits): number[] {
  return [...table.keys()]
    .filter((name) => name.startsWith(`${bits} `))
    .map((name) => median(timesOf(table, name, peer)) / median(timesOf(table, name, 'ours')))
    .filter((ratio) => ratio > 0);
}

const table: Table = new Map();
await build(['emulator']);
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-bench-cpu-'));
try {
  for (const bits of images) await runImage(bits, folder, table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const medians = tableRows(table, median);
process.stdout.write(`medians of ${rounds} rounds, ${clock} time\n`);
printTable(medians, peers);
process.stdout.write('minima\n');
printTable(tableRows(table, minimum), peers);
for (const bits of images) {
  for (const peer of peers) {
    const ratios = peer === 'ours' ? [] : speedups(table, peer, bits);
    if (ratios.length === 0) continue;
    const least = minimum(ratios).toFixed(2);
    process.stdout.write(
      `${bits} bit: ours is ${geometricMean(ratios).toFixed(2)}x as fast as ${peer} (geometric mean; least ${least}x)\n`,
    );
  }
}
if (rows.length === PROGRAMS.length && images.length === 2) {
  writeResults('cpu', { statistic: `median of ${rounds} rounds`, clock }, medians);
}
