/** As electron/vm-process/run.ts, with a scripted machine in it. */
import process from 'node:process';
import { openRawImage } from '../../../disk-images/formats/raw.ts';
import type { HostLink } from '../../../electron/vm-process/host-link.ts';
import { VmHost } from '../../../electron/vm-process/host.ts';
import { ScriptedMachine } from './scripted-machine.ts';

export const log = (level: string, message: string): void => {
  process.stderr.write(`${level}: ${message}\n`);
};

export function runScriptedHost(link: HostLink): void {
  process.on('SIGINT', () => undefined);
  new VmHost(link, {
    createMachine: (config) => Promise.resolve(new ScriptedMachine(config)),
    openDisk: openRawImage,
    log,
    exit: (code) => process.exit(code),
  });
}
