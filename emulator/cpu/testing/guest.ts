/**
 * A processor with 2 MiB of RAM for tests: code as hex bytes, run in real mode, flat 32-bit protected mode or
 * 64-bit mode until HLT.
 *
 * - Memory: GDT 0x800, IDT 0x5000, exception stubs 0x6000 (each notes its vector at 0x600 and halts), stack below
 *   0x7000, boot code 0x7C00, page tables 0x2000-0x4FFF with 4-KiB pages at 0x9000 (identity), TSS 0x1800, test
 *   code 0x10000. In real mode test code is at 0100:0000.
 * - Selectors: 0x08 64-bit code, 0x10 data, 0x18 32-bit code, 0x20 data, 0x2B user code (64-bit), 0x33 user data,
 *   0x38 16-bit code, 0x40 TSS, 0x53 user code (32-bit), 0x58 data at 0x40000 up to 0x20FF.
 */
import { bareHost } from './bare-host.ts';
import type { VcpuHost } from '../../machine/vcpu-types.ts';
import { createVcpu, type VcpuOptions, type WasmVcpu } from '../vcpu.ts';

export const CODE = 0x10000;
export const PAGE_TABLE = 0x9000;
export const STACK_TOP = 0x7000;
const RAM_BYTES = 2 << 20;
const NOTE = 0x600;
const GDT = 0x800;
const IDT = 0x5000;
const STUBS = 0x6000;
const TSS = 0x1800;
const BOOT = 0x7c00;
const ENTRY = 0x7d00;

export function bytes(hex: string): Uint8Array {
  // Text after a semicolon explains.
  const digits = hex.replace(/;.*$/gm, '').replace(/\s+/g, '');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

// cli; lgdt [7F0]; lidt [7E8]; CR4 = PAE OSFXSR OSXMMEXCPT; CR3 = 2000; EFER |= SCE LME NXE; CR0 = PG WP NE PE; jmp 8:ENTRY
const TO_LONG = bytes(`fa 0f0116f007 0f011ee807 66b820060000 0f22e0 66b800200000 0f22d8 66b9800000c0 0f32
  660d01090000 0f30 66b833000180 0f22c0 66ea007d00000800`);
// cli; lgdt; lidt; CR0 = NE PE; jmp 18:ENTRY
const TO_PROTECTED = bytes('fa 0f0116f007 0f011ee807 66b833000000 0f22c0 66ea007d00001800');
// Data segments, stack, task register, jump to the test code.
const ENTER_LONG = bytes('66b81000 8ed8 8ec0 8ed0 bc00700000 66b84000 0f00d8 b800000100 ffe0');
const ENTER_PROTECTED = bytes('66b82000 8ed8 8ec0 8ed0 bc00700000 66b84000 0f00d8 b800000100 ffe0');

export class Guest {
  readonly vcpu: WasmVcpu;
  readonly view: DataView;
  readonly log: string[] = [];
  /** What the host does; tests replace members. */
  readonly host: { -readonly [K in keyof VcpuHost]: VcpuHost[K] };

  private constructor(vcpu: WasmVcpu, host: VcpuHost, log: string[]) {
    this.vcpu = vcpu;
    this.host = host;
    this.log = log;
    this.view = new DataView(vcpu.memory.buffer, vcpu.ramOffset, RAM_BYTES);
  }

  static async create(options: VcpuOptions = {}): Promise<Guest> {
    const log: string[] = [];
    const host = bareHost({ acknowledgeInterrupt: () => 0x20, log: (_level, message) => log.push(message) });
    const vcpu = await createVcpu(RAM_BYTES, host, options);
    const guest = new Guest(vcpu, host, log);
    vcpu.mapPages(0, RAM_BYTES, 'ram', vcpu.ramOffset);
    const rom = vcpu.allocateBacking(0x1000);
    // jmp 0:BOOT at the reset vector.
    new Uint8Array(vcpu.memory.buffer).set(bytes('ea007c0000'), rom + 0xff0);
    vcpu.mapPages(0xfffff000, 0x1000, 'rom', rom);
    return guest;
  }

  write(address: number, data: Uint8Array | string): void {
    const content = typeof data === 'string' ? bytes(data) : data;
    new Uint8Array(this.view.buffer, this.view.byteOffset).set(content, address);
    this.vcpu.invalidateCode(this.vcpu.ramOffset + address, content.length);
  }

  /** The page-table entry of a page below 2 MiB. */
  pageEntry(address: number): bigint {
    return this.view.getBigUint64(PAGE_TABLE + (address >> 12) * 8, true);
  }

  setPageEntry(address: number, entry: bigint): void {
    this.view.setBigUint64(PAGE_TABLE + (address >> 12) * 8, entry, true);
  }

  get vector(): number {
    return this.view.getUint8(NOTE);
  }

  register(name: string): bigint {
    const value = this.vcpu.registers().get(name);
    if (value === undefined) throw new Error(`no register ${name}`);
    return value;
  }

  /** Runs until HLT or a triple fault. */
  finish(limit = 200_000): string {
    for (let executed = 0; executed < limit; executed += 1000) {
      const result = this.vcpu.run(1000);
      if (result !== 'budget') return result;
    }
    throw new Error(`still running at ${this.register('rip').toString(16)}`);
  }

  prepare(): void {
    const { view } = this;
    view.setUint8(NOTE, 0xff);
    const gdt = [
      0n,
      0x00af9a000000ffffn,
      0x00cf92000000ffffn,
      0x00cf9a000000ffffn,
      0x00cf92000000ffffn,
      0x00affa000000ffffn,
      0x00cff2000000ffffn,
      0x00009a000000ffffn,
      0x0000890018000067n,
      0n,
      0x00cffa000000ffffn,
      0x00409204000020ffn,
    ];
    gdt.forEach((d, i) => {
      view.setBigUint64(GDT + i * 8, d, true);
    });
    view.setUint16(0x7f0, gdt.length * 8 - 1, true);
    view.setUint32(0x7f2, GDT, true);
    // RSP0 (64-bit), then ESP0 and SS0 of the 32-bit form in a TSS of their own layout at the same place.
    view.setBigUint64(TSS + 4, BigInt(STACK_TOP - 0x800), true);
    view.setUint16(TSS + 102, 104, true);
  }

  boot(code: Uint8Array, entry: Uint8Array): void {
    this.write(BOOT, code);
    this.write(ENTRY, entry);
    this.vcpu.reset('power-on');
  }

  #exceptionTable(long: boolean): void {
    const size = long ? 16 : 8;
    this.view.setUint16(0x7e8, 34 * size - 1, true);
    this.view.setUint32(0x7ea, IDT, true);
    for (let vector = 0; vector < 34; vector++) {
      const stub = STUBS + vector * 16;
      // By SS: the data segments are null after an interrupt out of virtual-8086 mode.
      const note = long ? 'c6042500060000' : '36c60500060000';
      this.write(stub, `${note}${vector.toString(16).padStart(2, '0')}f4`);
      const at = IDT + vector * size;
      this.view.setUint16(at, stub, true);
      this.view.setUint16(at + 2, long ? 0x08 : 0x18, true);
      this.view.setUint32(at + 4, 0xee00, true);
      if (long) this.view.setBigUint64(at + 8, 0n, true);
    }
  }

  startReal(code: string): void {
    this.write(BOOT, '31c08ed8 ea00000001');
    this.write(0x1000, code);
    this.vcpu.reset('power-on');
  }

  startProtected(code: string): void {
    this.prepare();
    this.view.setUint32(TSS + 4, STACK_TOP - 0x800, true);
    this.view.setUint32(TSS + 8, 0x20, true);
    this.#exceptionTable(false);
    this.write(CODE, code);
    this.boot(TO_PROTECTED, ENTER_PROTECTED);
  }

  startLong(code: string): void {
    this.prepare();
    this.#exceptionTable(true);
    const { view } = this;
    view.setBigUint64(0x2000, 0x3007n, true);
    view.setBigUint64(0x3000, 0x4007n, true);
    view.setBigUint64(0x4000, BigInt(PAGE_TABLE) | 7n, true);
    for (let page = 0; page < 512; page++)
      view.setBigUint64(PAGE_TABLE + page * 8, BigInt(page << 12) | 7n, true);
    this.write(CODE, code);
    this.boot(TO_LONG, ENTER_LONG);
  }

  runReal(code: string): this {
    this.startReal(code);
    this.finish();
    return this;
  }

  runProtected(code: string): this {
    this.startProtected(code);
    this.finish();
    return this;
  }

  runLong(code: string): this {
    this.startLong(code);
    this.finish();
    return this;
  }
}
