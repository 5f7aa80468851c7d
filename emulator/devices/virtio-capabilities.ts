/**
 * Where a virtio device's structures are, as capabilities in PCI configuration space say it, and the window there
 * through which software reaches them before the BAR is mapped.
 * Source: Virtual I/O Device (VIRTIO) Version 1.1, 4.1.4 "Virtio Structure PCI Capabilities".
 */
import type { MmioHandler } from '../machine/bus.ts';
import { PCI, type PciFunction } from './pci-function.ts';

export const BAR = 4;
export const BAR_BYTES = 0x4000;
export const AREA_BYTES = 0x1000;
export const NOTIFY_MULTIPLIER = 4;

interface Area {
  /** In its capability. */
  readonly type: number;
  /** Where it begins in the BAR. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export const AREA = {
  common: { type: 1, offset: 0x0000, sizeBytes: 56 },
  notify: { type: 2, offset: 0x3000, sizeBytes: AREA_BYTES },
  isr: { type: 3, offset: 0x1000, sizeBytes: 1 },
  device: { type: 4, offset: 0x2000, sizeBytes: AREA_BYTES },
} as const satisfies Readonly<Record<string, Area>>;
const WINDOW: Area = { type: 5, offset: 0, sizeBytes: 0 };

const CAPABILITY_LIST = { status: 0x10, pointer: 0x34 } as const;
const VENDOR_SPECIFIC = 0x09;
/** Where the capabilities are. */
const PLACE = { common: 0x40, isr: 0x50, device: 0x60, notify: 0x70, window: 0x84 } as const;
const FIELD = { bar: 4, offset: 8, length: 12, data: 16 } as const;
const CAPABILITY_BYTES = 16;
/** With the multiplier, or the window's data. */
const LONG_CAPABILITY_BYTES = 20;

/** `bar` answers what goes through the window. */
export function defineCapabilities(pci: PciFunction, bar: MmioHandler): void {
  const define = (at: number, next: number, area: Area, length = CAPABILITY_BYTES): void => {
    pci.define(at, 4, VENDOR_SPECIFIC | (next << 8) | (length << 16) | (area.type << 24), 0);
    pci.define(at + FIELD.bar, 1, BAR, 0);
    pci.define(at + FIELD.offset, 4, area.offset, 0);
    pci.define(at + FIELD.length, 4, area.sizeBytes, 0);
  };
  pci.define(PCI.status, 2, CAPABILITY_LIST.status, 0);
  pci.define(CAPABILITY_LIST.pointer, 1, PLACE.common, 0);
  define(PLACE.common, PLACE.isr, AREA.common);
  define(PLACE.isr, PLACE.device, AREA.isr);
  define(PLACE.device, PLACE.notify, AREA.device);
  define(PLACE.notify, PLACE.window, AREA.notify, LONG_CAPABILITY_BYTES);
  pci.define(PLACE.notify + FIELD.data, 4, NOTIFY_MULTIPLIER, 0);
  define(PLACE.window, 0, WINDOW, LONG_CAPABILITY_BYTES);
  pci.define(PLACE.window + FIELD.bar, 1, 0, 0xff);
  for (const field of [FIELD.offset, FIELD.length, FIELD.data])
    pci.define(PLACE.window + field, 4, 0, 0xffffffff);
  pci.onRead = (offset, sizeBytes) => {
    if (touchesData(offset, sizeBytes)) throughWindow(pci, bar, 'read');
  };
  pci.onWrite = (offset, sizeBytes) => {
    if (touchesData(offset, sizeBytes)) throughWindow(pci, bar, 'write');
  };
}

function touchesData(offset: number, sizeBytes: number): boolean {
  const data = PLACE.window + FIELD.data;
  return offset < data + 4 && offset + sizeBytes > data;
}

/** Does what the window's fields say; nothing when they name no access that the BAR takes. */
function throughWindow(pci: PciFunction, bar: MmioHandler, direction: 'read' | 'write'): void {
  const field = (offset: number): number => pci.get(PLACE.window + offset, 4);
  const [offset, length] = [field(FIELD.offset), field(FIELD.length)];
  const size = ([1, 2, 4] as const).find((possible) => possible === length);
  if (pci.get(PLACE.window + FIELD.bar, 1) !== BAR || size === undefined) return;
  if (offset % size !== 0 || offset + size > BAR_BYTES) return;
  if (direction === 'read') pci.set(PLACE.window + FIELD.data, 4, bar.mmioRead(offset, size));
  else bar.mmioWrite(offset, size, pci.get(PLACE.window + FIELD.data, size));
}
