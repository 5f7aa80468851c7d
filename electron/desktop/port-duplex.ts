/** Electron's MessagePort, as the main process and utility processes have it, as a connection. */
import type { MessagePortMain } from 'electron';
import type { Duplex } from '../protocol/duplex.ts';

export function portDuplex(port: MessagePortMain): Duplex {
  return {
    // Never with a transfer list: Electron loses such a message (electron#34905).
    post: (message) => {
      port.postMessage(message);
    },
    onMessage: (listener) => {
      port.on('message', (event) => {
        listener(event.data);
      });
      port.start();
    },
    onClose: (listener) => {
      port.once('close', listener);
    },
    close: () => {
      port.close();
    },
  };
}
