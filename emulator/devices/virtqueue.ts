/**
 * The device's side of a split virtqueue: takes the driver's buffers, gives them back used.
 *
 * - A driver that breaks the rules (an index beyond the ring, a chain without end, more chains than the ring holds)
 *   makes `broken` true: the device must be reset. Nothing is read or written for a broken or disabled queue.
 * Source: Virtual I/O Device (VIRTIO) Version 1.1, 2.6 "Split Virtqueues".
 */
import type { DmaMemory, StateFields } from '../machine/bus.ts';

const DESCRIPTOR_BYTES = 16;
const DESCRIPTOR_FLAG = { next: 1, write: 2, indirect: 4 } as const;
/** Flags and index, in both rings. */
const RING_HEADER_BYTES = 4;
const USED_ENTRY_BYTES = 8;
const NO_INTERRUPT = 1;
const INDICES = 0x10000;

export interface QueueBuffer {
  readonly address: number;
  readonly sizeBytes: number;
  /** For the device to write; otherwise to read. */
  readonly writable: boolean;
}

export interface QueueChain {
  readonly head: number;
  readonly buffers: readonly QueueBuffer[];
}

export class Virtqueue {
  readonly maxSize: number;
  readonly #memory: DmaMemory;
  size: number;
  enabled = false;
  broken = false;
  /** Guest-physical addresses of the descriptor table, the driver's ring and the device's: low and high words. */
  readonly addresses = new Uint32Array(6);
  /** Of the next chain to take, and of the next to give back; they wrap at 16 bits. */
  #taken = 0;
  #used = 0;

  constructor(memory: DmaMemory, maxSize: number) {
    this.#memory = memory;
    this.maxSize = maxSize;
    this.size = maxSize;
  }

  reset(): void {
    this.size = this.maxSize;
    this.enabled = false;
    this.broken = false;
    this.addresses.fill(0);
    this.#taken = 0;
    this.#used = 0;
  }

  state(fields: StateFields): void {
    this.size = fields.u16(this.size);
    this.enabled = fields.bool(this.enabled);
    this.broken = fields.bool(this.broken);
    for (const [i, word] of this.addresses.entries()) this.addresses[i] = fields.u32(word);
    this.#taken = fields.u16(this.#taken);
    this.#used = fields.u16(this.#used);
  }

  /** How many chains the driver has made available. */
  get available(): number {
    if (!this.enabled || this.broken) return 0;
    const count = (this.#read16(this.#driverRing + 2) - this.#taken + INDICES) % INDICES;
    if (count <= this.size) return count;
    this.broken = true;
    return 0;
  }

  get interruptWanted(): boolean {
    return (this.#read16(this.#driverRing) & NO_INTERRUPT) === 0;
  }

  /** The next available chain; null when there is none. */
  take(): QueueChain | null {
    if (this.available === 0) return null;
    const head = this.#read16(this.#driverRing + RING_HEADER_BYTES + 2 * (this.#taken % this.size));
    const buffers = this.#chain(head);
    if (buffers === null) {
      this.broken = true;
      return null;
    }
    this.#taken = (this.#taken + 1) % INDICES;
    return { head, buffers };
  }

  /** Gives a chain back, into whose writable buffers `writtenBytes` were written. */
  giveBack({ head }: QueueChain, writtenBytes: number): void {
    const entry = new DataView(new ArrayBuffer(USED_ENTRY_BYTES));
    entry.setUint32(0, head, true);
    entry.setUint32(4, writtenBytes, true);
    const at = RING_HEADER_BYTES + USED_ENTRY_BYTES * (this.#used % this.size);
    this.#memory.write(this.#deviceRing + at, new Uint8Array(entry.buffer));
    this.#used = (this.#used + 1) % INDICES;
    this.#memory.write(this.#deviceRing + 2, Uint8Array.of(this.#used & 0xff, this.#used >> 8));
  }

  /** Null: it is not one. */
  #chain(head: number): QueueBuffer[] | null {
    const buffers: QueueBuffer[] = [];
    const bytes = new Uint8Array(DESCRIPTOR_BYTES);
    const view = new DataView(bytes.buffer);
    for (let index = head; buffers.length < this.size; index = view.getUint16(14, true)) {
      if (index >= this.size) return null;
      this.#memory.read(this.#address(0) + DESCRIPTOR_BYTES * index, bytes);
      const flags = view.getUint16(12, true);
      // Indirect tables were not offered.
      if ((flags & DESCRIPTOR_FLAG.indirect) !== 0) return null;
      buffers.push({
        address: view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32,
        sizeBytes: view.getUint32(8, true),
        writable: (flags & DESCRIPTOR_FLAG.write) !== 0,
      });
      if ((flags & DESCRIPTOR_FLAG.next) === 0) return buffers;
    }
    return null;
  }

  #address(index: 0 | 1 | 2): number {
    return (this.addresses[2 * index] ?? 0) + (this.addresses[2 * index + 1] ?? 0) * 2 ** 32;
  }

  get #driverRing(): number {
    return this.#address(1);
  }

  get #deviceRing(): number {
    return this.#address(2);
  }

  #read16(address: number): number {
    const bytes = new Uint8Array(2);
    this.#memory.read(address, bytes);
    return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  }
}
