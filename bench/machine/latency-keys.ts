/**
 * Keys for a machine by the QEMU Machine Protocol on a local socket: QEMU's own server, and of ours as much as the
 * benchmark needs, so that both get the same bytes by the same way.
 * Source: QEMU QMP Reference Manual, "input-send-event".
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const CONNECT_MS = 20;
const GREETING = '{"QMP": {}}\n';

interface KeyEvent {
  readonly type: 'key';
  readonly data: { readonly down: boolean; readonly key: { readonly type: 'qcode'; readonly data: 'a' } };
}

interface Command {
  readonly execute: string;
  readonly arguments?: { readonly events?: readonly KeyEvent[] };
}

function lines(socket: Socket, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(take);
  });
}

/** Serves one peer after the other at `path`; `key` hears whether A goes down or up. */
export function serveKeys(path: string, key: (down: boolean) => void): void {
  createServer((socket) => {
    socket.write(GREETING);
    lines(socket, (line) => {
      const command = JSON.parse(line) as Command;
      for (const { data } of command.arguments?.events ?? []) key(data.down);
      socket.write('{"return": {}}\n');
    });
  }).listen(path);
}

/** The other end: presses and releases the key A. */
export class Keys {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // What the machine answers is of no interest; a machine that is killed may close it at any time.
    socket.resume();
    socket.on('error', () => undefined);
  }

  /** The server may take its time to begin; rejects after `timeoutMs`. */
  static async connect(path: string, timeoutMs: number): Promise<Keys> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const socket = connect(path);
      try {
        await once(socket, 'connect');
        const keys = new Keys(socket);
        keys.#send({ execute: 'qmp_capabilities' });
        return keys;
      } catch (error) {
        if (performance.now() > end)
          throw new Error(`nobody takes keys at ${path} within ${timeoutMs} ms`, { cause: error });
        await delay(CONNECT_MS);
      }
    }
  }

  #send(command: Command): void {
    this.#socket.write(`${JSON.stringify(command)}\n`);
  }

  send(down: boolean): void {
    const event: KeyEvent = { type: 'key', data: { down, key: { type: 'qcode', data: 'a' } } };
    this.#send({ execute: 'input-send-event', arguments: { events: [event] } });
  }

  close(): void {
    this.#socket.destroy();
  }
}
