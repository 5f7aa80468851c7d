/** The guest of latency.asm: how its image is made, and what it says. */
import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import path from 'node:path';

export const LATENCY_MEMORY_MIB = 32;
/** The host's clock, where the machine has such a port. */
export const CLOCK_PORT = 0xb10c;
export const CLOCK_COUNTS_PER_MS = 10_000;
/** As in latency.asm. */
export const ECHOES = 250;
export const KEYS = 250;
const IMAGE_BYTES = 2 ** 20;

export const WORK: Readonly<Record<string, string>> = { c: 'computing', m: 'in memory' };
/** Each timer, and after how many milliseconds it is due. */
export const TIMERS: Readonly<Record<string, { readonly name: string; readonly dueMs: number }>> = {
  p: { name: '8254', dueMs: (1193 / 1_193_182) * 1000 },
  a: { name: 'local APIC', dueMs: 1 },
  d: { name: 'TSC deadline', dueMs: 1 },
};

/** Writes the image; `clockPort` 0: the guest reads its time-stamp counter. */
export function assembleLatencyGuest(file: string, clockPort: number): void {
  const source = path.join(import.meta.dirname, 'latency.asm');
  execFileSync('nasm', ['-f', 'bin', `-DCLOCK=${clockPort}`, source, '-o', file]);
  truncateSync(file, IMAGE_BYTES);
}
