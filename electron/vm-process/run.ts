/** Joins the emulator, the disk images and a link to the back end into the process of one machine. */
import process from 'node:process';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import type { LogLevel } from '../../emulator/machine/types.ts';
import type { HardwareSource } from './hardware.ts';
import type { HostLink } from './host-link.ts';
import { VmHost } from './host.ts';

export function log(level: LogLevel, message: string): void {
  process.stderr.write(`${level}: ${message}\n`);
}

const real: HardwareSource = { createMachine, openDisk: openRawImage };

export function runVmProcess(link: HostLink, source: HardwareSource = real): void {
  // A back end that is gone reads nothing: that is no reason to crash with a machine that is to be saved.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const host = new VmHost(link, { ...source, log, exit: (code) => process.exit(code) });
  // Ctrl-C in a terminal, or its end, reaches every process there: the back end ends the machines in its own order.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => {
    void host.leave('The machine’s process was told to end.');
  });
}
