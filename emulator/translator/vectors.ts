/**
 * XMM registers in v128 locals of a region, and what is known of them and of the SSE unit at a place.
 *
 * - `ready` comes first in every SSE instruction: it leaves where the instruction would raise #UD or #NM.
 * - `quick` and `plain` are those of core/mxcsr.ts: where a native operation, on numbers that are neither denormal
 *   nor NaN nor infinite, is right in every visible way. Elsewhere the region is left and the interpreter does it.
 * - A register is "settled" as what was last computed in it, so that the next instruction need not test it again.
 * - All this knowledge holds from one place of the code to the next one behind it, and ends where paths meet.
 */
import { CR0, CR4, MXCSR, XMM } from '../cpu/layout.ts';
import type { Emission } from './emission.ts';
import { I32, LOAD, V128 } from './wasm/opcodes.ts';

/** CR0.EM and CR0.TS; CR4.OSFXSR (SDM vol. 3, 2.5). */
const CR0_BARS = 0x0c;
const CR4_OSFXSR = 0x200;
/** Bits of MXCSR, and what they are in a mode; rounding to nearest is 0, and PE is the flag of inexact results. */
const MXCSR_OF = {
  masked: [0x1f80, 0x1f80],
  quick: [0xffe0, 0x1fa0],
  plain: [0xffc0, 0x1f80],
} as const;

/** Elements that are known to be normal numbers or zero. */
export type Settled = 'f32' | 'f64' | 'f32x4' | 'f64x2';
type Mode = 'ready' | 'masked' | 'quick' | 'plain';

export interface VectorUse {
  readonly used: number;
  readonly written: number;
  readonly modes: readonly Mode[];
}

export const NO_VECTORS: VectorUse = { used: 0, written: 0, modes: [] };

export class Vectors {
  readonly #e: Emission;
  readonly #registers = new Map<number, number>();
  #written = 0;
  /** i32 locals: not 0 where the mode does not hold. */
  readonly #modes = new Map<Mode, number>();
  readonly #known = new Set<Mode>();
  readonly #settled = new Map<number, Settled>();
  /** Some place needs to know all registers that the region uses: `assume` them in a second pass. */
  handedOver = false;

  constructor(e: Emission) {
    this.#e = e;
  }

  get use(): VectorUse {
    let used = 0;
    for (const number of this.#registers.keys()) used |= 1 << number;
    return { used, written: this.#written, modes: [...this.#modes.keys()] };
  }

  /** Takes what a first pass found, so that a handler in the middle is given everything. */
  assume(use: VectorUse): void {
    for (let number = 0; number < 16; number++) if (use.used & (1 << number)) this.local(number * 16);
    for (const mode of use.modes) this.#mode(mode);
    this.#written |= use.written;
  }

  // ---- Registers ---------------------------------------------------------------------------------------------
  /** The v128 local of the register whose place in XMM is `offset`. */
  local(offset: number): number {
    const number = offset >> 4;
    let local = this.#registers.get(number);
    if (local === undefined) this.#registers.set(number, (local = this.#e.code.newLocal(V128)));
    return local;
  }

  push(offset: number): void {
    this.#e.code.get(this.local(offset));
  }

  /** Pops a vector into a register; `settled` says what it is known to hold. */
  pop(offset: number, settled?: Settled): void {
    this.#e.code.set(this.local(offset));
    this.#written |= 1 << (offset >> 4);
    if (settled === undefined) this.#settled.delete(offset);
    else this.#settled.set(offset, settled);
  }

  isSettled(offset: number, as: Settled): boolean {
    const known = this.#settled.get(offset);
    return known === as || (known === 'f64x2' && as === 'f64') || (known === 'f32x4' && as === 'f32');
  }

  /** What a copy of the register is known to hold. */
  settledOf(offset: number): Settled | undefined {
    return this.#settled.get(offset);
  }

  /** Paths meet here, or a handler ran. */
  forget(): void {
    this.#known.clear();
    this.#settled.clear();
  }

  // ---- Modes -------------------------------------------------------------------------------------------------
  ready(): void {
    this.#require('ready');
  }
  quick(): void {
    this.#require('quick');
  }
  plain(): void {
    this.#require('plain');
  }

  /** Leaves unless all exceptions are masked: then no instruction of SSE arithmetic raises one. */
  masked(): void {
    this.#require('masked');
  }

  #mode(mode: Mode): number {
    let local = this.#modes.get(mode);
    if (local === undefined) this.#modes.set(mode, (local = this.#e.code.newLocal(I32)));
    return local;
  }

  #require(mode: Mode): void {
    const local = this.#mode(mode);
    if (this.#known.has(mode)) return;
    this.#known.add(mode);
    this.#e.code.get(local);
    this.#e.leaveIf();
  }

  #loadMode(mode: Mode, local: number): void {
    const c = this.#e.code;
    if (mode === 'ready') {
      c.loadAt(LOAD.i32, CR0).i32(CR0_BARS).i32op('and');
      c.loadAt(LOAD.i32, CR4).i32(-1).i32op('xor').i32(CR4_OSFXSR).i32op('and').i32op('or');
    } else {
      const [mask, value] = MXCSR_OF[mode];
      c.loadAt(LOAD.i32, MXCSR).i32(mask).i32op('and').i32(value).i32op('xor');
    }
    c.set(local);
  }

  // ---- Handlers called in the middle (families/direct.ts) ----------------------------------------------------
  handOver(): void {
    this.handedOver = true;
    this.store();
  }

  /** A handler may have raised flags in MXCSR: what held of it holds still. */
  takeBack(): void {
    this.load();
    this.#settled.clear();
  }

  // ---- Entry, exits, handlers --------------------------------------------------------------------------------
  load(): void {
    const c = this.#e.code;
    for (const [number, local] of this.#registers)
      c.i32(0)
        .vectorAccess('load', XMM + number * 16)
        .set(local);
    for (const [mode, local] of this.#modes) this.#loadMode(mode, local);
  }

  store(): void {
    const c = this.#e.code;
    for (const [number, local] of this.#registers) {
      if (this.#written & (1 << number))
        c.i32(0)
          .get(local)
          .vectorAccess('store', XMM + number * 16);
    }
  }
}
