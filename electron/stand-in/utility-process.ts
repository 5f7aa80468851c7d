/** Electron's utilityProcess over child processes of Node. */
import { fork as forkNode, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MessagePortMain } from './message-port.ts';
import { PortRouter, type PortMessage } from './port-router.ts';

export type ToChild =
  PortMessage | { readonly op: 'message'; readonly data: unknown; readonly ports: readonly number[] };
export type FromChild = PortMessage | { readonly op: 'message'; readonly data: unknown };

const ENTRY = fileURLToPath(new URL('utility-entry.ts', import.meta.url));

class UtilityProcess extends EventEmitter {
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  readonly #child: ChildProcess;
  readonly #router: PortRouter;

  constructor(modulePath: string, args: readonly string[]) {
    super();
    this.#child = forkNode(modulePath, args, {
      execArgv: ['--import', ENTRY],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    this.#router = new PortRouter((message) => {
      this.#send(message);
    });
    this.#child.on('message', (message) => {
      const received = message as FromChild;
      if (received.op === 'message') this.emit('message', received.data);
      else this.#router.receive(received);
    });
    this.#child.on('spawn', () => this.emit('spawn'));
    this.#child.on('close', (code, signal) => {
      this.#router.end();
      // As Chromium reports it: the number of the signal when one ended it.
      this.emit('exit', code ?? (signal === 'SIGKILL' ? 9 : 15));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  postMessage(data: unknown, transfer: readonly MessagePortMain[] = []): void {
    this.#send({ op: 'message', data, ports: transfer.map(({ id }) => id) });
    this.#router.transfer(transfer);
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM');
  }

  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

export const utilityProcess = {
  fork: (modulePath: string, args: readonly string[] = []): UtilityProcess =>
    new UtilityProcess(modulePath, args),
};
