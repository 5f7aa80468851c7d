/**
 * What Debian's Linux makes of the board's devices with its own drivers: the network card with ethtool's self tests and
 * a host to ping, CDs that change while it runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { debianBinary } from '../../build/foreign/debian.ts';
import type { BlockDevice, MachineConfig, NetworkBackend } from '../../emulator/machine/types.ts';
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
const deterministic = { nsPerInstruction: 10, startUnixMs: 1_700_000_000_000 };

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

/** The one's complement sum of RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** A host at 10.0.2.2 that answers ARP and ping, and checks what it gets. */
function pingedHost(): { readonly network: NetworkBackend; readonly pings: number[] } {
  const mac = [0x52, 0x55, 10, 0, 2, 2];
  const pings: number[] = [];
  let toGuest: (frame: Uint8Array) => void = () => undefined;
  const send = (frame: Uint8Array): void => {
    const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
    const answer = frame.slice();
    answer.set(frame.subarray(6, 12), 0);
    answer.set(mac, 6);
    if (type === 0x0806 && frame[41] === 2) {
      answer[21] = 2;
      answer.set([...mac, 10, 0, 2, 2], 22);
      answer.set(frame.subarray(22, 32), 32);
      toGuest(answer);
    } else if (type === 0x0800 && frame[23] === 1 && frame[34] === 8) {
      const total = ((frame[16] ?? 0) << 8) | (frame[17] ?? 0);
      const icmp = answer.subarray(34, 14 + total);
      if (checksum(frame.subarray(14, 34)) !== 0 || checksum(icmp) !== 0) return;
      pings.push(icmp.length - 8);
      answer.set(frame.subarray(26, 30), 30);
      answer.set(frame.subarray(30, 34), 26);
      icmp[0] = 0;
      icmp.set([0, 0], 2);
      const sum = checksum(icmp);
      icmp.set([sum >> 8, sum & 0xff], 2);
      toGuest(answer);
    }
  };
  return { network: { send, connect: (receive) => (toGuest = receive) }, pings };
}

it('drives the network card: link, self test, ping, counters', async () => {
  const { network, pings } = pingedHost();
  // The driver gives 64 frames two ticks to come back: of guest time, on a busy host too.
  const { run } = await boot(['e1000'], { network, deterministic }, ethtool());
  await run('ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0');
  expect(await run('cat /sys/class/net/eth0/carrier /sys/class/net/eth0/speed')).toMatch(/^1\n1000$/);
  expect(await run('cat /sys/class/net/eth0/duplex')).toBe('full');
  // Registers, EEPROM, interrupt, loopback through the MAC or PHY, link: the driver's own words.
  const tested = await run('ethtool -t eth0 offline');
  expect(tested).toContain('The test result is PASS');
  for (const name of ['Register test', 'Eeprom test', 'Interrupt test', 'Loopback test', 'Link test'])
    expect(tested).toMatch(new RegExp(`${name}\\s+\\(o\\S+\\)\\s+0$`, 'm'));
  const before = Number(await run('cat /sys/class/net/eth0/statistics/rx_packets'));
  expect(await run('ping -c 3 -s 1400 10.0.2.2')).toContain('3 packets received');
  expect(pings.slice(-3)).toEqual([1400, 1400, 1400]);
  const counted = await run('ethtool -S eth0');
  const counter = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(counted)?.[1]);
  expect(counter('rx_packets')).toBeGreaterThanOrEqual(before + 3);
  expect(counter('tx_packets')).toBeGreaterThanOrEqual(3);
  expect([counter('rx_errors'), counter('tx_errors'), counter('rx_missed_errors')]).toEqual([0, 0, 0]);
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
