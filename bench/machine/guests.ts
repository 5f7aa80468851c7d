/**
 * The guests that the benchmarks of the machine start, each on our machine and on QEMU TCG: Breenix from its disk
 * through SeaBIOS and GRUB, and Debian's kernel, loaded directly, with a busybox shell.
 *
 * - `GuestFiles.make` builds what is stale; its folder holds copies, so that guests may write to their disks.
 */
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '../../build/build.ts';
import {
  BUSYBOX_PROMPT,
  busyboxRamDisk,
  type DebianKernel,
  debianKernel,
  writeRamDisk,
} from '../../tests/harness/debian-linux.ts';
import { systemImage } from '../../tests/harness/image-variant.ts';
import { startOurs, startQemu } from '../lib/machines.ts';
import type { SerialProcess } from '../lib/serial-process.ts';

export const MEMORY_MIB = 512;
export const BOOT_TIMEOUT_MS = 300_000;
const LINUX_MODULES = ['ata_piix', 'ata_generic', 'sd_mod'];
const LINUX_WORDS = 'console=ttyS0 quiet';

export const systems = ['Breenix', 'Linux'] as const;
export type System = (typeof systems)[number];
export const peers = ['ours', 'tcg'] as const;
export type Peer = (typeof peers)[number];

/** What each system prints when it waits for a command. */
export const PROMPT: Readonly<Record<System, RegExp>> = {
  Breenix: /(?:^|[\r\n])breenix:[^\r\n#]*# /,
  Linux: BUSYBOX_PROMPT,
};

export class GuestFiles {
  readonly folder: string;
  readonly kernel: DebianKernel;
  readonly #initrd: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.kernel = debianKernel('linux-image-amd64');
    this.#initrd = writeRamDisk(busyboxRamDisk(this.kernel, LINUX_MODULES), folder);
  }

  static async make(): Promise<GuestFiles> {
    await build(['kernel', 'userland', 'image', 'emulator']);
    return new GuestFiles(mkdtempSync(path.join(tmpdir(), 'breenix-bench-')));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A machine that has just been switched on; `disk` is a second disk. */
  start(peer: Peer, system: System, disk?: string): SerialProcess {
    return peer === 'ours' ? this.#startOurs(system, disk) : this.#startQemu(system, disk);
  }

  /** A copy of the system's disk as it was built. */
  #breenixDisk(): string {
    const copy = path.join(this.folder, 'breenix.img');
    copyFileSync(systemImage, copy, constants.COPYFILE_FICLONE);
    return copy;
  }

  #startOurs(system: System, disk?: string): SerialProcess {
    const { kernel } = this.kernel;
    const words =
      system === 'Linux'
        ? ['--kernel', kernel, '--initrd', this.#initrd, '--append', LINUX_WORDS]
        : ['--image', this.#breenixDisk()];
    const more = disk === undefined ? [] : ['--disk', disk];
    return startOurs([...words, ...more, '--memory', `${MEMORY_MIB}M`, '--headless']);
  }

  #startQemu(system: System, disk?: string): SerialProcess {
    const drive = (file: string, index: number): string[] => [
      '-drive',
      `file=${file},format=raw,if=ide,index=${index}`,
    ];
    const words =
      system === 'Linux'
        ? ['-kernel', this.kernel.kernel, '-initrd', this.#initrd, '-append', LINUX_WORDS]
        : drive(this.#breenixDisk(), 0);
    const more = disk === undefined ? [] : drive(disk, 1);
    return startQemu([...words, ...more, '-m', String(MEMORY_MIB)]);
  }
}
