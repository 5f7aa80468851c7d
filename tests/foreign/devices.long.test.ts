/**
 * What Debian's Linux makes of the board's devices with its own drivers: the network card with ethtool's self test and
 * a host to ping, CDs that change while it runs, mouse and sleep button, the tablet.
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
  // By the guest's own time: the driver gives 64 frames in loopback 8 ms, in which a busy host may do nothing for it.
  const deterministic = { nsPerInstruction: 5, startUnixMs: Date.UTC(2026, 0, 1) };
  const { run } = await boot(['e1000'], { network, deterministic }, ethtool());
  await run('ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0');
  expect(await run('cat /sys/class/net/eth0/carrier /sys/class/net/eth0/speed')).toMatch(/^1\n1000$/);
  expect(await run('cat /sys/class/net/eth0/duplex')).toBe('full');
  // Registers, EEPROM, interrupt, loopback through the MAC or PHY, link: the driver's own words.
  const tested = await run('ethtool -t eth0 offline');
  expect(tested).toContain('The test result is PASS');
  for (const name of ['Register test', 'Eeprom test', 'Interrupt test', 'Loopback test', 'Link test'])
    expect(tested).toMatch(new RegExp(`${name}\\s+\\(o\\S+\\)\\s+0$`, 'm'));
  // The self test ended with a reset: the link is up again before the first ping.
  await run('until [ $(cat /sys/class/net/eth0/carrier) = 1 ]; do sleep 0.1; done');
  const counters = async (): Promise<(name: string) => number> => {
    const counted = await run('ethtool -S eth0');
    return (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(counted)?.[1]);
  };
  const before = await counters();
  expect(await run('ping -c 3 -s 1400 10.0.2.2')).toContain('3 packets received');
  expect(pings.slice(-3)).toEqual([1400, 1400, 1400]);
  const after = await counters();
  // Besides the pings: ARP, and what the kernel says by itself (IPv6). With Ethernet, IP and ICMP headers and FCS.
  for (const way of ['rx', 'tx']) {
    expect(after(`${way}_packets`) - before(`${way}_packets`)).toBeGreaterThanOrEqual(4);
    expect(after(`${way}_bytes`) - before(`${way}_bytes`)).toBeGreaterThanOrEqual(3 * (1400 + 42));
  }
  for (const name of ['rx_errors', 'tx_errors', 'rx_missed_errors', 'rx_crc_errors', 'tx_dropped'])
    expect([name, after(name)]).toEqual([name, 0]);
});

function disc(content: number): { readonly medium: BlockDevice; readonly digest: string } {
  const bytes = new Uint8Array(4 * MIB);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * content) >> 7;
  return { medium: memoryMedium(bytes), digest: createHash('sha256').update(bytes).digest('hex') };
}

it('reads CDs by DMA that change while it runs, locks and ejects them', async () => {
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
  // The kernel opens the tray when the device is closed, and closes it when it is opened.
  await run('echo 1 > /proc/sys/dev/cdrom/autoeject');
  await run('dd if=/dev/sr0 of=/dev/null bs=2048 count=1');
  await guest?.until('the open tray', () => moves.length > 0);
  expect(moves).toEqual([true]);
  await run('echo 0 > /proc/sys/dev/cdrom/autoeject');
  // Linux closes the tray while it opens the drive, and refuses the first reads from a disc that it has not looked at.
  await run('dd if=/dev/sr0 of=/dev/null bs=2048 count=1');
  expect(moves).toEqual([true, false]);
  expect(await run('sha256sum < /dev/sr0')).toContain(second.digest);
  expect(machine.changeMedium('ide1-master', null)).toBe('changed');
  expect(await run('cat /dev/sr0')).toContain('No medium found');
});

it('knows the mouse with wheel and five buttons, and the sleep button', async () => {
  const { run, machine } = await boot(['psmouse', 'evdev', 'button'], {});
  const devices = await run('cat /proc/bus/input/devices');
  const handler = (name: string): string => {
    const block = devices.split('\n\n').find((text) => text.includes(name));
    return /event\d+/.exec(block ?? '')?.[0] ?? `no ${name} in ${devices}`;
  };
  const mouse = handler('ImExPS/2 Generic Explorer Mouse');
  expect(mouse).toMatch(/^event/);
  expect(handler('Sleep Button')).toMatch(/^event/);
  expect(handler('Power Button')).toMatch(/^event/);
  // The kernel itself opens the mouse, for /dev/input/mice.
  expect(machine.pointerMode).toBe('relative');
  // What comes while a device is open waits for its reader: 24 bytes each, type, code and value after the time.
  await run(`exec 4< /dev/input/${mouse} 5< /dev/input/${handler('Sleep Button')}`);
  const events = async (count: number, descriptor: number): Promise<string[]> => {
    const dump = await run(`dd bs=24 count=${count} <&${descriptor} 2>/dev/null | od -An -v -w24 -tx2`);
    return dump.split('\n').map((line) => line.trim().split(/\s+/).slice(-4).join(' '));
  };
  machine.mouse(5, 3, 0, 1);
  // The left button, to the right, down, the end of the report.
  expect((await events(4, 4)).sort()).toEqual([
    '0000 0000 0000 0000',
    '0001 0110 0001 0000',
    '0002 0000 0005 0000',
    '0002 0001 0003 0000',
  ]);
  machine.pressSleepButton();
  // KEY_SLEEP is 142.
  expect(await events(1, 5)).toEqual(['0001 008e 0001 0000']);
});

it('is told places by the tablet', async () => {
  const { run, machine } = await boot(['virtio_pci', 'virtio_input', 'evdev'], {});
  expect(machine.pointerMode).toBe('absolute');
  const described = await run("sed -n '/Virtio Tablet/,/^$/p' /proc/bus/input/devices");
  expect(described).toMatch(/B: ABS=3$/m);
  expect(described).toMatch(/B: KEY=1f0000( 0){4}$/m);
  const device = `/dev/input/${/event\d+/.exec(described)?.[0] ?? 'none'}`;
  // struct input_event: 16 bytes of time, then type, code and value. They go to those who have opened the device.
  const eventBytes = 24;
  await run(
    `head -c ${String(8 * eventBytes)} ${device} > /tmp/events & while ! ls -l /proc/$!/fd | grep ${device}; do :; done`,
  );
  machine.movePointer(1000, 65535, 0, 1);
  machine.movePointer(0, 2000, -1, 0);
  const dump = await run(`wait; hexdump -v -e '${String(eventBytes)}/1 "%02x" "\\n"' /tmp/events`);
  const events = dump.split('\n').map((line) => {
    const bytes = Buffer.from(line, 'hex');
    return [bytes.readUInt16LE(16), bytes.readUInt16LE(18), bytes.readInt32LE(20)];
  });
  expect(events).toEqual([
    [3, 0, 1000],
    [3, 1, 65535],
    [1, 0x110, 1],
    [0, 0, 0],
    [3, 0, 0],
    [3, 1, 2000],
    [1, 0x110, 0],
    [2, 8, 1],
  ]);
});
