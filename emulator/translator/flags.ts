/**
 * Arithmetic flags inside a region: an instruction leaves its result and operands in locals and says how the
 * flags follow from them (a class of core/flag-classes.ts); nothing is computed until something reads them.
 * At an exit the core writes them where the interpreter wants them (`spillFlags`).
 *
 * - What the emitter knows of the flags at a place is a FlagState; where paths with different ones meet it is
 *   UNKNOWN, and a reader first spills and then reads memory as the interpreter does.
 * - Up to 32 bits result and operands are i32 locals whose low bits count; above, i64 locals.
 */
import {
  FLAGS_CARRY,
  FLAGS_EXPLICIT,
  FLAGS_LOGIC,
  FLAGS_STORED,
  FLAGS_ADD,
  FLAGS_SUB,
  FLAGS_INC,
  FLAGS_DEC,
} from '../cpu/core/flag-classes.ts';
import { FLAG_AUX, FLAG_RESULT } from '../cpu/layout.ts';
import type { FunctionCode } from './wasm/function-code.ts';
import { SPILL_FLAGS } from './wasm/module.ts';
import { I32, I64, type IntegerOp, LOAD, type ValueType } from './wasm/opcodes.ts';

export interface FlagState {
  /** A class; -1 when it depends on the path. */
  readonly what: number;
  readonly bits: number;
  /** The second operand is in `b`. */
  readonly operands: boolean;
  /** What an instruction replaced since: as `changed` of spillFlags; -1 when it depends on the path. */
  readonly changed: number;
  /** The local `held` is CF. */
  readonly held: boolean;
}

export const UNKNOWN: FlagState = { what: -1, bits: 0, operands: false, changed: -1, held: false };
/** Where every path has put CF into `held` (carry.ts). */
export const CARRY_HELD: FlagState = { ...UNKNOWN, held: true };
export const STORED: FlagState = { ...UNKNOWN, what: FLAGS_STORED, changed: 0 };

const SIZE_INDEX: Readonly<Record<number, number>> = { 8: 0, 16: 1, 32: 2, 64: 3 };

export function valueType(bits: number): ValueType {
  return bits === 64 ? I64 : I32;
}

/** Conditions of a compare by the low nibble of the opcode without its lowest bit, on the operands a and b. */
const COMPARE: Readonly<Record<number, { readonly op: IntegerOp; readonly signed: boolean }>> = {
  2: { op: 'ltU', signed: false },
  3: { op: 'geU', signed: false },
  4: { op: 'eq', signed: false },
  5: { op: 'ne', signed: false },
  6: { op: 'leU', signed: false },
  7: { op: 'gtU', signed: false },
  12: { op: 'ltS', signed: true },
  13: { op: 'geS', signed: true },
  14: { op: 'leS', signed: true },
  15: { op: 'gtS', signed: true },
};

/** Conditions after a logic operation, on its result and 0. CF and OF are 0. */
const LOGIC: Readonly<Record<number, IntegerOp>> = {
  4: 'eq',
  5: 'ne',
  6: 'eq',
  7: 'ne',
  8: 'ltS',
  9: 'geS',
  12: 'ltS',
  13: 'geS',
  14: 'leS',
  15: 'gtS',
};

export class Flags {
  state: FlagState = STORED;
  readonly #code: FunctionCode;
  readonly #kind: number;
  readonly #r32: number;
  readonly #s32: number;
  readonly #b32: number;
  readonly #r64: number;
  readonly #s64: number;
  readonly #b64: number;
  readonly #m64: number;
  readonly #changed: number;
  /** i32: the operand that some classes have besides (a count, a carry). */
  readonly x: number;
  /** i32: CF and OF as in FLAG_AUX, when they were replaced. */
  readonly carries: number;
  /** i32: CF, where the state says so. */
  readonly #held: number;

  constructor(code: FunctionCode) {
    this.#code = code;
    this.#kind = code.newLocal(I32);
    this.#r32 = code.newLocal(I32);
    this.#s32 = code.newLocal(I32);
    this.#b32 = code.newLocal(I32);
    this.x = code.newLocal(I32);
    this.#changed = code.newLocal(I32);
    this.carries = code.newLocal(I32);
    this.#held = code.newLocal(I32);
    this.#r64 = code.newLocal(I64);
    this.#s64 = code.newLocal(I64);
    this.#b64 = code.newLocal(I64);
    this.#m64 = code.newLocal(I64);
  }

  /** The local of the result. */
  r(bits: number): number {
    return bits === 64 ? this.#r64 : this.#r32;
  }
  /** The local of the first operand. */
  s(bits: number): number {
    return bits === 64 ? this.#s64 : this.#s32;
  }
  /** The local of the second operand, for conditions close by. */
  b(bits: number): number {
    return bits === 64 ? this.#b64 : this.#b32;
  }
  /** i64: the second factor of a product. */
  get m(): number {
    return this.#m64;
  }

  /** The locals hold what `what` needs: from here on the flags follow from them. */
  define(what: number, bits: number, operands = false): void {
    const c = this.#code;
    c.i32((what << 2) | (SIZE_INDEX[bits] ?? 3)).set(this.#kind);
    if (this.state.changed !== 0) c.i32(0).set(this.#changed);
    const held = this.state.held && (what === FLAGS_INC || what === FLAGS_DEC);
    this.state = { what, bits, operands, changed: 0, held };
  }

  /** FLAG_RESULT is in r(64), FLAG_AUX in x. */
  defineExplicit(): void {
    this.define(FLAGS_EXPLICIT, 64);
  }

  /** `carries` holds a new CF (or CF and OF); the other flags stay. Call `settleChanges` before it is set. */
  change(what: number): void {
    this.#code.i32(what).set(this.#changed);
    this.state = { ...this.state, changed: what, held: false };
  }

  /** Before CF alone changes: an earlier change of OF must not be lost. */
  settleChanges(next: number): void {
    const { changed } = this.state;
    if (changed !== 0 && (next === FLAGS_CARRY || changed === -1)) this.spill();
  }

  /** Calls the core to write the flags to memory, whatever they are. */
  #store(): void {
    const c = this.#code;
    for (const local of [this.#kind, this.#r32, this.#s32, this.x]) c.get(local);
    for (const local of [this.#r64, this.#s64, this.#m64]) c.get(local);
    c.get(this.#changed).get(this.carries).call(SPILL_FLAGS);
  }

  /** At an exit: memory gets the flags; nothing is said about the code behind it. */
  storeAtExit(): void {
    this.#store();
  }

  /** From here on the flags are in memory. */
  spill(): void {
    const c = this.#code;
    const { what, changed, held } = this.state;
    if (what === FLAGS_STORED && changed === 0) return;
    this.#store();
    c.i32(0).set(this.#kind);
    if (changed !== 0) c.i32(0).set(this.#changed);
    this.state = { ...STORED, held };
  }

  /** Before code that writes the flags in memory. */
  handOver(): void {
    this.spill();
    this.state = STORED;
  }

  /** Pushes CF as 0 or 1. */
  pushCarry(): void {
    this.pushCondition(2);
  }

  /** Puts CF into `held`, before a place where paths meet. */
  holdCarry(): void {
    if (this.state.held) return;
    this.pushCarry();
    this.#code.set(this.#held);
    this.state = { ...this.state, held: true };
  }

  /** Pushes 1 when the condition (low nibble of the opcode) holds, else 0. */
  pushCondition(code: number): void {
    if (!this.#quick(code)) this.#fromMemory(code);
  }

  #quick(code: number): boolean {
    const c = this.#code;
    const { what, bits, operands, changed, held } = this.state;
    const pair = code >> 1;
    if (held && pair === 1) {
      c.get(this.#held);
      if (code & 1) c.i32op('eqz');
      return true;
    }
    if (changed !== 0 && pair !== 2 && pair !== 4 && pair !== 5) {
      if (changed === -1 || pair !== 1) return false;
      c.get(this.carries).i32(31).i32op('shrU');
      if (code & 1) c.i32op('eqz');
      return true;
    }
    if (what <= FLAGS_STORED || what === FLAGS_EXPLICIT) return false;
    const type = valueType(bits);
    if (pair === 5) {
      c.get(this.r(bits));
      if (bits === 64) c.wrap();
      c.i32(0xff).i32op('and').i32op('popcnt').i32(1).i32op('and');
      if ((code & 1) === 0) c.i32op('eqz');
      return true;
    }
    const compare = COMPARE[code];
    if (what === FLAGS_SUB && operands && compare !== undefined) {
      this.#operand(this.s(bits), bits, compare.signed);
      this.#operand(this.b(bits), bits, compare.signed);
      c.integer(type, compare.op);
      return true;
    }
    const logic = LOGIC[code];
    if (what === FLAGS_LOGIC) {
      if (logic === undefined) c.i32(code & 1);
      else {
        this.#operand(this.r(bits), bits, true);
        c.constant(type, 0).integer(type, logic);
      }
      return true;
    }
    if ((pair === 2 || pair === 4) && logic !== undefined) {
      this.#operand(this.r(bits), bits, true);
      c.constant(type, 0).integer(type, logic);
      return true;
    }
    if (pair === 1 && (what === FLAGS_ADD || what === FLAGS_SUB)) {
      // A sum wrapped when it is below an operand; a difference when it is above the first.
      this.#operand(what === FLAGS_ADD ? this.r(bits) : this.s(bits), bits, false);
      this.#operand(what === FLAGS_ADD ? this.s(bits) : this.r(bits), bits, false);
      c.integer(type, 'ltU');
      if (code & 1) c.i32op('eqz');
      return true;
    }
    if (pair === 1 && (what === FLAGS_INC || what === FLAGS_DEC)) {
      c.get(this.x);
      if (code & 1) c.i32op('eqz');
      return true;
    }
    return false;
  }

  #operand(local: number, bits: number, signed: boolean): void {
    const c = this.#code.get(local);
    if (bits >= 32) return;
    if (signed) c.i32op(bits === 8 ? 'extend8' : 'extend16');
    else c.i32(bits === 8 ? 0xff : 0xffff).i32op('and');
  }

  // ---- From memory, as Flags.condition of core/flags.ts ------------------------------------------------------
  #zero(): void {
    this.#code.loadAt(LOAD.i64, FLAG_RESULT).i64op('eqz');
  }
  #sign(): void {
    const c = this.#code;
    c.loadAt(LOAD.i64, FLAG_RESULT).i64(63).i64op('shrU').wrap();
    c.loadAt(LOAD.i32, FLAG_AUX).i32(1).i32op('and').i32op('xor');
  }
  #overflow(): void {
    const c = this.#code;
    c.loadAt(LOAD.i32, FLAG_AUX).loadAt(LOAD.i32, FLAG_AUX).i32(1).i32op('shl').i32op('xor');
    c.i32(31).i32op('shrU');
  }
  #carry(): void {
    this.#code.loadAt(LOAD.i32, FLAG_AUX).i32(31).i32op('shrU');
  }
  #parity(): void {
    const c = this.#code;
    c.loadAt(LOAD.i32, FLAG_RESULT).loadAt(LOAD.i32, FLAG_AUX).i32(8).i32op('shrU').i32op('xor');
    c.i32(0xff).i32op('and').i32op('popcnt').i32(1).i32op('and').i32op('eqz');
  }

  #fromMemory(code: number): void {
    this.spill();
    const c = this.#code;
    switch (code >> 1) {
      case 0:
        this.#overflow();
        break;
      case 1:
        this.#carry();
        break;
      case 2:
        this.#zero();
        break;
      case 3:
        this.#carry();
        this.#zero();
        c.i32op('or');
        break;
      case 4:
        this.#sign();
        break;
      case 5:
        this.#parity();
        break;
      default:
        this.#sign();
        this.#overflow();
        c.i32op('xor');
        if (code >= 14) {
          this.#zero();
          c.i32op('or');
        }
    }
    if (code & 1) c.i32op('eqz');
  }
}
