/**
 * Random wasm functions for comparing the translator with V8: nested blocks, loops, ifs with results, branches of
 * every kind, calls, indirect calls, memory, globals, locals. The same seed gives the same module.
 *
 * What makes the comparison exact: every float result is made one NaN before anybody can look at its bits, and every
 * loop and call takes fuel from a global, so that all functions end.
 */
import { ATOMICS, LOADS, OPERATORS, STORES } from '../c/operators.ts';
import type { ValueType } from '../wasm/types.ts';
import {
  constant,
  EMPTY_BLOCK,
  END,
  type FunctionSpec,
  type GlobalSpec,
  local,
  memoryAccess,
  type ModuleSpec,
  opcode,
  typeCode,
  unsigned,
} from './wasm-builder.ts';

const TYPES: readonly ValueType[] = ['u32', 'u64', 'f32', 'f64'];
const FUEL = 0;
const FIRST_GLOBAL = 1;
const FUEL_PER_CALL = 300n;
const LOCALS_PER_TYPE = 3;
const MAXIMUM_DEPTH = 5;
const CANONICAL_NAN: Readonly<Record<'f32' | 'f64', bigint>> = {
  f32: 0x7fc0_0000n,
  f64: 0x7ff8_0000_0000_0000n,
};
const FLOAT_EQUAL: Readonly<Record<'f32' | 'f64', number>> = { f32: 0x5b, f64: 0x61 };

/** Mulberry32: small, and good enough to pick branches with. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const OPERATORS_BY_RESULT = Map.groupBy(OPERATORS, ([, o]) => o.result);

interface Label {
  readonly result: ValueType | null;
  readonly isLoop: boolean;
}

class FunctionGenerator {
  readonly #random: () => number;
  readonly #earlier: readonly FunctionSpec[];
  readonly #table: readonly (number | null)[];
  readonly #result: ValueType;
  readonly #locals: ValueType[];
  readonly #labels: Label[];
  readonly #scratch: Readonly<Record<'f32' | 'f64', number>>;

  constructor(
    next: () => number,
    params: readonly ValueType[],
    result: ValueType,
    earlier: readonly FunctionSpec[],
    table: readonly (number | null)[],
  ) {
    this.#random = next;
    this.#earlier = earlier;
    this.#table = table;
    this.#result = result;
    this.#locals = [
      ...params,
      ...TYPES.flatMap((type) => Array.from({ length: LOCALS_PER_TYPE }, () => type)),
    ];
    this.#scratch = { f32: this.#locals.push('f32') - 1, f64: this.#locals.push('f64') - 1 };
    this.#labels = [{ result, isLoop: false }];
  }

  get locals(): readonly ValueType[] {
    return this.#locals;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Locals of a type; the scratch locals for NaNs are left alone. */
  #localsOf(type: ValueType): number[] {
    return this.#locals.flatMap((t, i) => (t === type && i < this.#scratch.f32 ? [i] : []));
  }

  body(): number[] {
    return [...this.#statements(0), ...this.#expression(this.#result, 0)];
  }

  #constant(type: ValueType): number[] {
    if (type === 'f32' || type === 'f64') {
      const value = this.#pick([
        0,
        -0,
        1,
        -1.5,
        3.25,
        1e10,
        -7e-3,
        Infinity,
        2147483648.5,
        this.#random() * 1e6,
      ]);
      const view = new DataView(new ArrayBuffer(8));
      if (type === 'f32') view.setFloat32(0, value);
      else view.setFloat64(0, value);
      return constant(type, type === 'f32' ? BigInt(view.getUint32(0)) : view.getBigUint64(0));
    }
    const bits = this.#pick([
      0n,
      1n,
      2n,
      31n,
      255n,
      0xffff_ffff_ffff_ffffn,
      1n << 31n,
      1n << 63n,
      BigInt(this.#below(2 ** 31)),
    ]);
    return constant(type, BigInt.asUintN(type === 'u32' ? 32 : 64, bits));
  }

  #canonical(type: ValueType): number[] {
    if (type !== 'f32' && type !== 'f64') return [];
    const x = this.#scratch[type];
    return [
      ...local.tee(x),
      ...constant(type, CANONICAL_NAN[type]),
      ...local.get(x),
      ...local.get(x),
      FLOAT_EQUAL[type],
      0x1b,
    ];
  }

  /** Address below 32 KiB, and a multiple of 8 for atomics. */
  #address(depth: number, mask: bigint): number[] {
    return [...this.#expression('u32', depth + 1), ...constant('u32', mask), 0x71];
  }

  #expression(type: ValueType, depth: number): number[] {
    if (depth >= MAXIMUM_DEPTH) {
      return this.#random() < 0.5 ? this.#constant(type) : local.get(this.#pick(this.#localsOf(type)));
    }
    const kind = this.#random();
    if (kind < 0.12) return this.#constant(type);
    if (kind < 0.27) return local.get(this.#pick(this.#localsOf(type)));
    if (kind < 0.55) return this.#operator(type, depth);
    if (kind < 0.62) return this.#block(type, depth);
    if (kind < 0.69) return this.#if(type, depth);
    if (kind < 0.74) return this.#load(type, depth);
    if (kind < 0.8) {
      return [
        ...this.#expression(type, depth + 1),
        ...this.#expression(type, depth + 1),
        ...this.#expression('u32', depth + 1),
        ...(this.#random() < 0.5 ? [0x1b] : [0x1c, 1, typeCode(type)]),
      ];
    }
    if (kind < 0.85)
      return [...this.#expression(type, depth + 1), ...local.tee(this.#pick(this.#localsOf(type)))];
    if (kind < 0.89) return [0x23, ...unsigned(FIRST_GLOBAL + TYPES.indexOf(type))];
    if (kind < 0.95) return this.#call(type, depth);
    // A loop that is left only through its end gives its value.
    this.#labels.push({ result: type, isLoop: true });
    const inner = [...this.#statements(depth + 1), ...this.#expression(type, depth + 1)];
    this.#labels.pop();
    return [0x03, typeCode(type), ...this.#burnFuel(), ...inner, END];
  }

  #operator(type: ValueType, depth: number): number[] {
    const [op, operator] = this.#pick(OPERATORS_BY_RESULT.get(type) ?? []);
    const operands = operator.operands.flatMap((o) => this.#expression(o, depth + 1));
    return [...operands, ...opcode(op), ...this.#canonical(type)];
  }

  #load(type: ValueType, depth: number): number[] {
    if (this.#random() < 0.15 && (type === 'u32' || type === 'u64')) {
      const [op, atomic] = this.#pick([...ATOMICS].filter(([, a]) => a.type === type && a.kind !== 'store'));
      const count = atomic.kind === 'load' ? 0 : atomic.kind === 'cmpxchg' ? 2 : 1;
      const operands = Array.from({ length: count }, () => this.#expression(type, depth + 1)).flat();
      const align = Math.log2(Number(atomic.cell.slice(1)) / 8);
      return [...this.#address(depth, 0x7ff8n), ...operands, ...memoryAccess(op, align, 8)];
    }
    const [op] = this.#pick([...LOADS].filter(([, l]) => l.type === type));
    return [
      ...this.#address(depth, 0x7fffn),
      ...memoryAccess(op, 0, this.#below(64)),
      ...this.#canonical(type),
    ];
  }

  #block(type: ValueType, depth: number): number[] {
    this.#labels.push({ result: type, isLoop: false });
    const inner = [...this.#statements(depth + 1), ...this.#expression(type, depth + 1)];
    this.#labels.pop();
    return [0x02, typeCode(type), ...inner, END];
  }

  #if(type: ValueType, depth: number): number[] {
    const condition = this.#expression('u32', depth + 1);
    this.#labels.push({ result: type, isLoop: false });
    const yes = [...this.#statements(depth + 1), ...this.#expression(type, depth + 1)];
    const no = [...this.#statements(depth + 1), ...this.#expression(type, depth + 1)];
    this.#labels.pop();
    return [...condition, 0x04, typeCode(type), ...yes, 0x05, ...no, END];
  }

  #call(type: ValueType, depth: number): number[] {
    const callees = this.#earlier.flatMap((f, i) => (f.result === type ? [i] : []));
    if (callees.length === 0) return this.#constant(type);
    const index = this.#pick(callees);
    const callee = this.#earlier[index];
    const args = callee?.params.flatMap((p) => this.#expression(p, depth + 1)) ?? [];
    if (this.#random() < 0.5) return [...args, 0x10, ...unsigned(index), ...this.#canonical(type)];
    // Mostly a slot that holds a function of this type, sometimes one of another type, an empty one, or none.
    const right = this.#table.indexOf(index);
    const slot = right >= 0 && this.#random() < 0.9 ? right : this.#below(this.#table.length + 2);
    return [...args, ...constant('u32', BigInt(slot)), 0x11, ...unsigned(index), 0, ...this.#canonical(type)];
  }

  /** Traps when the fuel is used up. */
  #burnFuel(): number[] {
    return [
      ...[0x23, FUEL, 0x50, 0x04, EMPTY_BLOCK, 0x00, END],
      ...[0x23, FUEL, ...constant('u64', 1n), 0x7d, 0x24, FUEL],
    ];
  }

  #statements(depth: number): number[] {
    return Array.from({ length: this.#below(3) }, () => this.#statement(depth)).flat();
  }

  #statement(depth: number): number[] {
    if (depth >= MAXIMUM_DEPTH) return [0x01];
    const kind = this.#random();
    const type = this.#pick(TYPES);
    if (kind < 0.3)
      return [...this.#expression(type, depth + 1), ...local.set(this.#pick(this.#localsOf(type)))];
    if (kind < 0.42) {
      const [op, store] = this.#pick([...STORES]);
      const value = this.#expression(store.type, depth + 1);
      return [...this.#address(depth, 0x7fffn), ...value, ...memoryAccess(op, 0, this.#below(64))];
    }
    if (kind < 0.5)
      return [...this.#expression(type, depth + 1), 0x24, ...unsigned(FIRST_GLOBAL + TYPES.indexOf(type))];
    if (kind < 0.55) return [...this.#expression(type, depth + 1), 0x1a];
    if (kind < 0.65) {
      const condition = this.#expression('u32', depth + 1);
      this.#labels.push({ result: null, isLoop: false });
      const yes = this.#statements(depth + 1);
      const no = this.#random() < 0.5 ? [0x05, ...this.#statements(depth + 1)] : [];
      this.#labels.pop();
      return [...condition, 0x04, EMPTY_BLOCK, ...yes, ...no, END];
    }
    if (kind < 0.75) {
      this.#labels.push({ result: null, isLoop: true });
      const inner = this.#statements(depth + 1);
      const again = [...this.#expression('u32', depth + 2), 0x0d, 0];
      this.#labels.pop();
      return [0x03, EMPTY_BLOCK, ...this.#burnFuel(), ...inner, ...again, END];
    }
    if (kind < 0.9) return this.#branch(depth);
    if (kind < 0.94) {
      const size = constant('u32', BigInt(this.#below(200)));
      const op = this.#random() < 0.5 ? [0xfc, 10, 0, 0] : [0xfc, 11, 0];
      return [...this.#address(depth, 0x7fffn), ...this.#address(depth, 0x7fffn), ...size, ...op];
    }
    this.#labels.push({ result: null, isLoop: false });
    const inner = [...this.#statements(depth + 1), ...this.#statements(depth + 1)];
    this.#labels.pop();
    return [0x02, EMPTY_BLOCK, ...inner, END];
  }

  /** br, br_if, br_table or return, the unconditional ones inside an if so that the rest can be reached. */
  #branch(depth: number): number[] {
    const depthOf = this.#below(this.#labels.length);
    const target = this.#labels[this.#labels.length - 1 - depthOf];
    if (!target) return [];
    const needs = target.isLoop ? null : target.result;
    const value = needs === null ? [] : this.#expression(needs, depth + 1);
    const condition = this.#expression('u32', depth + 1);
    const kind = this.#random();
    if (kind < 0.4) {
      // The value stays on the stack when the branch is not taken.
      return [...value, ...condition, 0x0d, ...unsigned(depthOf), ...(needs === null ? [] : [0x1a])];
    }
    // Labels inside the if are one deeper.
    const inside =
      kind < 0.7
        ? [...value, 0x0c, ...unsigned(depthOf + 1)]
        : kind < 0.9
          ? this.#branchTable(needs, value, depth)
          : [...this.#expression(this.#result, depth + 1), 0x0f];
    return [...condition, 0x04, EMPTY_BLOCK, ...inside, END];
  }

  #branchTable(needs: ValueType | null, value: readonly number[], depth: number): number[] {
    const targets = this.#labels.flatMap((label, i) =>
      (label.isLoop ? null : label.result) === needs ? [this.#labels.length - i] : [],
    );
    const chosen = Array.from({ length: this.#below(4) + 1 }, () => this.#pick(targets));
    const [fallback = 0, ...cases] = chosen;
    const selector = this.#expression('u32', depth + 1);
    return [
      ...value,
      ...selector,
      0x0e,
      ...unsigned(cases.length),
      ...cases.flatMap(unsigned),
      ...unsigned(fallback),
    ];
  }
}

/** Functions fn0 … and, for the host, entries e0 … that take and give integers and fill up the fuel. */
export function randomModule(seed: number, count: number): ModuleSpec {
  const next = random(seed);
  const table = Array.from({ length: count }, (_, i) => (i % 5 === 4 ? null : i));
  const functions: FunctionSpec[] = [];
  for (let i = 0; i < count; i++) {
    const params = Array.from(
      { length: Math.floor(next() * 4) },
      () => TYPES[Math.floor(next() * 4)] ?? 'u32',
    );
    const result = TYPES[Math.floor(next() * 4)] ?? 'u32';
    const generator = new FunctionGenerator(next, params, result, functions, table);
    const body = generator.body();
    functions.push({ name: `fn${i}`, params, result, locals: generator.locals.slice(params.length), body });
  }
  const entries = functions.map((f, i) => entry(f, i));
  const globals: GlobalSpec[] = [
    { type: 'u64', mutable: true, bits: 0n },
    ...TYPES.map((type) => ({ type, mutable: true, bits: 0n })),
  ];
  return { functions: [...functions, ...entries], globals, table };
}

function entry(f: FunctionSpec, index: number): FunctionSpec {
  const toFloat: Readonly<Record<string, number[]>> = { f32: [0xbe], f64: [0xbf] };
  const toInteger: Readonly<Record<string, number[]>> = { f32: [0xbc], f64: [0xbd] };
  const bits = (type: ValueType): ValueType => (type === 'f32' ? 'u32' : type === 'f64' ? 'u64' : type);
  const result = f.result ?? 'u32';
  return {
    name: `e${index}`,
    params: f.params.map(bits),
    result: bits(result),
    body: [
      ...constant('u64', FUEL_PER_CALL),
      ...[0x24, FUEL],
      ...f.params.flatMap((p, i) => [...local.get(i), ...(toFloat[p] ?? [])]),
      ...[0x10, ...unsigned(index)],
      ...(toInteger[result] ?? []),
    ],
  };
}
