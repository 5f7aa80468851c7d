/**
 * Compares translated code with the interpreter while a machine runs. A checked region writes down what it
 * overwrites, calls no handler and no other region; so its run can be undone and repeated by the interpreter
 * from the same state to the same place. The interpreter's state is kept.
 */
import * as L from '../cpu/layout.ts';
import { NO_CHECKS, type TranslatorChecks } from '../machine/vcpu-types.ts';
import type { Handler, TranslatorCore } from './core.ts';
import type { Region } from './discover.ts';
import type { MicroOpReader } from './micro-op.ts';

const STATE_END = 0x40600;
/** At most about this many instructions of a region are checked at once: the log must hold what they write. */
const LONGEST = 1500;
const REPLAY_COUNT = 0x3fff_ffff;
const REGISTER_NAMES = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

/** A module that gives a JavaScript function the form of a handler, so that the handler table takes it. */
const THUNK = new WebAssembly.Module(
  Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5,
    1, 1, 0x66, 0, 0,
  ]),
);

export class Checker {
  #checked: TranslatorChecks = NO_CHECKS;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #core: TranslatorCore;
  readonly #reader: MicroOpReader;
  readonly #firstRegion: number;
  readonly #every: number;
  #runs = 0;

  constructor(
    memory: WebAssembly.Memory,
    core: TranslatorCore,
    reader: MicroOpReader,
    firstRegion: number,
    every: number,
  ) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#core = core;
    this.#reader = reader;
    this.#firstRegion = firstRegion;
    this.#every = Math.max(1, every);
  }

  get checked(): TranslatorChecks {
    return this.#checked;
  }

  wrap(handler: Handler, region: Region): Handler {
    const checked = (stub: number): number => {
      this.#view.setUint32(L.WRITE_LOG, 0, true);
      if (++this.#runs % this.#every !== 0) return handler(stub);
      return this.#check(handler, region, stub);
    };
    return new WebAssembly.Instance(THUNK, { e: { f: checked } }).exports['f'] as Handler;
  }

  #state(): Uint8Array {
    return this.#bytes.slice(L.STATE, STATE_END);
  }

  #check(handler: Handler, region: Region, stub: number): number {
    const view = this.#view;
    const countdown = view.getInt32(L.COUNTDOWN, true);
    const before = this.#state();
    const limit = Math.min(countdown, LONGEST);
    view.setInt32(L.COUNTDOWN, limit, true);
    const end = handler(stub);
    const endOp = this.#reader.read(end);
    const executed = limit - view.getInt32(L.COUNTDOWN, true) + this.#before(end);
    const linear = view.getBigUint64(L.PAGE_BASE, true) + BigInt(endOp.offset);
    const after = this.#state();
    // A compare that is fused with its jump sets all flags again: they may already be its own.
    const flags = endOp.condition >= 0 ? null : this.#core.eflags();
    const written = this.#undo();
    this.#bytes.set(before, L.STATE);
    view.setInt32(L.COUNTDOWN, REPLAY_COUNT, true);
    const last = this.#replay(view.getUint32(stub + L.UOP_LINK, true), linear, executed, region);
    const counted = REPLAY_COUNT - view.getInt32(L.COUNTDOWN, true);
    view.setInt32(L.COUNTDOWN, countdown - counted, true);
    const differences = this.#differences(after, flags, written);
    if (differences.length > 0) {
      throw new Error(
        `the translator differs: ${differences.join(', ')}\n${this.#describe(region, executed)}`,
      );
    }
    const { runs, instructions } = this.#checked;
    this.#checked = { runs: runs + 1, instructions: instructions + executed };
    return last;
  }

  /** Instructions of its block that are completed before a micro-op. */
  #before(p: number): number {
    return this.#reader.read(p).before;
  }

  /** Puts back what the region overwrote; returns what it had written, by address of 8 bytes. */
  #undo(): Map<number, bigint> {
    const view = this.#view;
    const written = new Map<number, bigint>();
    const count = view.getUint32(L.WRITE_LOG, true);
    const at = (i: number): number => L.WRITE_LOG + 16 + i * 16;
    for (let i = 0; i < count; i++) {
      const host = view.getUint32(at(i), true);
      written.set(host, view.getBigUint64(host, true));
    }
    for (let i = count - 1; i >= 0; i--)
      view.setBigUint64(view.getUint32(at(i), true), view.getBigUint64(at(i) + 8, true), true);
    return written;
  }

  /** Runs the interpreter until it has done `executed` instructions and is at `linear`. */
  #replay(start: number, linear: bigint, executed: number, region: Region): number {
    const view = this.#view;
    const table = this.#core.table;
    let p = start;
    for (let steps = 0; ; steps++) {
      const op = view.getUint16(p + L.UOP_OP, true);
      if (op >= this.#firstRegion) {
        p = view.getUint32(p + L.UOP_LINK, true);
        continue;
      }
      const done = REPLAY_COUNT - view.getInt32(L.COUNTDOWN, true) + this.#before(p);
      const here = view.getBigUint64(L.PAGE_BASE, true) + BigInt(view.getUint16(p + L.UOP_OFFSET, true));
      if (done === executed && here === linear) return p;
      if (done > executed || steps > LONGEST * 4) {
        throw new Error(
          `the translator differs: after ${executed} instructions it is at ${linear.toString(16)}, the ` +
            `interpreter after ${done} at ${here.toString(16)}\n${this.#describe(region, executed)}`,
        );
      }
      view.setUint32(L.CURRENT_UOP, p, true);
      p = (table.get(op) as Handler)(p);
    }
  }

  #differences(after: Uint8Array, flags: number | null, written: ReadonlyMap<number, bigint>): string[] {
    const view = this.#view;
    const other = new DataView(after.buffer, after.byteOffset);
    const found: string[] = [];
    const note = (name: string, ours: bigint | number, right: bigint | number): void => {
      if (ours !== right) found.push(`${name} ${ours.toString(16)} instead of ${right.toString(16)}`);
    };
    REGISTER_NAMES.forEach((name, i) => {
      const at = L.REGS + i * 8;
      note(name, other.getBigUint64(at - L.STATE, true), view.getBigUint64(at, true));
    });
    if (flags !== null) note('eflags', flags, this.#core.eflags());
    for (let at = L.FPU_CONTROL; at < STATE_END; at += 8) {
      const name = `state+${(at - L.STATE).toString(16)}`;
      note(name, other.getBigUint64(at - L.STATE, true), view.getBigUint64(at, true));
    }
    for (const [host, value] of written)
      note(`memory ${host.toString(16)}`, value, view.getBigUint64(host, true));
    return found;
  }

  #describe(region: Region, executed: number): string {
    const lines = [
      `region at ${(region.linear + BigInt(region.entry)).toString(16)}, ${executed} instructions:`,
    ];
    for (const block of [...region.blocks.values()].sort((a, b) => a.offset - b.offset)) {
      lines.push(`  ${block.offset.toString(16)}:`);
      for (const op of block.ops) {
        const at = (region.pages.get(op.page)?.host ?? 0) + op.offset - op.page;
        const bytes = [...this.#bytes.subarray(at, at + op.length)];
        const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
        lines.push(`    ${op.offset.toString(16)} ${op.handler} ${op.bits || ''} ${hex}`);
      }
    }
    return lines.join('\n');
  }
}
