/**
 * Translates one function body to C: structured control flow becomes C blocks and labels, every value that the
 * wasm stack would hold becomes a C variable, and `#line` names the TypeScript line of each instruction.
 * Source: WebAssembly Core Specification 2.0, chapters 3.3 (validation, for the type checks) and 4.4 (execution).
 *
 * Rules for callers: the C of a function depends only on its own body and on names, so that it is stable under
 * changes elsewhere. Code that cannot be reached is skipped, as validation allows anything there.
 */
import { ByteReader, WasmFormatError } from '../wasm/byte-reader.ts';
import { type Instruction, OP, readInstruction } from '../wasm/instructions.ts';
import { readValueType } from '../wasm/module-reader.ts';
import type { FunctionType, ValueType, WasmFunction } from '../wasm/types.ts';
import { literal } from './literal.ts';
import { ATOMICS, LOADS, OPERATORS, STORES, type AtomicAccess } from './operators.ts';
import type { UnitContext } from './unit-context.ts';

interface Value {
  readonly type: ValueType;
  readonly text: string;
}

interface Label {
  readonly kind: 'function' | 'block' | 'loop' | 'if';
  readonly result: ValueType | null;
  /** C variable that holds the block's result. */
  readonly variable: string;
  readonly name: string;
  /** Height of the value stack at entry. */
  readonly height: number;
  used: boolean;
  /** Position in the output where a loop's C label goes if it is used. */
  readonly at: number;
}

const ATOMIC_FUNCTIONS: Readonly<Record<AtomicAccess['kind'], string>> = {
  load: '',
  store: '',
  cmpxchg: '',
  add: 'fetch_add',
  sub: 'fetch_sub',
  and: 'fetch_and',
  or: 'fetch_or',
  xor: 'fetch_xor',
  xchg: 'exchange_n',
};

export class FunctionTranslator {
  readonly #unit: UnitContext;
  readonly #function: WasmFunction;
  readonly #reader: ByteReader;
  readonly #locals: ValueType[] = [];
  readonly #stack: Value[] = [];
  readonly #labels: Label[] = [];
  /** C fragments; those that start with # stand on a line of their own. */
  readonly #out: string[] = [];
  #temporaries = 0;
  #labelCount = 0;
  #offset = 0;
  #file = '';
  #line = 0;

  constructor(unit: UnitContext, f: WasmFunction) {
    this.#unit = unit;
    this.#function = f;
    this.#reader = new ByteReader(unit.module.bytes, f.bodyStart, f.bodyEnd);
  }

  /** `prefix` goes before the function's head. */
  translate(prefix = ''): string {
    const { type } = this.#function;
    const declarations = this.#readLocals(type);
    this.#labels.push(this.#newLabel('function', type.result));
    while (this.#labels.length > 0) this.#step();
    if (!this.#reader.done) this.#fail('code after the end of the function');
    const head = `${prefix}${this.#unit.head(this.#function, 'l')} {`;
    return this.#layOut([head, ...declarations], '}');
  }

  /** Joins fragments so that each `#line` governs exactly one line of text; the head stands on the first one. */
  #layOut(head: readonly string[], tail: string): string {
    const lines = [this.#out.find((o) => o.startsWith('#')) ?? '#line 1 "generated"'];
    let text = '';
    for (const fragment of [...head, ...this.#out, tail]) {
      if (!fragment.startsWith('#')) text += text === '' ? fragment : ` ${fragment}`;
      else {
        if (text !== '') lines.push(text);
        text = '';
        lines.push(fragment);
      }
    }
    return `${lines.join('\n')}\n${text}\n`;
  }

  #fail(message: string): never {
    throw new WasmFormatError(`${this.#function.name}: ${message}`, this.#offset);
  }

  #readLocals(type: FunctionType): string[] {
    this.#locals.push(...type.params);
    const declarations: string[] = [];
    for (let groups = this.#reader.u32(); groups > 0; groups--) {
      const count = this.#reader.u32();
      const local = readValueType(this.#reader);
      if (count > 50_000) this.#fail(`${count} locals`);
      for (let i = 0; i < count; i++) {
        declarations.push(`${local} l${this.#locals.length} = 0;`);
        this.#locals.push(local);
      }
    }
    return declarations;
  }

  #newLabel(kind: Label['kind'], result: ValueType | null): Label {
    return {
      kind,
      result,
      variable: result === null ? '' : `r${this.#temporaries++}`,
      name: `L${this.#labelCount++}`,
      height: this.#stack.length,
      used: false,
      at: this.#out.length,
    };
  }

  get #label(): Label {
    return this.#labels.at(-1) ?? this.#fail('no open block');
  }

  #emit(text: string): void {
    this.#out.push(text);
  }

  #push(type: ValueType, expression: string): void {
    this.#unit.useType(type, this.#function);
    const text = `t${this.#temporaries++}`;
    this.#emit(`${type} ${text} = ${expression};`);
    this.#stack.push({ type, text });
  }

  #pop(expected: ValueType | null): Value {
    if (this.#stack.length <= this.#label.height) this.#fail('value stack is empty');
    const value = this.#stack.pop() ?? this.#fail('value stack is empty');
    if (expected !== null && value.type !== expected) this.#fail(`${expected} expected, ${value.type} found`);
    return value;
  }

  #popText(expected: ValueType): string {
    return this.#pop(expected).text;
  }

  /** Pops operands of the given types, the last one first; returns them in order. */
  #popAll(types: readonly ValueType[]): string[] {
    return types.map((_, i) => this.#popText(types[types.length - 1 - i] ?? 'u32')).reverse();
  }

  #mark(offset: number): void {
    const position = this.#unit.sourceMap.get(offset);
    if (!position || (position.file === this.#file && position.line === this.#line)) return;
    const file =
      position.file === this.#file ? '' : ` ${JSON.stringify(this.#unit.sourcePath(position.file))}`;
    this.#file = position.file;
    this.#line = position.line;
    this.#emit(`#line ${position.line}${file}`);
  }

  #step(): void {
    this.#offset = this.#reader.offset;
    this.#mark(this.#offset);
    const i = readInstruction(this.#reader);
    const operator = OPERATORS.get(i.op);
    if (operator) {
      this.#push(operator.result, operator.expression(...this.#popAll(operator.operands)));
      return;
    }
    const load = LOADS.get(i.op);
    if (load) {
      const sign = load.cell.startsWith('s') ? `(${load.type.replace('u', 's')})` : '';
      const address = this.#address(i);
      this.#push(load.type, `(${load.type})${sign}RT_LOAD(${load.cell}, ${address})`);
      return;
    }
    const store = STORES.get(i.op);
    if (store) {
      const value = this.#popText(store.type);
      this.#emit(`RT_STORE(${store.cell}, ${this.#address(i)}, ${value});`);
      return;
    }
    const atomic = ATOMICS.get(i.op);
    if (atomic) this.#atomic(i, atomic);
    else this.#control(i);
  }

  #address(i: Instruction): string {
    const type = this.#unit.addressType;
    const base = this.#popText(type);
    if (i.value === 0n) return type === 'u64' ? base : `(u64)${base}`;
    return `(u64)${base} + 0x${i.value.toString(16)}ull`;
  }

  #atomic(i: Instruction, { kind, cell, type }: AtomicAccess): void {
    if (kind === 'load') {
      this.#push(type, `(${type})__atomic_load_n(RT_ATOMIC(${cell}, ${this.#address(i)}), __ATOMIC_SEQ_CST)`);
      return;
    }
    const value = this.#popText(type);
    const expected = kind === 'cmpxchg' ? this.#popText(type) : '';
    const pointer = `RT_ATOMIC(${cell}, ${this.#address(i)})`;
    if (kind === 'store') this.#emit(`__atomic_store_n(${pointer}, (${cell})${value}, __ATOMIC_SEQ_CST);`);
    else if (kind === 'cmpxchg') {
      this.#push(type, `RT_CMPXCHG(${cell}, ${type}, ${pointer}, ${expected}, ${value})`);
    } else {
      const call = `__atomic_${ATOMIC_FUNCTIONS[kind]}(${pointer}, (${cell})${value}, __ATOMIC_SEQ_CST)`;
      this.#push(type, `(${type})${call}`);
    }
  }

  #control(i: Instruction): void {
    switch (i.op) {
      case OP.unreachable:
        this.#emit('rt_unreachable();');
        this.#skipUnreachable();
        break;
      case OP.nop:
        break;
      case OP.block:
        this.#enter('block', i, '{');
        break;
      case OP.loop:
        this.#enter('loop', i, '{');
        break;
      case OP.if:
        this.#enter('if', i, `if (${this.#popText('u32')}) {`);
        break;
      case OP.else:
        this.#else();
        break;
      case OP.end:
        this.#end(false);
        break;
      case OP.br:
        this.#emit(this.#branch(i.index));
        this.#skipUnreachable();
        break;
      case OP.brIf: {
        const condition = this.#popText('u32');
        this.#emit(`if (${condition}) { ${this.#branch(i.index)} }`);
        break;
      }
      case OP.brTable: {
        const selector = this.#popText('u32');
        const cases = i.targets.map((depth, n) => {
          const label = n === i.targets.length - 1 ? 'default' : `case ${n}`;
          return `${label}: ${this.#branch(depth)}`;
        });
        this.#emit(`switch (${selector}) { ${cases.join(' ')} }`);
        this.#skipUnreachable();
        break;
      }
      case OP.return:
        this.#emit(this.#branch(this.#labels.length - 1));
        this.#skipUnreachable();
        break;
      case OP.call:
        this.#call(i);
        break;
      case OP.callIndirect:
        this.#callIndirect(i);
        break;
      default:
        this.#simple(i);
    }
  }

  #simple(i: Instruction): void {
    switch (i.op) {
      case OP.drop:
        this.#pop(null);
        break;
      case OP.select:
      case OP.selectTyped: {
        const condition = this.#popText('u32');
        const other = this.#pop(null);
        const value = this.#pop(other.type);
        this.#push(value.type, `${condition} ? ${value.text} : ${other.text}`);
        break;
      }
      case OP.localGet:
        this.#push(this.#local(i.index), `l${i.index}`);
        break;
      case OP.localSet:
        this.#emit(`l${i.index} = ${this.#popText(this.#local(i.index))};`);
        break;
      case OP.localTee: {
        const value = this.#pop(this.#local(i.index));
        this.#emit(`l${i.index} = ${value.text};`);
        this.#stack.push(value);
        break;
      }
      case OP.globalGet: {
        const g = this.#unit.useGlobal(i.index) ?? this.#fail(`global ${i.index} does not exist`);
        this.#push(g.type, g.text);
        break;
      }
      case OP.globalSet: {
        const g = this.#unit.useGlobal(i.index) ?? this.#fail(`global ${i.index} does not exist`);
        if (!g.mutable) this.#fail(`global ${i.index} is not mutable`);
        this.#emit(`${g.text} = ${this.#popText(g.type)};`);
        break;
      }
      case OP.memorySize:
        this.#push(this.#unit.addressType, 'rt_memory_size()');
        break;
      case OP.memoryGrow:
        this.#push(this.#unit.addressType, `rt_memory_grow(${this.#popText(this.#unit.addressType)})`);
        break;
      case OP.i32Const:
        this.#constant('u32', i.value);
        break;
      case OP.i64Const:
        this.#constant('u64', i.value);
        break;
      case OP.f32Const:
        this.#constant('f32', i.value);
        break;
      case OP.f64Const:
        this.#constant('f64', i.value);
        break;
      case OP.memoryCopy: {
        const a = this.#unit.addressType;
        this.#emit(`rt_memory_copy(${this.#popAll([a, a, a]).join(', ')});`);
        break;
      }
      case OP.memoryFill: {
        const a = this.#unit.addressType;
        this.#emit(`rt_memory_fill(${this.#popAll([a, 'u32', a]).join(', ')});`);
        break;
      }
      case OP.atomicFence:
        this.#emit('__atomic_thread_fence(__ATOMIC_SEQ_CST);');
        break;
      default:
        this.#fail(`opcode 0x${i.op.toString(16)} is not supported`);
    }
  }

  /** Constants are pushed as they are: no variable, so that clang and a reader see them in place. */
  #constant(type: ValueType, bits: bigint): void {
    this.#unit.useType(type, this.#function);
    const address = type === this.#unit.addressType ? this.#unit.useData(bits) : null;
    this.#stack.push({ type, text: address ?? literal(type, bits) });
  }

  #local(index: number): ValueType {
    return this.#locals[index] ?? this.#fail(`local ${index} does not exist`);
  }

  #enter(kind: 'block' | 'loop' | 'if', i: Instruction, open: string): void {
    const type = this.#blockResult(i);
    const label = this.#newLabel(kind, type);
    if (type !== null) this.#emit(`${type} ${label.variable};`);
    this.#labels.push({ ...label, at: this.#out.length });
    this.#emit(open);
  }

  #blockResult(i: Instruction): ValueType | null {
    if (!i.block || i.block.typeIndex === null) return i.block?.result ?? null;
    const type = this.#unit.module.types[i.block.typeIndex];
    if (!type) return this.#fail(`type ${i.block.typeIndex} does not exist`);
    if (type.params.length > 0) this.#fail('blocks with parameters are not supported');
    return type.result;
  }

  /** Moves the value that falls out of a block into the block's variable. */
  #fallThrough(label: Label): void {
    if (label.result !== null) {
      const value = this.#popText(label.result);
      this.#emit(label.kind === 'function' ? `return ${value};` : `${label.variable} = ${value};`);
    }
    if (this.#stack.length !== label.height) this.#fail('values are left on the stack at the end of a block');
  }

  #else(reachable = true): void {
    const label = this.#label;
    if (label.kind !== 'if') this.#fail('else without if');
    if (reachable) this.#fallThrough(label);
    this.#labels.pop();
    this.#labels.push({ ...label, kind: 'block' });
    this.#emit('} else {');
  }

  #end(unreachable: boolean): void {
    const label = this.#label;
    if (!unreachable) {
      if (label.kind === 'if' && label.result !== null) this.#fail('if with a result but without else');
      this.#fallThrough(label);
    }
    this.#labels.pop();
    if (label.kind === 'function') {
      if (unreachable && label.result !== null) this.#emit('__builtin_unreachable();');
      return;
    }
    if (label.used && label.kind === 'loop') this.#out[label.at] = `${label.name}:; {`;
    this.#emit('}');
    if (label.used && label.kind !== 'loop') this.#emit(`${label.name}:;`);
    if (label.result !== null) this.#stack.push({ type: label.result, text: label.variable });
  }

  #branch(depth: number): string {
    const label = this.#labels[this.#labels.length - 1 - depth] ?? this.#fail(`no label at depth ${depth}`);
    label.used = true;
    if (label.kind === 'loop') return `goto ${label.name};`;
    if (label.result === null) return label.kind === 'function' ? 'return;' : `goto ${label.name};`;
    const value = this.#pop(label.result);
    this.#stack.push(value);
    if (label.kind === 'function') return `return ${value.text};`;
    return `${label.variable} = ${value.text}; goto ${label.name};`;
  }

  /** After a branch: leaves out code up to the end (or else) of the block, which nothing can reach. */
  #skipUnreachable(): void {
    this.#stack.length = this.#label.height;
    for (let depth = 0; ;) {
      this.#offset = this.#reader.offset;
      const { op } = readInstruction(this.#reader);
      if (op === OP.block || op === OP.loop || op === OP.if) depth++;
      else if (op === OP.else && depth === 0) {
        this.#else(false);
        return;
      } else if (op === OP.end) {
        if (depth === 0) {
          this.#end(true);
          return;
        }
        depth--;
      }
    }
  }

  #call(i: Instruction): void {
    const callee =
      this.#unit.useFunction(i.index, this.#function) ?? this.#fail(`function ${i.index} does not exist`);
    this.#callExpression(callee.type, callee.name, this.#popAll(callee.type.params));
  }

  #callIndirect(i: Instruction): void {
    const type = this.#unit.module.types[i.index] ?? this.#fail(`type ${i.index} does not exist`);
    const index = this.#popText('u32');
    const callee = this.#unit.useTable(type, index);
    this.#callExpression(type, callee, this.#popAll(type.params));
  }

  #callExpression(type: FunctionType, callee: string, operands: readonly string[]): void {
    const call = `${callee}(${operands.join(', ')})`;
    if (type.result === null) this.#emit(`${call};`);
    else this.#push(type.result, call);
  }
}
