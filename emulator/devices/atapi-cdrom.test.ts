import { beforeEach, describe, expect, it } from 'vitest';
import { saveFields, restoreFields } from '../machine/state-fields.ts';
import type { BlockDevice } from '../machine/types.ts';
import { AtaChannel } from './ata-channel.ts';
import { makeDisk, type TestDisk } from './ata-testing.ts';
import { AtapiCdrom } from './atapi-cdrom.ts';
import { IdeBusMaster } from './ide-bus-master.ts';

const DRQ = 0x08;
const ERR = 0x01;
const RAM_BYTES = 0x40000;
const TABLE = 0x1000;
const TARGET = 0x10000;
const ACTIVE = 0x01;
const INTERRUPT = 0x04;

const SENSE = {
  trayClosed: [2, 0x3a, 1],
  trayOpen: [2, 0x3a, 2],
  badSector: [3, 0x11, 0],
  command: [5, 0x20, 0],
  address: [5, 0x21, 0],
  field: [5, 0x24, 0],
  prevented: [5, 0x53, 2],
  changed: [6, 0x28, 0],
  reset: [6, 0x29, 0],
} as const;

describe('ATAPI CD-ROM', () => {
  let drive: AtapiCdrom;
  let channel: AtaChannel;
  let master: IdeBusMaster;
  let ram: Uint8Array;
  let disk: TestDisk;
  let moves: boolean[];
  let logged: string[];

  const read = (register: number): number => channel.commandBlock.portRead(0x170 + register, 1);
  const write = (register: number, value: number): void => {
    channel.commandBlock.portWrite(0x170 + register, 1, value);
  };
  const make = (medium: BlockDevice | null): void => {
    logged = [];
    moves = [];
    drive = new AtapiCdrom(medium, 'CD', (_level, text) => logged.push(text), {
      readBytes: 0,
      writtenBytes: 0,
    });
    drive.tray.onMove = (open) => moves.push(open);
    channel = new AtaChannel(drive, null, () => undefined);
    ram = new Uint8Array(RAM_BYTES);
    const memory = {
      read: (at: number, into: Uint8Array): void => {
        into.set(ram.subarray(at, at + into.length));
      },
      write: (at: number, from: Uint8Array): void => {
        ram.set(from, at);
      },
      ram: (at: number, size: number): Uint8Array | null =>
        at + size <= RAM_BYTES ? ram.subarray(at, at + size) : null,
      clear: () => undefined,
      ramWritten: () => undefined,
    };
    master = new IdeBusMaster(channel, memory, () => true);
    channel.reset();
  };
  const send = (bytes: readonly number[], features = 0): void => {
    write(1, features);
    write(4, 0x00);
    write(5, 0x08);
    write(6, 0xa0);
    write(7, 0xa0);
    for (let i = 0; i < 12; i += 2) {
      channel.commandBlock.portWrite(0x170, 2, (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
    }
  };
  const piece = (): number[] => {
    const size = read(4) | (read(5) << 8);
    expect(size).toBeLessThanOrEqual(0x800);
    const data: number[] = [];
    for (let i = 0; i < size; i += 2) {
      const word = channel.commandBlock.portRead(0x170, 2);
      data.push(word & 0xff, word >> 8);
    }
    return data.slice(0, size);
  };
  const packet = (...bytes: number[]): { data: number[]; error: number } => {
    send(bytes);
    const data: number[] = [];
    while ((read(7) & DRQ) !== 0) data.push(...piece());
    return { data, error: (read(7) & ERR) !== 0 ? read(1) >> 4 : 0 };
  };
  const testUnitReady = (): number => packet(0x00).error;
  const sense = (): number[] => {
    const { data } = packet(0x03, 0, 0, 0, 18);
    return [data[2] ?? 0, data[12] ?? 0, data[13] ?? 0];
  };
  const refusal = (...bytes: number[]): number[] => {
    expect(packet(...bytes).error).not.toBe(0);
    return sense();
  };
  const events = (): number[] => packet(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8).data;
  const dma = (...bytes: number[]): number => {
    const view = new DataView(ram.buffer);
    view.setUint32(TABLE, TARGET, true);
    view.setUint32(TABLE + 4, 0x80000000, true);
    master.portWrite(0, 1, 0);
    master.portWrite(2, 1, 0x06);
    master.portWrite(4, 4, TABLE);
    send(bytes, 0x01);
    master.portWrite(0, 1, 0x09);
    return master.portRead(2, 1);
  };
  /** Hears what power-on and a disc have to say. */
  const settle = (): void => {
    while (testUnitReady() === 6);
  };

  beforeEach(() => {
    disk = makeDisk(64, 2048);
    disk.bytes.forEach((_, i) => (disk.bytes[i] = (i >> 11) + (i & 3)));
    make(disk);
  });

  it('has the packet signature and aborts IDENTIFY DEVICE', () => {
    expect([read(4), read(5)]).toEqual([0x14, 0xeb]);
    write(7, 0xec);
    expect(read(7) & ERR).toBe(ERR);
    expect([read(4), read(5)]).toEqual([0x14, 0xeb]);
  });

  it('reports power-on and the disc once each, then is ready', () => {
    expect(refusal(0x00)).toEqual(SENSE.reset);
    expect(refusal(0x00)).toEqual(SENSE.changed);
    expect(testUnitReady()).toBe(0);
    expect(sense()).toEqual([0, 0, 0]);
    channel.reset();
    // REQUEST SENSE itself may be how a guest hears of it.
    expect([sense(), sense(), sense()]).toEqual([SENSE.reset, SENSE.changed, [0, 0, 0]]);
  });

  it('answers INQUIRY, GET CONFIGURATION and GET EVENT STATUS before a unit attention, which stays', () => {
    expect(packet(0x12, 0, 0, 0, 36).data).toHaveLength(36);
    expect(packet(0x46, 0, 0, 0, 0, 0, 0, 0, 8).error).toBe(0);
    expect(events()).toHaveLength(8);
    expect(testUnitReady()).toBe(6);
  });

  it('gives capacity and contents, by each of the commands', () => {
    settle();
    expect(packet(0x25).data).toEqual([0, 0, 0, 63, 0, 0, 8, 0]);
    const expected = [...disk.bytes.subarray(5 * 2048, 8 * 2048)];
    expect(packet(0x28, 0, 0, 0, 0, 5, 0, 0, 3).data).toEqual(expected);
    expect(packet(0xa8, 0, 0, 0, 0, 5, 0, 0, 0, 3).data).toEqual(expected);
    expect(packet(0xbe, 0, 0, 0, 0, 5, 0, 0, 3, 0x10).data).toEqual(expected);
    expect(packet(0xbe, 0, 0, 0, 0, 5, 0, 0, 3, 0x00)).toEqual({ data: [], error: 0 });
    expect(refusal(0xbe, 0, 0, 0, 0, 5, 0, 0, 3, 0xf8)).toEqual(SENSE.field);
    expect(refusal(0xbe, 0x04, 0, 0, 0, 5, 0, 0, 3, 0x10)).toEqual(SENSE.field);
  });

  it('gives the table of contents in its formats', () => {
    settle();
    const toc = packet(0x43, 0, 0, 0, 0, 0, 0, 0, 20).data;
    expect(toc.slice(0, 4)).toEqual([0, 18, 1, 1]);
    expect(toc.slice(-4)).toEqual([0, 0, 0, 64]);
    // 64 + 150 frames: 2 s 64.
    expect(packet(0x43, 2, 0, 0, 0, 0, 0xaa, 0, 20).data).toEqual([
      0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 2, 64,
    ]);
    expect(packet(0x43, 0, 1, 0, 0, 0, 0, 0, 12).data.slice(0, 4)).toEqual([0, 10, 1, 1]);
    const raw = packet(0x43, 2, 2, 0, 0, 0, 0, 4, 0).data;
    expect(raw).toHaveLength(4 + 4 * 11);
    expect(raw.slice(0, 2)).toEqual([0, 46]);
    expect(refusal(0x43, 0, 0, 0, 0, 0, 7, 0, 20)).toEqual(SENSE.field);
    expect(refusal(0x43, 0, 5, 0, 0, 0, 0, 0, 20)).toEqual(SENSE.field);
  });

  it('refuses what lies beyond the end, unknown commands and bad media', () => {
    settle();
    expect(refusal(0x28, 0, 0, 0, 0, 63, 0, 0, 2)).toEqual(SENSE.address);
    expect(refusal(0x28, 0, 0, 0, 0, 65, 0, 0, 0)).toEqual(SENSE.address);
    expect(packet(0x28, 0, 0, 0, 0, 64, 0, 0, 0).error).toBe(0);
    expect(refusal(0x2b, 0, 0, 0, 0, 64)).toEqual(SENSE.address);
    expect(refusal(0xff)).toEqual(SENSE.command);
    disk.failAt = 7;
    expect(refusal(0x28, 0, 0, 0, 0, 7, 0, 0, 1)).toEqual(SENSE.badSector);
    expect(logged.join()).toContain('read of sector 7');
  });

  it('says that the tray is empty', () => {
    make(null);
    settle();
    expect(refusal(0x00)).toEqual(SENSE.trayClosed);
    expect(refusal(0x28, 0, 0, 0, 0, 0, 0, 0, 1)).toEqual(SENSE.trayClosed);
    expect(packet(0x12, 0, 0, 0, 36).data.slice(8, 15)).toEqual(
      Array.from('BREENIX', (c) => c.charCodeAt(0)),
    );
    expect(events().slice(4, 6)).toEqual([0, 0]);
    expect(packet(0x46, 0, 0, 0, 0, 0, 0, 0, 8).data.slice(6)).toEqual([0, 0]);
  });

  it('tells of a disc that the host changes: an event, a unit attention, then the new disc', () => {
    settle();
    expect(events().slice(4, 6)).toEqual([0, 2]);
    const other = makeDisk(32, 2048);
    other.bytes.fill(0x77);
    drive.replaceMedium(other);
    expect(events().slice(2, 6)).toEqual([4, 0x10, 2, 2]);
    expect(events().slice(4, 6)).toEqual([0, 2]);
    expect(refusal(0x28, 0, 0, 0, 0, 0, 0, 0, 1)).toEqual(SENSE.changed);
    expect(packet(0x28, 0, 0, 0, 0, 0, 0, 0, 1).data[0]).toBe(0x77);
    expect(packet(0x25).data[3]).toBe(31);
    drive.replaceMedium(null);
    expect(events().slice(4, 6)).toEqual([3, 0]);
    expect(refusal(0x00)).toEqual(SENSE.trayClosed);
  });

  it('ends a read whose disc is taken away, and never goes on with another', () => {
    settle();
    send([0x28, 0, 0, 0, 0, 0, 0, 0, 40]);
    let sectors = 0;
    while (sectors < 8) {
      expect(piece()[0]).toBe(sectors);
      sectors++;
    }
    const other = makeDisk(64, 2048);
    other.bytes.fill(0xee);
    drive.replaceMedium(other);
    while ((read(7) & DRQ) !== 0) {
      expect(piece()[0]).toBe(sectors);
      sectors++;
    }
    expect(sectors).toBe(16);
    expect(read(1) >> 4).toBe(6);
    expect(sense()).toEqual(SENSE.changed);
    expect(packet(0x28, 0, 0, 0, 0, 0, 0, 0, 1).data[0]).toBe(0xee);
  });

  it('opens and closes the tray for the guest, and says so to the host', () => {
    settle();
    expect(packet(0x1b, 0, 0, 0, 2).error).toBe(0);
    expect(moves).toEqual([true]);
    expect(refusal(0x00)).toEqual(SENSE.trayOpen);
    expect(events().slice(4, 6)).toEqual([3, 1]);
    expect(packet(0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8).data[1]).toBe(0x10);
    expect(packet(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 8).data[2]).toBe(0x71);
    expect(packet(0x1b, 0, 0, 0, 3).error).toBe(0);
    expect(moves).toEqual([true, false]);
    expect(events().slice(4, 6)).toEqual([2, 2]);
    expect(refusal(0x00)).toEqual(SENSE.changed);
    expect(testUnitReady()).toBe(0);
    // Stopping and starting the motor moves no tray.
    expect(packet(0x1b, 0, 0, 0, 0).error).toBe(0);
    expect(packet(0x1b, 0, 0, 0, 1).error).toBe(0);
    expect(moves).toHaveLength(2);
  });

  it('keeps a locked tray closed for the guest and for the button, which asks the guest', () => {
    settle();
    expect(packet(0x1e, 0, 0, 0, 1).error).toBe(0);
    expect(refusal(0x1b, 0, 0, 0, 2)).toEqual(SENSE.prevented);
    expect(packet(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 28).data[8 + 6]).toBe(0x2b);
    drive.tray.pressEject();
    expect(moves).toEqual([]);
    expect(events().slice(4, 6)).toEqual([1, 2]);
    expect(packet(0x1e, 0, 0, 0, 0).error).toBe(0);
    drive.tray.pressEject();
    expect(moves).toEqual([true]);
    drive.tray.pressEject();
    expect(moves).toEqual([true, false]);
    // A reset unlocks.
    packet(0x1e, 0, 0, 0, 1);
    packet(0x1e, 0, 0, 0, 1);
    expect(drive.tray.locked).toBe(true);
    channel.reset();
    expect(drive.tray.locked).toBe(false);
  });

  it('refuses the asynchronous event form, and says when no class is supported', () => {
    settle();
    expect(refusal(0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8)).toEqual(SENSE.field);
    expect(packet(0x4a, 1, 0, 0, 0x02, 0, 0, 0, 8).data).toEqual([0, 2, 0x80, 0x10]);
  });

  it('describes itself and the disc', () => {
    settle();
    const all = packet(0x46, 0, 0, 0, 0, 0, 0, 1, 0).data;
    expect(all.slice(0, 8)).toEqual([0, 0, 0, all.length - 4, 0, 0, 0, 8]);
    // The removable medium feature alone.
    const one = packet(0x46, 2, 0, 3, 0, 0, 0, 1, 0).data;
    expect(one.slice(8)).toEqual([0, 3, 3, 4, 0x29, 0, 0, 0]);
    expect(packet(0x51, 0, 0, 0, 0, 0, 0, 0, 34).data.slice(0, 4)).toEqual([0, 32, 0x0e, 1]);
    const page = packet(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 0xff).data;
    expect([page[1], page[2], page[8], page[16]]).toEqual([34, 1, 0x01, 0x2a]);
    const mask = packet(0x5a, 0, 0x6a, 0, 0, 0, 0, 0, 0xff).data;
    expect(mask.slice(8)).toEqual([0x2a, 18, ...new Array<number>(18).fill(0)]);
    expect(refusal(0x5a, 0, 0x3e, 0, 0, 0, 0, 0, 0xff)).toEqual(SENSE.field);
    expect(refusal(0x12, 1, 0, 0, 36)).toEqual(SENSE.field);
  });

  it('reads by bus-master DMA', () => {
    settle();
    expect(dma(0x28, 0, 0, 0, 0, 3, 0, 0, 32) & (ACTIVE | INTERRUPT)).toBe(INTERRUPT);
    expect(read(7) & (DRQ | ERR)).toBe(0);
    expect(read(2)).toBe(3);
    const wrong = disk.bytes.subarray(3 * 2048, 35 * 2048).findIndex((byte, i) => byte !== ram[TARGET + i]);
    expect(wrong).toBe(-1);
    // Answers go that way too; their end need not be a sector's.
    ram.fill(0);
    dma(0x12, 0, 0, 0, 36);
    expect([...ram.subarray(TARGET + 8, TARGET + 15)]).toEqual(Array.from('BREENIX', (c) => c.charCodeAt(0)));
    expect(read(7) & ERR).toBe(0);
  });

  it('ends a DMA read at a bad sector, and one without data at once', () => {
    settle();
    disk.failAt = 9;
    dma(0x28, 0, 0, 0, 0, 3, 0, 0, 32);
    expect(read(7) & ERR).toBe(ERR);
    expect(sense()).toEqual(SENSE.badSector);
    dma(0x28, 0, 0, 0, 0, 3, 0, 0, 0);
    expect(read(7) & (ERR | DRQ)).toBe(0);
    dma(0x28, 0, 0, 0, 0, 63, 0, 0, 2);
    expect(sense()).toEqual(SENSE.address);
  });

  it('knows its transfer modes', () => {
    const identify = (): DataView => {
      write(7, 0xa1);
      const words = Uint16Array.from({ length: 256 }, () => channel.commandBlock.portRead(0x170, 2));
      return new DataView(words.buffer);
    };
    const word = (number: number): number => identify().getUint16(2 * number, true);
    expect(word(49) & 0x0100).toBe(0x0100);
    expect([word(63), word(88)]).toEqual([0x0007, 0x203f]);
    const setMode = (mode: number): number => {
      write(1, 3);
      write(2, mode);
      write(7, 0xef);
      return read(7) & ERR;
    };
    expect([setMode(0x22), word(63), word(88)]).toEqual([0, 0x0407, 0x003f]);
    expect([setMode(0x42), word(63), word(88)]).toEqual([0, 0x0007, 0x043f]);
    expect([setMode(0x23), setMode(0x46), setMode(0x10)]).toEqual([ERR, ERR, ERR]);
    channel.reset();
    expect(word(88)).toBe(0x203f);
  });

  it.each(['pio', 'dma'])('is saved in the middle of a read by %s and goes on', (how) => {
    settle();
    packet(0x1e, 0, 0, 0, 1);
    send([0x28, 0, 0, 0, 0, 3, 0, 0, 20], how === 'dma' ? 1 : 0);
    const before = how === 'dma' ? [] : piece();
    const saved = saveFields(channel);
    make(disk);
    restoreFields(channel, saved);
    expect(saveFields(channel)).toEqual(saved);
    expect(drive.tray.locked).toBe(true);
    const data = [...before];
    if (how === 'dma') {
      const view = new DataView(ram.buffer);
      view.setUint32(TABLE, TARGET, true);
      view.setUint32(TABLE + 4, 0x80000000, true);
      master.portWrite(4, 4, TABLE);
      master.portWrite(0, 1, 0x09);
      data.push(...ram.subarray(TARGET, TARGET + 20 * 2048));
    } else {
      while ((read(7) & DRQ) !== 0) data.push(...piece());
    }
    expect(data).toEqual([...disk.bytes.subarray(3 * 2048, 23 * 2048)]);
  });
});
