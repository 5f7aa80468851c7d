/**
 * The 82540EM's way out: the ring of transmit descriptors, gathered into frames.
 *
 * - Descriptors are served at once. After a burst of `BURST_BYTES` the rest of the ring waits for as long as the wire
 *   needs for it.
 * - The descriptors are the guest's: a ring is walked at most once around for each write of its tail.
 * Source: Intel 317453, 3.3 "Packet transmission", 3.4 "Transmit descriptor ring structure".
 */
import type { DmaMemory, StateFields, Timer, Timers } from '../machine/bus.ts';
import { contextOf, insertChecksum, insertChecksums, NO_CONTEXT, segments } from './e1000-offload.ts';
import {
  CAUSE,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_DONE,
  FCS_BYTES,
  LONGEST_JUMBO,
  REG,
  RING,
  SHORTEST_FRAME,
  TCTL,
  type E1000Registers,
} from './e1000-registers.ts';
import type { E1000Statistics } from './e1000-statistics.ts';

const TX = { end: 0x01, checksum: 0x04, report: 0x08, extended: 0x20, vlan: 0x40, segment: 0x04 } as const;
/** What a guest may gather before an end of packet: a large send. */
const MOST_GATHERED = 256 * 1024;
const BURST_BYTES = 1024 * 1024;
/** Preamble, gap, and the time that a descriptor without a frame takes. */
const FRAME_OVERHEAD_BYTES = 20;
/** At 1 Gb/s. */
const NS_PER_BYTE = 8;

export interface E1000TransmitWiring {
  readonly memory: DmaMemory;
  readonly timers: Timers;
  readonly statistics: E1000Statistics;
  readonly raise: (cause: number) => void;
  /** A frame without its FCS goes to the wire. */
  readonly send: (frame: Uint8Array) => void;
}

export class E1000Transmitter {
  readonly #wiring: E1000TransmitWiring;
  readonly #registers: E1000Registers;
  #context = NO_CONTEXT;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Options of the packet's first data descriptor. */
  #options = 0;
  /** Armed while the wire is busy with a burst. */
  readonly #wireFree: Timer;
  /** Bytes on the wire since a transmission began. */
  #burstBytes = 0;

  constructor(registers: E1000Registers, wiring: E1000TransmitWiring) {
    this.#registers = registers;
    this.#wiring = wiring;
    this.#wireFree = wiring.timers.create('e1000', () => {
      this.transmit();
    });
  }

  reset(): void {
    this.#context = NO_CONTEXT;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#wireFree.cancel();
  }

  state(fields: StateFields): void {
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
  }

  /** Goes on with the ring, unless the wire is busy. */
  transmit(): void {
    if ((this.#registers.get(REG.transmitControl) & TCTL.enable) === 0 || this.#wireFree.armed) return;
    this.#burstBytes = 0;
    const { address, entries } = this.#registers.ring(REG.txBaseLow);
    const tail = this.#registers.get(REG.txTail);
    let head = this.#registers.head(REG.txBaseLow);
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
        this.#wiring.memory.write(at + 12, Uint8Array.of((bytes[12] ?? 0) | DESCRIPTOR_DONE));
        cause |= CAUSE.txWrittenBack;
      }
      head = (head + 1) % entries;
    }
    this.#registers.set(REG.txBaseLow + RING.head, head);
    if (cause !== 0 || head === tail) this.#wiring.raise(cause | (head === tail ? CAUSE.txEmpty : 0));
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
    if (frame.length < SHORTEST_FRAME && (this.#registers.get(REG.transmitControl) & TCTL.padShort) !== 0) {
      const padded = new Uint8Array(SHORTEST_FRAME);
      padded.set(frame);
      frame = padded;
    }
    const bytes = frame.length + FCS_BYTES;
    this.#burstBytes += bytes + FRAME_OVERHEAD_BYTES;
    this.#wiring.statistics.sent(frame, bytes);
    this.#wiring.send(frame);
  }

  #tagged(data: Uint8Array, tag: number): Uint8Array {
    const type = this.#registers.get(REG.vlanType);
    const frame = new Uint8Array(data.length + 4);
    frame.set(data.subarray(0, 12));
    frame.set([type >> 8, type & 0xff, tag >> 8, tag & 0xff], 12);
    frame.set(data.subarray(12), 16);
    return frame;
  }
}
