/** Machines in Electron's utility processes; a renderer's port is handed to the process and never passes here. */
import process from 'node:process';
import { utilityProcess, type MessagePortMain } from 'electron';
import type { Duplex } from '../protocol/duplex.ts';
import type { VmLauncher } from '../services/vm-launcher.ts';
import type { FromUtility, ToUtility } from './utility-messages.ts';

export function utilityLauncher(entry: string): VmLauncher<MessagePortMain> {
  return (id) => {
    const child = utilityProcess.fork(entry, [], { serviceName: `Breenix machine ${id}`, stdio: 'pipe' });
    const post = (message: ToUtility, ports: MessagePortMain[] = []): void => {
      child.postMessage(message, ports);
    };
    const closeListeners: (() => void)[] = [];
    let listener: ((message: unknown) => void) | null = null;
    child.on('message', (message: FromUtility) => {
      if (message.kind === 'drain') post({ kind: 'drained' });
      else listener?.(message.message);
    });
    child.once('exit', () => {
      for (const closed of closeListeners) closed();
    });
    const control: Duplex = {
      post: (message) => {
        post({ kind: 'control', message });
      },
      onMessage: (added) => {
        listener = added;
      },
      onClose: (added) => {
        closeListeners.push(added);
      },
      close: () => undefined, // it lasts as long as the process
    };
    return {
      get pid() {
        return child.pid;
      },
      control,
      output: [child.stdout, child.stderr].filter((stream) => stream !== null),
      attach: (port) => {
        post({ kind: 'viewer' }, [port]);
      },
      onExit: (told) => {
        child.once('exit', (code) => {
          told(`exit code ${code}`);
        });
      },
      kill: () => {
        // UtilityProcess.kill asks politely (SIGTERM), which a hanging process does not hear.
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      },
    };
  };
}
