/**
 * Finds the ROM images that a machine starts with: SeaBIOS and its VGA BIOS, or OVMF for UEFI. They are separate
 * programs, installed from the system's packages or shipped beside the app (NOTICE names their licences).
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Firmware } from '../../emulator/machine/types.ts';

/** A ROM that is missing or unusable; the message says which, where it was looked for and what to do. */
export class FirmwareError extends Error {
  override readonly name = 'FirmwareError';
}

/** Folders that hold the ROMs: our own resources first, then where Debian, Fedora and Homebrew put them. */
function romFolders(): readonly string[] {
  const shipped = 'resourcesPath' in process ? [path.join(process.resourcesPath, 'firmware')] : [];
  return [
    ...shipped,
    '/usr/share/seabios',
    '/usr/share/ovmf',
    '/usr/share/OVMF',
    '/usr/share/qemu',
    '/usr/share/edk2/ovmf',
    '/opt/homebrew/share/qemu',
    '/usr/local/share/qemu',
  ];
}

const romNames = {
  bios: ['bios-256k.bin', 'bios.bin'],
  uefi: ['OVMF.fd', 'edk2-x86_64-code.fd'],
  vgaBios: ['vgabios-stdvga.bin'],
} as const;

const debianPackage = { bios: 'seabios', uefi: 'ovmf', vgaBios: 'seabios' } as const;

/** The ROM area below 4 GiB that the board decodes (an 82371SB decodes 2 MiB; OVMF with its variables needs 4). */
const maximumRomBytes = 8 * 1024 * 1024;

function readRom(file: string): Uint8Array {
  let rom: Uint8Array;
  try {
    rom = readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FirmwareError(`cannot read the firmware ${file}: ${reason}`, { cause });
  }
  if (rom.length === 0 || rom.length % 65536 !== 0 || rom.length > maximumRomBytes) {
    throw new FirmwareError(
      `${file} is not a firmware ROM: its size is ${rom.length} bytes, but a ROM is a multiple of 64 KiB up to 8 MiB`,
    );
  }
  return rom;
}

function findRom(kind: keyof typeof romNames): string {
  const folders = romFolders();
  for (const folder of folders) {
    for (const name of romNames[kind]) {
      const file = path.join(folder, name);
      if (existsSync(file)) return file;
    }
  }
  throw new FirmwareError(
    `no ${romNames[kind].join(' or ')} in ${folders.join(', ')}; install it (Debian: apt install ${debianPackage[kind]})`,
  );
}

/**
 * `choice` is `bios`, `uefi` or the path of a ROM file.
 * @throws {FirmwareError} when a ROM is missing, unreadable or has an impossible size.
 */
export function loadFirmware(choice: string): Firmware {
  const bios = choice === 'bios' || choice === 'uefi' ? findRom(choice) : choice;
  // The VGA BIOS is an expansion ROM: any multiple of 512 bytes, so it is read as it is.
  return { bios: readRom(bios), vgaBios: readFileSync(findRom('vgaBios')) };
}
