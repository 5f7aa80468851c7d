/** A WebSocket of the `ws` package as a connection of bytes. */
import type { WebSocket } from 'ws';
import type { Duplex } from '../protocol/duplex.ts';

/** The code for "only binary messages are understood here" (RFC 6455, section 7.4.1). */
const UNSUPPORTED_DATA = 1003;

export function socketDuplex(socket: WebSocket, log: (message: string) => void): Duplex<Uint8Array> {
  const early: Uint8Array[] = [];
  let listener: ((bytes: Uint8Array) => void) | null = null;
  socket.on('message', (data, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(data)) {
      log('closed a connection: a message was not binary');
      socket.close(UNSUPPORTED_DATA);
      return;
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (listener === null) early.push(bytes);
    else listener(bytes);
  });
  socket.on('error', (error) => {
    log(`a connection failed: ${error.message}`);
  });
  return {
    post: (bytes) => {
      if (socket.readyState === socket.OPEN) socket.send(bytes);
    },
    onMessage: (added) => {
      listener = added;
      for (const bytes of early.splice(0)) added(bytes);
    },
    onClose: (added) => {
      if (socket.readyState === socket.CLOSED) queueMicrotask(added);
      else socket.once('close', added);
    },
    close: () => {
      socket.close();
    },
  };
}
