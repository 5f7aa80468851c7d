/**
 * v86 (npm, BSD-2-Clause) with the benchmark's disk: `node bench/cpu/v86-host.ts IMAGE MIB`. The guest's first serial
 * port is standard output, line by line. Its firmware is the SeaBIOS that all machines here start with.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { V86 } from 'v86';

const FIRMWARE = '/usr/share/seabios';
const MIB = 2 ** 20;
const VIDEO_MIB = 2;
const NEWLINE = 10;

const [image, memoryMiB] = process.argv.slice(2);
if (image === undefined || memoryMiB === undefined) {
  process.stderr.write('usage: node bench/cpu/v86-host.ts IMAGE MIB\n');
  process.exit(2);
}

function contents(file: string): { buffer: ArrayBuffer } {
  const bytes = readFileSync(file);
  return { buffer: new Uint8Array(bytes).buffer };
}

const library = path.dirname(createRequire(import.meta.url).resolve('v86'));
const machine = new V86({
  wasm_path: path.join(library, 'v86.wasm'),
  memory_size: Number(memoryMiB) * MIB,
  vga_memory_size: VIDEO_MIB * MIB,
  // The one of 128 KiB: v86 has no room for the larger one.
  bios: contents(path.join(FIRMWARE, 'bios.bin')),
  vga_bios: contents(path.join(FIRMWARE, 'vgabios-stdvga.bin')),
  hda: contents(image),
  autostart: true,
});
let line: number[] = [];
machine.add_listener('serial0-output-byte', (byte: number) => {
  line.push(byte);
  if (byte !== NEWLINE) return;
  process.stdout.write(Uint8Array.from(line));
  line = [];
});
