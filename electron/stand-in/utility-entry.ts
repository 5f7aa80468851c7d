/** Loaded before a utility process's program: gives it `process.parentPort`. */
import { EventEmitter } from 'node:events';
import process from 'node:process';
import { startWatchdog } from '../vm-process/watchdog.ts';
import type { FromChild, ToChild } from './utility-process.ts';

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

class Port extends EventEmitter {
  readonly #id: number;
  #queue: unknown[] = [];
  #started = false;

  constructor(id: number) {
    super();
    this.#id = id;
  }

  postMessage(data: unknown): void {
    send({ op: 'port', port: this.#id, data });
  }

  start(): void {
    this.#started = true;
    for (const data of this.#queue.splice(0)) this.deliver(data);
  }

  close(): void {
    send({ op: 'port-closed', port: this.#id });
  }

  deliver(data: unknown): void {
    if (this.#started) this.emit('message', { data, ports: [] });
    else this.#queue.push(data);
  }
}

class ParentPort extends EventEmitter {
  postMessage(data: unknown): void {
    send({ op: 'message', data });
  }
}

const parentPort = new ParentPort();
const ports = new Map<number, Port>();
Object.defineProperty(process, 'parentPort', { value: parentPort });

function newPort(id: number): Port {
  const port = new Port(id);
  ports.set(id, port);
  return port;
}

process.on('message', (raw) => {
  const message = raw as ToChild;
  switch (message.op) {
    case 'message':
      parentPort.emit('message', { data: message.data, ports: message.ports.map(newPort) });
      break;
    case 'port':
      ports.get(message.port)?.deliver(message.data);
      break;
    case 'port-closed':
      ports.get(message.port)?.emit('close');
      ports.delete(message.port);
      break;
  }
});

// Chromium ends its children with their parent, also those that hang.
startWatchdog();
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGKILL');
});
