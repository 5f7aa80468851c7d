/** The process of a machine as it is, with a scripted machine in it. */
import { openRawImage } from '../../../disk-images/formats/raw.ts';
import type { HostLink } from '../../../electron/vm-process/host-link.ts';
import { runVmProcess } from '../../../electron/vm-process/run.ts';
import { ScriptedMachine } from './scripted-machine.ts';

export function runScriptedHost(link: HostLink): void {
  runVmProcess(link, {
    createMachine: (config) => Promise.resolve(new ScriptedMachine(config)),
    openDisk: openRawImage,
  });
}
