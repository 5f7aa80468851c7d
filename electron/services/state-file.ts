/**
 * Saved machines as files.
 *
 * - Writing replaces the file only when all of the new one is on the disk: a full disk or a crash leaves the old.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { StateError } from '../../emulator/machine/state-fields.ts';
import type { StateSource } from '../../emulator/machine/saved/format.ts';
import type { Machine } from '../../emulator/machine/types.ts';

/** Throws what the file system or the machine says; `file` is then as it was. */
export function saveMachineTo(file: string, machine: Pick<Machine, 'save'>): void {
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  let saved = false;
  try {
    machine.save((bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    });
    fsyncSync(descriptor);
    saved = true;
  } finally {
    closeSync(descriptor);
    if (!saved) rmSync(temporary, { force: true });
  }
  renameSync(temporary, file);
}

/** Rejects with a StateError when the machine refuses the file, else with what the file system says. */
export async function restoreMachineFrom(file: string, machine: Pick<Machine, 'restore'>): Promise<void> {
  const descriptor = openSync(file, 'r');
  try {
    await machine.restore(fileSource(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function fileSource(descriptor: number): StateSource {
  return {
    sizeBytes: fstatSync(descriptor).size,
    read(offset, into) {
      for (let done = 0; done < into.length;) {
        const read = readSync(descriptor, into, done, into.length - done, offset + done);
        if (read === 0) throw new StateError('it became shorter while it was read');
        done += read;
      }
    },
  };
}
