/**
 * Random loops of integer instructions for comparing the translator with the interpreter. They touch two pages of
 * data through a base register that they never write, and a stack; nothing in them faults.
 */
export const DATA = 0x40000;
const PAGE = 0x1000;
/** Two pages, so that an access may cross from one to the other. */
const DATA_BYTES = 2 * PAGE;
/** Where the loop keeps its counter. */
export const COUNTER = DATA + DATA_BYTES;

/** In `segmented` mode DS is not flat, in `real` mode code and operands have 16 bits and no segment is flat. */
export type CodeMode = 'long' | 'protected' | 'segmented' | 'real';
export const CODE_MODES: readonly CodeMode[] = ['long', 'protected', 'segmented', 'real'];
/** Those that random-flow.ts writes programs for. */
export const FLOW_MODES: readonly CodeMode[] = ['long', 'protected'];

/** The register that holds the address of DATA, as an offset in DS, and that is never written. */
const BASE: Readonly<Record<CodeMode, number>> = { long: 14, protected: 5, segmented: 3, real: 3 };
/** What DS and ES have for their bases. */
const DATA_BASE: Readonly<Record<CodeMode, number>> = { long: 0, protected: 0, segmented: DATA, real: DATA };
const EXTRA_BASE: Readonly<Record<CodeMode, number>> = { long: 0, protected: 0, segmented: 0, real: DATA };
/** Sets the segments: in real mode a stack below 0x7000 as well. */
const PROLOGUE: Readonly<Record<CodeMode, readonly number[]>> = {
  long: [],
  protected: [],
  // mov eax, 0x58; mov ds, ax: the guest's selector of a segment at DATA
  segmented: [0xb8, 0x58, 0, 0, 0, 0x8e, 0xd8],
  // mov ax, 0x4000; mov ds, ax; mov es, ax; mov sp, 0x7000
  real: [0xb8, 0x00, 0x40, 0x8e, 0xd8, 0x8e, 0xc0, 0xbc, 0x00, 0x70],
};

/** Small, fast and repeatable (Marsaglia, "Xorshift RNGs", 2003). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

interface Form {
  readonly opcode: readonly number[];
  /** ModRM.reg when it is part of the opcode. */
  readonly extension?: number;
  /** Bytes of immediate: z is 2 or 4 by the operand size. */
  readonly immediate?: 1 | 'z';
  /** A register operand only, or memory only. */
  readonly only?: 'register' | 'memory';
  readonly byte?: boolean;
  readonly prefix?: number;
  readonly noModrm?: boolean;
  /** Behind a VEX prefix: mmmmm and pp. */
  readonly vex?: readonly [map: number, pp: number];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const FORMS: readonly Form[] = [
  ...numbers(8).flatMap((op): Form[] => [
    { opcode: [op * 8], byte: true },
    { opcode: [op * 8 + 1] },
    { opcode: [op * 8 + 2], byte: true },
    { opcode: [op * 8 + 3] },
    { opcode: [0x80], extension: op, immediate: 1, byte: true },
    { opcode: [0x81], extension: op, immediate: 'z' },
    { opcode: [0x83], extension: op, immediate: 1 },
    { opcode: [0xc0], extension: op, immediate: 1, byte: true },
    { opcode: [0xc1], extension: op, immediate: 1 },
    { opcode: [0xd0], extension: op, byte: true },
    { opcode: [0xd1], extension: op },
    { opcode: [0xd2], extension: op, byte: true },
    { opcode: [0xd3], extension: op },
  ]),
  ...numbers(16).flatMap((condition): Form[] => [
    { opcode: [0x0f, 0x40 + condition] },
    { opcode: [0x0f, 0x90 + condition], byte: true },
  ]),
  ...[0x88, 0x8a, 0x84, 0x86].map((op): Form => ({ opcode: [op], byte: true })),
  ...[0x89, 0x8b, 0x85, 0x87].map((op): Form => ({ opcode: [op] })),
  { opcode: [0x8d], only: 'memory' },
  ...[0xb6, 0xb7, 0xbe, 0xbf, 0xaf, 0xc1, 0xb1, 0xbc, 0xbd].map((op): Form => ({ opcode: [0x0f, op] })),
  ...[0xa3, 0xab, 0xb3, 0xbb].map((op): Form => ({ opcode: [0x0f, op], only: 'register' })),
  ...[4, 5, 6, 7].map((extension): Form => ({ opcode: [0x0f, 0xba], extension, immediate: 1 })),
  { opcode: [0x0f, 0xc0], byte: true },
  { opcode: [0x0f, 0xb0], byte: true },
  { opcode: [0x0f, 0xa4], immediate: 1 },
  { opcode: [0x0f, 0xac], immediate: 1 },
  { opcode: [0x0f, 0xa5] },
  { opcode: [0x0f, 0xad] },
  { opcode: [0x0f, 0x38, 0xf0], only: 'memory' },
  { opcode: [0x0f, 0x38, 0xf1], only: 'memory' },
  { opcode: [0x69], immediate: 'z' },
  { opcode: [0x6b], immediate: 1 },
  { opcode: [0xc6], extension: 0, immediate: 1, byte: true },
  { opcode: [0xc7], extension: 0, immediate: 'z' },
  { opcode: [0xf6], extension: 0, immediate: 1, byte: true },
  { opcode: [0xf7], extension: 0, immediate: 'z' },
  ...[2, 3, 4, 5].flatMap((extension): Form[] => [
    { opcode: [0xf6], extension, byte: true },
    { opcode: [0xf7], extension },
  ]),
  ...[0, 1].flatMap((extension): Form[] => [
    { opcode: [0xfe], extension, byte: true },
    { opcode: [0xff], extension },
  ]),
  ...[0xb8, 0xbc, 0xbd].map((op): Form => ({ opcode: [0x0f, op], prefix: 0xf3 })),
  { opcode: [0xf2], vex: [2, 0] },
  ...[1, 2, 3].map((extension): Form => ({ opcode: [0xf3], extension, vex: [2, 0] })),
  ...[0, 2, 3].map((pp): Form => ({ opcode: [0xf5], vex: [2, pp] })),
  { opcode: [0xf6], vex: [2, 3] },
  ...[0, 1, 2, 3].map((pp): Form => ({ opcode: [0xf7], vex: [2, pp] })),
  { opcode: [0xf0], vex: [3, 3], immediate: 1 },
  ...[0x98, 0x99, 0xf8, 0xf9, 0xf5, 0x90, 0x9f, 0x9e].map((op): Form => ({ opcode: [op], noModrm: true })),
];

export function littleEndian(value: number, count: number): number[] {
  return numbers(count).map((i) => (value >> (8 * i)) & 0xff);
}

/** The stack pointer is left alone as well. */
function isReserved(register: number, mode: CodeMode): boolean {
  return register === 4 || register === BASE[mode];
}

/** The same for a byte register without REX: 4 to 7 are the second bytes of the first four. */
function isReservedByte(register: number, mode: CodeMode): boolean {
  return register < 4 ? register === BASE[mode] : register - 4 === BASE[mode];
}

export class CodeGenerator {
  readonly #random: Random;
  readonly #mode: CodeMode;

  constructor(random: Random, mode: CodeMode) {
    this.#random = random;
    this.#mode = mode;
  }

  #register(byte: boolean, rex: boolean): number {
    for (;;) {
      const register = this.#random.below(this.#mode === 'long' ? 16 : 8);
      if (byte && !rex && register < 8) {
        if (!isReservedByte(register, this.#mode)) return register;
      } else if (!isReserved(register, this.#mode)) return register;
    }
  }

  /** Of an operand in the data, often near the border of its pages. */
  #offset(): number {
    if (this.#random.below(8) === 0) return PAGE - 8 + this.#random.below(16);
    return this.#random.below(DATA_BYTES - 16);
  }

  instruction(): number[] {
    const random = this.#random;
    const long = this.#mode === 'long';
    const choice = random.below(40);
    if (choice === 6) return this.#string();
    if (choice === 7) return this.#absolute();
    if (choice <= 1) {
      const [from, to] = [this.#register(false, true) & 7, this.#register(false, true) & 7];
      if (isReserved(from, this.#mode) || isReserved(to, this.#mode)) return [0x90];
      return [0x50 + from, ...this.instruction(), 0x58 + to];
    }
    if (choice <= 5) {
      const skipped = this.instruction();
      // Jcc; LOOPNE, LOOPE, LOOP and JCXZ
      const jump = random.below(5) === 0 ? 0xe0 + random.below(4) : 0x70 + random.below(16);
      return [jump, skipped.length, ...skipped];
    }
    const form = random.pick(FORMS);
    if (form.vex !== undefined) return this.#vex(form, form.vex);
    const narrow = form.byte !== true && random.below(5) === 0;
    const bytes: number[] = [];
    if (narrow) bytes.push(0x66);
    if (form.prefix !== undefined) bytes.push(form.prefix);
    if (form.noModrm) return [...bytes, ...form.opcode];
    const memory = form.only === 'memory' || (form.only !== 'register' && random.below(3) === 0);
    const useRex = long && (memory || random.below(2) === 0);
    const byteReg = form.byte === true;
    // MOVZX and MOVSX of a byte write a register of the operand size.
    const byteRm = byteReg || form.opcode[1] === 0xb6 || form.opcode[1] === 0xbe;
    const reg = this.#register(byteReg, useRex);
    const rm = this.#register(byteRm, useRex);
    const regField = form.extension ?? (useRex ? reg : reg & 7);
    const rmField = useRex ? rm : rm & 7;
    const bad = (field: number, byte: boolean): boolean =>
      byte && !useRex && field < 8 ? isReservedByte(field, this.#mode) : isReserved(field, this.#mode);
    if ((form.extension === undefined && bad(regField, byteReg)) || (!memory && bad(rmField, byteRm)))
      return [0x90];
    if (useRex) {
      const base = memory ? 14 : rmField;
      bytes.push(0x40 | (random.below(2) << 3) | ((regField >> 3) << 2) | (base >> 3));
    }
    bytes.push(...form.opcode);
    if (memory) {
      bytes.push(...this.#memory(regField & 7, this.#offset()));
    } else bytes.push(0xc0 | ((regField & 7) << 3) | (rmField & 7));
    if (form.immediate === 1) bytes.push(random.below(256));
    else if (form.immediate === 'z')
      bytes.push(...littleEndian(random.below(0xffffffff), this.#immediateBytes(narrow, bytes)));
    return bytes;
  }

  /** A VEX prefix of three bytes (real mode has none), what it is the prefix of, and operands. */
  #vex(form: Form, [map, pp]: readonly [number, number]): number[] {
    const random = this.#random;
    if (this.#mode === 'real') return [0x90];
    const memory = random.below(3) === 0;
    const reg = form.extension ?? this.#register(false, true);
    const rm = this.#register(false, true);
    // RORX names no third register.
    const vvvv = form.immediate === undefined ? this.#register(false, true) : 0;
    const base = memory ? BASE[this.#mode] : rm;
    const bits = ((~reg & 8) << 4) | 0x40 | ((~base & 8) << 2);
    return [
      ...[0xc4, bits | map, (random.below(2) << 7) | ((~vvvv & 15) << 3) | pp, ...form.opcode],
      ...(memory ? this.#memory(reg & 7, this.#offset()) : [0xc0 | ((reg & 7) << 3) | (rm & 7)]),
      ...(form.immediate === undefined ? [] : [random.below(256)]),
    ];
  }

  /** ModRM and displacement of the operand at `offset` of the data. */
  #memory(reg: number, offset: number): number[] {
    const real = this.#mode === 'real';
    // [bx + disp16] in real mode
    const rm = real ? 7 : BASE[this.#mode] & 7;
    return [0x80 | (reg << 3) | rm, ...littleEndian(offset, real ? 2 : 4)];
  }

  #immediateBytes(narrow: boolean, bytes: readonly number[]): 2 | 4 {
    if (this.#mode === 'real') return narrow ? 4 : 2;
    return narrow && !this.#wide(bytes) ? 2 : 4;
  }

  /** MOV between the accumulator and an address in the instruction. */
  #absolute(): number[] {
    const address = DATA - DATA_BASE[this.#mode] + this.#offset();
    const bytes = { long: 8, protected: 4, segmented: 4, real: 2 }[this.#mode];
    return [0xa0 + this.#random.below(4), ...littleEndian(address, 4), 0, 0, 0, 0].slice(0, 1 + bytes);
  }

  /** A string instruction on elements in the data, sometimes downwards. */
  #string(): number[] {
    const random = this.#random;
    const real = this.#mode === 'real';
    const size = random.below(2);
    const set = (opcode: number, value: number): number[] => [opcode, ...littleEndian(value, real ? 2 : 4)];
    return [
      ...set(0xbe, DATA - DATA_BASE[this.#mode] + this.#offset()),
      ...set(0xbf, DATA - EXTRA_BASE[this.#mode] + this.#offset()),
      ...(random.below(3) === 0 ? [0xfd] : []),
      ...(size === 1 && random.below(4) === 0 ? [0x66] : []),
      random.pick([0xa4, 0xa6, 0xaa, 0xac, 0xae]) | size,
      0xfc,
    ];
  }

  /** REX.W wins over the operand-size prefix. */
  #wide(bytes: readonly number[]): boolean {
    const rex = bytes[1] ?? 0;
    return this.#mode === 'long' && (rex & 0xf8) === 0x48;
  }

  /** Random values in all registers, and `times` in COUNTER. */
  start(times: number): number[] {
    const long = this.#mode === 'long';
    const real = this.#mode === 'real';
    const code: number[] = [...PROLOGUE[this.#mode]];
    for (const register of numbers(long ? 16 : 8)) {
      if (register === 4) continue;
      const base = isReserved(register, this.#mode);
      const value = littleEndian(base ? DATA - DATA_BASE[this.#mode] : this.#random.below(0xffffffff), 4);
      if (register >= 8) code.push(0x41);
      if (real) code.push(0x66);
      code.push(0xb8 + (register & 7), ...value);
    }
    code.push(0xc7, ...this.#counter(0), ...littleEndian(times, real ? 2 : 4));
    return code;
  }

  /** ModRM and address of COUNTER. */
  #counter(extension: number): number[] {
    const real = this.#mode === 'real';
    const address = littleEndian(COUNTER - DATA_BASE[this.#mode], real ? 2 : 4);
    if (this.#mode === 'long') return [0x04 | (extension << 3), 0x25, ...address];
    return [(real ? 0x06 : 0x05) | (extension << 3), ...address];
  }

  /** A loop of `length` random instructions run `times`, then HLT; registers and data start at random values. */
  loop(length: number, times: number): Uint8Array {
    const code = this.start(times);
    const start = code.length;
    for (let i = 0; i < length; i++) code.push(...this.instruction());
    // Counts by DEC, which keeps CF, by SUB 1 or by ADD -1; jnz start.
    const [opcode, extension] = this.#random.pick([
      [0xff, 1],
      [0x83, 5],
      [0x83, 0],
    ] as const);
    code.push(opcode, ...this.#counter(extension));
    if (opcode === 0x83) code.push(extension === 0 ? 0xff : 1);
    const bytes = this.#mode === 'real' ? 2 : 4;
    code.push(0x0f, 0x85, ...littleEndian(start - (code.length + 2 + bytes), bytes));
    code.push(0xf4);
    return Uint8Array.from(code);
  }
}
