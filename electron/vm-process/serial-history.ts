/**
 * The output of one serial port since power-on: the newest part in memory for viewers that come late, all of it
 * in a log file for people.
 */
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const KEPT_BYTES = 1024 * 1024;
/** A log that is larger when a machine starts becomes `NAME.1`; a single power-on is not cut in two. */
const ROTATE_AT_BYTES = 8 * 1024 * 1024;

export interface SerialPiece {
  readonly offset: number;
  readonly data: Uint8Array;
}

export class SerialHistory {
  readonly #file: WriteStream;
  readonly #chunks: Uint8Array[] = [];
  #start = 0;
  #end = 0;

  constructor(logPath: string, onError: (error: Error) => void) {
    if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES) {
      renameSync(logPath, `${logPath}.1`);
    }
    this.#file = createWriteStream(logPath, { flags: 'a', mode: 0o600 });
    this.#file.on('error', onError);
  }

  /** Takes a copy of `data`. */
  append(data: Uint8Array): void {
    const copy = data.slice();
    this.#chunks.push(copy);
    this.#end += copy.byteLength;
    this.#file.write(copy);
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#end - this.#start - first.byteLength < KEPT_BYTES) break;
      this.#start += first.byteLength;
      this.#chunks.shift();
    }
  }

  /** At most `maxBytes` from `offset`, or from the oldest byte kept; null when there is nothing newer. */
  read(offset: number, maxBytes: number): SerialPiece | null {
    if (offset >= this.#end) return null;
    const from = Math.max(offset, this.#start);
    const data = new Uint8Array(Math.min(maxBytes, this.#end - from));
    let chunkStart = this.#start;
    let filled = 0;
    for (const chunk of this.#chunks) {
      const skip = Math.max(0, from - chunkStart);
      chunkStart += chunk.byteLength;
      if (skip >= chunk.byteLength) continue;
      const part = chunk.subarray(skip, skip + data.byteLength - filled);
      data.set(part, filled);
      filled += part.byteLength;
      if (filled === data.byteLength) break;
    }
    return { offset: from, data };
  }

  /** Returns when the log file has everything. */
  async close(): Promise<void> {
    this.#file.end();
    await finished(this.#file).catch(() => undefined); // its error listener has reported it
  }
}
