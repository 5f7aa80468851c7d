import { describe, expect, it } from 'vitest';
import {
  compileKernel,
  instantiateKernel,
  standardDoubles,
  type KernelModule,
} from '../../testing/compile.ts';

const wasm = await compileKernel({
  entries: [
    'drivers/ata/ata.ts',
    'drivers/ata/ata.fixture.ts',
    'block/block.ts',
    'mm/kmalloc.ts',
    'arch/x86_64/irq.ts',
    'sched/clock.ts',
    'drivers/pci/pci.ts',
    'mm/layout.ts',
  ],
  replace: {
    ...standardDoubles,
    'mm/layout.ts': 'testing/doubles/layout.ts',
    'mm/frames.ts': 'testing/doubles/frames.ts',
  },
});

const EIO = -5;
const ETIMEDOUT = -110;

/** An ATA disk as ATA/ATAPI-6 describes PIO transfers, with faults on demand. */
class FakeDisk {
  readonly data: Uint8Array;
  readonly lba48: boolean;
  readonly commands: number[] = [];
  multiple = 0;
  /** Sector whose reading fails. */
  badSector = -1;
  /** Commands that never answer. */
  hang = 0;
  flushes = 0;
  /** Set by SET FEATURES. */
  mode = 0;

  readonly dma: boolean;

  constructor(
    readonly sectors: number,
    options: { lba48?: boolean; maxMultiple?: number; dma?: boolean } = {},
  ) {
    this.dma = options.dma ?? false;
    this.data = new Uint8Array(sectors * 512);
    for (let i = 0; i < this.data.length; i++) this.data[i] = (i * 7 + (i >> 9)) & 255;
    this.lba48 = options.lba48 ?? true;
    this.maxMultiple = options.maxMultiple ?? 16;
  }

  readonly maxMultiple: number;

  identify(): Uint8Array {
    const block = new Uint8Array(512);
    const words = new DataView(block.buffer);
    const model = 'TEST DISK'.padEnd(40);
    for (let i = 0; i < 20; i++)
      words.setUint16(54 + i * 2, (model.charCodeAt(i * 2) << 8) | model.charCodeAt(i * 2 + 1), true);
    words.setUint16(47 * 2, 0x8000 | this.maxMultiple, true);
    words.setUint16(49 * 2, (1 << 9) | (this.dma ? 1 << 8 : 0), true);
    if (this.dma) {
      words.setUint16(53 * 2, 4, true);
      words.setUint16(63 * 2, 7, true);
      words.setUint16(88 * 2, 0x3f, true);
    }
    words.setUint32(60 * 2, this.sectors, true);
    words.setUint16(83 * 2, 0x4000 | (1 << 12) | (this.lba48 ? 1 << 10 : 0), true);
    words.setBigUint64(100 * 2, BigInt(this.sectors), true);
    return block;
  }
}

class FakeChannel {
  status = 0x50;
  error = 0;
  device = 0;
  control = 0;
  irq = false;
  /** Registers 2 to 5 with their previous contents, for 48-bit addresses. */
  registers = [0, 0, 0, 0];
  previous = [0, 0, 0, 0];
  buffer = new Uint8Array(0);
  position = 0;
  #left = 0;
  #lba = 0;
  #block = 1;
  #writing = false;
  resets = 0;
  loseInterrupts = 0;

  constructor(readonly disks: (FakeDisk | undefined)[]) {}

  /** The bus-master registers, and how to reach memory. */
  master = { command: 0, status: 0, table: 0 };
  dmaRequest: { lba: number; count: number; writing: boolean } | null = null;
  memory: (address: number, length: number) => Uint8Array = () => new Uint8Array(0);
  failDma = 0;

  writeMaster(reg: number, value: number): void {
    if (reg === 2) this.master.status &= ~(value & 6);
    else {
      this.master.command = value;
      if ((value & 1) !== 0) this.#runDma();
    }
  }

  #runDma(): void {
    const request = this.dmaRequest;
    const disk = this.disk;
    if (!request || !disk) return;
    this.dmaRequest = null;
    if (this.failDma > 0) {
      this.failDma--;
      this.master.status |= 2;
      return this.#fail();
    }
    if (request.writing === ((this.master.command & 8) !== 0)) throw new Error('wrong direction');
    if (!request.writing && disk.badSector >= request.lba && disk.badSector < request.lba + request.count)
      return this.#fail();
    const data = disk.data.subarray(request.lba * 512, (request.lba + request.count) * 512);
    let done = 0;
    for (let at = this.master.table; ; at += 8) {
      const entry = this.memory(at, 8);
      const view = new DataView(entry.buffer, entry.byteOffset, 8);
      const address = view.getUint32(0, true);
      const size = view.getUint16(4, true) || 65536;
      if (Math.floor(address / 65536) !== Math.floor((address + size - 1) / 65536))
        throw new Error('a region crosses 64 KiB');
      if (request.writing) data.set(this.memory(address, size), done);
      else this.memory(address, size).set(data.subarray(done, done + size));
      done += size;
      if ((view.getUint8(7) & 0x80) !== 0) break;
    }
    if (done !== data.length) throw new Error(`table of ${done} bytes for ${data.length}`);
    this.status = 0x50;
    this.master.status |= 4;
    this.#raise();
  }

  get disk(): FakeDisk | undefined {
    return this.disks[(this.device >> 4) & 1];
  }

  get empty(): boolean {
    return this.disks.every((disk) => disk === undefined);
  }

  read(reg: number): number {
    if (this.empty) return 0xff;
    if (!this.disk) return 0;
    if (reg === 1) return this.error;
    if (reg === 6) return this.device;
    if (reg === 7) {
      this.irq = false;
      return this.status;
    }
    return this.registers[reg - 2] ?? 0;
  }

  alternateStatus(): number {
    return this.empty ? 0xff : this.disk ? this.status : 0;
  }

  write(reg: number, value: number): void {
    if (reg === 7) this.#command(value);
    else if (reg === 6) this.device = value;
    else if (reg >= 2) {
      this.previous[reg - 2] = this.registers[reg - 2] ?? 0;
      this.registers[reg - 2] = value;
    }
  }

  writeControl(value: number): void {
    if ((this.control & 4) !== 0 && (value & 4) === 0) {
      this.resets++;
      this.status = 0x50;
      this.#left = 0;
      for (const disk of this.disks) if (disk) disk.multiple = 0;
    }
    this.control = value;
  }

  #raise(): void {
    if (this.loseInterrupts > 0) this.loseInterrupts--;
    else if ((this.control & 2) === 0) this.irq = true;
  }

  #fail(): void {
    this.status = 0x51;
    this.error = 4;
    this.#raise();
  }

  #address(wide: boolean): { lba: number; count: number } {
    const [count = 0, low = 0, mid = 0, high = 0] = this.registers;
    const [count2 = 0, low2 = 0, mid2 = 0, high2 = 0] = this.previous;
    const lba = low + mid * 2 ** 8 + high * 2 ** 16;
    if (!wide) return { lba: lba + (this.device & 15) * 2 ** 24, count: count || 256 };
    return {
      lba: lba + low2 * 2 ** 24 + mid2 * 2 ** 32 + high2 * 2 ** 40,
      count: count + count2 * 256 || 65536,
    };
  }

  #command(command: number): void {
    const disk = this.disk;
    if (!disk) return;
    disk.commands.push(command);
    if (disk.hang > 0) {
      disk.hang--;
      this.status = 0xd0;
      return;
    }
    const wide = [0x24, 0x29, 0x34, 0x39, 0x25, 0x35].includes(command);
    const reading = [0x20, 0x24, 0xc4, 0x29].includes(command);
    this.status = 0x50;
    if (command === 0xec) {
      this.buffer = disk.identify();
      this.position = 0;
      this.status = 0x58;
      this.#raise();
    } else if (command === 0xc6) {
      const wanted = this.registers[0] ?? 0;
      if (wanted > disk.maxMultiple) return this.#fail();
      disk.multiple = wanted;
      this.#raise();
    } else if (command === 0xef) {
      disk.mode = this.registers[0] ?? 0;
      this.#raise();
    } else if ([0xc8, 0xca, 0x25, 0x35].includes(command)) {
      const { lba, count } = this.#address(wide);
      if (lba + count > disk.sectors) return this.#fail();
      this.dmaRequest = { lba, count, writing: command === 0xca || command === 0x35 };
      this.status = 0x58;
    } else if (command === 0xe7 || command === 0xea) {
      disk.flushes++;
      this.#raise();
    } else if (reading || [0x30, 0x34, 0xc5, 0x39].includes(command)) {
      const { lba, count } = this.#address(wide);
      if (lba + count > disk.sectors) return this.#fail();
      this.#lba = lba;
      this.#left = count;
      this.#writing = !reading;
      this.#block = [0xc4, 0x29, 0xc5, 0x39].includes(command) ? disk.multiple : 1;
      if (this.#block === 0) return this.#fail();
      this.#nextBlock(reading);
    } else this.#fail();
  }

  #nextBlock(announce: boolean): void {
    const disk = this.disk;
    if (!disk) return;
    const n = Math.min(this.#block, this.#left);
    if (n === 0) {
      this.status = 0x50;
      if (announce) this.#raise();
      return;
    }
    if (!this.#writing && disk.badSector >= this.#lba && disk.badSector < this.#lba + n) return this.#fail();
    this.buffer = disk.data.subarray(this.#lba * 512, (this.#lba + n) * 512);
    this.position = 0;
    this.#lba += n;
    this.#left -= n;
    this.status = 0x58;
    if (announce) this.#raise();
  }

  transferIn(words: number): Uint8Array {
    if ((this.status & 8) === 0) throw new Error('data register read without DRQ');
    const out = this.buffer.slice(this.position, this.position + words * 2);
    this.position += words * 2;
    if (this.position >= this.buffer.length) {
      this.status = 0x50;
      if (this.#left > 0) this.#nextBlock(true);
    }
    return out;
  }

  transferOut(bytes: Uint8Array): void {
    if ((this.status & 8) === 0) throw new Error('data register written without DRQ');
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
    if (this.position >= this.buffer.length) this.#nextBlock(true);
  }
}

interface Machine {
  kernel: KernelModule;
  log: string[];
  channels: [FakeChannel, FakeChannel];
}

async function boot(
  primary: (FakeDisk | undefined)[],
  secondary: (FakeDisk | undefined)[] = [],
): Promise<Machine> {
  const channels: [FakeChannel, FakeChannel] = [new FakeChannel(primary), new FakeChannel(secondary)];
  const log: string[] = [];
  const place = (port: number): { channel: FakeChannel; reg: number; control: boolean } => {
    const channel = (port & 0x80) !== 0 ? channels[0] : channels[1];
    return {
      channel,
      reg: port & 7,
      control: (port & 0x200) !== 0 && (port & 0x7) === 6 && (port & 0x300) === 0x300,
    };
  };
  let pciAddress = 0;
  const dmaPresent = [...primary, ...secondary].some((disk) => disk?.dma === true);
  const kernel: KernelModule = await instantiateKernel(wasm, {
    ports: {
      outl: (port: number, value: number) => {
        if (port === 0xcf8) pciAddress = value >>> 0;
        else if (port === 0xcfc) pci.set(pciAddress, value >>> 0);
        else if (port >= 0xc000) (port & 8 ? channels[1] : channels[0]).master.table = value >>> 0;
      },
      inl: (port: number) =>
        port === 0xcfc && dmaPresent ? (pci.get(pciAddress) ?? 0xffffffff) : 0xffffffff,
      inb: (port: number) => {
        if (port >= 0xc000) return (port & 8 ? channels[1] : channels[0]).master.status;
        const { channel, reg, control } = place(port);
        return control ? channel.alternateStatus() : channel.read(reg);
      },
      outb: (port: number, value: number) => {
        if (port >= 0xc000) {
          (port & 8 ? channels[1] : channels[0]).writeMaster(port & 7, value);
          return;
        }
        const { channel, reg, control } = place(port);
        if (control) channel.writeControl(value);
        else channel.write(reg, value);
      },
      insw: (port: number, buffer: number, words: number) => {
        kernel.bytes(buffer, words * 2).set(place(port).channel.transferIn(words));
      },
      outsw: (port: number, buffer: number, words: number) => {
        place(port).channel.transferOut(kernel.bytes(buffer, words * 2).slice());
      },
    },
    'wait-queue': {
      sleep: () => {
        for (const [n, channel] of channels.entries()) {
          if (channel.irq) {
            kernel.fn('raiseIrq')(14 + n);
            return 0;
          }
        }
        kernel.fn('advanceClock')(11_000_000_000n);
        return ETIMEDOUT;
      },
    },
    log: {
      text: (at: number, length: number) => {
        log.push(kernel.text(at, length));
      },
    },
  });
  const base = kernel.fn('makePhysicalMemory')(0);
  for (const channel of channels)
    channel.memory = (address, length) => kernel.bytes((base + address) >>> 0, length);
  kernel.fn('pciInit')();
  kernel.fn('ataInit')();
  return { kernel, log, channels };
}

/** Configuration space of one IDE function at 0:1.1, whose device is a multi-function one. */
const pci = new Map<number, number>([
  [0x80000800, 0x70008086],
  [0x80000808, 0x06010000],
  [0x8000080c, 0x00800000],
  [0x80000900, 0x70108086],
  [0x80000904, 0x02800001],
  [0x80000908, 0x01018000],
  [0x8000090c, 0],
  [0x80000920, 0xc001],
]);

const names = (kernel: KernelModule): string[] =>
  Array.from({ length: kernel.fn('blockCount')() }, (_, n) => kernel.cString(kernel.fn('nameOf')(n)));

/** A partition table with the given entries. */
function partition(
  disk: FakeDisk,
  entries: { type: number; start: number; sectors: number }[],
  at = 0,
): void {
  const view = new DataView(disk.data.buffer);
  disk.data.fill(0, at * 512, at * 512 + 512);
  entries.forEach(({ type, start, sectors }, i) => {
    const p = at * 512 + 0x1be + i * 16;
    view.setUint8(p + 4, type);
    view.setUint32(p + 8, start, true);
    view.setUint32(p + 12, sectors, true);
  });
  view.setUint16(at * 512 + 510, 0xaa55, true);
}

describe('ata', () => {
  it('finds no drive where there is none, and says nothing', async () => {
    const { kernel, log } = await boot([]);
    expect(names(kernel)).toEqual([]);
    expect(log).toEqual([]);
  });

  it('finds master and slave on both channels', async () => {
    const { kernel, log } = await boot(
      [new FakeDisk(100), new FakeDisk(200)],
      [undefined, new FakeDisk(300)],
    );
    expect(names(kernel)).toEqual(['sda', 'sdb', 'sdc']);
    expect([0, 1, 2].map((n) => Number(kernel.fn64('sectorsOf')(n)))).toEqual([100, 200, 300]);
    expect(log[0]).toContain('sda: TEST DISK, 0 MiB, LBA48, 16 sectors per interrupt');
  });

  it('does not take a CD-ROM for a disk', async () => {
    const disk = new FakeDisk(100);
    disk.identify = () => new Uint8Array(512);
    const { kernel } = await boot([disk]);
    expect(names(kernel)).toEqual([]);
  });

  it.each([
    ['LBA48, 16 sectors an interrupt', {}],
    ['LBA28', { lba48: false }],
    ['one sector an interrupt', { maxMultiple: 0 }],
    ['an odd number of sectors an interrupt', { maxMultiple: 3 }],
    ['DMA', { dma: true }],
    ['DMA, LBA28', { dma: true, lba48: false }],
  ] as const)('reads and writes: %s', async (_what, options) => {
    const disk = new FakeDisk(2000, options);
    const { kernel } = await boot([disk]);
    const buffer = kernel.put(new Uint8Array(600 * 512));
    for (const [lba, count] of [
      [0, 1],
      [5, 16],
      [100, 17],
      [1400, 600],
    ] as const) {
      expect(kernel.fn('readFrom')(0, BigInt(lba), count, buffer)).toBe(0);
      expect(
        Buffer.compare(kernel.bytes(buffer, count * 512), disk.data.subarray(lba * 512, (lba + count) * 512)),
      ).toBe(0);
    }
    const bytes = kernel.bytes(buffer, 37 * 512);
    bytes.forEach((_, i) => (bytes[i] = i % 251));
    expect(kernel.fn('writeTo')(0, 50n, 37, buffer)).toBe(0);
    expect(Buffer.compare(disk.data.subarray(50 * 512, 87 * 512), kernel.bytes(buffer, 37 * 512))).toBe(0);
    expect(kernel.fn('flushOf')(0)).toBe(0);
    expect(disk.flushes).toBe(1);
  });

  it('uses DMA for every transfer when controller and drive can, and sets a mode', async () => {
    const disk = new FakeDisk(4000, { dma: true });
    const { kernel, log } = await boot([disk]);
    expect(log.some((text) => text.includes('DMA, 16 sectors'))).toBe(true);
    expect(disk.mode).toBe(0x42);
    expect((pci.get(0x80000904) ?? 0) & 4).toBe(4);
    const buffer = kernel.put(new Uint8Array(2000 * 512));
    const before = disk.commands.length;
    expect(kernel.fn('readFrom')(0, 7n, 2000, buffer)).toBe(0);
    expect(Buffer.compare(kernel.bytes(buffer, 2000 * 512), disk.data.subarray(7 * 512, 2007 * 512))).toBe(0);
    expect(disk.commands.slice(before).every((command) => command === 0x25 || command === 0xc8)).toBe(true);
    expect(disk.commands.length - before).toBe(2);
  });

  it('goes on without DMA when it fails', async () => {
    const disk = new FakeDisk(100, { dma: true });
    const { kernel, channels, log } = await boot([disk]);
    const buffer = kernel.put(new Uint8Array(4096));
    channels[0].failDma = 2;
    expect(kernel.fn('readFrom')(0, 10n, 8, buffer)).toBe(0);
    expect(disk.commands.at(-1)).toBe(0xc4);
    channels[0].failDma = 1;
    expect(kernel.fn('readFrom')(0, 10n, 8, buffer)).toBe(0);
    expect(disk.commands.at(-1)).toBe(0xc8);
    channels[0].failDma = 1;
    expect(kernel.fn('readFrom')(0, 10n, 8, buffer)).toBe(0);
    expect(log.some((text) => text.includes('going on without'))).toBe(true);
    expect(kernel.fn('readFrom')(0, 20n, 8, buffer)).toBe(0);
    expect(disk.commands.at(-1)).toBe(0xc4);
  });

  it('refuses what lies past the end without asking the drive', async () => {
    const disk = new FakeDisk(100);
    const { kernel } = await boot([disk]);
    const before = disk.commands.length;
    expect(kernel.fn('readFrom')(0, 99n, 2, 0)).toBe(EIO);
    expect(kernel.fn('readFrom')(0, 0xffff_ffff_ffff_ffffn, 2, 0)).toBe(EIO);
    expect(disk.commands.length).toBe(before);
  });

  it('reports a bad sector, resets the channel and goes on', async () => {
    const disk = new FakeDisk(100);
    const { kernel, log, channels } = await boot([disk]);
    const buffer = kernel.put(new Uint8Array(4096));
    disk.badSector = 42;
    expect(kernel.fn('readFrom')(0, 40n, 4, buffer)).toBe(EIO);
    expect(log.some((text) => text.includes('sda: read of sector 40+4: error register 0x4'))).toBe(true);
    expect(channels[0].resets).toBe(2);
    expect(kernel.fn('readFrom')(0, 50n, 4, buffer)).toBe(0);
  });

  it('tries again after a drive that did not answer', async () => {
    const disk = new FakeDisk(100);
    const { kernel, log } = await boot([disk]);
    disk.hang = 1;
    expect(kernel.fn('readFrom')(0, 1n, 1, kernel.put(new Uint8Array(512)))).toBe(0);
    expect(log.some((text) => text.includes('time-out'))).toBe(true);
    disk.hang = 1000;
    expect(kernel.fn('readFrom')(0, 1n, 1, kernel.put(new Uint8Array(512)))).toBe(EIO);
  });

  it('survives a lost interrupt', async () => {
    const disk = new FakeDisk(100);
    const { kernel, channels } = await boot([disk]);
    const buffer = kernel.put(new Uint8Array(512));
    channels[0].loseInterrupts = 1;
    expect(kernel.fn('readFrom')(0, 3n, 1, buffer)).toBe(0);
    expect(Buffer.compare(kernel.bytes(buffer, 512), disk.data.subarray(3 * 512, 4 * 512))).toBe(0);
  });

  it('makes devices of partitions, logical ones too, and of none that is damaged', async () => {
    const disk = new FakeDisk(1000);
    partition(disk, [
      { type: 0x0c, start: 10, sectors: 90 },
      { type: 0x83, start: 990, sectors: 100 },
      { type: 0x05, start: 200, sectors: 700 },
      { type: 0x83, start: 0, sectors: 10 },
    ]);
    partition(
      disk,
      [
        { type: 0x83, start: 10, sectors: 40 },
        { type: 0x05, start: 100, sectors: 100 },
      ],
      200,
    );
    partition(disk, [{ type: 0x83, start: 10, sectors: 30 }], 300);
    const { kernel } = await boot([disk]);
    expect(names(kernel)).toEqual(['sda', 'sda1', 'sda5', 'sda6']);
    const buffer = kernel.put(new Uint8Array(512));
    expect(kernel.fn('readFrom')(3, 5n, 1, buffer)).toBe(0);
    expect(Buffer.compare(kernel.bytes(buffer, 512), disk.data.subarray(315 * 512, 316 * 512))).toBe(0);
    expect(kernel.fn('readFrom')(1, 90n, 1, buffer)).toBe(EIO);
  });

  it('ends a chain of extended partitions that loops', async () => {
    const disk = new FakeDisk(1000);
    partition(disk, [{ type: 0x05, start: 200, sectors: 700 }]);
    partition(
      disk,
      [
        { type: 0x83, start: 10, sectors: 40 },
        { type: 0x05, start: 100, sectors: 100 },
      ],
      200,
    );
    partition(
      disk,
      [
        { type: 0x83, start: 10, sectors: 40 },
        { type: 0x05, start: 100, sectors: 100 },
      ],
      300,
    );
    const { kernel } = await boot([disk]);
    expect(names(kernel).length).toBeLessThan(20);
  });
});
