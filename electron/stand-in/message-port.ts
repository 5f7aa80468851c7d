/**
 * Electron's MessagePortMain. The main process is the hub: each end of a channel is either used here, or was
 * transferred to a page or a utility process and is reached through their connections.
 */
import { EventEmitter } from 'node:events';

/** Reaches an end that lives elsewhere. */
export interface RemoteEnd {
  readonly deliver: (data: unknown) => void;
  readonly closed: () => void;
}

let lastId = 0;

export class MessagePortMain extends EventEmitter {
  readonly id = ++lastId;
  #peer: MessagePortMain | null = null;
  #remote: RemoteEnd | null = null;
  #queue: unknown[] = [];
  #started = false;
  #closed = false;

  static join(a: MessagePortMain, b: MessagePortMain): void {
    a.#peer = b;
    b.#peer = a;
  }

  postMessage(data: unknown, transfer: readonly unknown[] = []): void {
    if (this.#remote !== null) throw new Error('this port was transferred');
    if (transfer.length > 0) throw new TypeError('a transfer list loses the message (electron#34905)');
    this.sendToPeer(structuredClone(data));
  }

  start(): void {
    this.#started = true;
    for (const data of this.#queue.splice(0)) this.emit('message', { data, ports: [] });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#remote === null) this.emit('close');
    else this.#remote.closed();
    this.#peer?.close();
  }

  /** A transferred end's owner sent something. */
  sendToPeer(data: unknown): void {
    if (this.#peer !== null) this.#peer.#receive(data);
  }

  /** This end goes elsewhere, with what has arrived. */
  transferTo(remote: RemoteEnd): void {
    this.#remote = remote;
    for (const data of this.#queue.splice(0)) remote.deliver(data);
    if (this.#closed) remote.closed();
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    if (this.#remote !== null) this.#remote.deliver(data);
    else if (this.#started) this.emit('message', { data, ports: [] });
    else this.#queue.push(data);
  }
}

export class MessageChannelMain {
  readonly port1 = new MessagePortMain();
  readonly port2 = new MessagePortMain();

  constructor() {
    MessagePortMain.join(this.port1, this.port2);
  }
}
