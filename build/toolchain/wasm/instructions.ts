/**
 * Decodes the instructions of a function body into opcode and immediates, without giving them a meaning.
 * Source: WebAssembly Core Specification 2.0, chapter 5.4; threads proposal for the 0xFE prefix.
 *
 * Prefixed opcodes are one number: 0xFC 0x0A is 0xFC0A.
 */
import { type ByteReader } from './byte-reader.ts';
import { readValueType } from './module-reader.ts';
import type { ValueType } from './types.ts';

export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  atomicFence: 0xfe03,
} as const;

/** The result of a block, or the index of a function type (`typeIndex`). */
export interface BlockType {
  readonly result: ValueType | null;
  readonly typeIndex: number | null;
}

export interface Instruction {
  /** Byte offset of the opcode in the module: the key of asc's source map. */
  readonly offset: number;
  readonly op: number;
  /** Local, global, function, label or type index. */
  readonly index: number;
  /** Bits of a constant, or the offset of a memory access. */
  readonly value: bigint;
  readonly targets: readonly number[];
  readonly block: BlockType | null;
}

const EMPTY_BLOCK = 0x40;

function readBlockType(r: ByteReader): BlockType {
  const code = r.bytes[r.offset];
  if (code === EMPTY_BLOCK) {
    r.u8();
    return { result: null, typeIndex: null };
  }
  if (code !== undefined && code >= 0x40 && code < 0x80) return { result: readValueType(r), typeIndex: null };
  return { result: null, typeIndex: Number(r.signed(33)) };
}

function takesIndex(op: number): boolean {
  return op === OP.br || op === OP.brIf || op === OP.call || (op >= OP.localGet && op <= OP.globalSet);
}

function accessesMemory(op: number): boolean {
  return (op >= 0x28 && op <= 0x3e) || (op >= 0xfe00 && op !== OP.atomicFence);
}

function zeroByte(r: ByteReader): void {
  if (r.u8() !== 0) r.fail('only memory 0 and table 0 are supported');
}

export function readInstruction(r: ByteReader): Instruction {
  const offset = r.offset;
  let op = r.u8();
  if (op === 0xfc || op === 0xfe) {
    const sub = r.u32();
    if (sub > 0xff) r.fail(`opcode 0x${op.toString(16)} ${sub} is not supported`);
    op = (op << 8) | sub;
  }
  let index = 0;
  let value = 0n;
  let targets: number[] = [];
  let block: BlockType | null = null;
  if (takesIndex(op)) index = r.u32();
  else if (accessesMemory(op)) {
    index = r.u32();
    value = r.u64();
  } else {
    switch (op) {
      case OP.block:
      case OP.loop:
      case OP.if:
        block = readBlockType(r);
        break;
      case OP.brTable:
        targets = Array.from({ length: r.u32() + 1 }, () => r.u32());
        break;
      case OP.callIndirect:
        index = r.u32();
        zeroByte(r);
        break;
      case OP.selectTyped:
        for (let count = r.u32(); count > 0; count--) readValueType(r);
        break;
      case OP.i32Const:
        value = BigInt.asUintN(32, r.signed(32));
        break;
      case OP.i64Const:
        value = BigInt.asUintN(64, r.signed(64));
        break;
      case OP.f32Const:
        value = BigInt(r.f32Bits());
        break;
      case OP.f64Const:
        value = r.f64Bits();
        break;
      case OP.memoryCopy:
        zeroByte(r);
        zeroByte(r);
        break;
      case OP.memorySize:
      case OP.memoryGrow:
      case OP.memoryFill:
      case OP.atomicFence:
        zeroByte(r);
        break;
      default:
    }
  }
  return { offset, op, index, value, targets, block };
}
