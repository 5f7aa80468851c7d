/**
 * Builds the benchmark's guest image: the same thirteen programs for 32-bit protected mode or 64-bit long mode, run
 * at ring 3, each announced on COM1 by `S name` and `E name result tsc`.
 *
 * Usage: node bench/cpu/make-image.ts 32|64 FILE      (needs nasm, gcc with -m32 for 32, binutils)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Bits = 32 | 64;

const sources = import.meta.dirname;
const imageBytes = 4 * 1024 * 1024;
const sectorBytes = 512;

/** No vector or builtin tricks of the compiler: what is measured is what the source says. */
const plainC = [
  '-O2',
  '-ffreestanding',
  '-fno-builtin',
  '-fno-pic',
  '-fno-pie',
  '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables',
  '-fcf-protection=none',
  '-fno-tree-vectorize',
  '-fno-tree-loop-distribute-patterns',
];
const targets: Readonly<
  Record<Bits, { readonly c: readonly string[]; readonly sse: readonly string[]; readonly emulation: string }>
> = {
  32: {
    c: ['-m32', '-march=i686'],
    sse: ['-m32', '-march=pentium4', '-mfpmath=sse', '-msse2'],
    emulation: 'elf_i386',
  },
  64: {
    c: ['-m64', '-mno-red-zone', '-mcmodel=small'],
    sse: ['-m64', '-mno-red-zone', '-mcmodel=small'],
    emulation: 'elf_x86_64',
  },
};

/** Writes the image to `file`; throws with the tool's own message when one is missing or fails. */
export function makeBenchmarkImage(bits: Bits, file: string): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-bench-'));
  const at = (name: string): string => path.join(folder, name);
  const from = (name: string): string => path.join(sources, name);
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const { c, sse, emulation } = targets[bits];
  try {
    run('nasm', '-f', `elf${bits}`, from(`start${bits}.asm`), '-o', at('start.o'));
    run('gcc', ...c, ...plainC, '-c', from('bench.c'), '-o', at('bench.o'));
    run('gcc', ...sse, ...plainC, '-c', from('sse.c'), '-o', at('sse.o'));
    run(
      'ld',
      '-m',
      emulation,
      '-T',
      from('link.ld'),
      '-nostdlib',
      '-znoexecstack',
      '--no-warn-rwx-segments',
      '-o',
      at('payload.elf'),
      at('start.o'),
      at('bench.o'),
      at('sse.o'),
    );
    run('objcopy', '-O', 'binary', at('payload.elf'), at('payload.bin'));
    const sectors = Math.ceil(statSync(at('payload.bin')).size / sectorBytes);
    run('nasm', '-f', 'bin', `-DSECTORS=${sectors}`, from('boot.asm'), '-o', at('boot.bin'));
    const image = Buffer.alloc(imageBytes);
    image.set(readFileSync(at('boot.bin')));
    image.set(readFileSync(at('payload.bin')), sectorBytes);
    writeFileSync(file, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [bits, file] = process.argv.slice(2);
  if ((bits !== '32' && bits !== '64') || file === undefined) {
    process.stderr.write('usage: node bench/cpu/make-image.ts 32|64 FILE\n');
    process.exit(2);
  }
  makeBenchmarkImage(bits === '32' ? 32 : 64, file);
}
