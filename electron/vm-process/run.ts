/** Joins the emulator, the disk images and a link to the back end into the process of one machine. */
import process from 'node:process';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import type { LogLevel } from '../../emulator/machine/types.ts';
import type { HostLink } from './host-link.ts';
import { VmHost } from './host.ts';

export function log(level: LogLevel, message: string): void {
  process.stderr.write(`${level}: ${message}\n`);
}

export function runVmProcess(link: HostLink): void {
  const host = new VmHost(link, {
    createMachine,
    openDisk: openRawImage,
    log,
    exit: (code) => process.exit(code),
  });
  // Ctrl-C in a terminal reaches every process there: the back end ends the machines in its own order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => {
    void host.end({ kind: 'power-cut', detail: 'The machine’s process was told to end.' });
  });
}
