/**
 * Random loops of SSE instructions, and data for them: mostly ordinary numbers, so that translated code computes them,
 * with the others (denormals, infinities, NaNs of both kinds, both zeros) strewn in. Long mode; nothing in them faults.
 */
import { SIMD_FORMS, type VectorForm } from './vector-forms.ts';
import { DATA, type Random } from './random-code.ts';
import { randomX87 } from './random-x87.ts';

const DATA_BYTES = 0x1000;
const VECTOR_BYTES = 16;
/** Behind the data: the loop's counter, and a value of MXCSR. */
const COUNTER = DATA + DATA_BYTES;
const CONTROL = COUNTER + 4;
/** And one of the x87 control word. */
const X87_CONTROL = CONTROL + 4;
/** Register that holds the address of the data. */
const BASE = 6;
/** Rounding to nearest with the precision flag set and clear; flushing; denormals are zero; rounding down. */
const CONTROLS = [0x1fa0, 0x1fa0, 0x1fa0, 0x1fbf, 0x1f80, 0x9fa0, 0x1fe0, 0x3fa0] as const;
/** All masked at three precisions, rounding down and to zero; then invalid operations or inexact results unmasked. */
const X87_CONTROLS = [0x37f, 0x37f, 0x37f, 0x27f, 0x07f, 0x77f, 0xf7f, 0x37e, 0x35f] as const;

const SPECIAL_DOUBLES = [
  0x0000000000000000n,
  0x8000000000000000n,
  0x0000000000000001n,
  0x800fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n,
] as const;
const SPECIAL_SINGLES = [
  0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001,
] as const;

const littleEndian = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

export class VectorCode {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  #number(specialEvery: number): number[] {
    const random = this.#random;
    const view = new DataView(new ArrayBuffer(8));
    const special = random.below(specialEvery) === 0;
    if (random.below(3) === 0) {
      for (const at of [0, 4]) {
        if (special) view.setUint32(at, random.pick(SPECIAL_SINGLES), true);
        else view.setFloat32(at, (random.below(4000) - 2000) / (1 + random.below(64)), true);
      }
    } else if (special) view.setBigUint64(0, random.pick(SPECIAL_DOUBLES), true);
    else view.setFloat64(0, (random.below(2_000_000) - 1_000_000) / (1 + random.below(1000)), true);
    return [...new Uint8Array(view.buffer)];
  }

  /** What the loop finds at DATA: numbers, counter, MXCSR. */
  data(times: number): Uint8Array {
    const specialEvery = this.#random.pick([4, 40, 100_000]);
    const numbers = Array.from({ length: DATA_BYTES / 8 }, () => this.#number(specialEvery)).flat();
    return Uint8Array.from([
      ...numbers,
      ...littleEndian(times),
      ...littleEndian(this.#random.pick(CONTROLS)),
      ...littleEndian(this.#random.pick(X87_CONTROLS)),
    ]);
  }

  /** ModRM and displacement of an operand anywhere in the data. */
  #operand(reg: number): number[] {
    return [0x80 | (reg << 3) | BASE, ...littleEndian(this.#random.below(DATA_BYTES - VECTOR_BYTES))];
  }

  instruction(): number[] {
    const random = this.#random;
    if (random.below(5) === 0) return randomX87(random, (extension) => this.#operand(extension));
    const form: VectorForm = random.pick(SIMD_FORMS);
    const { prefix, opcode, bytes: size, only, general, mmx } = form;
    const code: number[] = prefix === 0 ? [] : [prefix];
    const registers = (operand: 'reg' | 'rm'): number => {
      if (general === operand) return 4;
      return mmx === 'both' || mmx === operand ? 8 : 16;
    };
    const reg = form.extension ?? random.below(registers('reg'));
    const memory = only === 'memory' || (only !== 'register' && random.below(3) === 0);
    const rm = memory ? BASE : random.below(registers('rm'));
    const wide = form.wide === true && random.below(2) === 0;
    const rex = 0x40 | (wide ? 8 : 0) | (reg >= 8 ? 4 : 0) | (!memory && rm >= 8 ? 1 : 0);
    if (rex !== 0x40) code.push(rex);
    code.push(...opcode);
    if (memory) {
      const aligned = size === VECTOR_BYTES && form.unaligned !== true;
      const offset = random.below(DATA_BYTES - VECTOR_BYTES);
      code.push(0x80 | ((reg & 7) << 3) | BASE, ...littleEndian(aligned ? offset & ~15 : offset));
    } else code.push(0xc0 | ((reg & 7) << 3) | (rm & 7));
    if (form.immediate === true) code.push(random.below(random.below(4) === 0 ? 256 : 40));
    return code;
  }

  /** A loop of `length` instructions, then HLT. */
  loop(length: number): Uint8Array {
    const code: number[] = [0xbe, ...littleEndian(DATA)];
    // ldmxcsr [CONTROL]
    code.push(0x0f, 0xae, 0x14, 0x25, ...littleEndian(CONTROL));
    // fninit; fldcw [X87_CONTROL]; movq mm0 to mm7 from the data; emms half of the time
    code.push(0xdb, 0xe3, 0xd9, 0x2c, 0x25, ...littleEndian(X87_CONTROL));
    for (let register = 0; register < 8; register++)
      code.push(0x0f, 0x6f, 0x80 | (register << 3) | BASE, ...littleEndian(this.#random.below(0xff0)));
    if (this.#random.below(2) === 0) code.push(0x0f, 0x77);
    for (let register = 0; register < 16; register++) {
      // movups xmm, [rsi + offset]
      if (register >= 8) code.push(0x44);
      code.push(0x0f, 0x10, 0x80 | ((register & 7) << 3) | BASE, ...littleEndian(this.#random.below(0xff0)));
    }
    const start = code.length;
    for (let i = 0; i < length; i++) code.push(...this.instruction());
    // dec dword [COUNTER]; jnz start
    code.push(0xff, 0x0c, 0x25, ...littleEndian(COUNTER));
    code.push(0x0f, 0x85, ...littleEndian(start - (code.length + 6)));
    code.push(0xf4);
    return Uint8Array.from(code);
  }
}
