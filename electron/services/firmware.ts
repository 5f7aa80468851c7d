/**
 * Finds the ROM images that a machine starts with: SeaBIOS and its VGA BIOS, or OVMF for UEFI. They are separate
 * programs, installed from the system's packages or shipped beside the app (NOTICE names their licences).
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Firmware, FlashStore } from '../../emulator/machine/types.ts';

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

interface RomRow {
  readonly rom: string;
  /** The template of the flash chip for the variables that belongs to it; unnamed when it is part of the ROM's file. */
  readonly variables?: string;
}

/** The first that is there is taken. */
const roms: Readonly<Record<'bios' | 'uefi' | 'vgaBios', readonly RomRow[]>> = {
  bios: [{ rom: 'bios-256k.bin' }, { rom: 'bios.bin' }],
  uefi: [
    { rom: 'OVMF_CODE_4M.fd', variables: 'OVMF_VARS_4M.fd' },
    { rom: 'OVMF_CODE.fd', variables: 'OVMF_VARS.fd' },
    { rom: 'edk2-x86_64-code.fd', variables: 'edk2-i386-vars.fd' },
    { rom: 'OVMF.fd' },
  ],
  vgaBios: [{ rom: 'vgabios-stdvga.bin' }],
};

const debianPackage = { bios: 'seabios', uefi: 'ovmf', vgaBios: 'seabios' } as const;

export interface LoadedFirmware extends Firmware {
  /** What a new machine's variables are; null when this firmware keeps none. */
  readonly variablesTemplate: Uint8Array | null;
}

/** The ROM area below 4 GiB that the board decodes (an 82371SB decodes 2 MiB; OVMF with its variables needs 4). */
const ROM_UNIT_BYTES = 4096;
const maximumRomBytes = 8 * 1024 * 1024;

function readRom(file: string): Uint8Array {
  let rom: Uint8Array;
  try {
    rom = readFileSync(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FirmwareError(`cannot read the firmware ${file}: ${reason}`, { cause });
  }
  if (rom.length === 0 || rom.length % ROM_UNIT_BYTES !== 0 || rom.length > maximumRomBytes) {
    throw new FirmwareError(
      `${file} is not a firmware ROM: its size is ${rom.length} bytes, but a ROM is a multiple of 4 KiB up to 8 MiB`,
    );
  }
  return rom;
}

/** EFI_SYSTEM_NV_DATA_FV_GUID: the file system of a firmware volume that holds variables. */
const VARIABLE_VOLUME = Buffer.from('8d2bf1ff96768b4ca9852747075b4f50', 'hex');
/** Offsets in EFI_FIRMWARE_VOLUME_HEADER. */
const VOLUME = { fileSystem: 16, lengthBytes: 32, signature: 40, end: 56 } as const;

/**
 * Bytes at the start of a ROM file that are the flash volume of UEFI's variables, as in a firmware that comes in one
 * file (OVMF.fd); 0 when there are none. Both parts lie in memory as in the file, the code up to 4 GiB.
 * Source: UEFI Platform Initialization Specification, volume 3, 3.2.1 "EFI_FIRMWARE_VOLUME_HEADER".
 */
function variableBytes(file: string, rom: Uint8Array): number {
  const bytes = Buffer.from(rom.buffer, rom.byteOffset, rom.byteLength);
  if (
    bytes.length < VOLUME.end ||
    bytes.toString('latin1', VOLUME.signature, VOLUME.signature + 4) !== '_FVH'
  )
    return 0;
  if (bytes.compare(VARIABLE_VOLUME, 0, 16, VOLUME.fileSystem, VOLUME.fileSystem + 16) !== 0) return 0;
  const length = Number(bytes.readBigUInt64LE(VOLUME.lengthBytes));
  if (length === 0 || length % ROM_UNIT_BYTES !== 0 || length >= bytes.length) {
    throw new FirmwareError(
      `${file} holds UEFI variables of ${length} bytes and no code behind them: name the file with the code, or ` +
        'both in one file',
    );
  }
  return length;
}

function findRom(kind: keyof typeof roms): { readonly rom: string; readonly variables: string | null } {
  const folders = romFolders();
  for (const row of roms[kind]) {
    for (const folder of folders) {
      const rom = path.join(folder, row.rom);
      const variables = row.variables === undefined ? null : path.join(folder, row.variables);
      if (existsSync(rom) && (variables === null || existsSync(variables))) return { rom, variables };
    }
  }
  const names = roms[kind].map((row) => row.rom).join(' or ');
  throw new FirmwareError(
    `no ${names} in ${folders.join(', ')}; install it (Debian: apt install ${debianPackage[kind]})`,
  );
}

/**
 * `choice` is `bios`, `uefi` or the path of a ROM file.
 * @throws {FirmwareError} when a ROM is missing, unreadable or has an impossible size.
 */
export function loadFirmware(choice: string): LoadedFirmware {
  const { rom, variables } =
    choice === 'bios' || choice === 'uefi' ? findRom(choice) : { rom: choice, variables: null };
  const file = readRom(rom);
  const included = variableBytes(rom, file);
  const template = variables !== null ? readRom(variables) : included > 0 ? file.subarray(0, included) : null;
  return {
    bios: file.subarray(included),
    // The VGA BIOS is an expansion ROM: any multiple of 512 bytes, so it is read as it is.
    vgaBios: readFileSync(findRom('vgaBios').rom),
    variablesTemplate: template,
  };
}

/** The firmware with its variables in the flash chip that `open` makes of the template. */
export function withVariables<T extends FlashStore>(
  { bios, vgaBios, variablesTemplate }: LoadedFirmware,
  open: (template: Uint8Array) => T,
): { readonly firmware: Firmware; readonly flash: T | null } {
  if (variablesTemplate === null) return { firmware: { bios, vgaBios }, flash: null };
  const variables = open(variablesTemplate);
  return { firmware: { bios, vgaBios, variables }, flash: variables };
}
