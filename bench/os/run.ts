/**
 * `npm run bench:os`: what the same static program measures on Breenix and on Debian's Linux, both in QEMU TCG where
 * -icount makes a nanosecond an instruction, in turns; then the cold read of a disk, in real time. Prints a table and
 * writes bench/results/os.json. With --emulator both run on our own machine instead, in its time (os-emulator.json).
 * `--help` lists the options.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from '../../build/build.ts';
import { buildMuslProgram } from '../../build/musl.ts';
import { debianKernel, programRamDisk, writeRamDisk } from '../../tests/harness/debian-linux.ts';
import { makeImageVariant } from '../../tests/harness/image-variant.ts';
import { startBreenixGuest } from '../../tests/harness/breenix-guest.ts';
import type { BootOptions, Guest } from '../../tests/harness/guest.ts';
import { startQemuGuest } from '../../tests/harness/qemu-guest.ts';
import { readCommandLine } from '../lib/command-line.ts';
import { geometricMean, median } from '../lib/statistics.ts';
import { type LinuxFiles, makeLinuxImage } from './linux-image.ts';

const root = path.resolve(import.meta.dirname, '../..');
const MEMORY_MIB = 512;
const COLD_MIB = 64;
const TIMEOUT_MS = 600_000;
const INSTRUCTION_COUNT = ['-icount', 'shift=0,sleep=off'];
const PROGRAM = '/root/bench';

const options = readCommandLine(
  {
    command: 'npm run bench:os --',
    purpose:
      "The costs of an operating system: the same static program on Breenix and on Debian's Linux, in turns.",
    options: {
      rounds: { value: 'N', byDefault: '3', help: 'how often each system is booted' },
      row: { value: 'TEXT', byDefault: '', help: 'only rows whose name contains this' },
      'breenix-only': { help: 'leave Linux out' },
      emulator: { help: "on our own machine, in its time, instead of QEMU's instruction counter" },
    },
  },
  (line) => ({
    rounds: line.count('rounds'),
    row: line.text('row') ?? '',
    breenixOnly: line.flag('breenix-only'),
    emulator: line.flag('emulator'),
  }),
);

/** What the benchmark's cold read needs: the PIIX IDE controller and SCSI disks above it. */
const MODULES = ['ata_piix', 'ata_generic', 'sd_mod'];

type Rows = Map<string, number>;

function parseRows(output: string): Rows {
  const error = /^BENCH_ERROR (.*)$/m.exec(output);
  if (error) throw new Error(`the benchmark failed: ${error[1] ?? ''}`);
  if (!/^BENCH_END\r?$/m.test(output)) throw new Error(`the benchmark did not end:\n${output.slice(-2000)}`);
  const rows: Rows = new Map();
  for (const [, time = '', name = ''] of output.matchAll(/^BENCH (\d+) (.*?)\r?$/gm))
    rows.set(name, Number(time));
  return rows;
}

async function onBreenix(
  start: (options: BootOptions) => Promise<Guest>,
  image: string,
  words: string,
  qemuArguments: readonly string[],
): Promise<Rows> {
  const guest = await start({
    image,
    firmware: 'bios',
    memoryMiB: MEMORY_MIB,
    discardWrites: true,
    qemuArguments,
  });
  try {
    await guest.console.peekFor(/(?:^|[\r\n])breenix:[^\r\n#]*# /, 120_000);
    const { output } = await guest.console.run(`${PROGRAM} ${words}`, TIMEOUT_MS);
    return parseRows(output.replaceAll('\r', ''));
  } finally {
    await guest.kill();
  }
}

/** Linux on our machine, from a disk with GRUB. */
async function onEmulatedLinux(image: string): Promise<Rows> {
  const guest = await startBreenixGuest({
    image,
    firmware: 'bios',
    memoryMiB: MEMORY_MIB,
    discardWrites: true,
  });
  try {
    const { input } = await guest.console.waitFor(/[^]*BENCH_(?:END|ERROR.*)[\r\n]/, TIMEOUT_MS);
    return parseRows(input.replaceAll('\r', ''));
  } finally {
    await guest.kill();
  }
}

function onLinux(files: LinuxFiles, words: string, qemuArguments: readonly string[]): Promise<Rows> {
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...[
        '-machine',
        'pc,accel=tcg',
        '-cpu',
        'max',
        '-m',
        String(MEMORY_MIB),
        '-display',
        'none',
        '-nic',
        'none',
      ],
      ...['-serial', 'stdio', '-no-reboot', '-kernel', files.kernel, '-initrd', files.initrd],
      ...['-append', `console=ttyS0 quiet -- ${words}`],
      ...qemuArguments,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      try {
        resolve(parseRows(output.replaceAll('\r', '')));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function collect(into: Map<string, number[]>, rows: Rows): void {
  for (const [name, time] of rows) into.set(name, [...(into.get(name) ?? []), time]);
}

function printTable(ours: ReadonlyMap<string, number[]>, linux: ReadonlyMap<string, number[]>): void {
  const ratios: number[] = [];
  process.stdout.write(
    `${'row'.padEnd(40)}${'Breenix ns'.padStart(14)}${'Linux ns'.padStart(14)}${'ratio'.padStart(8)}\n`,
  );
  for (const [name, times] of ours) {
    if (!name.includes(options.row)) continue;
    const mine = median(times);
    const theirs = median(linux.get(name) ?? []);
    const ratio = mine / theirs;
    if (ratio > 0) ratios.push(ratio);
    const shown = Number.isNaN(ratio) ? '' : ratio.toFixed(2);
    process.stdout.write(
      `${name.padEnd(40)}${String(mine).padStart(14)}${String(theirs).padStart(14)}${shown.padStart(8)}\n`,
    );
  }
  if (ratios.length === 0) return;
  process.stdout.write(`${'geometric mean'.padEnd(68)}${geometricMean(ratios).toFixed(2).padStart(8)}\n`);
}

type Run = readonly [into: 'ours' | 'theirs', run: () => Promise<Rows>];

/** One round in QEMU: by instruction count, then the cold read in real time. */
function inQemu(folder: string, image: string, linux: LinuxFiles | null): Run[] {
  const disk = path.join(folder, 'disk.img');
  writeFileSync(disk, '');
  truncateSync(disk, COLD_MIB << 20);
  const second = ['-drive', `file=${disk},format=raw,if=ide,index=1,snapshot=on`];
  const first = ['-drive', `file=${image},format=raw,if=ide,index=0,snapshot=on`];
  const cold = '--cold /dev/sdb';
  const runs: Run[] = [['ours', () => onBreenix(startQemuGuest, image, '', INSTRUCTION_COUNT)]];
  if (linux) runs.push(['theirs', () => onLinux(linux, '', INSTRUCTION_COUNT)]);
  runs.push(['ours', () => onBreenix(startQemuGuest, image, cold, second)]);
  if (linux) runs.push(['theirs', () => onLinux(linux, cold, [...first, ...second])]);
  return runs;
}

function onOurMachine(folder: string, image: string, linux: LinuxFiles | null): Run[] {
  const runs: Run[] = [['ours', () => onBreenix(startBreenixGuest, image, '', [])]];
  if (linux) {
    const disk = path.join(folder, 'linux.img');
    makeLinuxImage(linux, 'console=ttyS0 quiet', disk);
    runs.push(['theirs', () => onEmulatedLinux(disk)]);
  }
  return runs;
}

function writeResults(
  version: string,
  ours: ReadonlyMap<string, number[]>,
  theirs: ReadonlyMap<string, number[]>,
): void {
  const rows = [...ours].map(([name, times]) => ({
    name,
    unit: 'ns',
    ours: median(times),
    linux: median(theirs.get(name) ?? []),
  }));
  const file = path.join(root, 'bench/results', options.emulator ? 'os-emulator.json' : 'os.json');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ linux: version, rows }, null, 2)}\n`);
}

/** Debian's cloud kernel with the benchmark as process 1. */
function linuxFiles(program: Uint8Array, into: string): LinuxFiles & { readonly version: string } {
  const kernel = debianKernel('linux-image-cloud-amd64');
  return { ...kernel, initrd: writeRamDisk(programRamDisk(kernel, MODULES, program), into) };
}

await build(['kernel', 'userland', 'image', 'emulator']);
const folder = mkdtempSync(path.join(tmpdir(), 'breenix-bench-os-'));
try {
  const program = path.join(folder, 'bench');
  await buildMuslProgram({
    sources: [path.join(import.meta.dirname, 'bench.c')],
    flags: ['-O2', '-s'],
    output: program,
  });
  const bytes = readFileSync(program);
  const image = path.join(folder, 'breenix.img');
  makeImageVariant(image, { files: new Map([[PROGRAM, { content: bytes, mode: 0o755 }]]) });
  const linux = options.breenixOnly ? null : linuxFiles(bytes, folder);
  const ours = new Map<string, number[]>();
  const theirs = new Map<string, number[]>();
  const measure = options.emulator ? onOurMachine : inQemu;
  const rounds = measure(folder, image, linux);
  for (let round = 0; round < options.rounds; round++) {
    for (const [into, run] of rounds) collect(into === 'ours' ? ours : theirs, await run());
  }
  printTable(ours, theirs);
  if (linux && options.row === '') writeResults(linux.version, ours, theirs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
