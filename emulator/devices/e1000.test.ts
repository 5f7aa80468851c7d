import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySpace, PortSpace } from '../machine/bus.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { recordLine, TestTime, type RecordedLine } from '../machine/testing.ts';
import { E1000 } from './e1000.ts';

const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);
const BROADCAST = new Array<number>(6).fill(0xff);
const TX_RING = 0x1000;
const RX_RING = 0x2000;
const BUFFERS = 0x8000;
const RCTL = 0x100;
const RX_ON = 0x8002;

const frameTo = (to: readonly number[], bytes = 60): Uint8Array => {
  const frame = new Uint8Array(bytes).map((_, i) => i);
  frame.set(to);
  return frame;
};

describe('e1000', () => {
  let nic: E1000;
  let irq: RecordedLine;
  let sent: Uint8Array[];
  let ram: Uint8Array;
  let view: DataView;
  let log: string[];
  let time: TestTime;

  beforeEach(() => {
    irq = recordLine();
    time = new TestTime();
    sent = [];
    log = [];
    ram = new Uint8Array(0x40000);
    view = new DataView(ram.buffer);
    const region = { remove: (): void => undefined };
    const memorySpace: MemorySpace = { claimMmio: () => region, claimBacking: () => region };
    const ports: PortSpace = { claim: () => region };
    nic = new E1000({
      ports,
      memorySpace,
      memory: {
        clear: () => undefined,
        read: (at, into) => {
          into.fill(0xff);
          if (at < ram.length) into.set(ram.subarray(at, at + into.length));
        },
        write: (at, from) => {
          if (at + from.length <= ram.length) ram.set(from, at);
        },
      },
      log: (_level, message) => log.push(message),
      interrupt: irq.line,
      timers: time.timers,
      mac: MAC,
      send: (frame) => sent.push(frame),
    });
    nic.reset();
  });

  const read = (offset: number): number => nic.mmioRead(offset, 4);
  const write = (offset: number, value: number): void => {
    nic.mmioWrite(offset, 4, value >>> 0);
  };
  const startReceive = (descriptors = 8, control = RX_ON): void => {
    for (let i = 0; i < descriptors; i++)
      view.setBigUint64(RX_RING + 16 * i, BigInt(BUFFERS + 2048 * i), true);
    write(0x2800, RX_RING);
    write(0x2808, descriptors * 16);
    write(0x2818, descriptors - 1);
    write(RCTL, control);
  };
  const startTransmit = (): void => {
    write(0x3800, TX_RING);
    write(0x3808, 8 * 16);
    write(0x400, 0x0a);
  };
  const descriptor = (index: number, address: number, word: number, high: number): void => {
    view.setBigUint64(TX_RING + 16 * index, BigInt(address), true);
    view.setUint32(TX_RING + 16 * index + 8, word >>> 0, true);
    view.setUint32(TX_RING + 16 * index + 12, high >>> 0, true);
  };

  it('has a link of 1000 Mb/s and its address in receive address 0 and in the EEPROM', () => {
    expect(read(0x08) & 0xc3).toBe(0x83);
    expect([read(0x5400), read(0x5404)]).toEqual([0x12005452, 0x80005634]);
    write(0x14, 0x0101);
    expect(read(0x14)).toBe(0x12000110);
    let sum = 0;
    for (let i = 0; i < 64; i++) {
      write(0x14, (i << 8) | 1);
      sum += read(0x14) >>> 16;
    }
    expect(sum & 0xffff).toBe(0xbaba);
  });

  it.each([
    ['the flow control address', 0x28, 0xffffffff],
    ['its upper half', 0x2c, 0x0000ffff],
    ['the flow control type', 0x30, 0x0000ffff],
    ['the VLAN type', 0x38, 0x0000ffff],
    ['the flow control timer', 0x170, 0x0000ffff],
    ['the transmit configuration word', 0x178, 0xc000ffff],
    ['the transmit gap', 0x410, 0x3fffffff],
    ['the upper threshold', 0x2168, 0x0000fff8],
    ['the base of the receive ring', 0x2800, 0xfffffff0],
    ['its length', 0x2808, 0x000fff80],
    ['its head', 0x2810, 0x0000ffff],
    ['its tail', 0x2818, 0x0000ffff],
    ['the receive delay, whose flush is a command', 0x2820, 0x0000ffff],
    ['the length of the transmit ring', 0x3808, 0x000fff80],
    ['the transmit delay', 0x3820, 0x0000ffff],
    ['the multicast table', 0x5200, 0xffffffff],
    ['the lower half of a receive address', 0x5478, 0xffffffff],
    ['the upper half', 0x547c, 0x8003ffff],
    ['the VLAN filter', 0x5604, 0xffffffff],
  ])('holds the bits that there are of %s', (_what, offset, bits) => {
    for (const pattern of [0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff]) {
      write(offset, pattern);
      expect(read(offset)).toBe((pattern & bits) >>> 0);
    }
    write(0x8, 0xffffffff);
    expect(read(0x8)).toBe(0x283);
    expect(log).toEqual([]);
  });

  it('gives the EEPROM bit by bit as well', () => {
    const clock = (bit: number): void => {
      write(0x10, 0x42 | (bit << 2));
      write(0x10, 0x43 | (bit << 2));
    };
    write(0x10, 0x40);
    expect(read(0x10) & 0x180).toBe(0x180);
    for (const bit of [1, 1, 0, 0, 0, 0, 0, 1, 0]) clock(bit);
    let word = 0;
    for (let i = 0; i < 16; i++) {
      clock(0);
      word = (word << 1) | ((read(0x10) >> 3) & 1);
    }
    expect(word).toBe(0x5634);
  });

  it('has a PHY whose negotiation is complete; another address is an error', () => {
    const phy = (register: number, address = 1): number => {
      write(0x20, (2 << 26) | (address << 21) | (register << 16));
      return read(0x20);
    };
    expect([phy(2) & 0xffff, phy(3) & 0xfff0]).toEqual([0x0141, 0x0c20]);
    expect(phy(1) & 0x24).toBe(0x24);
    expect(phy(1, 7) & 0x50000000).toBe(0x50000000);
    write(0x20, (1 << 26) | (1 << 21) | 0x9140);
    expect(phy(0) & 0xffff).toBe(0x1140);
  });

  it('sends a frame of two descriptors, pads it, counts it, interrupts', () => {
    startTransmit();
    write(0xd0, 0x01);
    ram.set(frameTo(BROADCAST, 30), BUFFERS);
    descriptor(0, BUFFERS, 20, 0);
    descriptor(1, BUFFERS + 20, 0x09000000 | 10, 0);
    write(0x3818, 2);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toHaveLength(60);
    expect([...(sent[0]?.subarray(0, 30) ?? [])]).toEqual([...frameTo(BROADCAST, 30)]);
    expect([view.getUint8(TX_RING + 12), view.getUint8(TX_RING + 28)]).toEqual([0, 1]);
    expect(read(0x3810)).toBe(2);
    expect(irq.level).toBe(true);
    expect(read(0xc0) & 3).toBe(3);
    expect(irq.level).toBe(false);
    // Packets, octets (with the FCS), by size, broadcasts; each is cleared by reading.
    expect([read(0x40d4), read(0x40c8), read(0x40cc), read(0x40d8), read(0x40f4)]).toEqual([1, 64, 0, 1, 1]);
    expect([read(0x40d4), read(0x40c8)]).toEqual([0, 0]);
  });

  it('puts a received frame with its checksum into the next descriptor', () => {
    startReceive();
    write(0xd0, 0x80);
    const frame = frameTo([...MAC], 61);
    nic.receive(frame);
    expect(irq.level).toBe(true);
    expect(view.getUint16(RX_RING + 8, true)).toBe(65);
    expect(view.getUint8(RX_RING + 12) & 3).toBe(3);
    expect([...ram.subarray(BUFFERS, BUFFERS + 61)]).toEqual([...frame]);
    expect(view.getUint32(BUFFERS + 61, true)).toBe(crc32(frame));
    expect([read(0x2810), read(0x4074)]).toEqual([1, 1]);
  });

  it('spreads a long frame over descriptors and refuses one that is too long', () => {
    startReceive(8, RX_ON | 0x20 | 0x04000000);
    nic.receive(frameTo([...MAC], 5000));
    const lengths = [0, 1, 2].map((i) => view.getUint16(RX_RING + 16 * i + 8, true));
    const ends = [0, 1, 2].map((i) => view.getUint8(RX_RING + 16 * i + 12) & 2);
    expect([lengths, ends]).toEqual([
      [2048, 2048, 904],
      [0, 0, 2],
    ]);
    write(RCTL, RX_ON);
    nic.receive(frameTo([...MAC], 5000));
    expect([read(0x2810), read(0x40ac)]).toEqual([3, 1]);
  });

  it('drops and counts what finds no descriptor', () => {
    startReceive(8);
    write(0x2818, 1);
    nic.receive(frameTo([...MAC]));
    nic.receive(frameTo([...MAC]));
    expect([read(0x2810), read(0x4010)]).toEqual([1, 1]);
    expect(read(0xc0) & 0x40).toBe(0x40);
  });

  it.each([
    ['another address', [2, 0, 0, 0, 0, 1], 0, 0],
    ['another address, promiscuous', [2, 0, 0, 0, 0, 1], 0x08, 1],
    ['broadcast', BROADCAST, 0, 1],
    ['multicast not in the table', [1, 0, 0x5e, 0, 0, 1], 0, 0],
    ['all multicast', [1, 0, 0x5e, 0, 0, 1], 0x10, 1],
  ])('filters: %s', (_name, to, control, received) => {
    startReceive(8, RX_ON | control);
    nic.receive(frameTo(to));
    expect(read(0x4074)).toBe(received);
  });

  it('takes the multicast addresses whose bit is set in the table', () => {
    startReceive();
    // Address bits 47 to 36 of 01-00-5E-00-12-34 are 0x341.
    write(0x5200 + 4 * (0x341 >> 5), 1 << (0x341 & 31));
    nic.receive(frameTo([1, 0, 0x5e, 0, 0x12, 0x34]));
    nic.receive(frameTo([1, 0, 0x5e, 0, 0x12, 0x44]));
    expect(read(0x407c)).toBe(1);
  });

  it('brings its own frames back through the PHY, too', () => {
    startReceive(8, RX_ON);
    startTransmit();
    // MDIC: write 4140h to the control register of PHY 1.
    write(0x20, 0x04204140);
    ram.set(frameTo([...MAC], 100), 0x10000);
    descriptor(0, 0x10000, 0x0b000000 | 100, 0);
    write(0x3818, 1);
    expect(sent).toEqual([]);
    expect(view.getUint16(RX_RING + 8, true)).toBe(104);
    write(0x20, 0x04200140);
    descriptor(1, 0x10000, 0x0b000000 | 100, 0);
    write(0x3818, 2);
    expect(sent).toHaveLength(1);
  });

  it('brings its own frames back in loopback mode', () => {
    startReceive(8, RX_ON | 0x40);
    startTransmit();
    ram.set(frameTo([...MAC], 100), 0x10000);
    descriptor(0, 0x10000, 0x0b000000 | 100, 0);
    write(0x3818, 1);
    expect(sent).toEqual([]);
    expect(view.getUint16(RX_RING + 8, true)).toBe(104);
  });

  it('cuts a large TCP send into frames with lengths, sequence numbers and checksums of their own', () => {
    startTransmit();
    const header = new Uint8Array(54);
    header.set([...BROADCAST, ...MAC, 0x08, 0x00, 0x45]);
    const h = new DataView(header.buffer);
    h.setUint16(18, 0x1000);
    header[22] = 64;
    header[23] = 6;
    header.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
    h.setUint32(38, 0xfffffff0);
    header[46] = 0x50;
    header[47] = 0x19;
    // The pseudo header's sum without the length.
    h.setUint16(50, 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6);
    ram.set(header, BUFFERS);
    ram.fill(0xab, BUFFERS + 54, BUFFERS + 54 + 250);
    const context = TX_RING;
    ram.set([14, 24, 33, 0, 34, 50, 0, 0], context);
    view.setUint32(context + 8, (250 | 0x27000000) >>> 0, true);
    view.setUint32(context + 12, (100 << 16) | (54 << 8), true);
    descriptor(1, BUFFERS, 0x2d100000 | 304, 0x0300);
    write(0x3818, 2);
    expect(sent.map((f) => f.length)).toEqual([154, 154, 104]);
    sent.forEach((frame, i) => {
      const f = new DataView(frame.buffer);
      expect([f.getUint16(16), f.getUint16(18)]).toEqual([frame.length - 14, 0x1000 + i]);
      expect(f.getUint32(38)).toBe((0xfffffff0 + 100 * i) >>> 0);
      expect(f.getUint8(47)).toBe(i === 2 ? 0x19 : 0x10);
      const words = (from: number, to: number): number => {
        let sum = 0;
        for (let at = from; at < to; at += 2) sum += f.getUint16(at);
        return sum;
      };
      const fold = (sum: number): number => (sum % 0xffff === 0 ? 0xffff : sum % 0xffff);
      expect(fold(words(14, 34))).toBe(0xffff);
      expect(fold(words(34, frame.length) + words(26, 34) + 6 + (frame.length - 34))).toBe(0xffff);
    });
  });

  it('survives rings and descriptors that make no sense', () => {
    startTransmit();
    for (const [length, tail] of [
      [0, 5],
      [128, 0xffff],
      [128, 7],
    ] as const) {
      write(0x3808, length);
      write(0x3818, tail);
    }
    write(0x3800, 0xfffffff0);
    write(0x3804, 0xffffffff);
    write(0x3818, 3);
    write(0x3810, 0xffff);
    write(0x3818, 4);
    startReceive(0);
    nic.receive(frameTo(BROADCAST));
    write(0x2808, 0xffffffff);
    write(0x2810, 0xffffffff);
    nic.receive(frameTo(BROADCAST));
    nic.receive(new Uint8Array(3));
    for (let i = 0; i < 3; i++) {
      nic.mmioWrite(0x100, 1, 0xff);
      read(0x1ff00);
      write(0x1ff00, 1);
    }
    expect(log).toHaveLength(3);
  });

  /** A context whose header has `headerBytes`, with the IP header at `ipStart`; then the guest's data. */
  const sendSegmented = (headerBytes: number, ipStart: number, segmentBytes: number): void => {
    descriptor(0, ipStart | (24 << 8), 0x27000000, (segmentBytes << 16) | (headerBytes << 8));
    view.setUint8(TX_RING + 4, 34);
    descriptor(1, BUFFERS, 0x2d100000 | 1000, 0x0300);
    write(0x3818, 2);
  };

  it('cuts nothing when its header has no room for the fields that change', () => {
    startTransmit();
    for (const [headerBytes, ipStart] of [
      [54, 255],
      [54, 49],
      [49, 14],
      [255, 250],
    ] as const) {
      write(0x3810, 0);
      sendSegmented(headerBytes, ipStart, 100);
    }
    expect(sent).toEqual([]);
    write(0x3810, 0);
    sendSegmented(54, 14, 500);
    expect(sent.map((frame) => frame.length)).toEqual([554, 500]);
  });

  it('gathers nothing of descriptors without bytes, however many there are', () => {
    startTransmit();
    const before = saveFields(nic).length;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 8; i++) descriptor(i, BUFFERS, 0x20100000, 0);
      write(0x3818, round % 2 === 0 ? 7 : 0);
    }
    expect(saveFields(nic).length).toBeLessThan(before + 100);
  });

  it('sends a megabyte, and the rest when the wire had time for it', () => {
    const entries = 4096;
    const ring = 0x10000;
    write(0x3800, ring);
    write(0x3808, entries * 16);
    write(0x400, 0x0a);
    for (let i = 0; i < entries; i++) {
      view.setBigUint64(ring + 16 * i, BigInt(BUFFERS), true);
      view.setUint32(ring + 16 * i + 8, 0x09000000 | 1500, true);
    }
    write(0x3818, entries - 1);
    const first = sent.length;
    expect(first * 1500).toBeGreaterThan(1e6);
    expect(first * 1500).toBeLessThan(1.1e6);
    // The guest may write as often as it likes.
    write(0x3818, entries - 1);
    expect(sent.length).toBe(first);
    time.advance(8e6);
    expect(sent.length).toBe(first);
    time.advance(1e6);
    expect(sent.length).toBe(2 * first);
    time.advance(50e6);
    expect(sent.length).toBe(entries - 1);
    expect(read(0x3810)).toBe(entries - 1);
    // A reset in between ends it.
    write(0x3810, 0);
    write(0x3818, entries - 1);
    const before = sent.length;
    write(0x00, 0x04000000);
    time.advance(50e6);
    expect(sent.length).toBe(before);
  });

  it('is the same after its state was saved and restored', () => {
    startReceive();
    write(0xd0, 0x80);
    nic.receive(frameTo(BROADCAST));
    const saved = saveFields(nic);
    nic.reset();
    expect(irq.level).toBe(false);
    restoreFields(nic, saved);
    expect(saveFields(nic)).toEqual(saved);
    expect([irq.level, read(0x2810), read(0x4078)]).toEqual([true, 1, 1]);
  });
});
