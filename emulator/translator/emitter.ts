/**
 * What the emitters of instructions work with: guest registers in locals, operands, memory through the TLB, the
 * ways out of the region.
 *
 * - A value of 64 bits is an i64 on the wasm stack, a smaller one a zero-extended i32.
 * - Before an instruction has changed anything it may leave at its beginning (`leaveIf`): the interpreter then runs
 *   it from scratch. So read memory, and check what will be written, before any register or flag changes.
 * - A family's emitters get the Emitter and the micro-op, and leave the stack as it was.
 */
import {
  CURRENT_UOP,
  COUNTDOWN,
  GENERATION,
  PAGE_BASE_REGISTER,
  REGS,
  TLB_ACTIVE,
  UOP_OP,
  UOP_SIZE,
  ZERO_REGISTER,
} from '../cpu/layout.ts';
import { MODE_LONG, MODE_STACK32 } from '../cpu/core/mode-bits.ts';
import type { Region } from './discover.ts';
import { Flags, valueType } from './flags.ts';
import type { Emission } from './emission.ts';
import { hostAddress, logWrite } from './memory.ts';
import { ADDRESS_32, ADDRESS_FAR_RIP, ADDRESS_SEGMENT, type MicroOp } from './micro-op.ts';
import { pushLinear } from './segments.ts';
import { RecentPages } from './recent-pages.ts';
import { type RecentUse, STACK_PAGE } from './recent-use.ts';
import { Vectors, type VectorUse } from './vectors.ts';
import { FunctionCode, type Label } from './wasm/function-code.ts';
import type { ByteWriter } from './wasm/byte-writer.ts';
import { TYPE_HANDLER } from './wasm/module.ts';
import { I32, I64, LOAD, OP, STORE } from './wasm/opcodes.ts';

export interface RegisterUse {
  readonly vectors: VectorUse;
  /** Bit sets of the registers that are read or written, and that are written. */
  readonly used: number;
  readonly written: number;
}

/** Where an operand lies, after the checks of its access: a host address in a local, or a register. */
export interface Place {
  readonly host: number | null;
  readonly register: number;
  readonly bits: number;
}

export class Emitter implements Emission {
  readonly code: FunctionCode;
  readonly flags: Flags;
  readonly vectors: Vectors;
  readonly #recent: RecentPages;
  readonly #recentUse: RecentUse;
  readonly region: Region;
  /** Code that writes down what it overwrites, for check.ts. */
  readonly checked: boolean;
  readonly long: boolean;
  /** Of the stack pointer. */
  readonly pointerBits: 16 | 32 | 64;
  /** Instructions left of the slice (COUNTDOWN). */
  readonly left: number;
  readonly tlb: number;
  readonly generation: number;
  /** The micro-op with which the interpreter goes on. */
  readonly exitOp: number;
  fallbacks = 0;
  /** The micro-op being translated: with it the interpreter goes on if the region is left. */
  current = 0;
  #chain: Label = 0;
  #exit: Label = 0;
  readonly #registers = new Map<number, number>();
  #written = 0;
  readonly #assumed: RegisterUse | null;
  #exitKnown = -1;

  constructor(region: Region, checked: boolean, recent: RecentUse, assumed: RegisterUse | null) {
    this.region = region;
    this.checked = checked;
    this.#assumed = assumed;
    this.code = new FunctionCode(1);
    this.flags = new Flags(this.code);
    this.vectors = new Vectors(this);
    if (assumed !== null) this.vectors.assume(assumed.vectors);
    this.long = (region.mode & MODE_LONG) !== 0;
    this.pointerBits = this.long ? 64 : (region.mode & MODE_STACK32) !== 0 ? 32 : 16;
    this.left = this.code.newLocal(I32);
    this.tlb = this.code.newLocal(I32);
    this.#recentUse = recent;
    this.#recent = new RecentPages(this, recent.keys, this.long);
    this.generation = this.code.newLocal(I32);
    this.exitOp = this.code.newLocal(I32);
  }

  // ---- Guest registers ---------------------------------------------------------------------------------------
  get use(): RegisterUse {
    let used = 0;
    for (const n of this.#registers.keys()) used |= 1 << n;
    return { used, written: this.#written, vectors: this.vectors.use };
  }

  /** The i64 local of a register, 0 to 15. */
  register(number: number): number {
    let local = this.#registers.get(number);
    if (local === undefined) this.#registers.set(number, (local = this.code.newLocal(I64)));
    return local;
  }

  /** Pushes the register whose place in REGS is `offset` (odd: the second byte). */
  pushRegister(offset: number, bits: number): void {
    const c = this.code.get(this.register(offset >> 3));
    if (bits === 64) return;
    c.wrap();
    if (bits === 32) return;
    if (offset & 7) c.i32(8).i32op('shrU');
    c.i32(bits === 8 ? 0xff : 0xffff).i32op('and');
  }

  /** Pops into a register: 32 bits clear the upper half, fewer leave the rest. Bits above `bits` are ignored. */
  popRegister(offset: number, bits: number): void {
    const c = this.code;
    const number = offset >> 3;
    const local = this.register(number);
    this.#written |= 1 << number;
    if (bits === 32) c.extendUnsigned();
    if (bits < 32) {
      const mask = bits === 8 ? 0xff : 0xffff;
      c.i32(mask).i32op('and').extendUnsigned();
      const shift = offset & 7 ? 8 : 0;
      if (shift) c.i64(8).i64op('shl');
      c.get(local)
        .i64(~(mask << shift))
        .i64op('and')
        .i64op('or');
    }
    c.set(local);
  }

  /** Hands a register, by its place in REGS, to a handler that is called in the middle. */
  storeRegister(offset: number): void {
    this.code.storeAt(STORE.i64, REGS + offset, this.register(offset >> 3));
  }

  /** Takes it back. */
  loadRegister(offset: number): void {
    this.#written |= 1 << (offset >> 3);
    this.code.loadAt(LOAD.i64, REGS + offset).set(this.register(offset >> 3));
  }

  // ---- Addresses ---------------------------------------------------------------------------------------------
  /** Pushes base + index * scale + displacement as an i64, cut to the address size where `cut`. */
  pushOffset(op: MicroOp, cut: boolean): void {
    const c = this.code;
    const narrow = cut && op.addressSize !== 2;
    const type = narrow ? I32 : I64;
    let terms = 0;
    const plus = (): void => {
      if (terms++ > 0) c.integer(type, 'add');
    };
    let constant = BigInt(op.displacement);
    if (op.addressKind === ADDRESS_FAR_RIP) constant += 0x1_0000_0000n;
    if (op.base === PAGE_BASE_REGISTER) constant += this.region.linear + BigInt(op.page);
    else if (op.base !== ZERO_REGISTER) {
      this.pushRegister(op.base, narrow ? 32 : 64);
      plus();
    }
    if (op.index !== ZERO_REGISTER) {
      this.pushRegister(op.index, narrow ? 32 : 64);
      if (op.scale) c.constant(type, op.scale).integer(type, 'shl');
      plus();
    }
    if (constant !== 0n || terms === 0) {
      if (narrow) c.i32(Number(BigInt.asIntN(32, constant)));
      else c.i64(BigInt.asIntN(64, constant));
      plus();
    }
    if (!narrow) return;
    if (op.addressSize === 0) c.i32(0xffff).i32op('and');
    c.extendUnsigned();
  }

  /** Pushes the linear address of the memory operand, or leaves where its segment does not have it. */
  pushAddress(op: MicroOp): void {
    this.pushOffset(op, op.addressKind === ADDRESS_32 || op.addressKind === ADDRESS_SEGMENT);
    if (op.addressKind === ADDRESS_SEGMENT)
      pushLinear(this, this.region.mode, op.segment, op.memoryBytes, op.writesMemory);
  }

  // ---- Memory ------------------------------------------------------------------------------------------------
  /**
   * Pops the linear address of the micro-op's memory operand, of the stack where there is none; pushes the host
   * address of `bytes` bytes there, or leaves the region.
   */
  hostAddress(op: MicroOp | null, bytes: number, write: boolean): void {
    const { operands, first } = this.#recentUse;
    const key = op === null ? STACK_PAGE : operands.get(op.p);
    if (key === undefined || !this.#recent.has(key)) hostAddress(this, bytes, write);
    else this.#recent.hostAddress(key, bytes, write, op !== null && first.has(op.p));
  }

  /** Pops a linear address of the stack, pushes the value there. */
  loadStack(bits: number): void {
    this.hostAddress(null, bits / 8, false);
    this.loadHost(bits);
  }

  /** Pops a host address, pushes the value there. */
  loadHost(bits: number): void {
    this.code.access(
      bits === 64 ? LOAD.i64 : bits === 32 ? LOAD.i32 : bits === 16 ? LOAD.i32From16 : LOAD.i32From8,
    );
  }

  /** Pops a value and a host address below it. */
  storeHost(bits: number): void {
    this.code.access(
      bits === 64 ? STORE.i64 : bits === 32 ? STORE.i32 : bits === 16 ? STORE.i32To16 : STORE.i32To8,
    );
  }

  // ---- Operands ----------------------------------------------------------------------------------------------
  /** Pushes the rm operand. */
  pushRm(op: MicroOp, bits: number): void {
    if (op.inMemory) {
      this.pushAddress(op);
      this.hostAddress(op, bits / 8, false);
      this.loadHost(bits);
    } else this.pushRegister(op.rm, bits);
  }

  /** Makes sure that the rm operand can be written; give the place back with `release`. */
  place(op: MicroOp, bits: number): Place {
    if (!op.inMemory) return { host: null, register: op.rm, bits };
    this.pushAddress(op);
    return this.#placeAt(op, bits);
  }

  /** The same for the guest's stack, at the linear address on wasm's stack. */
  placeOnStack(bits: number): Place {
    return this.#placeAt(null, bits);
  }

  #placeAt(op: MicroOp | null, bits: number): Place {
    this.hostAddress(op, bits / 8, true);
    const host = this.code.borrow(I32);
    this.code.set(host);
    if (this.checked) logWrite(this, host);
    return { host, register: 0, bits };
  }

  pushPlace(place: Place): void {
    if (place.host === null) this.pushRegister(place.register, place.bits);
    else {
      this.code.get(place.host);
      this.loadHost(place.bits);
    }
  }

  /** Stores the value in `local`. */
  storePlace(place: Place, local: number): void {
    if (place.host === null) {
      this.code.get(local);
      this.popRegister(place.register, place.bits);
    } else {
      this.code.get(place.host).get(local);
      this.storeHost(place.bits);
    }
  }

  release(place: Place): void {
    if (place.host !== null) this.code.giveBack(I32, place.host);
  }

  pushImmediate(op: MicroOp, bits: number): void {
    const mask = bits === 8 ? 0xff : bits === 16 ? 0xffff : -1;
    this.code.constant(valueType(bits), op.immediate & mask);
  }

  // ---- Leaving -----------------------------------------------------------------------------------------------
  /** Opens the blocks whose ends are the ways out. */
  begin(): void {
    this.#chain = this.code.block();
    this.#exit = this.code.block();
  }

  /** At the beginning of code that other paths lead to: what is known of exitOp holds no longer. */
  forgetExit(): void {
    this.#exitKnown = -1;
    this.vectors.forget();
  }

  #setExit(): void {
    if (this.#exitKnown === this.current) return;
    this.#exitKnown = this.current;
    this.code.i32(this.current).set(this.exitOp);
  }

  /** Pops a condition: leaves the region when it holds. The current micro-op must not have changed anything. */
  leaveIf(): void {
    this.#setExit();
    this.code.brIf(this.#exit);
  }

  /** Before wasm's own branches inside a micro-op, of which only one has a `leaveIf`. */
  prepareToLeave(): void {
    this.#setExit();
  }

  leave(): void {
    this.#setExit();
    this.code.br(this.#exit);
  }

  /** Goes on with the region of the micro-op in exitOp; PAGE_BASE must be right. */
  chain(): void {
    this.#exitKnown = -1;
    this.code.br(this.#chain);
  }

  /** Writes registers, flags and the count where the interpreter wants them. */
  spill(written: number): void {
    const c = this.code;
    for (const [number, local] of this.#registers) {
      if (written & (1 << number)) c.storeAt(STORE.i64, REGS + number * 8, local);
    }
    this.vectors.store();
    c.storeAt(STORE.i32, COUNTDOWN, this.left);
  }

  reload(): void {
    const c = this.code;
    const used = this.#assumed?.used ?? 0;
    for (const [number, local] of this.#registers) {
      if (used & (1 << number)) c.loadAt(LOAD.i64, REGS + number * 8).set(local);
    }
    c.loadAt(LOAD.i32, COUNTDOWN).set(this.left);
    c.loadAt(LOAD.i32, TLB_ACTIVE).set(this.tlb);
    this.vectors.load();
    this.vectors.forget();
    this.#recent.forget();
  }

  /** Has the interpreter's handler do the micro-op, and goes on unless it changed where or how execution goes on. */
  fallback(op: MicroOp): void {
    const c = this.code;
    this.fallbacks++;
    if (this.checked) {
      // What a handler writes is not in the log.
      this.leave();
      return;
    }
    this.flags.handOver();
    if (this.#assumed !== null) {
      for (let n = 0; n < 16; n++) if (this.#assumed.used & (1 << n)) this.register(n);
    }
    this.spill(this.#assumed?.written ?? 0);
    c.i32(0).i32(op.p).access(STORE.i32, CURRENT_UOP, true);
    c.i32(op.p).i32(op.p).access(LOAD.i32From16, UOP_OP, true).callIndirect(TYPE_HANDLER, false);
    const next = c.borrow(I32);
    c.set(next);
    if (op.ends) {
      c.get(next).op(OP.return);
      c.giveBack(I32, next);
      return;
    }
    c.get(next)
      .i32(op.p + UOP_SIZE)
      .i32op('ne');
    c.loadAt(LOAD.i32, GENERATION).get(this.generation).i32op('ne').i32op('or');
    c.if();
    c.get(next).op(OP.return).end();
    c.giveBack(I32, next);
    this.reload();
  }

  /** The end of the function: spills, and returns the micro-op in exitOp. */
  finish(tailCalls: boolean): ByteWriter {
    const c = this.code;
    c.end();
    this.store();
    c.get(this.exitOp).op(OP.return).end();
    this.store();
    c.get(this.exitOp);
    if (tailCalls) c.get(this.exitOp).access(LOAD.i32From16, UOP_OP, true).callIndirect(TYPE_HANDLER, true);
    c.prologue(() => {
      for (const [number, local] of this.#registers) c.loadAt(LOAD.i64, REGS + number * 8).set(local);
      c.loadAt(LOAD.i32, COUNTDOWN).set(this.left);
      c.loadAt(LOAD.i32, TLB_ACTIVE).set(this.tlb);
      c.loadAt(LOAD.i32, GENERATION).set(this.generation);
      this.vectors.load();
      this.#recent.forget();
    });
    return c.finish();
  }

  /** Writes everything that the region holds in locals: flags, then registers and the count. */
  store(): void {
    this.flags.storeAtExit();
    this.spill(this.#written);
  }
}
