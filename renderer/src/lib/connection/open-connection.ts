/** Opens connections to the back end: MessagePorts in the desktop app, WebSockets in a browser. */
import { overBytes, type Duplex } from '../../../../electron/protocol/duplex.ts';
import type { DesktopBridge } from './desktop-bridge.ts';

/** The back end itself, or the process of a running machine. */
export type Target = 'app' | `vm/${string}`;

/** Rejects when there is nobody to connect to. */
export async function openConnection(target: Target): Promise<Duplex> {
  const bridge = window.breenix;
  return bridge === undefined ? await openSocket(target) : await openPort(bridge, target);
}

let lastRequest = 0;

function openPort(bridge: DesktopBridge, target: Target): Promise<Duplex> {
  const request = ++lastRequest;
  return new Promise((resolve, reject) => {
    const onMessage = (event: MessageEvent<unknown>): void => {
      const data = event.data as { readonly breenixPort?: unknown } | null;
      if (event.source !== window || data?.breenixPort !== request) return;
      window.removeEventListener('message', onMessage);
      const [port] = event.ports;
      if (port === undefined) reject(new Error(`no connection to ${target}`));
      else resolve(portDuplex(port));
    };
    window.addEventListener('message', onMessage);
    bridge.connect(target, request);
  });
}

function portDuplex(port: MessagePort): Duplex {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    onMessage: (listener) => {
      port.addEventListener('message', (event: MessageEvent<unknown>) => {
        listener(event.data);
      });
      port.start();
    },
    onClose: (listener) => {
      port.addEventListener('close', listener, { once: true });
    },
    close: () => {
      port.close();
    },
  };
}

async function openSocket(target: Target): Promise<Duplex> {
  const socket = new WebSocket(`ws://${location.host}/connect/${target}`);
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => {
      resolve();
    });
    socket.addEventListener('close', () => {
      reject(new Error(`no connection to ${target}`));
    });
  });
  return overBytes(socketDuplex(socket), (message) => {
    console.error(message);
  });
}

function socketDuplex(socket: WebSocket): Duplex<Uint8Array> {
  return {
    post: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    onMessage: (listener) => {
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
        listener(new Uint8Array(event.data));
      });
    },
    onClose: (listener) => {
      socket.addEventListener('close', listener, { once: true });
    },
    close: () => {
      socket.close();
    },
  };
}
