/** Where the bytes of the guest's serial port go: standard output or a file. */
import { closeSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';
import type { SerialTarget } from './run-options.ts';
import { UsageError } from './usage-error.ts';

export interface SerialSink {
  /** @throws {Error} in words for a person when the file cannot be written any more. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** @throws {UsageError} when the file cannot be written. It is created or emptied here, so open it last. */
export function openSerialSink(target: SerialTarget): SerialSink {
  if (target.kind === 'stdio') {
    return {
      write: (bytes) => {
        process.stdout.write(bytes);
      },
      close: () => undefined,
    };
  }
  let descriptor: number;
  try {
    descriptor = openSync(target.path, 'w');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--serial file:${target.path}: cannot write it: ${reason}`, { cause });
  }
  return {
    write: (bytes) => {
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`cannot write the serial line to ${target.path}: ${reason}`, { cause });
      }
    },
    close: () => {
      closeSync(descriptor);
    },
  };
}
