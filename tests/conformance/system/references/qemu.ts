/**
 * QEMU's TCG with the case runner as its firmware. RAM is a file that both sides see: cases go in and results come out
 * through it, and a process that was ended goes on where it was.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as F from '../format.ts';
import { TCG_NAME } from '../leniencies.ts';
import { LOOK_MS, Progress } from './progress.ts';
import { initialRam, runnerRom, skipHung, type Reference } from './image.ts';

const PROGRAM = 'qemu-system-x86_64';
/** What ours has (emulator/cpu/core/cpuid.ts), nothing more. */
const CPU =
  'max,vendor=GenuineIntel,phys-bits=40,la57=off,pku=off,pks=off,smep=on,smap=on,umip=on,pcid=on,fsgsbase=on,svm=off';

export function qemuObstacle(): string | null {
  return spawnSync(PROGRAM, ['--version']).status === 0 ? null : `${PROGRAM} is not installed`;
}

function readWord(file: number, at: number): number {
  const word = Buffer.alloc(4);
  readSync(file, word, 0, 4, at);
  return word.readUInt32LE();
}

/** One process, until all cases are run or one hangs. */
async function runOnce(ramFile: string): Promise<void> {
  const child = spawn(
    PROGRAM,
    [
      ...[
        '-accel',
        'tcg',
        '-cpu',
        CPU,
        '-machine',
        'pc,memory-backend=ram',
        '-display',
        'none',
        '-nodefaults',
      ],
      ...['-object', `memory-backend-file,id=ram,size=${F.RAM_SIZE},mem-path=${ramFile},share=on`],
      ...['-m', `${F.RAM_SIZE >> 20}M`, '-bios', runnerRom().file],
      ...['-device', `isa-debug-exit,iobase=0x${F.EXIT_PORT.toString(16)},iosize=1`],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const file = openSync(ramFile, 'r');
  const progress = new Progress(child.pid ?? 0);
  const watch = setInterval(() => {
    if (progress.stuck(readWord(file, F.CONTROL_INDEX))) child.kill('SIGKILL');
  }, LOOK_MS);
  await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  closeSync(file);
  if (child.exitCode !== null && child.exitCode !== 1) throw new Error(`${PROGRAM} failed: ${errors}`);
}

export class QemuReference implements Reference {
  readonly name = TCG_NAME;

  async run(cases: readonly Uint8Array[]): Promise<Uint8Array> {
    const folder = mkdtempSync(path.join(tmpdir(), 'breenix-cases-'));
    try {
      const ramFile = path.join(folder, 'ram');
      writeFileSync(ramFile, initialRam(cases));
      for (;;) {
        const before = readFileSync(ramFile).readUInt32LE(F.CONTROL_INDEX);
        await runOnce(ramFile);
        const ram = readFileSync(ramFile);
        const index = ram.readUInt32LE(F.CONTROL_INDEX);
        if (index >= cases.length) return ram;
        if (!skipHung(new DataView(ram.buffer, ram.byteOffset)) && index === before)
          throw new Error(`${PROGRAM} ran none of the cases`);
        writeFileSync(ramFile, ram);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
