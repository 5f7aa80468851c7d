import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySpace } from '../machine/bus.ts';
import { restoreFields, saveFields } from '../machine/state-fields.ts';
import { recordLine, type RecordedLine } from '../machine/testing.ts';
import { COMMON } from './virtio-pci.ts';
import { VirtioTablet } from './virtio-tablet.ts';

const RAM_BYTES = 0x10000;
/** Where the driver of the test has its rings and buffers, by queue. */
const DESCRIPTORS = [0x1000, 0x5000] as const;
const AVAILABLE = [0x2000, 0x6000] as const;
const USED = [0x3000, 0x7000] as const;
const BUFFERS = [0x4000, 0x8000] as const;
const ISR = 0x1000;
const DEVICE = 0x2000;
const NOTIFY = 0x3000;
const SIZE = 16;
const STATUS = { driver: 3, featuresOk: 8, driverOk: 4, needsReset: 64 } as const;

type Event = readonly [type: number, code: number, value: number];

describe('the virtio tablet', () => {
  let ram: Uint8Array;
  let view: DataView;
  let irq: RecordedLine;
  let tablet: VirtioTablet;
  let active: boolean[];
  let mapped: number[];

  const make = (): VirtioTablet => {
    const memorySpace: MemorySpace = {
      claimMmio: (_name, base) => {
        mapped.push(base);
        return { remove: () => undefined };
      },
      claimBacking: () => ({ remove: () => undefined }),
    };
    const made = new VirtioTablet({
      memorySpace,
      memory: {
        read: (at, into) => {
          into.fill(0xff);
          if (at < RAM_BYTES) into.set(ram.subarray(at, at + into.length));
        },
        write: (at, from) => {
          if (at + from.length <= RAM_BYTES) ram.set(from, at);
        },
        clear: () => undefined,
      },
      interrupt: irq.line,
    });
    made.onActive = () => active.push(made.active);
    made.reset();
    made.transport.reset();
    active = [];
    return made;
  };

  beforeEach(() => {
    ram = new Uint8Array(RAM_BYTES);
    view = new DataView(ram.buffer);
    irq = recordLine();
    active = [];
    mapped = [];
    tablet = make();
  });

  const read = (offset: number, size: 1 | 2 | 4): number => tablet.transport.mmioRead(offset, size);
  const write = (offset: number, size: 1 | 2 | 4, value: number): void => {
    tablet.transport.mmioWrite(offset, size, value);
  };
  const status = (): number => read(COMMON.status, 1);

  const negotiate = (low = 0, high = 1): void => {
    write(COMMON.status, 1, 0);
    write(COMMON.status, 1, STATUS.driver);
    for (const [select, features] of [low, high].entries()) {
      write(COMMON.driverFeatureSelect, 4, select);
      write(COMMON.driverFeature, 4, features);
    }
    write(COMMON.status, 1, STATUS.driver | STATUS.featuresOk);
  };
  const setUpQueue = (queue: 0 | 1): void => {
    write(COMMON.queueSelect, 2, queue);
    write(COMMON.queueSize, 2, SIZE);
    for (const [i, address] of [DESCRIPTORS, AVAILABLE, USED].entries())
      write(COMMON.queueAddresses + 8 * i, 4, address[queue]);
    write(COMMON.queueEnable, 2, 1);
  };
  /** Offers buffers of eight bytes with the next numbers. */
  const offer = (count: number, queue: 0 | 1 = 0, flags = queue === 0 ? 2 : 0, bytes = 8): void => {
    let index = view.getUint16(AVAILABLE[queue] + 2, true);
    for (let i = 0; i < count; i++, index++) {
      const slot = index % SIZE;
      view.setBigUint64(DESCRIPTORS[queue] + 16 * slot, BigInt(BUFFERS[queue] + 8 * slot), true);
      view.setUint32(DESCRIPTORS[queue] + 16 * slot + 8, bytes, true);
      view.setUint16(DESCRIPTORS[queue] + 16 * slot + 12, flags, true);
      view.setUint16(AVAILABLE[queue] + 4 + 2 * slot, slot, true);
    }
    view.setUint16(AVAILABLE[queue] + 2, index, true);
    write(NOTIFY + 4 * queue, 2, queue);
  };
  let seen = 0;
  /** What has come since the last call. */
  const events = (): Event[] => {
    const result: Event[] = [];
    for (; seen !== view.getUint16(USED[0] + 2, true); seen = (seen + 1) & 0xffff) {
      const entry = USED[0] + 4 + 8 * (seen % SIZE);
      expect(view.getUint32(entry + 4, true)).toBe(8);
      const at = BUFFERS[0] + 8 * view.getUint32(entry, true);
      result.push([view.getUint16(at, true), view.getUint16(at + 2, true), view.getInt32(at + 4, true)]);
    }
    return result;
  };
  const start = (): void => {
    seen = 0;
    tablet.transport.pci.write(0x04, 2, 6);
    negotiate();
    setUpQueue(0);
    setUpQueue(1);
    active = [];
    write(COMMON.status, 1, STATUS.driver | STATUS.featuresOk | STATUS.driverOk);
  };

  it('is found by its identity, and its structures by the capabilities', () => {
    const { pci } = tablet.transport;
    expect([pci.get(0, 4), pci.get(8, 4), pci.get(0x2c, 4)]).toEqual([0x10521af4, 0x09800001, 0x11001af4]);
    expect(pci.get(6, 2) & 0x10).toBe(0x10);
    const found: number[][] = [];
    for (let at = pci.get(0x34, 1); at !== 0; at = pci.get(at + 1, 1)) {
      expect(pci.get(at, 1)).toBe(9);
      found.push([pci.get(at + 3, 1), pci.get(at + 4, 1), pci.get(at + 8, 4), pci.get(at + 12, 4)]);
    }
    expect(found).toEqual([
      [1, 4, 0, 56],
      [3, 4, ISR, 1],
      [4, 4, DEVICE, 0x1000],
      [2, 4, NOTIFY, 0x1000],
      [5, 0, 0, 0],
    ]);
    pci.write(0x20, 4, 0xfebf8000);
    pci.write(0x04, 2, 2);
    expect(mapped).toEqual([0xfebf8000]);
  });

  it('answers through the window in configuration space too', () => {
    const { pci } = tablet.transport;
    pci.write(0x88, 1, 4);
    pci.write(0x8c, 4, COMMON.queueCount);
    pci.write(0x90, 4, 2);
    expect(pci.read(0x94, 2)).toBe(2);
    pci.write(0x8c, 4, COMMON.status);
    pci.write(0x90, 4, 1);
    pci.write(0x94, 1, 1);
    expect(status()).toBe(1);
    // No structure is there, or no length is possible: nothing happens.
    pci.write(0x8c, 4, 0xffffffff);
    pci.write(0x90, 4, 3);
    pci.write(0x94, 4, 7);
    expect(pci.read(0x94, 4)).toBe(7);
  });

  it('offers version 1 alone, and accepts nothing less and nothing more', () => {
    write(COMMON.deviceFeatureSelect, 4, 0);
    expect(read(COMMON.deviceFeature, 4)).toBe(0);
    write(COMMON.deviceFeatureSelect, 4, 1);
    expect(read(COMMON.deviceFeature, 4)).toBe(1);
    negotiate(0, 0);
    expect(status() & STATUS.featuresOk).toBe(0);
    negotiate(1 << 28, 1);
    expect(status() & STATUS.featuresOk).toBe(0);
    negotiate();
    expect(status() & STATUS.featuresOk).toBe(STATUS.featuresOk);
  });

  it('does not become active without accepted features', () => {
    negotiate(0, 0);
    write(COMMON.status, 1, STATUS.driver | STATUS.driverOk);
    expect(tablet.active).toBe(false);
  });

  it('says what it is, and what events it has', () => {
    const ask = (select: number, sub: number): number[] => {
      write(DEVICE, 1, select);
      write(DEVICE + 1, 1, sub);
      const size = read(DEVICE + 2, 1);
      return Array.from({ length: size }, (_, i) => read(DEVICE + 8 + i, 1));
    };
    expect(Buffer.from(ask(1, 0)).toString()).toBe('Virtio Tablet');
    expect(ask(3, 0)).toEqual([6, 0, 0x27, 6, 3, 0, 2, 0]);
    expect(ask(0x11, 3)).toEqual([3]);
    expect(ask(0x11, 2)).toEqual([0, 1]);
    expect(
      ask(0x11, 1)
        .map((bits, i) => [i, bits])
        .filter(([, bits]) => bits !== 0),
    ).toEqual([[34, 31]]);
    expect(ask(0x12, 1)).toEqual([0, 0, 0, 0, 0xff, 0xff, 0, 0, ...new Array<number>(12).fill(0)]);
    for (const [select, sub] of [
      [0, 0],
      [2, 0],
      [0x10, 0],
      [0x11, 4],
      [0x12, 2],
      [0xff, 0],
    ] as const)
      expect(ask(select, sub)).toEqual([]);
  });

  it('tells places, buttons and the wheel, each update whole', () => {
    start();
    expect(active).toEqual([true]);
    offer(12);
    tablet.moveTo(100, 65535, 0, 1);
    expect(events()).toEqual([
      [3, 0, 100],
      [3, 1, 65535],
      [1, 0x110, 1],
      [0, 0, 0],
    ]);
    expect(irq.level).toBe(true);
    expect(read(ISR, 1)).toBe(1);
    expect([irq.level, read(ISR, 1)]).toEqual([false, 0]);
    tablet.moveTo(5, 6, 2, 6);
    expect(events()).toEqual([
      [3, 0, 5],
      [3, 1, 6],
      [1, 0x110, 0],
      [1, 0x111, 1],
      [1, 0x112, 1],
      [2, 8, -2],
      [0, 0, 0],
    ]);
  });

  it('keeps an update that has no room, the latest place of several, and every button', () => {
    start();
    offer(2);
    tablet.moveTo(1, 1, 0, 0);
    tablet.moveTo(2, 2, 0, 0);
    tablet.moveTo(3, 3, 0, 1);
    tablet.moveTo(4, 4, 0, 0);
    expect(events()).toEqual([]);
    offer(14);
    expect(events()).toEqual([
      [3, 0, 2],
      [3, 1, 2],
      [0, 0, 0],
      [3, 0, 3],
      [3, 1, 3],
      [1, 0x110, 1],
      [0, 0, 0],
      [3, 0, 4],
      [3, 1, 4],
      [1, 0x110, 0],
      [0, 0, 0],
    ]);
  });

  it('goes round its ring, and does not interrupt a driver that looks by itself', () => {
    start();
    view.setUint16(AVAILABLE[0], 1, true);
    offer(SIZE);
    for (let i = 0; i < 40; i++) {
      tablet.moveTo(i, i, 0, 0);
      expect(events()).toEqual([
        [3, 0, i],
        [3, 1, i],
        [0, 0, 0],
      ]);
      offer(3);
    }
    expect(irq.level).toBe(false);
  });

  it('gives status buffers back', () => {
    start();
    offer(3, 1);
    expect(view.getUint16(USED[1] + 2, true)).toBe(3);
    expect(view.getUint32(USED[1] + 8, true)).toBe(0);
  });

  it('touches no memory while it is no bus master', () => {
    start();
    tablet.transport.pci.write(0x04, 2, 2);
    offer(4);
    tablet.moveTo(1, 1, 0, 0);
    expect(events()).toEqual([]);
  });

  it.each([
    ['more chains than the ring holds', AVAILABLE[0] + 2, SIZE + 1],
    ['a chain that begins beyond the table', AVAILABLE[0] + 4, SIZE],
    ['a chain without end', DESCRIPTORS[0] + 12, 3],
    ['an indirect table', DESCRIPTORS[0] + 12, 6],
    ['a buffer that is too small', DESCRIPTORS[0] + 8, 7],
    ['a buffer to read', DESCRIPTORS[0] + 12, 0],
  ])('needs a reset after %s', (_what, at, harm) => {
    start();
    offer(8);
    view.setUint16(at, harm, true);
    tablet.moveTo(1, 1, 0, 0);
    expect(status() & STATUS.needsReset).toBe(STATUS.needsReset);
    expect(read(ISR, 1) & 2).toBe(2);
    expect(active).toEqual([true, false]);
    ram.fill(0);
    start();
    offer(8);
    tablet.moveTo(1, 1, 0, 0);
    expect(events()).toHaveLength(3);
  });

  it('ignores sizes that no queue has, and changes of a queue that is in use', () => {
    negotiate();
    write(COMMON.queueSelect, 2, 0);
    for (const size of [0, 3, 128]) write(COMMON.queueSize, 2, size);
    expect(read(COMMON.queueSize, 2)).toBe(64);
    setUpQueue(0);
    write(COMMON.queueSize, 2, 8);
    write(COMMON.queueAddresses, 4, 0x9000);
    expect([read(COMMON.queueSize, 2), read(COMMON.queueAddresses, 4)]).toEqual([SIZE, DESCRIPTORS[0]]);
    write(COMMON.queueSelect, 2, 2);
    expect(read(COMMON.queueSize, 2)).toBe(0);
    write(COMMON.queueEnable, 2, 1);
  });

  it('goes on where it was saved, with what waited and its interrupt', () => {
    start();
    offer(4);
    tablet.moveTo(1, 2, 0, 1);
    tablet.moveTo(3, 4, 0, 0);
    expect(events()).toHaveLength(4);
    const saved = [saveFields(tablet), saveFields(tablet.transport)] as const;
    irq = recordLine();
    tablet = make();
    tablet.transport.pci.write(0x04, 2, 6);
    restoreFields(tablet, saved[0]);
    restoreFields(tablet.transport, saved[1]);
    expect([irq.level, active]).toEqual([true, [true]]);
    offer(4);
    expect(events()).toEqual([
      [3, 0, 3],
      [3, 1, 4],
      [1, 0x110, 0],
      [0, 0, 0],
    ]);
  });

  it('forgets everything when its driver resets it', () => {
    start();
    tablet.moveTo(1, 1, 0, 1);
    write(COMMON.status, 1, 0);
    expect([status(), tablet.active]).toEqual([0, false]);
    tablet.moveTo(2, 2, 0, 1);
    ram.fill(0);
    start();
    offer(8);
    expect(events()).toEqual([]);
  });
});
