/**
 * Saved machines on the real processor: SeaBIOS boots a sector that reads the disk through the BIOS, counts timer
 * ticks and says on the serial line what it sees. Saved at any moment, both futures are the same to the instruction.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmware } from '../../../electron/services/firmware.ts';
import { createMachine } from '../machine.ts';
import type { BlockDevice, DriveConfig, Machine, MachineConfig } from '../types.ts';
import { encode, verify, type Block } from './format.ts';
import { recordedMachine, savedState, stateSource, type RecordedMachine } from './testing.ts';

const MIB = 1024 * 1024;
const SECTORS = 2048;

/** Real-mode code at 0x7C00: for each sector read one, add it up, print a letter of the sum and one of the time. */
const BOOT_SECTOR = [
  ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0], //             xor ax, ax; mov ds, ax; mov es, ax
  ...[0xbe, 0x01, 0x00], //                               mov si, 1           first sector
  ...[0x88, 0x16, 0x00, 0x06], //                         mov [0x600], dl     the boot drive
  // next (0x7c0d):
  ...[0xb8, 0x01, 0x02], //                               mov ax, 0x0201      read one sector
  ...[0x89, 0xf1, 0x83, 0xe1, 0x1f, 0x41], //             mov cx, si; and cx, 31; inc cx
  ...[0x30, 0xf6, 0x8a, 0x16, 0x00, 0x06], //             xor dh, dh; mov dl, [0x600]
  ...[0xbb, 0x00, 0x80, 0xcd, 0x13], //                   mov bx, 0x8000; int 0x13
  ...[0x31, 0xc0, 0x31, 0xdb, 0xb9, 0x00, 0x02], //       xor ax, ax; xor bx, bx; mov cx, 512
  ...[0x02, 0x87, 0x00, 0x80, 0x43, 0xe2, 0xf9], //       add al, [bx + 0x8000]; inc bx; loop
  ...[0x02, 0x06, 0x6c, 0x04], //                         add al, [0x46c]     the BIOS's tick count
  ...[0x24, 0x0f, 0x04, 0x61], //                         and al, 15; add al, 'a'
  ...[0xba, 0xf8, 0x03, 0xee], //                         mov dx, 0x3f8; out dx, al
  ...[0x0f, 0x31, 0xc1, 0xe8, 0x04], //                   rdtsc; shr ax, 4
  ...[0x24, 0x0f, 0x04, 0x41, 0xba, 0xf8, 0x03, 0xee], // and al, 15; add al, 'A'; mov dx, 0x3f8; out dx, al
  ...[0x46, 0xfb, 0xf4], //                               inc si; sti; hlt
];

function disk(content: number): BlockDevice {
  const bytes = new Uint8Array(SECTORS * 512);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * content) >> 3;
  bytes.set(BOOT_SECTOR);
  const loop = 13 - (BOOT_SECTOR.length + 2);
  bytes.set([0xeb, loop & 0xff], BOOT_SECTOR.length);
  bytes.set([0x55, 0xaa], 510);
  return {
    sectorSizeBytes: 512,
    sectorCount: SECTORS,
    readOnly: false,
    read: (lba, into) => {
      into.set(bytes.subarray(lba * 512, lba * 512 + into.length));
    },
    write: (lba, from) => {
      bytes.set(from, lba * 512);
    },
    flush: () => undefined,
  };
}

const machines: Machine[] = [];

async function record(change: Partial<MachineConfig> = {}): Promise<RecordedMachine> {
  const recorded = await recordedMachine({
    memoryBytes: 16 * MIB,
    firmware: loadFirmware('bios'),
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: disk(3) }],
    log: () => undefined,
    deterministic: { nsPerInstruction: 10, startUnixMs: 1e12 },
    ...change,
  });
  machines.push(recorded.machine);
  return recorded;
}

/** The file with something else in it, and a checksum that fits. */
function changed(state: Uint8Array, change: (header: object, blocks: Block[]) => void): Buffer {
  const { header, blocks } = verify(stateSource(state));
  const all = [...blocks()];
  change(header as object, all);
  return Buffer.concat([...encode(header, all)]);
}

describe('a saved machine', () => {
  let state: Buffer;

  beforeAll(async () => {
    const { machine, runTo } = await record();
    await runTo(40_000_000n);
    state = savedState(machine);
    return () => {
      for (const each of machines) each.dispose();
    };
  });

  it.each([100_000n, 5_000_000n, 17_000_000n, 33_333_333n, 41_000_000n])(
    'goes on after %d instructions as the one that was not stopped',
    async (count) => {
      const first = await record();
      await first.runTo(count);
      const state = savedState(first.machine);
      const before = first.serial().length;
      const second = await record();
      await second.machine.restore(stateSource(state));
      expect(second.machine.state).toBe('paused');
      expect(second.machine.statistics.instructions).toBe(first.machine.statistics.instructions);
      await first.runTo(count + 5_000_000n);
      await second.runTo(count + 5_000_000n);
      expect(second.machine.statistics.instructions).toBe(first.machine.statistics.instructions);
      expect(second.registers()).toEqual(first.registers());
      expect(second.serial()).toBe(first.serial().slice(before));
      if (count > 40_000_000n) expect(second.serial()).toMatch(/^([a-p][A-P]){10}/);
      expect(savedState(second.machine).equals(savedState(first.machine))).toBe(true);
    },
    60_000,
  );

  it('is the same state when it is saved again at once', async () => {
    const { machine } = await record();
    await machine.restore(stateSource(state));
    expect(savedState(machine).equals(state)).toBe(true);
  });

  const other = (
    medium: BlockDevice | null,
    slot: DriveConfig['slot'] = 'ide0-master',
  ): Partial<MachineConfig> => ({
    drives: medium === null ? [] : [{ slot, kind: 'disk', medium }],
  });
  const smaller: BlockDevice = { ...disk(3), sectorCount: SECTORS / 2 };

  it.each([
    ['16 MiB of memory; this machine has 32 MiB', { memoryBytes: 32 * MIB }],
    ['the disk at ide0-master has changed', other(disk(5))],
    ['saved with a disk of 1 MiB at ide0-master; this one has 0.5 MiB', other(smaller)],
    ['saved with a disk at ide0-master, which is missing', other(null)],
    ['saved without a drive at ide0-slave', other(disk(3), 'ide0-slave')],
    [
      'deterministic machine of another speed',
      { deterministic: { nsPerInstruction: 20, startUnixMs: 1e12 } },
    ],
  ])('refuses another machine: %s', async (reason, change) => {
    const { machine, runTo } = await record(change);
    await runTo(200_000n);
    const before = savedState(machine);
    await expect(machine.restore(stateSource(state))).rejects.toThrow(reason);
    expect(machine.state).toBe('paused');
    expect(savedState(machine).equals(before)).toBe(true);
  });

  it.each<[string, (header: object, blocks: Block[]) => void]>([
    [
      'its cpu has version 77; this program reads version',
      (_header, blocks) => {
        blocks.forEach((b, i) => b.name === 'cpu' && (blocks[i] = { ...b, version: 77 }));
      },
    ],
    [
      "holds nothing of this machine's pit",
      (_header, blocks) =>
        blocks.splice(
          blocks.findIndex((b) => b.name === 'pit'),
          1,
        ),
    ],
    [
      'this machine has no toaster',
      (_header, blocks) => {
        blocks.forEach((b) => b.name === 'pit' && blocks.push({ ...b, name: 'toaster' }));
      },
    ],
    ['saved on the board q35; this one is', (header) => Object.assign(header, { board: 'q35' })],
    ['compressed in an unknown way, rle', (header) => Object.assign(header, { compression: 'rle' })],
    ['damaged (header)', (header) => Object.assign(header, { uuid: 'none' })],
    [
      'other firmware or another board (bios: 4096 bytes',
      (header) => Object.assign(header, { memories: { ram: 16 * MIB, bios: 4096 } }),
    ],
  ])('refuses one that is not as this program writes it: %s', async (reason, change) => {
    const { machine } = await record();
    await expect(machine.restore(stateSource(changed(state, change)))).rejects.toThrow(reason);
    expect(machine.state).toBe('off');
  });

  it('refuses a damaged file and stays off', async () => {
    const { machine } = await record();
    const damaged = Buffer.from(state);
    damaged[1000] = (damaged[1000] ?? 0) ^ 1;
    await expect(machine.restore(stateSource(damaged))).rejects.toThrow('damaged');
    await expect(machine.restore(stateSource(state.subarray(0, 5000)))).rejects.toThrow('cut short');
    expect(machine.state).toBe('off');
    expect(() => savedState(machine)).toThrow('off');
  });

  it('goes on in a machine that follows the host, too', async () => {
    const make = async (): Promise<Machine> => {
      const machine = await createMachine({
        memoryBytes: 16 * MIB,
        firmware: loadFirmware('bios'),
        drives: [{ slot: 'ide0-master', kind: 'disk', medium: disk(3) }],
        log: () => undefined,
      });
      machines.push(machine);
      return machine;
    };
    const speaks = (machine: Machine): Promise<unknown> =>
      new Promise((resolve) => machine.on('serialOutput', resolve));
    const first = await make();
    const spoken = speaks(first);
    first.start();
    await spoken;
    const state = savedState(first);
    expect(first.state).toBe('running');
    const { instructions } = first.statistics;
    first.powerOff();
    const second = await make();
    await second.restore(stateSource(state));
    const again = speaks(second);
    second.start();
    await again;
    expect(second.statistics.instructions).toBeGreaterThan(instructions);
  });
});
