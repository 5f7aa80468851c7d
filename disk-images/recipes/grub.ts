/**
 * GRUB, from its Debian packages: the BIOS core image for the gap behind the boot record, and the EFI program.
 * grub-mkimage needs no root and no loop device. Source: GNU GRUB manual 2.06, chapters 4 (BIOS installation)
 * and "grub-mkimage"; boot.img's fields from grub's own include/grub/i386/pc/boot.h as the manual documents them.
 *
 * Rules for callers: GRUB is a separate program under the GPL, called and copied onto the image, never linked.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SECTOR_BYTES } from '../sectors.ts';

export interface GrubImages {
  /** First 440 bytes of the disk. */
  readonly bootCode: Uint8Array;
  /** From sector 1 on, or wherever `placeCore` was told. */
  readonly core: Uint8Array;
  /** /EFI/BOOT/BOOTX64.EFI. */
  readonly efi: Uint8Array;
}

const GRUB_LIBRARY = '/usr/lib/grub';
const COMMON_MODULES = [
  'part_gpt',
  'part_msdos',
  'fat',
  'multiboot2',
  'configfile',
  'normal',
  'search',
  'search_fs_file',
  'serial',
  'terminal',
  'echo',
  'test',
  'video',
  'gfxterm',
  'all_video',
];
const BIOS_MODULES = ['biosdisk', 'vbe'];
const EFI_MODULES = ['efi_gop'];
const BOOT_CODE_BYTES = 440;
/** boot.img: place of the check that forces booting from the first hard disk; two no-operations take it out. */
const DRIVE_CHECK = 0x66;
const NOP = 0x90;

/** boot.img: the sector (64 bits) where the core image begins; 1 as it comes. */
const CORE_SECTOR = 0x5c;
/** First sector of the core image: where its second one lies (64 bits), the last list entry of the sector. */
const CORE_REST_SECTOR = 0x1f4;

function mkimage(format: string, modules: readonly string[], prefix: string, config: string): Uint8Array {
  const directory = mkdtempSync(path.join(tmpdir(), 'breenix-grub-'));
  const output = path.join(directory, 'image');
  const early = path.join(directory, 'early.cfg');
  writeFileSync(early, config);
  try {
    execFileSync(
      'grub-mkimage',
      ['-O', format, '-o', output, '-c', early, '-p', prefix, ...COMMON_MODULES, ...modules],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return readFileSync(output);
  } catch (error) {
    const detail = (error as { stderr?: Buffer }).stderr?.toString().trim() ?? String(error);
    throw new Error(`grub-mkimage -O ${format} failed: ${detail} (node build/setup.mjs installs GRUB)`, {
      cause: error,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `marker` is a file by which GRUB finds the volume; `prefix` the folder of grub.cfg there; `more` further modules. */
export function grubImages(marker: string, prefix: string, more: readonly string[] = []): GrubImages {
  const bootImage = path.join(GRUB_LIBRARY, 'i386-pc/boot.img');
  if (!existsSync(bootImage)) {
    throw new Error(
      `${bootImage} is missing: install grub-pc-bin and grub-efi-amd64-bin (node build/setup.mjs)`,
    );
  }
  const early = `search --no-floppy --file ${marker} --set root\nset prefix=($root)${prefix}\nconfigfile ${prefix}/grub.cfg\n`;
  const bootCode = Uint8Array.from(readFileSync(bootImage).subarray(0, BOOT_CODE_BYTES));
  bootCode.fill(NOP, DRIVE_CHECK, DRIVE_CHECK + 2);
  return {
    bootCode,
    core: padToSectors(mkimage('i386-pc', [...BIOS_MODULES, ...more], prefix, early)),
    efi: mkimage('x86_64-efi', [...EFI_MODULES, ...more], prefix, early),
  };
}

/** Boot code and core image for a core image that begins at sector `lba`, such as that of a BIOS boot partition. */
export function placeCore(images: GrubImages, lba: number): Pick<GrubImages, 'bootCode' | 'core'> {
  const bootCode = Uint8Array.from(images.bootCode);
  const core = Uint8Array.from(images.core);
  new DataView(bootCode.buffer).setBigUint64(CORE_SECTOR, BigInt(lba), true);
  new DataView(core.buffer).setBigUint64(CORE_REST_SECTOR, BigInt(lba + 1), true);
  return { bootCode, core };
}

function padToSectors(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / SECTOR_BYTES) * SECTOR_BYTES);
  padded.set(bytes);
  return padded;
}
