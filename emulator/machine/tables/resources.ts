/**
 * ACPI resource descriptors, and the template that closes them.
 * Source: ACPI specification 1.0b, 6.4 "Resource Data Types".
 */
import { buffer, type Aml } from './aml.ts';

type Resource = readonly number[];

const word = (v: number): number[] => [v & 0xff, (v >> 8) & 0xff];
const dword = (v: number): number[] => [v & 0xff, (v >>> 8) & 0xff, (v >>> 16) & 0xff, v >>> 24];

export const io = (base: number, length: number): Resource => [
  0x47,
  1,
  ...word(base),
  ...word(base),
  1,
  length,
];

/** Edge-triggered, active high: an ISA interrupt. */
export const isaIrq = (irq: number): Resource => [0x22, ...word(1 << irq)];

/** Level-triggered, active low, shared: what a PCI interrupt link may use. */
export const pciIrqs = (...irqs: number[]): Resource => [
  0x89,
  ...word(2 + 4 * irqs.length),
  0x09,
  irqs.length,
  ...irqs.flatMap(dword),
];

export const dma = (channel: number): Resource => [0x2a, 1 << channel, 0x00];

/** A device's fixed registers in memory. */
export const memory = (base: number, length: number): Resource => [
  0x86,
  ...word(9),
  0x01,
  ...dword(base),
  ...dword(length),
];

const WINDOW = { memory: 0, io: 1, bus: 2 } as const;
const FIXED_POSITIVE = 0x0c;

export const busNumbers = (first: number, last: number): Resource => [
  0x88,
  ...word(13),
  WINDOW.bus,
  FIXED_POSITIVE,
  0,
  ...word(0),
  ...word(first),
  ...word(last),
  ...word(0),
  ...word(last - first + 1),
];

export const ioWindow = (first: number, last: number): Resource => [
  0x88,
  ...word(13),
  WINDOW.io,
  FIXED_POSITIVE,
  0x03,
  ...word(0),
  ...word(first),
  ...word(last),
  ...word(0),
  ...word(last - first + 1),
];

/** `cacheable`: the legacy VGA window and prefetchable memory; otherwise uncached. */
export const memoryWindow = (first: number, last: number, cacheable: boolean): Resource => [
  0x87,
  ...word(23),
  WINDOW.memory,
  FIXED_POSITIVE,
  cacheable ? 0x03 : 0x01,
  ...dword(0),
  ...dword(first),
  ...dword(last),
  ...dword(0),
  ...dword(last - first + 1),
];

export function resourceTemplate(...resources: Resource[]): Aml {
  // The end tag's checksum may be 0: "treat as correct".
  return buffer([...resources.flat(), 0x79, 0x00]);
}
