/**
 * QEMU's firmware configuration device: port I/O at 0x510/0x511 and DMA at 0x514.
 *
 * - Items are little-endian byte arrays under a 16-bit key; named files have keys from 0x20 and are listed,
 *   sorted by name, in item 0x19.
 * - Reading past the end of an item gives zeros. Writing is possible by DMA only, into items added writable.
 * Source: QEMU documentation, docs/specs/fw_cfg.rst.
 */
import type { AccessSize, Chip, DmaMemory, PortHandler, StateFields } from '../machine/bus.ts';

export const FW_CFG = {
  signature: 0x00,
  id: 0x01,
  uuid: 0x02,
  ramSize: 0x03,
  noGraphic: 0x04,
  cpuCount: 0x05,
  bootMenu: 0x0e,
  maxCpus: 0x0f,
  numa: 0x0d,
  fileDirectory: 0x19,
  firstFile: 0x20,
  acpiTables: 0x8000,
  smbiosEntries: 0x8001,
  irq0Override: 0x8002,
  e820: 0x8003,
} as const;

const ID_TRADITIONAL_AND_DMA = 3;
const KEY_MASK = 0x3fff | 0x8000;
const FILE_NAME_BYTES = 56;
const FILE_ENTRY_BYTES = 64;
const DMA_SIGNATURE = Array.from('QEMU CFG', (c) => c.charCodeAt(0));
const DMA = { error: 0x01, read: 0x02, skip: 0x04, select: 0x08, write: 0x10 } as const;
const DMA_DESCRIPTOR_BYTES = 16;
const DMA_PORT = 0x514;

interface Item {
  readonly bytes: Uint8Array;
  readonly writable: boolean;
  /** Makes the bytes anew, as many, when the item is selected. */
  readonly make?: () => Uint8Array;
}

export class FwCfg implements Chip, PortHandler {
  readonly #memory: DmaMemory;
  readonly #items = new Map<number, Item>();
  readonly #files = new Map<string, Item>();
  #key = 0;
  #offset = 0;
  #dmaHigh = 0;

  constructor(memory: DmaMemory) {
    this.#memory = memory;
    this.setItem(FW_CFG.signature, Uint8Array.of(0x51, 0x45, 0x4d, 0x55));
    this.setItem(FW_CFG.id, Uint8Array.of(ID_TRADITIONAL_AND_DMA, 0, 0, 0));
    this.#listFiles();
  }

  reset(): void {
    this.#key = 0;
    this.#offset = 0;
    this.#dmaHigh = 0;
  }

  /** What the guest has written with it; the other items follow from the machine's configuration. */
  state(fields: StateFields): void {
    this.#key = fields.u16(this.#key);
    this.#offset = fields.f64(this.#offset);
    this.#dmaHigh = fields.u32(this.#dmaHigh);
    for (const [, item] of [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (item.writable) fields.bytes(item.bytes);
  }

  setItem(key: number, bytes: Uint8Array): void {
    this.#items.set(key, { bytes, writable: false });
  }

  /** Adds or replaces a named file. Only before the guest runs: keys follow the order of names. */
  setFile(name: string, bytes: Uint8Array, writable = false): void {
    if (name.length >= FILE_NAME_BYTES) throw new RangeError(`fw_cfg file name is too long: ${name}`);
    this.#files.set(name, { bytes, writable });
    this.#listFiles();
  }

  /** A file that depends on what firmware has set up meanwhile; its length never changes. */
  setLiveFile(name: string, make: () => Uint8Array): void {
    this.#files.set(name, { bytes: make(), writable: false, make });
    this.#listFiles();
  }

  #listFiles(): void {
    const names = [...this.#files.keys()].sort();
    const directory = new Uint8Array(4 + names.length * FILE_ENTRY_BYTES);
    const view = new DataView(directory.buffer);
    view.setUint32(0, names.length);
    names.forEach((name, i) => {
      const item = this.#files.get(name);
      if (item === undefined) return;
      const at = 4 + i * FILE_ENTRY_BYTES;
      view.setUint32(at, item.bytes.length);
      view.setUint16(at + 4, FW_CFG.firstFile + i);
      for (let c = 0; c < name.length; c++) directory[at + 8 + c] = name.charCodeAt(c);
      this.#items.set(FW_CFG.firstFile + i, item);
    });
    this.setItem(FW_CFG.fileDirectory, directory);
  }

  portRead(port: number, sizeBytes: AccessSize): number {
    if (port >= DMA_PORT) {
      let value = 0;
      for (let i = 0; i < sizeBytes; i++) {
        value += (DMA_SIGNATURE[port - DMA_PORT + i] ?? 0) * 2 ** (8 * i);
      }
      return value;
    }
    if (port === 0x511 && sizeBytes === 1) return this.#items.get(this.#key)?.bytes[this.#offset++] ?? 0;
    return sizeBytes === 1 ? 0xff : sizeBytes === 2 ? 0xffff : 0xffffffff;
  }

  portWrite(port: number, sizeBytes: AccessSize, value: number): void {
    if (port === 0x510 && sizeBytes === 2) this.#select(value);
    else if (sizeBytes === 4 && port === DMA_PORT) this.#dmaHigh = swap32(value);
    else if (sizeBytes === 4 && port === DMA_PORT + 4) this.#runDma(this.#dmaHigh * 2 ** 32 + swap32(value));
  }

  #select(key: number): void {
    this.#key = key & KEY_MASK;
    this.#offset = 0;
    const item = this.#items.get(this.#key);
    if (item?.make !== undefined) item.bytes.set(item.make());
  }

  #runDma(descriptorAddress: number): void {
    this.#dmaHigh = 0;
    const raw = new Uint8Array(DMA_DESCRIPTOR_BYTES);
    this.#memory.read(descriptorAddress, raw);
    const descriptor = new DataView(raw.buffer);
    const control = descriptor.getUint32(0);
    const length = descriptor.getUint32(4);
    const address = Number(descriptor.getBigUint64(8));
    if ((control & DMA.select) !== 0) this.#select(control >>> 16);
    const failed = this.#transfer(control, length, address);
    this.#memory.write(descriptorAddress, Uint8Array.of(0, 0, 0, failed ? DMA.error : 0));
  }

  /** Moves `length` bytes; true when the item refused. Beyond the item's end zeros are read. */
  #transfer(control: number, length: number, address: number): boolean {
    const item = this.#items.get(this.#key);
    const from = this.#offset;
    if ((control & DMA.read) !== 0) {
      const available = item?.bytes.subarray(from, from + length) ?? new Uint8Array(0);
      this.#memory.write(address, available);
      this.#memory.clear(address + available.length, length - available.length);
    } else if ((control & DMA.write) !== 0) {
      if (item === undefined || !item.writable || from + length > item.bytes.length) return true;
      this.#memory.read(address, item.bytes.subarray(from, from + length));
    } else if ((control & DMA.skip) === 0) {
      return false;
    }
    this.#offset = from + length;
    return false;
  }
}

function swap32(v: number): number {
  return (((v & 0xff) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;
}
