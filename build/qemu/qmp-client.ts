/**
 * The control connection to a QEMU process: QMP, line-delimited JSON over a Unix socket.
 * Source: QEMU's "QMP protocol specification".
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface QmpEvent {
  readonly name: string;
  readonly data: unknown;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The socket appears some time after the process has started. */
async function connectWhenThere(path: string, timeoutMs: number): Promise<Socket> {
  const deadline = Date.now() + timeoutMs;
  while (true) {
    try {
      return await new Promise((resolve, reject) => {
        const socket = connect(path);
        socket.once('connect', () => {
          socket.removeAllListeners('error');
          resolve(socket);
        });
        socket.once('error', reject);
      });
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(20);
    }
  }
}

export class QmpClient {
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  readonly #onEvent: (event: QmpEvent) => void;

  private constructor(socket: Socket, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    createInterface({ input: socket }).on('line', (line) => {
      this.#receive(line);
    });
    const fail = (): void => {
      for (const { reject } of this.#pending.splice(0))
        reject(new Error('QEMU closed its control connection'));
    };
    socket.on('close', fail);
    socket.on('error', fail);
  }

  static async connect(path: string, onEvent: (event: QmpEvent) => void): Promise<QmpClient> {
    const client = new QmpClient(await connectWhenThere(path, 10_000), onEvent);
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Runs one command; replies come in order. Rejects with QEMU's own description of what is wrong. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message: unknown = JSON.parse(line);
    if (!isObject(message)) return;
    if (typeof message.event === 'string') {
      this.#onEvent({ name: message.event, data: message.data });
    } else if ('return' in message) {
      this.#pending.shift()?.resolve(message.return);
    } else if (isObject(message.error)) {
      this.#pending.shift()?.reject(new Error(`QEMU: ${String(message.error.desc)}`));
    }
  }
}
