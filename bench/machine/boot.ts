/**
 * `npm run bench:boot`: from power-on (the start of the machine's process) to a shell's prompt, and what memory the
 * process has then. Breenix boots through SeaBIOS and GRUB; Debian's kernel is loaded directly. Ours and QEMU TCG in
 * turns; medians; bench/results/boot.json. Options: see options.ts.
 */
import process from 'node:process';
import { printTable, writeResults } from '../lib/report.ts';
import { between } from '../lib/serial-process.ts';
import { BOOT_TIMEOUT_MS, GuestFiles, MEMORY_MIB, PROMPT, type Peer, type System } from './guests.ts';
import { Measurements } from './measurements.ts';
import { machineOptions } from './options.ts';

const MIB = 2 ** 20;
const MB = 1e6;

const options = machineOptions({
  name: 'boot',
  purpose:
    "Power-on to prompt, and the process's memory then: Breenix and Debian's Linux, ours and QEMU TCG in turns.",
  rounds: 5,
  systems: true,
});
const measured = new Measurements();
const files = await GuestFiles.make();

async function boot(peer: Peer, system: System): Promise<void> {
  const machine = files.start(peer, system);
  try {
    const prompt = await machine.waitFor(PROMPT[system], BOOT_TIMEOUT_MS);
    const time = between(machine.start, prompt);
    measured.add(`${system}: power-on to prompt`, 's', peer, time.wall);
    measured.add(`${system}: the same, processor time`, 's', peer, time.cpu);
    const resident = machine.residentBytes;
    measured.add(`${system}: resident then`, 'MB', peer, resident / MB);
    measured.add(`${system}: resident beyond guest RAM`, 'MB', peer, (resident - MEMORY_MIB * MIB) / MB);
    process.stderr.write(`${system} on ${peer}: ${time.wall.toFixed(2)} s\n`);
  } finally {
    await machine.kill();
  }
}

try {
  for (let round = 0; round < options.rounds; round++) {
    for (const system of options.systems) {
      for (const peer of options.peers) await boot(peer, system);
    }
  }
} finally {
  files.remove();
}
printTable(measured.rows(), options.peers);
if (options.complete) {
  const statistic = `median of ${options.rounds} rounds`;
  writeResults('boot', { statistic, linux: files.kernel.version, memoryMiB: MEMORY_MIB }, measured.rows());
}
