/**
 * The 82540EM's way in: address filters, and the ring of receive descriptors. A frame that finds no descriptor is
 * dropped and counted, as on the wire.
 * Source: Intel 317453, 3.2 "Packet reception", 13.5 "Filter registers".
 */
import { crc32 } from 'node:zlib';
import type { DmaMemory, StateFields } from '../machine/bus.ts';
import {
  ADDRESS_HIGH_BITS,
  CAUSE,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_DONE,
  FCS_BYTES,
  isBroadcast,
  isMulticast,
  LONGEST_JUMBO,
  RCTL,
  REG,
  RING,
  SHORTEST_FRAME,
  type E1000Registers,
} from './e1000-registers.ts';
import { COUNT, type E1000Statistics } from './e1000-statistics.ts';

/** With BSEX; the first is reserved. */
const LARGE_BUFFERS = [2048, 16384, 8192, 4096] as const;
const RX_STATUS = { done: DESCRIPTOR_DONE, end: 0x02, noChecksum: 0x04 } as const;
const LONGEST_FRAME = 1518;
/** Where they begin in the tables, two words each. */
const RECEIVE_ADDRESSES = (REG.receiveAddress - REG.multicastTable) / 4;
const ADDRESS_VALID = 0x80000000;

export interface E1000ReceiveWiring {
  readonly memory: DmaMemory;
  readonly statistics: E1000Statistics;
  readonly raise: (cause: number) => void;
}

export class E1000Receiver {
  readonly #wiring: E1000ReceiveWiring;
  readonly #registers: E1000Registers;
  /** Multicast table, receive addresses and VLAN filter: 0x5200 to 0x57FF. */
  readonly #tables = new Uint32Array((REG.tablesEnd - REG.multicastTable) / 4);

  constructor(registers: E1000Registers, wiring: E1000ReceiveWiring) {
    this.#registers = registers;
    this.#wiring = wiring;
  }

  /** The first receive address is the card's own, loaded from its EEPROM. */
  reset(mac: Uint8Array): void {
    this.#tables.fill(0);
    const view = new DataView(mac.buffer, mac.byteOffset);
    this.#tables[RECEIVE_ADDRESSES] = view.getUint32(0, true);
    this.#tables[RECEIVE_ADDRESSES + 1] = view.getUint16(4, true) | ADDRESS_VALID;
  }

  state(fields: StateFields): void {
    fields.bytes(new Uint8Array(this.#tables.buffer));
  }

  /** By a register's offset, 0x5200 to 0x57FF. */
  readTable(offset: number): number {
    return this.#tables[(offset - REG.multicastTable) >> 2] ?? 0;
  }

  writeTable(offset: number, value: number): void {
    const high = offset >= REG.receiveAddress && offset < REG.receiveAddressEnd && (offset & 4) !== 0;
    this.#tables[(offset - REG.multicastTable) >> 2] = high ? value & ADDRESS_HIGH_BITS : value;
  }

  /** A frame from the wire, without its FCS; short ones are padded, as their sender would have. */
  receive(given: Uint8Array): void {
    const { statistics } = this.#wiring;
    const control = this.#registers.get(REG.receiveControl);
    if ((control & RCTL.enable) === 0 || given.length < 14) return;
    const limit = (control & RCTL.long) !== 0 ? LONGEST_JUMBO : LONGEST_FRAME;
    const body = Math.max(given.length, SHORTEST_FRAME);
    statistics.count(COUNT.received);
    statistics.count(COUNT.octetsReceived, body + FCS_BYTES);
    if (body > limit) {
      statistics.count(COUNT.tooLong);
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
    const first = RECEIVE_ADDRESSES;
    const view = new DataView(frame.buffer, frame.byteOffset);
    for (let i = 0; i < 16; i++) {
      const high = this.#tables[first + 2 * i + 1] ?? 0;
      const valid = (high & ADDRESS_VALID) !== 0;
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
    const { address, entries } = this.#registers.ring(REG.rxBaseLow);
    const { memory, statistics } = this.#wiring;
    const tail = this.#registers.get(REG.rxTail) & 0xffff;
    let head = this.#registers.head(REG.rxBaseLow);
    const size = this.#bufferBytes(control);
    const needed = Math.ceil(frame.length / size);
    const free = entries === 0 || head >= entries ? 0 : (tail - head + entries) % entries;
    if (free < needed) {
      statistics.count(COUNT.missed);
      statistics.count(COUNT.noBuffer);
      this.#wiring.raise(CAUSE.rxOverrun);
      return;
    }
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
    statistics.stored(frame, wireBytes);
    const low = free - needed <= entries >> (((control >> 8) & 3) + 1);
    this.#wiring.raise(CAUSE.rxTimer | (low ? CAUSE.rxLow : 0));
  }
}
