/**
 * The 82540EM's EEPROM (93C46, 64 words) behind EECD's four wires and EERD, and its PHY behind MDIC.
 *
 * - The link is always up: 1000 Mb/s, full duplex, negotiated.
 * Source: Intel PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (317453), 5, 8 and
 * 13.4.3 to 13.4.9; Marvell 88E1011 register descriptions in its chapter 13.
 */
import type { StateFields } from '../machine/bus.ts';

const WORDS = 64;
const CHECKSUM_WORD = 63;
const CHECKSUM = 0xbaba;
const EECD = {
  clock: 0x01,
  select: 0x02,
  dataIn: 0x04,
  dataOut: 0x08,
  request: 0x40,
  grant: 0x80,
  present: 0x100,
} as const;
/** Start bit, two bits of opcode, six of address. */
const READ_COMMAND_BITS = 9;
const READ_COMMAND = 6;
const EERD = { start: 0x01, done: 0x10 } as const;

export class E1000Eeprom {
  readonly #words = new Uint16Array(WORDS);
  #eecd = 0;
  #eerd = 0;
  /** Bits shifted in since the start bit; bits that are left to shift out. */
  #command = 0;
  #commandBits = 0;
  #out = 0;
  #outBits = 0;

  constructor(mac: Uint8Array) {
    for (let i = 0; i < 3; i++) this.#words[i] = (mac[2 * i] ?? 0) | ((mac[2 * i + 1] ?? 0) << 8);
    // Initialisation control, subsystem and device IDs as the manual's table 5-2 places them.
    this.#words.set([0x4608, 0x1100, 0x1af4, 0x100e, 0x8086, 0x3040], 10);
    const sum = this.#words.reduce((a, b) => a + b, 0);
    this.#words[CHECKSUM_WORD] = CHECKSUM - sum;
  }

  reset(): void {
    this.#eecd = 0;
    this.#eerd = 0;
    this.#deselect();
  }

  state(fields: StateFields): void {
    this.#eecd = fields.u32(this.#eecd);
    this.#eerd = fields.u32(this.#eerd);
    this.#command = fields.u16(this.#command);
    this.#commandBits = fields.u8(this.#commandBits);
    this.#out = fields.u16(this.#out);
    this.#outBits = fields.u8(this.#outBits);
  }

  #deselect(): void {
    this.#command = 0;
    this.#commandBits = 0;
    this.#out = 0;
    this.#outBits = 0;
  }

  get eecd(): number {
    const grant = (this.#eecd & EECD.request) !== 0 ? EECD.grant : 0;
    // The data line is pulled up: "ready".
    const out = this.#outBits > 16 ? 0 : this.#outBits > 0 ? (this.#out >> (this.#outBits - 1)) & 1 : 1;
    return this.#eecd | grant | EECD.present | (out !== 0 ? EECD.dataOut : 0);
  }

  set eecd(value: number) {
    const old = this.#eecd;
    this.#eecd = value & (EECD.clock | EECD.select | EECD.dataIn | EECD.request);
    if ((value & EECD.select) === 0) this.#deselect();
    else if ((value & ~old & EECD.clock) !== 0) this.#clock((value & EECD.dataIn) !== 0 ? 1 : 0);
  }

  #clock(bit: number): void {
    if (this.#outBits > 0) {
      this.#outBits--;
      return;
    }
    // Zeros before the start bit do not count.
    if (this.#commandBits === 0 && bit === 0) return;
    this.#command = (this.#command << 1) | bit;
    if (++this.#commandBits < READ_COMMAND_BITS) return;
    const address = this.#command & (WORDS - 1);
    // Writing is not offered: the write commands (and "write enable") end here.
    if (this.#command >> 6 === READ_COMMAND) {
      this.#out = this.#words[address] ?? 0;
      // A zero goes before the data.
      this.#outBits = 17;
    }
    this.#command = 0;
    this.#commandBits = 0;
  }

  get eerd(): number {
    return this.#eerd;
  }

  set eerd(value: number) {
    if ((value & EERD.start) === 0) return;
    const address = (value >> 8) & 0xff;
    this.#eerd = ((value & 0xff00) | EERD.done | ((this.#words[address] ?? 0xffff) << 16)) >>> 0;
  }
}

const PHY_ADDRESS = 1;
const MDIC = { write: 1, read: 2, ready: 0x10000000, error: 0x40000000 } as const;
const PHY_RESET_VALUES: readonly (readonly [register: number, value: number])[] = [
  [0, 0x1140],
  // Status: link up, negotiation complete, all 10 and 100 Mb/s modes, extended status.
  [1, 0x796d],
  [2, 0x0141],
  [3, 0x0c20],
  [4, 0x0de1],
  [5, 0x41e0],
  [6, 0x0001],
  [9, 0x0e00],
  // The partner does 1000BASE-T full duplex, both receivers are good.
  [10, 0x3c00],
  [15, 0x3000],
  [16, 0x0360],
  // 1000 Mb/s, full duplex, resolved, link up.
  [17, 0xac00],
  [20, 0x0d60],
];
const PHY_WRITABLE = new Set([0, 4, 9, 16, 18, 20, 29, 30]);
const PHY_CONTROL_RESET = 0x8000;
const PHY_CONTROL_LOOPBACK = 0x4000;
const PHY_CONTROL_RESTART = 0x0200;

export class E1000Phy {
  readonly #registers = new Uint16Array(32);
  #mdic: number = MDIC.ready;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#registers.fill(0);
    for (const [register, value] of PHY_RESET_VALUES) this.#registers[register] = value;
    this.#mdic = MDIC.ready;
  }

  state(fields: StateFields): void {
    fields.bytes(new Uint8Array(this.#registers.buffer));
    this.#mdic = fields.u32(this.#mdic);
  }

  /** What the MAC sends comes back to it (bit 14 of the control register). */
  get loopback(): boolean {
    return ((this.#registers[0] ?? 0) & PHY_CONTROL_LOOPBACK) !== 0;
  }

  get mdic(): number {
    return this.#mdic;
  }

  set mdic(value: number) {
    const register = (value >> 16) & 31;
    const operation = (value >> 26) & 3;
    const done = (value & 0x2fff0000) | MDIC.ready;
    if (((value >> 21) & 31) !== PHY_ADDRESS) {
      this.#mdic = (done | MDIC.error) >>> 0;
      return;
    }
    if (operation === MDIC.write) this.#write(register, value & 0xffff);
    const data = operation === MDIC.read ? (this.#registers[register] ?? 0) : value & 0xffff;
    this.#mdic = (done | data) >>> 0;
  }

  #write(register: number, value: number): void {
    if (!PHY_WRITABLE.has(register)) return;
    if (register === 0 && (value & PHY_CONTROL_RESET) !== 0) {
      const { mdic } = this;
      this.reset();
      this.#mdic = mdic;
      return;
    }
    // Restarting the negotiation clears itself: it has succeeded already.
    this.#registers[register] = register === 0 ? value & ~PHY_CONTROL_RESTART : value;
  }
}
