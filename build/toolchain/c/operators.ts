/**
 * What each WebAssembly operator is in C: operand types, result type, expression. Control flow, calls, locals and
 * constants are in function.ts.
 * Source: WebAssembly Core Specification 2.0, chapters 4.3 (numerics) and 5.4 (opcodes); threads proposal.
 *
 * Operands are always plain C variables or literals, so an expression may use one twice. Integers are unsigned;
 * where a sign counts the expression casts. Everything that traps or is not one C operator is an rt_ function of
 * runtime/rt.h.
 */
import type { ValueType } from '../wasm/types.ts';

export interface Operator {
  readonly operands: readonly ValueType[];
  readonly result: ValueType;
  expression(...operands: readonly string[]): string;
}

export interface MemoryAccess {
  /** C type of the memory cell, such as s16. */
  readonly cell: string;
  readonly type: ValueType;
}

const operators = new Map<number, Operator>();

function define(
  op: number,
  operands: readonly ValueType[],
  result: ValueType,
  expression: (...operands: readonly string[]) => string,
): void {
  if (operators.has(op)) throw new Error(`operator 0x${op.toString(16)} is defined twice`);
  operators.set(op, { operands, result, expression });
}

const signed = (type: 'u32' | 'u64'): string => (type === 'u32' ? 's32' : 's64');

interface IntegerOpcodes {
  readonly type: 'u32' | 'u64';
  readonly bits: 32 | 64;
  readonly compare: number;
  readonly arithmetic: number;
}
const INTEGERS: readonly IntegerOpcodes[] = [
  { type: 'u32', bits: 32, compare: 0x45, arithmetic: 0x67 },
  { type: 'u64', bits: 64, compare: 0x50, arithmetic: 0x79 },
];
/** After eqz, eq and ne, in opcode order; each comparison comes signed, then unsigned. */
const ORDERINGS = ['<', '>', '<=', '>='];

for (const { type, bits, compare, arithmetic } of INTEGERS) {
  const s = signed(type);
  const two = [type, type];
  define(compare, [type], 'u32', (x) => `(u32)(${x} == 0)`);
  define(compare + 1, two, 'u32', (x, y) => `(u32)(${x} == ${y})`);
  define(compare + 2, two, 'u32', (x, y) => `(u32)(${x} != ${y})`);
  ORDERINGS.forEach((o, i) => {
    define(compare + 3 + 2 * i, two, 'u32', (x, y) => `(u32)((${s})${x} ${o} (${s})${y})`);
    define(compare + 4 + 2 * i, two, 'u32', (x, y) => `(u32)(${x} ${o} ${y})`);
  });
  ['clz', 'ctz', 'popcnt'].forEach((f, i) => {
    define(arithmetic + i, [type], type, (x) => `rt_${f}${bits}(${x})`);
  });
  ['+', '-', '*'].forEach((o, i) => {
    define(arithmetic + 3 + i, two, type, (x, y) => `${x} ${o} ${y}`);
  });
  ['div_s', 'div_u', 'rem_s', 'rem_u'].forEach((f, i) => {
    define(arithmetic + 6 + i, two, type, (x, y) => `rt_${f}${bits}(${x}, ${y})`);
  });
  ['&', '|', '^'].forEach((o, i) => {
    define(arithmetic + 10 + i, two, type, (x, y) => `${x} ${o} ${y}`);
  });
  define(arithmetic + 13, two, type, (x, y) => `${x} << (${y} & ${bits - 1})`);
  define(arithmetic + 14, two, type, (x, y) => `(${type})((${s})${x} >> (${y} & ${bits - 1}))`);
  define(arithmetic + 15, two, type, (x, y) => `${x} >> (${y} & ${bits - 1})`);
  define(arithmetic + 16, two, type, (x, y) => `rt_rotl${bits}(${x}, ${y})`);
  define(arithmetic + 17, two, type, (x, y) => `rt_rotr${bits}(${x}, ${y})`);
}

const FLOATS = [
  { type: 'f32', compare: 0x5b, arithmetic: 0x8b },
  { type: 'f64', compare: 0x61, arithmetic: 0x99 },
] as const;

for (const { type, compare, arithmetic } of FLOATS) {
  const two = [type, type];
  ['==', '!=', '<', '>', '<=', '>='].forEach((o, i) => {
    define(compare + i, two, 'u32', (x, y) => `(u32)(${x} ${o} ${y})`);
  });
  ['abs', 'neg', 'ceil', 'floor', 'trunc', 'nearest', 'sqrt'].forEach((f, i) => {
    define(arithmetic + i, [type], type, (x) => `rt_${f}_${type}(${x})`);
  });
  ['+', '-', '*', '/'].forEach((o, i) => {
    define(arithmetic + 7 + i, two, type, (x, y) => `${x} ${o} ${y}`);
  });
  ['min', 'max', 'copysign'].forEach((f, i) => {
    define(arithmetic + 11 + i, two, type, (x, y) => `rt_${f}_${type}(${x}, ${y})`);
  });
}

function convert(op: number, from: ValueType, to: ValueType, expression: (x: string) => string): void {
  define(op, [from], to, (x = '') => expression(x));
}

convert(0xa7, 'u64', 'u32', (x) => `(u32)${x}`);
convert(0xac, 'u32', 'u64', (x) => `(u64)(s64)(s32)${x}`);
convert(0xad, 'u32', 'u64', (x) => `(u64)${x}`);
convert(0xc0, 'u32', 'u32', (x) => `(u32)(s32)(s8)${x}`);
convert(0xc1, 'u32', 'u32', (x) => `(u32)(s32)(s16)${x}`);
convert(0xc2, 'u64', 'u64', (x) => `(u64)(s64)(s8)${x}`);
convert(0xc3, 'u64', 'u64', (x) => `(u64)(s64)(s16)${x}`);
convert(0xc4, 'u64', 'u64', (x) => `(u64)(s64)(s32)${x}`);

/** trunc_s and trunc_u in opcode order: trapping from these opcodes, saturating from 0xFC00. */
const TRUNCATIONS = [
  { op: 0xa8, from: 'f32', to: 'u32' },
  { op: 0xaa, from: 'f64', to: 'u32' },
  { op: 0xae, from: 'f32', to: 'u64' },
  { op: 0xb0, from: 'f64', to: 'u64' },
] as const;
TRUNCATIONS.forEach(({ op, from, to }, pair) => {
  [signed(to), to].forEach((target, i) => {
    convert(op + i, from, to, (x) => `(${to})rt_trunc_${target}_${from}(${x})`);
    convert(0xfc00 + 2 * pair + i, from, to, (x) => `(${to})rt_sat_${target}_${from}(${x})`);
  });
});

const TO_FLOAT = [
  { op: 0xb2, from: 'u32', to: 'f32' },
  { op: 0xb4, from: 'u64', to: 'f32' },
  { op: 0xb7, from: 'u32', to: 'f64' },
  { op: 0xb9, from: 'u64', to: 'f64' },
] as const;
for (const { op, from, to } of TO_FLOAT) {
  convert(op, from, to, (x) => `(${to})(${signed(from)})${x}`);
  convert(op + 1, from, to, (x) => `(${to})${x}`);
}
convert(0xb6, 'f64', 'f32', (x) => `(f32)${x}`);
convert(0xbb, 'f32', 'f64', (x) => `(f64)${x}`);
convert(0xbc, 'f32', 'u32', (x) => `rt_bits_f32(${x})`);
convert(0xbd, 'f64', 'u64', (x) => `rt_bits_f64(${x})`);
convert(0xbe, 'u32', 'f32', (x) => `rt_f32_from_bits(${x})`);
convert(0xbf, 'u64', 'f64', (x) => `rt_f64_from_bits(${x})`);

export const OPERATORS: ReadonlyMap<number, Operator> = operators;

function accesses(first: number, list: readonly (readonly [string, ValueType])[]): Map<number, MemoryAccess> {
  return new Map(list.map(([cell, type], i) => [first + i, { cell, type }]));
}

export const LOADS: ReadonlyMap<number, MemoryAccess> = accesses(0x28, [
  ['u32', 'u32'],
  ['u64', 'u64'],
  ['f32', 'f32'],
  ['f64', 'f64'],
  ['s8', 'u32'],
  ['u8', 'u32'],
  ['s16', 'u32'],
  ['u16', 'u32'],
  ['s8', 'u64'],
  ['u8', 'u64'],
  ['s16', 'u64'],
  ['u16', 'u64'],
  ['s32', 'u64'],
  ['u32', 'u64'],
]);

export const STORES: ReadonlyMap<number, MemoryAccess> = accesses(0x36, [
  ['u32', 'u32'],
  ['u64', 'u64'],
  ['f32', 'f32'],
  ['f64', 'f64'],
  ['u8', 'u32'],
  ['u16', 'u32'],
  ['u8', 'u64'],
  ['u16', 'u64'],
  ['u32', 'u64'],
]);

/** The seven widths of every atomic operation, in opcode order. */
const ATOMIC_WIDTHS: readonly (readonly [string, ValueType])[] = [
  ['u32', 'u32'],
  ['u64', 'u64'],
  ['u8', 'u32'],
  ['u16', 'u32'],
  ['u8', 'u64'],
  ['u16', 'u64'],
  ['u32', 'u64'],
];
const ATOMIC_KINDS = ['load', 'store', 'add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'] as const;

export interface AtomicAccess extends MemoryAccess {
  readonly kind: (typeof ATOMIC_KINDS)[number];
}

export const ATOMICS: ReadonlyMap<number, AtomicAccess> = new Map(
  ATOMIC_KINDS.flatMap((kind, k) =>
    ATOMIC_WIDTHS.map(([cell, type], w) => [0xfe10 + 7 * k + w, { kind, cell, type }] as const),
  ),
);
