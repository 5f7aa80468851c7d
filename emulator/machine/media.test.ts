/** Discs that change while the machine is off, runs, and is saved. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMachine } from './machine.ts';
import { ScriptedVcpu, type Script } from './scripted-vcpu.ts';
import type { BlockDevice, Machine } from './types.ts';

const MIB = 1024 * 1024;
const SLOT = 'ide1-master';

function disc(content: number): BlockDevice {
  return {
    sectorSizeBytes: 2048,
    sectorCount: 32,
    readOnly: true,
    read: (_lba, into) => into.fill(content),
    write: () => undefined,
    flush: () => undefined,
  };
}

/** One packet command by PIO: the first byte of its data, or the sense key of its refusal. */
function packet(cpu: ScriptedVcpu, ...bytes: readonly number[]): string {
  const { host } = cpu;
  host.portWrite(0xcf8, 4, 0x80000904);
  host.portWrite(0xcfc, 2, 1);
  host.portWrite(0x171, 1, 0);
  host.portWrite(0x176, 1, 0xa0);
  host.portWrite(0x177, 1, 0xa0);
  for (let i = 0; i < 12; i += 2) host.portWrite(0x170, 2, (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  let first = -1;
  while ((host.portRead(0x177, 1) & 8) !== 0) {
    const word = host.portRead(0x170, 2);
    if (first < 0) first = word & 0xff;
  }
  if ((host.portRead(0x177, 1) & 1) !== 0) return `sense ${String(host.portRead(0x171, 1) >> 4)}`;
  return first < 0 ? 'done' : `data ${String(first)}`;
}

const READ = [0x28, 0, 0, 0, 0, 0, 0, 0, 1] as const;

describe('a disc', () => {
  let machine: Machine | null = null;
  let asked: (readonly number[])[] = [];
  let heard: string[] = [];
  const script: Script = (cpu) => {
    for (const bytes of asked.splice(0)) heard.push(packet(cpu, ...bytes));
    return 'halted';
  };
  const make = async (medium: BlockDevice | null): Promise<Machine> => {
    machine = await createMachine(
      {
        memoryBytes: 16 * MIB,
        firmware: { bios: new Uint8Array(256 * 1024), vgaBios: new Uint8Array(4096) },
        drives: [{ slot: SLOT, kind: 'cdrom', medium }],
        log: () => undefined,
      },
      (ramBytes, host) => Promise.resolve(new ScriptedVcpu(ramBytes, host, script)),
    );
    return machine;
  };
  /** What the drive answers to these packets. */
  const ask = async (m: Machine, ...packets: (readonly number[])[]): Promise<string[]> => {
    heard = [];
    asked = [...packets];
    // Anything that wakes a machine which sleeps.
    m.key('ShiftLeft', false);
    await vi.waitFor(() => {
      expect(heard).toHaveLength(packets.length);
    }, 10_000);
    return heard;
  };
  const settle = (m: Machine): Promise<string[]> => ask(m, [0], [0]);

  afterEach(() => {
    machine?.dispose();
    machine = null;
  });

  it('is changed in a running machine, and stays for the next power-on', async () => {
    const m = await make(disc(1));
    m.start();
    await settle(m);
    expect(await ask(m, READ)).toEqual(['data 1']);
    expect(m.changeMedium(SLOT, disc(2))).toBe('changed');
    expect(await ask(m, READ, READ)).toEqual(['sense 6', 'data 2']);
    m.powerOff();
    m.start();
    await settle(m);
    expect(await ask(m, READ)).toEqual(['data 2']);
    m.changeMedium(SLOT, null);
    expect(await ask(m, READ)).toEqual(['sense 2']);
  });

  it('is changed in a machine that is off', async () => {
    const m = await make(null);
    m.changeMedium(SLOT, disc(3));
    m.start();
    await settle(m);
    expect(await ask(m, READ)).toEqual(['data 3']);
    expect(() => m.changeMedium('ide0-master', disc(1))).toThrow('no CD drive at ide0-master');
  });

  it('stays in a locked tray until the guest opens it or the host forces it', async () => {
    const m = await make(disc(1));
    const moves: string[] = [];
    m.on('trayMoved', (slot, open) => moves.push(`${slot} ${open ? 'open' : 'closed'}`));
    m.start();
    await settle(m);
    await ask(m, [0x1e, 0, 0, 0, 1]);
    expect(m.changeMedium(SLOT, disc(2))).toBe('asked');
    expect(await ask(m, READ)).toEqual(['data 1']);
    // The guest hears of the button, unlocks and ejects.
    await ask(m, [0x1e, 0, 0, 0, 0], [0x1b, 0, 0, 0, 2], READ);
    expect(heard).toEqual(['done', 'done', 'sense 2']);
    await vi.waitFor(() => {
      expect(moves).toEqual([`${SLOT} open`]);
    });
    expect(m.changeMedium(SLOT, disc(2))).toBe('changed');
    expect(await ask(m, READ, READ)).toEqual(['sense 6', 'data 2']);
    expect(moves).toEqual([`${SLOT} open`, `${SLOT} closed`]);
    await ask(m, [0x1e, 0, 0, 0, 1]);
    expect(m.changeMedium(SLOT, disc(3), 'force')).toBe('changed');
    expect(await ask(m, READ, READ)).toEqual(['sense 6', 'data 3']);
  });

  it('is the one that a saved machine must have', async () => {
    const m = await make(disc(1));
    m.start();
    await settle(m);
    m.changeMedium(SLOT, disc(2));
    const pieces: Uint8Array[] = [];
    m.save((bytes) => pieces.push(bytes.slice()));
    const bytes = Buffer.concat(pieces);
    const source = {
      sizeBytes: bytes.length,
      read: (at: number, into: Uint8Array): void => {
        into.set(bytes.subarray(at, at + into.length));
      },
    };
    m.dispose();
    const before = await make(disc(1));
    await expect(before.restore(source)).rejects.toThrow('the disk at ide1-master has changed');
    before.changeMedium(SLOT, disc(2));
    await before.restore(source);
    before.start();
    // Saved before the drive had noticed: it still does.
    expect(await ask(before, READ, READ)).toEqual(['sense 6', 'data 2']);
  });
});
