/**
 * The 82540EM's registers by name, as the parts of the card see them.
 * Source: Intel PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453), chapter 13.
 */
import type { StateFields } from '../machine/bus.ts';

export const REG = {
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
  receiveAddressEnd: 0x5480,
  tablesEnd: 0x5800,
} as const;
export const RING = { baseLow: 0x00, baseHigh: 0x04, length: 0x08, head: 0x10, tail: 0x18 } as const;
export const CAUSE = {
  txWrittenBack: 0x01,
  txEmpty: 0x02,
  linkChanged: 0x04,
  rxLow: 0x10,
  rxOverrun: 0x40,
  rxTimer: 0x80,
} as const;
export const RCTL = {
  enable: 0x02,
  unicastAll: 0x08,
  multicastAll: 0x10,
  long: 0x20,
  loopback: 0xc0,
  broadcast: 0x8000,
  larger: 0x02000000,
  stripCrc: 0x04000000,
} as const;
export const TCTL = { enable: 0x02, padShort: 0x08 } as const;
export const DESCRIPTOR_BYTES = 16;
/** Bit 0 of a descriptor's status. */
export const DESCRIPTOR_DONE = 0x01;
export const SHORTEST_FRAME = 60;
export const LONGEST_JUMBO = 16384;
export const FCS_BYTES = 4;

/** Bits of the registers that have fewer than 32: the others are reserved or commands, and read as 0 (chapter 13). */
const BITS: ReadonlyMap<number, number> = new Map([
  [0x002c, 0x0000ffff], // FCAH
  [0x0030, 0x0000ffff], // FCT
  [0x0038, 0x0000ffff], // VET
  [0x0170, 0x0000ffff], // FCTTV
  [0x0178, 0xc000ffff], // TXCW
  [0x0410, 0x3fffffff], // TIPG
  [0x2160, 0x8000fff8], // FCRTL
  [0x2168, 0x0000fff8], // FCRTH
  [0x2820, 0x0000ffff], // RDTR
  [0x282c, 0x0000ffff], // RADV
  [0x3820, 0x0000ffff], // TIDV
  [0x382c, 0x0000ffff], // TADV
  ...[REG.rxBaseLow, REG.txBaseLow].flatMap((base): [number, number][] => [
    [base + RING.baseLow, 0xfffffff0],
    [base + RING.length, 0x000fff80],
    [base + RING.head, 0x0000ffff],
    [base + RING.tail, 0x0000ffff],
  ]),
]);
/** RAH: the address's last bytes, which address it is compared with, and whether it is valid. */
export const ADDRESS_HIGH_BITS = 0x8003ffff;

/** Registers that only hold what is written, by their offset. */
export class E1000Registers {
  readonly #values = new Map<number, number>();

  get(offset: number): number {
    return this.#values.get(offset) ?? 0;
  }

  set(offset: number, value: number): void {
    this.#values.set(offset, (value & (BITS.get(offset) ?? 0xffffffff)) >>> 0);
  }

  clear(): void {
    this.#values.clear();
  }

  state(fields: StateFields): void {
    const values = fields.list<readonly [number, number]>(
      [...this.#values],
      ([offset, value]) => [fields.u32(offset), fields.u32(value)],
      [0, 0],
    );
    if (!fields.restoring) return;
    this.#values.clear();
    for (const [offset, value] of values) this.#values.set(offset, value);
  }

  /** The ring whose registers begin at `base`. */
  ring(base: number): { readonly address: number; readonly entries: number } {
    const low = this.get(base + RING.baseLow) & ~15;
    const address = (low >>> 0) + this.get(base + RING.baseHigh) * 2 ** 32;
    return { address, entries: (this.get(base + RING.length) & 0xfff80) / DESCRIPTOR_BYTES };
  }

  head(base: number): number {
    return this.get(base + RING.head) & 0xffff;
  }
}

export const isMulticast = (frame: Uint8Array): boolean => ((frame[0] ?? 0) & 1) !== 0;
export const isBroadcast = (frame: Uint8Array): boolean =>
  frame.subarray(0, 6).every((byte) => byte === 0xff);
