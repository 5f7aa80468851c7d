/** Pulling the plug in the middle of disk writes: what the guest was told is written, is written. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { check } from '../expect.ts';
import type { BootGuest } from '../suite.ts';

const sectorBytes = 512;
const firstLba = 64;
const imageBytes = 32 * 1024 * 1024;
/** How many sectors are written before the plug is pulled: into the middle of steady writing. */
const sectorsBeforeTheCut = 500;

/** Assembles the guest into a fresh image file at `image`. */
export function makeWriterImage(image: string): void {
  execFileSync('nasm', ['-f', 'bin', '-o', image, path.join(import.meta.dirname, 'writer.asm')]);
  truncateSync(image, imageBytes);
}

/** What one sector of the image holds: its own number in every dword, nothing, or something else. */
function sectorState(descriptor: number, lba: number): 'written' | 'empty' | 'torn' {
  const sector = Buffer.alloc(sectorBytes);
  readSync(descriptor, sector, 0, sectorBytes, lba * sectorBytes);
  const words = Array.from({ length: sectorBytes / 4 }, (_, index) => sector.readUInt32LE(index * 4));
  if (words.every((word) => word === lba)) return 'written';
  return words.every((word) => word === 0) ? 'empty' : 'torn';
}

export async function cutThePower(boot: BootGuest, image: string): Promise<void> {
  const guest = await boot({ image, discardWrites: false, memoryMiB: 32 });
  const lastBeforeCut = (firstLba + sectorsBeforeTheCut).toString(16).toUpperCase().padStart(8, '0');
  await guest.console.waitFor(new RegExp(`${lastBeforeCut}\\n`));
  await guest.kill();
  check(!guest.console.transcript.includes('!'), 'the guest was told of a write error');
  const acknowledged = guest.console.transcript.match(/[0-9A-F]{8}\n/g)?.length ?? 0;
  const descriptor = openSync(image, 'r');
  try {
    for (let lba = firstLba; lba < imageBytes / sectorBytes; lba++) {
      const state = sectorState(descriptor, lba);
      const wanted =
        lba < firstLba + acknowledged ? 'written' : state === 'torn' ? 'empty or written' : state;
      check(state === wanted, `sector ${lba} of ${acknowledged} acknowledged is ${state}, not ${wanted}`);
    }
  } finally {
    closeSync(descriptor);
  }
}
