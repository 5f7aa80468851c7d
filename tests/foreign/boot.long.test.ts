/**
 * The slower of the systems that nobody here wrote, from Debian's packages and unmodified: GRUB's menu by UEFI, a
 * pass of memtest86+, Linux with busybox to a shell that reads a disk and powers off, by BIOS and by UEFI, Debian's
 * installer to its first dialog.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { debianBinary } from '../../build/foreign/debian.ts';
import { loadFirmware, withVariables } from '../../electron/services/firmware.ts';
import { flashInMemory } from '../../electron/services/flash-file.ts';
import type { Firmware, LinuxBoot } from '../../emulator/machine/types.ts';
import { BUSYBOX_PROMPT, busyboxRamDisk, debianKernel } from '../harness/debian-linux.ts';
import { fileMedium, ForeignMachine, memoryMedium } from './foreign-machine.ts';
import { showsSentence } from './glyphs.ts';
import { makeGrubCd } from './grub-cd.ts';

const MIB = 1024 * 1024;
const FIRST_DIALOG = 'Choose the language to be used for the installation process.';

let machine: ForeignMachine | null = null;
afterEach(() => {
  machine?.dispose();
  machine = null;
});

/** With variables as on the first day. */
function firmware(choice: string): Firmware {
  return withVariables(loadFirmware(choice), flashInMemory).firmware;
}

it.each(['uefi', '/usr/share/ovmf/OVMF.fd'])(
  'GRUB shows its menu from a CD by UEFI (%s), and its entry switches the machine off',
  async (choice) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'breenix-foreign-'));
    const medium = fileMedium(makeGrubCd(folder), 2048);
    try {
      const grub = await ForeignMachine.start({
        firmware: firmware(choice),
        drives: [{ slot: 'ide1-master', kind: 'cdrom', medium }],
      });
      machine = grub;
      // OVMF's console is the framebuffer and the serial line alike; the chosen entry has the star.
      await grub.serialShows(/GNU GRUB\s+version 2\.\d+[^]*\*A first entry[^]* Switch off/);
      const chosen = grub.serialShows(/\*Switch off/);
      grub.press('ArrowDown');
      await chosen;
      grub.press('Enter');
      await grub.powersOff();
    } finally {
      medium.close();
      rmSync(folder, { recursive: true });
    }
  },
);

it('memtest86+ passes all of its tests over 64 MiB without an error', async () => {
  const kernel = readFileSync(path.join(debianBinary('memtest86+'), 'boot/memtest86+x64.bin'));
  machine = await ForeignMachine.start({
    memoryBytes: 64 * MIB,
    linux: { kernel, initrd: null, commandLine: '' },
  });
  await machine.screenShows(/Pass:\s+1\b/);
  expect(machine.screen()).toMatch(/Pass:\s+1\s+Errors: 0\b/);
  expect(machine.screen()).toMatch(/Status: Pass\b/);
});

it("Debian's Linux with busybox runs commands, reads and writes a disk, and powers off", async () => {
  const linux = debianKernel('linux-image-amd64');
  const content = new Uint8Array(8 * MIB);
  for (let i = 0; i < content.length; i++) content[i] = (i * 2654435761) >>> 24;
  const digest = createHash('sha256').update(content).digest('hex');
  const guest = await ForeignMachine.start({
    memoryBytes: 256 * MIB,
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: memoryMedium(content) }],
    linux: {
      kernel: readFileSync(linux.kernel),
      initrd: busyboxRamDisk(linux, ['ata_piix', 'sd_mod']),
      commandLine: 'console=ttyS0 quiet',
    },
  });
  machine = guest;
  const run = async (command: string, answer: string | RegExp): Promise<void> => {
    const shown = guest.serialShows(answer);
    guest.type(`${command}\r`);
    await shown;
  };
  await guest.serialShows(BUSYBOX_PROMPT);
  await run('uname -rm', `${linux.version} x86_64`);
  await run('echo $((6 * 7)) | sed s/^/answer=/', 'answer=42');
  await run('sha256sum /dev/sda', `${digest}  /dev/sda`);
  await run('echo written here | dd of=/dev/sda bs=512 seek=100 conv=sync,fsync && echo do""ne', 'done');
  expect(Buffer.from(content.subarray(51200, 51212)).toString()).toBe('written here');
  guest.type('poweroff -f\r');
  await guest.powersOff();
});

it("OVMF boots Debian's Linux without a boot loader", async () => {
  const linux = debianKernel('linux-image-amd64');
  const guest = await ForeignMachine.start({
    memoryBytes: 256 * MIB,
    firmware: firmware('uefi'),
    linux: {
      kernel: readFileSync(linux.kernel),
      initrd: busyboxRamDisk(linux, []),
      commandLine: 'console=ttyS0 quiet',
    },
  });
  machine = guest;
  await guest.serialShows(BUSYBOX_PROMPT);
  const shown = guest.serialShows('started by UEFI with console=ttyS0 quiet');
  guest.type('test -d /sys/firmware/efi && echo started by UE""FI with $(cat /proc/cmdline)\r');
  await shown;
  guest.type('poweroff -f\r');
  await guest.powersOff();
});

function installer(commandLine: string): LinuxBoot {
  const folder = path.join(
    debianBinary('debian-installer-12-netboot-amd64'),
    'usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64',
  );
  return {
    kernel: readFileSync(path.join(folder, 'linux')),
    initrd: readFileSync(path.join(folder, 'initrd.gz')),
    commandLine,
  };
}

it("Debian's installer shows its first dialog on the framebuffer", async () => {
  machine = await ForeignMachine.start({ memoryBytes: 1024 * MIB, linux: installer('vga=788 --- quiet') });
  const { machine: pc } = machine;
  await machine.until('the first dialog on the framebuffer', () => {
    const frame = pc.takeFrame(true);
    return frame?.kind === 'pixels' && showsSentence(frame, FIRST_DIALOG);
  });
});

it("Debian's installer shows its first dialog on the serial line", async () => {
  machine = await ForeignMachine.start({
    memoryBytes: 1024 * MIB,
    linux: installer('console=ttyS0 TERM=vt102 --- quiet'),
  });
  await machine.serialShows(FIRST_DIALOG);
});
