/**
 * The file in which a machine's UEFI variables stay: an image of its flash chip, made from the firmware's template
 * when there is none yet.
 *
 * - One machine at a time has it open (the lock is that of disk images).
 * - What the guest wrote is on stable storage when `write` returns.
 */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import type { FlashStore } from '../../emulator/machine/types.ts';

export interface OpenFlash extends FlashStore {
  close(): void;
}

/** Variables that are gone when the machine is off. */
export function flashInMemory(template: Uint8Array): OpenFlash {
  // Not slice: that of a Buffer shares its memory.
  const contents = Uint8Array.from(template);
  return {
    sizeBytes: contents.length,
    read: () => contents.slice(),
    write: (offset, bytes) => {
      contents.set(bytes, offset);
    },
    close: () => undefined,
  };
}

function makeFile(file: string, template: Uint8Array): void {
  const unfinished = `${file}.new`;
  try {
    writeFileSync(unfinished, template, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot make the file for the UEFI variables: ${reason}`, { cause });
  }
}

/** Throws an error for a person when the file cannot be made, opened or is of another firmware. */
export function openFlashFile(file: string, template: Uint8Array): OpenFlash {
  if (!existsSync(file)) makeFile(file, template);
  const image = openRawImage(file, { readOnly: false });
  const sectorBytes = image.sectorSizeBytes;
  if (image.sectorCount * sectorBytes !== template.length) {
    image.close();
    throw new Error(
      `${file} holds ${image.sectorCount * sectorBytes} bytes of UEFI variables, but this firmware's are ` +
        `${template.length}: move the file away to begin with fresh variables`,
    );
  }
  const contents = new Uint8Array(template.length);
  image.read(0, contents);
  return {
    sizeBytes: contents.length,
    read: () => contents.slice(),
    write: (offset, bytes) => {
      contents.set(bytes, offset);
      const first = Math.floor(offset / sectorBytes);
      const end = Math.ceil((offset + bytes.length) / sectorBytes);
      image.write(first, contents.subarray(first * sectorBytes, end * sectorBytes));
      image.flush();
    },
    close: () => {
      image.close();
    },
  };
}
