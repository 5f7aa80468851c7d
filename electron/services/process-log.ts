/** The log file of one machine: what its process writes, line by line, and what the back end adds about it. */
import {
  appendFileSync,
  createWriteStream,
  mkdirSync,
  renameSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LogText } from '../protocol/app-contract.ts';
import { isMissing } from './json-file.ts';

const ROTATE_AT_BYTES = 4 * 1024 * 1024;
const TAIL_BYTES = 256 * 1024;

export class ProcessLog {
  readonly #file: WriteStream;
  #lastLine = '';

  constructor(file: string, say: (line: string) => void) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES)
      renameSync(file, `${file}.1`);
    this.#file = createWriteStream(file, { flags: 'a', mode: 0o600 });
    this.#file.on('error', (error) => {
      say(`cannot write ${file}: ${error.message}`);
    });
  }

  /** The last line that the process wrote. */
  get lastLine(): string {
    return this.#lastLine;
  }

  write(line: string): void {
    this.#file.write(stamped(line));
  }

  follow(stream: NodeJS.ReadableStream): void {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() !== '') this.#lastLine = line.trim();
      this.write(line);
    });
  }

  close(): void {
    this.#file.end();
  }
}

const stamped = (line: string): string => `${new Date().toISOString()} ${line}\n`;

/** Adds a line to a log that no back end writes any more. Throws what the file system says. */
export function appendToLog(file: string, line: string): void {
  appendFileSync(file, stamped(line), { mode: 0o600 });
}

/** The end of a text file, from the start of a line; an empty text when there is no such file. */
export async function readTail(file: string): Promise<LogText> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const buffer = Buffer.alloc(size - start);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      const text = buffer.toString('utf8', 0, bytesRead);
      return { path: file, text: start === 0 ? text : text.slice(text.indexOf('\n') + 1) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return { path: file, text: '' };
    throw error;
  }
}
