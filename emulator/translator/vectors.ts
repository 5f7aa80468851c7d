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
/** MXCSR without the flags but PE, and its value when all is masked and rounding is to nearest. */
const QUICK_MASK = 0xffe0;
const QUICK = 0x1fa0;
const PLAIN_MASK = 0xffc0;
const PLAIN = 0x1f80;

/** Elements that are known to be normal numbers or zero. */
export type Settled = 'f32' | 'f64' | 'f32x4' | 'f64x2';
type Mode = 'ready' | 'quick' | 'plain';

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
      c.loadAt(LOAD.i32, MXCSR);
      c.i32(mode === 'quick' ? QUICK_MASK : PLAIN_MASK).i32op('and');
      c.i32(mode === 'quick' ? QUICK : PLAIN).i32op('xor');
    }
    c.set(local);
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
