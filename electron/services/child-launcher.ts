/** Machines in child processes of Node, for the web form; renderers' connections are relayed as bytes. */
import { fork } from 'node:child_process';
import { overBytes, type Duplex } from '../protocol/duplex.ts';
import { Mux } from '../protocol/mux.ts';
import type { VmLauncher } from './vm-launcher.ts';

export function childLauncher(entry: string, log: (message: string) => void): VmLauncher<Duplex<Uint8Array>> {
  return () => {
    const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const mux = new Mux(
      (message) => {
        // A message that crosses with the end of the process has nobody to reach: its exit is reported.
        if (child.connected) child.send(message, () => undefined);
      },
      (uninvited) => {
        uninvited.close();
      },
    );
    const control = overBytes(mux.control, log);
    child.on('message', (message) => {
      mux.receive(message);
    });
    child.on('disconnect', () => {
      mux.end();
    });
    return {
      pid: child.pid,
      control,
      output: [child.stdout, child.stderr].filter((stream) => stream !== null),
      attach: (port) => {
        const connection = mux.open();
        port.onMessage((bytes) => {
          connection.post(bytes);
        });
        connection.onMessage((bytes) => {
          port.post(bytes);
        });
        port.onClose(() => {
          connection.close();
        });
        connection.onClose(() => {
          port.close();
        });
      },
      onExit: (listener) => {
        child.on('error', (error) => {
          if (child.pid === undefined) listener(error.message);
        });
        // Not before its last words have arrived: `close` waits for the output, `disconnect` for the messages.
        child.on('close', (code, signal) => {
          const tell = (): void => {
            listener(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`);
          };
          if (child.connected) child.once('disconnect', tell);
          else tell();
        });
      },
      kill: () => {
        child.kill('SIGKILL');
      },
    };
  };
}
