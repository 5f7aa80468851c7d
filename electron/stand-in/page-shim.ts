/**
 * In the page: what a sandboxed preload script may require of `electron`, over the stand-in's WebSocket. Ports
 * that arrive are real MessagePorts, so that the page sees what it would see in Electron.
 */
import { decode, encode } from '../protocol/codec.ts';
import type { FromPage, ToPage } from './page-messages.ts';

type Listener = (event: { readonly ports: readonly MessagePort[] }, ...args: unknown[]) => void;

const socket = new WebSocket(`ws://${location.host}/__stand-in/socket`);
socket.binaryType = 'arraybuffer';
const unsent: FromPage[] = [];
const listeners = new Map<string, Listener[]>();
const ports = new Map<number, MessagePort>();

function send(message: FromPage): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(encode(message));
  else unsent.push(message);
}

socket.addEventListener('open', () => {
  for (const message of unsent.splice(0)) send(message);
});

socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
  const message = decode(new Uint8Array(event.data)) as ToPage;
  switch (message.op) {
    case 'send': {
      const received = { ports: message.ports.map(newPort) };
      for (const listener of listeners.get(message.channel) ?? []) listener(received, ...message.args);
      break;
    }
    case 'port':
      ports.get(message.port)?.postMessage(message.data);
      break;
    case 'port-closed':
      ports.get(message.port)?.close();
      ports.delete(message.port);
      break;
  }
});

socket.addEventListener('close', () => {
  for (const port of ports.values()) port.close();
});

function newPort(id: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.set(id, port1);
  port1.addEventListener('message', (event: MessageEvent<unknown>) => {
    send({ op: 'port', port: id, data: event.data });
  });
  port1.addEventListener('close', () => {
    ports.delete(id);
    send({ op: 'port-closed', port: id });
  });
  port1.start();
  return port2;
}

const electron = {
  contextBridge: {
    exposeInMainWorld: (key: string, api: object): void => {
      Object.defineProperty(window, key, { value: Object.freeze({ ...api }), enumerable: true });
    },
  },
  ipcRenderer: {
    on: (channel: string, listener: Listener): void => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
    send: (channel: string, ...args: unknown[]): void => {
      send({ op: 'send', channel, args });
    },
  },
};

export function require(name: string): typeof electron {
  if (name !== 'electron') throw new Error(`a sandboxed preload script cannot require ${name}`);
  return electron;
}
