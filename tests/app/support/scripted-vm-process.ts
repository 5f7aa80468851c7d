/** The process of a scripted machine: as electron/vm-process/main.ts, with another machine in it. */
import process from 'node:process';
import { openRawImage } from '../../../disk-images/formats/raw.ts';
import { childLink } from '../../../electron/vm-process/child-link.ts';
import { VmHost } from '../../../electron/vm-process/host.ts';
import { startWatchdog } from '../../../electron/vm-process/watchdog.ts';
import { ScriptedMachine } from './scripted-machine.ts';

const log = (level: string, message: string): void => {
  process.stderr.write(`${level}: ${message}\n`);
};
startWatchdog();
process.on('SIGINT', () => undefined);
new VmHost(
  childLink((message) => {
    log('warning', message);
  }),
  {
    createMachine: (config) => Promise.resolve(new ScriptedMachine(config)),
    openDisk: openRawImage,
    log,
    exit: (code) => process.exit(code),
  },
);
