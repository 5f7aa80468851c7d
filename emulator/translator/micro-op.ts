/** Micro-ops as the decoder wrote them (emulator/cpu/layout.ts), and what their numbers mean. */
import type { OpDescription } from '../cpu/codegen/generate.ts';
import * as L from '../cpu/layout.ts';

/** How an address is finished: bits 6-7 of UOP_SCALE. */
export const ADDRESS_PLAIN = 0;
export const ADDRESS_32 = 1;
export const ADDRESS_SEGMENT = 2;
export const ADDRESS_FAR_RIP = 3;

export interface MicroOp extends OpDescription {
  /** Where it lies: the name under which the interpreter knows it. */
  readonly p: number;
  /** Of its handler in the table. */
  readonly number: number;
  readonly reg: number;
  readonly rm: number;
  /** The register that VEX.vvvv names. */
  readonly vvvv: number;
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly addressKind: number;
  readonly segment: number;
  readonly inMemory: boolean;
  readonly memoryBytes: number;
  readonly writesMemory: boolean;
  readonly displacement: number;
  /** A 64-bit operand in the place of displacement and immediate. */
  readonly wide: bigint;
  readonly immediate: number;
  /** Of its code page from that of its region, in bytes. */
  readonly page: number;
  /** In the page when read; in a region from the page of its entry on. */
  readonly offset: number;
  readonly length: number;
  /** Instructions of the block completed once it is. */
  readonly count: number;
  /** Of them, those completed before it. */
  readonly before: number;
  readonly addressSize: number;
  readonly operandSize: number;
  readonly target: number;
  readonly prefixes: number;
}

/** A jump by the counter register: it ends its block, and goes on behind it when it is not taken. */
export function isCounted(op: OpDescription): boolean {
  return op.handler.startsWith('loop') || op.handler === 'jcxz';
}

/** A relative jump or call, or the end of a block that leads to the next one: `target` says where. */
export function isDirectJump(op: OpDescription): boolean {
  return (
    op.condition >= 0 ||
    op.handler.startsWith('jcc') ||
    op.handler === 'jmpJ' ||
    op.handler === 'callJ' ||
    op.handler === 'end of block' ||
    isCounted(op)
  );
}

export class MicroOpReader {
  readonly #view: DataView;
  readonly #ops: readonly OpDescription[];

  constructor(view: DataView, ops: readonly OpDescription[]) {
    this.#view = view;
    this.#ops = ops;
  }

  /** The micro-op at `p`, as part of a region whose entry's page is `page` bytes before its own. */
  read(p: number, page = 0): MicroOp {
    const view = this.#view;
    const number = view.getUint16(p + L.UOP_OP, true);
    const description = this.#ops[number - 1];
    if (description === undefined) throw new Error(`translator: no micro-op at ${p.toString(16)}`);
    const scale = view.getUint8(p + L.UOP_SCALE);
    const segment = view.getUint8(p + L.UOP_SEGMENT);
    const count = view.getUint8(p + L.UOP_COUNT);
    return {
      ...description,
      p,
      number,
      reg: view.getUint8(p + L.UOP_REG),
      rm: view.getUint8(p + L.UOP_RM),
      vvvv: view.getUint8(p + L.UOP_VVVV),
      base: view.getUint8(p + L.UOP_BASE),
      index: view.getUint8(p + L.UOP_INDEX),
      scale: scale & 3,
      addressKind: scale >> 6,
      segment: segment & 7,
      inMemory: (segment & 0x80) !== 0,
      memoryBytes: view.getUint8(p + L.UOP_MEMORY_SIZE),
      writesMemory: (segment & 0x40) !== 0,
      displacement: view.getInt32(p + L.UOP_DISPLACEMENT, true),
      wide: view.getBigUint64(p + L.UOP_DISPLACEMENT, true),
      immediate: view.getInt32(p + L.UOP_IMMEDIATE, true),
      page,
      offset: page + view.getUint16(p + L.UOP_OFFSET, true),
      length: view.getUint8(p + L.UOP_LENGTH),
      count,
      before: count - (description.condition >= 0 ? 2 : 1),
      addressSize: view.getUint8(p + L.UOP_ADDRESS_SIZE),
      operandSize: view.getUint8(p + L.UOP_OPERAND_SIZE),
      target: view.getInt32(p + L.UOP_TARGET, true) + (isDirectJump(description) ? page : 0),
      prefixes: view.getUint8(p + L.UOP_PREFIXES),
    };
  }
}
