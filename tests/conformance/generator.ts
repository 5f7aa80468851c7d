/**
 * Makes cases: short sequences of random instructions from the instruction table, in 64-bit or compatibility mode,
 * with random registers, flags, FPU state and memory. Memory operands lie in the window most of the time.
 *
 * - Registers 3, 5, 6, 7, 12 and 13 (and RSP) point into the window, 9 and 10 (2 in compatibility mode) are small
 *   indices, RCX is a small count when a string instruction repeats; an earlier instruction of the sequence may spoil
 *   any of them.
 * - Some run with alignment checks (RFLAGS.AC); some of a single instruction end at its trap (RFLAGS.TF), which a
 *   repeated one takes after each element.
 * - VEX prefixes are wrong now and then: VEX.L, a vvvv that names nothing, a prefix before them.
 * - A jump ends its sequence. Where an instruction leaves flags undefined, a compare defines them again unless
 *   it is the last.
 */
import { EXCLUDED } from './exclusions.ts';
import * as F from './case-format.ts';
import type { Random } from './random.ts';
import { operandBytes, type Form, type Vex } from './syntax.ts';
import { ESTIMATES, resultUndefined, undefinedFlags } from './undefined.ts';
import { randomDouble, randomExtended, randomInteger, randomSingle } from './values.ts';

export type Mode = '64-bit' | 'compatibility';

export interface Case {
  readonly record: Uint8Array;
  readonly mode: Mode;
  /** RFLAGS bits that are compared. */
  readonly flagsMask: number;
  /** Mnemonics of the sequence, for reports, and where in the code each instruction begins. */
  readonly mnemonics: readonly string[];
  readonly starts: readonly number[];
}

const COMPARED_FLAGS = 0x8d5 | 0x400 | 0x40000;
const POINTERS: Readonly<Record<Mode, readonly number[]>> = {
  '64-bit': [3, 5, 6, 7, 12, 13],
  compatibility: [3, 5, 6, 7],
};
const INDICES: Readonly<Record<Mode, readonly number[]>> = { '64-bit': [9, 10], compatibility: [2] };
const AC = 0x40000n;
const TF = 0x100n;
const RCX = 1;
const RSP = 4;

interface Memory {
  readonly modrm: number;
  readonly sib: number | null;
  readonly displacement: number;
  readonly displacementBytes: number;
  readonly rexBits: number;
  /** RIP-relative: the displacement is still the absolute target. */
  readonly relative: boolean;
}

class Builder {
  readonly regs = new BigUint64Array(16);
  readonly code: number[] = [];
  readonly window = new Uint8Array(F.WINDOW_SIZE);
  readonly mnemonics: string[] = [];
  readonly starts: number[] = [];
  readonly codeOffset: number;
  flagsMask = COMPARED_FLAGS;
  ended = false;
  /** A compare was added behind an instruction. */
  #definesFlags = false;
  readonly mode: Mode;
  readonly #long: boolean;
  readonly #random: Random;

  constructor(random: Random, mode: Mode) {
    this.#random = random;
    this.mode = mode;
    this.#long = mode === '64-bit';
    // Now and then the code crosses from one page to the next.
    this.codeOffset = random.oneIn(8) ? 0xfe0 + random.below(32) : random.below(F.CODE_SIZE - 256);
    // What compatibility mode cannot reach is 0: the architecture does not say that it survives.
    for (let i = 0; i < (this.#long ? 16 : 8); i++)
      this.regs[i] = BigInt.asUintN(this.#long ? 64 : 32, randomInteger(random));
    for (const r of POINTERS[mode]) this.regs[r] = BigInt(F.WINDOW + random.below(F.WINDOW_SIZE - 16));
    for (const r of INDICES[mode])
      this.regs[r] = BigInt.asUintN(this.#long ? 64 : 32, BigInt(random.below(9) - 2));
    this.regs[RSP] = BigInt(
      F.WINDOW_MIDDLE + 8 * (random.below(16) - 8) + (random.oneIn(8) ? random.below(8) : 0),
    );
    this.#fillWindow();
  }

  #fillWindow(): void {
    const view = new DataView(this.window.buffer);
    const random = this.#random;
    for (let at = 0; at < F.WINDOW_SIZE; at += 16) {
      switch (random.below(4)) {
        case 0:
          view.setBigUint64(at, randomDouble(random), true);
          view.setBigUint64(at + 8, randomDouble(random), true);
          break;
        case 1:
          for (let i = 0; i < 16; i += 4) view.setUint32(at + i, Number(randomSingle(random)), true);
          break;
        case 2: {
          const [high, low] = randomExtended(random);
          view.setBigUint64(at, low, true);
          view.setUint16(at + 8, high, true);
          break;
        }
        default:
          view.setBigUint64(at, randomInteger(random), true);
          view.setBigUint64(at + 8, randomInteger(random), true);
      }
    }
  }

  /** An address of `size` bytes in the window; 16-byte operands are aligned more often than not. */
  #target(size: number): number {
    const random = this.#random;
    let offset = random.below(Math.max(1, F.WINDOW_SIZE - size));
    if (size >= 16 && !random.oneIn(12)) offset &= ~15;
    else if (random.oneIn(2)) offset &= ~(Math.min(size, 8) - 1);
    return F.WINDOW + offset;
  }

  /** Addresses of 16 bits reach only the first 64 KiB, where nothing is. */
  #memory16(): Memory {
    const random = this.#random;
    const mod = random.below(3);
    const rm = random.below(8);
    const displacementBytes = mod === 1 ? 1 : mod === 2 || rm === 6 ? 2 : 0;
    const displacement = random.u32() & 0xffff;
    return {
      modrm: (mod << 6) | rm,
      sib: null,
      displacement,
      displacementBytes,
      rexBits: 0,
      relative: false,
    };
  }

  #memory(size: number): Memory {
    const random = this.#random;
    const target = random.oneIn(150) ? random.u32() : this.#target(size);
    const plain = { sib: null, rexBits: 0, relative: false };
    switch (random.below(8)) {
      case 0:
        return { ...plain, modrm: 0x05, displacement: target, displacementBytes: 4, relative: this.#long };
      case 1:
        return { ...plain, modrm: 0x04, sib: 0x25, displacement: target, displacementBytes: 4 };
      default:
    }
    const base = random.oneIn(8) ? RSP : random.pick(POINTERS[this.mode]);
    const baseValue = Number(this.regs[base] ?? 0n);
    let displacement = target - baseValue;
    let sib: number | null = null;
    let rexBits = base >> 3;
    let rm = base & 7;
    if (random.oneIn(3) || rm === 4) {
      const index = random.oneIn(4) ? RSP : random.pick(INDICES[this.mode]);
      const scale = random.below(4);
      sib = (scale << 6) | ((index & 7) << 3) | (base & 7);
      if (index !== RSP)
        displacement -= Number(BigInt.asIntN(this.#long ? 64 : 32, this.regs[index] ?? 0n)) << scale;
      rexBits |= (index >> 3) << 1;
      rm = 4;
    }
    if (displacement === 0 && (base & 7) !== 5) {
      return { ...plain, modrm: rm, sib, displacement: 0, displacementBytes: 0, rexBits };
    }
    if (displacement >= -128 && displacement < 128) {
      return { ...plain, modrm: 0x40 | rm, sib, displacement, displacementBytes: 1, rexBits };
    }
    return { ...plain, modrm: 0x80 | rm, sib, displacement, displacementBytes: 4, rexBits };
  }

  #immediateBytes(size: string, operandSize: number): number {
    switch (size) {
      case 'b':
      case 'u':
        return 1;
      case 'w':
        return 2;
      case 'z':
        return operandSize === 2 ? 2 : 4;
      case 'v':
        return operandSize;
      case 'e':
        return 3;
      default:
        return 0;
    }
  }

  emit(form: Form, last: boolean): void {
    const random = this.#random;
    const prefixes: number[] = [];
    let rexW = this.#long && random.oneIn(3);
    // What they leave behind is right to its last bit but one: nothing may follow from it, or lead up to it.
    if (form.mnemonic in ESTIMATES) {
      if (this.code.length > 0) return;
      this.ended = true;
    }
    // They store the selector, the address and the opcode of the last x87 instruction: the host's differ.
    if (/^fn(save|stenv)$/.test(form.mnemonic) && this.code.length > 0) return;
    const repeats = form.operands.some(({ kind }) => kind === 'X' || kind === 'Y');
    if (form.prefix && form.vex === null) prefixes.push(form.prefix);
    // 66 has its meaning beside F2 and F3 where these choose the instruction (POPCNT, TZCNT, CRC32).
    const sized =
      form.prefix === null || (form.prefix >= 0xf2 && form.operands.some(({ size }) => size === 'v'));
    const toggle = sized && form.vex === null && random.oneIn(6) && !nearBranch(form);
    if (toggle) prefixes.push(0x66);
    const addressPrefix = random.oneIn(40);
    if (addressPrefix) prefixes.push(0x67);
    if (repeats && form.prefix === null && !random.oneIn(3)) prefixes.push(random.pick([0xf2, 0xf3]));
    if (form.vex !== null && random.oneIn(80)) prefixes.push(random.pick([0x66, 0xf0, 0xf2, 0xf3]));
    if (form.memory !== 'never' && form.attributes.has('lock') && random.oneIn(6)) prefixes.push(0xf0);
    // The register form of PREFETCHW is #UD on AMD's processors, no operation on Intel's.
    const useMemory =
      form.memory === 'always' || form.mnemonic === 'prefetchw' || (form.memory === 'may' && random.oneIn(2));
    const modrmMnemonics = form.hasModrm && useMemory;
    if (!modrmMnemonics && prefixes.includes(0xf0) && !random.oneIn(10))
      prefixes.splice(prefixes.indexOf(0xf0), 1);
    // Legacy prefixes come in any order, REX last.
    prefixes.sort(() => random.below(3) - 1);
    const byteRegisters = form.operands.some(({ size, kind }) => size === 'b' && 'EGZR'.includes(kind));
    if (byteRegisters && random.oneIn(2)) rexW = false;
    const stackLike = form.attributes.has('d64') || form.attributes.has('f64');
    const byteSized = form.operands[0]?.size === 'b';
    let operandSize = rexW ? 8 : toggle ? 2 : 4;
    if (this.#long && stackLike && operandSize === 4) operandSize = 8;
    if (this.#long && form.attributes.has('f64')) operandSize = 8;
    const sizeBytes = byteSized ? 1 : operandSize;
    if (resultUndefined(form, sizeBytes)) return;

    let rex = rexW ? 0x48 : 0;
    if (this.#long && random.oneIn(4)) rex |= 0x40;
    const bytes: number[] = [...form.opcode];
    const lastOpcode = bytes.length - 1;
    let memory: Memory | null = null;
    let relativeAt = -1;
    if (form.plusRegister) {
      const register = this.#register(form);
      bytes[lastOpcode] = (bytes[lastOpcode] ?? 0) | (register & 7);
      if (register & 8) rex |= 0x41;
    }
    if (form.hasModrm) {
      const noRex = form.operands.some(({ kind }) => 'SPQN'.includes(kind));
      let reg = form.reg ?? this.#register(form);
      if (form.reg === null && noRex) reg &= 7;
      if (reg & 8) rex |= 0x44;
      if (useMemory) {
        const size = form.operands.find(({ kind }) => 'EMQW'.includes(kind))?.size ?? 'q';
        memory = addressPrefix && !this.#long ? this.#memory16() : this.#memory(operandBytes(size));
        // Absolute and register-based only: with 67 the base is cut to 32 bits, which changes nothing here.
        rex |= memory.rexBits ? 0x40 | memory.rexBits : 0;
        bytes.push(memory.modrm | ((reg & 7) << 3));
        if (memory.sib !== null) bytes.push(memory.sib);
        relativeAt = memory.relative ? bytes.length : -1;
        for (let i = 0; i < memory.displacementBytes; i++)
          bytes.push((memory.displacement >> (8 * i)) & 0xff);
      } else {
        let rm = form.rm ?? this.#register(form);
        if (form.rm === null && noRex) rm &= 7;
        if (rm & 8) rex |= 0x41;
        bytes.push(0xc0 | ((reg & 7) << 3) | (rm & 7));
      }
    }
    if (prefixes.length && random.oneIn(30)) prefixes.push(0x65);
    if (this.#long && memory && !memory.relative && random.oneIn(40)) {
      // GS adds the middle of the window.
      if (memory.displacementBytes === 4 && !prefixes.includes(0x65)) {
        const at = form.opcode.length + (memory.sib === null ? 1 : 2);
        const displacement = memory.displacement - F.WINDOW_MIDDLE;
        for (let i = 0; i < 4; i++) bytes[at + i] = (displacement >> (8 * i)) & 0xff;
        prefixes.push(0x65);
      }
    }
    let count: number | null = null;
    for (const { kind, size } of form.operands) {
      if (kind === 'I') {
        if (size === '1') {
          count = 1;
          continue;
        }
        const length = this.#immediateBytes(size, operandSize);
        const value =
          form.mnemonic === 'enter'
            ? BigInt(random.below(32) | (random.below(4) << 16))
            : randomInteger(random);
        if (length === 1) count = Number(value & (operandSize === 8 && !byteSized ? 63n : 31n));
        for (let i = 0; i < length; i++) bytes.push(Number((value >> BigInt(8 * i)) & 0xffn));
      } else if (kind === 'J') {
        const distance = random.below(24);
        const length = size === 'b' ? 1 : 4;
        for (let i = 0; i < length; i++) bytes.push((distance >> (8 * i)) & 0xff);
        this.ended = true;
      } else if (kind === 'O') {
        const target = BigInt(this.#target(8));
        const length = (this.#long ? 8 : 4) / (addressPrefix ? 2 : 1);
        for (let i = 0; i < length; i++) bytes.push(Number((target >> BigInt(8 * i)) & 0xffn));
      }
    }
    if (form.attributes.has('end')) this.ended = true;
    if (repeats) this.regs[RCX] = random.oneIn(20) ? random.u64() : BigInt(random.below(24));
    const start = this.code.length;
    this.code.push(...prefixes);
    if (form.vex !== null) {
      if (this.#long && random.oneIn(80)) this.code.push(0x40 | random.below(16));
      const named = form.operands.some(({ kind }) => kind === 'B');
      this.code.push(...this.#vexPrefix(form.vex, rex, named ? this.#register(form) : 0));
    } else if (rex) this.code.push(rex);
    const bodyAt = this.code.length;
    this.code.push(...bytes);
    if (memory && relativeAt >= 0) {
      const next = F.CODE_BASE + this.codeOffset + this.code.length;
      const displacement = memory.displacement - next;
      for (let i = 0; i < 4; i++) this.code[bodyAt + relativeAt + i] = (displacement >> (8 * i)) & 0xff;
    }
    if (this.code.length - start > 15) {
      this.code.length = start;
      this.ended = false;
      return;
    }
    this.mnemonics.push(form.mnemonic);
    this.starts.push(start);
    const undefinedMask = undefinedFlags(form, count, sizeBytes);
    if (undefinedMask && !last) {
      this.#definesFlags = true;
      this.code.push(...(this.#long ? [0x48] : []), 0x39, 0xed | (random.below(8) << 3));
    } else this.flagsMask = COMPARED_FLAGS & ~undefinedMask;
  }

  /** The prefix with the bits of `rex`; in compatibility mode those that mean nothing there are random. */
  #vexPrefix(vex: Vex, rex: number, register: number): number[] {
    const random = this.#random;
    const length = random.oneIn(60) ? 1 - (vex.length ?? 0) : (vex.length ?? random.below(2));
    const vvvv = random.oneIn(60) ? random.below(this.#long ? 16 : 8) : register;
    const ignored = register !== 0 && !this.#long ? random.below(2) << 3 : 0;
    const last = ((~(vvvv | ignored) & 15) << 3) | (length << 2) | vex.pp;
    if (vex.map === 1 && (rex & 11) === 0 && random.oneIn(2)) return [0xc5, (rex & 4 ? 0 : 0x80) | last];
    if (this.#long) return [0xc4, ((~rex & 7) << 5) | vex.map, ((rex & 8) << 4) | last];
    return [0xc4, 0xc0 | (random.below(2) << 5) | vex.map, (random.below(2) << 7) | last];
  }

  /** Any register; those that hold pointers less often, RSP seldom. */
  #register(form: Form): number {
    const vector = form.operands.some(({ kind }) => 'VWU'.includes(kind));
    const register = this.#random.below(this.#long ? 16 : 8);
    if (vector) return register;
    if (register === RSP && !this.#random.oneIn(8)) return 0;
    return register;
  }

  finish(): Case {
    const random = this.#random;
    const record = new Uint8Array(F.RECORD_SIZE);
    const view = new DataView(record.buffer);
    view.setUint32(F.AT_CODE_OFFSET, this.codeOffset, true);
    view.setUint32(F.AT_CODE_LENGTH, this.code.length, true);
    view.setUint32(F.AT_COMPATIBILITY, this.#long ? 0 : 1, true);
    this.regs.forEach((value, i) => {
      view.setBigUint64(F.AT_REGS + i * 8, value, true);
    });
    const rflags = 0x202 | (random.u32() & 0x8d5) | (random.oneIn(4) ? 0x400 : 0);
    const alone = this.starts.length === 1 && !this.#definesFlags;
    const checks = (random.oneIn(12) ? AC : 0n) | (alone && random.oneIn(4) ? TF : 0n);
    view.setBigUint64(F.AT_RFLAGS, BigInt(rflags) | checks, true);
    record.set(this.code, F.AT_CODE);
    record.set(this.window, F.AT_WINDOW);
    randomFpu(random, view);
    return {
      record,
      mode: this.mode,
      flagsMask: this.flagsMask,
      mnemonics: this.mnemonics,
      starts: this.starts,
    };
  }
}

/** x87 and SSE state, as FXRSTOR takes it: no exception pending, so that nothing faults by what went before. */
function randomFpu(random: Random, view: DataView): void {
  const fx = F.AT_FX;
  const masks = random.oneIn(6) ? random.below(64) : 0x3f;
  const control =
    0x40 | masks | (random.pick([0, 2, 3, 3]) << 8) | (random.oneIn(3) ? random.below(4) << 10 : 0);
  view.setUint16(fx, control, true);
  const sticky = random.oneIn(2) ? 0 : random.below(64) & masks;
  const status = sticky | (random.below(8) << 11) | (random.u32() & 0x4700);
  view.setUint16(fx + 2, status, true);
  view.setUint8(fx + 4, random.pick([0xff, 0xff, random.below(256), 0]));
  const mxcsrMasks = random.oneIn(6) ? random.below(64) : 0x3f;
  const modes = random.oneIn(3) ? random.below(4) << 13 : 0;
  const mxcsrSticky = random.oneIn(2) ? random.below(64) : 0;
  const flush = (random.oneIn(8) ? 0x8000 : 0) | (random.oneIn(8) ? 0x40 : 0);
  view.setUint32(fx + 24, (mxcsrMasks << 7) | modes | mxcsrSticky | flush, true);
  view.setUint32(fx + 28, 0, true);
  for (let i = 0; i < 8; i++) {
    const [high, low] = randomExtended(random);
    view.setBigUint64(fx + 32 + i * 16, low, true);
    view.setUint16(fx + 40 + i * 16, high, true);
  }
  for (let i = 0; i < 16; i++) {
    const at = fx + 160 + i * 16;
    switch (random.below(3)) {
      case 0:
        view.setBigUint64(at, randomDouble(random), true);
        view.setBigUint64(at + 8, randomDouble(random), true);
        break;
      case 1:
        for (let k = 0; k < 16; k += 4) view.setUint32(at + k, Number(randomSingle(random)), true);
        break;
      default:
        view.setBigUint64(at, randomInteger(random), true);
        view.setBigUint64(at + 8, randomInteger(random), true);
    }
  }
}

/** Near branches with an operand-size prefix: AMD's processors cut RIP to 16 bits, Intel's ignore the prefix. */
function nearBranch(form: Form): boolean {
  return (
    form.attributes.has('f64') ||
    ['ret', 'call', 'jmp', 'jcc', 'loop', 'loope', 'loopne', 'jcxz'].includes(form.mnemonic)
  );
}

/** Forms that a random user-mode test can use. */
export function usableForms(forms: readonly Form[], mode: Mode): Form[] {
  return forms.filter(
    (form) =>
      !(form.mnemonic in EXCLUDED) &&
      !form.attributes.has(mode === '64-bit' ? 'i64' : 'o64') &&
      !form.operands.some(({ kind, size }) => kind === 'S' || size === 'p'),
  );
}

export function makeCase(random: Random, forms: readonly Form[], mode: Mode): Case {
  const builder = new Builder(random, mode);
  const length = random.oneIn(3) ? 1 : 2 + random.below(6);
  for (let i = 0; i < length && !builder.ended && builder.code.length < F.CODE_MAX - 20; i++) {
    builder.emit(random.pick(forms), i === length - 1);
  }
  return builder.finish();
}
