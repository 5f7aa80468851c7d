/** Every operator, load, store and atomic, on the values where such things go wrong: our C against V8. */
import { describe, expect, it } from 'vitest';
import {
  buildModule,
  constant,
  type FunctionSpec,
  local,
  memoryAccess,
  opcode,
} from '../testing/wasm-builder.ts';
import { type Call, runInV8, runNatively } from '../testing/native-runner.ts';
import type { ValueType } from '../wasm/types.ts';
import { ATOMICS, LOADS, OPERATORS, STORES } from './operators.ts';

const INTEGERS: Readonly<Record<'u32' | 'u64', readonly bigint[]>> = {
  u32: [
    0n,
    1n,
    2n,
    7n,
    31n,
    32n,
    33n,
    0x7fn,
    0x80n,
    0xffn,
    0x8000n,
    0x1234_5678n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_fffen,
    0xffff_ffffn,
  ],
  u64: [
    0n,
    1n,
    3n,
    63n,
    64n,
    65n,
    0x80n,
    0xffffn,
    0x8000n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x1_0000_0000n,
    0x1234_5678_9abc_def0n,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0xffff_ffff_ffff_ffffn,
  ],
};

const view = new DataView(new ArrayBuffer(8));
function f32Bits(value: number): bigint {
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}
function f64Bits(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

const NUMBERS = [
  0,
  -0,
  0.5,
  -0.5,
  1,
  -1,
  1.5,
  2.5,
  -2.5,
  0.1,
  3.7,
  -3.7,
  1e10,
  -1e10,
  1e300,
  -1e300,
  5e-324,
  1e-40,
  Infinity,
  -Infinity,
  2 ** 23,
  2 ** 23 + 0.5,
  2 ** 31,
  2 ** 31 - 1,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 32 - 1,
  2 ** 52,
  2 ** 52 + 0.5,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  2 ** 64,
  -0.99999,
  4294967295.5,
  2147483647.5,
  -2147483648.9,
];
const FLOATS: Readonly<Record<'f32' | 'f64', readonly bigint[]>> = {
  f32: [
    ...new Set([
      ...NUMBERS.map(f32Bits),
      0x7fc0_0000n,
      0xffc0_0000n,
      0x7fa0_1234n,
      0x4f7f_ffffn,
      0xdf00_0001n,
    ]),
  ],
  f64: [
    ...new Set([
      ...NUMBERS.map(f64Bits),
      0x7ff8_0000_0000_0000n,
      0xfff8_0000_0000_0000n,
      0x7ff4_0000_dead_beefn,
    ]),
  ],
};
const VALUES: Readonly<Record<ValueType, readonly bigint[]>> = { ...INTEGERS, ...FLOATS };

const BITS: Readonly<Record<ValueType, 'u32' | 'u64'>> = { u32: 'u32', u64: 'u64', f32: 'u32', f64: 'u64' };
const REINTERPRET_TO_INTEGER: Readonly<Record<string, number[]>> = { f32: [0xbc], f64: [0xbd] };
const REINTERPRET_TO_FLOAT: Readonly<Record<string, number[]>> = { f32: [0xbe], f64: [0xbf] };

function pushParameter(type: ValueType, index: number): number[] {
  return [...local.get(index), ...(REINTERPRET_TO_FLOAT[type] ?? [])];
}

function hex(op: number): string {
  return `op_${op.toString(16)}`;
}

/** NaNs may differ in sign and payload wherever an operator computes; moving bits must keep them. */
function isNaNOf(type: ValueType, outcome: string): boolean {
  if (!outcome.startsWith('0x')) return false;
  const bits = BigInt(outcome);
  if (type === 'f32') return (bits & 0x7fff_ffffn) > 0x7f80_0000n;
  return type === 'f64' && (bits & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;
}

const EXACT = new Set([0x8b, 0x8c, 0x98, 0x99, 0x9a, 0xa6, 0xbc, 0xbd, 0xbe, 0xbf]);

describe('operators', () => {
  it('give what V8 gives, traps included', () => {
    const functions: FunctionSpec[] = [];
    const calls: (Call & { type: ValueType; op: number })[] = [];
    for (const [op, { operands, result }] of OPERATORS) {
      const operandCode = operands.flatMap((type, i) => pushParameter(type, i));
      functions.push({
        name: hex(op),
        params: operands.map((type) => BITS[type]),
        result: BITS[result],
        body: [...operandCode, ...opcode(op), ...(REINTERPRET_TO_INTEGER[result] ?? [])],
      });
      const [first = 'u32', second] = operands;
      for (const a of VALUES[first]) {
        for (const b of second === undefined ? [null] : VALUES[second]) {
          calls.push({ name: hex(op), args: b === null ? [a] : [a, b], type: result, op });
        }
      }
    }
    expect(functions).toHaveLength(123 + 5 + 8);
    const wasm = buildModule({ functions });
    const v8 = runInV8(wasm, calls).outcomes;
    const native = runNatively(wasm, calls).outcomes;
    expect(native).toHaveLength(calls.length);
    const wrong = calls.flatMap(({ name, args, type, op }, i) => {
      const [expected = '', actual = ''] = [v8[i], native[i]];
      if (expected === actual) return [];
      if (!EXACT.has(op) && isNaNOf(type, expected) && isNaNOf(type, actual)) return [];
      return [`${name}(${args.map((a) => a.toString(16)).join(', ')}): V8 ${expected}, C ${actual}`];
    });
    expect(wrong).toEqual([]);
    // The comparison is worth something only if traps were among the results.
    expect(new Set(v8.filter((o) => o.startsWith('trap')))).toEqual(new Set(['trap 1', 'trap 4']));
  });

  it('keep every bit of constants', () => {
    const functions = (['u32', 'u64', 'f32', 'f64'] as const).flatMap((type) =>
      VALUES[type].map((bits, i) => ({
        name: `c_${type}_${i}`,
        params: [],
        result: BITS[type],
        body: [...constant(type, bits), ...(REINTERPRET_TO_INTEGER[type] ?? [])],
      })),
    );
    const calls = functions.map(({ name }) => ({ name, args: [] }));
    const wasm = buildModule({ functions });
    expect(runNatively(wasm, calls).outcomes).toEqual(runInV8(wasm, calls).outcomes);
  });
});

const SIZES: Readonly<Record<string, number>> = { '8': 0, '16': 1, '32': 2, '64': 3 };

describe.each([
  { memory64: false, address: 'u32' as const },
  { memory64: true, address: 'u64' as const },
])('memory accesses with $address addresses', ({ memory64, address }) => {
  it('read and write what V8 does', () => {
    const functions: FunctionSpec[] = [];
    const calls: Call[] = [];
    const peek = [...local.get(0), ...memoryAccess(0x29, 0, 8)];
    const poke = [...local.get(0), ...constant('u64', 0x8091_a2b3_c4d5_e6f7n), ...memoryAccess(0x37, 0, 8)];
    for (const [op, { cell, type }] of LOADS) {
      const body = [
        ...poke,
        ...local.get(0),
        ...memoryAccess(op, 0, 8),
        ...(REINTERPRET_TO_INTEGER[type] ?? []),
      ];
      functions.push({ name: hex(op), params: [address], result: BITS[type], body });
      expect(cell).toMatch(/^[usf](8|16|32|64)$/);
      for (const at of [0n, 1n, 3n, 1000n]) calls.push({ name: hex(op), args: [at] });
    }
    for (const [op, { type }] of STORES) {
      const body = [...poke, ...local.get(0), ...pushParameter(type, 1), ...memoryAccess(op, 0, 10), ...peek];
      functions.push({ name: hex(op), params: [address, BITS[type]], result: 'u64', body });
      for (const at of [5n, 2001n])
        for (const v of VALUES[type]) calls.push({ name: hex(op), args: [at, v] });
    }
    for (const [op, { kind, cell, type }] of ATOMICS) {
      const align = SIZES[cell.slice(1)] ?? 0;
      const operands = kind === 'load' ? 0 : kind === 'cmpxchg' ? 2 : 1;
      const params = [address, ...Array.from({ length: operands }, () => type)];
      const pushes = params.flatMap((_, i) => local.get(i));
      // The old value where there is one, mixed with what is in memory afterwards.
      const widen = type === 'u32' ? [0xad] : [];
      const body =
        kind === 'store'
          ? [...poke, ...pushes, ...memoryAccess(op, align, 8), ...peek]
          : [...poke, ...pushes, ...memoryAccess(op, align, 8), ...widen, ...peek, 0x85];
      functions.push({ name: hex(op), params, result: 'u64', body });
      const old = 0x8091_a2b3_c4d5_e6f7n;
      const fits = old & ((1n << BigInt(8 << align)) - 1n);
      const expected = [fits, 1n, BigInt.asUintN(type === 'u32' ? 32 : 64, old)];
      for (const v of INTEGERS[type === 'u32' ? 'u32' : 'u64']) {
        if (operands === 0) calls.push({ name: hex(op), args: [64n] });
        else if (operands === 1) calls.push({ name: hex(op), args: [64n, v] });
        else for (const e of expected) calls.push({ name: hex(op), args: [64n, e, v] });
      }
    }
    const bulk = (op: number): FunctionSpec => ({
      name: hex(op),
      params: [address, op === 0xfc0b ? 'u32' : address, address],
      result: null,
      body: [
        ...local.get(0),
        ...local.get(1),
        ...local.get(2),
        ...opcode(op),
        ...(op === 0xfc0b ? [0] : [0, 0]),
      ],
    });
    functions.push(bulk(0xfc0b), bulk(0xfc0a));
    calls.push({ name: hex(0xfc0b), args: [30_000n, 0x1abn, 777n] });
    // Overlapping both ways, and nothing at all.
    calls.push(
      { name: hex(0xfc0a), args: [30_100n, 29_900n, 500n] },
      { name: hex(0xfc0a), args: [29_950n, 30_000n, 600n] },
    );
    calls.push({ name: hex(0xfc0a), args: [10n, 20n, 0n] });
    const wasm = buildModule({ functions, memory64 });
    const v8 = runInV8(wasm, calls);
    const native = runNatively(wasm, calls);
    const wrong = calls.flatMap(({ name, args }, i) =>
      v8.outcomes[i] === native.outcomes[i]
        ? []
        : [`${name}(${args.join(', ')}): ${v8.outcomes[i]} ${native.outcomes[i]}`],
    );
    expect(wrong).toEqual([]);
    expect(native.memory.equals(v8.memory)).toBe(true);
  });
});
