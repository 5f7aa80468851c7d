/** The command lines of the machines that are measured, each with its first serial port on standard input and output. */
import path from 'node:path';
import process from 'node:process';
import { SerialProcess } from './serial-process.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Our machine as a user starts it; `words` are options of `breenix run`. */
export function startOurs(words: readonly string[]): SerialProcess {
  return new SerialProcess(process.execPath, [path.join(root, 'electron/cli/breenix.mjs'), 'run', ...words]);
}

/** QEMU's `pc` without acceleration, graphics and network, with the processor model that can do most. */
export function startQemu(words: readonly string[], bits: 32 | 64 = 64): SerialProcess {
  const board = [
    '-machine',
    'pc,accel=tcg',
    '-cpu',
    'max',
    '-display',
    'none',
    '-monitor',
    'none',
    '-nic',
    'none',
  ];
  return new SerialProcess(bits === 64 ? 'qemu-system-x86_64' : 'qemu-system-i386', [
    ...board,
    ...['-serial', 'stdio', '-no-reboot'],
    ...words,
  ]);
}
