/**
 * Many byte connections over one channel between two processes.
 *
 * Either side opens a connection with a number of its own choosing; here only the parent does, and number 0 is
 * open from the start. A message for a connection that is not open is dropped: it crossed with a close.
 */
import type { Duplex } from './duplex.ts';

export type MuxMessage =
  | { readonly op: 'open' | 'close'; readonly connection: number }
  | { readonly op: 'data'; readonly connection: number; readonly bytes: Uint8Array };

export const CONTROL_CONNECTION = 0;

interface Connection {
  readonly duplex: Duplex<Uint8Array>;
  readonly receive: (bytes: Uint8Array) => void;
  readonly ended: () => void;
}

export class Mux {
  readonly #send: (message: MuxMessage) => void;
  readonly #connections = new Map<number, Connection>();
  readonly #opened: (duplex: Duplex<Uint8Array>) => void;
  #nextConnection = CONTROL_CONNECTION + 1;

  /** `opened` is told of the connections that the other side opens. */
  constructor(send: (message: MuxMessage) => void, opened: (duplex: Duplex<Uint8Array>) => void) {
    this.#send = send;
    this.#opened = opened;
    this.#add(CONTROL_CONNECTION);
  }

  get control(): Duplex<Uint8Array> {
    const connection = this.#connections.get(CONTROL_CONNECTION);
    if (connection === undefined) throw new Error('the control connection is closed');
    return connection.duplex;
  }

  open(): Duplex<Uint8Array> {
    const connection = this.#nextConnection++;
    this.#send({ op: 'open', connection });
    return this.#add(connection);
  }

  /** A message of the other side, as it came out of the channel. */
  receive(raw: unknown): void {
    if (!isMuxMessage(raw)) return;
    switch (raw.op) {
      case 'open':
        if (!this.#connections.has(raw.connection)) this.#opened(this.#add(raw.connection));
        break;
      case 'data':
        this.#connections.get(raw.connection)?.receive(raw.bytes);
        break;
      case 'close':
        this.#remove(raw.connection);
        break;
    }
  }

  /** The channel is gone. */
  end(): void {
    for (const connection of [...this.#connections.keys()]) this.#remove(connection);
  }

  #remove(number: number): void {
    const connection = this.#connections.get(number);
    this.#connections.delete(number);
    connection?.ended();
  }

  #add(number: number): Duplex<Uint8Array> {
    const early: Uint8Array[] = [];
    const closeListeners: (() => void)[] = [];
    let listener: ((bytes: Uint8Array) => void) | null = null;
    const duplex: Duplex<Uint8Array> = {
      post: (bytes) => {
        if (this.#connections.has(number)) this.#send({ op: 'data', connection: number, bytes });
      },
      onMessage: (added) => {
        listener = added;
        for (const bytes of early.splice(0)) added(bytes);
      },
      onClose: (added) => {
        closeListeners.push(added);
      },
      close: () => {
        if (!this.#connections.has(number)) return;
        this.#send({ op: 'close', connection: number });
        this.#remove(number);
      },
    };
    this.#connections.set(number, {
      duplex,
      receive: (bytes) => {
        if (listener === null) early.push(bytes);
        else listener(bytes);
      },
      ended: () => {
        for (const ended of closeListeners) ended();
      },
    });
    return duplex;
  }
}

function isMuxMessage(raw: unknown): raw is MuxMessage {
  if (typeof raw !== 'object' || raw === null) return false;
  const { op, connection, bytes } = raw as Record<string, unknown>;
  if (typeof connection !== 'number') return false;
  return op === 'open' || op === 'close' || (op === 'data' && bytes instanceof Uint8Array);
}
