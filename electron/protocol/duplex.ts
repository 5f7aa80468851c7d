/**
 * An ordered, reliable connection: a MessagePort, a WebSocket, a channel to another process.
 *
 * - Listeners are attached before the first `await` after the connection was obtained; messages that arrive
 *   earlier are kept by the implementation.
 * - `post` on a closed connection does nothing: the close listeners have been told.
 * - Plain objects, arrays, strings, numbers, booleans, null and Uint8Array may cross; nothing else. A posted
 *   Uint8Array is not changed afterwards.
 */
import { CodecError, decode, encode } from './codec.ts';

export interface Duplex<T = unknown> {
  post(message: T): void;
  onMessage(listener: (message: T) => void): void;
  /** Called once, also when the other side closed. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Structured values over a connection of bytes. Bytes that are no message close it, with the reason to `log`. */
export function overBytes(bytes: Duplex<Uint8Array>, log: (message: string) => void): Duplex {
  return {
    post: (message) => {
      bytes.post(encode(message));
    },
    onMessage: (listener) => {
      bytes.onMessage((message) => {
        let value: unknown;
        try {
          value = decode(message);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
          log(`closed a connection: ${error.message}`);
          bytes.close();
          return;
        }
        listener(value);
      });
    },
    onClose: (listener) => {
      bytes.onClose(listener);
    },
    close: () => {
      bytes.close();
    },
  };
}
