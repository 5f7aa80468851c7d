/**
 * The body of one wasm function under construction: instructions, locals that are reused, labels of open blocks.
 *
 * - Nothing is validated here: the engine does that when the module is compiled.
 * - A label is the nesting depth at which its block was opened; `br` computes the distance.
 */
import { ByteWriter } from './byte-writer.ts';
import { CONVERT, I32, I32OPS, I64, I64OPS, type IntegerOp, OP, type ValueType, VOID } from './opcodes.ts';
import { FLOAT, type FloatOp, SIMD, type SimdOp } from './simd.ts';

const SATURATING_PREFIX = 0xfc;
const SIMD_PREFIX = 0xfd;

export type Label = number;
type Access = readonly [opcode: number, align: number];

export class FunctionCode {
  code = new ByteWriter(16384);
  #prologue = new ByteWriter(0);
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];
  readonly #free = new Map<ValueType, number[]>();
  #depth = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  // ---- Locals -----------------------------------------------------------------------------------------------
  /** A local for good; its value is 0 at first. */
  newLocal(type: ValueType): number {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  /** A local for a while; its value is anything. */
  borrow(type: ValueType): number {
    return this.#free.get(type)?.pop() ?? this.newLocal(type);
  }

  giveBack(type: ValueType, ...locals: number[]): void {
    const list = this.#free.get(type);
    if (list === undefined) this.#free.set(type, locals);
    else list.push(...locals);
  }

  get(local: number): this {
    this.code.u8(OP.localGet);
    this.code.unsigned(local);
    return this;
  }

  set(local: number): this {
    this.code.u8(OP.localSet);
    this.code.unsigned(local);
    return this;
  }

  tee(local: number): this {
    this.code.u8(OP.localTee);
    this.code.unsigned(local);
    return this;
  }

  // ---- Instructions -----------------------------------------------------------------------------------------
  op(opcode: number): this {
    this.code.u8(opcode);
    return this;
  }

  i32(value: number): this {
    this.code.u8(OP.i32Const);
    this.code.signed(value);
    return this;
  }

  i64(value: bigint | number): this {
    this.code.u8(OP.i64Const);
    if (typeof value === 'number' && value === (value | 0)) this.code.signed(value);
    else this.code.signed64(BigInt(value));
    return this;
  }

  /** A constant of the type. */
  constant(type: ValueType, value: number): this {
    return type === I64 ? this.i64(value) : this.i32(value);
  }

  /** An integer instruction of the type. */
  integer(type: ValueType, name: IntegerOp): this {
    this.code.u8(type === I64 ? I64OPS[name] : I32OPS[name]);
    return this;
  }

  i32op(name: IntegerOp): this {
    return this.integer(I32, name);
  }

  i64op(name: IntegerOp): this {
    return this.integer(I64, name);
  }

  select(): this {
    return this.op(OP.select);
  }

  wrap(): this {
    return this.op(CONVERT.i32Wrap);
  }

  extendUnsigned(): this {
    return this.op(CONVERT.i64ExtendU);
  }

  extendSigned(): this {
    return this.op(CONVERT.i64ExtendS);
  }

  /** A vector instruction without an immediate, or with one lane. */
  simd(name: SimdOp, lane?: number): this {
    this.code.u8(SIMD_PREFIX);
    this.code.unsigned(SIMD[name]);
    if (lane !== undefined) this.code.u8(lane);
    return this;
  }

  /** A vector load or store of guest memory, whose address is the operand plus `offset`. */
  vectorAccess(name: 'load' | 'store' | 'load32Zero' | 'load64Zero', offset = 0): this {
    this.simd(name, 0);
    this.code.unsigned(offset);
    return this;
  }

  v128(low: bigint, high: bigint): this {
    this.simd('constant');
    for (const half of [low, high]) {
      for (let shift = 0n; shift < 64n; shift += 8n) this.code.u8(Number((half >> shift) & 0xffn));
    }
    return this;
  }

  /** Picks 16 bytes from the 32 of two vectors. */
  shuffle(bytes: readonly number[]): this {
    this.simd('shuffle');
    this.code.append(bytes);
    return this;
  }

  /** A double as a signed i64, without a trap (i64.trunc_sat_f64_s). */
  truncate(): this {
    this.code.append([SATURATING_PREFIX, 6]);
    return this;
  }

  float(name: FloatOp): this {
    return this.op(FLOAT[name]);
  }

  /** A load or store whose address is the operand plus `offset`. Guest memory is not aligned. */
  access([opcode, align]: Access, offset = 0, aligned = false): this {
    this.code.u8(opcode);
    this.code.unsigned(aligned ? align : 0);
    this.code.unsigned(offset);
    return this;
  }

  /** Loads from an address known now. */
  loadAt(access: Access, address: number): this {
    return this.i32(0).access(access, address, true);
  }

  /** Stores the local's value to an address known now. */
  storeAt(access: Access, address: number, local: number): this {
    return this.i32(0).get(local).access(access, address, true);
  }

  call(index: number): this {
    this.code.u8(OP.call);
    this.code.unsigned(index);
    return this;
  }

  /** An indirect call through table 0; as the function's last act when `tail`. */
  callIndirect(type: number, tail: boolean): this {
    this.code.u8(tail ? OP.returnCallIndirect : OP.callIndirect);
    this.code.unsigned(type);
    this.code.unsigned(0);
    return this;
  }

  // ---- Control ----------------------------------------------------------------------------------------------
  block(): Label {
    return this.#open(OP.block, VOID);
  }

  loop(): Label {
    return this.#open(OP.loop, VOID);
  }

  if(type: number = VOID): Label {
    return this.#open(OP.if, type);
  }

  else(): this {
    return this.op(OP.else);
  }

  #open(opcode: number, type: number): Label {
    this.code.u8(opcode);
    this.code.u8(type);
    return ++this.#depth;
  }

  end(): this {
    this.#depth--;
    return this.op(OP.end);
  }

  br(label: Label): this {
    this.code.u8(OP.br);
    this.code.unsigned(this.#depth - label);
    return this;
  }

  brIf(label: Label): this {
    this.code.u8(OP.brIf);
    this.code.unsigned(this.#depth - label);
    return this;
  }

  /** Pops an index and goes to its label; to the last one when there is none. */
  brTable(labels: readonly Label[]): this {
    this.code.u8(OP.brTable);
    this.code.unsigned(labels.length - 1);
    for (const label of labels) this.code.unsigned(this.#depth - label);
    return this;
  }

  /** Code that `fill` writes goes before all else. */
  prologue(fill: () => void): void {
    const body = this.code;
    this.code = new ByteWriter(512);
    fill();
    this.#prologue = this.code;
    this.code = body;
  }

  /** The function as the code section has it, without its length. */
  finish(): ByteWriter {
    const out = new ByteWriter(this.code.length + 64);
    const groups: [number, ValueType][] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.[1] === type) last[0]++;
      else groups.push([1, type]);
    }
    out.unsigned(groups.length);
    for (const [count, type] of groups) {
      out.unsigned(count);
      out.u8(type);
    }
    out.append(this.#prologue.view());
    out.append(this.code.view());
    out.u8(OP.end);
    return out;
  }
}
