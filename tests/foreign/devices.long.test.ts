/**
 * What Debian's Linux makes of the board's devices with its own drivers: the network card with ethtool's self tests,
 * CDs that change while it runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { debianBinary } from '../../build/foreign/debian.ts';
import type { BlockDevice, MachineConfig } from '../../emulator/machine/types.ts';
import {
  BUSYBOX_PROMPT,
  busyboxRamDisk,
  debianKernel,
  type DebianKernel,
  type RamDiskEntry,
} from '../harness/debian-linux.ts';
import { ForeignMachine, memoryMedium } from './foreign-machine.ts';

const MIB = 1024 * 1024;
const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;

let linux: DebianKernel;
let guest: ForeignMachine | null = null;
beforeAll(() => {
  linux = debianKernel('linux-image-amd64');
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.log(guest?.describe());
  guest?.dispose();
  guest = null;
});

interface Shell {
  readonly machine: ForeignMachine['machine'];
  /** Types a command; what it prints. */
  readonly run: (command: string) => Promise<string>;
}

async function boot(
  modules: readonly string[],
  config: Partial<MachineConfig>,
  files: readonly RamDiskEntry[] = [],
): Promise<Shell> {
  const foreign = await ForeignMachine.start({
    memoryBytes: 256 * MIB,
    linux: {
      kernel: readFileSync(linux.kernel),
      initrd: busyboxRamDisk(linux, modules, files),
      commandLine: 'console=ttyS0 quiet',
    },
    ...config,
  });
  guest = foreign;
  await foreign.serialShows(BUSYBOX_PROMPT);
  let commands = 0;
  return {
    machine: foreign.machine,
    run: async (command) => {
      const number = String(++commands);
      const from = foreign.serial.length;
      const ended = foreign.serialShows(new RegExp(`^end-${number}\\r?$`, 'm'));
      // What the terminal echoes is not what the shell prints.
      foreign.type(`echo be""gin-${number}; ${command}; echo e""nd-${number}\r`);
      await ended;
      const text = foreign.serial.slice(from).replaceAll('\r', '');
      return new RegExp(`^begin-${number}\n([^]*)^end-${number}$`, 'm').exec(text)?.[1]?.trim() ?? text;
    },
  };
}

/** ethtool with the loader and the libraries that it is linked with. */
function ethtool(): RamDiskEntry[] {
  const file = (from: string, name: string): RamDiskEntry => ({
    name,
    mode: PROGRAM,
    content: readFileSync(from),
  });
  const library = (name: string, soname: string): string => {
    const found = ['lib', 'usr/lib']
      .map((folder) => path.join(debianBinary(name), folder, 'x86_64-linux-gnu', soname))
      .find((candidate) => existsSync(candidate));
    if (found === undefined) throw new Error(`${name} has no ${soname}`);
    return found;
  };
  const folder = 'lib/x86_64-linux-gnu';
  const program = path.join(debianBinary('ethtool'), 'usr/sbin/ethtool');
  return [
    ...['lib', folder, 'lib64', 'sbin'].map((name) => ({ name, mode: DIRECTORY })),
    file(library('libc6', 'ld-linux-x86-64.so.2'), 'lib64/ld-linux-x86-64.so.2'),
    file(library('libc6', 'libc.so.6'), `${folder}/libc.so.6`),
    file(library('libc6', 'libm.so.6'), `${folder}/libm.so.6`),
    file(library('libmnl0', 'libmnl.so.0'), `${folder}/libmnl.so.0`),
    file(existsSync(program) ? program : path.join(debianBinary('ethtool'), 'sbin/ethtool'), 'bin/ethtool'),
  ];
}

it('drives the network card: link and self tests', async () => {
  const { run } = await boot(['e1000'], {}, ethtool());
  await run('ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0');
  expect(await run('cat /sys/class/net/eth0/carrier /sys/class/net/eth0/speed')).toMatch(/^1\n1000$/);
  expect(await run('cat /sys/class/net/eth0/duplex')).toBe('full');
  // The driver's own words; its register and loopback tests find faults still.
  const tested = await run('ethtool -t eth0 offline');
  for (const name of ['Eeprom test', 'Interrupt test', 'Link test'])
    expect(tested).toMatch(new RegExp(`${name}\\s+\\(o\\S+\\)\\s+0$`, 'm'));
});

function disc(content: number): { readonly medium: BlockDevice; readonly digest: string } {
  const bytes = new Uint8Array(4 * MIB);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * content) >> 7;
  return { medium: memoryMedium(bytes), digest: createHash('sha256').update(bytes).digest('hex') };
}

it('reads CDs by DMA that change while it runs, locked or not', async () => {
  const [first, second] = [disc(3), disc(5)];
  const { run, machine } = await boot(['ata_piix', 'sr_mod'], {
    drives: [{ slot: 'ide1-master', kind: 'cdrom', medium: first.medium }],
  });
  const moves: boolean[] = [];
  machine.on('trayMoved', (_slot, open) => moves.push(open));
  expect(await run('dmesg | grep ATAPI')).toMatch(/BREENIX CD-ROM.*UDMA\/100/);
  expect(await run('sha256sum < /dev/sr0')).toContain(first.digest);
  // An open disc is locked: the guest is asked, and the disc stays.
  await run('exec 3< /dev/sr0');
  expect(machine.changeMedium('ide1-master', second.medium)).toBe('asked');
  expect(await run('sha256sum < /dev/sr0')).toContain(first.digest);
  await run('exec 3<&-');
  expect(machine.changeMedium('ide1-master', second.medium)).toBe('changed');
  expect(await run('sha256sum < /dev/sr0')).toContain(second.digest);
  // The kernel opens the tray when the device is closed.
  await run('echo 1 > /proc/sys/dev/cdrom/autoeject');
  await run('dd if=/dev/sr0 of=/dev/null bs=2048 count=1');
  await guest?.until('the open tray', () => moves.length > 0);
  expect(moves).toEqual([true]);
});
