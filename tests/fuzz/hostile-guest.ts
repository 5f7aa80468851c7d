/**
 * A guest that does whatever comes to its mind: random port, MMIO and PCI configuration accesses to every chip,
 * DMA tables and drive commands included, random code on the real processor, and a person who presses keys at
 * random. Seeded: the same seed does the same, with time from the instruction count.
 *
 * What must hold: no exception leaves the machine, no access takes long, memory stays bounded, and a machine in
 * whatever state it got into can be saved and restored.
 */
import { createVcpu } from '../../emulator/cpu/vcpu.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import { savedState, stateSource } from '../../emulator/machine/saved/testing.ts';
import type {
  BlockDevice,
  DriveConfig,
  Firmware,
  Machine,
  MachineConfig,
  NetworkBackend,
} from '../../emulator/machine/types.ts';
import type { AccessSize, Vcpu, VcpuHost } from '../../emulator/machine/vcpu-types.ts';
import { Random } from '../conformance/random.ts';
import { processorMs, residentMib } from './measure.ts';

const MIB = 1024 * 1024;
const MEMORY_BYTES = 16 * MIB;
const ACCESSES_PER_SLICE = 200;
const SLICES_PER_ROUND = 150;
/** No access may take the host's processor longer. */
const LONGEST_ACCESS_MS = 1000;
const SIZES: readonly AccessSize[] = [1, 2, 4];

const E1000_BASE = 0xfebc0000;
/** Offsets in the network card's registers. */
const E1000 = {
  receiveControl: 0x100,
  transmitControl: 0x400,
  receiveRing: 0x2800,
  transmitRing: 0x3800,
} as const;
const VIRTIO_BASE = 0xfebf8000;
/** Offsets in the tablet's memory BAR: the common structure and the notifications. */
const VIRTIO = {
  status: 0x14,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueEnable: 0x1c,
  addresses: 0x20,
} as const;
const VIRTIO_FEATURES = { select: 0x08, chosen: 0x0c } as const;
const VIRTIO_NOTIFY = 0x3000;
const RING = { low: 0, high: 4, bytes: 8, head: 0x10, tail: 0x18 } as const;

/** Ports that chips answer at: first and count. A range is chosen, then a port in it. */
const PORTS: readonly (readonly [first: number, count: number])[] = [
  ...([
    [0x00, 0x10],
    [0x20, 2],
    [0x40, 4],
    [0x60, 5],
    [0x70, 2],
    [0x80, 0x13],
    [0xa0, 2],
    [0xb2, 2],
    [0xc0, 0x20],
    [0x170, 8],
    [0x1ce, 3],
    [0x1f0, 8],
    [0x2f8, 8],
    [0x376, 1],
    [0x3b0, 0x30],
    [0x3f6, 1],
    [0x3f8, 8],
    [0x402, 1],
    [0x4d0, 2],
    [0x505, 1],
    [0x510, 12],
    [0x600, 0x40],
    [0xafe0, 0x20],
    [0xc000, 0x100],
    [0xcf8, 8],
  ] as const),
];
/** MMIO: the VGA's windows, ROMs, the network card, the tablet, I/O APIC, HPET, local APIC, flash. */
const WINDOWS: readonly (readonly [base: number, bytes: number])[] = [
  [0xa0000, 0x20000],
  [0xc0000, 0x40000],
  [0xfd000000, 0x1000000],
  [0xfebc0000, 0x30000],
  [0xfebf0000, 0x1000],
  [VIRTIO_BASE, 0x4000],
  [0xfec00000, 0x100],
  [0xfed00000, 0x400],
  [0xfee00000, 0x400],
  [0xffc00000, 0x400000],
];
const PCI_DEVICES = 6;
/** Where firmware puts what moves: place (device << 11 | function << 8), register, value. */
const PCI_LAYOUT: readonly (readonly [place: number, register: number, value: number])[] = [
  [0x0900, 0x20, 0xc001], // IDE: bus master
  [0x0900, 0x04, 0x07],
  [0x0b00, 0x40, 0x601], // power management
  [0x0b00, 0x80, 0x01],
  [0x1000, 0x10, 0xfd000000], // VGA: frame buffer, registers
  [0x1000, 0x18, 0xfebf0000],
  [0x1000, 0x04, 0x07],
  [0x1800, 0x10, E1000_BASE], // network card: registers, ports
  [0x1800, 0x14, 0xc041],
  [0x1800, 0x04, 0x07],
  [0x2000, 0x20, VIRTIO_BASE], // tablet
  [0x2000, 0x04, 0x06],
];
const KEYS = ['KeyA', 'Enter', 'ShiftLeft', 'PrintScreen', 'Pause', 'Delete', 'F12'] as const;
const PORT = { pciAddress: 0xcf8, pciData: 0xcfc, fwCfgDma: 0x514 } as const;
const DRIVE_COMMANDS: readonly number[] = [
  ...[0x08, 0x20, 0x24, 0x25, 0x27, 0x29, 0x30, 0x34, 0x35, 0x39, 0x40, 0x42, 0x70, 0x90, 0x91, 0xa0, 0xa1],
  ...[0xc4, 0xc5, 0xc6, 0xc8, 0xca, 0xe5, 0xe7, 0xec, 0xef, 0xf8],
];

const SECTOR_COUNTS: readonly number[] = [1, 63, 2048, 2 ** 21, 2 ** 33];

/** Whether the disks of a machine fail now and then: while it is saved and restored they hold still. */
interface Mood {
  failing: boolean;
}

/** A disk that sometimes fails, of any size. */
function badDisk(random: Random, sectorSizeBytes: 512 | 2048, mood: Mood): BlockDevice {
  const sectorCount = random.pick(SECTOR_COUNTS);
  const fail = (): void => {
    if (mood.failing && random.oneIn(50)) throw new Error('a bad sector');
  };
  return {
    sectorSizeBytes,
    sectorCount,
    readOnly: random.oneIn(3),
    read: (lba, into) => {
      if (lba < 0 || lba + into.length / sectorSizeBytes > sectorCount)
        throw new RangeError('a read beyond the disk');
      fail();
      into.fill(lba & 0xff);
    },
    write: (lba, from) => {
      if (lba < 0 || lba + from.length / sectorSizeBytes > sectorCount)
        throw new RangeError('a write beyond the disk');
      fail();
    },
    flush: fail,
    stamp: () => 'a disk whose content never changes',
  };
}

function randomBytes(random: Random, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const words = new Uint32Array(bytes.buffer);
  for (let i = 0; i < words.length; i++) words[i] = random.u32();
  return bytes;
}

/** One slice's worth of accesses. */
class Hostile {
  readonly #random: Random;
  readonly #host: VcpuHost;
  readonly #ram: DataView;

  constructor(random: Random, host: VcpuHost, ram: DataView) {
    this.#random = random;
    this.#host = host;
    this.#ram = ram;
  }

  act(): void {
    const started = processorMs();
    this.#actOnce();
    const spentMs = processorMs() - started;
    if (spentMs > LONGEST_ACCESS_MS) throw new Error(`an access took ${String(Math.round(spentMs))} ms`);
  }

  #actOnce(): void {
    const random = this.#random;
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
        this.#port();
        break;
      case 7:
        this.#network();
        break;
      case 8:
        this.#virtio();
        break;
      case 3:
        this.#mmio();
        break;
      case 4:
        this.#pci();
        break;
      case 5:
        this.#drive();
        break;
      case 6:
        this.#firmwareDma();
        break;
      default:
        this.#processor();
    }
  }

  #value(): number {
    const random = this.#random;
    return random.pick([0, 1, 0xff, 0xffffffff, random.u32(), 1 << random.below(32)]) >>> 0;
  }

  #port(): void {
    const random = this.#random;
    const [first, count] = random.pick(PORTS);
    const port = random.oneIn(20) ? random.below(0x10000) : first + random.below(count);
    const size = random.pick(SIZES);
    // The debug exit ends the machine, which is what it is for.
    if ([0xf4, 0x501].some((exit) => port <= exit && port + size > exit)) return;
    if (random.oneIn(2)) this.#host.portRead(port, size);
    else this.#out(port, size, this.#value());
  }

  #out(port: number, size: AccessSize, value: number): void {
    this.#host.portWrite(port, size, size === 4 ? value : value & (size === 1 ? 0xff : 0xffff));
  }

  #mmio(): void {
    const random = this.#random;
    const [base, bytes] = random.pick(WINDOWS);
    const address = random.oneIn(20) ? random.u32() * random.pick([1, 1, 4096]) : base + random.below(bytes);
    const size = random.pick(SIZES);
    const aligned = address - (address % size);
    if (random.oneIn(2)) this.#host.mmioRead(aligned, size);
    else {
      const value = this.#value();
      this.#host.mmioWrite(aligned, size, size === 4 ? value : value & (size === 1 ? 0xff : 0xffff));
    }
  }

  #pci(): void {
    const random = this.#random;
    const place = (random.below(PCI_DEVICES) << 11) | (random.below(8) << 8);
    const offset = random.oneIn(2)
      ? random.pick([0x04, 0x10, 0x14, 0x18, 0x20, 0x30, 0x40, 0x58, 0x60, 0x80])
      : random.below(256);
    this.#out(PORT.pciAddress, 4, (0x80000000 | place | (offset & 0xfc)) >>> 0);
    this.#out(PORT.pciData + (offset & 3), (offset & 3) === 0 ? random.pick(SIZES) : 1, this.#value());
  }

  /** Puts what moves in its usual place: where random values put it nothing finds it again. */
  #layOut(): void {
    for (const [place, register, value] of PCI_LAYOUT) {
      this.#out(PORT.pciAddress, 4, (0x80000000 | place | register) >>> 0);
      this.#out(PORT.pciData, 4, value);
    }
  }

  /** A ring of random descriptors, sent or offered for receiving. */
  #network(): void {
    const random = this.#random;
    if (random.oneIn(20)) this.#layOut();
    const write = (register: number, value: number): void => {
      this.#host.mmioWrite(E1000_BASE + register, 4, value >>> 0);
    };
    const ring = random.pick([E1000.receiveRing, E1000.transmitRing]);
    const count = random.pick([8, 64, 4096]);
    const base = random.below(MEMORY_BYTES - 16 * count) & ~15;
    for (let i = 0; i < Math.min(count, 16); i++) {
      this.#ram.setUint32(base + 16 * i, random.oneIn(8) ? random.u32() : random.below(MEMORY_BYTES), true);
      this.#ram.setUint32(base + 16 * i + 4, random.oneIn(20) ? random.u32() : 0, true);
      this.#ram.setUint32(base + 16 * i + 8, random.u32(), true);
      this.#ram.setUint32(base + 16 * i + 12, random.u32(), true);
    }
    write(ring + RING.low, random.oneIn(20) ? random.u32() : base);
    write(ring + RING.high, random.oneIn(50) ? random.u32() : 0);
    write(ring + RING.bytes, random.oneIn(10) ? random.u32() : 16 * count);
    write(E1000.receiveControl, random.u32() | 2);
    write(E1000.transmitControl, random.u32() | 2);
    write(ring + RING.head, random.oneIn(4) ? random.u32() : 0);
    write(ring + RING.tail, random.oneIn(4) ? random.u32() : random.below(count));
  }

  /** The tablet from its reset to a driver that works, over rings that are mostly as they should be. */
  #virtio(): void {
    const random = this.#random;
    if (random.oneIn(20)) this.#layOut();
    const write = (offset: number, size: AccessSize, value: number): void => {
      this.#host.mmioWrite(VIRTIO_BASE + offset, size, value >>> 0);
    };
    write(VIRTIO.status, 1, 0);
    write(VIRTIO_FEATURES.select, 4, 1);
    write(VIRTIO_FEATURES.chosen, 4, random.oneIn(10) ? random.u32() : 1);
    write(VIRTIO.status, 1, 0x0b);
    for (const queue of [0, 1]) {
      const size = random.pick([1, 8, 64]);
      const [table, available, used] = [0, 1, 2].map(() => random.below(MEMORY_BYTES - 4096) & ~15);
      for (let i = 0; i < size; i++) {
        const at = (table ?? 0) + 16 * i;
        this.#ram.setUint32(at, random.oneIn(8) ? random.u32() : random.below(MEMORY_BYTES), true);
        this.#ram.setUint32(at + 4, random.oneIn(20) ? random.u32() : 0, true);
        this.#ram.setUint32(at + 8, random.oneIn(8) ? random.u32() : 8, true);
        this.#ram.setUint16(at + 12, random.oneIn(8) ? random.u32() & 0xffff : 2, true);
        this.#ram.setUint16(at + 14, random.below(size + 1), true);
        this.#ram.setUint16((available ?? 0) + 4 + 2 * i, random.oneIn(20) ? random.below(0x10000) : i, true);
      }
      this.#ram.setUint16((available ?? 0) + 2, random.oneIn(8) ? random.below(0x10000) : size, true);
      write(VIRTIO.queueSelect, 2, random.oneIn(20) ? random.below(0x10000) : queue);
      write(VIRTIO.queueSize, 2, size);
      for (const [i, address] of [table, available, used].entries()) {
        write(VIRTIO.addresses + 8 * i, 4, random.oneIn(30) ? random.u32() : (address ?? 0));
        if (random.oneIn(50)) write(VIRTIO.addresses + 8 * i + 4, 4, random.u32());
      }
      write(VIRTIO.queueEnable, 2, 1);
    }
    write(VIRTIO.status, 1, 0x0f);
    for (let i = random.below(4); i > 0; i--) write(VIRTIO_NOTIFY + 4 * random.below(3), 2, random.below(3));
  }

  /** A whole command with a random DMA table: bytes alone would hardly ever make one. */
  #drive(): void {
    const random = this.#random;
    if (random.oneIn(20)) this.#layOut();
    const base = random.pick([0x1f0, 0x170]);
    this.#out(base + 6, 1, 0xe0 | (random.below(2) << 4) | random.below(16));
    for (let register = 1; register < 6; register++)
      this.#out(base + register, 1, random.oneIn(2) ? 0 : random.below(256));
    const table = random.below(MEMORY_BYTES - 4096) & ~3;
    for (let entry = 0; entry < 4; entry++) {
      this.#ram.setUint32(
        table + 8 * entry,
        random.oneIn(3) ? random.u32() : random.below(MEMORY_BYTES),
        true,
      );
      this.#ram.setUint32(
        table + 8 * entry + 4,
        random.u32() & (random.oneIn(2) ? 0x8000ffff : 0xffff),
        true,
      );
    }
    this.#out(base + 7, 1, random.oneIn(10) ? random.below(256) : random.pick(DRIVE_COMMANDS));
    const master = 0xc000 + (base === 0x170 ? 8 : 0);
    this.#out(master + 4, 4, table);
    this.#out(master, 1, random.pick([1, 9, 0]));
    for (let i = random.below(40); i > 0; i--) {
      if (random.oneIn(2)) this.#host.portRead(base, random.pick(SIZES));
      else
        this.#out(
          base,
          random.pick(SIZES),
          random.oneIn(2) ? random.pick([0x28, 0x43, 0x5a, 0x12, 0]) : random.u32(),
        );
    }
  }

  #firmwareDma(): void {
    const random = this.#random;
    const at = random.below(MEMORY_BYTES - 16);
    this.#ram.setUint32(at, (random.below(64) << 16) | random.below(32));
    this.#ram.setUint32(at + 4, random.oneIn(4) ? random.u32() : random.below(65536));
    this.#ram.setBigUint64(at + 8, random.oneIn(4) ? random.u64() : BigInt(random.below(MEMORY_BYTES)));
    const swapped = ((at & 0xff) << 24) | ((at & 0xff00) << 8) | ((at >> 8) & 0xff00) | (at >>> 24);
    this.#out(PORT.fwCfgDma, 4, random.oneIn(8) ? random.u32() : 0);
    this.#out(PORT.fwCfgDma + 4, 4, swapped >>> 0);
  }

  #processor(): void {
    const random = this.#random;
    const host = this.#host;
    switch (random.below(5)) {
      case 0:
        host.acknowledgeInterrupt();
        break;
      case 1:
        host.setTaskPriority(random.below(16));
        break;
      case 2:
        host.setTimestampDeadline(random.u64());
        break;
      case 3:
        host.setApicBase((random.u64() & 0xffffff000n) | BigInt(random.pick([0x900, 0x800, 0x100])));
        break;
      default:
        host.timestampCounter();
    }
  }
}

/** What the network card's cable leads to: sends whatever comes to its mind. */
class Peer {
  #receive: (frame: Uint8Array) => void = () => undefined;
  sent = 0;
  readonly backend: NetworkBackend = {
    send: () => {
      this.sent++;
    },
    connect: (receive) => {
      this.#receive = receive;
    },
  };

  speak(random: Random): void {
    for (let i = random.below(5); i > 0; i--)
      this.#receive(randomBytes(random, 4 * random.pick([0, 1, 15, 16, 375, 380, 4096])));
  }
}

/** Presses what is on the outside of the case, and speaks to it from the network. */
function disturb(machine: Machine, peer: Peer, random: Random): void {
  switch (random.below(8)) {
    case 7:
      for (let i = random.below(300); i > 0; i--)
        machine.movePointer(random.below(70000), random.below(70000), random.below(5) - 2, random.below(32));
      break;
    case 6:
      peer.speak(random);
      break;
    case 0:
      machine.key(random.pick(KEYS), random.oneIn(2));
      break;
    case 1:
      machine.mouse(
        random.below(2000) - 1000,
        random.below(2000) - 1000,
        random.below(5) - 2,
        random.below(8),
      );
      break;
    case 2:
      machine.serialInput(random.below(2), randomBytes(random, 4 * random.below(20)));
      break;
    case 3:
      machine.pressPowerButton();
      break;
    case 4:
      machine.reset();
      break;
    default:
      machine.takeFrame(random.oneIn(3));
  }
}

function configure(random: Random, firmware: Firmware, mood: Mood, peer: Peer): MachineConfig {
  const drives: DriveConfig[] = [{ slot: 'ide0-master', kind: 'disk', medium: badDisk(random, 512, mood) }];
  if (random.oneIn(2)) drives.push({ slot: 'ide0-slave', kind: 'disk', medium: badDisk(random, 512, mood) });
  const cd = random.oneIn(3) ? null : badDisk(random, random.pick([512, 2048]), mood);
  drives.push({ slot: 'ide1-master', kind: 'cdrom', medium: cd });
  return {
    memoryBytes: MEMORY_BYTES,
    firmware: random.oneIn(2)
      ? firmware
      : { bios: randomBytes(random, 65536), vgaBios: randomBytes(random, 32768) },
    drives,
    network: peer.backend,
    log: () => undefined,
    deterministic: { nsPerInstruction: random.pick([1, 10, 1000]), startUnixMs: 1e12 },
  };
}

/** The real processor, which goes on after a triple fault, with the accesses of `Hostile` before each slice. */
async function hostileVcpu(
  random: Random,
  ramBytes: number,
  host: VcpuHost,
  sliceDone: () => void,
): Promise<Vcpu> {
  const vcpu = await createVcpu(ramBytes, host);
  const hostile = new Hostile(random, host, new DataView(vcpu.memory.buffer, vcpu.ramOffset, ramBytes));
  const run = vcpu.run.bind(vcpu);
  vcpu.run = (budget) => {
    for (let i = 0; i < ACCESSES_PER_SLICE; i++) hostile.act();
    const result = run(Math.min(budget, 5000));
    sliceDone();
    // A processor that waits for an interrupt that never comes would end the round: the accesses go on.
    if (result === 'halted') return 'budget';
    if (result !== 'triple-fault') return result;
    vcpu.reset('init');
    return 'budget';
  };
  return vcpu;
}

export interface RoundResult {
  readonly accesses: number;
  readonly stops: Readonly<Record<string, number>>;
  readonly savedBytes: number;
  /** Frames that the guest's network card sent. */
  readonly frames: number;
}

/** One machine's life. @throws what left the machine, or what did not hold, with the seed in the message. */
export async function hostileRound(seed: number, firmware: Firmware): Promise<RoundResult> {
  const random = new Random(seed);
  const peer = new Peer();
  const mood: Mood = { failing: random.oneIn(2) };
  const config = configure(random, firmware, mood, peer);
  let slices = 0;
  const finished = Promise.withResolvers<undefined>();
  const machine = await createMachine(config, (ramBytes, host) =>
    hostileVcpu(random, ramBytes, host, () => {
      slices++;
      if (random.oneIn(3)) disturb(machine, peer, random);
      if (slices === SLICES_PER_ROUND) {
        machine.pause();
        finished.resolve(undefined);
      }
    }),
  );
  const stops: Record<string, number> = {};
  machine.on('stopped', (reason) => {
    stops[reason.kind] = (stops[reason.kind] ?? 0) + 1;
    if (reason.kind === 'host-error') finished.reject(reason.error);
    else if (slices < SLICES_PER_ROUND) machine.start();
  });
  try {
    machine.start();
    await finished.promise;
    // The turn in which it was paused comes to its end.
    await new Promise((resolve) => setImmediate(resolve));
    mood.failing = false;
    const savedBytes = machine.state === 'off' ? 0 : await saveAndRestore(machine, config);
    return { accesses: slices * ACCESSES_PER_SLICE, stops, savedBytes, frames: peer.sent };
  } catch (cause) {
    throw new Error(`seed ${String(seed)}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  } finally {
    machine.dispose();
  }
}

async function saveAndRestore(machine: Machine, config: MachineConfig): Promise<number> {
  const state = savedState(machine);
  const second = await createMachine(config);
  try {
    await second.restore(stateSource(state));
    if (!savedState(second).equals(state))
      throw new Error('a restored machine is another one than was saved');
  } finally {
    second.dispose();
  }
  return state.length;
}

export interface FuzzReport {
  readonly rounds: number;
  readonly accesses: number;
  readonly restored: number;
  readonly frames: number;
  readonly stops: Readonly<Record<string, number>>;
  /** Resident memory after the first rounds and at the end, in MiB; what is garbage has been collected. */
  readonly residentMib: readonly [first: number, last: number];
}

const WARM_ROUNDS = 3;

/** Rounds with the seeds from `firstSeed` on, at least `leastRounds` of them and until `milliseconds` have passed. */
export async function fuzzDevices(
  firstSeed: number,
  leastRounds: number,
  milliseconds: number,
  firmware: Firmware,
): Promise<FuzzReport> {
  const end = performance.now() + milliseconds;
  const stops: Record<string, number> = {};
  let [rounds, accesses, restored, frames, first] = [0, 0, 0, 0, 0];
  while (rounds < leastRounds || performance.now() < end) {
    const result = await hostileRound(firstSeed + rounds, firmware);
    rounds++;
    accesses += result.accesses;
    frames += result.frames;
    if (result.savedBytes > 0) restored++;
    for (const [kind, count] of Object.entries(result.stops)) stops[kind] = (stops[kind] ?? 0) + count;
    if (rounds === WARM_ROUNDS) first = await residentMib();
  }
  return { rounds, accesses, restored, frames, stops, residentMib: [first, await residentMib()] };
}
