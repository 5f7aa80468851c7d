/**
 * Debian's Linux boots to a shell that runs commands while every Nth run of translated code is repeated by the
 * interpreter: registers, flags, FPU and SSE state and all memory that was written must be the same. A difference stops
 * the machine with the region's code.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, expect, it } from 'vitest';
import { BUSYBOX_PROMPT, busyboxRamDisk, debianKernel } from '../harness/debian-linux.ts';
import { ForeignMachine, memoryMedium } from './foreign-machine.ts';

const MIB = 1024 * 1024;
const CHECK_EVERY = Number(process.env['CHECK_EVERY'] ?? 50);

let guest: ForeignMachine | null = null;
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.log(guest?.describe());
  guest?.dispose();
  guest = null;
});

it("Debian's Linux boots and works under a checked translator without a difference", async () => {
  const linux = debianKernel('linux-image-amd64');
  const content = new Uint8Array(4 * MIB).map((_, i) => (i * 2654435761) >>> 24);
  const digest = createHash('sha256').update(content).digest('hex');
  const foreign = await ForeignMachine.start({
    memoryBytes: 256 * MIB,
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: memoryMedium(content) }],
    linux: {
      kernel: readFileSync(linux.kernel),
      initrd: busyboxRamDisk(linux, ['ata_piix', 'sd_mod']),
      commandLine: 'console=ttyS0 quiet',
    },
    translator: { checkEvery: CHECK_EVERY },
  });
  guest = foreign;
  const run = async (command: string, answer: string): Promise<void> => {
    const shown = foreign.serialShows(answer);
    foreign.type(`${command}\r`);
    await shown;
  };
  await foreign.serialShows(BUSYBOX_PROMPT);
  const booted = foreign.machine.statistics.translatorChecks;
  expect(booted.runs).toBeGreaterThan(0);
  await run('uname -rm', `${linux.version} x86_64`);
  await run('sha256sum /dev/sda', `${digest}  /dev/sda`);
  // Floating point, sorting, strings, many processes.
  await run(
    'awk \'BEGIN { for (i = 1; i <= 100000; i++) s += 1 / i; printf "sum=%.9f\\n", s }\'',
    'sum=12.090146130',
  );
  await run(
    'seq 20000 | sort -n -r | gzip | gunzip | md5sum',
    createHash('md5').update(countdown(20000)).digest('hex'),
  );
  await run('for i in $(seq 50); do /bin/busybox true; done; echo do""ne', 'done');
  const { instructions, translatorChecks } = foreign.machine.statistics;
  console.log(
    `${String(instructions)} instructions; compared: ${String(booted.runs)} runs while booting, ` +
      `${String(translatorChecks.runs)} in all with ${String(translatorChecks.instructions)} instructions`,
  );
  expect(translatorChecks.runs).toBeGreaterThan(booted.runs);
  expect(translatorChecks.instructions).toBeGreaterThan(translatorChecks.runs);
  foreign.type('poweroff -f\r');
  await foreign.powersOff();
});

function countdown(from: number): string {
  return Array.from({ length: from }, (_, i) => `${String(from - i)}\n`).join('');
}
