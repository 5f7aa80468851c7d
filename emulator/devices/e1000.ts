/**
 * Intel 82540EM gigabit Ethernet: registers, descriptor rings, filters, statistics, interrupts.
 *
 * - What the guest sends goes to `send` as frames without their checksum (FCS); `receive` takes such frames. A
 *   frame that finds no descriptor is dropped and counted, as on the wire.
 * - Descriptors are served at once, so delay and throttling registers are storage. Once a burst of `BURST_BYTES` has
 *   left, the rest of the ring waits for as long as the wire needs for it.
 * - The descriptors are the guest's: a ring is walked at most once around for each write of its tail.
 * Source: Intel PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453).
 */
import { crc32 } from 'node:zlib';
import type {
  AccessSize,
  Chip,
  DmaMemory,
  Line,
  Log,
  MemorySpace,
  MmioHandler,
  PortHandler,
  PortSpace,
  Region,
  StateFields,
  Timer,
  Timers,
} from '../machine/bus.ts';
import { E1000Eeprom, E1000Phy } from './e1000-eeprom.ts';
import { contextOf, insertChecksum, insertChecksums, NO_CONTEXT, segments } from './e1000-offload.ts';
import { logOnce } from './log-once.ts';
import { PCI, PciFunction } from './pci-function.ts';

const REG = {
  control: 0x0000,
  status: 0x0008,
  eecd: 0x0010,
  eerd: 0x0014,
  mdic: 0x0020,
  vlanType: 0x0038,
  causeRead: 0x00c0,
  causeSet: 0x00c8,
  maskSet: 0x00d0,
  maskClear: 0x00d8,
  receiveControl: 0x0100,
  transmitControl: 0x0400,
  packetBuffer: 0x1000,
  rxBaseLow: 0x2800,
  rxTail: 0x2818,
  txBaseLow: 0x3800,
  txTail: 0x3818,
  statistics: 0x4000,
  statisticsEnd: 0x4100,
  multicastTable: 0x5200,
  receiveAddress: 0x5400,
  tablesEnd: 0x5800,
} as const;
/** Registers that hold what is written and do nothing here: flow control, delays, LEDs, wake-up. */
const STORAGE = new Set([
  0x18, 0x28, 0x2c, 0x30, 0x38, 0xc4, 0x170, 0x178, 0x410, 0x458, 0xe00, 0x1000, 0x2160, 0x2168, 0x2820,
  0x2828, 0x282c, 0x2c00, 0x3820, 0x3828, 0x382c, 0x3830, 0x5000, 0x5008, 0x5800, 0x5808, 0x5810, 0x5820,
  0x5838,
]);
const RING = { baseLow: 0x00, baseHigh: 0x04, length: 0x08, head: 0x10, tail: 0x18 } as const;
const CONTROL_RESET = 0x04000000;
/** Full duplex, link up, 1000 Mb/s as negotiated. */
const STATUS_LINK_UP = 0x00000283;
const CAUSE = {
  txWrittenBack: 0x01,
  txEmpty: 0x02,
  linkChanged: 0x04,
  rxLow: 0x10,
  rxOverrun: 0x40,
  rxTimer: 0x80,
} as const;
const RCTL = {
  enable: 0x02,
  unicastAll: 0x08,
  multicastAll: 0x10,
  long: 0x20,
  loopback: 0xc0,
  broadcast: 0x8000,
  larger: 0x02000000,
  stripCrc: 0x04000000,
} as const;
/** With BSEX; the first is reserved. */
const LARGE_BUFFERS = [2048, 16384, 8192, 4096] as const;
const TCTL = { enable: 0x02, padShort: 0x08 } as const;
const DESCRIPTOR_BYTES = 16;
const TX = { end: 0x01, checksum: 0x04, report: 0x08, extended: 0x20, vlan: 0x40, segment: 0x04 } as const;
const DONE = 0x01;
const RX_STATUS = { done: DONE, end: 0x02, noChecksum: 0x04 } as const;
const SHORTEST_FRAME = 60;
const LONGEST_FRAME = 1518;
const LONGEST_JUMBO = 16384;
/** What a guest may gather before an end of packet: a large send. */
const MOST_GATHERED = 256 * 1024;
const FCS_BYTES = 4;
const BURST_BYTES = 1024 * 1024;
/** Preamble, gap, and the time that a descriptor without a frame takes. */
const FRAME_OVERHEAD_BYTES = 20;
/** At 1 Gb/s. */
const NS_PER_BYTE = 8;
const MMIO_BYTES = 0x20000;
const PORT_BYTES = 64;
/** Statistics by their offset; those of octets are pairs of registers. */
const COUNT = {
  missed: 0x10,
  receivedBySize: 0x5c,
  goodReceived: 0x74,
  broadcastReceived: 0x78,
  multicastReceived: 0x7c,
  goodSent: 0x80,
  goodOctetsReceived: 0x88,
  goodOctetsSent: 0x90,
  noBuffer: 0xa0,
  tooLong: 0xac,
  octetsReceived: 0xc0,
  octetsSent: 0xc8,
  received: 0xd0,
  sent: 0xd4,
  sentBySize: 0xd8,
  multicastSent: 0xf0,
  broadcastSent: 0xf4,
} as const;
const SIZE_LIMITS = [64, 127, 255, 511, 1023, Infinity] as const;
const WIDE_COUNTERS = new Set<number>([
  COUNT.goodOctetsReceived,
  COUNT.goodOctetsSent,
  COUNT.octetsReceived,
  COUNT.octetsSent,
]);

export interface E1000Wiring {
  readonly ports: PortSpace;
  readonly memorySpace: MemorySpace;
  readonly memory: DmaMemory;
  readonly log: Log;
  readonly interrupt: Line;
  readonly timers: Timers;
  readonly mac: Uint8Array;
  readonly send: (frame: Uint8Array) => void;
}

export class E1000 implements Chip, MmioHandler {
  readonly pci = new PciFunction({
    vendorId: 0x8086,
    deviceId: 0x100e,
    revision: 0x03,
    classCode: 0x020000,
    subsystemVendorId: 0x1af4,
    subsystemId: 0x1100,
  });
  readonly #wiring: E1000Wiring;
  readonly #logOnce: (message: string) => void;
  readonly #eeprom: E1000Eeprom;
  readonly #phy = new E1000Phy();
  readonly #registers = new Map<number, number>();
  /** Multicast table, receive addresses and VLAN filter: 0x5200 to 0x57FF. */
  readonly #tables = new Uint32Array((REG.tablesEnd - REG.multicastTable) / 4);
  readonly #statistics = new Uint32Array((REG.statisticsEnd - REG.statistics) / 4);
  #cause = 0;
  #mask = 0;
  #context = NO_CONTEXT;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Options of the packet's first data descriptor. */
  #options = 0;
  #ioAddress = 0;
  /** Armed while the wire is busy with a burst. */
  readonly #wireFree: Timer;
  /** Bytes on the wire since a transmission began. */
  #burstBytes = 0;
  #mmio: { readonly base: number; readonly region: Region } | null = null;
  #io: { readonly base: number; readonly region: Region } | null = null;

  constructor(wiring: E1000Wiring) {
    this.#wiring = wiring;
    this.#logOnce = logOnce(wiring.log);
    this.#eeprom = new E1000Eeprom(wiring.mac);
    this.#wireFree = wiring.timers.create('e1000', () => {
      this.#transmit();
    });
    const { pci } = this;
    pci.define(PCI.command, 2, 0, 0x0007);
    pci.define(PCI.interruptPin, 1, 1, 0);
    pci.defineBar(0, { kind: 'memory', sizeBytes: MMIO_BYTES });
    pci.defineBar(1, { kind: 'io', sizeBytes: PORT_BYTES });
    pci.onDecodeChange = () => {
      this.#decode();
    };
  }

  #decode(): void {
    const { memorySpace, ports } = this.#wiring;
    const moved = (
      old: { readonly base: number; readonly region: Region } | null,
      base: number | null,
    ): boolean => {
      if ((old?.base ?? null) === base) return false;
      old?.region.remove();
      return true;
    };
    const mmio = this.pci.barAddress(0);
    if (moved(this.#mmio, mmio))
      this.#mmio =
        mmio === null ? null : { base: mmio, region: memorySpace.claimMmio('e1000', mmio, MMIO_BYTES, this) };
    const io = this.pci.barAddress(1);
    if (moved(this.#io, io))
      this.#io =
        io === null ? null : { base: io, region: ports.claim('e1000', io, PORT_BYTES, this.#portHandler, 4) };
  }

  reset(): void {
    this.pci.reset();
    this.#softwareReset();
    this.#ioAddress = 0;
  }

  #softwareReset(): void {
    this.#registers.clear();
    this.#tables.fill(0);
    this.#statistics.fill(0);
    this.#eeprom.reset();
    this.#phy.reset();
    this.#cause = 0;
    this.#mask = 0;
    this.#context = NO_CONTEXT;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#wireFree.cancel();
    this.#registers.set(REG.packetBuffer, 0x00100030);
    const { mac } = this.#wiring;
    const view = new DataView(mac.buffer, mac.byteOffset);
    this.#tables[this.#tableIndex(REG.receiveAddress)] = view.getUint32(0, true);
    this.#tables[this.#tableIndex(REG.receiveAddress) + 1] = view.getUint16(4, true) | 0x80000000;
    this.#update();
  }

  state(fields: StateFields): void {
    const registers = fields.list<readonly [number, number]>(
      [...this.#registers],
      ([offset, value]) => [fields.u32(offset), fields.u32(value)],
      [0, 0],
    );
    fields.bytes(new Uint8Array(this.#tables.buffer));
    fields.bytes(new Uint8Array(this.#statistics.buffer));
    this.#eeprom.state(fields);
    this.#phy.state(fields);
    this.#cause = fields.u32(this.#cause);
    this.#mask = fields.u32(this.#mask);
    const number = (value: number): number => fields.u32(value);
    const context = this.#context;
    this.#context = {
      ipStart: number(context.ipStart),
      ipSumAt: number(context.ipSumAt),
      ipEnd: number(context.ipEnd),
      bodyStart: number(context.bodyStart),
      bodySumAt: number(context.bodySumAt),
      bodyEnd: number(context.bodyEnd),
      ipv4: fields.bool(context.ipv4),
      tcp: fields.bool(context.tcp),
      headerBytes: number(context.headerBytes),
      segmentBytes: number(context.segmentBytes),
    };
    this.#gathered = fields.list(this.#gathered, (piece) => fields.buffer(piece), new Uint8Array(0));
    this.#gatheredBytes = number(this.#gatheredBytes);
    this.#options = number(this.#options);
    this.#ioAddress = number(this.#ioAddress);
    if (!fields.restoring) return;
    this.#registers.clear();
    for (const [offset, value] of registers) this.#registers.set(offset, value);
    this.#update();
  }

  #get(offset: number): number {
    return this.#registers.get(offset) ?? 0;
  }

  #tableIndex(offset: number): number {
    return (offset - REG.multicastTable) >> 2;
  }

  // --- Interrupts ---------------------------------------------------------------------------------------------

  #update(): void {
    this.#wiring.interrupt((this.#cause & this.#mask) !== 0);
  }

  #raise(cause: number): void {
    this.#cause |= cause;
    this.#update();
  }

  // --- Registers ----------------------------------------------------------------------------------------------

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    const value = this.#read(offset & ~3) >>> 0;
    return sizeBytes === 4 ? value : (value >>> (8 * (offset & 3))) & (2 ** (8 * sizeBytes) - 1);
  }

  #read(offset: number): number {
    if (offset >= REG.statistics && offset < REG.statisticsEnd)
      return this.#readStatistic(offset - REG.statistics);
    if (offset >= REG.multicastTable && offset < REG.tablesEnd)
      return this.#tables[this.#tableIndex(offset)] ?? 0;
    switch (offset) {
      case REG.status:
        return STATUS_LINK_UP;
      case REG.eecd:
        return this.#eeprom.eecd;
      case REG.eerd:
        return this.#eeprom.eerd;
      case REG.mdic:
        return this.#phy.mdic;
      case REG.causeRead: {
        const cause = this.#cause;
        this.#cause = 0;
        this.#update();
        return cause;
      }
      case REG.maskSet:
        return this.#mask;
      default:
        if (!this.#known(offset)) this.#logOnce(`e1000: read of register 0x${offset.toString(16)}`);
        return this.#get(offset);
    }
  }

  #known(offset: number): boolean {
    const ring = (base: number): boolean => offset >= base && offset <= base + RING.tail;
    return (
      STORAGE.has(offset) ||
      ring(REG.rxBaseLow) ||
      ring(REG.txBaseLow) ||
      [REG.control, REG.receiveControl, REG.transmitControl, 0x180].includes(offset)
    );
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    if (sizeBytes !== 4 || (offset & 3) !== 0) {
      this.#logOnce(`e1000: write of ${String(sizeBytes)} byte(s) at 0x${offset.toString(16)} ignored`);
      return;
    }
    if (offset >= REG.multicastTable && offset < REG.tablesEnd) {
      this.#tables[this.#tableIndex(offset)] = value;
      return;
    }
    const action = this.#actions.get(offset);
    if (action !== undefined) action(value);
    else if (this.#known(offset)) this.#registers.set(offset, value);
    else if (offset < REG.statistics || offset >= REG.statisticsEnd)
      this.#logOnce(`e1000: write of register 0x${offset.toString(16)} ignored`);
  }

  readonly #actions: ReadonlyMap<number, (value: number) => void> = new Map<number, (value: number) => void>([
    [
      REG.control,
      (value) => {
        if ((value & CONTROL_RESET) !== 0) this.#softwareReset();
        else this.#registers.set(REG.control, value);
      },
    ],
    [REG.eecd, (value) => (this.#eeprom.eecd = value)],
    [REG.eerd, (value) => (this.#eeprom.eerd = value)],
    [REG.mdic, (value) => (this.#phy.mdic = value)],
    [
      REG.causeRead,
      (value) => {
        this.#cause &= ~value;
        this.#update();
      },
    ],
    [
      REG.causeSet,
      (value) => {
        this.#raise(value);
      },
    ],
    [
      REG.maskSet,
      (value) => {
        this.#mask |= value;
        this.#update();
      },
    ],
    [
      REG.maskClear,
      (value) => {
        this.#mask &= ~value;
        this.#update();
      },
    ],
    [
      REG.transmitControl,
      (value) => {
        this.#registers.set(REG.transmitControl, value);
        this.#transmit();
      },
    ],
    [
      REG.txTail,
      (value) => {
        this.#registers.set(REG.txTail, value & 0xffff);
        this.#transmit();
      },
    ],
  ]);

  /** IOADDR and IODATA: the registers through ports. */
  readonly #portHandler: PortHandler = {
    portRead: (port, sizeBytes) => {
      const offset = port & (PORT_BYTES - 1);
      if (offset === 0 && sizeBytes === 4) return this.#ioAddress;
      return offset === 4 && sizeBytes === 4 && this.#ioAddress < MMIO_BYTES
        ? this.mmioRead(this.#ioAddress, 4)
        : 0;
    },
    portWrite: (port, sizeBytes, value) => {
      const offset = port & (PORT_BYTES - 1);
      if (offset === 0 && sizeBytes === 4) this.#ioAddress = value >>> 0;
      else if (offset === 4 && sizeBytes === 4 && this.#ioAddress < MMIO_BYTES)
        this.mmioWrite(this.#ioAddress, 4, value);
    },
  };

  // --- Statistics ---------------------------------------------------------------------------------------------

  /** Counters are cleared by reading; of a pair the high half clears both. */
  #readStatistic(at: number): number {
    const index = at >> 2;
    const value = this.#statistics[index] ?? 0;
    if (WIDE_COUNTERS.has(at)) return value;
    this.#statistics[index] = 0;
    if (WIDE_COUNTERS.has(at - 4)) this.#statistics[index - 1] = 0;
    return value;
  }

  #count(at: number, amount = 1): void {
    const index = at >> 2;
    const sum = (this.#statistics[index] ?? 0) + amount;
    this.#statistics[index] = sum;
    if (WIDE_COUNTERS.has(at)) {
      if (sum >= 2 ** 32) this.#statistics[index + 1] = (this.#statistics[index + 1] ?? 0) + 1;
    } else if (sum >= 2 ** 32) {
      // The others stay at their greatest value.
      this.#statistics[index] = 0xffffffff;
    }
  }

  #countBySize(base: number, bytes: number): void {
    this.#count(base + 4 * SIZE_LIMITS.findIndex((limit) => bytes <= limit));
  }

  // --- Transmit -----------------------------------------------------------------------------------------------

  #ringOf(base: number): { readonly address: number; readonly entries: number } {
    const low = this.#get(base + RING.baseLow) & ~15;
    const address = (low >>> 0) + this.#get(base + RING.baseHigh) * 2 ** 32;
    return { address, entries: (this.#get(base + RING.length) & 0xfff80) / DESCRIPTOR_BYTES };
  }

  #transmit(): void {
    if ((this.#get(REG.transmitControl) & TCTL.enable) === 0 || this.#wireFree.armed) return;
    this.#burstBytes = 0;
    const { address, entries } = this.#ringOf(REG.txBaseLow);
    const tail = this.#get(REG.txTail);
    let head = this.#get(REG.txBaseLow + RING.head) & 0xffff;
    let cause = 0;
    for (let walked = 0; head !== tail && walked < entries && head < entries; walked++) {
      if (this.#burstBytes >= BURST_BYTES) {
        this.#wireFree.arm(this.#wiring.timers.nowNs() + this.#burstBytes * NS_PER_BYTE);
        break;
      }
      this.#burstBytes += FRAME_OVERHEAD_BYTES;
      const at = address + head * DESCRIPTOR_BYTES;
      const bytes = new Uint8Array(DESCRIPTOR_BYTES);
      this.#wiring.memory.read(at, bytes);
      this.#transmitDescriptor(new DataView(bytes.buffer));
      if (((bytes[11] ?? 0) & TX.report) !== 0) {
        this.#wiring.memory.write(at + 12, Uint8Array.of((bytes[12] ?? 0) | DONE));
        cause |= CAUSE.txWrittenBack;
      }
      head = (head + 1) % entries;
    }
    this.#registers.set(REG.txBaseLow + RING.head, head);
    if (cause !== 0 || head === tail) this.#raise(cause | (head === tail ? CAUSE.txEmpty : 0));
  }

  #transmitDescriptor(descriptor: DataView): void {
    const word = descriptor.getUint32(8, true);
    const command = word >>> 24;
    const extended = (command & TX.extended) !== 0;
    if (extended && ((word >>> 20) & 15) === 0) {
      this.#context = contextOf(descriptor);
      return;
    }
    const first = this.#gatheredBytes === 0;
    const length = extended ? word & 0xfffff : word & 0xffff;
    if (length > 0 && this.#gatheredBytes + length <= MOST_GATHERED) {
      const piece = new Uint8Array(length);
      this.#wiring.memory.read(Number(descriptor.getBigUint64(0, true)), piece);
      this.#gathered.push(piece);
      this.#gatheredBytes += length;
    }
    if (first && extended) this.#options = descriptor.getUint8(13);
    if ((command & TX.end) === 0) return;
    const data = new Uint8Array(this.#gatheredBytes);
    let at = 0;
    for (const piece of this.#gathered) {
      data.set(piece, at);
      at += piece.length;
    }
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const tag = (command & TX.vlan) !== 0 ? descriptor.getUint16(14, true) : null;
    if (!extended) {
      if ((command & TX.checksum) !== 0)
        insertChecksum(data, descriptor.getUint8(13), (word >>> 16) & 0xff, 0);
      this.#sendFrame(data, tag);
      return;
    }
    const [ip, body] = [(this.#options & 1) !== 0, (this.#options & 2) !== 0];
    if ((command & TX.segment) === 0) {
      insertChecksums(data, this.#context, ip, body);
      this.#sendFrame(data, tag);
      return;
    }
    for (const frame of segments(data, this.#context, ip, body)) this.#sendFrame(frame, tag);
  }

  #sendFrame(data: Uint8Array, vlanTag: number | null): void {
    if (data.length < 14 || data.length > LONGEST_JUMBO) return;
    let frame = vlanTag === null ? data : this.#tagged(data, vlanTag);
    if (frame.length < SHORTEST_FRAME && (this.#get(REG.transmitControl) & TCTL.padShort) !== 0) {
      const padded = new Uint8Array(SHORTEST_FRAME);
      padded.set(frame);
      frame = padded;
    }
    const bytes = frame.length + FCS_BYTES;
    this.#burstBytes += bytes + FRAME_OVERHEAD_BYTES;
    this.#count(COUNT.sent);
    this.#count(COUNT.goodSent);
    this.#count(COUNT.octetsSent, bytes);
    this.#count(COUNT.goodOctetsSent, bytes);
    this.#countBySize(COUNT.sentBySize, bytes);
    if (isBroadcast(frame)) this.#count(COUNT.broadcastSent);
    else if (isMulticast(frame)) this.#count(COUNT.multicastSent);
    if ((this.#get(REG.receiveControl) & RCTL.loopback) !== 0) this.receive(frame);
    else this.#wiring.send(frame);
  }

  #tagged(data: Uint8Array, tag: number): Uint8Array {
    const type = this.#get(REG.vlanType);
    const frame = new Uint8Array(data.length + 4);
    frame.set(data.subarray(0, 12));
    frame.set([type >> 8, type & 0xff, tag >> 8, tag & 0xff], 12);
    frame.set(data.subarray(12), 16);
    return frame;
  }

  // --- Receive ------------------------------------------------------------------------------------------------

  /** A frame from the wire, without its FCS; short ones are padded, as their sender would have. */
  receive(given: Uint8Array): void {
    const control = this.#get(REG.receiveControl);
    if ((control & RCTL.enable) === 0 || given.length < 14) return;
    const limit = (control & RCTL.long) !== 0 ? LONGEST_JUMBO : LONGEST_FRAME;
    const body = Math.max(given.length, SHORTEST_FRAME);
    this.#count(COUNT.received);
    this.#count(COUNT.octetsReceived, body + FCS_BYTES);
    if (body > limit) {
      this.#count(COUNT.tooLong);
      return;
    }
    if (!this.#accepts(given, control)) return;
    const strip = (control & RCTL.stripCrc) !== 0;
    const frame = new Uint8Array(body + (strip ? 0 : FCS_BYTES));
    frame.set(given);
    if (!strip) new DataView(frame.buffer).setUint32(body, crc32(frame.subarray(0, body)), true);
    this.#store(frame, control, body + FCS_BYTES);
  }

  #accepts(frame: Uint8Array, control: number): boolean {
    if (isBroadcast(frame)) return (control & RCTL.broadcast) !== 0;
    const first = this.#tableIndex(REG.receiveAddress);
    const view = new DataView(frame.buffer, frame.byteOffset);
    for (let i = 0; i < 16; i++) {
      const high = this.#tables[first + 2 * i + 1] ?? 0;
      const valid = (high & 0x80000000) !== 0;
      if (
        valid &&
        this.#tables[first + 2 * i] === view.getUint32(0, true) &&
        (high & 0xffff) === view.getUint16(4, true)
      )
        return true;
    }
    if (!isMulticast(frame)) return (control & RCTL.unicastAll) !== 0;
    if ((control & RCTL.multicastAll) !== 0) return true;
    // Twelve bits of the address name a bit of the table; RCTL.MO says which twelve.
    const offset = [4, 3, 2, 0][(control >> 12) & 3] ?? 4;
    const bit = (view.getUint16(4, true) >> offset) & 0xfff;
    return ((this.#tables[bit >> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  #bufferBytes(control: number): number {
    const size = (control >> 16) & 3;
    return (control & RCTL.larger) !== 0 ? (LARGE_BUFFERS[size] ?? 2048) : 2048 >> size;
  }

  #store(frame: Uint8Array, control: number, wireBytes: number): void {
    const { address, entries } = this.#ringOf(REG.rxBaseLow);
    const tail = this.#get(REG.rxTail) & 0xffff;
    let head = this.#get(REG.rxBaseLow + RING.head) & 0xffff;
    const size = this.#bufferBytes(control);
    const needed = Math.ceil(frame.length / size);
    const free = entries === 0 || head >= entries ? 0 : (tail - head + entries) % entries;
    if (free < needed) {
      this.#count(COUNT.missed);
      this.#count(COUNT.noBuffer);
      this.#raise(CAUSE.rxOverrun);
      return;
    }
    const { memory } = this.#wiring;
    for (let at = 0; at < frame.length; at += size) {
      const piece = frame.subarray(at, at + size);
      const descriptorAt = address + head * DESCRIPTOR_BYTES;
      const bytes = new Uint8Array(DESCRIPTOR_BYTES);
      memory.read(descriptorAt, bytes);
      const descriptor = new DataView(bytes.buffer);
      memory.write(Number(descriptor.getBigUint64(0, true)), piece);
      const last = at + size >= frame.length;
      descriptor.setUint16(8, piece.length, true);
      descriptor.setUint32(10, 0, true);
      descriptor.setUint8(12, RX_STATUS.done | RX_STATUS.noChecksum | (last ? RX_STATUS.end : 0));
      descriptor.setUint8(13, 0);
      memory.write(descriptorAt + 8, bytes.subarray(8));
      head = (head + 1) % entries;
    }
    this.#registers.set(REG.rxBaseLow + RING.head, head);
    this.#count(COUNT.goodReceived);
    this.#count(COUNT.goodOctetsReceived, wireBytes);
    this.#countBySize(COUNT.receivedBySize, wireBytes);
    if (isBroadcast(frame)) this.#count(COUNT.broadcastReceived);
    else if (isMulticast(frame)) this.#count(COUNT.multicastReceived);
    const low = free - needed <= entries >> (((control >> 8) & 3) + 1);
    this.#raise(CAUSE.rxTimer | (low ? CAUSE.rxLow : 0));
  }
}

const isMulticast = (frame: Uint8Array): boolean => ((frame[0] ?? 0) & 1) !== 0;
const isBroadcast = (frame: Uint8Array): boolean => frame.subarray(0, 6).every((byte) => byte === 0xff);
