/**
 * The configuration space of one PCI function: 256 bytes, which of them software may write, and its BARs.
 *
 * - `define` sets a register's reset value and its writable bits; everything else reads 0 and ignores writes.
 * - `onDecodeChange` is called after a write that may have moved or switched a BAR or a command bit.
 * Source: PCI Local Bus Specification 2.2, chapter 6.
 */
import type { AccessSize, Chip, StateFields } from '../machine/bus.ts';

export const PCI = {
  vendorId: 0x00,
  deviceId: 0x02,
  command: 0x04,
  status: 0x06,
  revision: 0x08,
  progIf: 0x09,
  subclass: 0x0a,
  baseClass: 0x0b,
  headerType: 0x0e,
  bar0: 0x10,
  subsystemVendorId: 0x2c,
  subsystemId: 0x2e,
  romBar: 0x30,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
} as const;

export const PCI_COMMAND = { io: 0x01, memory: 0x02, busMaster: 0x04 } as const;
const ROM_ENABLE = 1;
const IO_SPACE = 1;

export interface PciIdentity {
  readonly vendorId: number;
  readonly deviceId: number;
  readonly revision: number;
  /** Base class, subclass and programming interface, as in 0x010180. */
  readonly classCode: number;
  readonly multifunction?: boolean;
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
}

export interface Bar {
  readonly kind: 'memory' | 'prefetchable' | 'io';
  /** A power of two: at least 16 for memory, 4 for I/O. */
  readonly sizeBytes: number;
}

export class PciFunction implements Chip {
  readonly #config = new Uint8Array(256);
  readonly #resetValues = new Uint8Array(256);
  readonly #writable = new Uint8Array(256);
  /** Bits that writing 1 clears. */
  readonly #clearable = new Uint8Array(256);
  readonly #bars = new Map<number, Bar>();
  onDecodeChange: () => void = () => undefined;
  /** Called before software reads, with the offset and size, for registers that are made when they are read. */
  onRead: (offset: number, sizeBytes: number) => void = () => undefined;
  /** Called after any write with the offset and size, for registers that do something. */
  onWrite: (offset: number, sizeBytes: number) => void = () => undefined;

  constructor(identity: PciIdentity) {
    this.define(PCI.vendorId, 2, identity.vendorId, 0);
    this.define(PCI.deviceId, 2, identity.deviceId, 0);
    this.define(PCI.revision, 1, identity.revision, 0);
    this.define(PCI.progIf, 1, identity.classCode & 0xff, 0);
    this.define(PCI.subclass, 2, identity.classCode >> 8, 0);
    this.define(PCI.headerType, 1, identity.multifunction === true ? 0x80 : 0, 0);
    this.define(PCI.subsystemVendorId, 2, identity.subsystemVendorId ?? 0, 0);
    this.define(PCI.subsystemId, 2, identity.subsystemId ?? 0, 0);
    this.define(PCI.command, 2, 0, PCI_COMMAND.io | PCI_COMMAND.memory | PCI_COMMAND.busMaster);
    this.define(PCI.interruptLine, 1, 0, 0xff);
  }

  /** Reset value and writable bits of a little-endian register of 1, 2 or 4 bytes. */
  define(offset: number, sizeBytes: AccessSize, value: number, writable: number, clearable = 0): void {
    for (let i = 0; i < sizeBytes; i++) {
      this.#resetValues[offset + i] = (value >>> (8 * i)) & 0xff;
      this.#config[offset + i] = (value >>> (8 * i)) & 0xff;
      this.#writable[offset + i] = (writable >>> (8 * i)) & 0xff;
      this.#clearable[offset + i] = (clearable >>> (8 * i)) & 0xff;
    }
  }

  defineBar(index: number, bar: Bar): void {
    const flags = bar.kind === 'io' ? IO_SPACE : bar.kind === 'prefetchable' ? 8 : 0;
    this.define(PCI.bar0 + 4 * index, 4, flags, -bar.sizeBytes >>> 0);
    this.#bars.set(index, bar);
  }

  defineRom(sizeBytes: number): void {
    this.define(PCI.romBar, 4, 0, ((-sizeBytes & ~0x7ff) | ROM_ENABLE) >>> 0);
  }

  reset(): void {
    this.#config.set(this.#resetValues);
    this.onDecodeChange();
  }

  state(fields: StateFields): void {
    fields.bytes(this.#config);
    if (fields.restoring) this.onDecodeChange();
  }

  get(offset: number, sizeBytes: AccessSize): number {
    let value = 0;
    for (let i = 0; i < sizeBytes; i++) value |= (this.#config[offset + i] ?? 0) << (8 * i);
    return value >>> 0;
  }

  /** A configuration read by software. */
  read(offset: number, sizeBytes: AccessSize): number {
    this.onRead(offset, sizeBytes);
    return this.get(offset, sizeBytes);
  }

  /** The device itself changes a register, whatever software may write. */
  set(offset: number, sizeBytes: AccessSize, value: number): void {
    for (let i = 0; i < sizeBytes; i++) this.#config[offset + i] = (value >>> (8 * i)) & 0xff;
  }

  /** A configuration write by software. */
  write(offset: number, sizeBytes: AccessSize, value: number): void {
    for (let i = 0; i < sizeBytes; i++) {
      const byte = (value >>> (8 * i)) & 0xff;
      const at = offset + i;
      const mask = this.#writable[at] ?? 0;
      const kept = (this.#config[at] ?? 0) & ~(byte & (this.#clearable[at] ?? 0));
      this.#config[at] = (kept & ~mask) | (byte & mask);
    }
    this.onWrite(offset, sizeBytes);
    if ((offset >= PCI.command && offset < PCI.status) || (offset >= PCI.bar0 && offset < 0x34)) {
      this.onDecodeChange();
    }
  }

  /** Where a BAR decodes now, or null when it is switched off or not set. */
  barAddress(index: number): number | null {
    const bar = this.#bars.get(index);
    if (bar === undefined) return null;
    const enable = bar.kind === 'io' ? PCI_COMMAND.io : PCI_COMMAND.memory;
    if ((this.get(PCI.command, 2) & enable) === 0) return null;
    const base = (this.get(PCI.bar0 + 4 * index, 4) & -bar.sizeBytes) >>> 0;
    // The all-ones pattern of sizing and an unset register decode nothing.
    return base === 0 || base + bar.sizeBytes >= 2 ** 32 ? null : base;
  }

  romAddress(): number | null {
    const value = this.get(PCI.romBar, 4);
    if ((this.get(PCI.command, 2) & PCI_COMMAND.memory) === 0 || (value & ROM_ENABLE) === 0) return null;
    const base = (value & ~0x7ff) >>> 0;
    return base === 0 || base >= 0xfff00000 ? null : base;
  }
}
