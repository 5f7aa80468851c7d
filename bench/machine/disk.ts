/**
 * `npm run bench:disk`: 256 MiB of a second disk, read and then written by the guest's own dd through the IDE
 * controller's bus-master DMA. Ours and QEMU TCG in turns; medians; bench/results/disk.json. Options: see options.ts.
 *
 * The image is in the host's page cache before, so what is measured is the machine and not the host's disk. Linux
 * bypasses its own cache (O_DIRECT); Breenix reads what it has not cached and syncs what it has written.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { printTable, writeResults } from '../lib/report.ts';
import { between, type SerialProcess } from '../lib/serial-process.ts';
import { BOOT_TIMEOUT_MS, GuestFiles, PROMPT, type Peer, type System } from './guests.ts';
import { Measurements } from './measurements.ts';
import { machineOptions } from './options.ts';

const MIB = 2 ** 20;
const MOVED_MIB = 256;
const COMMAND_TIMEOUT_MS = 300_000;

/** With QEMU's and our board the second disk is the slave of the first channel. */
const COMMANDS: Readonly<Record<System, { readonly read: string; readonly write: string }>> = {
  Breenix: {
    read: `dd if=/dev/sdb of=/dev/null bs=1M count=${MOVED_MIB}`,
    write: `dd if=/dev/zero of=/dev/sdb bs=1M count=${MOVED_MIB} conv=fsync`,
  },
  Linux: {
    read: `dd if=/dev/sda of=/dev/null bs=1M count=${MOVED_MIB} iflag=direct`,
    write: `dd if=/dev/zero of=/dev/sda bs=1M count=${MOVED_MIB} oflag=direct`,
  },
};

const options = machineOptions({
  name: 'disk',
  purpose: "256 MiB of a disk read and written by a guest's DMA, ours and QEMU TCG in turns.",
  rounds: 3,
  systems: true,
});
const measured = new Measurements();
const files = await GuestFiles.make();
const disk = path.join(files.folder, 'data.img');

/** Bytes that differ from place to place, all of them on the disk and in the host's page cache. */
function fillDisk(): void {
  const file = openSync(disk, 'w');
  const block = new Uint32Array(MIB / 4);
  for (let i = 0; i < MOVED_MIB; i++) {
    block.forEach((_, at) => {
      block[at] = Math.imul(i * block.length + at, 2654435761);
    });
    writeSync(file, block);
  }
  ftruncateSync(file, MOVED_MIB * MIB);
  closeSync(file);
}

/** Runs a command that must succeed, and says how long it took outside. */
async function time(machine: SerialProcess, command: string): Promise<{ wall: number; cpu: number }> {
  // The quotes keep what the terminal echoes from being taken for what the commands print.
  machine.send(`echo BEG''IN; ${command}; echo EN''D $?\r`);
  const begin = await machine.waitFor(/BEGIN\r?\n/, COMMAND_TIMEOUT_MS);
  const end = await machine.waitFor(/END (\d+)\r?\n/, COMMAND_TIMEOUT_MS);
  if (end.match[1] !== '0') throw new Error(`${command} failed in the guest with ${end.match[1] ?? ''}`);
  return between(begin, end);
}

async function measure(peer: Peer, system: System): Promise<void> {
  fillDisk();
  const machine = files.start(peer, system, disk);
  try {
    await machine.waitFor(PROMPT[system], BOOT_TIMEOUT_MS);
    for (const direction of ['read', 'write'] as const) {
      const took = await time(machine, COMMANDS[system][direction]);
      measured.add(`${system}: ${direction} ${MOVED_MIB} MiB`, 's', peer, took.wall);
      measured.add(`${system}: ${direction}, processor time`, 's', peer, took.cpu);
      process.stderr.write(`${system} on ${peer}: ${direction} ${took.wall.toFixed(2)} s\n`);
    }
  } finally {
    await machine.kill();
  }
  if (readFileSync(disk).some((byte) => byte !== 0))
    throw new Error(`${system} on ${peer}: the disk was not written`);
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
  writeResults(
    'disk',
    { statistic: `median of ${options.rounds} rounds`, linux: files.kernel.version },
    measured.rows(),
  );
}
