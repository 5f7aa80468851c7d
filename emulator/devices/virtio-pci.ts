/**
 * A virtio 1.x device's connection to PCI: the four structures in its memory BAR, negotiation, queues and interrupt
 * pin A; virtio-capabilities.ts says where they are.
 *
 * - No transitional interface and no MSI-X; of the features VIRTIO_F_VERSION_1 alone is offered.
 * - A device that finds a broken queue calls `update`: it then says DEVICE_NEEDS_RESET and does nothing more.
 * Source: Virtual I/O Device (VIRTIO) Version 1.1, 2.1, 3.1 and 4.1 "Virtio Over PCI Bus".
 */
import type {
  AccessSize,
  Chip,
  DmaMemory,
  Line,
  MemorySpace,
  MmioHandler,
  Region,
  StateFields,
} from '../machine/bus.ts';
import { PCI, PCI_COMMAND, PciFunction } from './pci-function.ts';
import {
  AREA,
  AREA_BYTES,
  BAR,
  BAR_BYTES,
  defineCapabilities,
  NOTIFY_MULTIPLIER,
} from './virtio-capabilities.ts';
import { Virtqueue } from './virtqueue.ts';

const VENDOR_ID = 0x1af4;
const FIRST_DEVICE_ID = 0x1040;
const SUBSYSTEM_ID = 0x1100;
const STATUS = { driverOk: 4, featuresOk: 8, needsReset: 64 } as const;
const ISR = { queue: 1, configuration: 2 } as const;
const NO_VECTOR = 0xffff;
/** VIRTIO_F_VERSION_1 is bit 32. */
const OFFERED: readonly number[] = [0, 1];

export const COMMON = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  msixVector: 0x10,
  queueCount: 0x12,
  status: 0x14,
  generation: 0x15,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueMsixVector: 0x1a,
  queueEnable: 0x1c,
  queueNotifyOffset: 0x1e,
  queueAddresses: 0x20,
  end: 0x38,
} as const;

/** Of the fields that a driver writes, but for the addresses. */
const FIELD_BYTES: ReadonlyMap<number, AccessSize> = new Map<number, AccessSize>([
  [COMMON.deviceFeatureSelect, 4],
  [COMMON.driverFeatureSelect, 4],
  [COMMON.driverFeature, 4],
  [COMMON.status, 1],
  [COMMON.queueSelect, 2],
  [COMMON.queueSize, 2],
  [COMMON.queueEnable, 2],
]);

export interface VirtioWiring {
  readonly memorySpace: MemorySpace;
  readonly memory: DmaMemory;
  readonly interrupt: Line;
}

/** What is behind the connection. */
export interface VirtioDevice {
  /** VIRTIO 1.1, 5 "Device Types". */
  readonly type: number;
  readonly classCode: number;
  /** The largest size of each queue. */
  readonly queueSizes: readonly number[];
  readConfiguration(offset: number): number;
  writeConfiguration(offset: number, byte: number): void;
  /** The driver has made buffers available. */
  notified(queue: number): void;
  /** The driver works with the device, or does not any more. */
  activeChanged(): void;
  reset(): void;
}

export class VirtioPci implements Chip, MmioHandler {
  readonly pci: PciFunction;
  readonly queues: readonly Virtqueue[];
  readonly #wiring: VirtioWiring;
  readonly #device: VirtioDevice;
  #deviceFeatureSelect = 0;
  #driverFeatureSelect = 0;
  readonly #driverFeatures = new Uint32Array(OFFERED.length);
  #status = 0;
  #isr = 0;
  #queueSelect = 0;
  #mapped: { readonly base: number; readonly region: Region } | null = null;

  constructor(wiring: VirtioWiring, device: VirtioDevice) {
    this.#wiring = wiring;
    this.#device = device;
    this.queues = device.queueSizes.map((size) => new Virtqueue(wiring.memory, size));
    this.pci = new PciFunction({
      vendorId: VENDOR_ID,
      deviceId: FIRST_DEVICE_ID + device.type,
      revision: 1,
      classCode: device.classCode,
      subsystemVendorId: VENDOR_ID,
      subsystemId: SUBSYSTEM_ID,
    });
    defineCapabilities(this.pci, this);
    this.pci.define(PCI.interruptPin, 1, 1, 0);
    this.pci.defineBar(BAR, { kind: 'memory', sizeBytes: BAR_BYTES });
    this.pci.onDecodeChange = () => {
      this.#decode();
    };
  }

  get memory(): DmaMemory {
    return this.#wiring.memory;
  }

  /** The driver has negotiated and works with the device. */
  get active(): boolean {
    return (this.#status & (STATUS.driverOk | STATUS.needsReset)) === STATUS.driverOk;
  }

  /** Whether buffers may be touched: the device is active, and a bus master. */
  get mayTransfer(): boolean {
    return this.active && (this.pci.get(PCI.command, 2) & PCI_COMMAND.busMaster) !== 0;
  }

  /** Call when buffers were given back, or found broken. */
  update(queue: Virtqueue): void {
    if (this.queues.some(({ broken }) => broken)) {
      if ((this.#status & STATUS.needsReset) !== 0) return;
      this.#status |= STATUS.needsReset;
      this.#raise(ISR.configuration);
      this.#device.activeChanged();
    } else if (queue.interruptWanted) this.#raise(ISR.queue);
  }

  reset(): void {
    this.pci.reset();
    this.#deviceReset();
  }

  #deviceReset(): void {
    this.#deviceFeatureSelect = 0;
    this.#driverFeatureSelect = 0;
    this.#driverFeatures.fill(0);
    this.#status = 0;
    this.#isr = 0;
    this.#queueSelect = 0;
    for (const queue of this.queues) queue.reset();
    this.#wiring.interrupt(false);
    this.#device.reset();
    this.#device.activeChanged();
  }

  state(fields: StateFields): void {
    this.#deviceFeatureSelect = fields.u32(this.#deviceFeatureSelect);
    this.#driverFeatureSelect = fields.u32(this.#driverFeatureSelect);
    for (const [i, word] of this.#driverFeatures.entries()) this.#driverFeatures[i] = fields.u32(word);
    this.#status = fields.u8(this.#status);
    this.#isr = fields.u8(this.#isr);
    this.#queueSelect = fields.u16(this.#queueSelect);
    for (const queue of this.queues) queue.state(fields);
    if (!fields.restoring) return;
    this.#wiring.interrupt(this.#isr !== 0);
    this.#device.activeChanged();
  }

  #raise(cause: number): void {
    this.#isr |= cause;
    this.#wiring.interrupt(true);
  }

  #decode(): void {
    const base = this.pci.barAddress(BAR);
    if ((this.#mapped?.base ?? null) === base) return;
    this.#mapped?.region.remove();
    const claim = (at: number): Region => this.#wiring.memorySpace.claimMmio('virtio', at, BAR_BYTES, this);
    this.#mapped = base === null ? null : { base, region: claim(base) };
  }

  // --- The structures -----------------------------------------------------------------------------------------

  mmioRead(offset: number, sizeBytes: AccessSize): number {
    const area = offset & ~(AREA_BYTES - 1);
    let value = 0;
    for (let i = 0; i < sizeBytes; i++)
      value += this.#readByte(area, offset - area + i, sizeBytes) * 2 ** (8 * i);
    return value;
  }

  #readByte(area: number, at: number, sizeBytes: AccessSize): number {
    if (area === AREA.common.offset) return at < COMMON.end ? this.#common().getUint8(at) : 0;
    if (area === AREA.device.offset) return this.#device.readConfiguration(at);
    if (area !== AREA.isr.offset || at !== 0 || sizeBytes !== 1) return 0;
    const isr = this.#isr;
    this.#isr = 0;
    this.#wiring.interrupt(false);
    return isr;
  }

  #common(): DataView {
    const view = new DataView(new ArrayBuffer(COMMON.end));
    const queue = this.queues[this.#queueSelect];
    view.setUint32(COMMON.deviceFeatureSelect, this.#deviceFeatureSelect, true);
    view.setUint32(COMMON.deviceFeature, OFFERED[this.#deviceFeatureSelect] ?? 0, true);
    view.setUint32(COMMON.driverFeatureSelect, this.#driverFeatureSelect, true);
    view.setUint32(COMMON.driverFeature, this.#driverFeatures[this.#driverFeatureSelect] ?? 0, true);
    view.setUint16(COMMON.msixVector, NO_VECTOR, true);
    view.setUint16(COMMON.queueCount, this.queues.length, true);
    view.setUint8(COMMON.status, this.#status);
    view.setUint16(COMMON.queueSelect, this.#queueSelect, true);
    view.setUint16(COMMON.queueMsixVector, NO_VECTOR, true);
    if (queue === undefined) return view;
    view.setUint16(COMMON.queueSize, queue.size, true);
    view.setUint16(COMMON.queueEnable, queue.enabled ? 1 : 0, true);
    view.setUint16(COMMON.queueNotifyOffset, this.#queueSelect, true);
    for (const [i, word] of queue.addresses.entries())
      view.setUint32(COMMON.queueAddresses + 4 * i, word, true);
    return view;
  }

  mmioWrite(offset: number, sizeBytes: AccessSize, value: number): void {
    const area = offset & ~(AREA_BYTES - 1);
    if (area === AREA.common.offset) this.#writeCommon(offset, sizeBytes, value >>> 0);
    else if (area === AREA.notify.offset) this.#notify((offset - area) / NOTIFY_MULTIPLIER);
    else if (area === AREA.device.offset)
      for (let i = 0; i < sizeBytes; i++)
        this.#device.writeConfiguration(offset - area + i, (value >>> (8 * i)) & 0xff);
  }

  #notify(queue: number): void {
    if (this.mayTransfer && this.queues[queue] !== undefined) this.#device.notified(queue);
  }

  /** A field is written whole, a queue's address also in halves; anything else is no access that a driver makes. */
  #writeCommon(offset: number, sizeBytes: AccessSize, value: number): void {
    if (offset >= COMMON.queueAddresses) {
      const at = (offset - COMMON.queueAddresses) / 4;
      const queue = this.queues[this.#queueSelect];
      if (sizeBytes === 4 && queue?.enabled === false && at < queue.addresses.length)
        queue.addresses[at] = value;
      return;
    }
    if (FIELD_BYTES.get(offset) === sizeBytes) this.#writeField(offset, value);
  }

  #writeField(offset: number, value: number): void {
    switch (offset) {
      case COMMON.deviceFeatureSelect:
        this.#deviceFeatureSelect = value;
        break;
      case COMMON.driverFeatureSelect:
        this.#driverFeatureSelect = value;
        break;
      case COMMON.driverFeature:
        this.#acceptFeatures(value);
        break;
      case COMMON.status:
        this.#writeStatus(value);
        break;
      case COMMON.queueSelect:
        this.#queueSelect = value;
        break;
      case COMMON.queueSize:
        this.#resize(value);
        break;
      case COMMON.queueEnable:
        this.#enable(value);
    }
  }

  #acceptFeatures(value: number): void {
    if ((this.#status & STATUS.featuresOk) !== 0 || this.#driverFeatureSelect >= OFFERED.length) return;
    this.#driverFeatures[this.#driverFeatureSelect] = value;
  }

  #writeStatus(value: number): void {
    if (value === 0) {
      this.#deviceReset();
      return;
    }
    // Features that were not offered, or a driver of the time before version 1: FEATURES_OK does not stick.
    const accepted = OFFERED.every((offered, i) => {
      const chosen = this.#driverFeatures[i] ?? 0;
      return (chosen & ~offered) === 0 && (i === 0 || chosen === offered);
    });
    const was = this.active;
    this.#status |= accepted ? value : value & ~STATUS.featuresOk;
    if ((this.#status & STATUS.featuresOk) === 0) this.#status &= ~STATUS.driverOk;
    if (this.active !== was) this.#device.activeChanged();
  }

  #resize(size: number): void {
    const queue = this.queues[this.#queueSelect];
    const possible = size > 0 && (size & (size - 1)) === 0;
    if (queue?.enabled === false && possible && size <= queue.maxSize) queue.size = size;
  }

  #enable(value: number): void {
    const queue = this.queues[this.#queueSelect];
    if (queue !== undefined && value === 1) queue.enabled = true;
  }
}
