/** The tests that boot a machine of their own: other firmware, other arguments, the end of a machine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { writeSparse } from '../../build/cache.ts';
import { makeImage } from '../../build/image.ts';
import { check, succeed } from './expect.ts';
import { makeDamagedDisk, makeUserImage, useDamagedDisk } from './damaged-disks/damaged-disks.ts';
import { parseMarkers } from './guest-programs.ts';
import { extractRoot, makeImageVariant, systemImage } from '../harness/image-variant.ts';
import { cutThePower, makeWriterImage } from './power-cut/power-cut.ts';
import { cutTheRoot } from './power-cut/root-cut.ts';
import { waitForPrompt, type OwnBootTest } from './suite.ts';

const breenixCommand = path.resolve(import.meta.dirname, '../../electron/cli/breenix.mjs');

/** Times that a folder is written and deleted before the plug is pulled in the middle of that. */
const roundsBeforeTheCut = 5;

/** Runs `body` with an image file of its own, which `make` writes. */
async function withImage(
  make: (image: string) => void | Promise<void>,
  body: (image: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-image-'));
  try {
    const image = path.join(folder, 'breenix.img');
    await make(image);
    await body(image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copySystemImage(image: string): void {
  copyFileSync(systemImage, image);
}

function makeExt2Volume(file: string): void {
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext2', file, '4M'], { stdio: 'pipe' });
}

async function makeGptImage(image: string): Promise<void> {
  const report = { built: () => undefined, warn: () => undefined };
  writeSparse(image, await makeImage(report, { table: 'gpt' }));
}

/** A copy of the root that the plug was pulled from must be repairable without a question. */
function repairRootFileSystem(image: string): void {
  const file = `${image}.root`;
  extractRoot(image, file);
  const repair = spawnSync('e2fsck', ['-p', file], { encoding: 'utf8' });
  // 1: errors corrected; more needs a person.
  check(repair.status === 0 || repair.status === 1, `e2fsck -p: ${repair.stdout}${repair.stderr}`);
  const after = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
  rmSync(file);
  check(after.status === 0, `e2fsck after its repair: ${after.stdout}`);
}

/** Throws with e2fsck's words when it finds anything wrong with the root of an image. */
function checkRootFileSystem(image: string): void {
  const file = `${image}.root`;
  extractRoot(image, file);
  const { status, stdout } = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
  rmSync(file);
  check(status === 0, `e2fsck: ${stdout}`);
}

/** Boots with `selftest=NAME`, which crashes the kernel on purpose, and expects the panic to say this. */
function crashTest(name: string, crash: string, says: RegExp): OwnBootTest {
  return {
    category: 'Memory',
    name,
    run: (boot) =>
      withImage(
        (image) => {
          makeImageVariant(image, { kernelArguments: [`selftest=${crash}`] });
        },
        async (image) => {
          const guest = await boot({ image });
          const line = await guest.console.waitFor(/KERNEL PANIC: [^\r\n]*[\r\n]/);
          await guest.waitForEvent('panicked');
          check(says.test(line[0]), `the panic says: ${line[0]}`);
        },
      ),
  };
}

export const ownBootTests: readonly OwnBootTest[] = [
  {
    category: 'Boot',
    name: 'boots by UEFI from the same image',
    run: async (boot) => {
      const guest = await boot({ firmware: 'uefi' });
      await waitForPrompt(guest);
      check((await succeed(guest, 'hello_time')).includes('Hello from userspace!'), 'no hello');
    },
  },
  {
    category: 'Boot',
    name: 'boots from a disk with a GUID partition table by BIOS and by UEFI',
    run: (boot) =>
      withImage(makeGptImage, async (image) => {
        for (const firmware of ['bios', 'uefi'] as const) {
          const guest = await boot({ image, firmware });
          await waitForPrompt(guest);
          const mounts = await succeed(guest, 'mount && ls /boot/EFI/BOOT');
          check(/sda2 on \/ type ext2[^]*sda1 on \/boot[^]*BOOTX64/.test(mounts), mounts);
          await guest.kill();
        }
      }),
  },
  {
    category: 'Boot',
    name: 'boots to a shell with 24 MiB of memory',
    run: async (boot) => {
      const guest = await boot({ memoryMiB: 24 });
      await waitForPrompt(guest);
      await succeed(guest, 'ls /bin');
    },
  },
  {
    category: 'Memory',
    name: "the kernel's own tests pass",
    run: (boot) =>
      withImage(
        (image) => {
          makeImageVariant(image, { kernelArguments: ['selftest'] });
        },
        async (image) => {
          const guest = await boot({ image });
          const last = await guest.console.waitFor(/selftest: (\d+) passed, (\d+) failed/);
          const markers = parseMarkers(guest.console.transcript);
          const failed = markers.filter(({ failure }) => failure !== null);
          const reasons = failed.map(({ name, failure }) => `${name}: ${failure ?? ''}`).join('; ');
          check(failed.length === 0 && last[2] === '0', reasons);
          check(markers.length >= 14 && Number(last[1]) >= 14, `only ${last[1] ?? '0'} tests ran`);
        },
      ),
  },
  {
    category: 'System',
    name: 'what was written is there after a restart, and e2fsck finds nothing wrong',
    run: (boot) =>
      withImage(copySystemImage, async (image) => {
        const first = await boot({ image, discardWrites: false });
        await waitForPrompt(first);
        await succeed(
          first,
          'mkdir /root/kept && echo of value > /root/kept/file && ln -s file /root/kept/link',
        );
        await succeed(first, 'cp /bin/sh /root/kept/sh && rm /usr/share/examples/hello.lua');
        first.console.send('poweroff\r');
        await first.waitForEvent('powered-off');
        await first.kill();
        checkRootFileSystem(image);
        const second = await boot({ image, discardWrites: false });
        await waitForPrompt(second);
        const said = await succeed(
          second,
          'cat /root/kept/link && busybox cmp /bin/sh /root/kept/sh && ls /usr/share/examples',
        );
        check(said.includes('of value') && !said.includes('hello.lua'), `after the restart: ${said}`);
        await second.kill();
      }),
  },
  {
    category: 'System',
    name: 'files go into the image and come out of it, also after the plug was pulled',
    run: (boot) =>
      withImage(copySystemImage, async (image) => {
        const folder = path.dirname(image);
        const breenix = (...words: readonly string[]): string => {
          const { status, stderr } = spawnSync(process.execPath, [breenixCommand, ...words], {
            encoding: 'utf8',
          });
          check(status === 0, `breenix ${words.join(' ')}: status ${status ?? 'none'}, ${stderr}`);
          return stderr;
        };
        writeFileSync(path.join(folder, 'script'), '#!/bin/sh\necho from $0 as $(id -un)\n', { mode: 0o755 });
        breenix('cp', '--owner', '1000:1000', path.join(folder, 'script'), `${image}:/home/user`);
        breenix('cp', path.join(folder, 'script'), `${image}:/boot`);
        const guest = await boot({ image, discardWrites: false });
        await waitForPrompt(guest);
        const said = await succeed(
          guest,
          'su user -c ./home/user/script && ls -l /home/user && sh /boot/script',
        );
        check(/script as user[^]*rwxr-xr-x[^]* user [^]*\/boot\/script as root/.test(said), said);
        await succeed(
          guest,
          'mkdir /root/made && echo of the guest > /root/made/file && sync && rm /home/user/script && sync',
        );
        await guest.kill();
        const note = breenix('cp', `${image}:/root/made`, `${image}:/etc/motd`, folder);
        check(/transactions of its journal were replayed \(in memory\)/.test(note), `no replay: ${note}`);
        check(
          readFileSync(path.join(folder, 'made/file'), 'utf8') === 'of the guest\n',
          'what was synced is not there',
        );
        breenix('cp', path.join(folder, 'script'), `${image}:/root/made`);
        checkRootFileSystem(image);
      }),
  },
  {
    category: 'System',
    name: 'boots from its own partition beside a disk that is one ext2 volume',
    machines: ['qemu'],
    run: (boot) =>
      withImage(makeExt2Volume, async (volume) => {
        const qemuArguments = ['-drive', `file=${volume},format=raw,if=ide,index=1`];
        const guest = await boot({ qemuArguments });
        await waitForPrompt(guest);
        check(/^\/dev\/sda2 on \/ /m.test(await succeed(guest, 'mount')), 'another volume is the root');
        await succeed(guest, 'mount -t ext2 /dev/sdb /mnt && echo there > /mnt/file && umount /mnt');
        await guest.kill();
      }),
  },
  {
    category: 'System',
    name: 'two dozen damaged ext2 and FAT32 volumes give errors, never a panic',
    machines: ['qemu'],
    run: (boot) =>
      withImage(makeUserImage, async (image) => {
        const disk = path.join(path.dirname(image), 'damaged');
        const count = 24;
        makeDamagedDisk(disk, count, 2026);
        await useDamagedDisk(boot, image, disk, count);
      }),
  },
  crashTest(
    'a kernel stack overflow is caught on the emergency stack',
    'stack_overflow',
    /double fault|stack overflow|guard page/i,
  ),
  crashTest('a null pointer in the kernel is a panic that names it', 'null', /page fault|null/i),
  crashTest('writing to kernel code is refused', 'write_code', /page fault|write/i),
  {
    category: 'System',
    name: 'poweroff powers the machine off',
    run: async (boot) => {
      const guest = await boot();
      await waitForPrompt(guest);
      guest.console.send('poweroff\r');
      await guest.waitForEvent('powered-off');
    },
  },
  {
    category: 'System',
    name: 'the power button shuts the system down in order',
    run: async (boot) => {
      const guest = await boot();
      await waitForPrompt(guest);
      guest.console.send('sleep 1000 &\r');
      await succeed(guest, 'echo busy');
      await guest.pressPowerButton();
      await guest.console.waitFor(/init: the system is going down/);
      await guest.console.waitFor(/init: all programs have ended/);
      await guest.waitForEvent('powered-off');
    },
  },
  {
    category: 'System',
    name: 'the power button turns a system off whose init does not listen',
    run: (boot) =>
      withImage(
        (image) => {
          makeImageVariant(image, { kernelArguments: ['init=/bin/sh'] });
        },
        async (image) => {
          const guest = await boot({ image });
          await waitForPrompt(guest);
          await guest.pressPowerButton();
          await guest.console.waitFor(/init takes no requests: off at once/);
          await guest.waitForEvent('powered-off');
        },
      ),
  },
  {
    category: 'System',
    name: 'reboot comes back to the prompt',
    run: async (boot) => {
      const guest = await boot();
      await waitForPrompt(guest);
      await succeed(guest, 'echo before');
      guest.console.send('reboot\r');
      await guest.console.waitFor(/Hello from userspace!/);
      await waitForPrompt(guest);
      check((await succeed(guest, 'echo after')) === 'after\n', 'the shell does not answer after the reboot');
    },
  },
  {
    category: 'System',
    name: 'a kernel panic prints reason, registers and a named backtrace, and the machine hears of it',
    run: async (boot) => {
      const guest = await boot();
      await waitForPrompt(guest);
      guest.console.send('echo c > /proc/sysrq-trigger\r');
      await guest.console.waitFor(/KERNEL PANIC: .*sysrq/i);
      await guest.waitForEvent('panicked');
      await guest.console.waitFor(/system halted/);
      const report = guest.console.transcript.slice(guest.console.transcript.indexOf('KERNEL PANIC'));
      check(/rip.*0x?ffffffff8/i.test(report), `no registers:\n${report}`);
      check(/[a-z]\w*\/[\w/-]+\/\w+|\w+\+0x/i.test(report), `no named backtrace:\n${report}`);
    },
  },
  {
    category: 'System',
    name: 'pulling the plug while the guest works leaves a disk that boots',
    run: (boot) =>
      withImage(copySystemImage, async (image) => {
        const guest = await boot({ image, discardWrites: false });
        await waitForPrompt(guest);
        await succeed(guest, 'cp -r /usr/share /root/kept && sync && echo synced > /root/kept/last && sync');
        guest.console.send('while true; do cp -r /etc /root/more; rm -r /root/more; echo ROUND-"$?"; done\r');
        for (let round = 0; round < roundsBeforeTheCut; round++) await guest.console.waitFor(/ROUND-0/);
        await guest.kill();
        repairRootFileSystem(image);
        const again = await boot({ image, discardWrites: false });
        await waitForPrompt(again);
        const kept = await succeed(again, 'cat /root/kept/last /root/kept/examples/hello.c');
        check(/^synced[^]*int main/.test(kept), `after the cut: ${kept}`);
      }),
  },
  {
    category: 'System',
    name: 'pulling the plug, again and again, loses no file that was synced, and e2fsck -p asks nothing',
    run: (boot) => withImage(copySystemImage, (image) => cutTheRoot(boot, image)),
  },
  {
    category: 'System',
    name: 'pulling the plug in the middle of disk writes loses nothing that was acknowledged',
    run: (boot) => withImage(makeWriterImage, (image) => cutThePower(boot, image)),
  },
];
