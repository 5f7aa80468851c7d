/** The ends of channels that one page or one utility process owns, and the messages about them. */
import type { MessagePortMain } from './message-port.ts';

export type PortMessage =
  | { readonly op: 'port'; readonly port: number; readonly data: unknown }
  | { readonly op: 'port-closed'; readonly port: number };

export class PortRouter {
  readonly #ports = new Map<number, MessagePortMain>();
  readonly #send: (message: PortMessage) => void;

  constructor(send: (message: PortMessage) => void) {
    this.#send = send;
  }

  /** Returns the numbers by which the other side knows the ports. The message that names them was sent. */
  transfer(ports: readonly MessagePortMain[]): void {
    for (const port of ports) {
      this.#ports.set(port.id, port);
      port.transferTo({
        deliver: (data) => {
          this.#send({ op: 'port', port: port.id, data });
        },
        closed: () => {
          this.#ports.delete(port.id);
          this.#send({ op: 'port-closed', port: port.id });
        },
      });
    }
  }

  receive(message: PortMessage): void {
    const port = this.#ports.get(message.port);
    if (message.op === 'port') port?.sendToPeer(message.data);
    else port?.close();
  }

  /** The other side is gone. */
  end(): void {
    for (const port of [...this.#ports.values()]) port.close();
  }
}
