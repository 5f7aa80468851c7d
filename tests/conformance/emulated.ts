/**
 * Runs records on the emulated processor: a machine of RAM and one port, set up for long mode and ring 3
 * without firmware. Descriptor tables and page tables are written straight into RAM; guest/boot.S does the rest.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as L from '../../emulator/cpu/layout.ts';
import { createVcpu } from '../../emulator/cpu/vcpu.ts';
import { bareHost } from '../../emulator/cpu/testing/bare-host.ts';
import type { Vcpu } from '../../emulator/machine/vcpu-types.ts';
import * as F from './case-format.ts';

const RAM_SIZE = 0x800000;
const PML4 = 0x1000;
const PDPT = 0x2000;
const PD = 0x3000;
const DATA_PT = 0x4000;
const CODE_PT = 0x5000;
const GDTR = 0x7f00;
const IDTR = 0x7f10;
const GDT = 0x8000;
const IDT = 0x9000;
const TSS = 0xa000;
const ORIGIN = 0xb000;
const STUBS = ORIGIN + 0x100;
const RING0_STACK_TOP = 0xf000;
const FRAME = 0xe000;
const DATA_PHYSICAL = 0x400000;
const CODE_PHYSICAL = 0x410000;
const RESET_PAGE = 0xfffff000;

/** The selectors of Linux, for a case may push them. */
const USER_CODE32 = 0x23;
const USER_CODE64 = 0x33;
const USER_DATA = 0x2b;
const RUN_BUDGET = 100_000;

const PRESENT_WRITE = 3n;
const USER = 4n;
const LARGE = 0x80n;
const NO_EXECUTE = 1n << 63n;

/** Vectors that push an error code (SDM vol. 3, table 6-1). */
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17, 21]);

function assembleBoot(): Uint8Array {
  const source = path.join(import.meta.dirname, 'guest/boot.S');
  const folder = path.join(import.meta.dirname, '../../out/tests');
  mkdirSync(folder, { recursive: true });
  const elf = path.join(folder, 'conformance-boot.elf');
  const binary = path.join(folder, 'conformance-boot.bin');
  const link = [
    '-nostdlib',
    '-static',
    '-no-pie',
    '-Wl,--build-id=none',
    `-Wl,-Ttext=0x${ORIGIN.toString(16)}`,
  ];
  for (const [program, ...args] of [
    ['gcc', ...link, '-Wl,-estart', '-o', elf, source],
    ['objcopy', '-O', 'binary', '-j', '.text', elf, binary],
  ] as const) {
    const run = spawnSync(program, args, { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${program} failed on guest/boot.S: ${run.stderr}`);
  }
  return readFileSync(binary);
}

export class EmulatedProcessor {
  readonly #vcpu: Vcpu;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #ram: number;
  readonly #data: Int32Array;
  /** What the processor logged, for failure reports. */
  readonly log: string[];

  static async create(): Promise<EmulatedProcessor> {
    const log: string[] = [];
    const vcpu: Vcpu = await createVcpu(
      RAM_SIZE,
      bareHost({
        portWrite: () => {
          vcpu.requestYield();
        },
        log: (_level, message) => log.push(message),
      }),
    );
    return new EmulatedProcessor(vcpu, log);
  }

  private constructor(vcpu: Vcpu, log: string[]) {
    this.#vcpu = vcpu;
    this.log = log;
    this.#ram = vcpu.ramOffset;
    this.#view = new DataView(vcpu.memory.buffer);
    this.#bytes = new Uint8Array(vcpu.memory.buffer);
    this.#data = new Int32Array(vcpu.memory.buffer, this.#ram + DATA_PHYSICAL, F.DATA_SIZE / 4);
    const rom = vcpu.allocateBacking(4096);
    vcpu.mapPages(0, RAM_SIZE, 'ram', this.#ram);
    vcpu.mapPages(RESET_PAGE, 4096, 'rom', rom);
    // jmp far 0:ORIGIN
    this.#bytes.set([0xea, ORIGIN & 0xff, ORIGIN >> 8, 0, 0], rom + 0xff0);
    this.#bytes.set(assembleBoot(), this.#ram + ORIGIN);
    this.#writeTables();
    this.#bytes.fill(0xcc, this.#ram + CODE_PHYSICAL, this.#ram + CODE_PHYSICAL + F.CODE_SIZE);
    vcpu.reset('power-on');
    this.#expectYield('the way to long mode');
  }

  #expectYield(what: string): void {
    const reason = this.#vcpu.run(RUN_BUDGET);
    if (reason === 'yield') return;
    const registers = [...this.#vcpu.registers()]
      .map(([name, value]) => `${name}=${value.toString(16)}`)
      .join(' ');
    throw new Error(`${what} ended with ${reason}: ${this.log.join('; ')} ${registers}`);
  }

  #set64(physical: number, value: bigint): void {
    this.#view.setBigUint64(this.#ram + physical, value, true);
  }

  #writeTables(): void {
    this.#set64(PML4, BigInt(PDPT) | PRESENT_WRITE | USER);
    this.#set64(PDPT, BigInt(PD) | PRESENT_WRITE | USER);
    // The first 2 MiB, for the supervisor: tables, boot code, stack.
    this.#set64(PD, PRESENT_WRITE | LARGE);
    this.#set64(PD + (F.DATA_BASE >> 21) * 8, BigInt(DATA_PT) | PRESENT_WRITE | USER);
    this.#set64(PD + (F.CODE_BASE >> 21) * 8, BigInt(CODE_PT) | PRESENT_WRITE | USER);
    for (let page = 0; page < F.DATA_SIZE / 4096; page++) {
      this.#set64(
        DATA_PT + page * 8,
        BigInt(DATA_PHYSICAL + page * 4096) | PRESENT_WRITE | USER | NO_EXECUTE,
      );
    }
    for (let page = 0; page < F.CODE_SIZE / 4096; page++) {
      this.#set64(CODE_PT + page * 8, BigInt(CODE_PHYSICAL + page * 4096) | PRESENT_WRITE | USER);
    }
    // Null, ring-0 code and data, unused, ring-3 32-bit code, data, 64-bit code, TSS (two entries).
    const tss = BigInt(TSS);
    const descriptors = [
      0n,
      0x00af9a000000ffffn,
      0x00cf92000000ffffn,
      0n,
      0x00cffa000000ffffn,
      0x00cff2000000ffffn,
      0x00affa000000ffffn,
      0x0000890000000067n | ((tss & 0xffffffn) << 16n),
      0n,
    ];
    descriptors.forEach((descriptor, i) => {
      this.#set64(GDT + i * 8, descriptor);
    });
    this.#view.setUint16(this.#ram + GDTR, descriptors.length * 8 - 1, true);
    this.#set64(GDTR + 2, BigInt(GDT));
    for (let vector = 0; vector < 32; vector++) {
      const stub = BigInt(STUBS + vector * 16);
      // Present, interrupt gate, open to ring 3 as Linux's gates for INT3 and INTO are.
      const rights = vector === 3 || vector === 4 ? 0xeen : 0x8en;
      this.#set64(
        IDT + vector * 16,
        (stub & 0xffffn) | (8n << 16n) | (rights << 40n) | ((stub >> 16n) << 48n),
      );
      this.#set64(IDT + vector * 16 + 8, 0n);
    }
    this.#view.setUint16(this.#ram + IDTR, 32 * 16 - 1, true);
    this.#set64(IDTR + 2, BigInt(IDT));
    this.#set64(TSS + 4, BigInt(RING0_STACK_TOP));
    // No I/O permission map: its offset lies beyond the limit.
    this.#view.setUint16(this.#ram + TSS + 102, 0x68, true);
  }

  #setFrame(rip: bigint, cs: number, rflags: bigint, rsp: bigint): void {
    [rip, BigInt(cs), rflags, rsp, BigInt(USER_DATA)].forEach((value, i) => {
      this.#set64(FRAME + i * 8, value);
    });
    this.#view.setBigUint64(L.REGS + 32, BigInt(FRAME), true);
  }

  #load(record: DataView, bytes: Uint8Array): void {
    const code = this.#ram + CODE_PHYSICAL;
    // All of it: the last case may have written to code.
    this.#bytes.fill(0xcc, code, code + F.CODE_SIZE);
    const offset = record.getUint32(F.AT_CODE_OFFSET, true);
    const length = record.getUint32(F.AT_CODE_LENGTH, true);
    this.#bytes.set(bytes.subarray(F.AT_CODE, F.AT_CODE + length), code + offset);
    this.#vcpu.invalidateCode(code, F.CODE_SIZE);
    this.#data.fill(0);
    this.#bytes.set(
      bytes.subarray(F.AT_WINDOW, F.AT_WINDOW + F.WINDOW_SIZE),
      this.#ram + DATA_PHYSICAL + F.WINDOW_OFFSET,
    );
    for (let i = 0; i < 16; i++) {
      this.#view.setBigUint64(L.REGS + i * 8, record.getBigUint64(F.AT_REGS + i * 8, true), true);
    }
    this.#loadFx(record, bytes);
    const rsp = record.getBigUint64(F.AT_REGS + 32, true);
    const cs = record.getUint32(F.AT_COMPATIBILITY, true) ? USER_CODE32 : USER_CODE64;
    this.#setFrame(BigInt(F.CODE_BASE + offset), cs, record.getBigUint64(F.AT_RFLAGS, true), rsp);
  }

  /** FXSAVE image to state; ST(i) of the image is physical register (TOP + i) mod 8. */
  #loadFx(record: DataView, bytes: Uint8Array): void {
    const fx = F.AT_FX;
    const status = record.getUint16(fx + 2, true);
    const top = (status >> 11) & 7;
    this.#view.setUint16(L.FPU_CONTROL, record.getUint16(fx, true), true);
    this.#view.setUint16(L.FPU_STATUS, status, true);
    this.#view.setUint16(L.FPU_TAGS, record.getUint8(fx + 4), true);
    this.#view.setUint16(L.FPU_OPCODE, record.getUint16(fx + 6, true), true);
    this.#view.setBigUint64(L.FPU_IP, record.getBigUint64(fx + 8, true), true);
    this.#view.setBigUint64(L.FPU_DP, record.getBigUint64(fx + 16, true), true);
    // As the 64-bit form of FXRSTOR leaves them.
    this.#view.setUint16(L.FPU_CS, 0, true);
    this.#view.setUint16(L.FPU_DS, 0, true);
    this.#view.setUint32(L.MXCSR, record.getUint32(fx + 24, true), true);
    for (let i = 0; i < 8; i++) {
      const at = fx + 32 + i * 16;
      this.#bytes.set(bytes.subarray(at, at + 16), L.FPU_REGS + ((top + i) & 7) * 16);
    }
    this.#bytes.set(bytes.subarray(fx + 160, fx + 416), L.XMM);
  }

  #saveFx(record: DataView, bytes: Uint8Array): void {
    const fx = F.AT_FX;
    const status = this.#view.getUint16(L.FPU_STATUS, true);
    const top = (status >> 11) & 7;
    record.setUint16(fx, this.#view.getUint16(L.FPU_CONTROL, true), true);
    record.setUint16(fx + 2, status, true);
    record.setUint8(fx + 4, this.#view.getUint8(L.FPU_TAGS));
    record.setUint16(fx + 6, this.#view.getUint16(L.FPU_OPCODE, true), true);
    record.setBigUint64(fx + 8, this.#view.getBigUint64(L.FPU_IP, true), true);
    record.setBigUint64(fx + 16, this.#view.getBigUint64(L.FPU_DP, true), true);
    record.setUint32(fx + 24, this.#view.getUint32(L.MXCSR, true), true);
    for (let i = 0; i < 8; i++) {
      const from = L.FPU_REGS + ((top + i) & 7) * 16;
      bytes.set(this.#bytes.subarray(from, from + 10), fx + 32 + i * 16);
    }
    bytes.set(this.#bytes.subarray(L.XMM, L.XMM + 256), fx + 160);
  }

  #save(record: DataView, bytes: Uint8Array, timedOut: boolean): void {
    // The stub pushed the vector last; below it lies the error code, if any, and the frame of the interrupt.
    const stack = this.#ram + Number(this.#view.getBigUint64(L.REGS + 32, true));
    const vector = Number(this.#view.getBigUint64(stack, true));
    const hasError = WITH_ERROR.has(vector);
    const frame = stack + (hasError ? 16 : 8);
    const error = hasError ? this.#view.getUint32(stack + 8, true) : 0;
    record.setUint32(F.AT_VECTOR, timedOut ? F.TIMED_OUT : vector, true);
    record.setUint32(F.AT_ERROR, error, true);
    record.setBigUint64(F.AT_CR2, vector === 14 ? this.#view.getBigUint64(L.CR2, true) : 0n, true);
    for (let i = 0; i < 16; i++) {
      record.setBigUint64(F.AT_REGS + i * 8, this.#view.getBigUint64(L.REGS + i * 8, true), true);
    }
    record.setBigUint64(F.AT_RIP, this.#view.getBigUint64(frame, true), true);
    record.setBigUint64(F.AT_RFLAGS, this.#view.getBigUint64(frame + 16, true), true);
    record.setBigUint64(F.AT_REGS + 32, this.#view.getBigUint64(frame + 24, true), true);
    this.#saveFx(record, bytes);
    record.setUint32(F.AT_HASH, F.hashOutside(this.#data), true);
    const window = this.#ram + DATA_PHYSICAL + F.WINDOW_OFFSET;
    bytes.set(this.#bytes.subarray(window, window + F.WINDOW_SIZE), F.AT_WINDOW);
  }

  #wroteCode(record: DataView, bytes: Uint8Array): boolean {
    const at = this.#ram + CODE_PHYSICAL + record.getUint32(F.AT_CODE_OFFSET, true);
    const length = record.getUint32(F.AT_CODE_LENGTH, true);
    return bytes.subarray(F.AT_CODE, F.AT_CODE + length).some((byte, i) => this.#bytes[at + i] !== byte);
  }

  /** Results of the records in `cases`, in the same order. */
  run(cases: Uint8Array): Uint8Array {
    const results = new Uint8Array(cases.length);
    for (let at = 0; at < cases.length; at += F.RECORD_SIZE) {
      const from = cases.subarray(at, at + F.RECORD_SIZE);
      const to = results.subarray(at, at + F.RECORD_SIZE);
      const given = new DataView(from.buffer, from.byteOffset, F.RECORD_SIZE);
      this.#load(given, from);
      let timedOut = false;
      const reason = this.#vcpu.run(RUN_BUDGET);
      if (reason === 'budget') {
        timedOut = true;
        this.#vcpu.raiseNmi();
        this.#expectYield('a case that had timed out');
      } else if (reason !== 'yield') {
        throw new Error(`case ${at / F.RECORD_SIZE} ended with ${reason}: ${this.log.join('; ')}`);
      }
      const result = new DataView(to.buffer, to.byteOffset, F.RECORD_SIZE);
      this.#save(result, to, timedOut);
      result.setUint32(F.AT_WROTE_CODE, this.#wroteCode(given, from) ? 1 : 0, true);
    }
    return results;
  }
}
